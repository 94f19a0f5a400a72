// SPDX-License-Identifier: Apache-2.0
/* From the documents that a chart renders to facts about it; pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;
struct err;
struct node;
struct object_facts;

struct render_context {
	const char *namespace_; /* of the release */
	const char
		*sentinel; /* a cluster name that clustersAffinity was set to; NULL: it was not */
	/* Is @kind of @api_version namespaced?  Asked for kinds that nobody here knows; may be
	 * NULL. */
	bool (*namespaced)(void *self, const char *api_version, const char *kind);
	void *self;
};

/*
 * The objects among @documents (a list; Lists in it are opened), sorted by kind, name and
 * namespace. Values of Secrets and the like do not get into facts.
 *
 * own_policy: a PropagationPolicy of the object's namespace, or a ClusterPropagationPolicy, among
 * the documents selects it (apiVersion, kind, name, namespace, labelSelector).  policy_follows:
 * that policy names the sentinel.  data: a PersistentVolumeClaim, claim templates, or a pod that
 * mounts a claim or a path of its node.
 */
void render_read(struct arena *a, const struct node *documents,
		 const struct render_context *context, struct object_facts **ret_objects,
		 size_t *ret_n);

/*
 * ERR_INPUT when an object has no name of its own (generateName): nothing can say which clusters it
 * belongs to, so it would never run.
 */
struct err *render_check(struct arena *a, const struct node *documents) must_check;

/* The clusters, each once, that policies among @documents name for what has pods. */
void render_own_clusters(struct arena *a, const struct node *documents, const char *namespace_,
			 const char ***ret_names, size_t *ret_n);

/* Does @text stand anywhere in @n, as a value or part of one? */
bool render_mentions(const struct node *n, const char *text);

/*
 * The workload among @objects whose replicas are meant when a service is scaled, as plan/demand.h
 * chooses it: one named like the release or the chart, else the first Deployment, StatefulSet,
 * DaemonSet, other.  NULL when there is none.
 */
const struct object_facts *render_main(const struct object_facts *objects, size_t n,
				       const char *release, const char *chart);
