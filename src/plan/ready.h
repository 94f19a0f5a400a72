// SPDX-License-Identifier: Apache-2.0
/* Is a workload ready where it should be?  Read from a snapshot. */
#pragma once

#include <stdbool.h>

#include "model/desired.h"
#include "model/snapshot.h"

/* Every replica of @r (divided: each cluster's part) is ready on every cluster of @r (none given:
 * wherever it is bound); for the kind "Cluster": the clusters serve the MCS kinds. */
bool is_ready(const struct snapshot *s, const struct readiness *r);

/* The workload that @r is about, or NULL. */
const struct workload *ready_workload(const struct snapshot *s, const struct readiness *r);
