// SPDX-License-Identifier: Apache-2.0
/*
 * What a graph is going to use, so that others keep off it until its pods can be seen: a row for
 * the main workload of each service on each of its clusters, and one for each workload beside it.
 */
#pragma once

#include <stddef.h>

#include "model/graph.h"
#include "model/placement.h"
#include "model/snapshot.h"

struct arena;

/* "api/redis": the workload redis beside the main one of api. */
const char *reservation_name(struct arena *a, const char *service, const char *workload);

void reservations_of(struct arena *a, const struct graph *g, const struct snapshot *s,
		     const struct placement *p, struct reservation **ret_rows, size_t *ret_n);
