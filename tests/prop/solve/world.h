// SPDX-License-Identifier: Apache-2.0
/* Random assignment problems with every kind of cost and constraint, for property tests. */
#pragma once

#include <stdint.h>

#include "base/arena.h"
#include "solve/problem.h"

struct dice {
	uint64_t seed;
};

/* 0 .. sides - 1. */
static inline int64_t roll(struct dice *d, int64_t sides)
{
	d->seed = d->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (int64_t)((d->seed >> 33) % (uint64_t)sides);
}

static inline bool chance(struct dice *d, int64_t percent)
{
	return roll(d, 100) < percent;
}

/* A world of 1 .. max_items items and 1 .. max_bins bins; each feature with @percent. */
void world_random(struct arena *a, struct dice *d, size_t max_items, size_t max_bins,
		  int64_t percent, struct solve_problem *ret);
