// SPDX-License-Identifier: Apache-2.0
/*
 * What scaling a service keeps to: its descriptor (`deployment.scaling`) first, then what was
 * learnt of it, then the settings, then what plan/scale.h says.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/graph.h"
#include "model/scale_memory.h"
#include "plan/scale.h"

struct arena;

struct scale_policy {
	const char *query, *window;
	enum if_missing if_missing;
	bool has_model;
	struct scale_model model; /* of the part that shall be used: times the target */
	double target;
	int64_t min, max; /* 0: none */
	bool to_zero, paused;
	struct scale_manners manners;
};

/* @learnt may be NULL.  @settings is a scaling in which query and window are given. */
struct scale_policy scale_policy_of(struct arena *a, const struct service *v,
				    const struct scale_learnt *learnt,
				    const struct scaling *settings);
