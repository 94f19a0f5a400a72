// SPDX-License-Identifier: Apache-2.0
/* The clusters of the federation. */
#pragma once

#include <stddef.h>

#include "base/attr.h"

struct arena;
struct cluster;
struct err;

struct cluster_port {
	/* Every cluster the control plane knows, sorted by name; cordoned and gone are left false:
	 * those are facts of our own state. */
	struct err *(*list)(void *self, struct arena *a, struct cluster **ret_clusters,
			    size_t *ret_n)must_check;
	void *self;
};
