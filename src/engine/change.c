// SPDX-License-Identifier: Apache-2.0
#include "engine/change.h"

#include <stdarg.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/bind.h"
#include "engine/apply.h"
#include "engine/change_read.h"
#include "engine/change_store.h"
#include "engine/condition.h"
#include "engine/observe.h"
#include "engine/observe_clusters.h"
#include "engine/watched.h"
#include "plan/demand.h"
#include "plan/make.h"
#include "plan/world.h"

const char *change_verb_name(enum change_verb verb)
{
	static const char *const names[] = {
		[CHANGE_DEPLOY] = "deploy",       [CHANGE_START] = "start",
		[CHANGE_STOP] = "stop",           [CHANGE_REMOVE] = "remove",
		[CHANGE_REPLACE] = "re-place",    [CHANGE_TRIGGER] = "trigger",
		[CHANGE_UNTRIGGER] = "untrigger", [CHANGE_SCALE] = "scale",
		[CHANGE_ROLLBACK] = "rollback",   [CHANGE_RESUME] = "resume",
	};

	return names[verb];
}

void engine_event(struct engine *e, struct arena *a, const char *graph, const char *service,
		  const char *operation, bool warning, const char *reason, const char *fmt, ...)
{
	struct store_port *st = &e->ports->store;
	va_list ap;

	va_start(ap, fmt);
	const struct event_row row = {
		.time = e->ports->clock.now(e->ports->clock.self),
		.graph = graph,
		.service = service,
		.operation = operation,
		.type = warning ? "Warning" : "Normal",
		.reason = reason,
		.message = arena_vprintf(a, fmt, ap),
	};
	va_end(ap);
	struct err *ignored = st->event_add(st->self, a, &row);
	(void)ignored;
}

/* ---- deciding ---- */

static bool is_removal(enum change_verb verb)
{
	return verb == CHANGE_STOP || verb == CHANGE_REMOVE;
}

static struct service_state *state_in(struct arena *a, struct snapshot *s, const char *service)
{
	for (size_t i = 0; i < s->n_services; i++)
		if (str_eq(s->services[i].service, service))
			return &s->services[i];
	struct service_state *grown = arena_new_n(a, struct service_state, s->n_services + 1);
	for (size_t i = 0; i < s->n_services; i++)
		grown[i] = s->services[i];
	grown[s->n_services].service = service;
	s->services = grown;
	return &s->services[s->n_services++];
}

static void set_replicas(const struct change *c, const struct replica_wish *w,
			 const struct service *v, struct decision *d, struct service_state *st)
{
	st->replicas = w->give_back ? 0 : w->replicas;
	st->asleep = !w->give_back && !w->replicas;
	st->given_back = w->give_back;
	st->set_by = w->give_back ? NULL : c->by ? c->by : "hand";
	st->set_why = w->why;
	st->said = w->give_back ? 0 : place_said(&d->snapshot, v);
}

/* A DaemonSet has as many pods as there are nodes, a Job as many as it says itself. */
static struct err *refuse_uncounted(struct arena *a, const struct decision *d,
				    const struct service *v)
{
	const struct chart_facts *f = snapshot_chart(&d->snapshot, v->id);
	const struct object_facts *main = f && !f->error ? main_workload(f) : NULL;

	if (!f || f->error || (main && world_counts_replicas(main->kind)))
		return NULL;
	if (!main)
		return err_new(a, ERR_CONFLICT, "service '%s' has nothing that could be scaled",
			       v->id);
	return err_new(a, ERR_CONFLICT, "service '%s' cannot be scaled: a %s has no replicas",
		       v->id, main->kind);
}

/* The wish of the request goes into the state that the decision is made from. */
static struct err *wish(struct arena *a, const struct change *c, struct decision *d)
{
	for (size_t i = 0; i < c->n_wishes; i++) {
		const struct replica_wish *w = &c->wishes[i];
		const struct service *scaled = graph_service(&d->graph, w->service);

		if (!scaled)
			return err_new(a, ERR_NOT_FOUND, "graph '%s' has no service '%s'",
				       d->graph.id, w->service);
		if (!c->by && !w->give_back)
			TRY(refuse_uncounted(a, d, scaled));
		set_replicas(c, w, scaled, d, state_in(a, &d->snapshot, w->service));
	}
	bool over = c->verb == CHANGE_UNTRIGGER;
	if (c->verb != CHANGE_TRIGGER && !over)
		return NULL;
	const struct service *v = graph_service(&d->graph, c->service);
	if (!v)
		return err_new(a, ERR_NOT_FOUND, "graph '%s' has no service '%s'", d->graph.id,
			       c->service);
	struct service_state *st = state_in(a, &d->snapshot, v->id);
	if (!v->trigger.is_event)
		return err_new(a, ERR_CONFLICT, "service '%s' waits for no event: it runs already",
			       v->id);
	if (over || !str_eq(st->status, "Deployed"))
		st->status = over ? "Pending" : "Deploying";
	return NULL;
}

/* What the store says of the placement; services that it does not know have no shares. */
static void stored_placement(struct arena *a, const struct decision *d, struct placement *ret)
{
	size_t n = d->graph.n_services;
	struct service_placement *list = arena_new_n(a, struct service_placement, n);

	for (size_t i = 0; i < n; i++) {
		const struct service *v = &d->graph.services[i];
		const struct service_state *st = NULL;

		for (size_t k = 0; k < d->snapshot.n_services; k++)
			if (str_eq(d->snapshot.services[k].service, v->id))
				st = &d->snapshot.services[k];
		list[i].service = v->id;
		list[i].shares = arena_new_n(a, struct share, st ? st->n_clusters : 0);
		for (size_t k = 0; st && k < st->n_clusters; k++)
			list[i].shares[list[i].n_shares++].cluster = st->clusters[k];
	}
	*ret = (struct placement){list, n};
}

static struct err *decide_placement(struct engine *e, struct arena *a, const struct change *c,
				    struct decision *d)
{
	const struct place_options o = {
		.policy = c->policy,
		.settings = e->placement,
		.asked = c->asked,
		.recover = c->verb == CHANGE_REPLACE,
		.allow_data_loss = c->allow_data_loss,
		.stop = e->ports->cancel ? &e->ports->cancel->raised : NULL,
	};

	if (is_removal(d->verb)) {
		stored_placement(a, d, &d->placement);
		return NULL;
	}
	return place(a, &d->graph, &d->snapshot, &o, &d->placement, &d->why);
}

static struct err *refuse_foreign(struct engine *e, struct arena *a, const struct decision *d)
{
	for (size_t i = 0; i < d->plan.n_steps && !e->adopt; i++) {
		const struct release_want *w = d->plan.steps[i].release;
		const struct release *r =
			w ? snapshot_release(&d->snapshot, w->namespace_, w->name) : NULL;

		if (r &&
		    (!str_eq(r->graph, d->graph.id) || !str_eq(r->instance, d->snapshot.instance)))
			return err_hint(
				a,
				err_new(a, ERR_CONFLICT,
					"a release '%s' exists in namespace '%s' and is not "
					"this graph's",
					r->name, r->namespace_),
				"Remove it, rename the service, or take it over with "
				"--adopt.");
	}
	return NULL;
}

static struct node *pins_of(struct arena *a, const struct snapshot *s)
{
	struct node *pins = node_new(a, NODE_MAP);

	for (size_t i = 0; i < s->n_charts; i++)
		if (s->charts[i].digest)
			node_set_str(a, pins, s->charts[i].service, s->charts[i].digest);
	return pins;
}

static struct err *look(struct engine *e, struct arena *a, const struct change *c,
			struct decision *d)
{
	const struct observe_want want = {
		.project = d->project,
		.graph = &d->graph,
		.pins = d->new_revision && c->verb == CHANGE_DEPLOY ? NULL : d->pins,
		.compare = c->verb == CHANGE_DEPLOY,
		.no_charts = is_removal(d->verb),
		.leaving = d->verb == CHANGE_REMOVE,
	};

	if (!c->given)
		return observe(e, a, &want, &d->snapshot);
	d->snapshot = *c->given;
	if (!d->snapshot.project)
		d->snapshot.project = d->project;
	if (!d->snapshot.graph)
		d->snapshot.graph = d->graph.id;
	return NULL;
}

struct err *change_decide(struct engine *e, struct arena *a, const struct change *c,
			  struct problems *ps, struct decision *ret_decision)
{
	struct decision *d = ret_decision;

	*d = (struct decision){0};
	TRY(change_read(e, a, c, ps, d));
	TRY(look(e, a, c, d));
	TRY(wish(a, c, d));
	TRY(decide_placement(e, a, c, d));
	if (!is_removal(d->verb))
		d->pins = pins_of(a, &d->snapshot);
	const struct make_options o = {
		.verb = change_verb_name(d->verb),
		.stopped = d->verb == CHANGE_STOP,
		.removing = d->verb == CHANGE_REMOVE,
		.signals = e->signals,
		.wait = c->wait,
		.allow_cluster_scoped = d->cluster_scoped,
		.why = is_removal(d->verb) ? NULL : &d->why,
	};
	TRY(plan_make(a, &d->graph, &d->snapshot, &d->placement, &o, &d->desired, &d->plan));
	return refuse_foreign(e, a, d);
}

/* ---- carrying out ---- */

static struct err *refuse_data_loss(struct arena *a, const struct change *c,
				    const struct decision *d)
{
	for (size_t i = 0; i < d->plan.n_steps && !c->allow_data_loss; i++) {
		const struct step *st = &d->plan.steps[i];

		if (st->loses_data && !is_removal(d->verb))
			return err_hint(a,
					err_new(a, ERR_CONFLICT,
						"step %lld (%s %s) would lose the data of '%s'",
						(long long)st->n, st->kind, st->summary,
						st->service),
					"Save the data, then allow it with --allow-data-loss.");
	}
	return NULL;
}

/* The plan that was approved must be the plan that is made now. */
static struct err *compare_approved(struct arena *a, const struct plan *approved,
				    const struct plan *now)
{
	const char *path = NULL;

	if (str_eq(approved->inputs_hash, now->inputs_hash))
		return NULL;
	node_within(a, bind_write(a, &plan_shape, approved), bind_write(a, &plan_shape, now),
		    &path);
	return err_hint(a,
			err_new(a, ERR_CONFLICT,
				"the world or the descriptor changed since the plan was made%s%s",
				path ? ": it differs in " : "", path ? path : ""),
			"Look at the new plan, and approve that one.");
}

static const char *operation_id(struct engine *e, struct arena *a, const struct decision *d,
				const struct lease *lease)
{
	const char *text = arena_printf(
		a, "%s/%s/%lld/%lld/%s", d->snapshot.instance, d->graph.id, (long long)lease->fence,
		(long long)e->ports->clock.now(e->ports->clock.self), change_verb_name(d->verb));
	size_t len = 0;

	while (text[len])
		len++;
	return arena_printf(a, "op-%.12s", sha256_hex(a, text, len));
}

static struct err *nothing_to_do(struct engine *e, struct arena *a, const struct decision *d,
				 bool *ret_nothing)
{
	struct store_port *st = &e->ports->store;
	struct graph_row row;
	struct err *err = st->graph_get(st->self, a, d->graph.id, &row);

	*ret_nothing = false;
	if (err)
		return err->kind == ERR_NOT_FOUND ? NULL : err;
	const char *settled = d->verb == CHANGE_STOP ? "Stopped" : "Running";
	*ret_nothing = !d->plan.n_steps && !d->new_revision && d->verb != CHANGE_REMOVE &&
		       str_eq(row.status, settled);
	return NULL;
}

static struct err *carry_out(struct engine *e, struct arena *a, const struct change *c,
			     struct decision *d, struct lease *lease)
{
	struct apply_result result;
	const struct listener *l = &e->listener;
	int64_t began = e->ports->clock.now(e->ports->clock.self);
	const char *id = operation_id(e, a, d, lease);

	TRY(change_store_begin(e, a, c, d, id));
	if (l->begin)
		l->begin(l->self,
			 arena_printf(a, "%s '%s'", change_verb_name(d->verb), d->graph.id),
			 d->plan.steps, d->plan.n_steps);
	engine_event(e, a, d->graph.id, NULL, id, false, "Started", "%s: %zu steps",
		     change_verb_name(d->verb), d->plan.n_steps);
	struct err *err = apply(e, a, &d->plan, id, lease, &result);
	d->passed_over = result.skipped;
	d->n_passed_over = err ? 0 : result.n_skipped;
	d->cause = result.why ? result.why->kind : err ? err->kind : ERR_GENERIC;
	if (l->end)
		l->end(l->self);
	engine_event(e, a, d->graph.id, NULL, id, err != NULL, err ? "Failed" : "Done", "%s%s%s",
		     change_verb_name(d->verb), err ? ": " : "", err ? err->msg : "");
	struct err *stored = change_store_end(e, a, d, id, err);
	condition_mark(e, a, d, began, err);
	return err ? err : stored;
}

static struct err *run_locked(struct engine *e, struct arena *a, const struct change *c,
			      struct problems *ps, struct decision *d, struct lease *lease)
{
	bool nothing;

	TRY(change_decide(e, a, c, ps, d));
	if (c->approved)
		TRY(compare_approved(a, c->approved, &d->plan));
	TRY(refuse_data_loss(a, c, d));
	TRY(clusters_remember(e, a, d->snapshot.clusters, d->snapshot.n_clusters));
	TRY(nothing_to_do(e, a, d, &nothing));
	return nothing ? NULL : carry_out(e, a, c, d, lease);
}

/* Back to what was before: the previous revision, or nothing when there was none. */
static struct err *undo(struct engine *e, struct arena *a, const struct change *c,
			const struct decision *failed, struct lease *lease)
{
	struct change back = {
		.verb = failed->is_new ? CHANGE_REMOVE : CHANGE_ROLLBACK,
		.graph = failed->graph.id,
		.revision = failed->revision,
		.message = "rolled back after a failure",
		.allow_data_loss = c->allow_data_loss,
		.allow_cluster_scoped = c->allow_cluster_scoped,
	};
	struct problems ps = {.a = a};
	struct decision d;

	return run_locked(e, a, &back, &ps, &d, lease);
}

static struct err *graph_name(struct arena *a, const struct change *c, const char **ret_name)
{
	struct problems ps = {.a = a};
	struct node *g = c->verb == CHANGE_DEPLOY ? graph_unwrap(c->descriptor, &ps) : NULL;

	*ret_name = c->verb == CHANGE_DEPLOY ? node_str(g, "id") : c->graph;
	if (*ret_name)
		return NULL;
	TRY(problems_err(a, &ps));
	return err_new(a, ERR_INPUT, "the descriptor has no 'id'");
}

/* Who keeps rules and dashboards was there: what others left behind can be taken away too. */
static void clear_leftovers(struct engine *e, struct arena *a, const struct decision *d)
{
	struct signal_report ignored_report = {0};
	bool met = false;

	for (size_t i = 0; i < d->plan.n_steps; i++)
		met |= d->plan.steps[i].optional;
	if (!met || d->n_passed_over || cancelled(e->ports->cancel))
		return;
	struct err *ignored = watched_retry(e, a, &ignored_report);
	(void)ignored; /* it stays due */
}

struct err *change_run(struct engine *e, struct arena *a, const struct change *c,
		       struct problems *ps, struct decision *ret_decision)
{
	struct store_port *st = &e->ports->store;
	struct lock_port *lock = &e->ports->lock;
	struct lease lease;
	const char *name;

	*ret_decision = (struct decision){0};
	TRY(graph_name(a, c, &name));
	TRY(lock->take(lock->self, a, name, e->lock_wait_ms));
	struct err *err =
		st->lease_take(st->self, a, name, e->holder,
			       e->ports->clock.now(e->ports->clock.self), ENGINE_LEASE_MS, &lease);
	if (!err) {
		err = run_locked(e, a, c, ps, ret_decision, &lease);
		bool halfway = err && ret_decision->plan.n_steps && err->kind != ERR_CONFLICT;
		if (halfway && c->rollback_on_failure && !cancelled(e->ports->cancel)) {
			struct err *back = undo(e, a, c, ret_decision, &lease);
			err = err_hint(
				a,
				err_new(a, back ? err->kind : ret_decision->cause, "%s", err->msg),
				"%s",
				back ? arena_printf(a, "Undoing it failed too: %s", back->msg)
				     : "What was done has been undone.");
		}
		struct err *ignored = st->lease_drop(st->self, a, &lease);
		(void)ignored;
	}
	lock->drop(lock->self);
	if (!err)
		clear_leftovers(e, a, ret_decision);
	return err;
}
