// SPDX-License-Identifier: Apache-2.0
/*
 * Where should each service run?
 *
 *     place        graph + snapshot + policy  ->  placement, with reasons      pure
 *     place_check  graph + snapshot + placement  ->  nothing, or what it breaks
 *
 * The optimiser is fast, clever and not trusted: place() runs its answer through place_check(),
 * which knows only the descriptor and the snapshot, before anybody sees it.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "model/graph.h"
#include "model/placement.h"
#include "model/snapshot.h"

struct arena;
struct err;

struct place_options {
	const char *policy; /* see place_policies; NULL: as descriptor or settings say */
	const struct placement_intent *settings; /* of the installation, or NULL */
	const struct placement_intent *asked;    /* by this request, or NULL */
	bool recover;         /* asked to place anew: also what waits for that (manual_trigger) */
	bool allow_data_loss; /* services with volumes may leave a living cluster */
	bool patient;         /* what waits for a node on its cluster may stay and wait */
	uint64_t budget;      /* work units of the optimiser; 0: its default */
	const atomic_bool *stop; /* or NULL */
};

/* One cluster, seen from one service. */
struct place_verdict {
	const char *cluster;
	bool chosen;
	const char *why_not; /* NULL: it may run there */
	const char *dearer;  /* what speaks against it when it may, or NULL */
	int64_t extra;       /* cost of going there instead, when it may; comparable only here */
};

struct place_reason {
	const char *service;
	bool decided;                   /* by us: not by its chart, nor held */
	bool divided;                   /* into its replicas: no single cluster is compared */
	const char *reason;             /* "stays on edge", "only cloud has nvidia.com/gpu" ... */
	const char *cost;               /* what it costs where it is, by term; NULL: nothing */
	const char *next_best;          /* the cheapest other cluster, or NULL */
	const char *next_best_why;      /* what it would cost more, by term */
	struct place_verdict *verdicts; /* [n_clusters of the snapshot], by name */
};

struct place_why {
	const char *policy;
	const char *policy_from; /* who said so: "default", "descriptor", "--policy" ... */
	const char *status;      /* optimal, feasible ... */
	int64_t cost, bound;
	uint64_t work; /* units that the optimiser took */
	double gap;
	struct place_reason *reasons; /* [n_services of the graph], same order */
	size_t n_reasons, n_clusters;
	const char **binding; /* "edge has no cpu left for more" */
	size_t n_binding;
	const char **notes; /* "storage is not checked: no cluster reports it" */
	size_t n_notes;
};

/*
 * Place every service of @g.  Services whose chart decides itself get no shares.  ERR_INFEASIBLE
 * says what is short, where and by how much; ret_why is filled as far as known even then.
 */
struct err *place(struct arena *a, const struct graph *g, const struct snapshot *s,
		  const struct place_options *o, struct placement *ret_placement,
		  struct place_why *ret_why) must_check;

/* ERR_INFEASIBLE when @p does not fit @s (any more), naming the first thing it breaks.  Whether a
 * move loses data is not looked at. */
struct err *place_check(struct arena *a, const struct graph *g, const struct snapshot *s,
			const struct placement *p) must_check;

/* True when the chart of @v decides the cluster itself: by policies of its own, in a static graph
 * or because they follow no value. */
bool place_is_static(const struct graph *g, const struct snapshot *s, const struct service *v);

/*
 * Replicas that @v shall have: by hand or scaler, by descriptor (deployment.replicas, else in
 * valuesOverwrite), as it runs now where that is not what the chart says, else 0 (the chart's
 * choice).  Those of a service that is divided between clusters: at least one for each.
 */
int64_t place_replicas(const struct snapshot *s, const struct service *v);

/*
 * Replicas that clusters must be told by an override: somebody said how many, and the chart has
 * another number and no value for it, so that each upgrade sets the template back for a moment.
 * -1: no need.
 */
int64_t place_pinned(const struct snapshot *s, const struct service *v);

/* True when @v was set to none at all: place_replicas() is what it keeps room for then. */
bool place_sleeps(const struct snapshot *s, const struct service *v);

/* Replicas that the descriptor itself says, 0 when it does not. */
int64_t place_said(const struct snapshot *s, const struct service *v);

/* True when replicas were set by hand or by a scaler, and the descriptor says another number than
 * it did then: the newer word counts. */
bool place_overruled(const struct snapshot *s, const struct service *v);
