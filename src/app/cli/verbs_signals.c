// SPDX-License-Identifier: Apache-2.0
/* Verbs about what graphs are told: alerts, what became due, load. */
#include <math.h>
#include <string.h>

#include "app/app.h"
#include "app/cli/args.h"
#include "app/cli/output.h"
#include "app/cli/term.h"
#include "app/cli/verbs.h"
#include "app/descriptor.h"
#include "app/monitoring.h"
#include "app/scaling.h"
#include "app/settings.h"
#include "app/wire.h"
#include "app/world.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/prom.h"
#include "engine/change_read.h"
#include "engine/scaling.h"
#include "engine/signals.h"
#include "plan/alerts.h"

static struct err *open_engine(struct app *app, struct engine *ret)
{
	TRY(wire_world(app));
	return world_engine(app, ret);
}

/* ---- alerts and what is due ---- */

static struct node *deed_document(struct app *app, const struct signal_deed *d)
{
	struct node *n = node_new(app->arena, NODE_MAP);

	node_set_str(app->arena, n, "graph", d->graph);
	if (d->service)
		node_set_str(app->arena, n, "service", d->service);
	node_set_str(app->arena, n, "action", d->what);
	node_set_str(app->arena, n, "reason", d->reason);
	if (d->at)
		node_set_int(app->arena, n, "at", d->at);
	if (d->err)
		node_set_str(app->arena, n, "error", d->err->msg);
	return n;
}

static void tell(struct app *app, const struct signal_report *r, const char *nothing)
{
	struct node *doc = node_new(app->arena, NODE_MAP);
	struct node *deeds = node_list_in(app->arena, doc, "actions");
	struct node *notes = node_list_in(app->arena, doc, "notes");

	for (size_t i = 0; i < r->n_deeds; i++)
		node_add(deeds, deed_document(app, &r->deeds[i]));
	for (size_t i = 0; i < r->n_notes; i++)
		node_add(notes, node_new_str(app->arena, r->notes[i]));
	if (output_is_data(app)) {
		output_text(app, doc, "");
		return;
	}
	for (size_t i = 0; i < r->n_notes; i++)
		term_note(app, "note: %s", r->notes[i]);
	for (size_t i = 0; i < r->n_deeds; i++) {
		const struct signal_deed *d = &r->deeds[i];
		const char *when =
			d->at ? arena_printf(app->arena, " at %s", time_text(app->arena, d->at))
			      : "";

		const char *what = d->service
					   ? arena_printf(app->arena, "%s %s", d->what, d->service)
					   : d->what;

		if (d->err)
			term_warning(app, "%s of graph %s failed: %s", what, d->graph, d->err->msg);
		else
			term_success(app, "%s of graph %s%s: %s", what, d->graph, when, d->reason);
	}
	if (!r->n_deeds)
		term_say(app, "%s", nothing);
}

static struct err *alert_run(struct app *app)
{
	struct engine e;
	struct node *doc;
	struct alert_body body;
	struct signal_report report = {0};

	TRY(descriptor_load_document(app, args_operand(app->args, 0), &doc));
	TRY(alert_read(app->arena, doc, &body));
	TRY(open_engine(app, &e));
	struct err *err = signals_alert(&e, app->arena, &body, &report);
	tell(app, &report, "No service is to be deployed or removed.");
	return err;
}

static bool follows_load(const struct graph_row *g)
{
	return str_eq(g->status, "Running") || str_eq(g->status, "Degraded");
}

static void add_deeds(struct app *app, const char *graph, const struct scaling_report *scaled,
		      const struct err *err, struct signal_report *r)
{
	struct signal_deed *deeds =
		arena_new_n(app->arena, struct signal_deed, r->n_deeds + scaled->n);

	for (size_t i = 0; i < r->n_deeds; i++)
		deeds[i] = r->deeds[i];
	for (size_t i = 0; i < scaled->n; i++) {
		const struct scale_decision *d = &scaled->rows[i].decision;

		if (d->to != d->from)
			deeds[r->n_deeds++] = (struct signal_deed){
				.graph = graph,
				.service = scaled->rows[i].service,
				.what = arena_printf(app->arena, "scale to %lld replicas of",
						     (long long)d->to),
				.reason = d->reason,
				.err = err,
			};
	}
	r->deeds = deeds;
}

/* All graphs are tried, but a Prometheus that is away is waited for once. */
static struct err *scale_all(struct app *app, struct engine *e, struct signal_report *r)
{
	struct prom *prom scoped_prom = NULL;
	struct metrics_port metrics;
	struct scaling defaults;
	struct graph_row *rows;
	struct err *first = NULL;
	size_t n;

	TRY(scaling_settings(app, &defaults));
	TRY(monitoring_open(app, &prom, &metrics));
	TRY(app->ports.store.graph_list(app->ports.store.self, app->arena, NULL, &rows, &n));
	for (size_t i = 0; i < n; i++) {
		const struct scaling_request request = {
			.graph = rows[i].name,
			.defaults = &defaults,
			.metrics = &metrics,
			.original =
				str_eq(settings_text(app->settings, "scaling.policy"), "original"),
		};
		struct problems ps = {.a = app->arena};
		struct scaling_report scaled;

		if (!follows_load(&rows[i]))
			continue;
		struct err *err = scaling_run(e, app->arena, &request, &ps, &scaled);
		add_deeds(app, rows[i].name, &scaled, err, r);
		first = first ? first : err;
		if (err && (err->kind == ERR_REMOTE || err->kind == ERR_TIMEOUT))
			break;
	}
	return first;
}

static struct err *tick_run(struct app *app)
{
	struct engine e;
	struct signal_report report = {0};

	TRY(open_engine(app, &e));
	struct err *err = signals_tick(&e, app->arena, &report);
	if (settings_bool(app->settings, "scaling.enabled")) {
		struct err *scaled = scale_all(app, &e, &report);
		err = err ? err : scaled;
	}
	tell(app, &report, "Nothing is due.");
	return err;
}

/* ---- states of events ---- */

static bool is_rule_of(const struct metric_rule *r, const char *graph, const char *service,
		       const char *event)
{
	const struct {
		const char *name, *want;
	} must[] = {{"graph", graph}, {"service", service}, {"event", event}};
	size_t found = 0;

	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < r->n_labels; k++)
			found += str_eq(r->labels[k].key, must[i].name) &&
				 str_eq(r->labels[k].value, must[i].want);
	return found == 3;
}

static struct node *event_document(struct app *app, const struct graph *g, const struct service *v,
				   const struct event *ev, const struct metric_rule *rules,
				   size_t n)
{
	struct node *row = node_new(app->arena, NODE_MAP);
	const struct metric_rule *r = NULL;

	for (size_t i = 0; i < n && !r; i++)
		r = is_rule_of(&rules[i], g->id, v->id, ev->id) ? &rules[i] : NULL;
	node_set_str(app->arena, row, "event", ev->id);
	node_set_str(app->arena, row, "service", v->id);
	node_set_str(app->arena, row, "state", r ? r->state : "unknown");
	if (r && r->since)
		node_set_int(app->arena, row, "since", r->since);
	if (r && isfinite(r->value))
		node_set(row, "value", node_new_real(app->arena, r->value));
	node_set_str(app->arena, row, "query", ev->prom_query);
	if (r && r->error && *r->error)
		node_set_str(app->arena, row, "error", r->error);
	return row;
}

static const struct column event_columns[] = {
	{"Event", "event"},
	{"Service", "service"},
	{"State", "state", .flags = COLUMN_STATUS},
	{"Since", "since", .flags = COLUMN_AGE, .if_missing = "-"},
	{"Value", "value", .flags = COLUMN_RIGHT, .if_missing = "-"},
	{"Query", "query"},
	{0},
};
static const struct view event_view = {.title = "Events",
				       .rows = "events",
				       .name = "event",
				       .empty = "No service of the graph waits for an event.",
				       .columns = event_columns};

static struct err *events_run(struct app *app)
{
	struct prom *prom scoped_prom = NULL;
	struct metrics_port m;
	struct metric_rule *rules = NULL;
	size_t n = 0;
	struct graph_row row;
	struct graph g = {0};
	struct node *doc = node_new(app->arena, NODE_MAP);
	struct node *list = node_list_in(app->arena, doc, "events");

	TRY(wire_store(app));
	TRY(app->ports.store.graph_get(app->ports.store.self, app->arena,
				       args_operand(app->args, 0), &row));
	TRY(change_stored_graph(app->arena, &row, &g));
	TRY(monitoring_open(app, &prom, &m));
	TRY(m.rules(m.self, app->arena, &rules, &n));
	for (size_t i = 0; i < g.n_services; i++) {
		const struct service *v = &g.services[i];
		for (size_t k = 0; v->trigger.is_event && k < v->trigger.n_events; k++)
			node_add(list, event_document(app, &g, v, &v->trigger.events[k], rules, n));
	}
	output_print(app, doc, &event_view);
	for (const struct node *ev = node_first(list); ev; ev = ev->next)
		if (str_eq(node_str(ev, "state"), "unknown")) {
			term_note(app,
				  "unknown: that Prometheus has no such rule. `smo graph "
				  "status %s` says whether it was put, the setting rules.mode "
				  "where.",
				  g.id);
			break;
		}
	return NULL;
}

const struct verb verbs_signals[] = {
	{.path = "alert",
	 .brief = "act on what Alertmanager sends to a webhook",
	 .text = "FILE is the body of a webhook (version 4), - is standard input. Services that "
		 "wait for the events are deployed when their condition holds; with onResolve: "
		 "undeploy they are taken down again when it has not held for the cooldown (see "
		 "smo tick). What is repeated, late or unknown changes nothing.",
	 .operands = {{"FILE", ARG_FILE, .help = "the body; - is standard input"}},
	 .examples = {{"alert body.json", "as Alertmanager posts it"}},
	 .run = alert_run},
	{.path = "tick",
	 .text = "With the setting scaling.enabled, services of all running graphs are scaled by "
		 "their load as well, like `graph scale`.",
	 .brief = "do what has become due: services whose events are over, what was left behind",
	 .examples = {{"tick", "every minute, from cron or a timer"}},
	 .run = tick_run},
	{.path = "graph alerts",
	 .brief = "which events of a graph are inactive, pending or firing",
	 .text = "As Prometheus (prometheus_host) says it now. Where the rules go says the setting "
		 "rules.mode.",
	 .operands = {{"NAME", ARG_GRAPH, .help = "the graph"}},
	 .examples = {{"graph alerts shop", "what its services wait for"}},
	 .run = events_run},
	{0},
};
