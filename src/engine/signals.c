// SPDX-License-Identifier: Apache-2.0
#include "engine/signals.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "engine/change.h"
#include "engine/change_read.h"
#include "engine/watched.h"
#include "plan/alerts.h"

/* The graphs that an alert may be about, with the rows of their services. */
struct known {
	struct graph_row row;
	struct graph graph;
	struct service_row *services;
	size_t n_services;
	bool changed;
};

struct looking {
	struct engine *e;
	struct arena *a;
	vec_of(struct known) graphs;
	vec_of(struct alert_service) services;
	vec_of(size_t) graph_of; /* of services: index of its graph */
	vec_of(struct signal_deed) deeds;
	vec_of(const char *) notes;
};

static bool runs(const struct graph_row *g)
{
	return !str_eq(g->status, "Stopped") && !str_eq(g->status, "Stopping") &&
	       !str_eq(g->status, "Removing");
}

static int64_t now_of(struct engine *e)
{
	return e->ports->clock.now(e->ports->clock.self);
}

static bool named(const struct alert_body *body, const struct known *k)
{
	for (size_t i = 0; i < body->n_alerts; i++)
		for (size_t s = 0; s < k->n_services; s++)
			if (str_eq(alert_label(&body->alerts[i], "service"), k->services[s].name))
				return true;
	return false;
}

static void add_services(struct looking *l, size_t index)
{
	const struct known *k = &l->graphs.at[index];

	for (size_t s = 0; s < k->n_services; s++) {
		const struct service *v = graph_service(&k->graph, k->services[s].name);

		if (!v)
			continue;
		*vec_push(l->a, &l->services) = (struct alert_service){
			.graph = k->row.name,
			.project = k->row.project,
			.graph_runs = runs(&k->row),
			.service = v,
			.status = k->services[s].status,
			.state = node_get(k->services[s].alert, "state"),
		};
		*vec_push(l->a, &l->graph_of) = index;
	}
}

/* Graphs (all, or @only) with a service that @body (NULL: anything) names. */
static struct err *look(struct looking *l, const struct alert_body *body, const char *only)
{
	struct store_port *st = &l->e->ports->store;
	struct graph_row *rows;
	size_t n;

	TRY(st->graph_list(st->self, l->a, NULL, &rows, &n));
	for (size_t i = 0; i < n; i++) {
		struct known k = {.row = rows[i]};

		if (only && !str_eq(rows[i].name, only))
			continue;
		TRY(st->service_list(st->self, l->a, rows[i].name, &k.services, &k.n_services));
		if (body && !named(body, &k))
			continue;
		TRY(change_stored_graph(l->a, &k.row, &k.graph));
		*vec_push(l->a, &l->graphs) = k;
	}
	for (size_t i = 0; i < l->graphs.n; i++)
		add_services(l, i);
	return NULL;
}

/* ---- taking note ---- */

static void set_state(struct looking *l, size_t i, struct node *state)
{
	struct known *k = &l->graphs.at[l->graph_of.at[i]];

	for (size_t s = 0; s < k->n_services; s++) {
		struct service_row *row = &k->services[s];

		if (!str_eq(row->name, l->services.at[i].service->id))
			continue;
		row->alert = row->alert && row->alert->kind == NODE_MAP
				     ? node_copy(l->a, row->alert)
				     : node_new(l->a, NODE_MAP);
		node_set(row->alert, "state", state);
		k->changed = true;
	}
}

static struct err *store_states(struct looking *l, const struct alert_outcome *o)
{
	struct store_port *st = &l->e->ports->store;

	for (size_t i = 0; i < l->services.n; i++)
		if (o->states[i])
			set_state(l, i, o->states[i]);
	for (size_t i = 0; i < l->graphs.n; i++) {
		const struct known *k = &l->graphs.at[i];
		if (k->changed)
			TRY(st->services_put(st->self, l->a, k->row.name, k->services,
					     k->n_services));
	}
	return NULL;
}

static struct err *store_due(struct looking *l, const struct alert_outcome *o)
{
	struct store_port *st = &l->e->ports->store;

	for (size_t i = 0; i < o->n_actions; i++) {
		const struct alert_action *act = &o->actions[i];
		const struct alert_service *s = &l->services.at[act->service];
		const struct due_row row = {
			.at = act->at,
			.kind = DUE_UNDEPLOY,
			.graph = s->graph,
			.service = s->service->id,
		};

		if (act->kind != ALERT_UNDEPLOY)
			continue;
		TRY(st->due_add(st->self, l->a, &row));
		*vec_push(l->a, &l->deeds) = (struct signal_deed){
			.graph = s->graph,
			.service = s->service->id,
			.what = "undeploy later",
			.reason = act->reason,
			.at = act->at,
		};
	}
	return NULL;
}

static struct err *take_note(struct looking *l, const struct alert_body *body,
			     struct alert_outcome *o)
{
	TRY(look(l, body, NULL));
	*o = alerts_take(l->a, body, l->services.at, l->services.n, now_of(l->e));
	for (size_t i = 0; i < o->n_notes; i++) {
		const struct alert_note *n = &o->notes[i];

		engine_event(l->e, l->a, n->graph, n->service, NULL, n->warning, n->reason, "%s",
			     n->message);
		if (n->warning || str_eq(n->reason, "AlertIgnored"))
			*vec_push(l->a, &l->notes) = n->message;
	}
	TRY(store_states(l, o));
	return store_due(l, o);
}

/* ---- deeds ---- */

static struct err *perform(struct looking *l, enum change_verb verb, const struct alert_service *s,
			   const char *reason)
{
	const struct change c = {
		.verb = verb, .graph = s->graph, .service = s->service->id, .message = reason};
	struct problems ps = {.a = l->a};
	struct decision d;

	engine_event(l->e, l->a, s->graph, s->service->id, NULL, false,
		     verb == CHANGE_TRIGGER ? "Triggered" : "Untriggered", "%s", reason);
	struct err *err = change_run(l->e, l->a, &c, &ps, &d);
	if (err)
		engine_event(l->e, l->a, s->graph, s->service->id, NULL, true, "SignalFailed", "%s",
			     err->msg);
	*vec_push(l->a, &l->deeds) = (struct signal_deed){
		.graph = s->graph,
		.service = s->service->id,
		.what = verb == CHANGE_TRIGGER ? "deploy" : "undeploy",
		.reason = reason,
		.err = err,
	};
	return err;
}

static void report(const struct looking *l, struct signal_report *ret)
{
	*ret = (struct signal_report){l->deeds.at, l->deeds.n, l->notes.at, l->notes.n};
}

struct err *signals_alert(struct engine *e, struct arena *a, const struct alert_body *body,
			  struct signal_report *ret_report)
{
	struct looking l = {.e = e, .a = a};
	struct store_port *st = &e->ports->store;
	struct alert_outcome o = {0};
	struct err *first = NULL;

	TRY(st->begin(st->self, a));
	struct err *err = take_note(&l, body, &o);
	if (err) {
		st->rollback(st->self);
		return err;
	}
	TRY(st->commit(st->self, a));
	for (size_t i = 0; i < o.n_actions; i++) {
		if (o.actions[i].kind != ALERT_DEPLOY)
			continue;
		struct err *failed =
			perform(&l, CHANGE_TRIGGER, &l.services.at[o.actions[i].service],
				o.actions[i].reason);
		first = first ? first : failed;
	}
	report(&l, ret_report);
	return first;
}

/* ---- what is due ---- */

static bool try_again(const struct err *err)
{
	return err &&
	       (err->kind == ERR_LOCKED || err->kind == ERR_REMOTE || err->kind == ERR_TIMEOUT ||
		err->kind == ERR_CANCELLED || err->kind == ERR_PARTIAL);
}

static struct err *undeploy_due(struct looking *l, const struct due_row *row)
{
	int64_t now = now_of(l->e);

	l->graphs.n = l->services.n = l->graph_of.n = 0;
	TRY(look(l, NULL, row->graph));
	for (size_t i = 0; i < l->services.n; i++) {
		const struct alert_service *s = &l->services.at[i];

		if (!str_eq(s->service->id, row->service))
			continue;
		if (s->graph_runs && str_eq(s->status, "Deployed") &&
		    alerts_over(s->service, s->state, now))
			return perform(l, CHANGE_UNTRIGGER, s, "its events are over");
		*vec_push(l->a, &l->deeds) = (struct signal_deed){
			.graph = row->graph,
			.service = row->service,
			.what = "keep",
			.reason = str_eq(s->status, "Deployed") ? "its events came back"
								: "it does not run",
		};
	}
	return NULL;
}

struct err *signals_tick(struct engine *e, struct arena *a, struct signal_report *ret_report)
{
	struct looking l = {.e = e, .a = a};
	struct store_port *st = &e->ports->store;
	struct due_row *rows;
	size_t n;
	struct err *first = NULL;

	TRY(st->due_list(st->self, a, now_of(e), &rows, &n));
	for (size_t i = 0; i < n; i++) {
		if (!str_eq(rows[i].kind, DUE_UNDEPLOY))
			continue;
		struct err *err = undeploy_due(&l, &rows[i]);
		first = first ? first : err;
		if (!try_again(err))
			TRY(st->due_delete(st->self, a, rows[i].id));
	}
	report(&l, ret_report);
	struct err *err = watched_retry(e, a, ret_report);
	return first ? first : err;
}
