// SPDX-License-Identifier: Apache-2.0
/*
 * Scaling the services of a graph by their load: ask for the rates, decide (plan/scale_case.h),
 * remember, and carry out as a change like all others (change.h).
 *
 * What cannot be measured is held, never shrunk; a decision leaves an event with its reason.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "engine/change.h"
#include "engine/engine.h"
#include "plan/scale_case.h"
#include "port/metrics_port.h"

struct arena;
struct err;

struct scaling_request {
	const char *graph;
	const struct scaling *defaults; /* of the settings; query and window are given */
	const struct metrics_port *metrics;
	bool original;      /* decide as the first SMO did */
	bool dry_run;       /* nothing is stored or touched */
	struct change like; /* what carrying it out shall heed: wait, policy ... */
};

struct scaling_row {
	const char *service, *query;
	size_t n_series;            /* that the query gave */
	const struct err *unread;   /* why it could not be asked */
	struct scale_policy policy; /* has_model false: no model */
	struct scale_decision decision;
};

struct scaling_report {
	struct scaling_row *rows;
	size_t n;
	bool fits, proven;
	const char *problem;   /* !fits */
	const char **warnings; /* of who measures */
	size_t n_warnings;
	bool changes;             /* @decision is filled: some replicas change */
	struct decision decision; /* its plan; carried out unless @dry_run */
};

/*
 * ERR_REMOTE, ERR_TIMEOUT and the like also when not one service could be measured; the report is
 * filled as far as it got.
 */
struct err *scaling_run(struct engine *e, struct arena *a, const struct scaling_request *r,
			struct problems *ps, struct scaling_report *ret_report) must_check;

/* Keep @learnt (NULL: forget it) as the model of a service. */
struct err *scaling_learn(struct engine *e, struct arena *a, const char *graph, const char *service,
			  const struct scale_learnt *learnt) must_check;
