// SPDX-License-Identifier: Apache-2.0
/*
 * Kubernetes objects in the control plane, and the workloads that run behind it.
 *
 * One handle per thread; calls block, with a deadline of the driver's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;
struct err;
struct node;
struct owned_object;
struct workload;

struct object_ref {
	const char *api_version, *kind, *name;
	const char *namespace_; /* NULL: cluster-scoped */
	const char *place; /* of rules and dashboards: model/kinds.h; NULL: where they go now */
};

struct object_filter {
	const char *namespace_;     /* NULL: all */
	const char *label_selector; /* "a=b,c=d", or NULL */
	const char *place;          /* as in object_ref */
};

/* A pod is unplaced when the scheduler of its cluster has found no node for it for so long: less
 * may be a roll-out, or a node on its way. */
enum { POD_PATIENCE_MS = 60000 };

struct pod_trouble {
	const char *text; /* printable: "2 pods: ImagePullBackOff: no such image"; NULL: none */
	int64_t unplaced; /* pods */
};

struct object_port {
	/* ERR_NOT_FOUND when it is not there. */
	struct err *(*get)(void *self, struct arena *a, const struct object_ref *ref,
			   struct node **ret_object)must_check;

	/* All pages.  A kind that the server does not serve is an empty list. */
	struct err *(*list)(void *self, struct arena *a, const char *api_version, const char *kind,
			    const struct object_filter *filter, struct node **ret_items)must_check;

	/*
	 * Create or change to what @object says (server-side apply, our field manager, forced).
	 * Idempotent.  An object that exists without our managed-by label, or with another
	 * instance's, is ERR_CONFLICT unless @adopt.
	 */
	struct err *(*apply)(void *self, struct arena *a, const struct node *object,
			     bool adopt)must_check;

	/* Gone already is success.  Only an object with our label is deleted (ERR_CONFLICT). */
	struct err *(*remove)(void *self, struct arena *a, const struct object_ref *ref)must_check;

	/* Set spec.replicas through the scale subresource. */
	struct err *(*scale)(void *self, struct arena *a, const struct object_ref *ref,
			     int64_t replicas)must_check;

	/*
	 * The workloads of a namespace with where they are bound and how they fare; `service` is
	 * the Helm release that made it (NULL: none did); sorted by kind and name.
	 */
	struct err *(*workloads)(void *self, struct arena *a, const char *namespace_,
				 struct workload **ret_workloads, size_t *ret_n)must_check;

	/* Reasons why something of @namespace_ does not reach its clusters (Warning events of
	 * overrides, works, bindings), newest first: printable sentences. */
	struct err *(*warnings)(void *self, struct arena *a, const char *namespace_,
				const char ***ret_texts, size_t *ret_n)must_check;

	/*
	 * What keeps the pods of a workload from being ready in @cluster; empty when there is
	 * nothing to tell, also when the cluster cannot be asked.
	 */
	struct err *(*trouble)(void *self, struct arena *a, const struct object_ref *ref,
			       const char *cluster, struct pod_trouble *ret_trouble)must_check;
	void *self;
};
