// SPDX-License-Identifier: Apache-2.0
/*
 * Policies differ in the order of the terms (levels are lexicographic):
 *
 *     stable      fewest moves, then linked services near each other
 *     cheapest    price of cpu and memory (and of traffic, where clusters charge for it), then
 *                 moves, then links
 *     greenest    carbon per core, then moves, then links
 *     fastest     distance of linked services, weighted by their traffic, then moves
 *     balanced    use above the even share, then moves, then links
 *     weights     the sum of what the user says each is worth
 *
 * and, as the original had them:
 *
 *     first-fit        no cost: services in order, each in the first cluster that fits; what runs
 *                      stays when all can
 *     reoptimise       fewest moves alone
 *     green-heuristic  services in order, each in the fitting cluster of least carbon, of equals
 *                      the one with the most of this graph on it; what runs stays when all can
 *     carbon-aware     1 for each move + 5 x carbon x cores
 *
 * Prices are micro-units per hour, carbon micro-units of the figure given; a cluster without a
 * figure counts as the dearest known.
 */
#include "plan/place_cost.h"

#include <math.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"
#include "plan/eligible.h"
#include "plan/place_model.h"

enum { MILLI = 1000, WHOLE = 10000 }; /* all of a resource of the federation, for balance */

/* ---- money and carbon ---- */

static double price_of(const struct cluster *c, const struct amounts *use)
{
	double cores = (double)amounts_get(use, "cpu") / MILLI;
	double gib = (double)amounts_get(use, "memory") / (1024.0 * 1024 * 1024);

	return (cores * c->price_cpu + gib * c->price_memory) * 1e6;
}

static double carbon_of(const struct cluster *c, const struct amounts *use)
{
	return c->carbon * ((double)amounts_get(use, "cpu") / MILLI) * 1e6;
}

enum figure { FIGURE_PRICE, FIGURE_CARBON, FIGURE_CARBON_ALONE };

/* In millionths; -1 when the cluster gives no figure. */
static double figure_of(enum figure f, const struct cluster *c, const struct amounts *use)
{
	if (f == FIGURE_PRICE)
		return c->price_cpu > 0 || c->price_memory > 0 ? price_of(c, use) : -1;
	if (!c->has_carbon)
		return -1;
	return f == FIGURE_CARBON ? carbon_of(c, use) : c->carbon * 1e6;
}

static double item_figure(const struct place_model *m, enum figure f, size_t i, size_t c)
{
	struct amounts use = place_model_use(m, m->items[i].service, c, m->items[i].replicas);

	return figure_of(f, &m->s->clusters[c], &use);
}

/* Add @weight x the figure of each pair; without one a cluster is as dear as the dearest. */
static void add_figures(struct place_model *m, enum figure f, double weight, int64_t *cost)
{
	for (size_t i = 0; i < m->n_items && weight > 0; i++) {
		double dearest = 0;

		for (size_t c = 0; c < m->n_clusters; c++) {
			double x = item_figure(m, f, i, c);
			dearest = x > dearest ? x : dearest;
		}
		for (size_t p = m->problem.first[i]; p < m->problem.first[i + 1]; p++) {
			double x = item_figure(m, f, i, m->problem.bin[p]);
			cost[p] += llround((x < 0 ? dearest : x) * weight);
		}
	}
}

static int64_t *pair_costs(struct place_model *m)
{
	int64_t *cost = arena_new_n(m->a, int64_t, m->problem.first[m->n_items] + 1);

	m->problem.pair_cost = cost;
	return cost;
}

/* ---- balance ---- */

static bool takes_part(const struct cluster *c)
{
	return c->ready && !c->gone && c->has_summary;
}

/* The even share: the part of @r that is used when this graph runs, of all that there is. */
static double even_share(const struct place_model *m, size_t r, double *ret_all)
{
	double all = 0, used = 0;

	for (size_t c = 0; c < m->n_clusters; c++) {
		double has = (double)amounts_get(&m->s->clusters[c].allocatable, m->resources[r]);

		if (!takes_part(&m->s->clusters[c]))
			continue;
		all += has;
		used += has - (double)amounts_get(&m->free[c], m->resources[r]);
	}
	for (size_t i = 0; i < m->n_items; i++) {
		size_t at = m->problem.pair_use ? m->problem.first[i] : i;
		const int64_t *use = m->problem.pair_use ? m->problem.pair_use : m->problem.use;

		used += (double)use[at * m->n_resources + r];
	}
	*ret_all = all;
	return all > 0 ? used / all : 0;
}

/* The number of @resource among the resources of @m, or n_resources. */
static size_t resource_number(const struct place_model *m, const char *resource)
{
	size_t r = 0;

	while (r < m->n_resources && !str_eq(m->resources[r], resource))
		r++;
	return r;
}

static int64_t *widen(struct place_model *m, const int64_t *from, size_t rows, size_t n,
		      size_t wide)
{
	int64_t *to = arena_new_n(m->a, int64_t, rows * wide);

	for (size_t i = 0; from && i < rows; i++)
		for (size_t r = 0; r < n; r++)
			to[i * wide + r] = from[i * n + r];
	return to;
}

/*
 * Two more resources without a limit: cpu and memory in parts of ten thousand of what all clusters
 * have.  What a cluster holds of them above the even share is paid for.
 */
static void set_balance(struct place_model *m)
{
	static const char *const names[] = {"cpu", "memory"};
	struct solve_problem *p = &m->problem;
	size_t n = m->n_resources, wide = n + countof(names);
	size_t rows = p->pair_use ? p->first[m->n_items] : m->n_items;
	int64_t *use = widen(m, p->pair_use ? p->pair_use : p->use, rows, n, wide);
	int64_t *cap = widen(m, p->capacity, m->n_clusters, n, wide);
	int64_t *soft = arena_new_n(m->a, int64_t, m->n_clusters * wide);
	int64_t *price = arena_new_n(m->a, int64_t, wide);
	const char **res_name = arena_new_n(m->a, const char *, wide);

	for (size_t r = 0; r < n; r++)
		res_name[r] = m->resources[r];
	for (size_t c = 0; c < m->n_clusters; c++)
		for (size_t r = 0; r < wide; r++) {
			soft[c * wide + r] = SOLVE_UNLIMITED;
			if (r >= n)
				cap[c * wide + r] = SOLVE_UNLIMITED;
		}
	for (size_t k = 0; k < countof(names); k++) {
		size_t r = resource_number(m, names[k]);
		double all = 0, even = r < n ? even_share(m, r, &all) : 0;

		res_name[n + k] = arena_printf(m->a, "share of %s", names[k]);
		price[n + k] = all > 0;
		for (size_t i = 0; i < rows && all > 0; i++)
			use[i * wide + n + k] = llround((double)use[i * wide + r] / all * WHOLE);
		for (size_t c = 0; c < m->n_clusters && all > 0; c++) {
			double has = (double)amounts_get(&m->s->clusters[c].allocatable, names[k]);
			double left = (double)amounts_get(&m->free[c], names[k]);
			double room = (even * has - (has - left)) / all * WHOLE;

			soft[c * wide + n + k] = room > 0 ? (int64_t)room : 0;
		}
	}
	p->n_res = wide;
	p->res_name = res_name;
	*(p->pair_use ? &p->pair_use : &p->use) = use;
	p->capacity = cap;
	p->soft = soft;
	p->soft_price = price;
}

/* ---- the objective ---- */

static void set_level(struct solve_problem *p, enum solve_term term, uint8_t level)
{
	p->weight[term] = 1;
	p->level[term] = level;
}

static void set_weights(struct place_model *m, const struct placement_weights *w)
{
	struct solve_problem *p = &m->problem;
	int64_t *cost = pair_costs(m);

	add_figures(m, FIGURE_PRICE, w->price, cost);
	add_figures(m, FIGURE_CARBON, w->carbon, cost);
	if (w->balance > 0)
		set_balance(m);
	p->weight[SOLVE_COST] = 1;
	p->weight[SOLVE_LINK] = 1;
	p->weight[SOLVE_SOFT] = llround(w->balance * 1e6 * 100 / WHOLE);
	p->weight[SOLVE_MOVES] = llround(w->moves * 1e6);
}

/* One unit is a thousandth of the original's, so that its fractions are whole. */
static void set_carbon_aware(struct place_model *m)
{
	int64_t *cost = pair_costs(m);

	add_figures(m, FIGURE_CARBON, 5 / 1e3, cost);
	m->problem.weight[SOLVE_COST] = 1;
	m->problem.weight[SOLVE_MOVES] = MILLI;
}

static void set_policy(struct place_model *m)
{
	struct solve_problem *p = &m->problem;
	const char *policy = m->aim.policy;

	if (str_eq(policy, "reoptimise") || str_eq(policy, "first-fit")) {
		set_level(p, SOLVE_MOVES, 0);
	} else if (str_eq(policy, "green-heuristic")) {
		add_figures(m, FIGURE_CARBON_ALONE, 1, pair_costs(m));
		set_level(p, SOLVE_MOVES, 0);
		set_level(p, SOLVE_COST, 1);
	} else if (str_eq(policy, "carbon-aware")) {
		set_carbon_aware(m);
	} else if (str_eq(policy, "fastest")) {
		set_level(p, SOLVE_LINK, 0);
		set_level(p, SOLVE_MOVES, 1);
	} else if (str_eq(policy, "cheapest") || str_eq(policy, "greenest")) {
		bool money = str_eq(policy, "cheapest");

		add_figures(m, money ? FIGURE_PRICE : FIGURE_CARBON, 1, pair_costs(m));
		set_level(p, SOLVE_COST, 0);
		set_level(p, SOLVE_MOVES, 1);
		set_level(p, SOLVE_LINK, p->n_metrics > 1 ? 0 : 2);
	} else if (str_eq(policy, "balanced")) {
		set_balance(m);
		set_level(p, SOLVE_SOFT, 0);
		set_level(p, SOLVE_MOVES, 1);
		set_level(p, SOLVE_LINK, 2);
	} else {
		set_level(p, SOLVE_MOVES, 0);
		set_level(p, SOLVE_LINK, 1);
	}
}

void place_cost_moves_first(struct solve_problem *p)
{
	for (size_t t = 0; t < SOLVE_TERMS; t++)
		p->level[t] = (uint8_t)(p->level[t] + 1);
	set_level(p, SOLVE_MOVES, 0);
}

/* Items that cannot stay where they are. */
size_t place_cost_forced(const struct place_model *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_items; i++)
		n += m->problem.now[i] != SOLVE_NOWHERE &&
		     solve_pair_find(&m->problem, i, m->problem.now[i]) == SIZE_MAX;
	return n;
}

/* An objective of many services and small units may not fit 62 bits: coarser units do. */
static void fit(struct place_model *m)
{
	for (int round = 0; round < 8 && m->problem.pair_cost; round++) {
		if (!solve_problem_check(m->a, &m->problem))
			return;
		const int64_t *was = m->problem.pair_cost;
		int64_t *cost = pair_costs(m);

		m->coarse *= 10;
		for (size_t p = 0; p < m->problem.first[m->n_items]; p++)
			cost[p] = (was[p] + 5) / 10;
	}
}

void place_cost_set(struct place_model *m)
{
	struct solve_problem *p = &m->problem;

	place_rules_set(m);
	p->weighted = true;
	if (m->aim.weights)
		set_weights(m, m->aim.weights);
	else
		set_policy(m);
	if (m->aim.final && (p->level[SOLVE_MOVES] || m->aim.weights))
		place_cost_moves_first(p);
	if (m->aim.limit_moves) {
		p->limit_moves = true;
		p->max_moves = (size_t)m->aim.move_budget + place_cost_forced(m);
	}
	fit(m);
}
