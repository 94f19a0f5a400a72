// SPDX-License-Identifier: Apache-2.0
/*
 * The placement of a graph as an assignment problem.  Internal to plan/: place.h is the door.
 *
 * Items are services; a service that must live on N clusters (highAvailability.
 * replicasAcrossClusters) is N items that keep apart.  Bins are clusters.  Resources are all that
 * some service needs and some cluster reports.
 */
#pragma once

#include <stdint.h>

#include "plan/demand.h"
#include "plan/place.h"
#include "solve/problem.h"

struct place_item {
	size_t service; /* index into the graph */
	size_t copy;    /* 0 .. copies - 1 */
};

struct place_model {
	struct arena *a;
	const struct graph *g;
	const struct snapshot *s;
	const struct place_options *o;
	size_t n_services, n_clusters;
	struct demand *demand;  /* [service], of all copies together */
	size_t *copies;         /* [service]; 0: static, not placed by us */
	struct amounts *free;   /* [cluster] */
	const char **why_not;   /* [service][cluster], NULL: eligible */
	const char **resources; /* [n_resources] */
	size_t n_resources;
	const char **unchecked; /* needed, but no cluster reports them */
	size_t n_unchecked;
	struct place_item *items;
	size_t n_items;
	struct solve_problem problem;
};

void place_model_init(struct arena *a, const struct graph *g, const struct snapshot *s,
		      const struct place_options *o, struct place_model *ret_m);

/* What one copy of @service takes of its cluster. */
struct amounts place_model_use(const struct place_model *m, size_t service);

/* True when the state says that @v runs (or shall run) on @cluster. */
bool place_model_is_home(const struct snapshot *s, const char *service, const char *cluster);
