// SPDX-License-Identifier: Apache-2.0
/*
 * When nothing fits: the conflict in words, and the smallest changes that would end it.
 *
 * Changes of capacities, distances and budgets come from the optimiser, which proves each by an
 * assignment.  Changes of what the user wrote (a GPU, a region, replicas) and of clusters (a
 * cordon, a taint, one that is away) are made on a copy of graph and snapshot and solved again.
 * Both are ranked by how much they ask for, as a part of what is there.
 */
#include "plan/place_relax.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "plan/eligible.h"
#include "plan/intent.h"
#include "plan/place_cost.h"

enum { MAX_TRIES = 40, MAX_TOLD = 4, TRY_BUDGET = 20000 };

struct way {
	const char *text;
	double size; /* part of what is there that is asked for */
	size_t order;
};

struct relaxing {
	const struct place_model *m;
	vec_of(struct way) ways;
	size_t tries;
	struct graph g; /* the copies to change; restored by fresh() */
	struct snapshot s;
	struct place_options o;
};

/* Copies of all that a change may touch. */
static void fresh(struct relaxing *r)
{
	struct arena *a = r->m->a;
	const struct graph *g = r->m->g;
	const struct snapshot *s = r->m->s;

	r->g = *g;
	r->g.services = arena_new_n(a, struct service, g->n_services);
	for (size_t i = 0; i < g->n_services; i++) {
		r->g.services[i] = g->services[i];
		r->g.services[i].demand = (struct amounts){0};
		amounts_add(a, &r->g.services[i].demand, &g->services[i].demand, 1);
	}
	r->s = *s;
	r->s.clusters = arena_new_n(a, struct cluster, s->n_clusters);
	for (size_t i = 0; i < s->n_clusters; i++) {
		r->s.clusters[i] = s->clusters[i];
		r->s.clusters[i].allocatable = (struct amounts){0};
		amounts_add(a, &r->s.clusters[i].allocatable, &s->clusters[i].allocatable, 1);
	}
	r->s.services = arena_new_n(a, struct service_state, s->n_services);
	for (size_t i = 0; i < s->n_services; i++)
		r->s.services[i] = s->services[i];
	r->o = *r->m->o;
	r->o.budget = TRY_BUDGET;
}

static bool works(struct relaxing *r)
{
	if (r->tries >= MAX_TRIES)
		return false;
	r->tries++;
	return place_possible(r->m->a, &r->g, &r->s, &r->o);
}

static void add_way(struct relaxing *r, double size, const char *text)
{
	for (size_t i = 0; i < r->ways.n; i++)
		if (str_eq(r->ways.at[i].text, text))
			return;
	*vec_push(r->m->a, &r->ways) = (struct way){text, size, r->ways.n};
}

/* ---- what a service may do without ---- */

static bool is_device(const char *resource)
{
	return !str_eq(resource, "cpu") && !str_eq(resource, "memory") &&
	       !str_eq(resource, "ephemeral-storage");
}

static void try_device(struct relaxing *r, size_t v)
{
	const struct amounts *d = &r->m->g->services[v].demand;

	for (size_t i = 0; i < d->n; i++) {
		const char *name = d->at[i].resource, *id = r->m->g->services[v].id;

		if (!is_device(name) || !d->at[i].value)
			continue;
		fresh(r);
		amounts_set(r->m->a, &r->g.services[v].demand, name, 0);
		if (works(r))
			add_way(r, 0.6,
				arena_printf(
					r->m->a, "'%s' may drop its %s", id,
					str_ends(name, "/gpu") && d->at[i].value == 1
						? "GPU"
						: quantity_human(r->m->a, name, d->at[i].value)));
	}
}

static void try_level(struct relaxing *r, size_t v, const char *resource)
{
	const struct service *svc = &r->m->g->services[v];
	int64_t now = amounts_get(&svc->demand, resource);
	bool cpu = str_eq(resource, "cpu");

	for (size_t k = intent_builtin.n; k-- > 1;) {
		const struct intent_level *l = &intent_builtin.at[k];
		int64_t less = cpu ? l->cpu : l->memory;

		if (less >= now)
			continue;
		fresh(r);
		amounts_set(r->m->a, &r->g.services[v].demand, resource, less);
		if (!works(r))
			continue;
		add_way(r, 1 - (double)less / (double)now,
			arena_printf(r->m->a, "'%s' may ask for %s '%s' instead of %s", svc->id,
				     cpu ? "cpu" : "ram", l->name,
				     quantity_human(r->m->a, resource, now)));
		return;
	}
}

static void set_replicas(struct relaxing *r, size_t v, int64_t n)
{
	r->g.services[v].replicas = n;
	r->g.services[v].at_least = 0;
	for (size_t i = 0; i < r->s.n_services; i++)
		if (str_eq(r->s.services[i].service, r->g.services[v].id))
			r->s.services[i].replicas = n;
}

/* The most replicas that fit, by bisection: fewer always fit as well. */
static void try_replicas(struct relaxing *r, size_t v)
{
	int64_t all = r->m->demand[v].replicas, low = 0, high = all;

	while (high - low > 1) {
		int64_t mid = low + (high - low) / 2;

		fresh(r);
		set_replicas(r, v, mid);
		*(works(r) ? &low : &high) = mid;
	}
	if (low >= (int64_t)r->m->spread[v])
		add_way(r, 1 - (double)low / (double)all,
			arena_printf(r->m->a, "'%s' may have %lld replica%s instead of %lld",
				     r->m->g->services[v].id, (long long)low, low == 1 ? "" : "s",
				     (long long)all));
}

static void try_spread(struct relaxing *r, size_t v)
{
	int64_t all = r->m->g->services[v].ha.replicas_across_clusters;

	for (int64_t n = all - 1; r->m->spread[v] > 1 && n >= 1; n--) {
		fresh(r);
		r->g.services[v].ha.replicas_across_clusters = n;
		if (!works(r))
			continue;
		add_way(r, 1 - (double)n / (double)all,
			arena_printf(r->m->a, "'%s' may be on %lld cluster%s instead of %lld",
				     r->m->g->services[v].id, (long long)n, n == 1 ? "" : "s",
				     (long long)all));
		return;
	}
}

static const char *joined(struct arena *a, const char *const *words, size_t n)
{
	struct str s = {.a = a};

	for (size_t i = 0; i < n; i++)
		str_addf(&s, "%s'%s'", i ? ", " : "", words[i]);
	return str_text(&s);
}

static void try_location(struct relaxing *r, size_t v)
{
	const struct location_intent *l = &r->m->g->services[v].location;
	struct arena *a = r->m->a;
	const char *what = l->n_clusters    ? joined(a, l->clusters, l->n_clusters)
			   : l->n_regions   ? joined(a, l->regions, l->n_regions)
			   : l->n_zones     ? joined(a, l->zones, l->n_zones)
			   : l->n_providers ? joined(a, l->providers, l->n_providers)
					    : NULL;

	if (!what)
		return;
	fresh(r);
	struct location_intent *mine = &r->g.services[v].location;
	mine->n_clusters = mine->n_regions = mine->n_zones = mine->n_providers = 0;
	if (works(r))
		add_way(r, 0.25,
			arena_printf(a, "'%s' may run elsewhere than %s %s",
				     r->m->g->services[v].id,
				     l->n_clusters  ? "on"
				     : l->n_regions ? "in region"
				     : l->n_zones   ? "in zone"
						    : "with provider",
				     what));
}

static void try_toleration(struct relaxing *r, size_t v)
{
	const struct service *svc = &r->m->g->services[v];
	struct arena *a = r->m->a;
	struct map seen = {.a = a};

	for (size_t c = 0; c < r->m->n_clusters; c++)
		for (size_t i = 0; i < r->m->s->clusters[c].n_taints; i++) {
			const struct taint *t = &r->m->s->clusters[c].taints[i];
			const char **keys =
				arena_new_n(a, const char *, svc->location.n_tolerations + 1);

			if (map_get(&seen, t->key) || !r->m->s->clusters[c].ready)
				continue;
			map_put(&seen, t->key, &seen);
			fresh(r);
			struct location_intent *l = &r->g.services[v].location;
			for (size_t k = 0; k < l->n_tolerations; k++)
				keys[k] = l->tolerations[k];
			keys[l->n_tolerations++] = t->key;
			l->tolerations = keys;
			if (works(r))
				add_way(r, 0.1,
					arena_printf(a, "'%s' may tolerate the taint '%s'", svc->id,
						     t->key));
		}
}

static const char *limit_text(const struct relaxing *r, size_t v)
{
	enum latency_qos most = QOS_BEST_EFFORT;

	for (size_t i = 0; i < r->m->g->services[v].n_latencies; i++)
		if (r->m->g->services[v].latencies[i].qos > most)
			most = r->m->g->services[v].latencies[i].qos;
	return most == QOS_ULTRALOW ? "ultralow" : "low";
}

static void try_nearness(struct relaxing *r, size_t v)
{
	const struct service *svc = &r->m->g->services[v];

	if (svc->n_latencies) {
		fresh(r);
		r->g.services[v].n_latencies = 0;
		if (works(r))
			add_way(r, 0.2,
				arena_printf(r->m->a, "'%s' may do without latency '%s'", svc->id,
					     limit_text(r, v)));
	}
	if (svc->n_co_locations) {
		fresh(r);
		r->g.services[v].n_co_locations = 0;
		if (works(r))
			add_way(r, 0.2,
				arena_printf(r->m->a, "'%s' need not share a cluster with '%s'",
					     svc->id, svc->co_locations[0].id));
	}
	if (svc->device_proximity) {
		fresh(r);
		r->g.services[v].device_proximity = false;
		if (works(r))
			add_way(r, 0.3,
				arena_printf(r->m->a, "'%s' may run away from its devices",
					     svc->id));
	}
}

static void try_service(struct relaxing *r, size_t v)
{
	if (!r->m->copies[v])
		return;
	try_device(r, v);
	try_location(r, v);
	try_toleration(r, v);
	try_nearness(r, v);
	try_spread(r, v);
	if (r->m->demand[v].replicas > 1)
		try_replicas(r, v);
	else
		try_level(r, v, "cpu");
	if (r->m->demand[v].replicas == 1)
		try_level(r, v, "memory");
}

/* ---- what clusters could give ---- */

/* Service @v alone is too large for cluster @c: let that have what is lacking. */
static void try_larger(struct relaxing *r, size_t v, size_t c)
{
	struct arena *a = r->m->a;
	struct amounts need = place_model_use(r->m, v, c, place_model_share(r->m, v));
	const struct cluster *cl = &r->m->s->clusters[c];
	struct str what = {.a = a};
	double size = 0;

	fresh(r);
	for (size_t i = 0; i < need.n; i++) {
		const char *name = need.at[i].resource;
		int64_t lacks = need.at[i].value - amounts_get(&r->m->free[c], name);
		int64_t all = amounts_get(&cl->allocatable, name);

		if (lacks <= 0 || (eligible_optional(name) && !eligible_checked(cl, name)))
			continue;
		if (!all) /* no such device at all: another kind of change */
			return;
		amounts_set(a, &r->s.clusters[c].allocatable, name, all + lacks);
		size += (double)lacks / (double)all;
		str_addf(&what, "%s%s%s", what.len ? " and " : "", quantity_human(a, name, lacks),
			 quantity_is_bytes(name) ? arena_printf(a, " of %s", name) : "");
	}
	if (what.len && works(r))
		add_way(r, size,
			arena_printf(a, "cluster '%s' needs %s more", cl->name, str_text(&what)));
}

static void try_clusters(struct relaxing *r)
{
	for (size_t c = 0; c < r->m->n_clusters; c++) {
		const struct cluster *cl = &r->m->s->clusters[c];

		if (cl->gone || (!cl->cordoned && cl->ready))
			continue;
		fresh(r);
		r->s.clusters[c].cordoned = false;
		r->s.clusters[c].ready = true;
		r->s.clusters[c].n_taints = cl->ready ? cl->n_taints : 0;
		if (works(r))
			add_way(r, cl->ready ? 0.05 : 0.3,
				arena_printf(r->m->a,
					     cl->ready
						     ? "cluster '%s' could be uncordoned"
						     : "cluster '%s' would have to be ready again",
					     cl->name));
	}
}

static void try_graph(struct relaxing *r)
{
	if (r->m->g->intent.security) {
		fresh(r);
		r->g.intent.security = false;
		if (works(r))
			add_way(r, 0.4, "services may talk across clusters (security)");
	}
	if (r->m->g->intent.high_performance) {
		fresh(r);
		r->g.intent.high_performance = false;
		if (works(r))
			add_way(r, 0.4, "services may be further apart (highPerformance)");
	}
	if (!r->o.allow_data_loss) {
		fresh(r);
		r->o.allow_data_loss = true;
		if (works(r))
			add_way(r, 0.9,
				"save the data that is in the way, then allow its loss with "
				"--allow-data-loss");
	}
}

/* ---- what the optimiser proved ---- */

static const char *proved_text(const struct place_model *m, const struct solve_relaxation *x)
{
	const char *more;

	switch (x->what.rule) {
	case SOLVE_RULE_CAPACITY:
		if (x->what.res >= m->n_resources)
			return NULL;
		more = quantity_human(m->a, m->resources[x->what.res], x->amount);
		return arena_printf(
			m->a, "cluster '%s' needs %s%s more", m->problem.bin_name[x->what.bin],
			more,
			quantity_is_bytes(m->resources[x->what.res])
				? arena_printf(m->a, " of %s", m->resources[x->what.res])
				: "");
	case SOLVE_RULE_MOVES:
		return arena_printf(m->a, "%lld more service%s may move (moveBudget)",
				    (long long)x->amount, x->amount == 1 ? "" : "s");
	case SOLVE_RULE_NONE:
	case SOLVE_RULE_ELIGIBLE:
	case SOLVE_RULE_DISTANCE:
	case SOLVE_RULE_MAX_PER:
	case SOLVE_RULE_MIN_PER:
	case SOLVE_RULE_MAX_PLACES:
	case SOLVE_RULE_MIN_PLACES:
	case SOLVE_RULE_DEPENDENCY:
	case SOLVE_RULES:
		break;
	}
	return NULL; /* those of the user's own words are tried as such */
}

/* ---- ranking ---- */

static int by_size(const void *x, const void *y)
{
	const struct way *p = x, *q = y;

	if (p->size < q->size || p->size > q->size)
		return p->size < q->size ? -1 : 1;
	return p->order < q->order ? -1 : p->order > q->order;
}

static struct err *with_ways(struct relaxing *r, struct err *e)
{
	struct str hint = {.a = r->m->a};

	if (!r->ways.n)
		return e;
	qsort(r->ways.at, r->ways.n, sizeof(*r->ways.at), by_size);
	for (size_t i = 0; i < r->ways.n && i < MAX_TOLD; i++)
		str_addf(&hint, "%s%s",
			 i ? "; or " : "Any one of these would do: ", r->ways.at[i].text);
	return err_hint(r->m->a, e, "%s.", str_text(&hint));
}

static void start(struct relaxing *r, const struct place_model *m)
{
	*r = (struct relaxing){.m = m};
	fresh(r);
}

/* Why the replicas of @v stay together. */
static const char *why_whole(const struct place_model *m, size_t v)
{
	const struct chart_facts *f = snapshot_chart(m->s, m->g->services[v].id);
	const struct object_facts *main = f ? main_workload(f) : NULL;

	if (main && main->own_policy)
		return "its chart brings a policy of its own, which copies them";
	return place_divides(f) ? "it keeps data" : "what it runs is not counted in replicas";
}

struct err *place_why_hopeless(const struct place_model *m)
{
	struct str msg = {.a = m->a};
	struct relaxing r;

	if (!m->n_clusters && m->n_items)
		return err_hint(
			m->a, err_new(m->a, ERR_INFEASIBLE, "there is no cluster to place on"),
			"Join a cluster to the control plane, or look at `smo cluster list`.");
	start(&r, m);
	for (size_t v = 0; v < m->n_services; v++) {
		size_t n = place_model_eligible(m, v);

		if (n >= m->spread[v] || !m->copies[v])
			continue;
		str_addf(&msg, "%sservice '%s' ", msg.len ? "\n" : "", m->g->services[v].id);
		if (n)
			str_addf(&msg, "needs %zu clusters and fits only %zu", m->spread[v], n);
		else
			str_add(&msg, "fits no cluster");
		for (size_t c = 0; c < m->n_clusters; c++) {
			if (!m->why_not[v * m->n_clusters + c])
				continue;
			str_addf(&msg, "\n  %s %s", m->s->clusters[c].name,
				 m->why_not[v * m->n_clusters + c]);
			try_larger(&r, v, c);
		}
		if (m->demand[v].replicas > 1 && !n && !place_model_divisible(m, v))
			str_addf(&msg,
				 "\n  its %lld replicas cannot be divided between clusters: %s",
				 (long long)m->demand[v].replicas, why_whole(m, v));
		try_service(&r, v);
	}
	if (!msg.len)
		return NULL;
	try_clusters(&r);
	try_graph(&r);
	return with_ways(&r, err_new(m->a, ERR_INFEASIBLE, "%s", str_text(&msg)));
}

/* ---- together ---- */

/* Sum of what is wanted against the sum of what is free, where it is too much. */
static void add_totals(const struct place_model *m, struct str *msg)
{
	for (size_t r = 0; r < m->n_resources && !m->problem.pair_use; r++) {
		int64_t want = 0, have = 0;

		for (size_t i = 0; i < m->n_items; i++)
			want += m->problem.use[i * m->problem.n_res + r];
		for (size_t c = 0; c < m->n_clusters; c++)
			if (m->s->clusters[c].ready && m->s->clusters[c].has_summary &&
			    !m->s->clusters[c].gone)
				have += amounts_get(&m->free[c], m->resources[r]);
		if (want > have)
			str_addf(msg, "\n  %s: %s wanted, %s free in all usable clusters together",
				 m->resources[r], quantity_human(m->a, m->resources[r], want),
				 quantity_human(m->a, m->resources[r], have));
	}
}

static const char *item_name(const struct place_model *m, uint32_t item)
{
	return m->g->services[m->items[item].service].id;
}

static const char *group_text(const struct place_model *m, const struct solve_cause *x)
{
	const char *name = m->problem.group[x->group].name;

	switch (x->rule) {
	case SOLVE_RULE_MAX_PER:
		return arena_printf(m->a, "%s keep apart", name);
	case SOLVE_RULE_MAX_PLACES:
		return arena_printf(m->a, "%s: to share a cluster (coLocation)", name);
	case SOLVE_RULE_MIN_PLACES:
		return arena_printf(m->a, "%s: to be on %u clusters at least", name,
				    m->problem.group[x->group].min_places);
	case SOLVE_RULE_NONE:
	case SOLVE_RULE_ELIGIBLE:
	case SOLVE_RULE_CAPACITY:
	case SOLVE_RULE_DISTANCE:
	case SOLVE_RULE_MIN_PER:
	case SOLVE_RULE_DEPENDENCY:
	case SOLVE_RULE_MOVES:
	case SOLVE_RULES:
		break;
	}
	return solve_cause_text(m->a, &m->problem, x);
}

static const char *eligible_text(const struct place_model *m, uint32_t item)
{
	const struct place_item *it = &m->items[item];
	struct str s = {.a = m->a};

	for (size_t c = 0; c < m->n_clusters; c++)
		if (!m->why_not[it->service * m->n_clusters + c])
			str_addf(&s, "%s%s", s.len ? ", " : "", m->s->clusters[c].name);
	return arena_printf(m->a, "'%s' can run on %s only", item_name(m, item), str_text(&s));
}

static const char *near_text(const struct place_model *m, const char *x, const char *y,
			     int64_t limit)
{
	if (!limit)
		return arena_printf(m->a, "'%s' and '%s' talk, so they share a cluster (security)",
				    x, y);
	return arena_printf(m->a, "'%s' is to be at most %g ms from '%s', which it calls", x,
			    (double)limit / 10, y);
}

static const char *cause_text(const struct place_model *m, const struct solve_cause *x)
{
	if (x->rule == SOLVE_RULE_CAPACITY && x->res < m->n_resources)
		return arena_printf(
			m->a, "%s has %s%s free", m->problem.bin_name[x->bin],
			quantity_human(m->a, m->resources[x->res],
				       m->problem.capacity[x->bin * m->problem.n_res + x->res]),
			quantity_is_bytes(m->resources[x->res])
				? arena_printf(m->a, " of %s", m->resources[x->res])
				: "");
	if (x->rule == SOLVE_RULE_ELIGIBLE && x->item < m->n_items)
		return eligible_text(m, x->item);
	if (x->rule == SOLVE_RULE_DISTANCE && x->group < m->problem.n_links) {
		const struct solve_link *l = &m->problem.link[x->group];
		return near_text(m, item_name(m, l->a), item_name(m, l->b), l->max_distance);
	}
	if (x->rule == SOLVE_RULE_DEPENDENCY && x->group < m->problem.n_dependencies) {
		const struct solve_dependency *d = &m->problem.dependency[x->group];
		const char *one = item_name(m, m->problem.group[d->group].item[0]);
		const char *two = item_name(m, m->problem.group[d->needs].item[0]);
		return d->place
			       ? arena_printf(m->a, "'%s' and '%s' are to share clusters", one, two)
			       : near_text(m, one, two, d->max_distance);
	}
	if (x->rule == SOLVE_RULE_MOVES)
		return arena_printf(m->a, "at most %zu may move (moveBudget and those that must)",
				    m->problem.max_moves);
	if (x->group < m->problem.n_groups)
		return group_text(m, x);
	return solve_cause_text(m->a, &m->problem, x);
}

/* "front needs 4 cores, 2.00 GiB" for each service of the conflict. */
static void add_involved(const struct place_model *m, const bool *involved, struct str *msg)
{
	for (size_t v = 0; v < m->n_services; v++) {
		struct amounts need = place_model_use(m, v, 0, m->demand[v].replicas);
		const char *sep = " needs ";

		if (!involved[v])
			continue;
		str_addf(msg, "\n  %s", m->g->services[v].id);
		for (size_t i = 0; i < need.n; i++) {
			if (str_eq(need.at[i].resource, "pods") || !need.at[i].value)
				continue;
			str_addf(msg, "%s%s", sep,
				 quantity_human(m->a, need.at[i].resource, need.at[i].value));
			sep = ", ";
		}
	}
}

struct err *place_why_infeasible(const struct place_model *m, const struct solve_options *o,
				 const struct solve_answer *answer)
{
	struct solve_conflict conflict = {0};
	struct str msg = {.a = m->a};
	struct solve_options brief = *o; /* it asks the optimiser again and again */
	bool *involved = arena_new_n(m->a, bool, m->n_services);
	struct relaxing r;

	brief.method = SOLVE_BEST;
	brief.budget = (o->budget ? o->budget : SOLVE_SECOND) / 50;
	if (answer->stopped)
		return err_new(m->a, ERR_CANCELLED, "stopped before a placement was found");
	TRY(solve_conflict(m->a, &m->problem, &brief, &conflict));
	str_addf(&msg, "no placement of '%s' keeps all constraints%s", m->g->id,
		 answer->status == SOLVE_INFEASIBLE || conflict.proved ? "" : " (none was found)");
	add_totals(m, &msg);
	for (size_t i = 0; i < conflict.n_items; i++)
		involved[m->items[conflict.item[i]].service] = true;
	add_involved(m, involved, &msg);
	for (size_t i = 0; i < conflict.n_causes && i < 8; i++)
		str_addf(&msg, "\n  %s", cause_text(m, &conflict.cause[i]));
	start(&r, m);
	for (size_t i = 0; i < conflict.n_relaxations; i++) {
		const char *text = proved_text(m, &conflict.relaxation[i]);
		if (text)
			add_way(&r, conflict.relaxation[i].size, text);
	}
	try_clusters(&r);
	try_graph(&r);
	for (size_t v = 0; v < m->n_services; v++) {
		for (size_t c = 0; c < m->n_clusters && involved[v]; c++)
			if (m->why_not[v * m->n_clusters + c])
				try_larger(&r, v, c);
		if (involved[v])
			try_service(&r, v);
	}
	return with_ways(&r, err_new(m->a, ERR_INFEASIBLE, "%s", str_text(&msg)));
}
