// SPDX-License-Identifier: Apache-2.0
#include "laws.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/bind.h"
#include "doc/yaml.h"
#include "plan/demand.h"
#include "plan/desire.h"
#include "plan/explain.h"
#include "plan/simulate.h"

static int by_id(const void *x, const void *y)
{
	return strcmp(((const struct service *)x)->id, ((const struct service *)y)->id);
}

void law_sort(struct graph *g)
{
	if (g->n_services)
		qsort(g->services, g->n_services, sizeof(*g->services), by_id);
}

static bool runs(const struct law_case *c)
{
	return !c->make.stopped && !c->make.removing;
}

static const struct service_state *state_of(const struct law_case *c, const char *service)
{
	for (size_t i = 0; i < c->s.n_services; i++)
		if (str_eq(c->s.services[i].service, service))
			return &c->s.services[i];
	return NULL;
}

/* A stored placement is all that stopping needs. */
static struct placement stored(const struct law_case *c)
{
	struct service_placement *list =
		arena_new_n(c->a, struct service_placement, c->g.n_services);

	for (size_t i = 0; i < c->g.n_services; i++) {
		const struct service_state *st = state_of(c, c->g.services[i].id);
		size_t n = st ? st->n_clusters : 0;

		list[i].service = c->g.services[i].id;
		list[i].shares = arena_new_n(c->a, struct share, n);
		for (size_t k = 0; k < n; k++)
			list[i].shares[list[i].n_shares++].cluster = st->clusters[k];
	}
	return (struct placement){list, c->g.n_services};
}

struct outcome law_decide(const struct law_case *c)
{
	struct outcome o = {0};
	struct make_options make = c->make;

	if (runs(c)) {
		o.err = place(c->a, &c->g, &c->s, &c->place, &o.placement, &o.why);
		make.why = &o.why;
	} else {
		o.placement = stored(c);
	}
	if (!o.err)
		o.err = plan_make(c->a, &c->g, &c->s, &o.placement, &make, &o.desired, &o.plan);
	return o;
}

/* ---- the world afterwards ---- */

static struct service_state state_after(const struct law_case *c, const struct outcome *o,
					const struct service *v)
{
	const struct service_placement *p = placement_of(&o->placement, v->id);
	const struct service_state *was = state_of(c, v->id);
	struct service_state st = was ? *was : (struct service_state){.service = v->id};

	if (!runs(c))
		st.status = v->trigger.is_event ? "Pending" : "Not deployed";
	else
		st.status = service_is_active(&c->s, v) ? "Deployed" : "Pending";
	st.clusters = arena_new_n(c->a, const char *, p ? p->n_shares : 0);
	st.n_clusters = 0;
	for (size_t k = 0; p && k < p->n_shares; k++)
		st.clusters[st.n_clusters++] = p->shares[k].cluster;
	return st;
}

struct snapshot law_after(const struct law_case *c, const struct outcome *o)
{
	struct snapshot s = simulate(c->a, &c->s, &o->plan);

	s.graph_status = c->make.removing ? NULL : c->make.stopped ? "Stopped" : "Running";
	s.services = arena_new_n(c->a, struct service_state, c->g.n_services);
	s.n_services = 0;
	for (size_t i = 0; i < c->g.n_services && !c->make.removing; i++)
		s.services[s.n_services++] = state_after(c, o, &c->g.services[i]);
	return s;
}

/* ---- order ---- */

static const char *broken_order(const struct law_case *c, const struct plan *p)
{
	for (size_t i = 0; i < p->n_steps; i++) {
		if (p->steps[i].n != (int64_t)i + 1)
			return arena_printf(c->a, "step %zu is numbered %lld", i + 1,
					    (long long)p->steps[i].n);
		for (size_t k = 0; k < p->steps[i].n_after; k++)
			if (p->steps[i].after[k] < 1 || p->steps[i].after[k] >= p->steps[i].n)
				return arena_printf(c->a, "step %zu waits for step %lld", i + 1,
						    (long long)p->steps[i].after[k]);
	}
	return NULL;
}

static bool waits_for(const struct plan *p, const struct step *st, int64_t n)
{
	for (size_t k = 0; k < st->n_after; k++)
		if (st->after[k] == n || waits_for(p, &p->steps[st->after[k] - 1], n))
			return true;
	return false;
}

/* Policies and overrides over what the chart renders; not those of exports and imports. */
static bool steers(const struct step *st)
{
	const char *kind = node_str(st->object, "kind");
	const char *name = node_str(st->object, "metadata.name");

	if (st->verb != STEP_PUT || !kind)
		return false;
	return (strstr(kind, "Policy") && !str_ends(name, ".export") &&
		!str_ends(name, ".import")) &&
	       st->service;
}

/* A release comes after the policies and the override that were put since its last. */
static const char *broken_release(const struct law_case *c, const struct plan *p)
{
	for (size_t i = 0; i < p->n_steps; i++)
		for (size_t k = 0; k < i && p->steps[i].release && p->steps[i].verb == STEP_PUT;
		     k++)
			if (steers(&p->steps[k]) &&
			    str_eq(p->steps[k].service, p->steps[i].service) &&
			    !waits_for(p, &p->steps[i], p->steps[k].n))
				return arena_printf(c->a, "step %zu does not wait for step %zu",
						    i + 1, k + 1);
	for (size_t i = 0; i < p->n_steps; i++)
		for (size_t k = i + 1; k < p->n_steps; k++)
			if (p->steps[i].release && p->steps[i].verb == STEP_PUT &&
			    p->steps[k].n_after == 0 && steers(&p->steps[k]) &&
			    str_eq(p->steps[k].service, p->steps[i].service))
				return arena_printf(c->a, "step %zu should come before step %zu",
						    k + 1, i + 1);
	return NULL;
}

/* ---- policies ---- */

static const char *broken_policy(const struct law_case *c, const struct plan *p)
{
	for (size_t i = 0; i < p->n_steps; i++) {
		const struct node *object = p->steps[i].object;
		const struct node *names =
			node_at(object, "spec.placement.clusterAffinity.clusterNames");
		const char *kind = node_str(object, "kind");

		if (p->steps[i].verb != STEP_PUT || !kind || !strstr(kind, "PropagationPolicy") ||
		    is_mcs_policy(node_str(object, "metadata.name")))
			continue;
		if (!node_count(names))
			return arena_printf(c->a, "step %zu sends everything everywhere", i + 1);
		if (!node_count(node_at(object, "spec.resourceSelectors")))
			return arena_printf(c->a, "step %zu selects nothing", i + 1);
		for (const struct node *n = node_first(names); n; n = n->next)
			if (!snapshot_cluster(&c->s, n->str))
				return arena_printf(c->a, "step %zu names the unknown cluster '%s'",
						    i + 1, n->str);
	}
	return NULL;
}

/* ---- moves ---- */

/* The clusters that serve one workload: ready there, and not told to leave. */
struct serving {
	const char *service;
	const struct workload *w;
	const char **at;
	size_t n;
	bool away; /* the plan says that it is away for a while, or it may be */
};

static bool told_away(const struct plan *p, const char *service)
{
	for (size_t i = 0; i < p->n_notes; i++)
		if (str_starts(p->notes[i], service) && strstr(p->notes[i], " is away "))
			return true;
	return false;
}

static bool bound(const struct snapshot *s, const struct workload *was, const char *cluster)
{
	for (size_t i = 0; i < s->n_workloads; i++) {
		const struct workload *w = &s->workloads[i];

		if (!str_eq(w->kind, was->kind) || !str_eq(w->name, was->name) ||
		    !str_eq(w->namespace_, was->namespace_))
			continue;
		for (size_t k = 0; k < w->n_clusters; k++)
			if (str_eq(w->clusters[k], cluster))
				return true;
	}
	return false;
}

static struct serving serving_of(const struct law_case *c, const struct outcome *o,
				 const struct service *v)
{
	struct serving sv = {.service = v->id};
	const struct chart_facts *f = snapshot_chart(&c->s, v->id);
	const struct object_facts *main = f ? main_workload(f) : NULL;

	sv.at = arena_new_n(c->a, const char *, 2 * c->s.n_clusters);
	sv.away = !runs(c) || told_away(&o->plan, v->id) || place_is_static(&c->g, &c->s, v) ||
		  !service_is_active(&c->s, v) || !main || str_eq(main->kind, "Job") ||
		  str_eq(main->kind, "CronJob");
	for (size_t i = 0; i < c->s.n_workloads && !sv.away; i++) {
		const struct workload *w = &c->s.workloads[i];

		if (!str_eq(w->service, v->id) || !str_eq(w->kind, main->kind) ||
		    !str_eq(w->name, main->name))
			continue;
		sv.w = w;
		for (size_t k = 0; k < w->n_shares; k++) {
			const struct cluster *cl = snapshot_cluster(&c->s, w->shares[k].cluster);
			if (cl && cl->ready && !cl->gone && w->shares[k].ready > 0 &&
			    bound(&c->s, w, cl->name))
				sv.at[sv.n++] = cl->name;
		}
	}
	return sv;
}

static void forget_left(struct serving *sv, const struct snapshot *now)
{
	size_t kept = 0;

	for (size_t i = 0; i < sv->n; i++)
		if (bound(now, sv->w, sv->at[i]))
			sv->at[kept++] = sv->at[i];
	sv->n = kept;
}

static void learn_ready(const struct law_case *c, struct serving *sv, const struct step *st)
{
	for (size_t i = 0; i < st->n_wait && st->verb == STEP_WAIT; i++) {
		const struct readiness *r = &st->wait[i];

		if (!str_eq(r->service, sv->service) || !str_eq(r->name, sv->w->name) ||
		    !str_eq(r->kind, sv->w->kind))
			continue;
		for (size_t k = 0; k < r->n_clusters && sv->n < 2 * c->s.n_clusters; k++)
			sv->at[sv->n++] = r->clusters[k];
	}
}

/* No service that serves is without a serving cluster at any time, unless the plan tells so. */
static const char *broken_moves(const struct law_case *c, const struct outcome *o)
{
	struct serving *list = arena_new_n(c->a, struct serving, c->g.n_services);
	struct snapshot now = c->s;

	for (size_t v = 0; v < c->g.n_services; v++)
		list[v] = serving_of(c, o, &c->g.services[v]);
	for (size_t i = 0; i < o->plan.n_steps; i++) {
		now = simulate_step(c->a, &now, &o->plan.steps[i]);
		for (size_t v = 0; v < c->g.n_services; v++) {
			bool served = list[v].n > 0;

			if (!served || list[v].away)
				continue;
			forget_left(&list[v], &now);
			learn_ready(c, &list[v], &o->plan.steps[i]);
			if (!list[v].n)
				return arena_printf(c->a,
						    "'%s' has no ready cluster after step %zu",
						    list[v].service, i + 1);
		}
	}
	return NULL;
}

/* Charts that place themselves may do so where nobody kept room for them. */
static bool places_itself(const struct law_case *c)
{
	for (size_t v = 0; v < c->g.n_services; v++)
		if (place_is_static(&c->g, &c->s, &c->g.services[v]))
			return true;
	return false;
}

/* A resource of which @cl has less than none left, and less than at first, or NULL. */
static const char *short_of(const struct snapshot *first, const struct cluster *cl)
{
	const struct cluster *was = snapshot_cluster(first, cl->name);

	for (size_t r = 0; r < cl->allocatable.n; r++) {
		const struct amount *all = &cl->allocatable.at[r];
		int64_t used = amounts_get(&cl->allocated, all->resource);

		if (used > all->value && used > amounts_get(&was->allocated, all->resource))
			return all->resource;
	}
	return NULL;
}

/* A service that is to arrive beside its old copy finds room where it arrives. */
static const char *broken_room(const struct law_case *c, const struct outcome *o)
{
	struct snapshot now = c->s;

	for (size_t i = 0; i < o->plan.n_steps && !places_itself(c); i++) {
		const struct step *st = &o->plan.steps[i];

		now = simulate_step(c->a, &now, st);
		if (st->verb != STEP_WAIT || !st->service || !strstr(st->reason, "leaves the old"))
			continue;
		for (size_t k = 0; k < st->wait[0].n_clusters; k++) {
			const struct cluster *cl = snapshot_cluster(&now, st->wait[0].clusters[k]);

			const char *r = cl ? short_of(&c->s, cl) : NULL;

			if (r)
				return arena_printf(c->a, "step %zu finds no %s on '%s'", i + 1, r,
						    cl->name);
		}
	}
	return NULL;
}

/* ---- fixpoint, stability, determinism ---- */

static bool same_placement(const struct law_case *c, const struct placement *x,
			   const struct placement *y)
{
	return node_equal(bind_write(c->a, &placement_shape, x),
			  bind_write(c->a, &placement_shape, y));
}

/* Waiting is no change: pods that do not start make the best plan wait again. */
static bool changes(const struct plan *p)
{
	for (size_t i = 0; i < p->n_steps; i++)
		if (p->steps[i].verb != STEP_WAIT)
			return true;
	return false;
}

/* More is asked of a cluster than it has: somebody placed himself. */
static bool overcommitted(const struct snapshot *s)
{
	for (size_t i = 0; i < s->n_clusters; i++)
		for (size_t r = 0; r < s->clusters[i].allocated.n; r++) {
			const struct amount *used = &s->clusters[i].allocated.at[r];
			if (amounts_has(&s->clusters[i].allocatable, used->resource) &&
			    used->value > amounts_get(&s->clusters[i].allocatable, used->resource))
				return true;
		}
	return false;
}

static const char *broken_fixpoint(const struct law_case *c, const struct outcome *o)
{
	struct law_case next = *c;

	next.s = law_after(c, o);
	if (overcommitted(&next.s) || (places_itself(c) && runs(c)))
		return NULL;
	if (c->g.intent.placement.has_move_budget)
		return NULL; /* what the budget held back goes on */
	struct outcome again = law_decide(&next);
	if (again.err)
		return arena_printf(c->a, "planning the result anew fails: %s", again.err->msg);
	if (runs(c) && !same_placement(c, &o->placement, &again.placement))
		return arena_printf(c->a, "placing the result anew moves something: %s, then\n%s",
				    explain_text(c->a, c->g.id, &o->placement, &o->why),
				    explain_text(c->a, c->g.id, &again.placement, &again.why));
	if (changes(&again.plan))
		return arena_printf(c->a, "the result is not as wanted:\n%s",
				    plan_text(c->a, &again.plan));
	return NULL;
}

static const char *whole_text(const struct law_case *c, const struct outcome *o)
{
	return o->err ? o->err->msg : yaml_write(c->a, bind_write(c->a, &plan_shape, &o->plan));
}

static void *reversed(struct arena *a, const void *at, size_t n, size_t size)
{
	char *copy = arena_new_n(a, char, n *size);

	for (size_t i = 0; i < n; i++)
		memcpy(copy + i * size, (const char *)at + (n - 1 - i) * size, size);
	return copy;
}

#define TURN(c, list, n) ((list) = reversed((c).a, (list), (n), sizeof(*(list))))

/* Everything written in the opposite order; services are sorted on entry as the engine does. */
static const char *broken_permutation(const struct law_case *c, const struct outcome *o)
{
	struct law_case turned = *c;

	turned.g.services = arena_new_n(c->a, struct service, c->g.n_services);
	for (size_t i = 0; i < c->g.n_services; i++)
		turned.g.services[i] = c->g.services[c->g.n_services - 1 - i];
	law_sort(&turned.g);
	TURN(turned, turned.s.clusters, turned.s.n_clusters);
	TURN(turned, turned.s.charts, turned.s.n_charts);
	TURN(turned, turned.s.releases, turned.s.n_releases);
	TURN(turned, turned.s.objects, turned.s.n_objects);
	TURN(turned, turned.s.workloads, turned.s.n_workloads);
	TURN(turned, turned.s.services, turned.s.n_services);
	TURN(turned, turned.s.reservations, turned.s.n_reservations);
	struct outcome again = law_decide(&turned);
	const char *path = "";

	if (str_eq(whole_text(c, o), whole_text(&turned, &again)))
		return NULL;
	if (!o->err && !again.err)
		node_within(c->a, bind_write(c->a, &plan_shape, &o->plan),
			    bind_write(c->a, &plan_shape, &again.plan), &path);
	return arena_printf(c->a, "in another order '%s' differs\n%s", path,
			    again.err ? again.err->msg : plan_text(c->a, &again.plan));
}

static const char *broken_sound(const struct law_case *c, const struct outcome *o)
{
	struct err *e = runs(c) ? place_check(c->a, &c->g, &c->s, &o->placement) : NULL;

	return e ? e->msg : NULL;
}

const char *law_broken(const struct law_case *c, const struct outcome *o)
{
	const char *why = o->err ? NULL : broken_order(c, &o->plan);

	if (o->err)
		return broken_permutation(c, o);
	why = why ? why : broken_release(c, &o->plan);
	why = why ? why : broken_policy(c, &o->plan);
	why = why ? why : broken_sound(c, o);
	why = why ? why : broken_moves(c, o);
	why = why ? why : broken_room(c, o);
	why = why ? why : broken_permutation(c, o);
	return why ? why : broken_fixpoint(c, o);
}
