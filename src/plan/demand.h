// SPDX-License-Identifier: Apache-2.0
/*
 * What a service takes from a cluster: its chart's requests, overruled by its intents.
 *
 * The intent of a service is for one replica of its main workload.  It goes to the first
 * container: that one gets the intent less what the others request, and keeps its own request when
 * the others alone exceed the intent.  A limit below the request is raised to it; storage gets a
 * request only, because a limit evicts; devices are limited to what they request, as Kubernetes
 * demands.  An intent that artifact.valuesMapping hands to the chart is the chart's to apply.  What
 * a chart limits but does not request counts as requested, as Kubernetes does.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/quantity.h"

struct arena;
struct chart_facts;
struct container_facts;
struct object_facts;
struct service;

struct demand {
	int64_t replicas;           /* of the main workload, at least 0; per_node: 1 */
	bool per_node;              /* it is a DaemonSet: one on each node */
	struct amounts per_replica; /* of the main workload */
	struct amounts fixed;       /* all other workloads of the chart together */
	int64_t fixed_pods;         /* ... and how many pods those are */
	struct amounts daemons;     /* other DaemonSets, for each node */
	int64_t daemon_pods;        /* for each node */
	struct amounts total;       /* replicas x per_replica + fixed, with a single node */
	struct amounts *pods;       /* one for each workload: must fit a single node */
	size_t n_pods;
};

/*
 * The workload that a service's intents and replicas are about: named like the service, else like
 * the chart, else any; a Deployment before a StatefulSet, a DaemonSet, and whatever else has pods.
 * NULL: none.
 */
const struct object_facts *main_workload(const struct chart_facts *f);

/* Requests of one pod of @o with @containers, limits where nothing is requested. */
struct amounts demand_pod(struct arena *a, const struct object_facts *o,
			  const struct container_facts *containers);

/* Pods of @o that run at a time as its chart has it. */
int64_t demand_chart_replicas(const struct object_facts *o);

/* Containers of @o with the intents of @v applied; @v NULL or not the main workload: the chart's.
 * Returns true when they differ from the chart's. */
bool demand_containers(struct arena *a, const struct service *v, const struct chart_facts *f,
		       const struct object_facts *o, struct container_facts **ret_containers);

/*
 * What @replicas of the main workload and all the others take of a cluster with @nodes nodes, their
 * number under "pods".
 */
struct amounts demand_on(struct arena *a, const struct demand *d, int64_t replicas, int64_t nodes);

/* @f may be NULL (chart unknown): the intents alone.  @replicas 0: as the chart says, else 1. */
void demand_of(struct arena *a, const struct service *v, const struct chart_facts *f,
	       int64_t replicas, struct demand *ret_demand);
