// SPDX-License-Identifier: Apache-2.0
/* The linear problem from end to end: bound, dive, neighbourhoods, proof.  Internal. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "solve/dual.h"

/* A complete assignment of a struct gap. */
struct plan {
	size_t *pair; /* [item] */
	double cost;  /* HUGE_VAL: there is none */
};

struct assign_tree {
	struct dual *d;
	struct plan *best;
	double goal;     /* only plans that cost less are of interest */
	unsigned rounds; /* subgradient steps per node */
	bool any;        /* end with the first plan */
	uint64_t nodes;
	struct arena *a;
	struct tree_level *level; /* [depth], made when first needed */
};

/*
 * Depth first below the present domain of @t->d.  True: searched to the end, no plan cheaper than
 * min(goal, best) is left.  A plan found lowers goal.
 */
bool assign_branch(struct assign_tree *t, size_t depth);

/* Fix a part of the items at a time where the penalties are clearest; false: ran into a wall. */
bool assign_dive(struct arena *a, struct dual *d, double goal, struct plan *best);

/*
 * Free a part of the items, solve it, again.  @low: stop when the plan costs no more; @patience:
 * or after so much work without a better one.  @root has its penalties.
 */
void assign_lns(struct arena *a, const struct gap *g, const struct dual *root, double low,
		uint64_t patience, struct work *w, struct plan *best);

/*
 * All of it.  @best: a plan to start from, or none; @start: prices to start from.  @ret_low: no
 * plan costs less (rounded up). True: nothing cheaper than @best exists (none at all when best is
 * empty).
 */
struct assign_start {
	const struct core *c;
	const double *price; /* [bin][resource] of @c, or NULL */
	bool any;            /* the first plan will do */
};
bool assign_solve(struct arena *a, const struct gap *g, const struct assign_start *start,
		  struct work *w, struct plan *best, double *ret_low);
