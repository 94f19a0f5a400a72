// SPDX-License-Identifier: Apache-2.0
#include "world.h"

#include "solve/answer.h"

static int64_t *amounts(struct arena *a, struct dice *d, size_t n, int64_t sides)
{
	int64_t *at = arena_new_n(a, int64_t, n + 1);

	for (size_t k = 0; k < n; k++)
		at[k] = roll(d, sides);
	return at;
}

static uint32_t *places(struct arena *a, struct dice *d, size_t n_bins, uint32_t *ret_n)
{
	uint32_t *place = arena_new_n(a, uint32_t, n_bins + 1);

	*ret_n = 1 + (uint32_t)roll(d, (int64_t)n_bins);
	for (size_t b = 0; b < n_bins; b++)
		place[b] = (uint32_t)roll(d, *ret_n);
	return place;
}

static void add_pairs(struct arena *a, struct dice *d, int64_t percent, struct solve_problem *p)
{
	size_t n = p->n_items * p->n_bins;

	if (chance(d, percent)) {
		size_t *first = arena_new_n(a, size_t, p->n_items + 1);
		uint32_t *bin = arena_new_n(a, uint32_t, n + 1);

		n = 0;
		for (size_t i = 0; i < p->n_items; i++) {
			first[i] = n;
			for (uint32_t b = 0; b < p->n_bins; b++)
				if (chance(d, 75))
					bin[n++] = b;
		}
		first[p->n_items] = n;
		p->first = first;
		p->bin = bin;
	}
	if (chance(d, 80))
		p->pair_cost = amounts(a, d, n, chance(d, 50) ? 4 : 40);
	if (p->n_res && chance(d, percent))
		p->pair_use = amounts(a, d, n * p->n_res, 9);
}

static void add_capacities(struct arena *a, struct dice *d, int64_t percent,
			   struct solve_problem *p)
{
	int64_t *capacity = arena_new_n(a, int64_t, p->n_bins * p->n_res + 1);

	p->use = amounts(a, d, p->n_items * p->n_res, 9);
	for (size_t k = 0; k < p->n_bins * p->n_res; k++)
		capacity[k] = (int64_t)(5 * p->n_items / p->n_bins) + roll(d, 9) - 1;
	p->capacity = capacity;
	if (chance(d, percent)) {
		p->soft = amounts(a, d, p->n_bins * p->n_res, 12);
		p->soft_price = amounts(a, d, p->n_res, 4);
	}
	if (p->n_res && chance(d, percent)) {
		struct solve_balance *b = arena_new(a, struct solve_balance);

		*b = (struct solve_balance){(uint32_t)roll(d, (int64_t)p->n_res),
					    (uint32_t)roll(d, (int64_t)p->n_res), roll(d, 3),
					    roll(d, 4)};
		p->balance = b;
		p->n_balances = 1;
	}
}

static void add_now(struct arena *a, struct dice *d, int64_t percent, struct solve_problem *p)
{
	uint32_t *now = arena_new_n(a, uint32_t, p->n_items + 1);
	bool *transient = arena_new_n(a, bool, p->n_res + 1);

	for (size_t i = 0; i < p->n_items; i++)
		now[i] = chance(d, 80) ? (uint32_t)roll(d, (int64_t)p->n_bins) : SOLVE_NOWHERE;
	p->now = now;
	if (chance(d, 60))
		p->move_cost = amounts(a, d, p->n_items, 20);
	if (chance(d, percent))
		p->route_cost = amounts(a, d, p->n_bins * p->n_bins, 10);
	if (chance(d, percent)) {
		p->limit_moves = true;
		p->max_moves = (size_t)roll(d, (int64_t)p->n_items + 1);
	}
	for (size_t r = 0; r < p->n_res; r++)
		transient[r] = chance(d, percent);
	p->transient = transient;
}

static void add_links(struct arena *a, struct dice *d, struct solve_problem *p)
{
	const int64_t **metric = arena_new_n(a, const int64_t *, 2);
	struct solve_link *link = arena_new_n(a, struct solve_link, p->n_items);

	p->n_metrics = 2;
	for (size_t k = 0; k < 2; k++) {
		int64_t *m = amounts(a, d, p->n_bins * p->n_bins, 9);

		for (size_t b = 0; b < p->n_bins; b++)
			m[b * p->n_bins + b] = 0;
		metric[k] = m;
	}
	p->metric = metric;
	for (size_t k = 0; p->n_items > 1 && k < p->n_items; k++) {
		uint32_t i = (uint32_t)roll(d, (int64_t)p->n_items);
		uint32_t j = (uint32_t)roll(d, (int64_t)p->n_items);

		if (i != j)
			link[p->n_links++] = (struct solve_link){
				i, j, (uint32_t)roll(d, 2), roll(d, 5),
				chance(d, 20) ? 2 + roll(d, 6) : SOLVE_UNLIMITED};
	}
	p->link = link;
}

static void add_groups(struct arena *a, struct dice *d, struct solve_problem *p)
{
	size_t n = 1 + (size_t)roll(d, 3);
	struct solve_group *group = arena_new_n(a, struct solve_group, n);

	for (size_t g = 0; g < n; g++) {
		uint32_t *item = arena_new_n(a, uint32_t, p->n_items);

		for (uint32_t i = 0; i < p->n_items; i++)
			if (chance(d, 45))
				item[group[g].n++] = i;
		group[g].item = item;
		if (chance(d, 40))
			group[g].place = places(a, d, p->n_bins, &group[g].n_places);
		if (chance(d, 30))
			group[g].max_per_place = 1 + (uint32_t)roll(d, 3);
		if (chance(d, 20))
			group[g].min_per_place = 2;
		if (chance(d, 20))
			group[g].max_places = 1 + (uint32_t)roll(d, 3);
		if (chance(d, 20))
			group[g].min_places = 1 + (uint32_t)roll(d, 3);
		group[g].move_cost = chance(d, 30) ? roll(d, 9) : 0;
		group[g].counts_moves = chance(d, 40);
	}
	p->group = group;
	p->n_groups = n;
	if (chance(d, 50)) {
		struct solve_dependency *dep = arena_new(a, struct solve_dependency);

		dep->group = (uint32_t)roll(d, (int64_t)n);
		dep->needs = (uint32_t)roll(d, (int64_t)n);
		if (!p->n_metrics || chance(d, 50))
			dep->place = places(a, d, p->n_bins, &dep->n_places);
		dep->max_distance = roll(d, 7);
		p->dependency = dep;
		p->n_dependencies = 1;
	}
}

void world_random(struct arena *a, struct dice *d, size_t max_items, size_t max_bins,
		  int64_t percent, struct solve_problem *ret)
{
	struct solve_problem p = {0};

	p.n_items = 1 + (size_t)roll(d, (int64_t)max_items);
	p.n_bins = 1 + (size_t)roll(d, (int64_t)max_bins);
	p.n_res = (size_t)roll(d, 4);
	add_pairs(a, d, percent, &p);
	if (p.n_res && chance(d, 90))
		add_capacities(a, d, percent, &p);
	if (chance(d, percent))
		p.bin_cost = amounts(a, d, p.n_bins, 15);
	if (chance(d, percent + 20))
		add_now(a, d, percent, &p);
	if (chance(d, percent))
		add_links(a, d, &p);
	if (chance(d, percent))
		add_groups(a, d, &p);
	if (chance(d, percent)) {
		p.weighted = true;
		for (size_t t = 0; t < SOLVE_TERMS; t++) {
			p.weight[t] = roll(d, 4);
			p.level[t] = (uint8_t)(chance(d, 50) ? 0 : roll(d, 3));
		}
	}
	*ret = p;
}
