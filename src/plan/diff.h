// SPDX-License-Identifier: Apache-2.0
/*
 * From the world as it is to the world as wanted: the steps between two values.
 *
 * Laws: applied to the snapshot (plan/simulate.h) the steps leave nothing to do; no step waits for
 * a later one; equal worlds give equal steps.
 */
#pragma once

#include <stdbool.h>

#include "base/vec.h"
#include "model/desired.h"
#include "model/plan.h"
#include "model/snapshot.h"

struct arena;
struct graph;

struct diff_options {
	bool removing; /* the graph leaves: its namespace and what is shared go too, when unused */
	const struct graph *graph; /* in whose reverse order of dependencies services go, or NULL */
	const int64_t *barrier;    /* every step without other reason to wait waits for these */
	size_t n_barrier;
};

struct steps {
	vec_of(struct step) list;
};

/* Append the steps from @s to @d, numbered on from what @steps holds. */
void diff(struct arena *a, const struct desired *d, const struct snapshot *s,
	  const struct diff_options *o, struct steps *steps);

/*
 * A step that waits until all of @d's workloads of @service (NULL: every service) are ready, after
 * the steps @after.  NULL when there is nothing to wait for.
 */
struct step *diff_wait(struct arena *a, const struct desired *d, const char *service,
		       const int64_t *after, size_t n_after, struct steps *steps);
