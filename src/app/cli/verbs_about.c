// SPDX-License-Identifier: Apache-2.0
/* What the program tells about itself: help, man page, schema, completion, version. */
#include <stdio.h>

#include "app/app.h"
#include "app/cli/args.h"
#include "app/cli/completion.h"
#include "app/cli/help.h"
#include "app/cli/man.h"
#include "app/cli/output.h"
#include "app/cli/verbs.h"
#include "app/wire.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/node.h"
#include "doc/schema.h"
#include "model/graph.h"

static struct err *version_run(struct app *app)
{
	struct node *doc = node_new(app->arena, NODE_MAP);

	node_set_str(app->arena, doc, "name", app->program);
	node_set_str(app->arena, doc, "version", SMO_VERSION);
	output_text(app, doc, arena_printf(app->arena, "%s %s", app->program, SMO_VERSION));
	return NULL;
}

static struct err *help_run(struct app *app)
{
	const struct args *args = app->args;
	const struct verb *v = NULL;
	size_t used = 0;

	if (args->operands.n) {
		v = verb_find(args->operands.at, args->operands.n, &used);
		if (!v || used < args->operands.n)
			return err_hint(app->arena,
					err_new(app->arena, ERR_INPUT, "there is no command '%s'",
						args->operands.at[used]),
					"See the list of commands with --help.");
	}
	fputs(args_flag(args, "man") ? man_text(app->arena, v)
				     : help_text(app->arena, app->program, v),
	      app->out);
	return NULL;
}

static struct err *schema_run(struct app *app)
{
	struct node *doc =
		schema_of(app->arena, &descriptor_shape, "urn:smo:hdag", "HDAG descriptor");

	if (app->form != OUTPUT_YAML)
		app->form = OUTPUT_JSON;
	output_text(app, doc, "");
	return NULL;
}

static struct err *completion_run(struct app *app)
{
	fputs(completion_script(args_operand(app->args, 0)), app->out);
	return NULL;
}

/* ---- complete: what the shells' scripts call ---- */

static void print_word(struct app *app, const char *typed, const char *word)
{
	if (word && str_starts(word, typed))
		fprintf(app->out, "word\t%s\n", str_printable(app->arena, word, false));
}

/* Names from the state; without a state there are none, and nobody to tell. */
static void print_names(struct app *app, enum arg_kind kind, const char *typed)
{
	struct store_port *s = &app->ports.store;
	struct graph_row *graphs = NULL;
	struct cluster_row *clusters = NULL;
	struct service_row *services = NULL;
	size_t n = 0, n_services = 0;

	if (wire_names(app))
		return;
	if (kind == ARG_CLUSTER && !s->cluster_list(s->self, app->arena, &clusters, &n))
		for (size_t i = 0; i < n; i++)
			print_word(app, typed, clusters[i].name);
	if (kind == ARG_CLUSTER || s->graph_list(s->self, app->arena, NULL, &graphs, &n))
		return;
	for (size_t i = 0; i < n; i++) {
		if (kind == ARG_GRAPH)
			print_word(app, typed, graphs[i].name);
		if (kind == ARG_PROJECT &&
		    (!i || !str_eq(graphs[i].project, graphs[i - 1].project)))
			print_word(app, typed, graphs[i].project);
		if (kind == ARG_SERVICE &&
		    !s->service_list(s->self, app->arena, graphs[i].name, &services, &n_services))
			for (size_t k = 0; k < n_services; k++)
				print_word(app, typed, services[k].name);
	}
}

static struct err *complete_run(struct app *app)
{
	const struct args *args = app->args;
	struct candidates found = {0};

	completion_of(app->arena, args->operands.at, args->operands.n, &found);
	for (size_t i = 0; i < found.list.n; i++) {
		const char *help = found.list.at[i].help;
		fprintf(app->out, "word\t%s%s%s\n", found.list.at[i].word, help ? "\t" : "",
			help ? help : "");
	}
	if (found.names != ARG_NONE)
		print_names(app, found.names, args->operands.at[args->operands.n - 1]);
	fputs(found.files ? "files\n" : found.dirs ? "dirs\n" : "", app->out);
	return NULL;
}

static const char *const shells[] = {"bash", "zsh", NULL};

const struct verb verbs_about[] = {
	{.path = "schema",
	 .brief = "print the JSON Schema of descriptors",
	 .bare = true,
	 .examples = {{"schema > hdag.schema.json", "for an editor"}},
	 .run = schema_run},
	{.path = "completion",
	 .brief = "print the completion script of a shell",
	 .operands = {{"SHELL", ARG_WORD, "shell: bash or zsh", .words = shells}},
	 .examples = {{"completion bash > ~/.local/share/bash-completion/completions/smo",
		       "Install it for yourself"}},
	 .bare = true,
	 .run = completion_run},
	{.path = "complete",
	 .brief = "tell the shell what could come next",
	 .operands = {{"WORD", ARG_TEXT, "words typed so far", ARG_OPTIONAL | ARG_REPEAT}},
	 .hidden = true,
	 .raw = true,
	 .run = complete_run},
	{.path = "help",
	 .brief = "show help on a command",
	 .operands = {{"COMMAND", ARG_TEXT, "words of the command", ARG_OPTIONAL | ARG_REPEAT}},
	 .options = {OPTIONS({"man", .help = "as a man page (roff)"})},
	 .bare = true,
	 .examples = {{"help graph deploy", NULL}},
	 .run = help_run},
	{.path = "version",
	 .brief = "print the version",
	 .bare = true,
	 .examples = {{"version -o json", NULL}},
	 .run = version_run},
	{0},
};
