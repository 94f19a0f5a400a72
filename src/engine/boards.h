// SPDX-License-Identifier: Apache-2.0
/*
 * Dashboards of clusters.  They belong to no graph, so no plan brings them: `cluster sync` does, as
 * plans do it: what is as it should be is left alone, what has no cluster any more goes.
 */
#pragma once

#include <stddef.h>

#include "base/attr.h"
#include "engine/engine.h"

struct arena;
struct cluster;
struct err;

struct boards_report {
	size_t n_put, n_removed, n_same;
};

/*
 * Nothing happens when the engine's signals want no dashboards.  The first failure ends it, and is
 * one of who keeps the dashboards: the clusters are as known as before.
 */
struct err *boards_sync(struct engine *e, struct arena *a, const struct cluster *clusters, size_t n,
			struct boards_report *ret_report) must_check;
