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
 * What most of @pods (a list node of Pods) wait for: "2 pods: ImagePullBackOff: no such image".
 * Read from the containers' states, init containers first, then from the pods' conditions.
 * Printable; NULL when nothing is wrong with them.  Pure.
 */
const char *pods_trouble(struct arena *a, const struct node *pods);

/* The trouble of @ref's pods in @cluster.  *ret_text is NULL when there is none to tell, also when
 * the cluster cannot be asked: this is asked when something is wrong already. */
void kube_trouble(struct kube *k, struct arena *a, const struct object_ref *ref,
		  const char *cluster, const char **ret_text);
