// SPDX-License-Identifier: Apache-2.0
/* What the verbs share that change graphs, or show what a change would do. */
#include "app/cli/changing.h"

#include <string.h>

#include "app/app.h"
#include "app/cli/args.h"
#include "app/cli/progress.h"
#include "app/cli/term.h"
#include "app/descriptor.h"
#include "app/placement.h"
#include "app/wire.h"
#include "app/world.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/bind.h"
#include "doc/mask.h"
#include "doc/problems.h"
#include "engine/change.h"
#include "engine/engine.h"

const struct option options_deciding[] = {
	{"project", ARG_PROJECT, "PROJECT", "project of a new graph: its namespace", .letter = 'p'},
	{"policy", ARG_WORD, "POLICY", "what a placement is judged by", .words = place_policies},
	{"move-budget", ARG_INT, "N", "how many services may move that need not"},
	{"minimum-gain", ARG_REAL, "PERCENT", "what moving must gain, else nothing moves"},
	{"strict", .help = "unknown keys of the descriptor are errors"},
	{"wait", .help = "the last step waits until everything is ready"},
	{"allow-data-loss", .help = "services with volumes may leave a living cluster"},
	{"allow-cluster-scoped",
	 .help = "charts may make objects outside of the project; the graph keeps it"},
	{0},
};

const struct option options_applying[] = {
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

bool option_flag(const struct app *app, const char *option)
{
	return has(app, option) && args_flag(app->args, option);
}

const char *option_text(const struct app *app, const char *option)
{
	return has(app, option) ? args_text(app->args, option) : NULL;
}

static int64_t option_ms(const struct app *app, const char *option)
{
	return has(app, option) ? args_ms(app->args, option) : 0;
}

bool operand_is_descriptor(const char *operand)
{
	return strpbrk(operand, "/.") || str_eq(operand, "-");
}

static struct err *given_snapshot(struct app *app, const struct snapshot **ret)
{
	const char *file = option_text(app, "snapshot");
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

struct err *change_of(struct app *app, enum change_verb verb, struct change *ret)
{
	struct change c = {
		.verb = verb,
		.project = option_text(app, "project"),
		.policy = option_text(app, "policy"),
		.asked = placement_asked(app),
		.strict = option_flag(app, "strict"),
		.wait = option_flag(app, "wait"),
		.allow_data_loss = option_flag(app, "allow-data-loss"),
		.allow_cluster_scoped = option_flag(app, "allow-cluster-scoped"),
	};

	TRY(given_snapshot(app, &c.given));
	if (verb == CHANGE_DEPLOY)
		TRY(descriptor_load(app, args_operand(app->args, 0), &c.descriptor));
	else
		c.graph = args_operand(app->args, 0);
	*ret = c;
	return NULL;
}

void change_tell_problems(struct app *app, const struct problems *ps)
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

	return arena_printf(app->arena, "%s %s %s%s", verbs[s->verb], s->kind, s->summary,
			    s->loses_data ? " (loses data)" : "");
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

struct err *change_open_engine(struct app *app, struct engine *ret)
{
	TRY(wire_world(app));
	TRY(world_engine(app, ret));
	ret->adopt = option_flag(app, "adopt");
	ret->lock_wait_ms = option_ms(app, "lock-wait");
	if (option_ms(app, "timeout"))
		ret->wait_timeout_ms = option_ms(app, "timeout");
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

struct node *change_plan_document(struct app *app, const struct plan *p)
{
	return mask_secrets(app->arena, bind_write(app->arena, &plan_shape, p));
}
