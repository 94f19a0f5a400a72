// SPDX-License-Identifier: Apache-2.0
/*
 * Pods on the nodes of simulated clusters: scheduling by first fit, rolling updates, time.
 *
 * A pod that fits no node is pending and tries again whenever room appears.  A Deployment is rolled
 * out with Kubernetes' defaults (a quarter more, a quarter fewer); other kinds one by one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "drive/sim_state.h"

/* Bring the pods of every part on @cluster to what was told, and its facts up to date. */
void sim_pods_settle(struct sim_state *s, const char *cluster);

/* Let time pass until @to: pods become ready, jobs end, roll-outs go on. */
void sim_pods_advance(struct sim_state *s, int64_t to);

/* Ready pods of any revision; of a Job: pods that succeeded. */
int64_t sim_pods_ready(const struct sim_state *s, const struct sim_part *p);

/* Does every pod that is wanted exist, of the present revision, and no other? */
bool sim_pods_current(const struct sim_part *p);

/* Pods that have been without a node for POD_PATIENCE_MS. */
int64_t sim_pods_unplaced(const struct sim_state *s, const struct sim_part *p);

/* Why the first pending pod of @p is pending, or NULL. */
const char *sim_pods_pending(struct arena *a, const struct sim_state *s, const struct sim_part *p);

/* All pods of @service start over, as after a crash. */
void sim_pods_restart(struct sim_state *s, const char *service);
