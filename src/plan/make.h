// SPDX-License-Identifier: Apache-2.0
/*
 * The plan of a change: every verb (deploy, start, stop, remove, re-place, scale, trigger) is
 * this function with other inputs.
 *
 * Moves are make-before-break: where both copies fit, a service first runs on the old and the new
 * cluster, is waited for, and leaves the old one then.  Services whose moves wait for each other's
 * room go in stages; what can only swap is moved straight, and the plan tells that it will be away.
 * Off a dead cluster there is nothing to keep, so the move is straight as well.
 */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "model/desired.h"
#include "model/graph.h"
#include "model/plan.h"
#include "model/snapshot.h"

struct arena;
struct err;
struct place_why;
struct signal_options;

struct make_options {
	const char *verb;
	bool stopped;  /* the graph shall not run */
	bool removing; /* and shall leave nothing behind */
	bool wait;     /* the last step waits until everything is ready */
	bool allow_cluster_scoped;
	const struct place_why *why;          /* or NULL */
	const struct signal_options *signals; /* or NULL */
};

/* @ret_desired: the world that the plan ends in. */
struct err *plan_make(struct arena *a, const struct graph *g, const struct snapshot *s,
		      const struct placement *p, const struct make_options *o,
		      struct desired *ret_desired, struct plan *ret_plan) must_check;

/* Hash of everything the plan was made from: descriptor, charts, what is ours, placement. */
const char *plan_inputs_hash(struct arena *a, const struct graph *g, const struct snapshot *s,
			     const struct placement *p);
