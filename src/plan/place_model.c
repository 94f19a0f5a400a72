// SPDX-License-Identifier: Apache-2.0
#include "plan/place_model.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/node.h"
#include "plan/capacity.h"
#include "plan/eligible.h"
#include "plan/place_cost.h"
#include "plan/values.h"
#include "plan/world.h"

/* The service waits on its failed cluster until somebody asks for a re-placement. */
static bool is_held(const struct place_model *m, const struct service *v)
{
	const struct service_state *st = place_state(m->s, v->id);
	bool failed = false;

	if (!v->ha.enabled || v->ha.recovery_policy != RECOVERY_MANUAL || m->o->recover || !st ||
	    !str_eq(st->status, "Deployed"))
		return false;
	for (size_t i = 0; i < st->n_clusters; i++) {
		const struct cluster *c = snapshot_cluster(m->s, st->clusters[i]);

		if (!c || c->gone)
			return false;
		failed |= !c->ready;
	}
	return failed;
}

/* ---- what it takes ---- */

struct amounts place_model_use(const struct place_model *m, size_t service, size_t c,
			       int64_t replicas)
{
	return demand_on(m->a, &m->demand[service], replicas, m->s->clusters[c].nodes_total);
}

int64_t place_model_share(const struct place_model *m, size_t service)
{
	int64_t all = m->demand[service].replicas, n = (int64_t)m->copies[service];

	if (n < 2 || !place_divides(m->chart[service]))
		return all;
	return (all + n - 1) / n;
}

size_t place_model_first(const struct place_model *m, size_t service)
{
	size_t first = 0;

	for (size_t v = 0; v < service; v++)
		first += m->copies[v];
	return first;
}

bool place_model_divisible(const struct place_model *m, size_t service)
{
	const struct chart_facts *f = m->chart[service];

	return m->copies[service] && m->demand[service].replicas > 1 && place_divides(f) &&
	       !place_holds_data(f);
}

static size_t judge(struct place_model *m, size_t v, int64_t replicas)
{
	size_t n = 0;

	for (size_t c = 0; c < m->n_clusters; c++) {
		const char *why = place_model_verdict(m, v, c, replicas);

		m->why_not[v * m->n_clusters + c] = why;
		n += !why;
	}
	return n;
}

enum { MAX_PARTS = 60 }; /* items of one divided service */

/* On how many clusters service @v shall be, as far as its chart can name them. */
static size_t wished(const struct place_model *m, size_t v)
{
	const struct service *svc = &m->g->services[v];

	if (!svc->ha.enabled || svc->ha.replicas_across_clusters < 2 ||
	    place_names_one(svc, m->chart[v]))
		return 1;
	return (size_t)svc->ha.replicas_across_clusters;
}

/* Whole where it may stay whole. */
static void set_copies(struct place_model *m, size_t v, enum place_divide divide)
{
	const struct service *svc = &m->g->services[v];
	size_t wish = wished(m, v);

	m->held[v] = is_held(m, svc);
	m->spread[v] = wish;
	m->copies[v] = place_is_static(m->g, m->s, svc) || m->held[v] ? 0 : wish;
	bool fits = judge(m, v, place_model_share(m, v)) >= wish;
	if (!place_model_divisible(m, v) || (divide == DIVIDE_WHERE_NEEDED && fits))
		return;
	if (judge(m, v, 1) < (wish > 1 ? wish : 2)) {
		judge(m, v, place_model_share(m, v));
		return;
	}
	int64_t all = m->demand[v].replicas;
	m->divided[v] = true;
	m->copies[v] = (size_t)(all < MAX_PARTS ? all : MAX_PARTS);
}

static bool known(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(names[i], name))
			return true;
	return false;
}

static void collect_resources(struct place_model *m)
{
	vec_of(const char *) checked = {0}, unchecked = {0};

	for (size_t v = 0; v < m->n_services; v++)
		for (size_t i = 0; i < m->demand[v].total.n; i++) {
			const char *r = m->demand[v].total.at[i].resource;

			if (known(checked.at, checked.n, r) || known(unchecked.at, unchecked.n, r))
				continue;
			if (capacity_reported(m->s, r) || !eligible_optional(r))
				*vec_push(m->a, &checked) = r;
			else
				*vec_push(m->a, &unchecked) = r;
		}
	if (capacity_reported(m->s, "pods"))
		*vec_push(m->a, &checked) = "pods";
	/* The heuristics look at the use of the first resource. */
	for (size_t i = 1; i < checked.n; i++)
		if (str_eq(checked.at[i], "cpu")) {
			checked.at[i] = checked.at[0];
			checked.at[0] = "cpu";
		}
	m->resources = checked.at;
	m->n_resources = checked.n;
	m->unchecked = unchecked.at;
	m->n_unchecked = unchecked.n;
}

/* Replicas of copy @k of @copies: the total, divided as evenly as it goes. */
static int64_t part_of(int64_t replicas, size_t copies, size_t k)
{
	int64_t n = (int64_t)copies;

	return replicas / n + ((int64_t)k < replicas % n);
}

static void list_items(struct place_model *m)
{
	vec_of(struct place_item) items = {0};

	for (size_t v = 0; v < m->n_services; v++)
		for (size_t k = 0; k < m->copies[v]; k++) {
			int64_t n = m->divided[v] ? part_of(m->demand[v].replicas, m->copies[v], k)
						  : place_model_share(m, v);
			*vec_push(m->a, &items) = (struct place_item){v, k, n};
		}
	m->items = items.at;
	m->n_items = items.n;
}

static bool has_daemons(const struct place_model *m)
{
	for (size_t v = 0; v < m->n_services; v++)
		if (m->demand[v].per_node || m->demand[v].daemon_pods)
			return true;
	return false;
}

static void put_use(const struct place_model *m, size_t i, size_t c, int64_t *use)
{
	struct amounts need = place_model_use(m, m->items[i].service, c, m->items[i].replicas);

	for (size_t r = 0; r < m->n_resources; r++)
		use[r] = amounts_get(&need, m->resources[r]);
}

/* What a DaemonSet takes depends on the nodes of the cluster: a figure for each pair then. */
static void set_uses(struct place_model *m)
{
	size_t n = m->n_resources, pairs = m->problem.first[m->n_items];
	bool by_pair = has_daemons(m);
	int64_t *use = arena_new_n(m->a, int64_t, (by_pair ? pairs : m->n_items) * n);
	int64_t *cap = arena_new_n(m->a, int64_t, m->n_clusters * n);

	for (size_t i = 0; i < m->n_items; i++)
		for (size_t p = m->problem.first[i]; by_pair && p < m->problem.first[i + 1]; p++)
			put_use(m, i, m->problem.bin[p], use + p * n);
	for (size_t i = 0; !by_pair && i < m->n_items && m->n_clusters; i++)
		put_use(m, i, 0, use + i * n);
	for (size_t c = 0; c < m->n_clusters; c++)
		for (size_t r = 0; r < n; r++) {
			bool loose = eligible_optional(m->resources[r]) &&
				     !eligible_checked(&m->s->clusters[c], m->resources[r]);
			cap[c * n + r] =
				loose ? SOLVE_UNLIMITED : amounts_get(&m->free[c], m->resources[r]);
		}
	m->problem.use = by_pair ? NULL : use;
	m->problem.pair_use = by_pair ? use : NULL;
	m->problem.capacity = cap;
}

static void set_pairs(struct place_model *m)
{
	size_t *first = arena_new_n(m->a, size_t, m->n_items + 1);
	uint32_t *bin = arena_new_n(m->a, uint32_t, m->n_items * m->n_clusters + 1);
	size_t n = 0;

	for (size_t i = 0; i < m->n_items; i++) {
		const char **why_not = m->why_not + m->items[i].service * m->n_clusters;

		first[i] = n;
		for (size_t c = 0; c < m->n_clusters; c++)
			if (!why_not[c])
				bin[n++] = (uint32_t)c;
	}
	first[m->n_items] = n;
	m->problem.first = first;
	m->problem.bin = bin;
}

struct solve_problem place_model_at_home(const struct place_model *m)
{
	struct solve_problem p = m->problem;
	size_t *first = arena_new_n(m->a, size_t, m->n_items + 1);
	uint32_t *bin = arena_new_n(m->a, uint32_t, m->n_items * m->n_clusters + 1);
	size_t n = 0;

	for (size_t i = 0; i < m->n_items; i++) {
		bool stays = p.now[i] != SOLVE_NOWHERE &&
			     solve_pair_find(&m->problem, i, p.now[i]) != SIZE_MAX;

		first[i] = n;
		for (size_t k = p.first[i]; k < p.first[i + 1]; k++)
			if (!stays || p.bin[k] == p.now[i])
				bin[n++] = p.bin[k];
	}
	first[m->n_items] = n;
	p.first = first;
	p.bin = bin;
	if (p.pair_cost) { /* it is by pair, and there are others now */
		int64_t *cost = arena_new_n(m->a, int64_t, n + 1);

		for (size_t i = 0; i < m->n_items; i++)
			for (size_t k = first[i]; k < first[i + 1]; k++)
				cost[k] =
					m->problem
						.pair_cost[solve_pair_find(&m->problem, i, bin[k])];
		p.pair_cost = cost;
	}
	if (p.pair_use) {
		int64_t *use = arena_new_n(m->a, int64_t, n * p.n_res);

		for (size_t i = 0; i < m->n_items; i++)
			for (size_t k = first[i]; k < first[i + 1]; k++) {
				size_t was = solve_pair_find(&m->problem, i, bin[k]);
				for (size_t r = 0; r < p.n_res; r++)
					use[k * p.n_res + r] =
						m->problem.pair_use[was * p.n_res + r];
			}
		p.pair_use = use;
	}
	return p;
}

int64_t place_model_kept(const struct snapshot *s, const char *service, const char *cluster)
{
	for (size_t i = 0; i < s->n_objects; i++) {
		const struct owned_object *o = &s->objects[i];
		const struct node *weights =
			str_eq(o->kind, "PropagationPolicy") && str_eq(o->service, service)
				? node_at(o->body, "spec.placement.replicaScheduling."
						   "weightPreference.staticWeightList")
				: NULL;

		for (const struct node *w = node_first(weights); w; w = w->next) {
			const struct node *names = node_at(w, "targetCluster.clusterNames");
			if (node_first(names) && str_eq(node_first(names)->str, cluster))
				return node_int(w, "weight", 0);
		}
	}
	return 0;
}

static uint32_t cluster_number(const struct place_model *m, const char *name)
{
	for (size_t c = 0; c < m->n_clusters; c++)
		if (str_eq(m->s->clusters[c].name, name))
			return (uint32_t)c;
	return SOLVE_NOWHERE;
}

/* Where the items of @v are now: its clusters one by one, of a divided one each its replicas. */
static void homes_of(const struct place_model *m, size_t v, uint32_t *now)
{
	const struct service_state *st = place_state(m->s, m->g->services[v].id);
	size_t k = 0, n_homes = st ? st->n_clusters : 0;
	int64_t all = m->demand[v].replicas, put = 0, until = 0;

	for (size_t h = 0; h < n_homes && k < m->copies[v]; h++) {
		int64_t kept = place_model_kept(m->s, st->service, st->clusters[h]);

		until += kept ? kept : part_of(all, n_homes, h);
		if (!m->divided[v])
			now[k++] = cluster_number(m, st->clusters[h]);
		while (m->divided[v] && k < m->copies[v] && put < until) {
			put += part_of(all, m->copies[v], k);
			now[k++] = cluster_number(m, st->clusters[h]);
		}
	}
}

static void set_names(struct place_model *m)
{
	const char **items = arena_new_n(m->a, const char *, m->n_items);
	const char **bins = arena_new_n(m->a, const char *, m->n_clusters);
	uint32_t *now = arena_new_n(m->a, uint32_t, m->n_items);

	for (size_t i = 0; i < m->n_items; i++) {
		items[i] = m->g->services[m->items[i].service].id;
		now[i] = SOLVE_NOWHERE;
	}
	for (size_t v = 0; v < m->n_services; v++)
		homes_of(m, v, now + place_model_first(m, v));
	for (size_t c = 0; c < m->n_clusters; c++)
		bins[c] = m->s->clusters[c].name;
	m->problem.n_items = m->n_items;
	m->problem.n_bins = m->n_clusters;
	m->problem.n_res = m->n_resources;
	m->problem.item_name = items;
	m->problem.bin_name = bins;
	m->problem.res_name = m->resources;
	m->problem.now = now;
}

static int by_name(const void *x, const void *y)
{
	return str_cmp(((const struct cluster *)x)->name, ((const struct cluster *)y)->name);
}

struct snapshot place_sorted(struct arena *a, const struct snapshot *s)
{
	struct snapshot sorted = *s;

	sorted.clusters = arena_new_n(a, struct cluster, s->n_clusters);
	for (size_t i = 0; i < s->n_clusters; i++)
		sorted.clusters[i] = s->clusters[i];
	if (s->n_clusters)
		qsort(sorted.clusters, s->n_clusters, sizeof(*sorted.clusters), by_name);
	return sorted;
}

/* Free of all that is placed anew; what charts place themselves stays where it is. */
static struct amounts free_of(const struct place_model *m, const struct cluster *c)
{
	struct amounts own = capacity_own(m->a, m->s, c->name, NULL);

	for (size_t v = 0; v < m->n_services; v++) {
		if (!place_is_static(m->g, m->s, &m->g->services[v]) &&
		    !is_held(m, &m->g->services[v]))
			continue;
		struct amounts stays = capacity_own(m->a, m->s, c->name, m->g->services[v].id);
		own = amounts_minus(m->a, &own, &stays);
	}
	return capacity_without(m->a, m->s, c, &own);
}

void place_model_init(struct arena *a, const struct graph *g, const struct snapshot *s,
		      const struct place_options *o, enum place_divide divide,
		      struct place_model *ret_m)
{
	struct place_model *m = ret_m;
	struct snapshot *sorted = arena_new(a, struct snapshot);

	*sorted = place_sorted(a, s);
	s = sorted;
	*m = (struct place_model){.a = a, .g = g, .s = s, .o = o, .coarse = 1};
	m->refused = place_somebody_refused(s);
	m->n_services = g->n_services;
	m->n_clusters = s->n_clusters;
	place_aim_of(g, s, o, &m->aim);
	m->chart = arena_new_n(a, const struct chart_facts *, m->n_services);
	for (size_t v = 0; v < m->n_services; v++)
		m->chart[v] = snapshot_chart(s, g->services[v].id);
	m->demand = arena_new_n(a, struct demand, m->n_services);
	m->copies = arena_new_n(a, size_t, m->n_services);
	m->spread = arena_new_n(a, size_t, m->n_services);
	m->divided = arena_new_n(a, bool, m->n_services);
	m->held = arena_new_n(a, bool, m->n_services);
	m->free = arena_new_n(a, struct amounts, m->n_clusters);
	m->why_not = arena_new_n(a, const char *, m->n_services * m->n_clusters);
	for (size_t c = 0; c < m->n_clusters; c++)
		m->free[c] = free_of(m, &s->clusters[c]);
	for (size_t v = 0; v < m->n_services; v++) {
		const struct service *svc = &g->services[v];

		demand_of(a, svc, m->chart[v], place_replicas(s, svc), &m->demand[v]);
		set_copies(m, v, divide);
	}
	collect_resources(m);
	list_items(m);
	set_names(m);
	set_pairs(m);
	set_uses(m);
	place_cost_set(m);
}

size_t place_model_eligible(const struct place_model *m, size_t service)
{
	size_t n = 0;

	for (size_t c = 0; c < m->n_clusters; c++)
		n += !m->why_not[service * m->n_clusters + c];
	return n;
}
