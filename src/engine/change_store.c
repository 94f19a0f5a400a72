// SPDX-License-Identifier: Apache-2.0
#include "engine/change_store.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/bind.h"
#include "doc/mask.h"
#include "engine/condition.h"
#include "engine/watched.h"
#include "model/scale_memory.h"
#include "plan/desire.h"
#include "plan/place.h"
#include "plan/reserve.h"
#include "plan/signals.h"

static bool ends_running(enum change_verb verb)
{
	return verb != CHANGE_STOP && verb != CHANGE_REMOVE;
}

static const char *status_before(enum change_verb verb)
{
	return verb == CHANGE_STOP ? "Stopping" : verb == CHANGE_REMOVE ? "Removing" : "Deploying";
}

/* ---- services ---- */

static const char *cores_text(struct arena *a, int64_t milli)
{
	return arena_printf(a, "%g", (double)milli / 1000);
}

/* The original's spelling: "500MiB", "1GiB", "10GB". */
static const char *bytes_text(struct arena *a, int64_t bytes)
{
	static const struct {
		int64_t size;
		const char *suffix;
	} units[] = {
		{INT64_C(1) << 30, "GiB"}, {INT64_C(1000000000), "GB"}, {INT64_C(1) << 20, "MiB"},
		{INT64_C(1000000), "MB"},  {INT64_C(1) << 10, "KiB"},
	};

	for (size_t i = 0; i < countof(units); i++)
		if (bytes && bytes % units[i].size == 0)
			return arena_printf(a, "%lld%s", (long long)(bytes / units[i].size),
					    units[i].suffix);
	return arena_printf(a, "%lld", (long long)bytes);
}

static const char *clusters_text(struct arena *a, const struct placement *p, const char *service)
{
	const struct service_placement *sp = placement_of(p, service);
	struct str s = {.a = a};

	for (size_t i = 0; sp && i < sp->n_shares; i++)
		str_addf(&s, "%s%s", i ? "," : "", sp->shares[i].cluster);
	return s.len ? str_text(&s) : NULL;
}

static const struct service_state *state_of(const struct snapshot *s, const char *service)
{
	for (size_t i = 0; i < s->n_services; i++)
		if (str_eq(s->services[i].service, service))
			return &s->services[i];
	return NULL;
}

/* What the service is called while the change is under way, and after it. */
static const char *service_status(const struct decision *d, const struct service *v, bool ended)
{
	const struct service_state *st = state_of(&d->snapshot, v->id);

	if (!ends_running(d->verb)) {
		if (ended)
			return v->trigger.is_event ? "Pending" : "Not deployed";
		return st && st->status ? st->status : "Not deployed";
	}
	if (!service_is_active(&d->snapshot, v))
		return "Pending";
	if (ended || (st && str_eq(st->status, "Deployed")))
		return "Deployed";
	return "Deploying";
}

static struct service_row row_of(struct arena *a, const struct decision *d, const struct service *v,
				 bool ended)
{
	const struct release_want *w = NULL;
	const struct service_state *st = state_of(&d->snapshot, v->id);
	const struct chart_facts *f = snapshot_chart(&d->snapshot, v->id);

	for (size_t i = 0; i < d->desired.n_items; i++)
		if (d->desired.items[i].release && str_eq(d->desired.items[i].service, v->id))
			w = d->desired.items[i].release;
	return (struct service_row){
		.graph = d->graph.id,
		.name = v->id,
		.status = service_status(d, v, ended),
		.cluster_affinity = clusters_text(a, &d->placement, v->id),
		.artifact_ref = v->oci_image,
		.artifact_type = v->type,
		.artifact_implementer = v->implementer,
		.cpu = cores_text(a, amounts_get(&v->demand, "cpu")),
		.memory = bytes_text(a, amounts_get(&v->demand, "memory")),
		.storage = bytes_text(a, amounts_get(&v->demand, "ephemeral-storage")),
		.gpu = arena_printf(a, "%lld", (long long)(v->gpu.enabled ? v->gpu.count : 0)),
		.values_overwrite = w && w->values ? w->values
				    : v->values    ? v->values
						   : node_new(a, NODE_MAP),
		.replicas = st && !place_overruled(&d->snapshot, v) ? st->replicas : 0,
		.digest = f && f->digest ? f->digest : NULL,
	};
}

static const struct service_row *row_called(const struct service_row *rows, size_t n,
					    const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].name, name))
			return &rows[i];
	return NULL;
}

/*
 * What is shown of a service's alert: the rule of its first event, as in the original, and under
 * `state` what is known of all its events, which every change keeps.
 */
static struct node *alert_of(struct engine *e, struct arena *a, const struct decision *d,
			     const struct service *v, const struct service_row *old, size_t n)
{
	static const struct rule_options plain = {0};
	const struct rule_options *o = e->signals ? &e->signals->rule : &plain;
	struct node *alert;

	if (!v->trigger.is_event)
		return NULL;
	alert = rules_rule(a, &d->graph, d->project, v, &v->trigger.events[0], o);
	for (size_t i = 0; i < n; i++) {
		struct node *state = node_get(old[i].alert, "state");
		if (str_eq(old[i].name, v->id) && state)
			node_set(alert, "state", node_copy(a, state));
	}
	return alert;
}

/* Which clusters had no node for pods of @v: where all of them have one now, that is over. */
static void note_refusals(struct arena *a, const struct snapshot *s, const struct service *v,
			  int64_t now, struct scale_memory *m)
{
	refusals_forget(m, now);
	for (size_t i = 0; i < s->n_workloads; i++) {
		const struct workload *w = &s->workloads[i];

		if (!str_eq(w->graph, s->graph) || !str_eq(w->service, v->id))
			continue;
		for (size_t k = 0; k < w->n_shares; k++) {
			const struct workload_share *sh = &w->shares[k];

			if (sh->unplaced || (sh->current && sh->ready >= sh->replicas))
				refusals_note(a, m, sh->cluster, !sh->unplaced, now);
		}
	}
}

/* What is remembered of @v: as it was, but for who set its replicas and who refused them. */
static struct node *scaling_of(struct engine *e, struct arena *a, const struct decision *d,
			       const struct service_row *row, const struct service *v, bool ended,
			       const struct service_row *old)
{
	const struct service_state *st = state_of(&d->snapshot, v->id);
	struct scale_memory m = scale_memory_read(a, old ? old->scaling : NULL);
	bool set = st && !place_overruled(&d->snapshot, v);

	m.by = set ? st->set_by : NULL;
	m.said = set ? st->said : 0;
	m.asleep = set && st->asleep;
	m.given_back = st && st->given_back && !ended;
	note_refusals(a, &d->snapshot, v, e->ports->clock.now(e->ports->clock.self), &m);
	if (!str_eq(row->status, "Deployed"))
		m.started = 0;
	else if (ended && !m.started)
		m.started = e->ports->clock.now(e->ports->clock.self);
	return scale_memory_write(a, &m);
}

/* Where the dashboard of @v can be looked at: as it was where none are put now. */
static const char *board_of(struct engine *e, struct arena *a, const struct decision *d,
			    const struct service *v, const struct service_row *old)
{
	if (!e->signals || !e->signals->dashboards)
		return old ? old->grafana : NULL;
	return signal_board_link(
		a, e->signals,
		dashboard_uid(a, DASHBOARD_SERVICE, d->snapshot.instance, d->project, v->id));
}

static struct err *put_services(struct engine *e, struct arena *a, const struct decision *d,
				bool ended)
{
	struct store_port *st = &e->ports->store;
	struct service_row *rows = arena_new_n(a, struct service_row, d->graph.n_services);

	struct service_row *old = NULL;
	size_t n_old = 0;

	TRY(st->service_list(st->self, a, d->graph.id, &old, &n_old));
	for (size_t i = 0; i < d->graph.n_services; i++) {
		rows[i] = row_of(a, d, &d->graph.services[i], ended);
		rows[i].grafana = board_of(e, a, d, &d->graph.services[i],
					   row_called(old, n_old, rows[i].name));
		rows[i].alert = alert_of(e, a, d, &d->graph.services[i], old, n_old);
		rows[i].scaling = scaling_of(e, a, d, &rows[i], &d->graph.services[i], ended,
					     row_called(old, n_old, rows[i].name));
	}
	return st->services_put(st->self, a, d->graph.id, rows, d->graph.n_services);
}

/* ---- reservations ---- */

static struct err *put_reservations(struct engine *e, struct arena *a, const struct decision *d)
{
	struct store_port *st = &e->ports->store;
	struct reservation *rows = NULL;
	size_t n = 0;

	if (ends_running(d->verb))
		reservations_of(a, &d->graph, &d->snapshot, &d->placement, &rows, &n);
	return st->reservations_put(st->self, a, d->graph.id, rows, n);
}

/* ---- graph, revision, operation ---- */

static struct err *put_graph(struct engine *e, struct arena *a, const struct decision *d,
			     const char *status, struct node *conditions, struct node *places)
{
	struct store_port *st = &e->ports->store;
	int64_t now = e->ports->clock.now(e->ports->clock.self);
	struct graph_row row = {.created = now};
	struct err *err = st->graph_get(st->self, a, d->graph.id, &row);

	if (err && err->kind != ERR_NOT_FOUND)
		return err;
	row.name = d->graph.id;
	row.project = d->project;
	row.status = status;
	row.descriptor = d->descriptor;
	row.placement = d->graph.intent.use_static_placement
				? NULL
				: bind_write(a, &placement_shape, &d->placement);
	row.revision = d->new_revision ? d->revision + 1 : d->revision;
	row.cluster_scoped = d->cluster_scoped;
	row.updated = now;
	row.conditions = conditions ? conditions : row.conditions;
	row.places = places ? places : row.places;
	if (e->signals && e->signals->dashboards)
		row.grafana = signal_board_link(
			a, e->signals,
			dashboard_uid(a, DASHBOARD_GRAPH, d->snapshot.instance, NULL, d->graph.id));
	return st->graph_put(st->self, a, &row);
}

/* A new descriptor is a new revision; another placement of the same one only changes it. */
static struct err *put_revision(struct engine *e, struct arena *a, const struct change *c,
				const struct decision *d)
{
	struct store_port *st = &e->ports->store;
	struct revision_row row = {
		.graph = d->graph.id,
		.number = d->revision + 1,
		.message = c->message ? c->message : change_verb_name(d->verb),
		.created = e->ports->clock.now(e->ports->clock.self),
	};

	if (!d->new_revision)
		TRY(st->revision_get(st->self, a, d->graph.id, d->revision, &row));
	row.descriptor = d->descriptor;
	row.placement = bind_write(a, &placement_shape, &d->placement);
	row.pins = d->pins;
	return st->revision_put(st->self, a, &row);
}

/* Dashboards are long, made from the rest, and kept in the plan where they are put. */
static struct node *without_boards(struct arena *a, struct node *desired)
{
	for (struct node *i = node_first(node_get(desired, "items")); i; i = i->next) {
		const struct node *o = node_get(i, "object");
		struct node *bare = node_new(a, NODE_MAP);

		if (!str_eq(node_str(o, "kind"), DASHBOARD_KIND))
			continue;
		for (const struct node *c = node_first(o); c; c = c->next)
			if (!str_eq(c->key, "spec"))
				node_set(bare, c->key, node_copy(a, c));
		node_set(i, "object", bare);
	}
	return desired;
}

static struct err *put_operation(struct engine *e, struct arena *a, const struct decision *d,
				 const char *operation)
{
	struct store_port *st = &e->ports->store;
	const struct operation_row row = {
		.id = operation,
		.verb = change_verb_name(d->verb),
		.graph = d->graph.id,
		.project = d->project,
		.state = "running",
		.desired = mask_secrets(
			a, without_boards(a, bind_write(a, &desired_shape, &d->desired))),
		.plan = mask_secrets(a, bind_write(a, &plan_shape, &d->plan)),
		.inputs_hash = d->plan.inputs_hash,
		.started = e->ports->clock.now(e->ports->clock.self),
	};

	TRY(st->operation_put(st->self, a, &row));
	for (size_t i = 0; i < d->plan.n_steps; i++) {
		const struct step_row step = {
			.operation = operation,
			.n = d->plan.steps[i].n,
			.state = "pending",
		};
		TRY(st->step_put(st->self, a, &step));
	}
	return NULL;
}

static struct err *begin_rows(struct engine *e, struct arena *a, const struct change *c,
			      const struct decision *d, const char *operation)
{
	struct node *places;

	TRY(watched_begin(e, a, d, &places));
	TRY(put_graph(e, a, d, status_before(d->verb), NULL, places));
	TRY(put_services(e, a, d, false));
	if (d->verb != CHANGE_REMOVE && d->verb != CHANGE_STOP)
		TRY(put_revision(e, a, c, d));
	TRY(put_reservations(e, a, d));
	return put_operation(e, a, d, operation);
}

static struct err *in_transaction(struct engine *e, struct arena *a, struct err *what)
{
	struct store_port *st = &e->ports->store;

	if (!what)
		return st->commit(st->self, a);
	st->rollback(st->self);
	return what;
}

struct err *change_store_begin(struct engine *e, struct arena *a, const struct change *c,
			       const struct decision *d, const char *operation)
{
	TRY(e->ports->store.begin(e->ports->store.self, a));
	return in_transaction(e, a, begin_rows(e, a, c, d, operation));
}

static struct err *end_operation(struct engine *e, struct arena *a, const char *operation,
				 const struct err *why)
{
	struct store_port *st = &e->ports->store;
	struct operation_row row;

	TRY(st->operation_get(st->self, a, operation, &row));
	row.state = !why ? "done" : why->kind == ERR_CANCELLED ? "cancelled" : "failed";
	row.error = why ? why->msg : NULL;
	row.ended = e->ports->clock.now(e->ports->clock.self);
	return st->operation_put(st->self, a, &row);
}

static struct err *end_rows(struct engine *e, struct arena *a, const struct decision *d,
			    const char *operation, const struct err *why)
{
	struct store_port *st = &e->ports->store;
	struct graph_row row;

	TRY(end_operation(e, a, operation, why));
	if (why) {
		if (d->verb == CHANGE_REMOVE || d->verb == CHANGE_STOP)
			return NULL;
		return put_graph(e, a, d, "Degraded", condition_list(e, a, d, why), NULL);
	}
	TRY(st->graph_get(st->self, a, d->graph.id, &row));
	struct node *places = watched_end(e, a, d, row.places);
	if (d->verb == CHANGE_REMOVE)
		TRY(st->graph_delete(st->self, a, d->graph.id));
	if (!ends_running(d->verb))
		TRY(watched_later(e, a, d->graph.id, places));
	if (d->verb == CHANGE_REMOVE)
		return NULL;
	TRY(put_services(e, a, d, true));
	return put_graph(e, a, d,
			 d->verb == CHANGE_STOP ? "Stopped"
			 : d->n_passed_over     ? "Degraded"
						: "Running",
			 condition_list(e, a, d, NULL), places);
}

struct err *change_store_end(struct engine *e, struct arena *a, const struct decision *d,
			     const char *operation, const struct err *why)
{
	TRY(e->ports->store.begin(e->ports->store.self, a));
	return in_transaction(e, a, end_rows(e, a, d, operation, why));
}
