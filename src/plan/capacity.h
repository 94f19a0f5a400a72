// SPDX-License-Identifier: Apache-2.0
/*
 * What clusters have left.
 *
 *     free(cluster) = allocatable - allocated
 *                   + what this graph's own observed pods request there
 *                   - what other graphs intend there and do not use yet
 *
 * never below zero.  The own share is added because the graph is decided anew: its pods are about
 * to be counted again as demand.
 */
#pragma once

#include "model/quantity.h"
#include "model/snapshot.h"

struct arena;

/* Requests of the pods of @service (NULL: of the whole graph) that @cluster runs now. */
struct amounts capacity_own(struct arena *a, const struct snapshot *s, const char *cluster,
			    const char *service);

/* With @with_own false: what is free for additional pods while all of ours stay. */
struct amounts capacity_free(struct arena *a, const struct snapshot *s, const struct cluster *c,
			     bool with_own);

/* True when at least one usable cluster reports @resource at all. */
bool capacity_reported(const struct snapshot *s, const char *resource);
