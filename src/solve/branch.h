// SPDX-License-Identifier: Apache-2.0
/*
 * Exact depth-first search over all constraint kinds, for small problems and small remainders.
 * Internal.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "solve/bound.h"
#include "solve/core.h"

struct state;

/* The best assignment so far; compared by total, then by moves. */
struct best {
	uint32_t *bin; /* [item] */
	bool found;
	int64_t total;
	size_t moves;
};

/* Keep @s if it is feasible and better. */
bool best_offer(struct best *b, const struct state *s);

enum branch_end {
	BRANCH_DONE, /* nothing better than best exists */
	BRANCH_OUT,  /* the purse is empty, or the search was told to stop at the first answer */
};

struct branch_options {
	bool in_order; /* items by index, bins ascending: the first answer is the canonical one */
	bool any;      /* stop at the first answer */
};

/* Search below the placed items of @s, which is handed back as it was. */
enum branch_end branch_search(struct arena *a, struct state *s, const struct bound *bound,
			      const struct branch_options *o, struct work *w, struct best *best);
