// SPDX-License-Identifier: Apache-2.0
/* The parts of graph_check(): internal to plan/. */
#pragma once

#include <stddef.h>

#include "base/map.h"
#include "doc/problems.h"
#include "model/graph.h"

struct checking {
	struct arena *a;
	const struct graph *g;
	struct problems *ps;
	struct map services;    /* id -> struct service, the first of that id */
	const char *const *ids; /* NULL-terminated, for suggestions */
};

/* The index of the service called @id, or SIZE_MAX. */
size_t checking_find(const struct checking *c, const char *id);

/* Links, latencies, co-locations, dependencies and their cycles. */
void check_links(struct checking *c);

/* Models, bounds and queries of deployment.scaling. */
void check_scaling(struct checking *c);
