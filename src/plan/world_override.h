// SPDX-License-Identifier: Apache-2.0
/* What the overrides of a world do to one workload on one cluster.  Internal to plan/world. */
#pragma once

#include "plan/world.h"

/*
 * Apply every override that covers @subject on @c to @part, whose replicas are set.  One that
 * cannot be applied leaves the chart's own figures and says so in part->blocked.
 */
void world_override(struct arena *a, const struct world *w, const struct world_subject *subject,
		    const struct cluster *c, struct world_part *part);
