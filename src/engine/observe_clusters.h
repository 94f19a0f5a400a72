// SPDX-License-Identifier: Apache-2.0
/* Clusters: what the control plane says, and what the store remembers of them. */
#pragma once

#include "engine/observe.h"

/* Remember @c as seen now (location, free cpu and memory, readiness, its facts). */
struct err *clusters_remember(struct engine *e, struct arena *a, const struct cluster *clusters,
			      size_t n) must_check;
