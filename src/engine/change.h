// SPDX-License-Identifier: Apache-2.0
/*
 * A change of one graph: deploy, start, stop, remove, re-place, trigger, scale, roll back, resume.
 *
 * All are one pipeline with other inputs: observe, decide (place and plan), store, apply, settle.
 * change_decide() ends before anything is stored or touched: that is what `plan`, `diff` and
 * `explain` show.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "doc/problems.h"
#include "engine/apply.h"
#include "engine/engine.h"
#include "model/desired.h"
#include "model/graph.h"
#include "model/plan.h"
#include "model/snapshot.h"
#include "plan/place.h"

enum change_verb {
	CHANGE_DEPLOY, /* a new graph, or a new descriptor for one that is there */
	CHANGE_START,
	CHANGE_STOP,
	CHANGE_REMOVE,
	CHANGE_REPLACE,   /* decide the placement anew */
	CHANGE_TRIGGER,   /* an event came for `service` */
	CHANGE_UNTRIGGER, /* the events of `service` are over: it waits for them again */
	CHANGE_SCALE,
	CHANGE_ROLLBACK,
	CHANGE_RESUME, /* go on with what was interrupted; else repair drift */
};

const char *change_verb_name(enum change_verb verb); /* "re-place" */

struct replica_wish {
	const char *service;
	int64_t replicas; /* 0: none at all */
	bool give_back;   /* as if nobody had ever set them */
	const char *why;  /* for the plan, or NULL */
};

struct change {
	enum change_verb verb;
	const char *graph;                 /* name; CHANGE_DEPLOY: NULL, the descriptor says it */
	const char *project;               /* CHANGE_DEPLOY */
	struct node *descriptor;           /* CHANGE_DEPLOY: the whole document, any wrapping */
	const char *service;               /* CHANGE_TRIGGER, CHANGE_UNTRIGGER */
	int64_t revision;                  /* CHANGE_ROLLBACK: 0 is the one before the current */
	const struct replica_wish *wishes; /* CHANGE_SCALE */
	size_t n_wishes;
	const char *by;                       /* CHANGE_SCALE: who wishes it; NULL: "hand" */
	const char *policy;                   /* of placement, or NULL */
	const struct placement_intent *asked; /* by this request, or NULL */
	const char *message;                  /* for the history, or NULL */
	bool create_only;                     /* refuse a graph that is there */
	bool wait;
	bool strict; /* unknown keys of the descriptor are errors */
	bool allow_data_loss, allow_cluster_scoped;
	bool rollback_on_failure;
	const struct snapshot *given; /* decide on this world instead of the live one */
	const struct plan *approved;  /* refuse when the plan would be another one */
};

struct decision {
	struct graph graph;
	struct node *descriptor; /* value of hdaGraph */
	const char *project;
	bool is_new;
	int64_t revision;      /* current one; 0 when new */
	bool new_revision;     /* the descriptor differs from the stored one */
	enum change_verb verb; /* CHANGE_RESUME turned into what it resumes */
	struct snapshot snapshot;
	struct placement placement;
	bool placement_kept; /* the stored one still fits */
	struct place_why why;
	struct desired desired;
	struct plan plan;
	struct node *pins;                    /* service -> chart digest */
	const struct apply_skip *passed_over; /* optional steps that failed: it is Degraded */
	size_t n_passed_over;
	bool cluster_scoped; /* charts may make objects outside of the project */
	enum err_kind cause; /* of the step that failed, when one did */
};

/*
 * Read, check, observe, place, plan.  @ps collects warnings and notes about the descriptor (and its
 * errors, which also come back as the error).
 */
struct err *change_decide(struct engine *e, struct arena *a, const struct change *c,
			  struct problems *ps, struct decision *ret_decision) must_check;

/*
 * Decide and carry out under the graph's lock.  @ret_decision is filled as far as it got.  On
 * failure the journal says what was done; `smo graph resume` goes on.
 */
struct err *change_run(struct engine *e, struct arena *a, const struct change *c,
		       struct problems *ps, struct decision *ret_decision) must_check;
