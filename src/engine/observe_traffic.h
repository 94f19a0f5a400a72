// SPDX-License-Identifier: Apache-2.0
/* What goes between the services of a graph, as it was measured. */
#pragma once

#include "engine/observe.h"

/*
 * Fill @s->traffic for the connection points of @g that give a number.  Figures that nobody
 * measures are no error; who measures and does not answer is named in @s->unmeasured.
 */
struct err *observe_traffic(struct engine *e, struct arena *a, const struct graph *g,
			    struct snapshot *s) must_check;
