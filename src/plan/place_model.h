// SPDX-License-Identifier: Apache-2.0
/*
 * The placement of a graph as an assignment problem.  Internal to plan/: place.h is the door.
 *
 * Items are services.  A service that must live on N clusters (highAvailability.
 * replicasAcrossClusters) is N items that keep apart.  One that is divided, because no cluster can
 * take all its replicas, is an item for each of them (or for some, when they are many).  Bins are
 * clusters.  Resources are all that some service needs and some cluster reports; beside them, two
 * without a limit measure how evenly clusters are used, when that counts.
 */
#pragma once

#include <stdint.h>

#include "plan/demand.h"
#include "plan/place.h"
#include "plan/place_aim.h"
#include "solve/problem.h"

struct place_item {
	size_t service; /* index into the graph */
	size_t copy;    /* 0 .. copies - 1 */
	int64_t replicas;
};

/* Which services are divided into their replicas. */
enum place_divide {
	DIVIDE_WHERE_NEEDED, /* those that no cluster can take whole */
	DIVIDE_ALL,          /* all that can be */
};

struct place_model {
	struct arena *a;
	const struct graph *g;
	const struct snapshot *s;
	const struct place_options *o;
	size_t n_services, n_clusters;
	const struct chart_facts **chart; /* [service], or NULL */
	struct demand *demand;            /* [service], of all copies together */
	struct place_aim aim;
	size_t *copies;         /* [service] items; 0: static or held, not placed by us */
	size_t *spread;         /* [service] clusters: so many, or at least when divided */
	bool *divided;          /* [service] its items are replicas */
	bool *held;             /* [service] stays on its failed cluster until asked */
	struct amounts *free;   /* [cluster] */
	const char **why_not;   /* [service][cluster], NULL: eligible */
	const char **resources; /* [n_resources] */
	size_t n_resources;
	const char **unchecked; /* needed, but no cluster reports them: storage only */
	size_t n_unchecked;
	struct place_item *items;
	size_t n_items;
	struct solve_problem problem;
	int64_t coarse; /* one unit of pair_cost is so many millionths */
	bool refused;   /* some cluster found no node for some pods */
	bool rates;     /* links are weighted by what goes over them */
};

/* Fills all but the reasons of an answer. */
void place_model_init(struct arena *a, const struct graph *g, const struct snapshot *s,
		      const struct place_options *o, enum place_divide divide,
		      struct place_model *ret_m);

/* Why @service may not have @replicas of its replicas on cluster @c, all else aside; NULL: it may.
 */
const char *place_model_verdict(const struct place_model *m, size_t service, size_t c,
				int64_t replicas);

/* Why the cluster, which reports enough, is no place for @v all the same: its own scheduler has
 * found no node for pods of it.  NULL: it is. */
const char *place_refused(struct arena *a, const struct snapshot *s, const struct service *v,
			  const char *cluster);

/* True when that can be so for some service and cluster. */
bool place_somebody_refused(const struct snapshot *s);

/* True when @service has replicas that could be on several clusters. */
bool place_model_divisible(const struct place_model *m, size_t service);

/* Replicas of one item of a service that is not divided. */
int64_t place_model_share(const struct place_model *m, size_t service);

/* Replicas of @service that were put on @cluster when it was divided last; 0: unknown. */
int64_t place_model_kept(const struct snapshot *s, const char *service, const char *cluster);

/* The problem in which everything stays that may stay where it is. */
struct solve_problem place_model_at_home(const struct place_model *m);

/* @s with its clusters in the order of their names: the order of the file decides nothing. */
struct snapshot place_sorted(struct arena *a, const struct snapshot *s);

/* What @replicas of @service take of cluster @c. */
struct amounts place_model_use(const struct place_model *m, size_t service, size_t c,
			       int64_t replicas);

/* The first item of @service, when it has any. */
size_t place_model_first(const struct place_model *m, size_t service);

/* What @p breaks of the needs, rules and capacities of @m: ERR_INFEASIBLE (plan/place_check.c). */
struct err *place_model_check(const struct place_model *m, const struct placement *p) must_check;

/* True when the replicas of that chart can be divided between clusters; else each cluster gets them
 * all: a policy that the chart brings copies, and what runs once a node has none. */
bool place_divides(const struct chart_facts *f);

/* True when where @o runs is ours to say: by a policy of ours, or by a value that its own policy
 * follows. */
bool place_steers(const struct service *v, const struct object_facts *o);

/* True when the chart of @v takes the name of one cluster only. */
bool place_names_one(const struct service *v, const struct chart_facts *f);

/* True when the state says that @v runs (or shall run) on @cluster. */
bool place_model_is_home(const struct snapshot *s, const char *service, const char *cluster);

/* What the state says of @service, or NULL. */
const struct service_state *place_state(const struct snapshot *s, const char *service);

/* On how many clusters @service may be. */
size_t place_model_eligible(const struct place_model *m, size_t service);

/* Whether any placement at all is found within the budget of @o; costs do not matter. */
bool place_possible(struct arena *a, const struct graph *g, const struct snapshot *s,
		    const struct place_options *o);

/* True when a move of what @f renders would lose data. */
bool place_holds_data(const struct chart_facts *f);
