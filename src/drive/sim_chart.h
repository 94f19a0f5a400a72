// SPDX-License-Identifier: Apache-2.0
/*
 * What charts render in a simulated world: as its `charts:` table says, as the files of a local
 * chart suggest (templates are looked at, not rendered), else a Deployment and a Service of the
 * release's name, with what the usual values (replicaCount, resources, service.port) say.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "drive/sim_world.h"

struct arena;
struct err;
struct node;

struct sim_rendered {
	struct chart_facts facts;
	const struct node *values; /* the chart's own under the given ones */
	int64_t ready_after;       /* ms; 0: as usual */
};

struct sim_chart_request {
	const char *ref;
	const char *pin; /* digest, or NULL */
	const char *release;
	const struct node *values; /* or NULL */
};

struct err *sim_chart_render(struct arena *a, const struct sim_world *w,
			     const struct sim_chart_request *r, struct sim_rendered *ret_rendered)
	must_check;

/* What is common to all three ways; internal to sim_chart*.c. */
struct sim_chart_plan {
	struct chart_facts facts; /* name, version, replicas_path ... */
	const char *object_name;  /* what its objects are called */
	const char *const *kinds; /* of the objects; ends with NULL */
	bool own_policy, data;
};

/* A local chart folder or .tgz.  ERR_NOT_FOUND, ERR_INPUT. */
struct err *sim_chart_local(struct arena *a, const struct sim_chart_request *r,
			    struct sim_chart_plan *ret_plan, const struct node **ret_values)
	must_check;
