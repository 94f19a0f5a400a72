// SPDX-License-Identifier: Apache-2.0
/* Why the pods of a workload are not ready: only their cluster knows, so it is asked through
 * Karmada's cluster proxy (cluster.karmada.io/v1alpha1, clusters/NAME/proxy). */
#pragma once

#include "base/attr.h"
#include "port/object_port.h"

struct arena;
struct kube;
struct node;

/*
 * What most of @pods (a list node of Pods) wait for, and how many of them are unplaced at @now (ms
 * since 1970).  Read from the containers' states, init containers first, then from the pods'
 * conditions.  Pure.
 */
struct pod_trouble pods_trouble(struct arena *a, const struct node *pods, int64_t now);

/* The trouble of @ref's pods in @cluster, of the first fifty; none to tell when the cluster cannot
 * be asked: this is asked when something is wrong already. */
struct pod_trouble kube_trouble(struct kube *k, struct arena *a, const struct object_ref *ref,
				const char *cluster);
