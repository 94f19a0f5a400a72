// SPDX-License-Identifier: Apache-2.0
/*
 * Where rules and dashboards may lie.  The places are remembered with the graph before anything is
 * put there, and after the graph until nothing is left: settings may change, and who keeps them may
 * be away.
 *
 * A list of places is a document: [{kind: Dashboard, place: "files:/srv/boards"}, ...].
 */
#pragma once

#include "base/attr.h"
#include "engine/change.h"
#include "engine/signals.h"

/* The kind of a due row: take away what is left of a graph that is gone or stopped. */
#define DUE_UNWATCH "unwatch"

/* Fill @s->left from the places of @graph where such objects go no more. */
struct err *watched_look(struct engine *e, struct arena *a, const char *graph, struct snapshot *s)
	must_check;

/* The places of the graph of @d from now on, those of its due rows included, which are deleted. */
struct err *watched_begin(struct engine *e, struct arena *a, const struct decision *d,
			  struct node **ret_places) must_check;

/* Those of @places where something is, or may be, after @d was carried out. */
struct node *watched_end(struct engine *e, struct arena *a, const struct decision *d,
			 const struct node *places);

/* @places still hold something of a graph that is to have nothing there: try again later. */
struct err *watched_later(struct engine *e, struct arena *a, const char *graph,
			  const struct node *places) must_check;

/*
 * Take away what is left of graphs that are gone or stopped.  All is tried; deeds tell what was
 * done or why it was not; the first failure is the error.
 */
struct err *watched_retry(struct engine *e, struct arena *a, struct signal_report *report)
	must_check;

/* Dashboards of clusters: forget them in all places but today's, and remember that one. */
struct err *watched_boards(struct engine *e, struct arena *a, const char *instance,
			   size_t *ret_removed) must_check;
