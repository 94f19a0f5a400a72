// SPDX-License-Identifier: Apache-2.0
/* `graph scale`: replicas by hand, or by the load. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/cli/args.h"
#include "app/cli/changing.h"
#include "app/cli/output.h"
#include "app/cli/rounds.h"
#include "app/cli/term.h"
#include "app/cli/verbs.h"
#include "app/monitoring.h"
#include "app/scaling.h"
#include "app/settings.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "engine/change.h"
#include "engine/scaling.h"
#include "model/plan.h"
#include "plan/explain.h"

/* ---- by hand ---- */

/* "web=3", "web=0", "web=auto" */
static struct err *wish_of(struct app *app, const char *text, struct replica_wish *ret)
{
	const char *eq = strchr(text, '=');
	char *end = NULL;
	long long n = eq ? strtoll(eq + 1, &end, 10) : -1;
	bool give_back = eq && str_eq(eq + 1, "auto");

	if (!eq || eq == text || (!give_back && (end == eq + 1 || *end || n < 0 || n > 10000)))
		return err_hint(
			app->arena,
			err_new(app->arena, ERR_INPUT, "'%s' is not SERVICE=REPLICAS", text),
			"Replicas are 0 to 10000, or auto: no longer set by hand.");
	*ret = (struct replica_wish){.service =
					     arena_strndup(app->arena, text, (size_t)(eq - text)),
				     .replicas = give_back ? 0 : n,
				     .give_back = give_back};
	return NULL;
}

static struct err *wishes_of(struct app *app, struct change *c)
{
	size_t n = app->args->operands.n - 1;
	struct replica_wish *w = arena_new_n(app->arena, struct replica_wish, n);

	for (size_t i = 0; i < n; i++) {
		TRY(wish_of(app, app->args->operands.at[i + 1], &w[i]));
		for (size_t k = 0; k < i; k++)
			if (str_eq(w[k].service, w[i].service))
				return err_new(app->arena, ERR_INPUT, "'%s' is given twice",
					       w[i].service);
	}
	c->wishes = w;
	c->n_wishes = n;
	return NULL;
}

static void tell_plan(struct app *app, const struct decision *d, bool dry_run)
{
	if (dry_run) {
		const char *text = plan_text(app->arena, &d->plan);
		int len = (int)strlen(text);

		term_say(app, "%.*s", len && text[len - 1] == '\n' ? len - 1 : len, text);
		return;
	}
	for (size_t i = 0; i < d->plan.n_notes; i++)
		term_say(app, "note: %s", d->plan.notes[i]);
	if (!d->plan.n_steps)
		term_say(app, "Nothing to do: the world is as it should be.");
	term_success(app, "Graph '%s' scaled.", d->graph.id);
}

static struct err *by_hand(struct app *app, struct engine *e, struct change *c, bool dry_run)
{
	struct problems ps = {.a = app->arena};
	struct decision d;

	TRY(wishes_of(app, c));
	struct err *err = dry_run ? change_decide(e, app->arena, c, &ps, &d)
				  : change_run(e, app->arena, c, &ps, &d);
	change_tell_problems(app, &ps);
	TRY(err);
	if (output_is_data(app))
		output_text(app, change_plan_document(app, &d.plan), "");
	else
		tell_plan(app, &d, dry_run);
	return NULL;
}

/* ---- by the load ---- */

static void set_real(struct app *app, struct node *map, const char *key, double value)
{
	if (isfinite(value))
		node_set(map, key, node_new_real(app->arena, value));
}

static struct node *row_document(struct app *app, const struct scaling_row *r)
{
	struct node *n = node_new(app->arena, NODE_MAP);
	const struct scale_decision *d = &r->decision;

	node_set_str(app->arena, n, "service", r->service);
	node_set_int(app->arena, n, "from", d->from);
	node_set_int(app->arena, n, "to", d->to);
	set_real(app, n, "rate", d->rate);
	if (d->needed >= 0)
		node_set_int(app->arena, n, "needed", d->needed);
	node_set_int(app->arena, n, "wanted", d->wanted);
	node_set_str(app->arena, n, "limit", scale_limit_name(d->limit));
	node_set_str(app->arena, n, "reason", d->reason);
	if (r->query) {
		node_set_str(app->arena, n, "query", r->query);
		node_set_str(app->arena, n, "window", r->policy.window);
		node_set_int(app->arena, n, "series", (int64_t)r->n_series);
	}
	if (r->policy.has_model) {
		struct node *m = node_map_in(app->arena, n, "model");
		set_real(app, m, "alpha", r->policy.model.alpha);
		set_real(app, m, "beta", r->policy.model.beta);
		node_set_str(app->arena, m, "origin", r->policy.model.origin);
	}
	return n;
}

static struct node *report_document(struct app *app, const struct scaling_report *r,
				    const char *graph, bool dry_run)
{
	struct node *doc = node_new(app->arena, NODE_MAP);

	node_set_str(app->arena, doc, "graph", graph);
	node_set_bool(app->arena, doc, "dryRun", dry_run);
	node_set_bool(app->arena, doc, "fits", r->fits);
	if (r->problem)
		node_set_str(app->arena, doc, "problem", r->problem);
	struct node *list = node_list_in(app->arena, doc, "decisions");
	for (size_t i = 0; i < r->n; i++)
		node_add(list, row_document(app, &r->rows[i]));
	if (r->changes)
		node_set(doc, "plan", change_plan_document(app, &r->decision.plan));
	return doc;
}

static const struct column decision_columns[] = {
	{"Service", "service"},
	{"From", "from", COLUMN_RIGHT},
	{"To", "to", COLUMN_RIGHT},
	{"Needs", "needed", COLUMN_RIGHT, .if_missing = "-"},
	{"Limit", "limit"},
	{"Why", "reason"},
	{"Query", "query", COLUMN_WIDE, .if_missing = "-"},
	{0},
};
static const struct view decision_view = {.title = "Scaling",
					  .rows = "decisions",
					  .name = "service",
					  .empty = "The graph has no service.",
					  .columns = decision_columns};

static void tell_report(struct app *app, const struct scaling_report *r, const char *graph,
			bool dry_run)
{
	for (size_t i = 0; i < r->n_warnings; i++)
		term_warning(app, "Prometheus: %s", r->warnings[i]);
	output_print(app, report_document(app, r, graph, dry_run), &decision_view);
	if (output_is_data(app))
		return;
	if (!r->fits)
		term_warning(app, "nothing is changed: %s", r->problem);
	if (r->changes)
		tell_plan(app, &r->decision, dry_run);
	else
		term_say(app, "No service needs another number of replicas.");
}

static struct err *by_load(struct app *app, struct engine *e, const struct change *c, bool dry_run)
{
	struct prom *prom scoped_prom = NULL;
	struct metrics_port metrics;
	struct scaling defaults;
	struct problems ps = {.a = app->arena};
	struct scaling_report report;

	TRY(scaling_settings(app, &defaults));
	TRY(monitoring_open(app, &prom, &metrics));
	const struct scaling_request r = {
		.graph = c->graph,
		.defaults = &defaults,
		.metrics = &metrics,
		.original = str_eq(settings_text(app->settings, "scaling.policy"), "original"),
		.dry_run = dry_run,
		.like = *c,
	};
	struct err *err = scaling_run(e, app->arena, &r, &ps, &report);
	change_tell_problems(app, &ps);
	if (report.n && report.rows[0].decision.id)
		tell_report(app, &report, c->graph, dry_run);
	return err;
}

struct scaling_round {
	struct engine e;
	struct change c;
	bool dry_run;
};

static struct err *look(struct app *app, void *self)
{
	struct scaling_round *r = self;

	return by_load(app, &r->e, &r->c, r->dry_run);
}

static struct err *scale_run(struct app *app)
{
	struct scaling_round r = {.dry_run = args_flag(app->args, "dry-run")};
	const struct rounds rounds = {args_ms(app->args, "every"), look, &r};

	TRY(change_of(app, CHANGE_SCALE, &r.c));
	TRY(change_open_engine(app, &r.e));
	if (app->args->operands.n > 1 && rounds.every_ms)
		return err_new(app->arena, ERR_INPUT,
			       "--every is for scaling by the load, without SERVICE=N");
	if (app->args->operands.n > 1)
		return by_hand(app, &r.e, &r.c, r.dry_run);
	return rounds_run(app, &rounds);
}

const struct verb verbs_scale[] = {
	{.path = "graph scale",
	 .brief = "set the replicas of services, by hand or as their load asks for it",
	 .text = "With SERVICE=N the replicas are N until somebody sets them again, the descriptor "
		 "says another number, or SERVICE=auto gives them back; 0 is none at all. "
		 "Without, each service gets what its model needs for the rate that Prometheus "
		 "tells: see deployment.scaling in the descriptor, `smo profile`, and the settings "
		 "scaling.*. What cannot be measured is left as it is.",
	 .operands = {{"NAME", ARG_GRAPH, .help = "name of the graph"},
		      {"SERVICE=N", ARG_TEXT,
		       .help = "service and replicas, or SERVICE=auto; none: by the load",
		       .flags = ARG_REPEAT | ARG_OPTIONAL}},
	 .options = {options_deciding, options_applying,
		     OPTIONS({"dry-run", .help = "say what would be done, change nothing"},
			     {"every", ARG_DURATION, "TIME",
			      "decide again and again, until interrupted"},
			     {"scaling-policy", ARG_TEXT, "POLICY", "smo or original",
			      .setting = "scaling.policy"})},
	 .examples = {{"graph scale shop web=5", "by hand, kept by every upgrade"},
		      {"graph scale shop web=auto", "as if nobody had set it"},
		      {"graph scale shop --dry-run", "what the load asks for, and why"},
		      {"graph scale shop --every 30s", "follow the load"}},
	 .run = scale_run},
	{0},
};
