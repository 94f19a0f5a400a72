// SPDX-License-Identifier: Apache-2.0
/* A first plan: fix the clearest sixth of the items, reprice, again; branch at the end. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "solve/assign.h"

enum { DIVE_LAST = 40 }; /* so many free items are left to branch and bound */

struct clear {
	double regret;
	uint32_t pair;
};

static int clear_order(const void *x, const void *y)
{
	const struct clear *a = x, *b = y;

	if (a->regret < b->regret || a->regret > b->regret)
		return a->regret > b->regret ? -1 : 1;
	return a->pair < b->pair ? -1 : 1;
}

/* Each free item's best pair and how much worse its second is, clearest first. */
static size_t rank(const struct dual *d, struct clear *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < d->g->n; i++) {
		double first = HUGE_VAL, second = HUGE_VAL;
		uint32_t pair = DUAL_NO_PAIR;

		if (d->fixed[i] != DUAL_NO_PAIR)
			continue;
		for (size_t k = d->g->first[i]; k < d->g->first[i + 1]; k++) {
			if (!d->alive[k])
				continue;
			double low = dual_if(d, (uint32_t)k);
			if (low < first) {
				second = first;
				first = low;
				pair = (uint32_t)k;
			} else if (low < second) {
				second = low;
			}
		}
		ret[n++] = (struct clear){second - first - 3 * (first - d->low), pair};
	}
	qsort(ret, n, sizeof(*ret), clear_order);
	return n;
}

static bool fix_some(struct dual *d, const struct clear *c, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		if (d->fixed[d->g->item[c[k].pair]] != DUAL_NO_PAIR || !d->alive[c[k].pair])
			continue;
		if (!dual_fix(d, c[k].pair) || !dual_propagate(d))
			return false;
	}
	return true;
}

/* The last items exactly: is there a plan of little more than the bound, of twice as much ... */
static bool finish(struct arena *a, struct dual *d, double goal, struct plan *best)
{
	struct work *purse = d->w;
	struct assign_tree t = {.d = d, .best = best, .rounds = 5, .a = a, .any = true};
	double before = best->cost, low = d->low;
	double last = 64 * (1 + fabs(low)) + 4;

	for (double more = 1 + 2e-5 * fabs(low); best->cost >= before; more *= 2) {
		struct work part = work_part(purse, (4000 + 200 * d->g->m) * (uint64_t)WORK_OPS);
		size_t trail = d->n_trail;

		t.goal = low + more < goal && more < last ? floor(low + more) + 1 : goal;
		double asked = t.goal;
		d->w = &part;
		assign_branch(&t, 0);
		dual_undo(d, trail);
		d->w = purse;
		work_join(purse, &part);
		if (asked >= goal || !work_left(purse))
			break;
	}
	return best->cost < before;
}

bool assign_dive(struct arena *a, struct dual *d, double goal, struct plan *best)
{
	struct clear *c = arena_new_n(a, struct clear, d->g->n + 1);
	size_t share = 6;

	while (d->n_free > 0 && work_left(d->w)) {
		size_t trail = d->n_trail;

		dual_evaluate(d);
		double target = d->low + 0.001 * fabs(d->low) + 1;
		if (dual_climb(d, 30, target, HUGE_VAL, 1))
			return false;
		if (d->n_free <= DIVE_LAST)
			return finish(a, d, goal, best);
		dual_penalties(d);
		size_t n = rank(d, c);
		if (fix_some(d, c, (n + share - 1) / share))
			continue;
		dual_undo(d, trail);
		memset(d->dirty, 1, d->g->m);
		if (share >= n)
			return false;
		share *= 4;
	}
	if (d->n_free || d->paid >= best->cost)
		return false;
	for (size_t i = 0; i < d->g->n; i++)
		best->pair[i] = d->fixed[i];
	best->cost = d->paid;
	return true;
}
