// SPDX-License-Identifier: Apache-2.0
/*
 * Rows of the state as documents for people and programs, with the keys of the original's REST
 * API; and the tables that show them.
 */
#pragma once

#include <stddef.h>

#include "app/cli/output.h"
#include "base/attr.h"

struct app;
struct arena;
struct cluster_row;
struct err;
struct event_row;
struct graph_row;
struct node;
struct operation_row;
struct revision_row;
struct service_row;
struct step_row;

/*
 * name, project, status, grafana, hdaGraph, placement, services ...  `placement` is the original's
 * 0/1 matrix (rows: services; columns: `clusters`), null when nothing is placed; `replicas` is what
 * SMO itself knows: service -> cluster -> replicas.
 */
struct node *view_graph(struct arena *a, const struct graph_row *row,
			const struct service_row *services, size_t n);
struct node *view_cluster(struct arena *a, const struct cluster_row *row);
struct node *view_event(struct arena *a, const struct event_row *row);
struct node *view_revision(struct arena *a, const struct revision_row *row);
struct node *view_operation(struct arena *a, const struct operation_row *row,
			    const struct step_row *steps, size_t n);

extern const struct view graphs_view, graph_panel, services_view, clusters_view, events_view,
	revisions_view, operations_view;

/* In text form only: the conditions of a graph, one a line. */
void view_say_conditions(struct app *app, const struct node *doc);
