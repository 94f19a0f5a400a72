// SPDX-License-Identifier: Apache-2.0
/*
 * Policies differ in the order of the terms only (levels are lexicographic):
 *
 *     stable      fewest moves, then linked services near each other
 *     reoptimise  fewest moves alone (the original's re-placement)
 *     first-fit   no cost: services in order, each in the first cluster that fits; what runs
 *                 stays when all can
 *     cheapest    price of cpu and memory, then moves, then links
 *     greenest    carbon per core, then moves, then links
 *     fastest     distance of linked services, then moves
 *
 * Prices are micro-units per hour, carbon micro-units of the figure given; a cluster without a
 * figure counts as the dearest known.  Distances are tenths of a millisecond: as told by the
 * cluster, else 0 on the same cluster, 5 ms in the same region, 30 ms beyond.
 */
#include "plan/place_cost.h"

#include <string.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/str.h"
#include "base/vec.h"
#include "plan/place_model.h"

enum { NEAR = 50, FAR = 300, ULTRALOW = 99, ONE_HOP = NEAR, MILLI = 1000 };

/* What @x tells about the way to @y, or -1. */
static int64_t told(const struct cluster *x, const struct cluster *y)
{
	for (size_t i = 0; i < x->n_distances; i++)
		if (str_eq(x->distances[i].to, y->name) && x->distances[i].latency_ms > 0)
			return (int64_t)(x->distances[i].latency_ms * 10 + 0.5);
	return -1;
}

int64_t place_distance(const struct snapshot *s, size_t from, size_t to)
{
	const struct cluster *x = &s->clusters[from], *y = &s->clusters[to];
	int64_t there = told(x, y), back = told(y, x);

	if (from == to)
		return 0;
	if (there >= 0 || back >= 0)
		return there >= 0 ? there : back;
	return x->region && str_eq(x->region, y->region) ? NEAR : FAR;
}

static void set_metric(struct place_model *m)
{
	size_t n = m->n_clusters;
	int64_t *d = arena_new_n(m->a, int64_t, n * n);
	const int64_t **metrics = arena_new_n(m->a, const int64_t *, 1);

	for (size_t x = 0; x < n; x++)
		for (size_t y = 0; y < n; y++)
			d[x * n + y] = place_distance(m->s, x, y);
	metrics[0] = d;
	m->problem.metric = metrics;
	m->problem.n_metrics = 1;
}

int64_t place_distance_limit(const struct graph *g, const struct service *v, const char *callee)
{
	enum latency_qos qos = g->intent.high_performance ? QOS_LOW : QOS_BEST_EFFORT;

	for (size_t i = 0; i < v->n_latencies; i++) {
		const char *to = v->latencies[i].connection_point;
		if ((!to || !*to || str_eq(to, callee)) && v->latencies[i].qos > qos)
			qos = v->latencies[i].qos;
	}
	switch (qos) {
	case QOS_ULTRALOW:
		return ULTRALOW;
	case QOS_LOW:
		return ONE_HOP;
	case QOS_BEST_EFFORT:
		break;
	}
	return SOLVE_UNLIMITED;
}

/* ---- rules between services ---- */

struct rules {
	struct place_model *m;
	uint32_t *first; /* [service] its first item; the other copies follow */
	uint32_t *group; /* [service] the group of its items, UINT32_MAX: none yet */
	vec_of(struct solve_link) links;
	vec_of(struct solve_group) groups;
	vec_of(struct solve_dependency) needs;
};

/* The service called @id when it is placed by us and not @v, else SIZE_MAX. */
static size_t other_service(const struct place_model *m, size_t v, const char *id)
{
	const struct service *o = id ? graph_service(m->g, id) : NULL;
	size_t i = o ? (size_t)(o - m->g->services) : v;

	return i != v && m->copies[i] ? i : SIZE_MAX;
}

/* The group of all items of @v; copies of one service keep apart. */
static uint32_t group_of(struct rules *r, size_t v)
{
	struct arena *a = r->m->a;
	size_t copies = r->m->copies[v];

	if (r->group[v] != UINT32_MAX)
		return r->group[v];
	uint32_t *items = arena_new_n(a, uint32_t, copies);
	for (size_t k = 0; k < copies; k++)
		items[k] = r->first[v] + (uint32_t)k;
	r->group[v] = (uint32_t)r->groups.n;
	*vec_push(a, &r->groups) = (struct solve_group){
		.name = arena_printf(a, copies > 1 ? "copies of %s" : "%s",
				     r->m->g->services[v].id),
		.item = items,
		.n = copies,
		.max_per_place = copies > 1,
	};
	return r->group[v];
}

static void link(struct rules *r, size_t v, size_t to)
{
	const struct service *svc = &r->m->g->services[v];
	int64_t limit = place_distance_limit(r->m->g, svc, r->m->g->services[to].id);
	bool single = r->m->copies[v] == 1 && r->m->copies[to] == 1;

	for (size_t k = 0; k < r->m->copies[v]; k++)
		*vec_push(r->m->a, &r->links) = (struct solve_link){
			.a = r->first[v] + (uint32_t)k,
			.b = r->first[to] + (uint32_t)(k % r->m->copies[to]),
			.weight = 1,
			.max_distance = single ? limit : SOLVE_UNLIMITED,
		};
	if (!single && limit < SOLVE_UNLIMITED)
		*vec_push(r->m->a, &r->needs) = (struct solve_dependency){
			.group = group_of(r, v), .needs = group_of(r, to), .max_distance = limit};
}

/* Each cluster of the service with fewer copies is one of the other's. */
static void keep_together(struct rules *r, size_t v, size_t other)
{
	struct arena *a = r->m->a;
	const char *x = r->m->g->services[v].id, *y = r->m->g->services[other].id;

	if (r->m->copies[v] == 1 && r->m->copies[other] == 1) {
		uint32_t *pair = arena_new_n(a, uint32_t, 2);
		pair[0] = r->first[v];
		pair[1] = r->first[other];
		*vec_push(a, &r->groups) = (struct solve_group){
			.name = arena_printf(a, "%s with %s", x, y),
			.item = pair,
			.n = 2,
			.max_places = 1,
		};
		return;
	}
	uint32_t *place = arena_new_n(a, uint32_t, r->m->n_clusters);
	for (size_t c = 0; c < r->m->n_clusters; c++)
		place[c] = (uint32_t)c;
	bool fewer = r->m->copies[v] <= r->m->copies[other];
	*vec_push(a, &r->needs) = (struct solve_dependency){
		.group = group_of(r, fewer ? v : other),
		.needs = group_of(r, fewer ? other : v),
		.place = place,
		.n_places = (uint32_t)r->m->n_clusters,
	};
}

static void set_rules(struct place_model *m)
{
	struct rules r = {.m = m,
			  .first = arena_new_n(m->a, uint32_t, m->n_services),
			  .group = arena_new_n(m->a, uint32_t, m->n_services)};

	for (size_t i = 0; i < m->n_items; i++)
		if (m->items[i].copy == 0)
			r.first[m->items[i].service] = (uint32_t)i;
	for (size_t v = 0; v < m->n_services; v++)
		r.group[v] = UINT32_MAX;
	for (size_t v = 0; v < m->n_services; v++) {
		const struct service *svc = &m->g->services[v];

		if (!m->copies[v])
			continue;
		if (m->copies[v] > 1)
			group_of(&r, v);
		for (size_t k = 0; k < svc->n_connection_points; k++) {
			size_t to = other_service(m, v, svc->connection_points[k]);
			if (to != SIZE_MAX)
				link(&r, v, to);
		}
		for (size_t k = 0; k < svc->n_co_locations; k++) {
			size_t other = other_service(m, v, svc->co_locations[k].id);
			if (other != SIZE_MAX)
				keep_together(&r, v, other);
		}
	}
	if (r.links.n)
		set_metric(m);
	m->problem.link = r.links.at;
	m->problem.n_links = r.links.n;
	m->problem.group = r.groups.at;
	m->problem.n_groups = r.groups.n;
	m->problem.dependency = r.needs.at;
	m->problem.n_dependencies = r.needs.n;
}

/* ---- costs ---- */

static double price_of(const struct cluster *c, const struct amounts *use)
{
	double cores = (double)amounts_get(use, "cpu") / MILLI;
	double gib = (double)amounts_get(use, "memory") / (1024.0 * 1024 * 1024);

	return (cores * c->price_cpu + gib * c->price_memory) * 1e6;
}

static double carbon_of(const struct cluster *c, const struct amounts *use)
{
	return c->carbon * ((double)amounts_get(use, "cpu") / MILLI) * 1e3;
}

/* The cost of one pair under @policy; -1 when the cluster gives no figure. */
static double pair_cost(const char *policy, const struct cluster *c, const struct amounts *use)
{
	if (str_eq(policy, "cheapest"))
		return c->price_cpu > 0 || c->price_memory > 0 ? price_of(c, use) : -1;
	return c->has_carbon ? carbon_of(c, use) : -1;
}

static void set_pair_costs(struct place_model *m, const char *policy)
{
	int64_t *cost = arena_new_n(m->a, int64_t, m->problem.first[m->n_items] + 1);

	for (size_t i = 0; i < m->n_items; i++) {
		struct amounts use = place_model_use(m, m->items[i].service);
		double dearest = 0;

		for (size_t c = 0; c < m->n_clusters; c++) {
			double x = pair_cost(policy, &m->s->clusters[c], &use);
			dearest = x > dearest ? x : dearest;
		}
		for (size_t p = m->problem.first[i]; p < m->problem.first[i + 1]; p++) {
			double x = pair_cost(policy, &m->s->clusters[m->problem.bin[p]], &use);
			cost[p] = (int64_t)((x < 0 ? dearest : x) + 0.5);
		}
	}
	m->problem.pair_cost = cost;
}

static void set_level(struct solve_problem *p, enum solve_term term, uint8_t level)
{
	p->weight[term] = 1;
	p->level[term] = level;
}

void place_cost_set(struct place_model *m)
{
	struct solve_problem *p = &m->problem;
	const char *policy = m->o->policy ? m->o->policy : place_policies[0];

	set_rules(m);
	p->weighted = true;
	if (str_eq(policy, "reoptimise") || str_eq(policy, "first-fit")) {
		set_level(p, SOLVE_MOVES, 0);
	} else if (str_eq(policy, "fastest")) {
		set_level(p, SOLVE_LINK, 0);
		set_level(p, SOLVE_MOVES, 1);
	} else if (str_eq(policy, "cheapest") || str_eq(policy, "greenest")) {
		set_pair_costs(m, policy);
		set_level(p, SOLVE_COST, 0);
		set_level(p, SOLVE_MOVES, 1);
		set_level(p, SOLVE_LINK, 2);
	} else {
		set_level(p, SOLVE_MOVES, 0);
		set_level(p, SOLVE_LINK, 1);
	}
}
