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
#include "plan/place.h"
#include "plan/ready.h"
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
		.steps = m->steps.list.at + from,
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
		.barrier = m->barrier.at,
		.n_barrier = m->barrier.n,
	};

	TRY(desire(m->a, m->g, &m->now, p, &m->desire, ret_desired));
	diff(m->a, ret_desired, &m->now, &o, &m->steps);
	struct plan part = plan_of(m, from);
	m->now = simulate(m->a, &m->now, &part);
	return NULL;
}

/* Wait until the movers of @stage are ready where they are going; later stages wait for that. */
static void wait_for_movers(struct maker *m, const struct stage *stage, const struct desired *d,
			    size_t from)
{
	for (size_t i = 0; i < stage->n_movers; i++) {
		vec_of(int64_t) after = {0};

		for (size_t k = from; k < m->steps.list.n; k++)
			if (str_eq(m->steps.list.at[k].service, stage->movers[i]))
				*vec_push(m->a, &after) = m->steps.list.at[k].n;
		struct step *w = diff_wait(m->a, d, stage->movers[i], after.at, after.n, &m->steps);
		if (!w)
			continue;
		w->reason = "it leaves the old cluster only when it is ready on the new one";
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

/* Steps that lose data: deleting or moving a release whose chart keeps volumes. */
static void mark_data_loss(struct maker *m, const struct snapshot *s, const struct stages *moves)
{
	for (size_t i = 0; i < m->steps.list.n; i++) {
		struct step *st = &m->steps.list.at[i];
		const struct chart_facts *f = st->service ? snapshot_chart(s, st->service) : NULL;
		bool leaves = st->verb == STEP_DELETE && st->release;
		bool data = false;

		for (size_t k = 0; f && k < f->n_objects; k++)
			data |= f->objects[k].data;
		for (size_t k = 0; k < moves->n_moving; k++)
			leaves |= st->verb == STEP_PUT && str_eq(moves->moving[k], st->service) &&
				  (str_eq(st->kind, "policy") || str_eq(st->kind, "release"));
		st->loses_data = data && leaves;
	}
}

static void add_notes(struct maker *m, const struct snapshot *s)
{
	for (size_t i = 0; m->o->why && i < m->o->why->n_notes; i++)
		*vec_push(m->a, &m->notes) = m->o->why->notes[i];
	for (size_t i = 0; i < m->g->n_services && !m->o->stopped; i++)
		if (!service_is_active(s, &m->g->services[i]))
			*vec_push(m->a, &m->notes) =
				arena_printf(m->a, "%s starts when its event comes: pending",
					     m->g->services[i].id);
	for (size_t i = 0; i < s->n_objects; i++)
		if (str_eq(s->objects[i].graph, m->g->id) && (m->o->stopped || m->o->removing))
			for (size_t c = 0; c < s->n_clusters; c++)
				if (!s->clusters[c].ready && !s->clusters[c].gone) {
					*vec_push(m->a, &m->notes) =
						arena_printf(m->a,
							     "%s is not ready: what is there is "
							     "cleaned up when it returns",
							     s->clusters[c].name);
					return;
				}
}

const char *plan_inputs_hash(struct arena *a, const struct graph *g, const struct snapshot *s,
			     const struct placement *p)
{
	struct node *all = node_new(a, NODE_MAP);
	struct node *charts = node_map_in(a, all, "charts");
	struct node *ours = node_list_in(a, all, "ours");

	node_set(all, "graph", bind_write(a, &graph_shape, g));
	node_set(all, "placement", bind_write(a, &placement_shape, p));
	for (size_t i = 0; i < s->n_charts; i++)
		node_set_str(a, charts, s->charts[i].service, s->charts[i].digest);
	for (size_t i = 0; i < s->n_objects; i++)
		if (str_eq(s->objects[i].graph, g->id))
			node_add(ours, bind_write(a, &owned_object_shape, &s->objects[i]));
	for (size_t i = 0; i < s->n_releases; i++)
		if (str_eq(s->releases[i].graph, g->id))
			node_add(ours, bind_write(a, &release_shape, &s->releases[i]));
	const char *text = json_write(a, node_sorted(a, all), JSON_COMPACT);
	return sha256_hex(a, text, strlen(text));
}

struct err *plan_make(struct arena *a, const struct graph *g, const struct snapshot *s,
		      const struct placement *p, const struct make_options *o,
		      struct desired *ret_desired, struct plan *ret_plan)
{
	struct maker m = {.a = a, .g = g, .o = o, .now = *s};
	struct desired d = {0};
	struct stages moves;

	m.desire = (struct desire_options){
		.stopped = o->stopped || o->removing,
		.allow_cluster_scoped = o->allow_cluster_scoped,
		.why = o->why,
	};
	if (m.desire.stopped)
		TRY(run_stage(&m, p, &d));
	else
		TRY(run_stages(&m, p, &d));
	if (o->wait)
		wait_at_end(&m, s, &d);
	stages_of(a, g, s, p, &moves);
	mark_data_loss(&m, s, &moves);
	add_notes(&m, s);
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
