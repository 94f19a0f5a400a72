// SPDX-License-Identifier: Apache-2.0
/*
 * Simulated annealing over all constraint kinds (Kirkpatrick, Gelatt, Vecchi 1983): shifts to
 * promising bins and swaps, Metropolis' rule, a temperature that falls with the purse.  Internal.
 */
#pragma once

#include <stdint.h>

#include "solve/bound.h"
#include "solve/branch.h"
#include "solve/state.h"

struct anneal_options {
	int64_t target; /* stop when best costs no more */
	double heat;    /* first temperature, in typical changes; 0: the default */
	bool any;       /* stop at the first feasible answer */
};

/*
 * Improve @best from the complete @s until the purse @w is empty; @s is left at the end of the
 * walk.  Broken constraints are allowed on the way, at a price that rises while they persist.
 * Memory: up to ANNEAL_BINS bins per item.
 */
void anneal(struct arena *a, struct state *s, const struct bound *bound,
	    const struct anneal_options *o, struct work *w, struct best *best);
