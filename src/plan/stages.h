// SPDX-License-Identifier: Apache-2.0
/*
 * The placements on the way from where services run to where they shall run, so that each move
 * can be make-before-break.
 */
#pragma once

#include <stddef.h>

#include "model/graph.h"
#include "model/placement.h"
#include "model/snapshot.h"

struct arena;

struct stage {
	struct placement placement; /* movers on old and new clusters */
	struct placement arrivals;  /* where its movers must be ready before they leave */
};

struct stages {
	struct stage *at; /* the final placement is not among them; none: nothing needs care */
	size_t n;
	const char **moving; /* every service that leaves a cluster, dead ones included */
	size_t n_moving;
	const char **notes; /* services that are away while they move, and why */
	size_t n_notes;
};

void stages_of(struct arena *a, const struct graph *g, const struct snapshot *s,
	       const struct placement *target, struct stages *ret_stages);
