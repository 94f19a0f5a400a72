// SPDX-License-Identifier: Apache-2.0
/*
 * The scaling of one graph as a case for plan/scale.h: who is scaled, and what the clusters that
 * they run on have for them.
 *
 *     room = what is free there + what the scaled workloads use now
 *
 * so nothing is counted twice: neither what they use already, nor the other workloads of the graph
 * (they are allocated), nor what other graphs intend and do not use yet.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "model/graph.h"
#include "model/scale_memory.h"
#include "model/snapshot.h"
#include "plan/scale.h"
#include "plan/scale_index.h"
#include "plan/scale_policy.h"

struct arena;
struct err;

/* One service, and what is known of it.  Filled by the caller but for the last part. */
struct scale_subject {
	const struct service *service;
	struct scale_policy policy;
	struct scale_memory memory;
	const double *rates; /* one for each series that its query gave */
	size_t n_rates;

	const char *held;                /* why it is left alone whatever its load is, or NULL */
	enum scale_limit limit;          /* then: SCALE_PAUSED or SCALE_NO_MODEL */
	bool here;                       /* false: it runs nowhere, there is nothing to scale */
	int64_t replicas;                /* now */
	const struct scale_facts *facts; /* never NULL */
};

/* Fill ->held, ->limit, ->here, ->replicas and ->facts. */
void scale_subjects_look(struct arena *a, const struct graph *g, const struct snapshot *s,
			 struct scale_subject *subjects, size_t n);

struct scale_case {
	struct scale_service *services; /* of the subjects that are here, in their order */
	size_t *subject;                /* [n_services] index of the subject */
	size_t n_services;
	struct scale_bin *bins;
	size_t n_bins;
};

void scale_case_of(struct arena *a, const struct graph *g, const struct snapshot *s,
		   const struct scale_subject *subjects, size_t n, struct scale_case *ret_case);

/* Our policy, or with @original decide_replicas of the first SMO, cluster by cluster. */
struct scale_result scale_case_decide(struct arena *a, const struct scale_case *c, bool original,
				      int64_t now);
