// SPDX-License-Identifier: Apache-2.0
/*
 * Placement against exhaustive search: in small random worlds with every kind of wish, the verdict
 * is the same, and what is found costs as little as the cheapest of all placements there are.  The
 * rules and costs are written down here a second time, and share nothing with the plan room.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"
#include "plan/intent.h"
#include "plan/place.h"
#include "worlds.h"

enum { WORLDS = 2500, MAX_SERVICES = 4, MAX_CLUSTERS = 3, LEVELS = 3 };

struct small {
	struct arena *a;
	struct graph g;
	struct snapshot s;
	const char *policy;
	int64_t replicas[MAX_SERVICES], cpu[MAX_SERVICES]; /* each */
	int64_t least[MAX_SERVICES];                       /* clusters */
	int home[MAX_SERVICES];                            /* or -1 */
	double ms[MAX_CLUSTERS][MAX_CLUSTERS];
};

/* Replicas of each service on each cluster. */
struct spread {
	int64_t n[MAX_SERVICES][MAX_CLUSTERS];
};

/* ---- worlds ---- */

static const char *name(struct arena *a, const char *what, size_t i)
{
	return arena_printf(a, "%s%zu", what, i);
}

static const char **one(struct arena *a, const char *word)
{
	const char **list = arena_new_n(a, const char *, 1);

	list[0] = word;
	return list;
}

static void make_distances(struct small *w, struct dice *d)
{
	for (size_t x = 0; x < w->s.n_clusters; x++)
		for (size_t y = x + 1; y < w->s.n_clusters; y++) {
			struct cluster *cx = &w->s.clusters[x], *cy = &w->s.clusters[y];
			double ms = str_eq(cx->region, cy->region) ? 5 : 30;

			if (chance(d, 50)) {
				ms = (double)(1 + roll(d, 40));
				cx->distances[cx->n_distances++] =
					(struct distance){.to = cy->name, .latency_ms = ms};
			}
			w->ms[x][y] = w->ms[y][x] = ms;
		}
}

static void make_clusters(struct small *w, struct dice *d)
{
	struct arena *a = w->a;

	w->s.n_clusters = 1 + (size_t)roll(d, MAX_CLUSTERS);
	w->s.clusters = arena_new_n(a, struct cluster, w->s.n_clusters);
	for (size_t i = 0; i < w->s.n_clusters; i++) {
		struct cluster *c = &w->s.clusters[i];

		*c = (struct cluster){.name = name(a, "c", i), .has_summary = true};
		c->ready = chance(d, 95);
		c->cordoned = chance(d, 5);
		c->region = chance(d, 50) ? "eu" : "us";
		c->devices = chance(d, 30);
		c->price_cpu = (double)(1 + roll(d, 9)) / 100;
		c->carbon = (double)roll(d, 9);
		c->has_carbon = true;
		c->distances = arena_new_n(a, struct distance, MAX_CLUSTERS);
		amounts_set(a, &c->allocatable, "cpu", 500 * (2 + roll(d, 14)));
		amounts_set(a, &c->allocatable, "memory", INT64_C(1) << 40);
		amounts_set(a, &c->allocatable, "pods", 2 + roll(d, 6));
		if (chance(d, 40))
			amounts_set(a, &c->allocatable, "nvidia.com/gpu", 1 + roll(d, 2));
		if (chance(d, 10)) {
			c->taints = arena_new(a, struct taint);
			*c->taints = (struct taint){"reserved", NULL, "NoSchedule"};
			c->n_taints = 1;
		}
	}
	make_distances(w, d);
}

static void make_wishes(struct small *w, struct dice *d, size_t i)
{
	struct service *v = &w->g.services[i];
	struct arena *a = w->a;

	if (chance(d, 12)) {
		v->location.regions = one(a, "eu");
		v->location.n_regions = 1;
	}
	if (chance(d, 30)) {
		v->location.tolerations = one(a, "reserved");
		v->location.n_tolerations = 1;
	}
	v->device_proximity = chance(d, 8);
	if (chance(d, 12))
		v->gpu = (struct gpu_intent){true, 1, "nvidia.com/gpu"};
	if (chance(d, 10) && w->s.n_clusters > 1)
		v->ha = (struct service_ha){true, 2, RECOVERY_AUTOMATIC};
	v->connection_points = arena_new_n(a, const char *, MAX_SERVICES);
	for (size_t k = 0; k < w->g.n_services; k++)
		if (k != i && chance(d, 30))
			v->connection_points[v->n_connection_points++] = name(a, "s", k);
	if (chance(d, 25)) {
		v->latencies = arena_new(a, struct latency_intent);
		v->latencies->qos = chance(d, 50) ? QOS_LOW : QOS_ULTRALOW;
		v->n_latencies = 1;
	}
	if (i > 0 && chance(d, 12) && w->replicas[i] == 1 && w->replicas[0] == 1) {
		v->co_locations = arena_new(a, struct co_location);
		v->co_locations->id = "s0";
		v->n_co_locations = 1;
	}
	if (chance(d, 8)) {
		v->co_locations = arena_new(a, struct co_location);
		*v->co_locations =
			(struct co_location){.id = "store", .grounded_graph_id = "other"};
		v->n_co_locations = 1;
	}
}

static void make_states(struct small *w, struct dice *d)
{
	w->s.services = arena_new_n(w->a, struct service_state, w->g.n_services);
	for (size_t i = 0; i < w->g.n_services; i++) {
		w->home[i] = -1;
		if (w->g.services[i].ha.enabled || w->replicas[i] > 1 || chance(d, 40))
			continue;
		w->home[i] = (int)roll(d, (int64_t)w->s.n_clusters);
		w->s.services[w->s.n_services++] = (struct service_state){
			.service = w->g.services[i].id,
			.status = "Deployed",
			.clusters = one(w->a, name(w->a, "c", (size_t)w->home[i])),
			.n_clusters = 1};
	}
}

static struct small world(struct arena *a, struct dice *d)
{
	static const char *const policies[] = {"stable",  "cheapest",     "greenest",
					       "fastest", "carbon-aware", "reoptimise"};
	struct small w = {.a = a, .g = {.id = "demo"}, .s = {.graph = "demo", .project = "p"}};

	make_clusters(&w, d);
	w.policy = policies[roll(d, countof(policies))];
	w.g.n_services = 1 + (size_t)roll(d, MAX_SERVICES);
	w.g.services = arena_new_n(a, struct service, w.g.n_services);
	w.g.intent.security = chance(d, 6);
	w.g.intent.high_performance = chance(d, 6);
	w.s.grounded = arena_new(a, struct grounded);
	*w.s.grounded = (struct grounded){"other", "store", "c0"};
	w.s.n_grounded = chance(d, 50);
	for (size_t i = 0; i < w.g.n_services; i++) {
		w.replicas[i] = chance(d, 25) ? 2 + roll(d, 2) : 1;
		w.cpu[i] = 500 * (1 + roll(d, 6));
		w.g.services[i] = (struct service){.id = name(a, "s", i),
						   .replicas = w.replicas[i],
						   .cpu = arena_printf(a, "%dm", (int)w.cpu[i])};
	}
	for (size_t i = 0; i < w.g.n_services; i++) {
		make_wishes(&w, d, i);
		w.least[i] = w.g.services[i].ha.enabled ? 2 : 1;
		if (w.replicas[i] < w.least[i])
			w.replicas[i] = w.g.services[i].replicas = w.least[i];
	}
	make_states(&w, d);
	assert_null(intent_apply(a, &w.g, NULL));
	return w;
}

/* ---- the rules, again ---- */

static bool somebody_has_devices(const struct small *w)
{
	for (size_t c = 0; c < w->s.n_clusters; c++)
		if (w->s.clusters[c].devices)
			return true;
	return false;
}

static bool may_run(const struct small *w, size_t i, size_t c)
{
	const struct service *v = &w->g.services[i];
	const struct cluster *cl = &w->s.clusters[c];

	if (!cl->ready || cl->cordoned)
		return false;
	if (v->location.n_regions && !str_eq(cl->region, "eu"))
		return false;
	if (cl->n_taints && !v->location.n_tolerations)
		return false;
	if (v->device_proximity && !cl->devices && somebody_has_devices(w))
		return false;
	return !v->n_co_locations || !v->co_locations->grounded_graph_id || !w->s.n_grounded ||
	       c == 0;
}

static bool fits(const struct small *w, const struct spread *x)
{
	for (size_t c = 0; c < w->s.n_clusters; c++) {
		const struct amounts *all = &w->s.clusters[c].allocatable;
		int64_t cpu = 0, gpu = 0, pods = 0;

		for (size_t i = 0; i < w->g.n_services; i++) {
			cpu += x->n[i][c] * w->cpu[i];
			pods += x->n[i][c];
			gpu += w->g.services[i].gpu.enabled ? x->n[i][c] : 0;
		}
		if (cpu > amounts_get(all, "cpu") || pods > amounts_get(all, "pods") ||
		    gpu > amounts_get(all, "nvidia.com/gpu"))
			return false;
	}
	return true;
}

static double limit_of(const struct small *w, const struct service *v)
{
	enum latency_qos qos = v->n_latencies ? v->latencies->qos : QOS_BEST_EFFORT;

	if (w->g.intent.security)
		return 0;
	if (w->g.intent.high_performance && qos == QOS_BEST_EFFORT)
		qos = QOS_LOW;
	return qos == QOS_ULTRALOW ? 9.9 : qos == QOS_LOW ? 20 : 1e9;
}

static bool near_enough(const struct small *w, const struct spread *x, size_t i, size_t to)
{
	for (size_t c = 0; c < w->s.n_clusters; c++) {
		double nearest = 1e9;

		for (size_t k = 0; k < w->s.n_clusters; k++)
			if (x->n[to][k] && w->ms[c][k] < nearest)
				nearest = w->ms[c][k];
		if (x->n[i][c] && nearest > limit_of(w, &w->g.services[i]))
			return false;
	}
	return true;
}

static size_t number_of(const char *id)
{
	return (size_t)(id[1] - '0');
}

/* Each cluster of the one on fewer clusters is one of the other's. */
static bool together(const struct small *w, const struct spread *x, size_t i, size_t k)
{
	size_t n_i = 0, n_k = 0, both = 0;

	for (size_t c = 0; c < w->s.n_clusters; c++) {
		n_i += x->n[i][c] > 0;
		n_k += x->n[k][c] > 0;
		both += x->n[i][c] > 0 && x->n[k][c] > 0;
	}
	return both == (n_i < n_k ? n_i : n_k);
}

static bool keeps_rules(const struct small *w, const struct spread *x)
{
	for (size_t i = 0; i < w->g.n_services; i++) {
		const struct service *v = &w->g.services[i];

		for (size_t k = 0; k < v->n_connection_points; k++)
			if (!near_enough(w, x, i, number_of(v->connection_points[k])))
				return false;
		if (v->n_co_locations && !v->co_locations->grounded_graph_id &&
		    !together(w, x, i, 0))
			return false;
	}
	return fits(w, x);
}

/* ---- costs, again: one number for each level ---- */

static double moves(const struct small *w, const struct spread *x)
{
	double n = 0;

	for (size_t i = 0; i < w->g.n_services; i++)
		n += w->home[i] >= 0 && !x->n[i][w->home[i]];
	return n;
}

static double latency(const struct small *w, const struct spread *x)
{
	double sum = 0;

	for (size_t i = 0; i < w->g.n_services; i++)
		for (size_t k = 0; k < w->g.services[i].n_connection_points; k++)
			for (size_t c = 0; c < w->s.n_clusters; c++)
				for (size_t e = 0; e < w->s.n_clusters; e++)
					if (x->n[i][c] &&
					    x->n[number_of(w->g.services[i].connection_points[k])]
						[e])
						sum += w->ms[c][e];
	return sum;
}

static double figure(const struct small *w, const struct spread *x, bool money)
{
	double sum = 0;

	for (size_t i = 0; i < w->g.n_services; i++)
		for (size_t c = 0; c < w->s.n_clusters; c++)
			sum += (double)(x->n[i][c] * w->cpu[i]) / 1000 *
			       (money ? w->s.clusters[c].price_cpu : w->s.clusters[c].carbon);
	return sum;
}

static void cost_of(const struct small *w, const struct spread *x, double level[LEVELS])
{
	double m = moves(w, x), far = latency(w, x);

	for (size_t k = 0; k < LEVELS; k++)
		level[k] = 0;
	if (str_eq(w->policy, "carbon-aware")) {
		level[0] = m + 5 * figure(w, x, false);
	} else if (str_eq(w->policy, "fastest")) {
		level[0] = far;
		level[1] = m;
	} else if (str_eq(w->policy, "stable") || str_eq(w->policy, "reoptimise")) {
		level[0] = m;
		level[1] = str_eq(w->policy, "stable") ? far : 0;
	} else {
		level[0] = figure(w, x, str_eq(w->policy, "cheapest"));
		level[1] = m;
		level[2] = far;
	}
}

static int compare(const double x[LEVELS], const double y[LEVELS])
{
	for (size_t k = 0; k < LEVELS; k++)
		if (x[k] < y[k] - 1e-6 || x[k] > y[k] + 1e-6)
			return x[k] < y[k] ? -1 : 1;
	return 0;
}

/* ---- all placements ---- */

struct search {
	const struct small *w;
	bool whole, found; /* services stay whole */
	double best[LEVELS];
	struct spread x;
};

static void look(struct search *s, size_t i);

/* Replicas of service @i on cluster @c and later ones: @left of them. */
static void deal(struct search *s, size_t i, size_t c, int64_t left, int64_t used)
{
	int64_t all = s->w->replicas[i];

	if (c == s->w->s.n_clusters || c == countof(s->x.n[i])) {
		if (!left && used >= s->w->least[i])
			look(s, i + 1);
		return;
	}
	for (int64_t n = 0; n <= left; n++) {
		if (n && (!may_run(s->w, i, c) || (s->whole && n < all)))
			continue;
		s->x.n[i][c] = n;
		deal(s, i, c + 1, left - n, used + (n > 0));
	}
	s->x.n[i][c] = 0;
}

static void look(struct search *s, size_t i)
{
	double cost[LEVELS];

	if (i < s->w->g.n_services) {
		deal(s, i, 0, s->w->replicas[i], 0);
		return;
	}
	if (!keeps_rules(s->w, &s->x))
		return;
	cost_of(s->w, &s->x, cost);
	if (!s->found || compare(cost, s->best) < 0)
		for (size_t k = 0; k < LEVELS; k++)
			s->best[k] = cost[k];
	s->found = true;
}

/* ---- ours against them ---- */

static bool any_copies(const struct small *w)
{
	for (size_t i = 0; i < w->g.n_services; i++)
		if (w->least[i] > 1)
			return true;
	return false;
}

static void take(const struct small *w, const struct placement *p, struct spread *x)
{
	for (size_t i = 0; i < w->g.n_services; i++)
		for (size_t k = 0; k < p->services[i].n_shares; k++) {
			const struct share *sh = &p->services[i].shares[k];
			x->n[i][number_of(sh->cluster)] =
				sh->replicas ? sh->replicas : w->replicas[i];
		}
}

static void check_world(uint64_t seed, size_t *ret_placed, size_t *ret_costed)
{
	struct arena a scoped_arena = {0};
	struct dice d = {seed * 104729 + 7};
	struct small w = world(&a, &d);
	const struct placement_intent exact = {.has_minimum_gain = true};
	const struct place_options o = {.policy = w.policy, .asked = &exact};
	struct search any = {.w = &w}, whole = {.w = &w, .whole = true};
	struct placement p = {0};
	struct place_why why = {0};
	struct spread x = {0};
	double cost[LEVELS];
	struct err *e = place(&a, &w.g, &w.s, &o, &p, &why);

	look(&any, 0);
	if (e && e->kind != ERR_INFEASIBLE)
		fail_msg("seed %llu: %s", (unsigned long long)seed, e->msg);
	if (any.found != !e)
		fail_msg("seed %llu: %s, exhaustive search says %s", (unsigned long long)seed,
			 e ? e->msg : "a placement", any.found ? "feasible" : "infeasible");
	if (e)
		return;
	(*ret_placed)++;
	take(&w, &p, &x);
	if (!keeps_rules(&w, &x))
		fail_msg("seed %llu: a rule is broken", (unsigned long long)seed);
	look(&whole, 0);
	if (!whole.found || any_copies(&w))
		return;
	(*ret_costed)++;
	cost_of(&w, &x, cost);
	if (compare(cost, whole.best))
		fail_msg("seed %llu, %s: (%g, %g, %g) instead of (%g, %g, %g)",
			 (unsigned long long)seed, w.policy, cost[0], cost[1], cost[2],
			 whole.best[0], whole.best[1], whole.best[2]);
}

static void small_worlds_are_placed_as_exhaustive_search_does(void **state)
{
	const char *only = getenv("SMO_PROP_SEED");
	size_t placed = 0, costed = 0;
	(void)state;

	if (only) {
		check_world(strtoull(only, NULL, 10), &placed, &costed);
		return;
	}
	for (uint64_t seed = 1; seed <= WORLDS; seed++)
		check_world(seed, &placed, &costed);
	print_message("# %d worlds, %zu placed, %zu of them compared by cost\n", WORLDS, placed,
		      costed);
	assert_true(placed > WORLDS / 4);
	assert_true(placed < WORLDS);
	assert_true(costed > WORLDS / 8);
}

/* ---- other units ---- */

/* Twice of everything is the same world. */
static void scaling_all_units_changes_nothing(void **state)
{
	size_t placed = 0;
	(void)state;

	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct arena a scoped_arena = {0};
		struct dice d = {seed * 15485863};
		struct small w = world(&a, &d);
		const struct place_options o = {.policy = seed % 2 ? w.policy : "balanced"};
		struct placement p = {0}, q = {0};
		struct place_why why = {0};
		struct err *e = place(&a, &w.g, &w.s, &o, &p, &why);

		for (size_t i = 0; i < w.g.n_services; i++)
			amounts_set(&a, &w.g.services[i].demand, "cpu", 2 * w.cpu[i]);
		for (size_t c = 0; c < w.s.n_clusters; c++) {
			struct amounts *all = &w.s.clusters[c].allocatable;
			amounts_set(&a, all, "cpu", 2 * amounts_get(all, "cpu"));
			w.s.clusters[c].price_cpu /= 2;
			w.s.clusters[c].carbon /= 2;
		}
		struct err *f = place(&a, &w.g, &w.s, &o, &q, &why);
		assert_int_equal(!e, !f);
		for (size_t i = 0; i < w.g.n_services && !e; i++) {
			assert_int_equal(p.services[i].n_shares, q.services[i].n_shares);
			for (size_t k = 0; k < p.services[i].n_shares; k++)
				assert_string_equal(p.services[i].shares[k].cluster,
						    q.services[i].shares[k].cluster);
		}
		placed += !e;
	}
	assert_true(placed > 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_worlds_are_placed_as_exhaustive_search_does),
		cmocka_unit_test(scaling_all_units_changes_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
