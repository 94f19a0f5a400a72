// SPDX-License-Identifier: Apache-2.0
/* Constructions and local search over all constraint kinds.  Internal. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "solve/bound.h"
#include "solve/branch.h"
#include "solve/state.h"

/* The original's first placement, see SOLVE_FIRST_FIT and SOLVE_CHEAPEST_FIT in solve.h. */
bool fit_in_order(struct state *s, bool cheapest);

/* Place what is unplaced: hardest choice first, each where it costs and breaks least. */
void fit_greedily(struct arena *a, struct state *s, const struct bound *bound, struct work *w);

/* Shifts, swaps, and ruin and recreate, from @s; improves @best until the purse is empty. */
void local_search(struct arena *a, struct state *s, const struct bound *bound, int64_t target,
		  struct work *w, struct best *best);
