// SPDX-License-Identifier: Apache-2.0
/*
 * The independent check of an answer.
 *
 * Straight from the definitions in problem.h, with nothing incremental and nothing shared with
 * the search: slow where that is simpler.  Every answer passes here before it leaves solve().
 */
#include "solve/answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

struct check {
	const struct solve_problem *p;
	const uint32_t *bin;
	int64_t term[SOLVE_TERMS];
	struct solve_cause cause; /* the first broken constraint */
	struct arena scratch;
};

static void broken(struct check *c, enum solve_rule rule, size_t item, size_t bin, size_t res,
		   size_t group)
{
	if (c->cause.rule == SOLVE_RULE_NONE)
		c->cause = (struct solve_cause){rule, (uint32_t)item, (uint32_t)bin, (uint32_t)res,
						(uint32_t)group};
}

static bool moved(const struct check *c, size_t i)
{
	return c->p->now && c->p->now[i] != SOLVE_NOWHERE && c->p->now[i] != c->bin[i];
}

static int64_t positive(int64_t x)
{
	return x > 0 ? x : 0;
}

static void check_bins(struct check *c)
{
	const struct solve_problem *p = c->p;
	size_t R = p->n_res;
	int64_t *use = arena_new_n(&c->scratch, int64_t, p->n_bins * R + 1);
	int64_t *left = arena_new_n(&c->scratch, int64_t, p->n_bins * R + 1);
	bool *used = arena_new_n(&c->scratch, bool, p->n_bins + 1);

	for (size_t i = 0; i < p->n_items; i++) {
		size_t pair = solve_pair_find(p, i, c->bin[i]);
		size_t old = moved(c, i) ? solve_pair_find(p, i, p->now[i]) : SIZE_MAX;

		if (pair == SIZE_MAX) {
			broken(c, SOLVE_RULE_ELIGIBLE, i, c->bin[i], SIZE_MAX, SIZE_MAX);
			continue;
		}
		used[c->bin[i]] = true;
		c->term[SOLVE_COST] += p->pair_cost ? p->pair_cost[pair] : 0;
		for (size_t r = 0; r < R; r++) {
			use[c->bin[i] * R + r] += solve_pair_use(p, i, pair, r);
			if (p->transient && p->transient[r] && moved(c, i) &&
			    (old != SIZE_MAX || !p->pair_use))
				left[p->now[i] * R + r] +=
					solve_pair_use(p, i, old == SIZE_MAX ? 0 : old, r);
		}
	}
	for (size_t b = 0; b < p->n_bins; b++) {
		const int64_t *u = use + b * R;
		const int64_t *cap = p->capacity ? p->capacity + b * R : NULL;

		c->term[SOLVE_BIN] += used[b] && p->bin_cost ? p->bin_cost[b] : 0;
		for (size_t r = 0; r < R; r++) {
			if (cap && u[r] + left[b * R + r] > cap[r])
				broken(c, SOLVE_RULE_CAPACITY, SIZE_MAX, b, r, SIZE_MAX);
			if (p->soft)
				c->term[SOLVE_SOFT] +=
					p->soft_price[r] * positive(u[r] - p->soft[b * R + r]);
		}
		for (size_t k = 0; k < p->n_balances; k++) {
			const struct solve_balance *l = &p->balance[k];
			int64_t free1 = cap[l->first] - u[l->first];
			int64_t free2 = cap[l->second] - u[l->second];

			c->term[SOLVE_BALANCE] += l->price * positive(l->target * free1 - free2);
		}
	}
}

static void check_links(struct check *c)
{
	const struct solve_problem *p = c->p;

	for (size_t k = 0; k < p->n_links; k++) {
		const struct solve_link *l = &p->link[k];
		int64_t far = p->metric[l->metric][c->bin[l->a] * p->n_bins + c->bin[l->b]];

		if (far > l->max_distance)
			broken(c, SOLVE_RULE_DISTANCE, l->a, c->bin[l->a], SIZE_MAX, k);
		c->term[SOLVE_LINK] += l->weight * far;
	}
}

static void check_moves(struct check *c)
{
	const struct solve_problem *p = c->p;

	for (size_t i = 0; i < p->n_items; i++) {
		if (!moved(c, i))
			continue;
		c->term[SOLVE_MOVES]++;
		c->term[SOLVE_MOVE] += p->move_cost ? p->move_cost[i] : 0;
		if (p->route_cost)
			c->term[SOLVE_ROUTE] += p->route_cost[p->now[i] * p->n_bins + c->bin[i]];
	}
	for (size_t g = 0; g < p->n_groups; g++) {
		int64_t n = 0;

		for (size_t k = 0; k < p->group[g].n; k++)
			n += moved(c, p->group[g].item[k]);
		c->term[SOLVE_GROUP_MOVE] += n ? p->group[g].move_cost : 0;
		if (p->group[g].counts_moves && n > c->term[SOLVE_WORST_MOVE])
			c->term[SOLVE_WORST_MOVE] = n;
	}
	if (p->limit_moves && (uint64_t)c->term[SOLVE_MOVES] > p->max_moves)
		broken(c, SOLVE_RULE_MOVES, SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX);
}

static uint32_t place_of(const uint32_t *place, uint32_t b)
{
	return place ? place[b] : b;
}

static void check_group(struct check *c, size_t k)
{
	const struct solve_group *g = &c->p->group[k];
	size_t n_places = g->place ? g->n_places : c->p->n_bins;
	uint32_t *count = arena_new_n(&c->scratch, uint32_t, n_places + 1);
	size_t used = 0;

	for (size_t j = 0; j < g->n; j++)
		count[place_of(g->place, c->bin[g->item[j]])]++;
	for (size_t q = 0; q < n_places; q++) {
		used += count[q] > 0;
		if (g->max_per_place && count[q] > g->max_per_place)
			broken(c, SOLVE_RULE_MAX_PER, SIZE_MAX, q, SIZE_MAX, k);
		if (count[q] > 0 && count[q] < g->min_per_place)
			broken(c, SOLVE_RULE_MIN_PER, SIZE_MAX, q, SIZE_MAX, k);
	}
	if (g->max_places && used > g->max_places)
		broken(c, SOLVE_RULE_MAX_PLACES, SIZE_MAX, SIZE_MAX, SIZE_MAX, k);
	if (g->n && used < g->min_places)
		broken(c, SOLVE_RULE_MIN_PLACES, SIZE_MAX, SIZE_MAX, SIZE_MAX, k);
}

static bool near(const struct check *c, const struct solve_dependency *d, uint32_t from,
		 uint32_t to)
{
	if (d->place)
		return d->place[from] == d->place[to];
	return c->p->metric[d->metric][from * c->p->n_bins + to] <= d->max_distance;
}

static void check_dependency(struct check *c, size_t k)
{
	const struct solve_dependency *d = &c->p->dependency[k];
	const struct solve_group *g = &c->p->group[d->group], *needs = &c->p->group[d->needs];

	for (size_t i = 0; i < g->n; i++) {
		uint32_t from = c->bin[g->item[i]];
		bool found = false;

		for (size_t j = 0; j < needs->n && !found; j++)
			found = near(c, d, from, c->bin[needs->item[j]]);
		if (!found)
			broken(c, SOLVE_RULE_DEPENDENCY, g->item[i], from, SIZE_MAX, k);
	}
}

bool solve_check(const struct solve_problem *p, const uint32_t *bin, struct solve_cause *ret_cause,
		 int64_t ret_term[SOLVE_TERMS])
{
	struct check c = {.p = p, .bin = bin};

	for (size_t i = 0; i < p->n_items; i++)
		if (bin[i] >= p->n_bins)
			broken(&c, SOLVE_RULE_ELIGIBLE, i, bin[i], SIZE_MAX, SIZE_MAX);
	if (c.cause.rule == SOLVE_RULE_NONE) {
		check_bins(&c);
		check_links(&c);
		check_moves(&c);
		for (size_t g = 0; g < p->n_groups; g++)
			check_group(&c, g);
		for (size_t d = 0; d < p->n_dependencies; d++)
			check_dependency(&c, d);
		if (ret_term)
			memcpy(ret_term, c.term, sizeof(c.term));
	}
	arena_done(&c.scratch);
	if (ret_cause)
		*ret_cause = c.cause;
	return c.cause.rule == SOLVE_RULE_NONE;
}
