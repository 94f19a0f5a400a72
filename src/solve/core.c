// SPDX-License-Identifier: Apache-2.0
/* See core.h. */
#include "solve/core.h"

#include <string.h>

#include "base/arena.h"

__extension__ typedef __int128 wide; /* sums of products of int64 */

static const int64_t WIDE = INT64_C(1) << 62;

static wide wide_max(wide a, wide b)
{
	return a > b ? a : b;
}

static wide largest(const int64_t *at, size_t n)
{
	wide most = 0;

	for (size_t k = 0; k < n; k++)
		most = wide_max(most, at[k] < 0 ? -(wide)at[k] : at[k]);
	return most;
}

static wide range_cost(const struct solve_problem *p)
{
	wide sum = 0;

	if (!p->pair_cost)
		return 0;
	for (size_t i = 0; i < p->n_items; i++) {
		size_t first = solve_pair_first(p, i), end = solve_pair_first(p, i + 1);

		sum += 2 * largest(p->pair_cost + first, end - first);
	}
	return sum;
}

static wide range_bins(const struct solve_problem *p, enum solve_term term)
{
	wide sum = 0;
	wide use = 0;

	if (term == SOLVE_BIN) {
		for (size_t b = 0; p->bin_cost && b < p->n_bins; b++)
			sum += p->bin_cost[b];
		return sum;
	}
	if (term == SOLVE_SOFT && !p->soft)
		return 0;
	for (size_t i = 0; i < p->n_items; i++) {
		size_t first = solve_pair_first(p, i), end = solve_pair_first(p, i + 1);

		if (p->pair_use)
			use += largest(p->pair_use + first * p->n_res, (end - first) * p->n_res);
		else if (p->use)
			use += largest(p->use + i * p->n_res, p->n_res);
	}
	if (term == SOLVE_SOFT)
		return use * largest(p->soft_price, p->n_res) * (wide)p->n_res;
	for (size_t k = 0; k < p->n_balances; k++)
		for (size_t b = 0; b < p->n_bins; b++)
			sum += (wide)p->balance[k].price *
			       (p->balance[k].target *
					largest(p->capacity + b * p->n_res, p->n_res) +
				use);
	return sum;
}

/* How much a term can differ between two assignments, at most. */
static wide range_of(const struct solve_problem *p, enum solve_term term)
{
	wide sum = 0;

	switch (term) {
	case SOLVE_COST:
		return range_cost(p);
	case SOLVE_BIN:
	case SOLVE_SOFT:
	case SOLVE_BALANCE:
		return range_bins(p, term);
	case SOLVE_LINK:
		for (size_t d = 0; d < p->n_metrics; d++) {
			wide far = largest(p->metric[d], p->n_bins * p->n_bins);

			for (size_t k = 0; k < p->n_links; k++)
				sum += p->link[k].metric == d ? p->link[k].weight * far : 0;
		}
		return sum;
	case SOLVE_MOVE:
		for (size_t i = 0; p->now && p->move_cost && i < p->n_items; i++)
			sum += p->move_cost[i];
		return sum;
	case SOLVE_GROUP_MOVE:
		for (size_t g = 0; g < p->n_groups; g++)
			sum += p->group[g].move_cost;
		return sum;
	case SOLVE_ROUTE:
		if (p->now && p->route_cost)
			sum = largest(p->route_cost, p->n_bins * p->n_bins) * (wide)p->n_items;
		return sum;
	case SOLVE_WORST_MOVE:
	case SOLVE_MOVES:
		return p->now ? (wide)p->n_items : 0;
	case SOLVE_TERMS:
		break;
	}
	return 0;
}

bool core_weights(const struct solve_problem *p, int64_t ret_w[SOLVE_TERMS])
{
	wide range[SOLVE_TERMS];
	wide unit = 1;
	int64_t w[SOLVE_TERMS] = {0};

	for (size_t t = 0; t < SOLVE_TERMS; t++)
		range[t] = range_of(p, (enum solve_term)t);
	if (!p->weighted) {
		for (size_t t = 0; t < SOLVE_WORST_MOVE; t++)
			w[t] = 1;
	}
	/* The least important level has unit 1, the next one more than all of it can amount to. */
	for (int level = UINT8_MAX; p->weighted && level >= 0; level--) {
		wide sum = 0;

		for (size_t t = 0; t < SOLVE_TERMS; t++) {
			if (p->level[t] != level || !p->weight[t])
				continue;
			if (unit * p->weight[t] > WIDE)
				return false;
			w[t] = (int64_t)(unit * p->weight[t]);
			sum += p->weight[t] * range[t];
		}
		if (sum > WIDE || (sum + 1) * unit > WIDE)
			return false;
		unit *= sum + 1;
	}
	for (size_t t = 0; t < SOLVE_TERMS; t++)
		if (w[t] && range[t] > WIDE / 16 / w[t])
			return false;
	memcpy(ret_w, w, sizeof(w));
	return true;
}

/* Invert a relation: how often is each of 0 .. n - 1 named by the @n_pairs (key, value)? */
static struct lists lists_of(struct arena *a, size_t n, const uint32_t *key, const uint32_t *value,
			     size_t n_pairs)
{
	struct lists l = {arena_new_n(a, size_t, n + 2), arena_new_n(a, uint32_t, n_pairs + 1)};

	for (size_t k = 0; k < n_pairs; k++)
		l.first[key[k] + 2]++;
	for (size_t k = 2; k < n + 2; k++)
		l.first[k] += l.first[k - 1];
	for (size_t k = 0; k < n_pairs; k++)
		l.at[l.first[key[k] + 1]++] = value[k];
	return l;
}

static void core_links(struct arena *a, struct core *c)
{
	const struct solve_problem *p = c->p;
	uint32_t *key = arena_new_n(a, uint32_t, 2 * p->n_links + 1);
	uint32_t *value = arena_new_n(a, uint32_t, 2 * p->n_links + 1);

	for (size_t k = 0; k < p->n_links; k++) {
		key[2 * k] = p->link[k].a;
		key[2 * k + 1] = p->link[k].b;
		value[2 * k] = value[2 * k + 1] = (uint32_t)k;
	}
	c->link_of = lists_of(a, c->n, key, value, 2 * p->n_links);
}

static void core_groups(struct arena *a, struct core *c)
{
	const struct solve_problem *p = c->p;
	size_t n = 0, at = 0;

	c->group_at = arena_new_n(a, size_t, p->n_groups + 1);
	for (size_t g = 0; g < p->n_groups; g++) {
		c->group_at[g] = at;
		at += p->group[g].place ? p->group[g].n_places : p->n_bins;
		n += p->group[g].n;
	}
	c->group_at[p->n_groups] = at;
	uint32_t *key = arena_new_n(a, uint32_t, n + 1);
	uint32_t *value = arena_new_n(a, uint32_t, n + 1);
	n = 0;
	for (size_t g = 0; g < p->n_groups; g++) {
		for (size_t k = 0; k < p->group[g].n; k++) {
			key[n] = p->group[g].item[k];
			value[n++] = (uint32_t)g;
		}
	}
	c->group_of = lists_of(a, c->n, key, value, n);

	size_t n_deps = p->n_dependencies;
	c->dep_at = arena_new_n(a, size_t, n_deps + 1);
	key = arena_new_n(a, uint32_t, 2 * n_deps + 1);
	value = arena_new_n(a, uint32_t, 2 * n_deps + 1);
	at = 0;
	n = 0;
	for (size_t d = 0; d < n_deps; d++) {
		const struct solve_dependency *dep = &p->dependency[d];

		c->dep_at[d] = at;
		at += dep->place ? dep->n_places : p->n_bins;
		key[n] = dep->group;
		value[n++] = (uint32_t)d;
		if (dep->needs != dep->group) {
			key[n] = dep->needs;
			value[n++] = (uint32_t)d;
		}
	}
	c->dep_at[n_deps] = at;
	c->dep_of = lists_of(a, p->n_groups, key, value, n);
}

/* One cost per pair, with what a move costs in it. */
static void core_costs(struct arena *a, struct core *c)
{
	const struct solve_problem *p = c->p;
	bool plain = c->w[SOLVE_COST] == 1 || !p->pair_cost;
	size_t n_pairs = solve_pair_first(p, c->n);
	bool priced = c->moving && ((p->move_cost && c->w[SOLVE_MOVE]) ||
				    (p->route_cost && c->w[SOLVE_ROUTE]) || c->w[SOLVE_MOVES]);

	c->cost = p->pair_cost;
	if (plain && !priced)
		return;
	int64_t *cost = arena_new_n(a, int64_t, n_pairs + 1);
	for (size_t i = 0; i < c->n; i++) {
		uint32_t now = core_now(c, i);

		for (size_t k = solve_pair_first(p, i); k < solve_pair_first(p, i + 1); k++) {
			uint32_t b = solve_pair_bin(p, i, k);

			cost[k] = p->pair_cost ? c->w[SOLVE_COST] * p->pair_cost[k] : 0;
			if (now == SOLVE_NOWHERE || b == now)
				continue;
			cost[k] += c->w[SOLVE_MOVES];
			if (p->move_cost)
				cost[k] += c->w[SOLVE_MOVE] * p->move_cost[i];
			if (p->route_cost)
				cost[k] += c->w[SOLVE_ROUTE] * p->route_cost[now * c->m + b];
		}
	}
	c->cost = cost;
}

static void core_scale(struct arena *a, struct core *c)
{
	c->scale = arena_new_n(a, double, c->R + 1);
	for (size_t r = 0; r < c->R; r++) {
		double sum = 0;

		for (size_t i = 0; i < c->n; i++) {
			size_t k = solve_pair_first(c->p, i);

			if (k < solve_pair_first(c->p, i + 1))
				sum += (double)solve_pair_use(c->p, i, k, r);
		}
		c->scale[r] = sum > 0 ? (double)c->n / sum : 1;
	}
}

void core_init(struct arena *a, const struct solve_problem *p, struct core *ret_core)
{
	struct core c = {.p = p, .n = p->n_items, .m = p->n_bins, .R = p->n_res};

	core_weights(p, c.w);
	for (size_t i = 0; p->now && i < c.n; i++)
		c.moving |= p->now[i] != SOLVE_NOWHERE;
	for (size_t r = 0; c.moving && p->transient && r < c.R; r++)
		c.transient |= p->transient[r];
	c.bin_terms = p->bin_cost || p->soft || p->n_balances;
	c.linear = !c.bin_terms && !p->n_links && !p->n_groups && !c.transient && !p->limit_moves;
	core_costs(a, &c);
	core_scale(a, &c);
	if (p->n_links)
		core_links(a, &c);
	if (p->n_groups)
		core_groups(a, &c);
	*ret_core = c;
}

size_t solve_pair_find(const struct solve_problem *p, size_t i, uint32_t b)
{
	if (!p->first)
		return b < p->n_bins ? i * p->n_bins + b : SIZE_MAX;
	size_t low = p->first[i], high = p->first[i + 1];

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (p->bin[mid] < b)
			low = mid + 1;
		else
			high = mid;
	}
	return low < p->first[i + 1] && p->bin[low] == b ? low : SIZE_MAX;
}
