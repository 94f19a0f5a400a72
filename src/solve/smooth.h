// SPDX-License-Identifier: Apache-2.0
/*
 * Prices of capacity fast: the Lagrangian relaxation where items choose softly.
 *
 * At temperature T an item is in bin b with a share proportional to exp(-cost / T), so that the
 * dual becomes smooth and concave (entropic smoothing, Nesterov 2005) and each bin's prices take a
 * Newton step of their own; T falls from the spread of the costs to a hundredth of it.  Any prices
 * give a true bound, so nothing has to converge.  Internal.
 */
#pragma once

#include "solve/bound.h"

struct arena;

/*
 * Sets @b->lambda (made when NULL) to the best prices met in at most @rounds steps, and value and
 * proved to their bound.  Messages that are there are kept and counted.  From @first (in mean
 * differences of costs) the temperature falls to 0.01.
 */
void smooth_prices(struct arena *a, const struct core *c, unsigned rounds, double first,
		   struct work *w, struct bound *b);
