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
	const char **unchecked; /* needed, but no cluster reports them: storage only */
	size_t n_unchecked;
	struct place_item *items;
	size_t n_items;
	struct solve_problem problem;
};

/* Fills all but the reasons of an answer. */
void place_model_init(struct arena *a, const struct graph *g, const struct snapshot *s,
		      const struct place_options *o, struct place_model *ret_m);

/* The problem in which everything stays that may stay where it is. */
struct solve_problem place_model_at_home(const struct place_model *m);

/* @s with its clusters in the order of their names: the order of the file decides nothing. */
struct snapshot place_sorted(struct arena *a, const struct snapshot *s);

/* What one copy of @service takes of its cluster. */
struct amounts place_model_use(const struct place_model *m, size_t service);

/* What @p breaks of the needs, rules and capacities of @m: ERR_INFEASIBLE (plan/place_check.c). */
struct err *place_model_check(const struct place_model *m, const struct placement *p) must_check;

/* True when the replicas of that chart can be divided between clusters; else each cluster gets them
 * all: a policy that the chart brings copies, and what runs once a node has none. */
bool place_divides(const struct chart_facts *f);

/* True when where @o runs is ours to say: by a policy of ours, or by a value that its own policy
 * follows. */
bool place_steers(const struct service *v, const struct object_facts *o);

/* True when the state says that @v runs (or shall run) on @cluster. */
bool place_model_is_home(const struct snapshot *s, const char *service, const char *cluster);
