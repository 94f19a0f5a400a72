// SPDX-License-Identifier: Apache-2.0
/*
 * Random graphs in random federations, and what may happen to them.  The same seed gives the same
 * case on every machine.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "laws.h"

struct dice {
	uint64_t state;
};

int64_t roll(struct dice *d, int64_t sides); /* 0 .. sides - 1 */
bool chance(struct dice *d, int64_t percent);

/* A graph that does not run yet, in a federation where other things do. */
struct law_case world_new(struct arena *a, struct dice *d);

/* Something happens to the world or to the graph; what, in words. */
const char *world_change(struct law_case *c, struct dice *d);

/* What service @v needs of @resource where it has @share replicas (0: all, or those of a copy),
 * counted without the plan room. */
int64_t world_need(const struct law_case *c, size_t v, int64_t share, const char *resource);
