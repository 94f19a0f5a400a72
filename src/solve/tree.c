// SPDX-License-Identifier: Apache-2.0
/*
 * Branch and bound on the Lagrangian with exact penalties.
 *
 * A node climbs a little from its parent's prices, strikes out every pair whose forced bound
 * reaches the goal, and branches on the item whose two best bins differ most.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "solve/assign.h"

static void keep_plan(struct assign_tree *t, double cost)
{
	const struct dual *d = t->d;

	if (cost >= t->best->cost)
		return;
	for (size_t i = 0; i < d->g->n; i++) {
		t->best->pair[i] = d->fixed[i];
		for (size_t k = d->g->first[i];
		     d->fixed[i] == DUAL_NO_PAIR && k < d->g->first[i + 1]; k++)
			if (d->x[k])
				t->best->pair[i] = k;
	}
	t->best->cost = cost;
	if (cost < t->goal)
		t->goal = cost;
}

/* The cost of what the bins chose, which is an assignment. */
static double chosen_cost(const struct dual *d)
{
	double cost = d->paid;

	for (size_t i = 0; i < d->g->n; i++)
		for (size_t k = d->g->first[i];
		     d->fixed[i] == DUAL_NO_PAIR && k < d->g->first[i + 1]; k++)
			cost += d->x[k] ? d->g->cost[k] : 0;
	return cost;
}

static double cut_of(const struct assign_tree *t)
{
	return t->goal - 1;
}

/* Strike out what cannot be part of a better plan.  Returns the number, -1 when the node is dead.
 */
static long strike(struct assign_tree *t)
{
	struct dual *d = t->d;
	double limit = cut_of(t) + dual_eps(d);
	long n = 0;

	dual_penalties(d);
	for (size_t i = 0; i < d->g->n; i++) {
		if (d->fixed[i] != DUAL_NO_PAIR)
			continue;
		for (size_t k = d->g->first[i]; k < d->g->first[i + 1]; k++) {
			if (!d->alive[k] || dual_if(d, (uint32_t)k) <= limit)
				continue;
			n++;
			if (!dual_kill(d, (uint32_t)k))
				return -1;
		}
	}
	return dual_propagate(d) ? n : -1;
}

struct branch_pair {
	double low;
	uint32_t pair;
};

/* What a level of the tree needs to come back to. */
struct tree_level {
	struct branch_pair *pairs;
	double *u, *lambda;
};

static struct tree_level *level_at(struct assign_tree *t, size_t depth)
{
	const struct gap *g = t->d->g;

	if (!t->level)
		t->level = arena_new_n(t->a, struct tree_level, g->n + 1);
	struct tree_level *l = &t->level[depth];
	if (!l->u) {
		l->pairs = arena_new_n(t->a, struct branch_pair, g->m);
		l->u = arena_new_n(t->a, double, g->n + 1);
		l->lambda = arena_new_n(t->a, double, g->m * g->X + 1);
	}
	memcpy(l->u, t->d->u, g->n * sizeof(*l->u));
	memcpy(l->lambda, t->d->lambda, g->m * g->X * sizeof(*l->lambda));
	return l;
}

static int branch_order(const void *x, const void *y)
{
	const struct branch_pair *a = x, *b = y;

	if (a->low < b->low || a->low > b->low)
		return a->low < b->low ? -1 : 1;
	return a->pair < b->pair ? -1 : 1;
}

/* The item to branch on: its second best bin is the furthest from its best. */
static size_t branch_item(const struct dual *d)
{
	size_t item = SIZE_MAX;
	double most = -1;

	for (size_t i = 0; i < d->g->n; i++) {
		double first = HUGE_VAL, second = HUGE_VAL;

		if (d->fixed[i] != DUAL_NO_PAIR)
			continue;
		for (size_t k = d->g->first[i]; k < d->g->first[i + 1]; k++) {
			if (!d->alive[k])
				continue;
			double low = dual_if(d, (uint32_t)k);
			if (low < first) {
				second = first;
				first = low;
			} else if (low < second) {
				second = low;
			}
		}
		double score = second - d->low + 0.1 * (first - d->low);
		if (score > most) {
			most = score;
			item = i;
		}
	}
	return item;
}

static bool descend(struct assign_tree *t, size_t depth, size_t item)
{
	struct dual *d = t->d;
	const struct gap *g = d->g;
	struct tree_level *l = level_at(t, depth);
	struct branch_pair *pairs = l->pairs;
	size_t n = 0;

	for (size_t k = g->first[item]; k < g->first[item + 1]; k++)
		if (d->alive[k])
			pairs[n++] = (struct branch_pair){dual_if(d, (uint32_t)k), (uint32_t)k};
	qsort(pairs, n, sizeof(*pairs), branch_order);
	for (size_t k = 0; k < n; k++) {
		size_t trail = d->n_trail;
		bool done = true;

		if (pairs[k].low > cut_of(t) + dual_eps(d))
			break;
		if (dual_fix(d, pairs[k].pair) && dual_propagate(d))
			done = assign_branch(t, depth + 1);
		dual_undo(d, trail);
		dual_restore(d, l->u, l->lambda);
		if (!done)
			return false;
	}
	return true;
}

bool assign_branch(struct assign_tree *t, size_t depth)
{
	struct dual *d = t->d;

	t->nodes++;
	if (!work_left(d->w))
		return false;
	for (unsigned round = 0;; round++) {
		if (d->n_free == 0) {
			keep_plan(t, d->paid);
			return !t->any;
		}
		if (dual_climb(d, round ? t->rounds / 2 : t->rounds, cut_of(t) + 1, cut_of(t), 1))
			return true;
		if (dual_is_assignment(d)) {
			double cost = chosen_cost(d);

			keep_plan(t, cost);
			if (t->any)
				return false;
			if (d->low > cost - 1 + dual_eps(d) || d->low > cut_of(t) + dual_eps(d))
				return true;
		}
		if (!work_left(d->w))
			return false;
		size_t before = d->n_free;
		long struck = strike(t);
		if (struck < 0)
			return true;
		if (round == 3 || (size_t)struck * 8 < before)
			break;
	}
	if (d->n_free == 0) {
		keep_plan(t, d->paid);
		return !t->any;
	}
	return descend(t, depth, branch_item(d));
}
