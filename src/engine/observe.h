// SPDX-License-Identifier: Apache-2.0
/* The world through the ports, as one snapshot. */
#pragma once

#include "base/attr.h"
#include "engine/engine.h"
#include "model/graph.h"
#include "model/snapshot.h"

struct arena;
struct err;
struct node;

struct observe_want {
	const char *project;
	const struct graph *graph; /* NULL: clusters only */
	const struct node *pins;   /* service -> chart digest to use; or NULL */
	bool compare;              /* see whether references stand for other charts by now */
	bool no_charts;            /* nothing will be put: do not fetch charts */
	bool leaving; /* the graph goes: look whether its namespace holds what is not ours */
};

/*
 * A chart that cannot be had is recorded in its facts (error), not an error here: services that
 * do not run now may do without.
 */
struct err *observe(struct engine *e, struct arena *a, const struct observe_want *want,
		    struct snapshot *ret_snapshot) must_check;

/* The clusters of the control plane, with what the store knows of them, those that left included.
 */
struct err *observe_clusters(struct engine *e, struct arena *a, struct cluster **ret_clusters,
			     size_t *ret_n) must_check;
