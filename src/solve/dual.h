// SPDX-License-Identifier: Apache-2.0
/*
 * The Lagrangian of a struct gap: "each item once" is priced with u, extra resources with lambda,
 * and each bin solves its knapsack.  Keeps the domain of a search node: which pairs are alive and
 * which items are fixed, with a trail to undo.  Internal.
 *
 *     L(u, lambda) = paid + sum_free u_i - sum_b z_b - lambda . room      bounds from below
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "solve/gap.h"
#include "solve/knapsack.h"

#define DUAL_NO_PAIR UINT32_MAX

struct dual {
	const struct gap *g;
	struct arena *a;
	struct work *w;
	struct knapsack k;
	uint32_t *k_pair; /* pairs of the knapsack at hand */

	double *u, *lambda; /* [n], [b][x] */
	double *z;          /* [b] knapsack value */
	double *scale;      /* [b][x] mean use, to measure lambda steps in */
	uint8_t *x;         /* [pair] in its bin's knapsack */
	int32_t *taken;     /* [n] bins that took the item */
	uint8_t *dirty;     /* [b] x and z are out of date */
	double *pen;        /* [pair] see dual_penalties */
	double *out;        /* [n] sum of the penalties of leaving the bins that took it */
	double low;         /* L after the last evaluation */
	double size;        /* of the numbers added up in it */

	uint8_t *alive;  /* [pair] */
	uint32_t *left;  /* [n] pairs alive */
	uint32_t *fixed; /* [n] pair, or DUAL_NO_PAIR */
	int32_t *cap;    /* [b] what fixed items leave */
	double *room;    /* [b][x] */
	double paid;     /* cost of the fixed */
	size_t n_free;
	uint32_t *trail; /* pairs killed (even) and items fixed (odd), each times two */
	uint32_t *queue; /* items with one pair left, to be fixed */
	size_t n_trail, n_queue;
	double *best_u, *best_lambda; /* scratch of dual_climb */
};

void dual_init(struct arena *a, const struct gap *g, struct work *w, struct dual *ret_dual);

/* Start from prices of capacity: the cheap relaxation, u_i = min_b cost + price_b * use. */
void dual_start(struct dual *d);

/* Start from prices of all resources of @c, [bin][resource], that somebody else has found. */
void dual_start_at(struct dual *d, const struct core *c, const double *price);

/* Solve the dirty bins; low and size. */
void dual_evaluate(struct dual *d);

/*
 * Up to @rounds subgradient steps towards @target (HUGE_VAL: a little above the best); leaves the
 * best u found, evaluated.  True when low exceeds @cut.  Stops early when the choice of all bins is
 * an assignment.
 */
bool dual_climb(struct dual *d, unsigned rounds, double target, double cut, double alpha);

/* Other prices; only the bins they matter to are solved again. */
void dual_restore(struct dual *d, const double *u, const double *lambda);

/* Is the choice of the bins an assignment that keeps everything? */
bool dual_is_assignment(const struct dual *d);

/*
 * pen and out at the present u: putting item i on @pair costs at least dual_if(d, pair).
 */
void dual_penalties(struct dual *d);

static inline double dual_if(const struct dual *d, uint32_t pair)
{
	double out = d->out[d->g->item[pair]];

	return d->low + (d->x[pair] ? out - d->pen[pair] : out + d->pen[pair]);
}

/* The domain.  False: an item has no pair left. */
bool dual_kill(struct dual *d, uint32_t pair);
bool dual_fix(struct dual *d, uint32_t pair);
bool dual_propagate(struct dual *d);
void dual_undo(struct dual *d, size_t n_trail);

/* Room for rounding when @x is compared with a whole number. */
static inline double dual_eps(const struct dual *d)
{
	return 1e-6 + 1e-12 * d->size;
}
