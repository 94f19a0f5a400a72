// SPDX-License-Identifier: Apache-2.0
/*
 * Policies differ in the order of the terms only (levels are lexicographic):
 *
 *     stable      fewest moves, then linked services near each other
 *     reoptimise  fewest moves alone (the original's re-placement)
 *     first-fit   no cost: services in order, each in the first cluster that fits
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

enum { NEAR = 50, FAR = 300, ULTRALOW = 100, ONE_HOP = NEAR, MILLI = 1000 };

const char *const place_policies[] = {"stable",   "reoptimise", "first-fit", "cheapest",
				      "greenest", "fastest",    NULL};

static int64_t distance(const struct snapshot *s, size_t from, size_t to)
{
	const struct cluster *x = &s->clusters[from], *y = &s->clusters[to];

	if (from == to)
		return 0;
	for (size_t i = 0; i < x->n_distances; i++)
		if (str_eq(x->distances[i].to, y->name) && x->distances[i].latency_ms > 0)
			return (int64_t)(x->distances[i].latency_ms * 10 + 0.5);
	return x->region && str_eq(x->region, y->region) ? NEAR : FAR;
}

static void set_metric(struct place_model *m)
{
	size_t n = m->n_clusters;
	int64_t *d = arena_new_n(m->a, int64_t, n * n);
	const int64_t **metrics = arena_new_n(m->a, const int64_t *, 1);

	for (size_t x = 0; x < n; x++)
		for (size_t y = 0; y < n; y++)
			d[x * n + y] = distance(m->s, x, y);
	metrics[0] = d;
	m->problem.metric = metrics;
	m->problem.n_metrics = 1;
}

static enum latency_qos qos_towards(const struct place_model *m, const struct service *v,
				    const char *callee)
{
	enum latency_qos qos = m->g->intent.high_performance ? QOS_LOW : QOS_BEST_EFFORT;

	for (size_t i = 0; i < v->n_latencies; i++) {
		const char *to = v->latencies[i].connection_point;
		if ((!to || !*to || str_eq(to, callee)) && v->latencies[i].qos > qos)
			qos = v->latencies[i].qos;
	}
	return qos;
}

static int64_t max_distance(enum latency_qos qos)
{
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

/* Index of the first item of the service called @id, or SIZE_MAX. */
static size_t item_of(const struct place_model *m, const char *id)
{
	for (size_t i = 0; i < m->n_items; i++)
		if (m->items[i].copy == 0 && str_eq(m->g->services[m->items[i].service].id, id))
			return i;
	return SIZE_MAX;
}

static void set_links(struct place_model *m)
{
	vec_of(struct solve_link) links = {0};

	for (size_t i = 0; i < m->n_items; i++) {
		const struct service *v = &m->g->services[m->items[i].service];

		for (size_t k = 0; m->items[i].copy == 0 && k < v->n_connection_points; k++) {
			size_t to = item_of(m, v->connection_points[k]);
			enum latency_qos qos = qos_towards(m, v, v->connection_points[k]);

			if (to != SIZE_MAX && to != i)
				*vec_push(m->a, &links) = (struct solve_link){
					.a = (uint32_t)i,
					.b = (uint32_t)to,
					.weight = 1,
					.max_distance = max_distance(qos),
				};
		}
	}
	if (links.n)
		set_metric(m);
	m->problem.link = links.at;
	m->problem.n_links = links.n;
}

static void set_groups(struct place_model *m)
{
	vec_of(struct solve_group) groups = {0};

	for (size_t i = 0; i < m->n_items; i++) {
		const struct service *v = &m->g->services[m->items[i].service];
		size_t copies = m->copies[m->items[i].service];

		if (m->items[i].copy == 0 && copies > 1) {
			uint32_t *items = arena_new_n(m->a, uint32_t, copies);
			for (size_t k = 0; k < copies; k++)
				items[k] = (uint32_t)(i + k);
			*vec_push(m->a, &groups) = (struct solve_group){
				.name = arena_printf(m->a, "copies of '%s' keep apart", v->id),
				.item = items,
				.n = copies,
				.max_per_place = 1,
			};
		}
		for (size_t k = 0; m->items[i].copy == 0 && k < v->n_co_locations; k++) {
			size_t other = v->co_locations[k].id ? item_of(m, v->co_locations[k].id)
							     : SIZE_MAX;
			if (other == SIZE_MAX || other == i)
				continue;
			uint32_t *pair = arena_new_n(m->a, uint32_t, 2);
			pair[0] = (uint32_t)i;
			pair[1] = (uint32_t)other;
			*vec_push(m->a, &groups) = (struct solve_group){
				.name = arena_printf(m->a, "'%s' stays with '%s'", v->id,
						     v->co_locations[k].id),
				.item = pair,
				.n = 2,
				.max_places = 1,
			};
		}
	}
	m->problem.group = groups.at;
	m->problem.n_groups = groups.n;
}

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

	set_links(m);
	set_groups(m);
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
