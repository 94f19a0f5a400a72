// SPDX-License-Identifier: Apache-2.0
#include "plan/alerts.h"

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "model/duration.h"

enum { SERIES_MAX = 64 }; /* remembered of one event */

struct taking {
	struct arena *a;
	const struct alert_service *services;
	size_t n;
	int64_t now;
	vec_of(struct alert_action) actions;
	vec_of(struct alert_note) notes;
	struct node **states;
};

const char *alert_name(struct arena *a, const char *graph, const char *id)
{
	return arena_printf(a, "%s/%s", graph, id);
}

int64_t alerts_cooldown(const struct trigger *t)
{
	int64_t ms;

	return t->cooldown && duration_parse(t->cooldown, &ms) ? ms : 300000;
}

/* ---- the state ---- */

static const struct node *series_of(const struct node *state, const char *event)
{
	return node_get(node_get(state, "events"), event);
}

static bool event_fires(const struct node *state, const char *event)
{
	for (const struct node *c = node_first(series_of(state, event)); c; c = c->next)
		if (str_eq(node_str(c, "status"), "firing"))
			return true;
	return false;
}

bool alerts_hold(struct arena *a, const struct service *v, const struct node *state,
		 const char **ret_why)
{
	const struct trigger *t = &v->trigger;
	struct str firing = {.a = a};
	size_t n = 0;

	for (size_t i = 0; i < t->n_events; i++) {
		if (!event_fires(state, t->events[i].id))
			continue;
		str_addf(&firing, "%s%s", n++ ? ", " : "", t->events[i].id);
	}
	bool holds = t->condition == EVENTS_ALL ? n && n == t->n_events : n > 0;
	if (ret_why)
		*ret_why = !holds ? NULL
			   : t->n_events == 1
				   ? arena_printf(a, "event %s fires", str_text(&firing))
				   : arena_printf(a, "%s of %zu events must fire: %s",
						  t->condition == EVENTS_ALL ? "ALL" : "ANY",
						  t->n_events, str_text(&firing));
	return holds;
}

bool alerts_over(const struct service *v, const struct node *state, int64_t now)
{
	int64_t since = node_int(state, "since", now);

	return v->trigger.on_resolve == RESOLVE_UNDEPLOY && state &&
	       !node_bool(state, "holds", true) && now - since >= alerts_cooldown(&v->trigger);
}

/* Forget the series that was resolved first when there are too many. */
static void forget(struct node *series)
{
	const struct node *oldest = NULL;

	if (node_count(series) < SERIES_MAX)
		return;
	for (const struct node *c = node_first(series); c; c = c->next)
		if (str_eq(node_str(c, "status"), "resolved") &&
		    (!oldest || node_int(c, "endsAt", 0) < node_int(oldest, "endsAt", 0)))
			oldest = c;
	node_unset(series, oldest ? oldest->key : node_first(series)->key);
}

/* What is wrong with taking @alert as news of the series, or NULL. */
static const char *old_news(const struct node *known, const struct alert *alert)
{
	bool resolved = str_eq(node_str(known, "status"), "resolved");
	int64_t began = node_int(known, "startsAt", 0);

	if (!known)
		return NULL;
	if (alert->starts_at < began)
		return "it is of an earlier episode";
	if (alert->starts_at > began)
		return NULL;
	if (alert->status == ALERT_FIRING)
		return resolved ? "that episode is over" : "it is known";
	return resolved ? "it is known" : NULL;
}

static void remember(struct taking *t, struct node *state, const struct event *e,
		     const struct alert *alert)
{
	struct node *series = node_map_in(t->a, node_map_in(t->a, state, "events"), e->id);

	if (!node_get(series, alert->fingerprint))
		forget(series);
	struct node *s = node_map_in(t->a, series, alert->fingerprint);
	node_set_str(t->a, s, "status", alert->status == ALERT_FIRING ? "firing" : "resolved");
	node_set_int(t->a, s, "startsAt", alert->starts_at);
	node_unset(s, "endsAt");
	if (alert->status == ALERT_RESOLVED)
		node_set_int(t->a, s, "endsAt", alert->ends_at ? alert->ends_at : t->now);
}

/* ---- which service an alert is about ---- */

static bool names_event(struct arena *a, const struct alert *alert, const char *graph,
			const struct event *e)
{
	const char *name = alert_label(alert, "alertname"), *id = alert_label(alert, "event");

	if (id)
		return str_eq(id, e->id);
	return str_eq(name, e->id) || str_eq(name, alert_name(a, graph, e->id));
}

static bool is_about(const struct alert *alert, const struct alert_service *s)
{
	const char *graph = alert_label(alert, "graph"), *project = alert_label(alert, "project");

	return str_eq(alert_label(alert, "service"), s->service->id) &&
	       (!graph || str_eq(graph, s->graph)) && (!project || str_eq(project, s->project));
}

static const struct event *event_of(struct arena *a, const struct alert *alert,
				    const struct alert_service *s)
{
	for (size_t i = 0; i < s->service->trigger.n_events; i++)
		if (names_event(a, alert, s->graph, &s->service->trigger.events[i]))
			return &s->service->trigger.events[i];
	return NULL;
}

/* ---- taking ---- */

static void note(struct taking *t, bool warning, const struct alert_service *s, const char *reason,
		 const char *message)
{
	*vec_push(t->a, &t->notes) = (struct alert_note){
		.warning = warning,
		.graph = s ? s->graph : NULL,
		.service = s ? s->service->id : NULL,
		.reason = reason,
		.message = message,
	};
}

static void take_for(struct taking *t, size_t i, const struct alert *alert, const struct event *e)
{
	const struct alert_service *s = &t->services[i];
	struct node *state = t->states[i];
	const char *word = alert->status == ALERT_FIRING ? "fires" : "is resolved";

	if (!state)
		state = s->state ? node_copy(t->a, s->state) : node_new(t->a, NODE_MAP);
	const char *old = old_news(node_get(series_of(state, e->id), alert->fingerprint), alert);
	if (old) {
		/* A deployment that failed is tried again when the alert is repeated. */
		if (alert->status == ALERT_FIRING && event_fires(state, e->id))
			t->states[i] = state;
		note(t, false, s, "AlertIgnored",
		     arena_printf(t->a, "event %s %s: %s", e->id, word, old));
		return;
	}
	remember(t, state, e, alert);
	t->states[i] = state;
	note(t, false, s, alert->status == ALERT_FIRING ? "AlertFiring" : "AlertResolved",
	     arena_printf(t->a, "event %s %s%s%s", e->id, word, e->description ? ": " : "",
			  e->description ? e->description : ""));
}

static void take(struct taking *t, const struct alert *alert)
{
	const char *name = alert_label(alert, "alertname");
	const struct alert_service *about = NULL;
	bool taken = false;

	for (size_t i = 0; i < t->n; i++) {
		if (!is_about(alert, &t->services[i]))
			continue;
		about = &t->services[i];
		const struct event *e = event_of(t->a, alert, about);
		if (e)
			take_for(t, i, alert, e);
		taken |= e != NULL;
	}
	if (taken)
		return;
	const char *why = about                           ? "the service waits for no such event"
			  : alert_label(alert, "service") ? "no graph has that service"
							  : "it names no service";
	note(t, true, about, "AlertIgnored",
	     arena_printf(t->a, "alert %s of service %s: %s", name ? name : "without a name",
			  alert_label(alert, "service") ? alert_label(alert, "service") : "none",
			  why));
}

/* ---- what follows ---- */

static void act(struct taking *t, enum alert_action_kind kind, size_t i, int64_t at,
		const char *reason)
{
	*vec_push(t->a, &t->actions) = (struct alert_action){kind, i, reason, at};
}

static void conclude(struct taking *t, size_t i)
{
	const struct alert_service *s = &t->services[i];
	struct node *state = t->states[i];
	bool held = node_bool(state, "holds", false), first = !node_get(state, "holds");
	const char *why;
	bool holds = alerts_hold(t->a, s->service, state, &why);

	if (held != holds || first) {
		node_set_bool(t->a, state, "holds", holds);
		node_set_int(t->a, state, "since", t->now);
	}
	if (holds && !str_eq(s->status, "Deployed")) {
		if (s->graph_runs)
			act(t, ALERT_DEPLOY, i, t->now, why);
		else
			note(t, false, s, "AlertIgnored",
			     arena_printf(t->a, "%s, but the graph is stopped", why));
	}
	bool ended = held && !holds;
	if (ended && s->service->trigger.on_resolve == RESOLVE_UNDEPLOY &&
	    str_eq(s->status, "Deployed"))
		act(t, ALERT_UNDEPLOY, i, t->now + alerts_cooldown(&s->service->trigger),
		    "its events are over");
}

struct alert_outcome alerts_take(struct arena *a, const struct alert_body *body,
				 const struct alert_service *services, size_t n, int64_t now)
{
	struct taking t = {.a = a,
			   .services = services,
			   .n = n,
			   .now = now,
			   .states = arena_new_n(a, struct node *, n)};

	for (size_t i = 0; i < body->n_alerts; i++)
		take(&t, &body->alerts[i]);
	for (size_t i = 0; i < n; i++)
		if (t.states[i])
			conclude(&t, i);
	if (body->truncated > 0)
		note(&t, true, NULL, "AlertsTruncated",
		     arena_printf(a, "%lld alerts were left out of the notification",
				  (long long)body->truncated));
	return (struct alert_outcome){t.actions.at, t.actions.n, t.notes.at, t.notes.n, t.states};
}
