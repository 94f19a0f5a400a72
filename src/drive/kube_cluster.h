// SPDX-License-Identifier: Apache-2.0
/* The member clusters of a Karmada control plane: fills cluster_port. */
#pragma once

#include "port/cluster_port.h"

struct arena;
struct cluster;
struct kube;
struct node;

struct cluster_port kube_cluster_port(struct kube *k);

/*
 * What a Cluster (cluster.karmada.io/v1alpha1) says.  Capacity is rounded down, use (allocated and
 * allocating) up.  A cluster without resourceSummary, or whose summary lacks cpu or memory, has
 * no summary.  The largest node stays empty: allocatableModelings only count nodes between bounds.
 */
void cluster_read(struct arena *a, const struct node *object, struct cluster *ret_cluster);

/*
 * For each resource the most that one node of the list @nodes has: nodes that are not Ready or
 * closed to scheduling do not count.  What exceeds it fits no node; what does not may still
 * fail when no single node is the largest in everything.
 */
void cluster_read_nodes(struct arena *a, const struct node *nodes, struct cluster *cluster);
