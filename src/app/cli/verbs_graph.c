// SPDX-License-Identifier: Apache-2.0
/* Graphs and clusters, as the state knows them: no world is needed. */
#include "app/app.h"
#include "app/cli/args.h"
#include "app/cli/output.h"
#include "app/cli/term.h"
#include "app/cli/verbs.h"
#include "app/views.h"
#include "app/wire.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/node.h"
#include "doc/yaml.h"

static struct err *graph_doc(struct app *app, const struct graph_row *row, struct node **ret_doc)
{
	struct store_port *s = &app->ports.store;
	struct service_row *services = NULL;
	size_t n = 0;

	TRY(s->service_list(s->self, app->arena, row->name, &services, &n));
	*ret_doc = view_graph(app->arena, row, services, n);
	return NULL;
}

static struct err *list_run(struct app *app)
{
	const char *project = args_text(app->args, "project");
	struct store_port *s = &app->ports.store;
	struct node *list = node_new(app->arena, NODE_LIST);
	struct view view = graphs_view;
	struct graph_row *rows = NULL;
	size_t n = 0;

	TRY(app->form == OUTPUT_WIDE ? wire_clock(app) : wire_store(app));
	TRY(s->graph_list(s->self, app->arena, project, &rows, &n));
	for (size_t i = 0; i < n; i++) {
		struct node *doc = NULL;

		TRY(graph_doc(app, &rows[i], &doc));
		node_add(list, doc);
	}
	view.empty = project ? arena_printf(app->arena, "No graphs found in project '%s'.", project)
			     : "No graphs found.";
	output_print(app, list, &view);
	return NULL;
}

static struct err *describe_run(struct app *app)
{
	struct store_port *s = &app->ports.store;
	struct graph_row row = {0};
	struct node *doc = NULL;

	TRY(wire_store(app));
	TRY(s->graph_get(s->self, app->arena, args_operand(app->args, 0), &row));
	TRY(graph_doc(app, &row, &doc));
	if (output_is_data(app)) {
		output_text(app, doc, "");
		return NULL;
	}
	output_panel(app, doc, &graph_panel);
	view_say_conditions(app, doc);
	term_say(app, "%s", "");
	output_print(app, doc, &services_view);
	term_say(app, "\nHDAG Descriptor\n%s", yaml_write(app->arena, row.descriptor));
	return NULL;
}

static struct err *add_operations(struct app *app, const char *graph, struct node *list)
{
	struct store_port *s = &app->ports.store;
	struct operation_row *rows = NULL;
	size_t n = 0;

	TRY(s->operation_list(s->self, app->arena, graph, args_int(app->args, "limit"), &rows, &n));
	for (size_t i = n; i > 0; i--) {
		struct step_row *steps = NULL;
		size_t n_steps = 0;

		TRY(s->step_list(s->self, app->arena, rows[i - 1].id, &steps, &n_steps));
		node_add(list, view_operation(app->arena, &rows[i - 1], steps, n_steps));
	}
	return NULL;
}

static struct err *history_run(struct app *app)
{
	const char *name = args_operand(app->args, 0);
	struct store_port *s = &app->ports.store;
	struct node *doc = node_new(app->arena, NODE_MAP);
	struct revision_row *rows = NULL;
	struct graph_row row = {0};
	size_t n = 0;

	TRY(wire_store(app));
	/* A graph that was removed still has its operations. */
	struct err *gone = s->graph_get(s->self, app->arena, name, &row);
	if (gone && gone->kind != ERR_NOT_FOUND)
		return gone;
	TRY(s->revision_list(s->self, app->arena, name, &rows, &n));
	struct node *revisions = node_list_in(app->arena, doc, "revisions");
	for (size_t i = 0; i < n; i++)
		node_add(revisions, view_revision(app->arena, &rows[i]));
	TRY(add_operations(app, name, node_list_in(app->arena, doc, "operations")));
	if (gone && !node_count(node_get(doc, "operations")))
		return gone;
	output_print(app, doc, &revisions_view);
	if (!output_is_data(app) && node_count(node_get(doc, "operations"))) {
		term_say(app, "%s", "");
		output_print(app, doc, &operations_view);
	}
	return NULL;
}

struct err *verb_cluster_list(struct app *app)
{
	struct store_port *s = &app->ports.store;
	struct node *list = node_new(app->arena, NODE_LIST);
	struct view view = clusters_view;
	struct cluster_row *rows = NULL;
	size_t n = 0;

	TRY(app->form == OUTPUT_WIDE ? wire_clock(app) : wire_store(app));
	TRY(s->cluster_list(s->self, app->arena, &rows, &n));
	for (size_t i = 0; i < n; i++)
		node_add(list, view_cluster(app->arena, &rows[i]));
	view.empty =
		arena_printf(app->arena, "WARNING: No clusters found. Run '%s cluster sync' first.",
			     app->program);
	output_print(app, list, &view);
	return NULL;
}

const struct verb verbs_graph[] = {
	{.path = "graph", .brief = "graphs: applications made of services"},
	{.path = "cluster", .brief = "clusters of the federation"},
	{.path = "graph list",
	 .brief = "list the graphs and their states",
	 .options = {OPTIONS(
		 {"project", ARG_PROJECT, "PROJECT", "only those of this project", .letter = 'p'})},
	 .examples = {{"graph list -o json", "The same for programs"}},
	 .run = list_run},
	{.path = "graph describe",
	 .brief = "show a graph, its services and its descriptor",
	 .operands = {{"NAME", ARG_GRAPH, "graph to show"}},
	 .examples = {{"graph describe shop -o yaml", "everything that is stored of it"}},
	 .run = describe_run},
	{.path = "graph history",
	 .brief = "show the revisions of a graph and what was done to it",
	 .operands = {{"NAME", ARG_GRAPH, "graph to show"}},
	 .options = {OPTIONS({"limit", ARG_INT, "N", "most operations to show", "20"})},
	 .examples = {{"graph history shop", "revisions and operations"}},
	 .run = history_run},
	{.path = "cluster list",
	 .brief = "list the clusters as they were at the last sync",
	 .examples = {{"cluster list -o wide", "with what they cost"}},
	 .run = verb_cluster_list},
	{0},
};
