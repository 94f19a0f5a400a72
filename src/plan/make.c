// SPDX-License-Identifier: Apache-2.0
#include "plan/make.h"

#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/bind.h"
#include "doc/json.h"
#include "plan/desire.h"
#include "plan/diff.h"
#include "plan/overrides.h"
#include "plan/place.h"
#include "plan/place_model.h"
#include "plan/ready.h"
#include "plan/signals.h"
#include "plan/simulate.h"
#include "plan/stages.h"

struct maker {
	struct arena *a;
	const struct graph *g;
	const struct make_options *o;
	struct desire_options desire;
	struct steps steps;
	struct snapshot now; /* the world after the steps so far */
	vec_of(int64_t) barrier;
	vec_of(const char *) notes;
};

static struct plan plan_of(const struct maker *m, size_t from)
{
	return (struct plan){
		.graph = m->g->id,
		.steps = m->steps.list.at ? m->steps.list.at + from : NULL,
		.n_steps = m->steps.list.n - from,
	};
}

/* Steps towards @p, then the world as it will be after them. */
static struct err *run_stage(struct maker *m, const struct placement *p,
			     struct desired *ret_desired)
{
	size_t from = m->steps.list.n;
	const struct diff_options o = {
		.removing = m->o->removing,
		.graph = m->g,
		.barrier = m->barrier.at,
		.n_barrier = m->barrier.n,
	};

	TRY(desire(m->a, m->g, &m->now, p, &m->desire, ret_desired));
	diff(m->a, ret_desired, &m->now, &o, &m->steps);
	struct plan part = plan_of(m, from);
	m->now = simulate(m->a, &m->now, &part);
	return NULL;
}

/* @w only where the service arrives: what it leaves need not take the change any more. */
static void wait_on_arrival(struct maker *m, struct step *w, const struct service_placement *to)
{
	const char **clusters = arena_new_n(m->a, const char *, to->n_shares);
	struct str where = {.a = m->a};

	for (size_t i = 0; i < to->n_shares; i++) {
		clusters[i] = to->shares[i].cluster;
		str_addf(&where, "%s%s", i ? ", " : "", clusters[i]);
	}
	w->summary = arena_printf(m->a, "%s on %s", to->service, str_text(&where));
	w->reason = "it leaves the old cluster only when it is ready on the new one";
	for (size_t i = 0; i < w->n_wait; i++) {
		if (!w->wait[i].n_clusters)
			continue;
		w->wait[i].clusters = clusters;
		w->wait[i].n_clusters = to->n_shares;
	}
}

/* Wait until the movers of @stage are ready where they are going; later stages wait for that. */
static void wait_for_movers(struct maker *m, const struct stage *stage, const struct desired *d,
			    size_t from)
{
	for (size_t i = 0; i < stage->arrivals.n_services; i++) {
		const struct service_placement *to = &stage->arrivals.services[i];
		vec_of(int64_t) after = {0};

		for (size_t k = from; k < m->steps.list.n; k++)
			if (str_eq(m->steps.list.at[k].service, to->service))
				*vec_push(m->a, &after) = m->steps.list.at[k].n;
		struct step *w = diff_wait(m->a, d, to->service, after.at, after.n, &m->steps);
		if (!w)
			continue;
		wait_on_arrival(m, w, to);
		*vec_push(m->a, &m->barrier) = w->n;
	}
}

static struct err *run_stages(struct maker *m, const struct placement *p,
			      struct desired *ret_desired)
{
	struct stages stages;

	stages_of(m->a, m->g, &m->now, p, &stages);
	for (size_t i = 0; i < stages.n; i++) {
		size_t from = m->steps.list.n;

		TRY(run_stage(m, &stages.at[i].placement, ret_desired));
		wait_for_movers(m, &stages.at[i], ret_desired, from);
	}
	for (size_t i = 0; i < stages.n_notes; i++)
		*vec_push(m->a, &m->notes) = stages.notes[i];
	return run_stage(m, p, ret_desired);
}

static bool all_ready(const struct snapshot *s, const struct desired *d)
{
	for (size_t i = 0; i < d->n_readiness; i++)
		if (!is_ready(s, &d->readiness[i]))
			return false;
	return true;
}

/* `--wait`: one step at the end, unless nothing changes and all is ready already. */
static void wait_at_end(struct maker *m, const struct snapshot *s, const struct desired *d)
{
	vec_of(int64_t) after = {0};

	if (m->o->stopped || (!m->steps.list.n && all_ready(s, d)))
		return;
	for (size_t i = 0; i < m->steps.list.n; i++)
		*vec_push(m->a, &after) = m->steps.list.at[i].n;
	struct step *w = diff_wait(m->a, d, NULL, after.at, after.n, &m->steps);
	if (w)
		w->reason = "asked for with --wait";
}

/* As its chart says, or, where charts are not looked at, what runs. */
static bool keeps_data(const struct snapshot *s, const char *graph, const char *service)
{
	const struct chart_facts *f = service ? snapshot_chart(s, service) : NULL;

	for (size_t i = 0; f && i < f->n_objects; i++)
		if (f->objects[i].data)
			return true;
	for (size_t i = 0; service && i < s->n_workloads; i++)
		if (s->workloads[i].data && str_eq(s->workloads[i].service, service) &&
		    str_eq(s->workloads[i].graph, graph))
			return true;
	return false;
}

/* True when @st is what makes the workloads of its service change clusters. */
static bool steers(struct arena *a, const struct step *st, const char *project, const char *service)
{
	if (st->verb != STEP_PUT || !str_eq(st->service, service))
		return false;
	if (st->release)
		return true;
	return str_eq(node_str(st->object, "kind"), "PropagationPolicy") &&
	       str_eq(node_str(st->object, "metadata.namespace"), project) &&
	       str_eq(node_str(st->object, "metadata.name"), override_name(a, service));
}

/* Steps that lose data: deleting a release whose chart keeps volumes, and the last step of moving
 * one. */
static void mark_data_loss(struct maker *m, const struct snapshot *s, const struct stages *moves)
{
	for (size_t i = 0; i < m->steps.list.n; i++) {
		struct step *st = &m->steps.list.at[i];
		st->loses_data = st->verb == STEP_DELETE && st->release &&
				 keeps_data(s, m->g->id, st->service);
	}
	for (size_t k = 0; k < moves->n_moving; k++)
		for (size_t i = m->steps.list.n;
		     i-- > 0 && keeps_data(s, m->g->id, moves->moving[k]);)
			if (steers(m->a, &m->steps.list.at[i], s->project, moves->moving[k])) {
				m->steps.list.at[i].loses_data = true;
				break;
			}
}

/* ---- notes ---- */

static bool runs_there(const struct snapshot *s, const char *graph, const char *cluster)
{
	for (size_t i = 0; i < s->n_workloads; i++) {
		const struct workload *w = &s->workloads[i];

		for (size_t k = 0; str_eq(w->graph, graph) && k < w->n_shares; k++)
			if (str_eq(w->shares[k].cluster, cluster))
				return true;
	}
	return false;
}

/* True when a workload that is on @cluster now is not bound to it after the plan. */
static bool is_left(const struct maker *m, const struct snapshot *s, const char *cluster)
{
	return runs_there(s, m->g->id, cluster) && !runs_there(&m->now, m->g->id, cluster);
}

/* Clusters that cannot be cleaned up now. */
static void note_dead(struct maker *m, const struct snapshot *s)
{
	for (size_t c = 0; c < s->n_clusters; c++) {
		const struct cluster *cl = &s->clusters[c];

		if ((cl->ready && !cl->gone) || !is_left(m, s, cl->name))
			continue;
		*vec_push(m->a, &m->notes) =
			cl->gone
				? arena_printf(m->a,
					       "%s has left the federation: what runs there is out "
					       "of reach",
					       cl->name)
				: arena_printf(m->a,
					       "%s is not ready: what is there is cleaned up when "
					       "it returns",
					       cl->name);
	}
}

/* Services that wait for their event, and those that would have waited for them. */
static void note_pending(struct maker *m, const struct snapshot *s)
{
	for (size_t i = 0; i < m->g->n_services; i++) {
		const struct service *v = &m->g->services[i];

		if (!service_is_active(s, v)) {
			*vec_push(m->a, &m->notes) = arena_printf(
				m->a, "%s starts when its event comes: pending", v->id);
			continue;
		}
		for (size_t k = 0; k < v->trigger.n_dependencies; k++) {
			const struct service *dep = graph_service(m->g, v->trigger.dependencies[k]);
			if (dep && !service_is_active(s, dep))
				*vec_push(m->a, &m->notes) = arena_printf(
					m->a, "%s does not wait for %s, which is pending", v->id,
					dep->id);
		}
	}
}

/* Why @cluster is no place for @service, or NULL. */
static const char *why_not(const struct place_why *why, const char *service, const char *cluster)
{
	for (size_t i = 0; why && i < why->n_reasons; i++)
		for (size_t c = 0; c < why->n_clusters; c++)
			if (str_eq(why->reasons[i].service, service) &&
			    str_eq(why->reasons[i].verdicts[c].cluster, cluster))
				return why->reasons[i].verdicts[c].why_not;
	return NULL;
}

static void note_own_cluster(struct maker *m, const struct snapshot *s, const char *service,
			     const char *cluster)
{
	const char *why = why_not(m->o->why, service, cluster);

	if (!snapshot_cluster(s, cluster))
		why = "is no cluster here";
	if (why)
		*vec_push(m->a, &m->notes) = arena_printf(
			m->a, "%s: its chart sends it to '%s', which %s", service, cluster, why);
}

/* Charts that choose their clusters themselves, and not as they are asked to. */
static void note_strange_clusters(struct maker *m, const struct snapshot *s)
{
	for (size_t i = 0; i < m->g->n_services; i++) {
		const struct service *v = &m->g->services[i];
		const struct chart_facts *f = snapshot_chart(s, v->id);

		if (!f || !service_is_active(s, v) || !place_is_static(m->g, s, v))
			continue;
		for (size_t k = 0; k < f->n_own_clusters; k++)
			note_own_cluster(m, s, v->id, f->own_clusters[k]);
	}
}

/* Workloads in other namespaces run, but nobody looks at them. */
static void note_unwatched(struct maker *m, const struct snapshot *s)
{
	for (size_t i = 0; i < s->n_charts; i++)
		for (size_t k = 0; k < s->charts[i].n_objects; k++) {
			const struct object_facts *o = &s->charts[i].objects[k];

			if (!o->pod_path || o->hook || !o->namespace_ ||
			    str_eq(o->namespace_, s->project) ||
			    !graph_service(m->g, s->charts[i].service))
				continue;
			*vec_push(m->a, &m->notes) = arena_printf(
				m->a,
				"%s: its chart puts %s '%s' into namespace '%s': nothing waits for "
				"it, and status does not tell how it fares",
				s->charts[i].service, o->kind, o->name, o->namespace_);
		}
}

/* Charts that were changed behind their references. */
static void note_newer_charts(struct maker *m, const struct snapshot *s)
{
	for (size_t i = 0; i < s->n_charts; i++) {
		const struct chart_facts *f = &s->charts[i];

		if (f->now && !f->error && graph_service(m->g, f->service))
			*vec_push(m->a, &m->notes) = arena_printf(
				m->a,
				"%s: '%s' is another chart by now; %s keeps the one it has until "
				"the descriptor changes (its version, say)",
				f->service, f->ref, m->g->id);
	}
}

static void add_notes(struct maker *m, const struct snapshot *s)
{
	for (size_t i = 0; m->o->why && i < m->o->why->n_notes; i++)
		*vec_push(m->a, &m->notes) = m->o->why->notes[i];
	if (!m->desire.stopped) {
		note_pending(m, s);
		note_strange_clusters(m, s);
		note_newer_charts(m, s);
		note_unwatched(m, s);
	}
	note_dead(m, s);
	const char *no_rules = signal_no_rules(m->o->signals, m->g, s);
	if (no_rules && !m->desire.stopped)
		*vec_push(m->a, &m->notes) =
			arena_printf(m->a, "the rules of its events are put nowhere: %s", no_rules);
	if (s->unmeasured && !m->desire.stopped)
		*vec_push(m->a, &m->notes) = arena_printf(
			m->a, "traffic between services is not known: %s", s->unmeasured);
	if (s->unseen && m->desire.stopped)
		*vec_push(m->a, &m->notes) = arena_printf(
			m->a,
			"its rules or dashboards may be left behind until `smo tick` gets at them: "
			"%s",
			s->unseen);
}

/* ---- what a plan was made from ---- */

/* What people and events decided since the descriptor was written. */
static void add_states(struct arena *a, struct node *all, const struct graph *g,
		       const struct snapshot *s)
{
	struct node *active = node_map_in(a, all, "active");
	struct node *replicas = node_map_in(a, all, "replicas");

	for (size_t i = 0; i < g->n_services; i++)
		node_set_bool(a, active, g->services[i].id, service_is_active(s, &g->services[i]));
	for (size_t i = 0; i < s->n_services; i++)
		if (s->services[i].replicas || s->services[i].asleep || s->services[i].given_back)
			node_set_int(a, replicas, s->services[i].service,
				     s->services[i].given_back ? -1 : s->services[i].replicas);
}

const char *plan_inputs_hash(struct arena *a, const struct graph *g, const struct snapshot *s,
			     const struct placement *p)
{
	const struct plan nothing = {0};
	const struct snapshot sorted = simulate(a, s, &nothing);
	struct node *all = node_new(a, NODE_MAP);
	struct node *charts = node_map_in(a, all, "charts");
	struct node *ours = node_list_in(a, all, "ours");

	node_set(all, "graph", bind_write(a, &graph_shape, g));
	node_set(all, "placement", bind_write(a, &placement_shape, p));
	for (size_t i = 0; i < s->n_charts; i++)
		node_set_str(a, charts, s->charts[i].service, s->charts[i].digest);
	for (size_t i = 0; i < sorted.n_objects; i++)
		if (str_eq(sorted.objects[i].graph, g->id))
			node_add(ours, bind_write(a, &owned_object_shape, &sorted.objects[i]));
	for (size_t i = 0; i < s->n_left; i++)
		node_add(ours, bind_write(a, &left_object_shape, &s->left[i]));
	for (size_t i = 0; i < sorted.n_releases; i++)
		if (str_eq(sorted.releases[i].graph, g->id))
			node_add(ours, bind_write(a, &release_shape, &sorted.releases[i]));
	add_states(a, all, g, s);
	const char *text = json_write(a, node_sorted(a, all), JSON_COMPACT);
	return sha256_hex(a, text, strlen(text));
}

struct err *plan_make(struct arena *a, const struct graph *g, const struct snapshot *s,
		      const struct placement *p, const struct make_options *o,
		      struct desired *ret_desired, struct plan *ret_plan)
{
	const struct plan nothing = {0};
	const struct snapshot sorted = place_sorted(a, s);
	struct maker m = {.a = a, .g = g, .o = o, .now = simulate(a, &sorted, &nothing)};
	struct desired d = {0};
	struct stages moves;

	m.desire = (struct desire_options){
		.stopped = o->stopped || o->removing,
		.allow_cluster_scoped = o->allow_cluster_scoped,
		.signals = o->signals,
		.why = o->why,
	};
	if (m.desire.stopped)
		TRY(run_stage(&m, p, &d));
	else
		TRY(run_stages(&m, p, &d));
	if (o->wait)
		wait_at_end(&m, s, &d);
	stages_of(a, g, &sorted, p, &moves);
	mark_data_loss(&m, s, &moves);
	add_notes(&m, &sorted);
	*ret_desired = d;
	*ret_plan = (struct plan){
		.graph = g->id,
		.project = s->project,
		.verb = o->verb,
		.inputs_hash = plan_inputs_hash(a, g, s, p),
		.placement = *p,
		.steps = m.steps.list.at,
		.n_steps = m.steps.list.n,
		.notes = m.notes.at,
		.n_notes = m.notes.n,
	};
	return NULL;
}
