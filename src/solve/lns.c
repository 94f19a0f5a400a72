// SPDX-License-Identifier: Apache-2.0
/*
 * Large-neighbourhood search: the items of a few bins, and some others, are freed and placed anew
 * by branch and bound with the rest as it is.  The size adapts: what is solved to the end quickly
 * grows, what is not shrinks.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "solve/assign.h"

enum { LNS_PAIRS = 8 }; /* pairs of an item that are tried */

struct doubt {
	double score;
	uint32_t item;
};

struct lns {
	const struct gap *g;
	const struct dual *root;
	struct work *w;
	struct plan *best;
	uint64_t seed;
	uint8_t *picked;
	uint32_t *item;
	size_t n;
	double size[2];      /* items to free, by kind of neighbourhood */
	uint8_t *keep;       /* [pair] among the most promising of its item */
	double *regret;      /* [n] how clear the best bin is at the root */
	struct doubt *doubt; /* [n] */
};

static void pick_bin(struct lns *l, uint32_t b)
{
	for (size_t i = 0; i < l->g->n; i++) {
		if (l->g->bin[l->best->pair[i]] != b || l->picked[i])
			continue;
		l->picked[i] = 1;
		l->item[l->n++] = (uint32_t)i;
	}
}

/* Bins that the items freed so far would like best after their own. */
static uint32_t attractive_bin(struct lns *l)
{
	const struct gap *g = l->g;
	uint32_t i = l->item[core_dice(&l->seed, (uint32_t)l->n)];
	double least = HUGE_VAL;
	uint32_t at = core_dice(&l->seed, (uint32_t)g->m);

	for (size_t k = g->first[i]; k < g->first[i + 1]; k++) {
		if (k == l->best->pair[i] || !l->root->alive[k] || core_dice(&l->seed, 3) == 0)
			continue;
		double low = dual_if(l->root, (uint32_t)k);
		if (low < least) {
			least = low;
			at = g->bin[k];
		}
	}
	return at;
}

static void pick_bins(struct lns *l, size_t want)
{
	while (l->n == 0)
		pick_bin(l, core_dice(&l->seed, (uint32_t)l->g->m));
	for (unsigned guard = 0; l->n < want && guard < 200; guard++)
		pick_bin(l, attractive_bin(l));
}

static int doubt_order(const void *x, const void *y)
{
	const struct doubt *a = x, *b = y;

	if (a->score < b->score || a->score > b->score)
		return a->score < b->score ? -1 : 1;
	return a->item < b->item ? -1 : 1;
}

/* The items of which the root is least sure that they are where they belong. */
static void pick_doubtful(struct lns *l, size_t want)
{
	for (size_t i = 0; i < l->g->n; i++) {
		double chance = (double)(1 + core_dice(&l->seed, 1000)) / 1000;
		double wrong = dual_if(l->root, (uint32_t)l->best->pair[i]) - l->root->low;

		l->doubt[i] =
			(struct doubt){chance * l->regret[i] - wrong * (1 - chance), (uint32_t)i};
	}
	qsort(l->doubt, l->g->n, sizeof(*l->doubt), doubt_order);
	for (size_t k = 0; k < want; k++)
		l->item[l->n++] = l->doubt[k].item;
}

static void pick(struct lns *l, unsigned kind)
{
	size_t want = (size_t)l->size[kind] < l->g->n ? (size_t)l->size[kind] : l->g->n;

	memset(l->picked, 0, l->g->n);
	l->n = 0;
	if (kind)
		pick_doubtful(l, want);
	else
		pick_bins(l, want);
}

/* Of each item the LNS_PAIRS pairs that cost least at the root. */
static void keep_promising(struct lns *l)
{
	const struct gap *g = l->g;

	for (size_t i = 0; i < g->n; i++) {
		double last = -HUGE_VAL;

		for (size_t n = 0; n < LNS_PAIRS;) {
			double next = HUGE_VAL;

			for (size_t k = g->first[i]; k < g->first[i + 1]; k++)
				if (l->root->alive[k] && !l->keep[k])
					next = fmin(next, dual_if(l->root, (uint32_t)k));
			if (next >= HUGE_VAL || next <= last)
				break;
			for (size_t k = g->first[i]; k < g->first[i + 1]; k++) {
				if (!l->root->alive[k] || dual_if(l->root, (uint32_t)k) > next)
					continue;
				n += !l->keep[k];
				l->keep[k] = 1;
			}
		}
	}
}

static double regret_of(const struct dual *d, size_t i)
{
	double first = HUGE_VAL, second = HUGE_VAL;

	for (size_t k = d->g->first[i]; k < d->g->first[i + 1]; k++) {
		if (!d->alive[k])
			continue;
		double low = dual_if(d, (uint32_t)k);
		second = low < first ? first : fmin(second, low);
		first = fmin(first, low);
	}
	return fmin(second - first, 1e6);
}

/* Solve what was picked; true when the tree was searched to its end. */
static bool solve_part(struct lns *l, bool *ret_better)
{
	struct arena a scoped_arena = {0};
	struct gap part;
	struct dual d;
	double cost = 0;

	gap_extract(&a, l->g, l->item, l->n, l->best->pair, l->keep, &part);
	for (size_t i = 0; i < l->n; i++)
		cost += l->g->cost[l->best->pair[l->item[i]]];
	struct plan plan = {arena_new_n(&a, size_t, l->n + 1), cost};
	struct work purse = work_part(l->w, 1500 * (uint64_t)WORK_OPS);
	dual_init(&a, &part, &purse, &d);
	for (size_t i = 0; i < l->n; i++)
		d.u[i] = l->root->u[l->item[i]];
	for (size_t k = 0; k < part.m * part.X; k++)
		d.lambda[k] = l->root->lambda[k];
	struct assign_tree t = {.d = &d, .best = &plan, .goal = cost, .rounds = 12, .a = &a};
	bool done = !dual_propagate(&d) || assign_branch(&t, 0);
	work_join(l->w, &purse);
	*ret_better = plan.cost < cost;
	if (!*ret_better)
		return done;
	for (size_t i = 0; i < l->n; i++)
		l->best->pair[l->item[i]] = part.origin[plan.pair[i]];
	l->best->cost += plan.cost - cost;
	return done;
}

void assign_lns(struct arena *a, const struct gap *g, const struct dual *root, double low,
		uint64_t patience, struct work *w, struct plan *best)
{
	struct lns l = {.g = g, .root = root, .w = w, .best = best, .seed = 0x9e3779b97f4a7c15u};

	l.picked = arena_new_n(a, uint8_t, g->n + 1);
	l.item = arena_new_n(a, uint32_t, g->n + 1);
	l.keep = arena_new_n(a, uint8_t, g->first[g->n] + 1);
	keep_promising(&l);
	l.regret = arena_new_n(a, double, g->n + 1);
	l.doubt = arena_new_n(a, struct doubt, g->n + 1);
	for (size_t i = 0; i < g->n; i++)
		l.regret[i] = regret_of(root, i);
	l.size[0] = l.size[1] = 40;
	uint64_t last = w->used;
	for (unsigned round = 0; work_left(w) && best->cost > low; round++) {
		unsigned kind = round % 2;
		bool better;

		pick(&l, kind);
		uint64_t before = w->used;
		bool done = solve_part(&l, &better);
		if (!done)
			l.size[kind] = fmax(15, l.size[kind] * 0.95);
		else if (w->used - before < 500 * (uint64_t)WORK_OPS && !better)
			l.size[kind] = fmin(200, l.size[kind] * 1.03);
		if (better)
			last = w->used;
		if ((l.n >= g->n && done) || w->used - last > patience)
			break;
	}
}
