// SPDX-License-Identifier: Apache-2.0
/* Verbs that need no world: the state, the settings, and SMO itself. */
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/cli/args.h"
#include "app/cli/completion.h"
#include "app/cli/help.h"
#include "app/cli/man.h"
#include "app/cli/output.h"
#include "app/cli/term.h"
#include "app/cli/verbs.h"
#include "app/settings.h"
#include "app/wire.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/schema.h"
#include "doc/yaml.h"
#include "drive/file.h"
#include "drive/sim.h"
#include "model/graph.h"

/* ---- init, config ---- */

static struct err *write_new(struct app *app, const char *path, const char *text)
{
	return access(path, F_OK) == 0 ? NULL
				       : file_write(app->arena, path, 0600, text, strlen(text));
}

static struct err *copy_world(struct app *app)
{
	const char *from = args_operand(app->args, 0), *text = sim_default;
	const char *to = file_join(app->arena, app->dir, "world.yaml");
	size_t size = 0;

	if (from)
		TRY(file_read(app->arena, from, 16 << 20, &text, &size));
	return from ? file_write(app->arena, to, 0600, text, size) : write_new(app, to, text);
}

static struct err *init_run(struct app *app)
{
	bool sim = args_flag(app->args, "sim");
	const char *config = file_join(app->arena, app->dir, "config.yaml");

	if (args_operand(app->args, 0) && !sim)
		return err_new(app->arena, ERR_INPUT, "a world file goes with --sim");
	TRY(file_make_dirs(app->arena, app->dir, 0700));
	if (sim && access(config, F_OK) == 0 &&
	    !str_eq(settings_text(app->settings, "world"), "simulated"))
		return err_hint(app->arena,
				err_new(app->arena, ERR_CONFLICT,
					"'%s' is set up for a real control plane", app->dir),
				"Use another directory (--dir) for a simulated one.");
	TRY(write_new(app, config, settings_template(app->arena, app->dir, sim)));
	if (sim)
		TRY(copy_world(app));
	TRY(wire_store_create(app));
	term_success(app, "Initialization complete.");
	return NULL;
}

static const struct view origins_view = {
	.title = "Settings",
	.name = "key",
	.columns =
		(const struct column[]){
			{"Key", "key"},
			{"Value", "value", .if_missing = "-"},
			{"Origin", "origin"},
			{"Where", "where", COLUMN_WIDE},
			{"Meaning", "help", COLUMN_WIDE},
			{0},
		},
};

static struct err *config_run(struct app *app)
{
	struct node *doc = settings_document(app->arena, app->settings);

	if (args_flag(app->args, "origin")) {
		output_print(app, settings_origins(app->arena, app->settings), &origins_view);
		return NULL;
	}
	output_text(app, doc,
		    arena_printf(app->arena, "Current configuration:\n%s",
				 yaml_write(app->arena, doc)));
	return NULL;
}

/* ---- what the store knows ---- */

static const struct view clusters_view = {
	.title = "Clusters",
	.empty = "No clusters found. Run 'smo-cli cluster sync' first.",
	.columns =
		(const struct column[]){
			{"Name", "name"},
			{"Location", "location", .if_missing = "Unknown"},
			{"CPU (Avail)", "availableCpu", COLUMN_RIGHT},
			{"RAM (Avail)", "availableRam", COLUMN_RIGHT},
			{"Status", "status", COLUMN_STATUS},
			{"GPU", "acceleration", .if_true = "Yes", .if_false = "No"},
			{"Cordoned", "cordoned", COLUMN_WIDE, .if_true = "Yes", .if_false = "No"},
			{0},
		},
};

struct err *verb_cluster_list(struct app *app)
{
	struct store_port *st = &app->ports.store;
	struct cluster_row *rows;
	struct node *list = node_new(app->arena, NODE_LIST);
	size_t n;

	TRY(wire_store(app));
	TRY(st->cluster_list(st->self, app->arena, &rows, &n));
	for (size_t i = 0; i < n; i++) {
		struct node *o = node_add(list, node_new(app->arena, NODE_MAP));
		struct node *cpu = node_new(app->arena, NODE_REAL);

		cpu->real = rows[i].available_cpu;
		node_set_str(app->arena, o, "name", rows[i].name);
		node_set_str(app->arena, o, "location", rows[i].location);
		node_set(o, "availableCpu", cpu);
		node_set_str(app->arena, o, "availableRam", rows[i].available_ram);
		node_set_str(app->arena, o, "status",
			     rows[i].gone           ? "Gone"
			     : rows[i].availability ? "Ready"
						    : "Not Ready");
		node_set_bool(app->arena, o, "acceleration", rows[i].acceleration);
		node_set_bool(app->arena, o, "cordoned", rows[i].cordoned);
	}
	output_print(app, list, &clusters_view);
	return NULL;
}

static const struct view graphs_view = {
	.title = "Deployed Graphs",
	.columns =
		(const struct column[]){
			{"Name", "name"},
			{"Project", "project"},
			{"Status", "status", COLUMN_STATUS},
			{"Services", "services", COLUMN_RIGHT | COLUMN_COUNT},
			{"Revision", "revision", COLUMN_RIGHT | COLUMN_WIDE},
			{"Updated", "updated", COLUMN_AGE | COLUMN_WIDE},
			{0},
		},
};

static struct node *services_of(struct app *app, const struct service_row *rows, size_t n)
{
	struct node *list = node_new(app->arena, NODE_LIST);

	for (size_t i = 0; i < n; i++) {
		struct node *o = node_add(list, node_new(app->arena, NODE_MAP));
		const struct text_pair texts[] = {
			{"name", rows[i].name},
			{"status", rows[i].status},
			{"cluster_affinity", rows[i].cluster_affinity},
			{"artifact_ref", rows[i].artifact_ref},
			{"artifact_type", rows[i].artifact_type},
			{"artifact_implementer", rows[i].artifact_implementer},
			{"cpu", rows[i].cpu},
			{"memory", rows[i].memory},
			{"storage", rows[i].storage},
			{"gpu", rows[i].gpu},
			{"grafana", rows[i].grafana},
			{"digest", rows[i].digest},
		};

		for (size_t k = 0; k < countof(texts); k++)
			node_set(o, texts[k].key, node_new_str(app->arena, texts[k].value));
		if (rows[i].values_overwrite)
			node_set(o, "values_overwrite",
				 node_copy(app->arena, rows[i].values_overwrite));
	}
	return list;
}

static struct err *graph_node(struct app *app, const struct graph_row *row, bool whole,
			      struct node **ret)
{
	struct store_port *st = &app->ports.store;
	struct node *o = node_new(app->arena, NODE_MAP);
	struct service_row *rows;
	size_t n;

	TRY(st->service_list(st->self, app->arena, row->name, &rows, &n));
	node_set_str(app->arena, o, "name", row->name);
	node_set_str(app->arena, o, "project", row->project);
	node_set_str(app->arena, o, "status", row->status);
	node_set(o, "grafana", node_new_str(app->arena, row->grafana));
	node_set_int(app->arena, o, "revision", row->revision);
	node_set_int(app->arena, o, "updated", row->updated);
	node_set(o, "services", services_of(app, rows, n));
	if (whole) {
		node_set(o, "hdaGraph", node_copy(app->arena, row->descriptor));
		node_set(o, "placement",
			 row->placement ? node_copy(app->arena, row->placement)
					: node_new(app->arena, NODE_NULL));
	}
	*ret = o;
	return NULL;
}

static struct err *list_run(struct app *app)
{
	struct store_port *st = &app->ports.store;
	const char *project = args_text(app->args, "project");
	struct node *list = node_new(app->arena, NODE_LIST), *o;
	struct view view = graphs_view;
	struct graph_row *rows;
	size_t n;

	TRY(wire_store(app));
	TRY(st->graph_list(st->self, app->arena, project, &rows, &n));
	for (size_t i = 0; i < n; i++) {
		TRY(graph_node(app, &rows[i], false, &o));
		node_add(list, o);
	}
	view.empty = project ? arena_printf(app->arena, "No graphs found in project '%s'.", project)
			     : "No graphs found.";
	output_print(app, list, &view);
	return NULL;
}

static const struct view details_view = {
	.title = "Graph Details",
	.columns = (const struct column[]){{"Name", "name"},
					   {"Project", "project"},
					   {"Status", "status", COLUMN_STATUS},
					   {"Grafana", "grafana", .if_missing = "N/A"},
					   {0}},
};

static const struct view services_view = {
	.title = "Services",
	.rows = "services",
	.columns = (const struct column[]){{"Service Name", "name"},
					   {"Status", "status", COLUMN_STATUS},
					   {"Cluster Affinity", "cluster_affinity",
					    .if_missing = "N/A"},
					   {"Artifact", "artifact_ref"},
					   {0}},
};

static struct err *describe_run(struct app *app)
{
	struct store_port *st = &app->ports.store;
	const char *name = args_operand(app->args, 0);
	struct graph_row row;
	struct node *doc;

	TRY(wire_store(app));
	struct err *e = st->graph_get(st->self, app->arena, name, &row);
	if (e && e->kind == ERR_NOT_FOUND)
		return err_new(app->arena, ERR_NOT_FOUND, "Graph '%s' not found", name);
	TRY(e);
	TRY(graph_node(app, &row, true, &doc));
	output_panel(app, doc, &details_view);
	output_print(app, doc, &services_view);
	if (!output_is_data(app))
		term_say(app, "HDAG Descriptor\n%s", yaml_write(app->arena, row.descriptor));
	return NULL;
}

static const struct view history_view = {
	.title = "Revisions",
	.name = "revision",
	.empty = "No revisions.",
	.columns = (const struct column[]){{"Revision", "revision", COLUMN_RIGHT},
					   {"Created", "created", COLUMN_TIME},
					   {"Message", "message"},
					   {0}},
};

static struct err *history_run(struct app *app)
{
	struct store_port *st = &app->ports.store;
	struct node *list = node_new(app->arena, NODE_LIST);
	struct graph_row graph;
	struct revision_row *rows;
	size_t n;

	TRY(wire_store(app));
	struct err *e = st->graph_get(st->self, app->arena, args_operand(app->args, 0), &graph);
	if (e && e->kind == ERR_NOT_FOUND)
		return err_new(app->arena, ERR_NOT_FOUND, "Graph '%s' not found",
			       args_operand(app->args, 0));
	TRY(e);
	TRY(st->revision_list(st->self, app->arena, graph.name, &rows, &n));
	for (size_t i = 0; i < n; i++) {
		struct node *o = node_add(list, node_new(app->arena, NODE_MAP));

		node_set_int(app->arena, o, "revision", rows[i].number);
		node_set_int(app->arena, o, "created", rows[i].created);
		node_set_str(app->arena, o, "message", rows[i].message);
		if (rows[i].placement)
			node_set(o, "placement", node_copy(app->arena, rows[i].placement));
		if (rows[i].pins)
			node_set(o, "pins", node_copy(app->arena, rows[i].pins));
	}
	output_print(app, list, &history_view);
	return NULL;
}

static const struct view events_view = {
	.title = "Events",
	.name = "id",
	.empty = "No events.",
	.columns = (const struct column[]){{"Time", "time", COLUMN_TIME},
					   {"Graph", "graph"},
					   {"Service", "service", .if_missing = "-"},
					   {"Type", "type", COLUMN_WIDE},
					   {"Reason", "reason"},
					   {"Message", "message"},
					   {0}},
};

static struct err *events_run(struct app *app)
{
	struct store_port *st = &app->ports.store;
	const struct event_filter filter = {
		.graph = args_operand(app->args, 0),
		.after_id = args_int(app->args, "after"),
	};
	struct node *list = node_new(app->arena, NODE_LIST);
	struct event_row *rows;
	size_t n;

	TRY(wire_store(app));
	TRY(st->event_list(st->self, app->arena, &filter, &rows, &n));
	for (size_t i = 0; i < n; i++) {
		struct node *o = node_add(list, node_new(app->arena, NODE_MAP));

		node_set_int(app->arena, o, "id", rows[i].id);
		node_set_int(app->arena, o, "time", rows[i].time);
		node_set(o, "graph", node_new_str(app->arena, rows[i].graph));
		node_set(o, "service", node_new_str(app->arena, rows[i].service));
		node_set(o, "operation", node_new_str(app->arena, rows[i].operation));
		node_set_str(app->arena, o, "type", rows[i].type);
		node_set_str(app->arena, o, "reason", rows[i].reason);
		node_set_str(app->arena, o, "message", rows[i].message);
	}
	output_print(app, list, &events_view);
	return NULL;
}

/* ---- SMO itself ---- */

static struct err *version_run(struct app *app)
{
	struct node *doc = node_new(app->arena, NODE_MAP);

	node_set_str(app->arena, doc, "version", SMO_VERSION);
	output_text(app, doc, "smo " SMO_VERSION);
	return NULL;
}

static struct err *schema_run(struct app *app)
{
	struct node *doc = schema_of(app->arena, &graph_shape, "urn:smo:hdaGraph",
				     "Hyper Distributed Application Graph");

	if (app->form != OUTPUT_YAML)
		app->form = OUTPUT_JSON;
	output_print(app, doc, NULL);
	return NULL;
}

static struct err *completion_run(struct app *app)
{
	const char *script =
		completion_script(app->arena, args_operand(app->args, 0), app->program);

	if (!script)
		return err_new(app->arena, ERR_INPUT, "no completion for '%s': bash or zsh",
			       args_operand(app->args, 0));
	fputs(script, app->out);
	return NULL;
}

static struct err *help_run(struct app *app)
{
	const char *const *words = (const char *const *)app->args->operands.at;
	size_t used = 0;
	const struct verb *v =
		app->args->operands.n ? verb_find(words, app->args->operands.n, &used) : NULL;

	if (app->args->operands.n && !v)
		return err_new(app->arena, ERR_NOT_FOUND, "there is no command '%s'", words[0]);
	fputs(args_flag(app->args, "man") ? man_text(app->arena, v)
					  : help_text(app->arena, app->program, v),
	      app->out);
	return NULL;
}

const struct verb verbs_state[] = {
	{.path = "init",
	 .brief = "make the state directory, its settings and its database",
	 .operands = {{"WORLD", ARG_FILE, .help = "world file, with --sim", .flags = ARG_OPTIONAL}},
	 .options = {OPTIONS({"sim", .help = "orchestrate a simulated federation"})},
	 .examples = {{"init", "for a Karmada control plane"},
		      {"init --sim", "to try it without one"}},
	 .run = init_run},
	{.path = "config",
	 .aliases = {"config show"},
	 .brief = "show the settings, secrets masked",
	 .options = {OPTIONS({"origin", .help = "say where each value comes from"})},
	 .run = config_run},
	{.path = "cluster list",
	 .brief = "list the clusters as they were at the last sync",
	 .run = verb_cluster_list},
	{.path = "graph list",
	 .brief = "list the graphs",
	 .options = {OPTIONS(
		 {"project", ARG_PROJECT, "PROJECT", "only of this project", .letter = 'p'})},
	 .run = list_run},
	{.path = "graph describe",
	 .brief = "show what is stored about a graph",
	 .operands = {{"NAME", ARG_GRAPH, .help = "name of the graph"}},
	 .run = describe_run},
	{.path = "graph history",
	 .brief = "list the revisions of a graph",
	 .operands = {{"NAME", ARG_GRAPH, .help = "name of the graph"}},
	 .run = history_run},
	{.path = "events",
	 .brief = "list what happened",
	 .operands = {{"GRAPH", ARG_GRAPH, .help = "only of this graph", .flags = ARG_OPTIONAL}},
	 .options = {OPTIONS({"after", ARG_INT, "ID", "only later ones than this"})},
	 .run = events_run},
	{.path = "schema", .brief = "print the JSON Schema of descriptors", .run = schema_run},
	{.path = "version", .brief = "print the version", .run = version_run},
	{.path = "completion",
	 .brief = "print a completion script for a shell",
	 .operands = {{"SHELL", ARG_TEXT, .help = "bash or zsh"}},
	 .run = completion_run},
	{.path = "help",
	 .brief = "show help for a command",
	 .operands = {{"COMMAND", ARG_TEXT, .help = "the command",
		       .flags = ARG_OPTIONAL | ARG_REPEAT}},
	 .options = {OPTIONS({"man", .help = "as a man page"})},
	 .run = help_run},
	{0},
};
