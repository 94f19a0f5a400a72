// SPDX-License-Identifier: Apache-2.0
/*
 * How far clusters are from each other, and the rules that bind services together.
 *
 * Distances are tenths of a millisecond, round trip: as told by a cluster, else 0 on the same
 * cluster, 2 ms where they share a zone, 5 ms in the same region, 30 ms beyond.
 */
#include "base/arena.h"
#include "base/attr.h"
#include "base/str.h"
#include "base/vec.h"
#include "plan/place_cost.h"
#include "plan/place_model.h"

enum { SAME_ZONE = 20, SAME_REGION = 50, ELSEWHERE = 300, ULTRALOW = 99, ONE_HOP = 200 };

/* What @x tells about the way to @y, or -1. */
static int64_t told(const struct cluster *x, const struct cluster *y)
{
	for (size_t i = 0; i < x->n_distances; i++)
		if (str_eq(x->distances[i].to, y->name) && x->distances[i].latency_ms > 0) {
			int64_t tenths = (int64_t)(x->distances[i].latency_ms * 10 + 0.5);
			return tenths ? tenths : 1;
		}
	return -1;
}

static bool share_zone(const struct cluster *x, const struct cluster *y)
{
	for (size_t i = 0; i < x->n_zones; i++)
		for (size_t k = 0; k < y->n_zones; k++)
			if (str_eq(x->zones[i], y->zones[k]))
				return true;
	return false;
}

int64_t place_distance(const struct snapshot *s, size_t from, size_t to)
{
	const struct cluster *x = &s->clusters[from], *y = &s->clusters[to];
	int64_t there = told(x, y), back = told(y, x);

	if (from == to)
		return 0;
	if (there >= 0 || back >= 0)
		return there >= 0 ? there : back;
	if (!x->region || !str_eq(x->region, y->region))
		return ELSEWHERE;
	return share_zone(x, y) ? SAME_ZONE : SAME_REGION;
}

int64_t place_distance_limit(const struct graph *g, const struct service *v, const char *callee)
{
	enum latency_qos qos = g->intent.high_performance ? QOS_LOW : QOS_BEST_EFFORT;

	if (g->intent.security)
		return 0;
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

bool place_grounded(const struct graph *g, const struct co_location *l)
{
	return l->grounded_graph_id && *l->grounded_graph_id &&
	       !str_eq(l->grounded_graph_id, g->id);
}

struct rules {
	struct place_model *m;
	uint32_t *first; /* [service] its first item; the other copies follow */
	uint32_t *group; /* [service] the group of its items, UINT32_MAX: none yet */
	bool rates;      /* some link tells how much goes over it */
	bool egress;     /* links cost money */
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
		.max_per_place = copies > 1 && !r->m->divided[v],
		.min_places = r->m->divided[v] ? (uint32_t)r->m->spread[v] : 0,
	};
	return r->group[v];
}

/* What goes between @v and @callee, in tenths of a Mbit/s; 0: nobody knows. */
static int64_t rate_of(const struct place_model *m, const struct service *v, const char *callee)
{
	double mbps = 0;

	for (size_t i = 0; i < m->s->n_traffic; i++)
		if (str_eq(m->s->traffic[i].from, v->id) && str_eq(m->s->traffic[i].to, callee))
			mbps = m->s->traffic[i].mbps;
	for (int exact = 0; exact < 2; exact++)
		for (size_t i = 0; i < v->n_traffic; i++) {
			const char *to = v->traffic[i].connection_point;
			if (exact ? str_eq(to, callee) : !to || !*to)
				mbps = v->traffic[i].mbps;
		}
	return mbps > 0 ? (int64_t)(mbps * 10 + 0.5) + (mbps < 0.05) : 0;
}

enum { USUAL_RATE = 10 }; /* where nothing is said: 1 Mbit/s */

static bool any_rate(const struct place_model *m)
{
	for (size_t v = 0; v < m->n_services; v++)
		for (size_t k = 0; k < m->g->services[v].n_connection_points; k++)
			if (rate_of(m, &m->g->services[v], m->g->services[v].connection_points[k]))
				return true;
	return false;
}

/* Each item of @v to one of @to; limits of several copies are rules of their own. */
static void link(struct rules *r, size_t v, size_t to)
{
	const struct service *svc = &r->m->g->services[v];
	const char *callee = r->m->g->services[to].id;
	int64_t limit = place_distance_limit(r->m->g, svc, callee);
	int64_t rate = rate_of(r->m, svc, callee);
	bool single = r->m->copies[v] == 1 && r->m->copies[to] == 1;

	for (size_t k = 0; k < r->m->copies[v]; k++) {
		struct solve_link l = {
			.a = r->first[v] + (uint32_t)k,
			.b = r->first[to] + (uint32_t)(k % r->m->copies[to]),
			.weight = !r->rates ? 1
				  : rate    ? rate
					    : USUAL_RATE,
			.max_distance = single ? limit : SOLVE_UNLIMITED,
		};
		if (r->egress) { /* costs money, not time: the limit is a link of its own */
			struct solve_link cost = l;

			cost.metric = 1;
			cost.max_distance = SOLVE_UNLIMITED;
			*vec_push(r->m->a, &r->links) = cost;
			l.weight = 0;
		}
		if (l.weight || l.max_distance < SOLVE_UNLIMITED)
			*vec_push(r->m->a, &r->links) = l;
	}
	if (!single && limit < SOLVE_UNLIMITED)
		*vec_push(r->m->a, &r->needs) = (struct solve_dependency){
			.group = group_of(r, v), .needs = group_of(r, to), .max_distance = limit};
}

/* Replicas of one service like to be together. */
static void hold_replicas(struct rules *r, size_t v)
{
	for (size_t k = 1; k < r->m->copies[v] && r->m->divided[v] && !r->egress; k++)
		*vec_push(r->m->a, &r->links) = (struct solve_link){
			.a = r->first[v],
			.b = r->first[v] + (uint32_t)k,
			.weight = 1,
			.max_distance = SOLVE_UNLIMITED,
		};
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

static double egress_price(const struct cluster *x, const char *to)
{
	for (size_t i = 0; i < x->n_distances; i++)
		if (str_eq(x->distances[i].to, to))
			return x->distances[i].egress_price;
	return 0;
}

static bool somebody_charges(const struct snapshot *s)
{
	for (size_t c = 0; c < s->n_clusters; c++)
		for (size_t i = 0; i < s->clusters[c].n_distances; i++)
			if (s->clusters[c].distances[i].egress_price > 0)
				return true;
	return false;
}

/* True when links are paid for otherwise than by their latency. */
static bool links_cost(const struct place_model *m)
{
	return m->aim.weights || (str_eq(m->aim.policy, "cheapest") && somebody_charges(m->s));
}

/* What one unit of rate costs from @x to @y, in millionths. */
static int64_t link_cost(const struct rules *r, size_t x, size_t y)
{
	const struct placement_weights only_price = {.price = 1};
	const struct placement_weights *w = r->m->aim.weights ? r->m->aim.weights : &only_price;
	const struct cluster *cl = r->m->s->clusters;
	double mbps = r->rates ? 0.1 : 1, gb_per_hour = mbps * 3600 / 8 / 1000;
	double there = egress_price(&cl[x], cl[y].name), back = egress_price(&cl[y], cl[x].name);
	double price = x == y ? 0 : (there > back ? there : back) * gb_per_hour;
	double ms = (double)place_distance(r->m->s, x, y) / 10 * mbps;

	return (int64_t)((w->price * price + w->latency * ms) * 1e6 + 0.5);
}

static void set_metrics(const struct rules *r)
{
	struct place_model *m = r->m;
	size_t n = m->n_clusters;
	const int64_t **metrics = arena_new_n(m->a, const int64_t *, 2);
	int64_t *far = arena_new_n(m->a, int64_t, n * n), *cost = NULL;

	if (r->egress)
		cost = arena_new_n(m->a, int64_t, n * n);
	for (size_t x = 0; x < n; x++)
		for (size_t y = 0; y < n; y++) {
			far[x * n + y] = place_distance(m->s, x, y);
			if (cost)
				cost[x * n + y] = link_cost(r, x, y);
		}
	metrics[0] = far;
	metrics[1] = cost;
	m->problem.metric = metrics;
	m->problem.n_metrics = cost ? 2 : 1;
}

void place_rules_set(struct place_model *m)
{
	struct rules r = {.m = m,
			  .first = arena_new_n(m->a, uint32_t, m->n_services),
			  .group = arena_new_n(m->a, uint32_t, m->n_services)};

	for (size_t i = 0; i < m->n_items; i++)
		if (m->items[i].copy == 0)
			r.first[m->items[i].service] = (uint32_t)i;
	for (size_t v = 0; v < m->n_services; v++)
		r.group[v] = UINT32_MAX;
	r.rates = m->rates = any_rate(m);
	r.egress = links_cost(m);
	for (size_t v = 0; v < m->n_services; v++) {
		const struct service *svc = &m->g->services[v];

		if (!m->copies[v])
			continue;
		if (m->copies[v] > 1)
			group_of(&r, v);
		hold_replicas(&r, v);
		for (size_t k = 0; k < svc->n_connection_points; k++) {
			size_t to = other_service(m, v, svc->connection_points[k]);
			if (to != SIZE_MAX)
				link(&r, v, to);
		}
		for (size_t k = 0; k < svc->n_co_locations; k++) {
			const struct co_location *l = &svc->co_locations[k];
			size_t other = other_service(m, v, l->id);
			if (other != SIZE_MAX && !place_grounded(m->g, l))
				keep_together(&r, v, other);
		}
	}
	if (r.links.n)
		set_metrics(&r);
	m->problem.link = r.links.at;
	m->problem.n_links = r.links.n;
	m->problem.group = r.groups.at;
	m->problem.n_groups = r.groups.n;
	m->problem.dependency = r.needs.at;
	m->problem.n_dependencies = r.needs.n;
}
