// SPDX-License-Identifier: Apache-2.0
/* The parts of desire(): internal to plan/. */
#pragma once

#include "base/vec.h"
#include "plan/desire.h"

struct desiring {
	struct arena *a;
	const struct graph *g;
	const struct snapshot *s;
	const struct placement *p;
	const struct desire_options *o;
	vec_of(struct item) items;
	vec_of(struct readiness) readiness;
	const char *namespace_item; /* id, or NULL when the namespace is not ours to make */
	const char *mcs_item;       /* id, or NULL when the CRDs are not ours to bring */
};

struct names {
	const char **at;
	size_t n;
};

/* A fresh object with our labels; @service and @namespace_ may be NULL. */
struct node *desired_object(struct desiring *d, const char *api_version, const char *kind,
			    const char *namespace_, const char *name, const char *service);

/* "Kind/namespace/name" of @object. */
const char *desired_object_id(struct arena *a, const struct node *object);

/* Add @object as an item that waits for @after (n_after ids; NULLs are skipped). */
const char *desired_add_object(struct desiring *d, struct node *object, const char *service,
			       const char *summary, const char *reason, const char *const *after,
			       size_t n_after);

/* placement: {clusterAffinity: {clusterNames: [...]}} of a policy's spec. */
void desired_set_clusters(struct desiring *d, struct node *spec, const struct names *clusters);

struct names desired_clusters(struct desiring *d, const char *service);

/* Clusters of all services that call @service, each once, sorted. */
struct names desired_callers(struct desiring *d, const char *service);

/* "edge, cloud" */
const char *desired_joined(struct arena *a, const struct names *names);

/* True when @sp divides replicas: every share says how many. */
bool desired_divides(const struct service_placement *sp);

/* Policies and override for what the chart renders; @ret_ids: what the release waits for, NULLs
 * among them. */
struct err *desire_policies(struct desiring *d, const struct service *v,
			    const struct chart_facts *f, struct names *ret_ids) must_check;

/* True when the chart itself exports its Services (the original's way). */
bool desire_brings_export(const struct chart_facts *f);

/* ServiceExport and ServiceImport where callers live elsewhere. */
void desire_links(struct desiring *d, const struct service *v, const struct chart_facts *f);

/* Alerting rules and dashboards of the graph. */
void desire_signals(struct desiring *d);

/* The policy that brings the MCS CRDs to the members, when some export needs it. */
void desire_mcs(struct desiring *d);
