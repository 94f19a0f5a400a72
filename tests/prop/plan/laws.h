// SPDX-License-Identifier: Apache-2.0
/*
 * The laws of the plan room, checked on one case: a graph, a snapshot, and what is asked for.
 *
 * The golden plans and the random worlds share them.  Whatever can be told from plan and snapshot
 * alone is looked at here without help from the code under test, but for plan/simulate.h.
 */
#pragma once

#include "model/desired.h"
#include "model/graph.h"
#include "model/plan.h"
#include "model/snapshot.h"
#include "plan/make.h"
#include "plan/place.h"

struct arena;
struct err;

struct law_case {
	struct arena *a;
	struct graph g; /* intents applied, services sorted */
	struct snapshot s;
	struct place_options place;
	struct make_options make;
};

struct outcome {
	struct placement placement;
	struct place_why why;
	struct desired desired;
	struct plan plan;
	struct err *err;
};

/* Place (unless the graph stops or goes) and plan. */
struct outcome law_decide(const struct law_case *c);

/* The snapshot after the plan, with the state that the store would hold by then. */
struct snapshot law_after(const struct law_case *c, const struct outcome *o);

/* The first law that @o breaks, in words, or NULL. */
const char *law_broken(const struct law_case *c, const struct outcome *o);

void law_sort(struct graph *g);
