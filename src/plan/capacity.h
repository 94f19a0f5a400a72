// SPDX-License-Identifier: Apache-2.0
/*
 * What clusters have left.
 *
 *     free(cluster) = allocatable
 *                   - (allocated - what this graph's own observed pods request there)
 *                   - what other graphs intend there and do not use yet
 *
 * neither below zero.  The own share is not counted because the graph is decided anew: its pods are
 * about to be counted again as demand.  Pods that wait for a node count like those that have one:
 * the control plane's "allocating" is part of allocated, and replicas that exist are part of what
 * the own pods request.  The number of pods is a resource like others where a cluster reports it.
 */
#pragma once

#include "model/quantity.h"
#include "model/snapshot.h"

struct arena;

/* Requests of the pods of @service (NULL: of the whole graph) that @cluster runs now, those of jobs
 * left out. */
struct amounts capacity_own(struct arena *a, const struct snapshot *s, const char *cluster,
			    const char *service);

/* With @with_own false: what is free for additional pods while all of ours stay. */
struct amounts capacity_free(struct arena *a, const struct snapshot *s, const struct cluster *c,
			     bool with_own);

/* The same with @own as that share: of the services that are about to be counted again. */
struct amounts capacity_without(struct arena *a, const struct snapshot *s, const struct cluster *c,
				const struct amounts *own);

/* True when at least one cluster of the federation reports @resource at all. */
bool capacity_reported(const struct snapshot *s, const char *resource);
