// SPDX-License-Identifier: Apache-2.0
/* Constructions: one pass over the items. */
#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "solve/local.h"

bool fit_in_order(struct state *s, bool cheapest)
{
	const struct solve_problem *p = s->c->p;
	size_t R = s->c->R;

	for (size_t i = 0; i < s->c->n; i++) {
		size_t best = SIZE_MAX;

		if (s->bin[i] != SOLVE_NOWHERE)
			continue;
		for (size_t k = solve_pair_first(p, i); k < solve_pair_first(p, i + 1); k++) {
			struct state_delta d;

			state_try(s, i, k, &d);
			if (d.upper > 0)
				continue;
			if (best == SIZE_MAX) {
				best = k;
				if (!cheapest)
					break;
				continue;
			}
			int64_t less = (p->pair_cost ? p->pair_cost[best] : 0) -
				       (p->pair_cost ? p->pair_cost[k] : 0);
			if (!less && R)
				less = s->use[solve_pair_bin(p, i, k) * R] -
				       s->use[solve_pair_bin(p, i, best) * R];
			if (less > 0)
				best = k;
		}
		if (best == SIZE_MAX)
			return false;
		state_add(s, i, best);
	}
	return state_feasible(s);
}

struct turn {
	double key;
	uint32_t item;
};

static int turn_order(const void *x, const void *y)
{
	const struct turn *a = x, *b = y;

	if (a->key < b->key || a->key > b->key)
		return a->key > b->key ? -1 : 1;
	return a->item < b->item ? -1 : a->item > b->item;
}

/* How much of what there is does the item take?  The largest share of a mean bin. */
static double item_share(const struct core *c, size_t i)
{
	size_t k = solve_pair_first(c->p, i);
	double most = 0;

	for (size_t r = 0; k < solve_pair_first(c->p, i + 1) && r < c->R; r++)
		most = fmax(most, (double)solve_pair_use(c->p, i, k, r) * c->scale[r]);
	return most;
}

static double lambda_cost(const struct core *c, const struct bound *bound, size_t i, size_t pair)
{
	uint32_t b = solve_pair_bin(c->p, i, pair);
	double cost = 0;

	for (size_t r = 0; bound->lambda && r < c->R; r++)
		cost += bound->lambda[b * c->R + r] * (double)solve_pair_use(c->p, i, pair, r);
	return cost;
}

void fit_greedily(struct arena *a, struct state *s, const struct bound *bound, struct work *w)
{
	const struct solve_problem *p = s->c->p;
	struct turn *turn = arena_new_n(a, struct turn, s->c->n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s->c->n; i++)
		if (s->bin[i] == SOLVE_NOWHERE)
			turn[n++] = (struct turn){item_share(s->c, i), (uint32_t)i};
	qsort(turn, n, sizeof(*turn), turn_order);
	for (size_t t = 0; t < n && !w->stopped; t++) {
		size_t i = turn[t].item, best = SIZE_MAX;
		double best_hurt = 0, best_cost = 0;

		for (size_t k = solve_pair_first(p, i); k < solve_pair_first(p, i + 1); k++) {
			struct state_delta d;

			state_try(s, i, k, &d);
			double hurt = d.hurt > 1e-9 ? d.hurt : 0;
			double cost = (double)d.total + lambda_cost(s->c, bound, i, k);
			if (best == SIZE_MAX || hurt < best_hurt ||
			    (hurt <= best_hurt && cost < best_cost)) {
				best = k;
				best_hurt = hurt;
				best_cost = cost;
			}
		}
		if (best != SIZE_MAX)
			state_add(s, i, best);
		work_spend(w, (state_try_ops(s, i) + 20) *
				      (solve_pair_first(p, i + 1) - solve_pair_first(p, i)));
	}
}
