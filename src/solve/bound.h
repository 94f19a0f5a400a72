// SPDX-License-Identifier: Apache-2.0
/*
 * Multipliers that turn the problem into one where each item chooses for itself, and the lower
 * bound that follows.  Internal.
 *
 * Capacities are priced (Lagrange), links are split between their two ends (messages).  For any
 * prices lambda >= 0 and messages with  msg_a(x) + msg_b(y) <= weight * distance(x, y)
 *
 *     sum_i min_b [ cost(i,b) + lambda_b . use(i,b) + sum_links msg(b) ]  -  lambda . capacity
 *
 * bounds every assignment from below; the other terms of the objective are at least 0.
 */
#pragma once

#include <stdint.h>

#include "solve/core.h"

struct bound {
	double *lambda;  /* [b][r]; NULL: no prices */
	double *message; /* [link][end 0 or 1][b]; NULL: no messages */
	double value;    /* the lower bound they prove, not rounded */
	int64_t proved;  /* the same as a whole number, safe against rounding */
};

/* The part of @x that is certain: its ceiling, less what rounding may have added to @size. */
int64_t bound_round(double x, double size);

/* Improve @b within @w.  @target: stop when the bound reaches it (INT64_MAX: as good as it gets).
 */
void bound_improve(struct arena *a, const struct core *c, int64_t target, struct work *w,
		   struct bound *b);

/* What @pair of item @i costs with prices and messages: the smaller, the more promising. */
double bound_reduced(const struct core *c, const struct bound *b, size_t i, size_t pair);
