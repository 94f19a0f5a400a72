// SPDX-License-Identifier: Apache-2.0
/* How many replicas a service shall have, and whose word that is; what is not ours to place. */
#include "base/str.h"
#include "doc/node.h"
#include "plan/demand.h"
#include "plan/place_model.h"
#include "plan/values.h"
#include "plan/world.h"

const struct service_state *place_state(const struct snapshot *s, const char *service)
{
	for (size_t i = 0; i < s->n_services; i++)
		if (str_eq(s->services[i].service, service))
			return &s->services[i];
	return NULL;
}

static bool autoscaled(const struct chart_facts *f)
{
	for (size_t i = 0; i < f->n_objects; i++)
		if (str_eq(f->objects[i].kind, "HorizontalPodAutoscaler") ||
		    str_eq(f->objects[i].kind, "ScaledObject"))
			return true;
	return false;
}

/* Replicas that valuesOverwrite itself says, when the chart heeds them, else 0. */
static int64_t written_replicas(const struct service *v, const struct chart_facts *f,
				const struct object_facts *main)
{
	const char *path = values_replicas_path(v, f);
	int64_t said = path ? node_int(v->values, path, 0) : 0;

	return said > 0 && said == main->replicas && !autoscaled(f) ? said : 0;
}

/* Replicas that run now although the chart says otherwise: no upgrade shall reset them. */
static int64_t live_replicas(const struct snapshot *s, const struct service *v,
			     const struct object_facts *main)
{
	for (size_t i = 0; i < s->n_workloads; i++) {
		const struct workload *w = &s->workloads[i];

		if (str_eq(w->service, v->id) && str_eq(w->graph, s->graph) &&
		    str_eq(w->kind, main->kind) && str_eq(w->name, main->name) &&
		    w->replicas != main->replicas)
			return w->replicas;
	}
	return 0;
}

bool place_divides(const struct chart_facts *f)
{
	const struct object_facts *main = f ? main_workload(f) : NULL;

	return !main || (!main->own_policy && world_counts_replicas(main->kind));
}

int64_t place_said(const struct snapshot *s, const struct service *v)
{
	const struct chart_facts *f = snapshot_chart(s, v->id);
	const struct object_facts *main = f ? main_workload(f) : NULL;

	return v->replicas ? v->replicas : main ? written_replicas(v, f, main) : 0;
}

bool place_overruled(const struct snapshot *s, const struct service *v)
{
	const struct service_state *st = place_state(s, v->id);
	int64_t said = place_said(s, v);

	return st && st->set_by && (st->replicas || st->asleep) && said && said != st->said;
}

bool place_sleeps(const struct snapshot *s, const struct service *v)
{
	const struct service_state *st = place_state(s, v->id);

	return st && st->asleep && !place_overruled(s, v);
}

/* What runs is nobody's wish any more, and nothing else scales it: back to what the chart says. */
static bool back_to_chart(const struct service_state *st, const struct service *v,
			  const struct chart_facts *f)
{
	return st && st->given_back && !v->scaling && !autoscaled(f);
}

/* As somebody said: the state, or the descriptor. */
static int64_t told_replicas(const struct snapshot *s, const struct service *v)
{
	const struct service_state *st = place_state(s, v->id);
	int64_t n = place_sleeps(s, v) ? 1 : st && !place_overruled(s, v) ? st->replicas : 0;

	return n ? n : place_said(s, v);
}

int64_t place_pinned(const struct snapshot *s, const struct service *v)
{
	const struct chart_facts *f = snapshot_chart(s, v->id);
	const struct object_facts *main = f ? main_workload(f) : NULL;

	if (!main || main->replicas < 0 || !world_counts_replicas(main->kind) ||
	    main->policy_divides || f->replicas_path || autoscaled(f) || !told_replicas(s, v))
		return -1;
	int64_t n = place_sleeps(s, v) ? 0 : place_replicas(s, v);
	return n == main->replicas ? -1 : n;
}

int64_t place_replicas(const struct snapshot *s, const struct service *v)
{
	const struct service_state *st = place_state(s, v->id);
	const struct chart_facts *f = snapshot_chart(s, v->id);
	const struct object_facts *main = f ? main_workload(f) : NULL;
	int64_t n = told_replicas(s, v);

	if (!n && main && world_counts_replicas(main->kind)) {
		if (back_to_chart(st, v, f) && main->replicas > 0)
			n = main->replicas;
		else
			n = live_replicas(s, v, main);
	}
	int64_t then = n ? n : main && main->replicas >= 0 ? main->replicas : 1;
	if (v->ha.enabled && v->ha.replicas_across_clusters > then && place_divides(f))
		n = then = v->ha.replicas_across_clusters;
	if (v->at_least > then && place_divides(f) && !place_sleeps(s, v))
		n = v->at_least;
	return n;
}

bool place_steers(const struct service *v, const struct object_facts *o)
{
	return !o->own_policy || o->policy_follows || v->mapping.clusters;
}

bool place_names_one(const struct service *v, const struct chart_facts *f)
{
	const struct object_facts *main = f && !f->error ? main_workload(f) : NULL;

	return main && main->policy_follows && !v->mapping.clusters &&
	       names_form_is_single((enum names_form)f->affinity_form);
}

bool place_is_static(const struct graph *g, const struct snapshot *s, const struct service *v)
{
	const struct chart_facts *f = snapshot_chart(s, v->id);
	bool is_static = g->intent.use_static_placement;
	size_t n = 0;

	for (size_t i = 0; f && i < f->n_objects; i++) {
		const struct object_facts *o = &f->objects[i];

		if (!o->pod_path || o->hook)
			continue;
		if (is_static ? !o->own_policy : place_steers(v, o))
			return false;
		n++;
	}
	return is_static || n;
}
