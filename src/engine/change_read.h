// SPDX-License-Identifier: Apache-2.0
/* What a change is about: the descriptor, the stored graph, what may not be. */
#pragma once

#include "engine/change.h"

/* The descriptor that the store keeps of a graph, as a graph.  ERR_INPUT when it is none. */
struct err *change_stored_graph(struct arena *a, const struct graph_row *row,
				struct graph *ret_graph) must_check;

/*
 * Fill graph, descriptor, project, revision, pins, verb and is_new of @d from the request and the
 * store.  Refuses: a descriptor with errors, a graph that is (not) there, another project's
 * graph or service of that name, a project that belongs to the system, a state that does not allow
 * the verb.
 */
struct err *change_read(struct engine *e, struct arena *a, const struct change *c,
			struct problems *ps, struct decision *d) must_check;
