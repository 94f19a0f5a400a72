// SPDX-License-Identifier: Apache-2.0
/* May this service run on that cluster at all?  And if not, why, in words for people. */
#pragma once

#include "model/graph.h"
#include "model/snapshot.h"
#include "plan/demand.h"

struct arena;

/*
 * NULL when @v with its demand @d may run on @c, else the reason: not ready, cordoned, tainted,
 * elsewhere than asked for, no such device, no node large enough, or too full even for this service
 * alone (@free).  What runs there (@is_home) may stay on a cluster that is cordoned or tainted
 * NoSchedule.
 */
const char *eligible_not(struct arena *a, const struct service *v, const struct demand *d,
			 const struct cluster *c, const struct amounts *free, bool is_home);

/* Storage and pods are checked only where a cluster reports them. */
bool eligible_optional(const char *resource);

/* A resource of @d that no cluster reports is not checked: true for those that are. */
bool eligible_checked(const struct cluster *c, const char *resource);

/* What the largest node of @c can take; resources that are not there are unknown. */
const struct amounts *eligible_node(const struct cluster *c);
