// SPDX-License-Identifier: Apache-2.0
/*
 * What the world will look like once a step, or a whole plan, is done and has settled.
 *
 * Pods are ready at once, room for them is not checked (placing does that), and clusters that are
 * not ready keep what they had, as the control plane would see it.  The result is sorted like any
 * snapshot.  Charts that the snapshot does not know start nothing.
 */
#pragma once

#include "model/plan.h"
#include "model/snapshot.h"
#include "plan/world.h"

struct arena;

struct snapshot simulate_step(struct arena *a, const struct snapshot *s, const struct step *step);

/* All steps of @p, in their order. */
struct snapshot simulate(struct arena *a, const struct snapshot *s, const struct plan *p);

/*
 * @now as it stands after @b was decided: clusters, shares and reason.  Shares of clusters that are
 * not ready, or that an override keeps from changing, stay as they were.  The rest are ready.
 */
struct workload simulate_settled(struct arena *a, const struct world *w, const struct workload *now,
				 const struct world_binding *b);
