// SPDX-License-Identifier: Apache-2.0
/* The charts of a graph, looked at side by side. */
#pragma once

#include "engine/observe.h"

/*
 * [service] of @g: the digest of what its reference stands for by now, when that is not what @pins
 * (service -> digest) say; else, and where it cannot be had quickly, NULL.
 */
const char **observe_newer_charts(struct engine *e, struct arena *a, const struct graph *g,
				  const struct node *pins);

struct err *observe_charts(struct engine *e, struct arena *a, const struct observe_want *want,
			   struct snapshot *s) must_check;
