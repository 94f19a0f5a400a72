// SPDX-License-Identifier: Apache-2.0
/*
 * What should exist: the wanted world of one graph, as plain data.
 *
 * An item is a thing in the control plane that is put or deleted as a whole: a Helm release, or a
 * Kubernetes object given as its full manifest.  `after` names the items it waits for.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "doc/bind.h"
#include "model/placement.h"

enum item_kind {
	ITEM_NAMESPACE,
	ITEM_OBJECT,  /* a Kubernetes object: policy, override, export, import ... */
	ITEM_RELEASE, /* a Helm release */
};

struct release_want {
	const char *name, *namespace_;
	const char *chart_ref, *chart_digest, *chart_version;
	struct node *values;
	const char *values_hash; /* of the canonical values, replicas left out; 40 hex digits */
	bool plain_http;
	bool sets_replicas; /* the values say how many replicas, and the chart heeds them */
};

struct item {
	const char *id; /* "release/test/camera", "PropagationPolicy/test/smo-camera" */
	enum item_kind kind;
	const char *service; /* NULL: the whole graph's */
	const char *summary; /* what people call it: "camera on edge-1" */
	const char *reason;  /* why it should be so */
	struct node *object; /* ITEM_OBJECT, ITEM_NAMESPACE: the manifest */
	struct release_want *release;
	const char **after; /* ids of items */
	size_t n_after;
};

/* Where a workload must be ready: every replica, on every one of the clusters; divided: its part of
 * them, at least one. */
struct readiness {
	const char *service;
	const char *kind, *name, *namespace_;
	const char **clusters;
	size_t n_clusters;
	int64_t replicas; /* wanted by hand, scaler or descriptor, or to keep; 0: the chart's */
	bool asleep;      /* none at all are wanted */
	const char *why;  /* who wants them, or NULL; for the reasons of steps, not written */
	bool divided;     /* the replicas are divided between the clusters, not copied to each */
};

struct desired {
	const char *graph, *project, *instance;
	struct placement placement;
	struct item *items; /* creation order: an item stands after what it waits for */
	size_t n_items;
	struct readiness *readiness; /* for each workload of each active service */
	size_t n_readiness;
};

extern const struct shape desired_shape, release_want_shape, readiness_shape;
const struct item *desired_item(const struct desired *d, const char *id);
