// SPDX-License-Identifier: Apache-2.0
/*
 * What a federation makes of one workload: which clusters get it, with how many replicas and how
 * large, given the policies and overrides that cover it.
 *
 * The rules are Karmada's (1.18), as far as what SMO writes can reach them: selection by kind and
 * name, label or whole kind; affinity by names, labels, fields and exclusion; taints that count
 * only for clusters that do not have the workload yet; replicas duplicated or divided by weight, by
 * room, or gathered; plaintext overrides, which block the whole object where they do not apply.
 *
 * plan/simulate and drive/sim share this, so a simulated world and a simulated plan agree.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

struct arena;
struct node;

/* What binding looks at beside the workload itself. */
struct world {
	const struct cluster *clusters;
	size_t n_clusters;
	const struct owned_object *objects; /* policies and overrides among others */
	size_t n_objects;
};

struct world_subject {
	const struct object_facts *facts;
	const char *release;
	/* Its namespace, the replicas that its template wants, and where it is now. */
	const struct workload *now;
	const struct node *values; /* of its release; NULL: unknown, a chart's own policy stays */
	const char *affinity_path; /* where among them its clusters are; NULL: the usual places */
};

/* The share of one cluster. */
struct world_part {
	const char *cluster;
	int64_t replicas;
	struct amounts requests; /* of one pod there: overridden, limits where requests lack */
	const char *blocked; /* an override that fails: no change reaches the cluster; or NULL */
};

struct world_binding {
	bool bound;               /* a policy covers it, or did when it was bound */
	bool orphan;              /* it did once: what runs stays, and hears of no change */
	bool scheduled;           /* at least one cluster was found */
	const char *reason;       /* why not, in the scheduler's words */
	struct world_part *parts; /* sorted by cluster */
	size_t n_parts;
};

void world_bind(struct arena *a, const struct world *w, const struct world_subject *subject,
		struct world_binding *ret_binding);

/* Requests of one pod of @o as its template says, limits where requests lack. */
struct amounts world_requests(struct arena *a, const struct object_facts *o);

/* Does the clusterAffinity (or targetCluster) @affinity, NULL for none, allow @c? */
bool world_allows(const struct node *affinity, const struct cluster *c);

/* Does the policy or override @p (any kind) select the object of that kind and name? */
bool world_selects(const struct owned_object *p, const char *kind, const char *name,
		   const char *namespace_, const char *release);

/* True for a workload whose number of pods is its replicas (not DaemonSet, Job, CronJob). */
bool world_counts_replicas(const char *kind);

/*
 * The replicas that the template of @o wants when its release is put with @values: what they say
 * at the chart's replicas path, what the chart renders, else @now, else 1.  Of a Job its
 * completions; DaemonSets and CronJobs have none.
 */
int64_t world_replicas(const struct chart_facts *f, const struct object_facts *o,
		       const struct node *values, const struct workload *now);
