// SPDX-License-Identifier: Apache-2.0
/* Verbs that change graphs, and those that show what a change would do. */
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/cli/args.h"
#include "app/cli/decision_view.h"
#include "app/cli/output.h"
#include "app/cli/progress.h"
#include "app/cli/term.h"
#include "app/cli/verbs.h"
#include "app/descriptor.h"
#include "app/wire.h"
#include "app/world.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/bind.h"
#include "doc/mask.h"
#include "engine/change.h"
#include "plan/check.h"
#include "plan/explain.h"
#include "plan/intent.h"

static const struct option deciding[] = {
	{"project", ARG_PROJECT, "PROJECT", "project of a new graph: its namespace", .letter = 'p'},
	{"policy", ARG_WORD, "POLICY", "what a placement is judged by", .words = place_policies},
	{"strict", .help = "unknown keys of the descriptor are errors"},
	{"wait", .help = "the last step waits until everything is ready"},
	{"allow-data-loss", .help = "services with volumes may leave a living cluster"},
	{"allow-cluster-scoped", .help = "charts may make objects outside of the project"},
	{0},
};

/* Only for verbs that carry nothing out. */
static const struct option showing[] = {
	{"snapshot", ARG_FILE, "FILE", "decide on this world instead of the live one"},
	{0},
};

static const struct option applying[] = {
	{"timeout", ARG_DURATION, "TIME", "how long a service may take to be ready"},
	{"lock-wait", ARG_DURATION, "TIME", "wait for another changer of the graph", "0"},
	{"adopt", .help = "take over releases and objects of the same name that are not ours"},
	{0},
};

/* ---- from options to a change: not every verb has every option ---- */

static bool has(const struct app *app, const char *option)
{
	return verb_option(app->args->verb, option, '\0') != NULL;
}

static bool flag(const struct app *app, const char *option)
{
	return has(app, option) && args_flag(app->args, option);
}

static const char *text(const struct app *app, const char *option)
{
	return has(app, option) ? args_text(app->args, option) : NULL;
}

static int64_t ms(const struct app *app, const char *option)
{
	return has(app, option) ? args_ms(app->args, option) : 0;
}

static struct err *given_snapshot(struct app *app, const struct snapshot **ret)
{
	const char *file = text(app, "snapshot");
	struct snapshot *s = arena_new(app->arena, struct snapshot);
	struct problems ps = {.a = app->arena};
	struct node *doc;

	if (!file)
		return NULL;
	TRY(descriptor_load_document(app, file, &doc));
	bind_read(app->arena, &snapshot_shape, doc, s, &ps);
	TRY(problems_err(app->arena, &ps));
	*ret = s;
	return NULL;
}

/* A name of a stored graph, or a descriptor: what has a '/', '.' or is there as a file. */
static bool names_descriptor(const char *operand)
{
	return strpbrk(operand, "/.") || str_eq(operand, "-");
}

static struct err *change_of(struct app *app, enum change_verb verb, struct change *ret)
{
	struct change c = {
		.verb = verb,
		.project = text(app, "project"),
		.policy = text(app, "policy"),
		.strict = flag(app, "strict"),
		.wait = flag(app, "wait"),
		.allow_data_loss = flag(app, "allow-data-loss"),
		.allow_cluster_scoped = flag(app, "allow-cluster-scoped"),
	};

	TRY(given_snapshot(app, &c.given));
	if (verb == CHANGE_DEPLOY)
		TRY(descriptor_load(app, args_operand(app->args, 0), &c.descriptor));
	else
		c.graph = args_operand(app->args, 0);
	*ret = c;
	return NULL;
}

static void tell_problems(struct app *app, const struct problems *ps)
{
	for (size_t i = 0; i < ps->list.n; i++) {
		const struct problem *p = &ps->list.at[i];

		if (p->severity == SEVERITY_WARNING)
			term_warning(app, "%s", problem_text(app->arena, p));
		else if (p->severity == SEVERITY_NOTE)
			term_info(app, "%s", problem_text(app->arena, p));
	}
}

/* ---- progress ---- */

static const char *step_title(struct app *app, const struct step *s)
{
	static const char *const verbs[] = {[STEP_PUT] = "put",
					    [STEP_WAIT] = "wait until",
					    [STEP_SCALE] = "scale",
					    [STEP_DELETE] = "delete"};

	return arena_printf(app->arena, "%s %s %s", verbs[s->verb], s->kind, s->summary);
}

static void on_begin(void *self, const char *title, const struct step *steps, size_t n)
{
	struct app *app = self;

	(void)steps;
	progress_begin(app->progress, n, title);
}

static void on_started(void *self, const struct step *s)
{
	struct app *app = self;

	progress_started(app->progress, s->n, step_title(app, s));
}

static void on_done(void *self, const struct step *s)
{
	progress_done(((struct app *)self)->progress, s->n, NULL);
}

static void on_failed(void *self, const struct step *s, const struct err *why)
{
	progress_failed(((struct app *)self)->progress, s->n, why->msg);
}

static void on_skipped(void *self, const struct step *s, const char *why)
{
	progress_skipped(((struct app *)self)->progress, s->n, why);
}

static void on_note(void *self, const struct step *s, const char *text)
{
	progress_note(((struct app *)self)->progress, s->n, text);
}

static void on_end(void *self)
{
	progress_end(((struct app *)self)->progress);
}

static struct err *open_engine(struct app *app, struct engine *ret)
{
	TRY(wire_world(app));
	TRY(world_engine(app, ret));
	ret->adopt = flag(app, "adopt");
	ret->lock_wait_ms = ms(app, "lock-wait");
	if (ms(app, "timeout"))
		ret->wait_timeout_ms = ms(app, "timeout");
	ret->listener = (struct listener){
		.begin = on_begin,
		.started = on_started,
		.done = on_done,
		.failed = on_failed,
		.skipped = on_skipped,
		.note = on_note,
		.end = on_end,
		.self = app,
	};
	return NULL;
}

/* A plan as others may see it. */
static struct node *plan_document(struct app *app, const struct plan *p)
{
	return mask_secrets(app->arena, bind_write(app->arena, &plan_shape, p));
}

/* ---- changing ---- */

static struct err *run(struct app *app, const struct change *c, struct decision *ret)
{
	struct engine e;
	struct problems ps = {.a = app->arena};

	TRY(open_engine(app, &e));
	struct err *err = change_run(&e, app->arena, c, &ps, ret);
	tell_problems(app, &ps);
	return err;
}

static void done(struct app *app, const struct decision *d, const char *text)
{
	struct node *doc = plan_document(app, &d->plan);

	if (output_is_data(app)) {
		output_text(app, doc, "");
		return;
	}
	for (size_t i = 0; i < d->plan.n_notes; i++)
		term_say(app, "note: %s", d->plan.notes[i]);
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
	const char *file = text(app, "plan");
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
	c.create_only = flag(app, "create-only");
	c.rollback_on_failure = flag(app, "rollback-on-failure");
	c.message = text(app, "message");
	TRY(approved_plan(app, &c));
	TRY(run(app, &c, &d));
	done(app, &d,
	     arena_printf(app->arena, "Successfully triggered deployment for graph '%s'.",
			  d.graph.id));
	return NULL;
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
	c.message = text(app, "message");
	TRY(run(app, &c, &d));
	done(app, &d, arena_printf(app->arena, "Graph '%s' rolled back.", d.graph.id));
	return NULL;
}

/* SERVICE=N ... */
static struct err *wishes_of(struct app *app, struct change *c)
{
	struct replica_wish *w =
		arena_new_n(app->arena, struct replica_wish, app->args->operands.n);

	for (size_t i = 1; i < app->args->operands.n; i++) {
		const char *text = app->args->operands.at[i], *eq = strchr(text, '=');
		char *end = NULL;
		long long n = eq ? strtoll(eq + 1, &end, 10) : -1;

		if (!eq || eq == text || end == eq + 1 || *end || n < 1 || n > 10000)
			return err_new(app->arena, ERR_INPUT,
				       "'%s' is not SERVICE=REPLICAS with 1 to 10000 replicas",
				       text);
		w[c->n_wishes++] = (struct replica_wish){
			arena_strndup(app->arena, text, (size_t)(eq - text)), n};
	}
	c->wishes = w;
	return NULL;
}

static struct err *scale_run(struct app *app)
{
	struct change c;
	struct decision d;

	TRY(change_of(app, CHANGE_SCALE, &c));
	TRY(wishes_of(app, &c));
	TRY(run(app, &c, &d));
	done(app, &d, arena_printf(app->arena, "Graph '%s' scaled.", d.graph.id));
	return NULL;
}

/* ---- showing ---- */

static struct err *decide(struct app *app, enum change_verb verb, struct decision *ret)
{
	struct change c;
	struct engine e;
	struct problems ps = {.a = app->arena};

	if (verb == CHANGE_DEPLOY && !names_descriptor(args_operand(app->args, 0)))
		verb = CHANGE_RESUME;
	TRY(change_of(app, verb, &c));
	if (c.given) {
		TRY(wire_store(app));
		e = (struct engine){.ports = &app->ports};
	} else {
		TRY(open_engine(app, &e));
	}
	struct err *err = change_decide(&e, app->arena, &c, &ps, ret);
	tell_problems(app, &ps);
	return err;
}

static struct err *plan_run(struct app *app)
{
	struct decision d;

	TRY(decide(app, CHANGE_DEPLOY, &d));
	const char *file = text(app, "out");
	struct node *doc = plan_document(app, &d.plan);
	if (file)
		TRY(decision_save(app, doc, file));
	output_text(app, doc, plan_text(app->arena, &d.plan));
	if (file)
		term_say(app, "Saved. Carry it out with `%s graph deploy --plan %s ...`.",
			 app->program, file);
	return flag(app, "detailed-exitcode") ? decision_changes(app, &d) : NULL;
}

static struct err *diff_run(struct app *app)
{
	struct decision d;

	TRY(decide(app, CHANGE_DEPLOY, &d));
	output_text(app, plan_document(app, &d.plan), decision_diff_text(app, &d));
	return flag(app, "detailed-exitcode") ? decision_changes(app, &d) : NULL;
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
	struct problems ps = {.a = app->arena, .strict = flag(app, "strict")};
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
		term_success(app, "%s: graph '%s' is fine (%zu services%s).", ref, g.id,
			     g.n_services, ps.list.n ? ", see the notes" : "");
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

#define NAME                                                                                       \
	{                                                                                          \
		"NAME", ARG_GRAPH, .help = "name of the graph"                                     \
	}
#define DESCRIPTOR                                                                                 \
	{                                                                                          \
		"DESCRIPTOR", ARG_FILE,                                                            \
			.help = "file, directory, \"-\", or artifact (oci://, http://, https://)"  \
	}
#define GRAPH_OR_DESCRIPTOR                                                                        \
	{                                                                                          \
		"GRAPH", ARG_FILE, .help = "a descriptor, or the name of a stored graph"           \
	}

const struct verb verbs_change[] = {
	{.path = "graph check",
	 .aliases = {"check"},
	 .brief = "find everything that is wrong with a descriptor",
	 .operands = {{"DESCRIPTOR", ARG_FILE, .help = "file, directory or \"-\"",
		       .flags = ARG_REPEAT}},
	 .options = {OPTIONS({"strict", .help = "unknown keys are errors"})},
	 .run = check_run},
	{.path = "graph plan",
	 .aliases = {"plan"},
	 .brief = "show what deploying would do, step by step, and why",
	 .operands = {GRAPH_OR_DESCRIPTOR},
	 .options = {deciding, showing,
		     OPTIONS({"out", ARG_FILE, "FILE", "save the plan, for deploy --plan"},
			     {"detailed-exitcode", .help = "exit with 8 when there are changes"})},
	 .examples = {{"graph plan app.yaml -p shop", "what would happen"},
		      {"graph plan app.yaml -p shop --snapshot world.yaml", "without a network"}},
	 .run = plan_run},
	{.path = "graph diff",
	 .aliases = {"diff"},
	 .brief = "show how the world differs from what is wanted",
	 .operands = {GRAPH_OR_DESCRIPTOR},
	 .options = {deciding, showing,
		     OPTIONS({"detailed-exitcode", .help = "exit with 8 when there are changes"})},
	 .run = diff_run},
	{.path = "graph explain",
	 .aliases = {"explain"},
	 .brief = "say why each service is where it is, and why not elsewhere",
	 .operands = {GRAPH_OR_DESCRIPTOR},
	 .options = {deciding, showing},
	 .run = explain_run},
	{.path = "graph deploy",
	 .aliases = {"deploy"},
	 .brief = "deploy a graph, or bring a deployed one up to its descriptor",
	 .operands = {DESCRIPTOR},
	 .options = {deciding, applying,
		     OPTIONS({"create-only", .help = "refuse a graph that is deployed already"},
			     {"plan", ARG_FILE, "FILE", "carry out this plan, or refuse"},
			     {"rollback-on-failure", .help = "undo everything when a step fails"},
			     {"message", ARG_TEXT, "TEXT", "for the history", .letter = 'm'})},
	 .examples = {{"graph deploy app.yaml --project shop --wait", "and wait until it runs"}},
	 .run = deploy_run},
	{.path = "graph start",
	 .brief = "start a stopped graph",
	 .operands = {NAME},
	 .options = {deciding, applying},
	 .run = start_run},
	{.path = "graph stop",
	 .brief = "take a graph's services down, keep what we know of it",
	 .operands = {NAME},
	 .options = {applying},
	 .confirm = "Are you sure you want to stop graph '%s'?",
	 .run = stop_run},
	{.path = "graph remove",
	 .brief = "remove a graph and all that was made for it",
	 .operands = {NAME},
	 .options = {applying},
	 .confirm = "Are you sure you want to remove graph '%s'?",
	 .run = remove_run},
	{.path = "graph re-place",
	 .brief = "decide anew where services run, and move what must move",
	 .operands = {NAME},
	 .options = {deciding, applying},
	 .run = replace_run},
	{.path = "graph trigger",
	 .brief = "deploy a service that waits for an event",
	 .operands = {NAME, {"SERVICE", ARG_SERVICE, .help = "the service"}},
	 .options = {deciding, applying},
	 .run = trigger_run},
	{.path = "graph scale",
	 .brief = "set the replicas of services",
	 .operands = {NAME,
		      {"SERVICE=N", ARG_TEXT, .help = "service and replicas", .flags = ARG_REPEAT}},
	 .options = {deciding, applying},
	 .run = scale_run},
	{.path = "graph rollback",
	 .brief = "go back to an earlier revision, with the very charts it had",
	 .operands = {NAME},
	 .options = {deciding, applying,
		     OPTIONS({"to", ARG_INT, "N", "revision; none: the one before the current"},
			     {"message", ARG_TEXT, "TEXT", "for the history", .letter = 'm'})},
	 .run = rollback_run},
	{.path = "graph resume",
	 .brief = "go on with what was interrupted, or repair what drifted",
	 .operands = {NAME},
	 .options = {deciding, applying},
	 .run = resume_run},
	{0},
};
