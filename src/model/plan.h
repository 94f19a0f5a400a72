// SPDX-License-Identifier: Apache-2.0
/*
 * A plan: the ordered steps from the world as it is to the world as wanted, each with its
 * reason.  A document (apiVersion smo/v1, kind Plan): printed, stored, approved, applied.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "doc/bind.h"
#include "model/desired.h"
#include "model/placement.h"

enum step_verb {
	STEP_PUT,   /* create or change an object or a release */
	STEP_WAIT,  /* until a service's workloads are ready on clusters */
	STEP_SCALE, /* set the replicas of a workload whose chart has no value for them */
	STEP_DELETE,
};

struct step {
	int64_t n; /* 1, 2, 3 ... */
	enum step_verb verb;
	const char *kind;    /* "release", "policy", "override", "export", "import", "namespace" */
	const char *item;    /* id of the item */
	const char *service; /* or NULL */
	const char *summary; /* "camera on edge" */
	const char *reason;
	struct node *object; /* to put; for STEP_DELETE only its kind, name and namespace */
	struct release_want *release;
	struct readiness *wait; /* STEP_WAIT: until all of these hold; STEP_SCALE: the workload */
	size_t n_wait;
	int64_t replicas; /* STEP_SCALE */
	int64_t *after;   /* numbers of earlier steps */
	size_t n_after;
	bool loses_data;
	bool optional; /* a failure is told, not fatal (dead clusters, dashboards) */
};

struct plan {
	const char *graph, *project, *verb; /* deploy, start, stop, remove, re-place ... */
	const char *inputs_hash; /* of descriptor, chart digests, owned objects, placement */
	struct placement placement;
	struct step *steps;
	size_t n_steps;
	const char **notes; /* what people should know: unchecked resources, downtime ... */
	size_t n_notes;
};

extern const struct shape plan_shape;

/* The golden format: "graph demo: 4 steps" and one line a step. */
const char *plan_text(struct arena *a, const struct plan *p);
