// SPDX-License-Identifier: Apache-2.0
/*
 * The linear heart: items, bins, one cost per pair, capacities and nothing else (a generalised
 * assignment problem with many resources), in the form the Lagrangian search wants.  Internal.
 *
 * Costs are divided by their common divisor and shifted, so that they are small whole numbers in
 * doubles.  Each bin has one *key* resource, counted in small integers for dynamic programming;
 * the others (and the key itself where it had to be rounded) are *extra*.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "solve/core.h"

enum { GAP_MAX_CAP = 6000 }; /* length of a dynamic programme */

struct gap {
	size_t n, m, X; /* X: extra resources per bin */
	size_t *first;  /* [n + 1] */
	uint32_t *bin;  /* [pair] ascending */
	double *cost;   /* [pair] whole numbers >= 0 */
	int32_t *use;   /* [pair] of the key */
	int32_t *cap;   /* [bin] */
	double *extra;  /* [pair][X] */
	double *room;   /* [bin][X], HUGE_VAL: unlimited */
	uint32_t *res;  /* [bin][X] the resource in the core problem */
	uint32_t *key;  /* [bin] the same of the key */
	size_t *origin; /* [pair] in the core problem */

	size_t *bin_first;  /* [m + 1] */
	uint32_t *bin_pair; /* pairs of a bin, ascending */
	uint32_t *item;     /* [pair] */

	int64_t base, unit; /* cost in the core problem = base + unit * cost here */
};

/*
 * From the pairs of @c for which @keep is set (NULL: all); those that fit no empty bin are left
 * out.  False when the costs do not fit doubles or the problem is too large for one.
 */
bool gap_init(struct arena *a, const struct core *c, const uint8_t *keep, struct gap *ret_gap);

/*
 * The part of @g that remains when the items outside @item stay at @pair_of.  Pairs for which
 * @keep is 0 are left out (NULL: none are).  origin then indexes @g.
 */
void gap_extract(struct arena *a, const struct gap *g, const uint32_t *item, size_t n_items,
		 const size_t *pair_of, const uint8_t *keep, struct gap *ret_part);

/* Pair lists per bin and items per pair; after first, bin, n and m are there. */
void gap_index(struct arena *a, struct gap *g);
