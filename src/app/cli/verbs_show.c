// SPDX-License-Identifier: Apache-2.0
/* Verbs that show what a change would do, and what is wrong with a descriptor. */
#include <string.h>

#include "app/app.h"
#include "app/cli/args.h"
#include "app/cli/changing.h"
#include "app/cli/decision_view.h"
#include "app/cli/output.h"
#include "app/cli/term.h"
#include "app/cli/verbs.h"
#include "app/descriptor.h"
#include "app/monitoring.h"
#include "app/wire.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/problems.h"
#include "engine/change.h"
#include "engine/engine.h"
#include "plan/check.h"
#include "plan/explain.h"

/* Only for verbs that carry nothing out. */
static const struct option showing[] = {
	{"snapshot", ARG_FILE, "FILE", "decide on this world instead of the live one"},
	{0},
};

static struct err *decide(struct app *app, enum change_verb verb, struct decision *ret)
{
	struct change c;
	struct engine e;
	struct problems ps = {.a = app->arena};

	if (verb == CHANGE_DEPLOY && !operand_is_descriptor(args_operand(app->args, 0)))
		verb = CHANGE_RESUME;
	TRY(change_of(app, verb, &c));
	if (c.given) {
		if (!c.project)
			c.project = c.given->project;
		TRY(verb == CHANGE_DEPLOY ? wire_store_or_none(app) : wire_store(app));
		e = (struct engine){.ports = &app->ports};
		TRY(monitoring_signals(app, &e.signals));
	} else {
		TRY(change_open_engine(app, &e));
	}
	struct err *err = change_decide(&e, app->arena, &c, &ps, ret);
	change_tell_problems(app, &ps);
	return err;
}

static struct err *plan_run(struct app *app)
{
	struct decision d;

	TRY(decide(app, CHANGE_DEPLOY, &d));
	const char *file = option_text(app, "out");
	struct node *doc = change_plan_document(app, &d.plan);
	if (file)
		TRY(decision_save(app, doc, file));
	output_text(app, doc, plan_text(app->arena, &d.plan));
	if (file)
		term_say(app, "Saved. Carry it out with `%s graph deploy --plan %s ...`.",
			 app->program, file);
	return option_flag(app, "detailed-exitcode") ? decision_changes(app, &d) : NULL;
}

static struct err *diff_run(struct app *app)
{
	struct decision d;

	TRY(decide(app, CHANGE_DEPLOY, &d));
	output_text(app, change_plan_document(app, &d.plan), decision_diff_text(app, &d));
	return option_flag(app, "detailed-exitcode") ? decision_changes(app, &d) : NULL;
}

static struct err *explain_run(struct app *app)
{
	struct decision d = {0};
	struct err *err = decide(app, CHANGE_DEPLOY, &d);

	if (d.why.n_reasons && d.why.reasons[0].reason)
		output_text(app, decision_why_document(app, &d),
			    explain_text(app->arena, d.graph.id, &d.placement, &d.why));
	return err;
}

static struct err *check_one(struct app *app, const char *ref, size_t *n_errors)
{
	struct problems ps = {.a = app->arena, .strict = option_flag(app, "strict")};
	struct graph g = {0};
	struct node *doc;

	TRY(descriptor_load(app, ref, &doc));
	graph_read(app->arena, doc, &g, &ps);
	if (g.n_services)
		graph_check(app->arena, &g, &ps);
	problems_sort(&ps);
	for (size_t i = 0; i < ps.list.n; i++)
		fprintf(app->err, "%s\n",
			str_printable(app->arena, problem_text(app->arena, &ps.list.at[i]), true));
	*n_errors += ps.n_errors;
	if (!ps.n_errors)
		term_success(app, "%s: graph '%s' is fine (%zu service%s%s).", ref, g.id,
			     g.n_services, g.n_services == 1 ? "" : "s",
			     ps.list.n ? ", see the notes" : "");
	return NULL;
}

static struct err *check_run(struct app *app)
{
	size_t n_errors = 0;

	for (size_t i = 0; i < app->args->operands.n; i++)
		TRY(check_one(app, app->args->operands.at[i], &n_errors));
	if (!n_errors)
		return NULL;
	return err_new(app->arena, ERR_INPUT, "%zu error%s", n_errors, n_errors == 1 ? "" : "s");
}
/* ---- the table ---- */

#define GRAPH_OR_DESCRIPTOR                                                                        \
	{                                                                                          \
		"GRAPH", ARG_FILE, .help = "a descriptor, or the name of a stored graph"           \
	}

const struct verb verbs_show[] = {
	{.path = "graph check",
	 .aliases = {"check"},
	 .brief = "find everything that is wrong with a descriptor",
	 .operands = {{"DESCRIPTOR", ARG_FILE, .help = "file, directory or \"-\"",
		       .flags = ARG_REPEAT}},
	 .options = {OPTIONS({"strict", .help = "unknown keys are errors"})},
	 .examples = {{"graph check app.yaml --strict", "unknown keys are errors"}},
	 .run = check_run},
	{.path = "graph plan",
	 .aliases = {"plan"},
	 .brief = "show what deploying would do, step by step, and why",
	 .operands = {GRAPH_OR_DESCRIPTOR},
	 .options = {options_deciding, showing,
		     OPTIONS({"out", ARG_FILE, "FILE", "save the plan, for deploy --plan"},
			     {"detailed-exitcode", .help = "exit with 8 when there are changes"})},
	 .examples = {{"graph plan app.yaml -p shop", "what would happen"},
		      {"graph plan app.yaml -p shop --snapshot world.yaml",
		       "without a network, and without a state"}},
	 .run = plan_run},
	{.path = "graph diff",
	 .aliases = {"diff"},
	 .brief = "show how the world differs from what is wanted",
	 .operands = {GRAPH_OR_DESCRIPTOR},
	 .options = {options_deciding, showing,
		     OPTIONS({"detailed-exitcode", .help = "exit with 8 when there are changes"})},
	 .examples = {{"graph diff app.yaml -p shop", "what would change in the control plane"}},
	 .run = diff_run},
	{.path = "graph explain",
	 .aliases = {"explain"},
	 .brief = "say why each service is where it is, and why not elsewhere",
	 .operands = {GRAPH_OR_DESCRIPTOR},
	 .options = {options_deciding, showing},
	 .examples = {{"graph explain shop",
		       "why every service is where it is, and why not elsewhere"}},
	 .run = explain_run},
	{0},
};
