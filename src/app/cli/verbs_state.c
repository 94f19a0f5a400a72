// SPDX-License-Identifier: Apache-2.0
/* The state directory, its settings, and what happened. */
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/cli/args.h"
#include "app/cli/output.h"
#include "app/cli/term.h"
#include "app/cli/verbs.h"
#include "app/settings.h"
#include "app/views.h"
#include "app/wire.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/yaml.h"
#include "drive/file.h"
#include "drive/sim.h"

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
	term_info(app,
		  access(config, F_OK) == 0 ? "'%s' is there already and is kept" : "writing '%s'",
		  config);
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

/* ---- events ---- */

static struct err *events_run(struct app *app)
{
	struct event_filter filter = {
		.graph = args_operand(app->args, 0),
		.after_id = args_int(app->args, "after"),
		.limit = args_int(app->args, "limit"),
	};
	struct store_port *s = &app->ports.store;
	struct node *list = node_new(app->arena, NODE_LIST);
	struct event_row *rows = NULL;
	size_t n = 0;

	if (filter.limit < 1 || filter.limit > 100000)
		return err_new(app->arena, ERR_INPUT, "--limit must be from 1 to 100000");
	if (!args_count(app->args, "after")) /* the newest */
		filter.limit = -filter.limit;
	TRY(wire_store(app));
	TRY(s->event_list(s->self, app->arena, &filter, &rows, &n));
	for (size_t i = 0; i < n; i++)
		node_add(list, view_event(app->arena, &rows[i]));
	output_print(app, list, &events_view);
	return NULL;
}

const struct verb verbs_state[] = {
	{.path = "events",
	 .brief = "show what happened",
	 .operands = {{"GRAPH", ARG_GRAPH, "only of this graph", ARG_OPTIONAL}},
	 .options = {OPTIONS({"after", ARG_INT, "ID", "only events after this one"},
			     {"limit", ARG_INT, "N", "most events to show", "100"})},
	 .examples = {{"events shop --limit 20", "the last twenty of one graph"}},
	 .run = events_run},
	{.path = "init",
	 .brief = "make the state directory, its settings and its database",
	 .text = "Makes the state directory, config.yaml with the default settings, and the "
		 "database.  What is there already is kept.\n\nWith --sim the federation is a "
		 "simulated one, described by a world file: nothing outside the state directory is "
		 "ever touched.",
	 .operands = {{"WORLD", ARG_FILE, "world file of the simulated federation", ARG_OPTIONAL}},
	 .options = {OPTIONS({"sim", .help = "orchestrate a simulated federation"})},
	 .examples = {{"init", "A state for a real Karmada control plane"},
		      {"--dir /tmp/try init --sim", "Something to play with"}},
	 .run = init_run},
	{.path = "config",
	 .aliases = {"config show"},
	 .brief = "show the settings in effect",
	 .text = "Shows the settings in effect; secrets are masked.  Defaults are overruled by "
		 "config.yaml in the state directory, that by the environment, and that by "
		 "options.",
	 .options = {OPTIONS({"origin", .help = "every setting with the place that decided it"})},
	 .examples = {{"config show --origin -o wide", "With the meaning of each setting"}},
	 .run = config_run},
	{0},
};
