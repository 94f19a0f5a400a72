// SPDX-License-Identifier: Apache-2.0
/* Proofs that nothing fits, without search.  Internal. */
#pragma once

#include <stdbool.h>

#include "solve/core.h"

struct arena;

/*
 * True when the capacities alone exclude every assignment: items that may only go to some bins
 * need more of a resource than these have, or prices of capacity exist at which the cheapest
 * choice of all costs more than all capacity is worth (Farkas).
 */
bool prove_infeasible(struct arena *a, const struct core *c, struct work *w);
