// SPDX-License-Identifier: Apache-2.0
/* Verbs that change graphs. */
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/cli/args.h"
#include "app/cli/changing.h"
#include "app/cli/output.h"
#include "app/cli/term.h"
#include "app/cli/verbs.h"
#include "app/descriptor.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/bind.h"
#include "engine/change.h"
#include "engine/engine.h"

static struct err *run(struct app *app, const struct change *c, struct decision *ret)
{
	struct engine e;
	struct problems ps = {.a = app->arena};

	TRY(change_open_engine(app, &e));
	struct err *err = change_run(&e, app->arena, c, &ps, ret);
	change_tell_problems(app, &ps);
	return err;
}

static void tell_passed_over(struct app *app, const struct decision *d)
{
	const char *steps = arena_printf(app->arena, "%zu step%s", d->n_passed_over,
					 d->n_passed_over == 1 ? " was" : "s were");

	if (d->n_passed_over && d->verb == CHANGE_REMOVE)
		term_warning(app,
			     "%s passed over: what should have gone with them is left behind. "
			     "`%s tick` tries again.",
			     steps, app->program);
	else if (d->n_passed_over)
		term_warning(app,
			     "%s passed over: the graph is Degraded. `%s graph status %s` says "
			     "why, `%s graph resume %s` tries again.",
			     steps, app->program, d->graph.id, app->program, d->graph.id);
}

static void done(struct app *app, const struct decision *d, const char *text)
{
	struct node *doc = change_plan_document(app, &d->plan);

	if (output_is_data(app)) {
		output_text(app, doc, "");
		return;
	}
	for (size_t i = 0; i < d->plan.n_notes; i++)
		term_say(app, "note: %s", d->plan.notes[i]);
	tell_passed_over(app, d);
	if (!d->plan.n_steps && d->verb != CHANGE_REMOVE)
		term_say(app, "Nothing to do: the world is as it should be.");
	term_success(app, "%s", text);
}

static struct err *simple(struct app *app, enum change_verb verb, const char *format)
{
	struct change c;
	struct decision d;

	TRY(change_of(app, verb, &c));
	TRY(run(app, &c, &d));
	const char *name = d.graph.id;
	struct str text = {.a = app->arena};
	for (const char *p = format; *p; p++)
		if (*p == '@')
			str_add(&text, name);
		else
			str_add_n(&text, p, 1);
	done(app, &d, str_text(&text));
	return NULL;
}

static struct err *approved_plan(struct app *app, struct change *c)
{
	const char *file = option_text(app, "plan");
	struct plan *p = arena_new(app->arena, struct plan);
	struct problems ps = {.a = app->arena};
	struct node *doc;

	if (!file)
		return NULL;
	TRY(descriptor_load_document(app, file, &doc));
	bind_read(app->arena, &plan_shape, doc, p, &ps);
	TRY(problems_err(app->arena, &ps));
	c->approved = p;
	return NULL;
}

static struct err *deploy_run(struct app *app)
{
	struct change c;
	struct decision d;

	TRY(change_of(app, CHANGE_DEPLOY, &c));
	c.create_only = option_flag(app, "create-only");
	c.rollback_on_failure = option_flag(app, "rollback-on-failure");
	c.message = option_text(app, "message");
	TRY(approved_plan(app, &c));
	TRY(run(app, &c, &d));
	done(app, &d,
	     arena_printf(app->arena, "Successfully triggered deployment for graph '%s'.",
			  d.graph.id));
	return NULL;
}

/* Before the question: whose data would be lost. */
static struct err *warn_of_loss(struct app *app, enum change_verb verb)
{
	struct engine e;
	struct change c;
	struct decision d;
	struct problems ps = {.a = app->arena};

	TRY(change_of(app, verb, &c));
	TRY(change_open_engine(app, &e));
	TRY(change_decide(&e, app->arena, &c, &ps, &d));
	for (size_t i = 0; i < d.plan.n_steps; i++)
		if (d.plan.steps[i].loses_data)
			term_warning(app, "service '%s' keeps data in volumes: it is lost",
				     d.plan.steps[i].service);
	return NULL;
}

static struct err *stop_warn(struct app *app)
{
	return warn_of_loss(app, CHANGE_STOP);
}

static struct err *remove_warn(struct app *app)
{
	return warn_of_loss(app, CHANGE_REMOVE);
}

static struct err *start_run(struct app *app)
{
	return simple(app, CHANGE_START, "Graph '@' started successfully.");
}

static struct err *stop_run(struct app *app)
{
	return simple(app, CHANGE_STOP, "Graph '@' stopped successfully.");
}

static struct err *remove_run(struct app *app)
{
	return simple(app, CHANGE_REMOVE, "Graph '@' removed successfully.");
}

static struct err *replace_run(struct app *app)
{
	return simple(app, CHANGE_REPLACE, "Re-placement for graph '@' completed successfully.");
}

static struct err *resume_run(struct app *app)
{
	return simple(app, CHANGE_RESUME, "Graph '@' is as it should be.");
}

static struct err *trigger_run(struct app *app)
{
	struct change c;
	struct decision d;

	TRY(change_of(app, CHANGE_TRIGGER, &c));
	c.service = args_operand(app->args, 1);
	TRY(run(app, &c, &d));
	done(app, &d,
	     arena_printf(app->arena, "Service '%s' of graph '%s' triggered.", c.service,
			  d.graph.id));
	return NULL;
}

static struct err *rollback_run(struct app *app)
{
	struct change c;
	struct decision d;

	TRY(change_of(app, CHANGE_ROLLBACK, &c));
	c.revision = args_int(app->args, "to");
	c.message = option_text(app, "message");
	TRY(run(app, &c, &d));
	done(app, &d, arena_printf(app->arena, "Graph '%s' rolled back.", d.graph.id));
	return NULL;
}

/* ---- the table ---- */

#define NAME                                                                                       \
	{                                                                                          \
		"NAME", ARG_GRAPH, .help = "name of the graph"                                     \
	}
#define DESCRIPTOR                                                                                 \
	{                                                                                          \
		"DESCRIPTOR", ARG_FILE,                                                            \
			.help = "file, directory, \"-\", or artifact (oci://, http://, https://)"  \
	}

const struct verb verbs_change[] = {
	{.path = "graph deploy",
	 .aliases = {"deploy"},
	 .brief = "deploy a graph, or bring a deployed one up to its descriptor",
	 .operands = {DESCRIPTOR},
	 .options = {options_deciding, options_applying,
		     OPTIONS({"create-only", .help = "refuse a graph that is deployed already"},
			     {"plan", ARG_FILE, "FILE", "carry out this plan, or refuse"},
			     {"rollback-on-failure", .help = "undo everything when a step fails"},
			     {"message", ARG_TEXT, "TEXT", "for the history", .letter = 'm'})},
	 .examples = {{"graph deploy app.yaml --project shop --wait", "and wait until it runs"}},
	 .run = deploy_run},
	{.path = "graph start",
	 .brief = "start a stopped graph",
	 .operands = {NAME},
	 .options = {options_deciding, options_applying},
	 .examples = {{"graph start shop --wait", "and wait until it runs"}},
	 .run = start_run},
	{.path = "graph stop",
	 .brief = "take a graph's services down, keep what we know of it",
	 .text = "Services that keep data in volumes (claims, claim templates, folders of a "
		 "node) are named before the question: their data is lost.",
	 .operands = {NAME},
	 .options = {options_applying},
	 .confirm = "Are you sure you want to stop graph '%s'?",
	 .warn = stop_warn,
	 .examples = {{"graph stop shop --yes", "without a question"}},
	 .run = stop_run},
	{.path = "graph remove",
	 .brief = "remove a graph and all that was made for it",
	 .text = "Services that keep data in volumes (claims, claim templates, folders of a "
		 "node) are named before the question: their data is lost.",
	 .operands = {NAME},
	 .options = {options_applying},
	 .confirm = "Are you sure you want to remove graph '%s'?",
	 .warn = remove_warn,
	 .examples = {{"graph remove shop --yes", "without a question"}},
	 .run = remove_run},
	{.path = "graph re-place",
	 .brief = "decide anew where services run, and move what must move",
	 .operands = {NAME},
	 .options = {options_deciding, options_applying},
	 .examples = {{"graph re-place shop", "after clusters changed"}},
	 .run = replace_run},
	{.path = "graph trigger",
	 .brief = "deploy a service that waits for an event",
	 .operands = {NAME, {"SERVICE", ARG_SERVICE, .help = "the service"}},
	 .options = {options_deciding, options_applying},
	 .examples = {{"graph trigger shop image-detection", "as if its event had come"}},
	 .run = trigger_run},
	{.path = "graph rollback",
	 .brief = "go back to an earlier revision, with the very charts it had",
	 .operands = {NAME},
	 .options = {options_deciding, options_applying,
		     OPTIONS({"to", ARG_INT, "N", "revision; none: the one before the current"},
			     {"message", ARG_TEXT, "TEXT", "for the history", .letter = 'm'})},
	 .examples = {{"graph rollback shop --to 2", "back to the second revision"}},
	 .run = rollback_run},
	{.path = "graph resume",
	 .brief = "go on with what was interrupted, or repair what drifted",
	 .operands = {NAME},
	 .options = {options_deciding, options_applying},
	 .examples = {{"graph resume shop", "after an interruption"}},
	 .run = resume_run},
	{0},
};
