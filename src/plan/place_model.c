// SPDX-License-Identifier: Apache-2.0
#include "plan/place_model.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/node.h"
#include "plan/capacity.h"
#include "plan/eligible.h"
#include "plan/place_cost.h"
#include "plan/values.h"
#include "plan/world.h"

static const struct service_state *state_of(const struct snapshot *s, const char *service)
{
	for (size_t i = 0; i < s->n_services; i++)
		if (str_eq(s->services[i].service, service))
			return &s->services[i];
	return NULL;
}

bool place_model_is_home(const struct snapshot *s, const char *service, const char *cluster)
{
	const struct service_state *st = state_of(s, service);

	for (size_t i = 0; st && i < st->n_clusters; i++)
		if (str_eq(st->clusters[i], cluster))
			return true;
	return false;
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
	const struct service_state *st = state_of(s, v->id);
	int64_t said = place_said(s, v);

	return st && st->set_by && (st->replicas || st->asleep) && said && said != st->said;
}

bool place_sleeps(const struct snapshot *s, const struct service *v)
{
	const struct service_state *st = state_of(s, v->id);

	return st && st->asleep && !place_overruled(s, v);
}

/* What runs is nobody's wish any more, and nothing else scales it: back to what the chart says. */
static bool back_to_chart(const struct service_state *st, const struct service *v,
			  const struct chart_facts *f)
{
	return st && st->given_back && !v->scaling && !autoscaled(f);
}

int64_t place_replicas(const struct snapshot *s, const struct service *v)
{
	const struct service_state *st = state_of(s, v->id);
	const struct chart_facts *f = snapshot_chart(s, v->id);
	const struct object_facts *main = f ? main_workload(f) : NULL;
	int64_t n = place_sleeps(s, v) ? 1 : st && !place_overruled(s, v) ? st->replicas : 0;

	if (!n)
		n = place_said(s, v);
	if (!n && main && world_counts_replicas(main->kind)) {
		if (back_to_chart(st, v, f) && main->replicas > 0)
			n = main->replicas;
		else
			n = live_replicas(s, v, main);
	}
	int64_t then = n ? n : main && main->replicas >= 0 ? main->replicas : 1;
	if (v->ha.enabled && v->ha.replicas_across_clusters > then && place_divides(f))
		n = v->ha.replicas_across_clusters;
	return n;
}

bool place_steers(const struct service *v, const struct object_facts *o)
{
	return !o->own_policy || o->policy_follows || v->mapping.clusters;
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

static size_t copies_of(const struct place_model *m, const struct service *v)
{
	if (place_is_static(m->g, m->s, v))
		return 0;
	return v->ha.enabled && v->ha.replicas_across_clusters > 1
		       ? (size_t)v->ha.replicas_across_clusters
		       : 1;
}

static bool holds_data(const struct chart_facts *f)
{
	for (size_t i = 0; f && i < f->n_objects; i++)
		if (f->objects[i].data)
			return true;
	return false;
}

/* A service with volumes stays where it is while that cluster lives, also when it is stopped:
 * claims outlive their pods. */
static const char *data_elsewhere(const struct place_model *m, const struct service *v,
				  const struct cluster *c)
{
	const struct service_state *st = state_of(m->s, v->id);

	if (m->o->allow_data_loss || !st || !st->n_clusters ||
	    !holds_data(snapshot_chart(m->s, v->id)) || str_eq(st->status, "Pending"))
		return NULL;
	for (size_t i = 0; i < st->n_clusters; i++) {
		const struct cluster *home = snapshot_cluster(m->s, st->clusters[i]);
		if (str_eq(st->clusters[i], c->name) || !home || !home->ready)
			return NULL;
	}
	return arena_printf(m->a, "would lose the data that it keeps on %s", st->clusters[0]);
}

struct amounts place_model_use(const struct place_model *m, size_t service)
{
	const struct demand *d = &m->demand[service];
	struct amounts use = {0};
	bool divides = place_divides(snapshot_chart(m->s, m->g->services[service].id));
	int64_t copies = divides ? (int64_t)m->copies[service] : 1;
	int64_t share = copies > 1 ? (d->replicas + copies - 1) / copies : d->replicas;

	amounts_add(m->a, &use, &d->per_replica, share);
	amounts_add(m->a, &use, &d->fixed, 1);
	return use;
}

/* True when some workload of @service is bound to @cluster now. */
static bool is_bound(const struct snapshot *s, const char *service, const char *cluster)
{
	for (size_t i = 0; i < s->n_workloads; i++) {
		const struct workload *w = &s->workloads[i];

		for (size_t k = 0; str_eq(w->service, service) && k < w->n_clusters; k++)
			if (str_eq(w->graph, s->graph) && str_eq(w->clusters[k], cluster))
				return true;
	}
	return false;
}

static void judge(struct place_model *m, size_t v)
{
	struct service svc = m->g->services[v];
	const struct chart_facts *f = snapshot_chart(m->s, svc.id);
	const struct object_facts *main = f ? main_workload(f) : NULL;
	struct demand one = m->demand[v];

	one.total = place_model_use(m, v);
	if (main && main->own_policy)
		svc.location.n_tolerations = 0; /* its policy cannot be told */
	for (size_t c = 0; c < m->n_clusters; c++) {
		const struct cluster *cl = &m->s->clusters[c];
		bool home = place_model_is_home(m->s, svc.id, cl->name) &&
			    is_bound(m->s, svc.id, cl->name);
		const char *why = eligible_not(m->a, &svc, &one, cl, &m->free[c], home);

		m->why_not[v * m->n_clusters + c] = why ? why : data_elsewhere(m, &svc, cl);
	}
}

static bool known(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(names[i], name))
			return true;
	return false;
}

static void collect_resources(struct place_model *m)
{
	vec_of(const char *) checked = {0}, unchecked = {0};

	for (size_t v = 0; v < m->n_services; v++)
		for (size_t i = 0; i < m->demand[v].total.n; i++) {
			const char *r = m->demand[v].total.at[i].resource;

			if (known(checked.at, checked.n, r) || known(unchecked.at, unchecked.n, r))
				continue;
			if (capacity_reported(m->s, r) || !str_eq(r, "ephemeral-storage"))
				*vec_push(m->a, &checked) = r;
			else
				*vec_push(m->a, &unchecked) = r;
		}
	m->resources = checked.at;
	m->n_resources = checked.n;
	m->unchecked = unchecked.at;
	m->n_unchecked = unchecked.n;
}

static void list_items(struct place_model *m)
{
	vec_of(struct place_item) items = {0};

	for (size_t v = 0; v < m->n_services; v++)
		for (size_t k = 0; k < m->copies[v]; k++)
			*vec_push(m->a, &items) = (struct place_item){v, k};
	m->items = items.at;
	m->n_items = items.n;
}

static void set_uses(struct place_model *m)
{
	int64_t *use = arena_new_n(m->a, int64_t, m->n_items * m->n_resources);
	int64_t *cap = arena_new_n(m->a, int64_t, m->n_clusters * m->n_resources);

	for (size_t i = 0; i < m->n_items; i++) {
		struct amounts need = place_model_use(m, m->items[i].service);
		for (size_t r = 0; r < m->n_resources; r++)
			use[i * m->n_resources + r] = amounts_get(&need, m->resources[r]);
	}
	for (size_t c = 0; c < m->n_clusters; c++)
		for (size_t r = 0; r < m->n_resources; r++) {
			bool loose = str_eq(m->resources[r], "ephemeral-storage") &&
				     !eligible_checked(&m->s->clusters[c], m->resources[r]);
			cap[c * m->n_resources + r] =
				loose ? SOLVE_UNLIMITED : amounts_get(&m->free[c], m->resources[r]);
		}
	m->problem.use = use;
	m->problem.capacity = cap;
}

static void set_pairs(struct place_model *m)
{
	size_t *first = arena_new_n(m->a, size_t, m->n_items + 1);
	uint32_t *bin = arena_new_n(m->a, uint32_t, m->n_items * m->n_clusters + 1);
	size_t n = 0;

	for (size_t i = 0; i < m->n_items; i++) {
		const char **why_not = m->why_not + m->items[i].service * m->n_clusters;

		first[i] = n;
		for (size_t c = 0; c < m->n_clusters; c++)
			if (!why_not[c])
				bin[n++] = (uint32_t)c;
	}
	first[m->n_items] = n;
	m->problem.first = first;
	m->problem.bin = bin;
}

struct solve_problem place_model_at_home(const struct place_model *m)
{
	struct solve_problem p = m->problem;
	size_t *first = arena_new_n(m->a, size_t, m->n_items + 1);
	uint32_t *bin = arena_new_n(m->a, uint32_t, m->n_items * m->n_clusters + 1);
	size_t n = 0;

	for (size_t i = 0; i < m->n_items; i++) {
		bool stays = p.now[i] != SOLVE_NOWHERE &&
			     solve_pair_find(&m->problem, i, p.now[i]) != SIZE_MAX;

		first[i] = n;
		for (size_t k = p.first[i]; k < p.first[i + 1]; k++)
			if (!stays || p.bin[k] == p.now[i])
				bin[n++] = p.bin[k];
	}
	first[m->n_items] = n;
	p.first = first;
	p.bin = bin;
	p.pair_cost = NULL;
	return p;
}

static uint32_t home_of(const struct place_model *m, const struct place_item *item)
{
	const struct service_state *st = state_of(m->s, m->g->services[item->service].id);

	if (!st || item->copy >= st->n_clusters)
		return SOLVE_NOWHERE;
	for (size_t c = 0; c < m->n_clusters; c++)
		if (str_eq(m->s->clusters[c].name, st->clusters[item->copy]))
			return (uint32_t)c;
	return SOLVE_NOWHERE;
}

static void set_names(struct place_model *m)
{
	const char **items = arena_new_n(m->a, const char *, m->n_items);
	const char **bins = arena_new_n(m->a, const char *, m->n_clusters);
	uint32_t *now = arena_new_n(m->a, uint32_t, m->n_items);

	for (size_t i = 0; i < m->n_items; i++) {
		items[i] = m->g->services[m->items[i].service].id;
		now[i] = home_of(m, &m->items[i]);
	}
	for (size_t c = 0; c < m->n_clusters; c++)
		bins[c] = m->s->clusters[c].name;
	m->problem.n_items = m->n_items;
	m->problem.n_bins = m->n_clusters;
	m->problem.n_res = m->n_resources;
	m->problem.item_name = items;
	m->problem.bin_name = bins;
	m->problem.res_name = m->resources;
	m->problem.now = now;
}

static int by_name(const void *x, const void *y)
{
	return str_cmp(((const struct cluster *)x)->name, ((const struct cluster *)y)->name);
}

struct snapshot place_sorted(struct arena *a, const struct snapshot *s)
{
	struct snapshot sorted = *s;

	sorted.clusters = arena_new_n(a, struct cluster, s->n_clusters);
	for (size_t i = 0; i < s->n_clusters; i++)
		sorted.clusters[i] = s->clusters[i];
	if (s->n_clusters)
		qsort(sorted.clusters, s->n_clusters, sizeof(*sorted.clusters), by_name);
	return sorted;
}

/* Free of all that is placed anew; what charts place themselves stays where it is. */
static struct amounts free_of(const struct place_model *m, const struct cluster *c)
{
	struct amounts own = capacity_own(m->a, m->s, c->name, NULL);

	for (size_t v = 0; v < m->n_services; v++) {
		if (m->copies[v])
			continue;
		struct amounts stays = capacity_own(m->a, m->s, c->name, m->g->services[v].id);
		own = amounts_minus(m->a, &own, &stays);
	}
	return capacity_without(m->a, m->s, c, &own);
}

void place_model_init(struct arena *a, const struct graph *g, const struct snapshot *s,
		      const struct place_options *o, struct place_model *ret_m)
{
	struct place_model *m = ret_m;

	struct snapshot *sorted = arena_new(a, struct snapshot);

	*sorted = place_sorted(a, s);
	s = sorted;
	*m = (struct place_model){.a = a, .g = g, .s = s, .o = o};
	m->n_services = g->n_services;
	m->n_clusters = s->n_clusters;
	m->demand = arena_new_n(a, struct demand, m->n_services);
	m->copies = arena_new_n(a, size_t, m->n_services);
	m->free = arena_new_n(a, struct amounts, m->n_clusters);
	m->why_not = arena_new_n(a, const char *, m->n_services * m->n_clusters);
	for (size_t v = 0; v < m->n_services; v++)
		m->copies[v] = copies_of(m, &g->services[v]);
	for (size_t c = 0; c < m->n_clusters; c++)
		m->free[c] = free_of(m, &s->clusters[c]);
	for (size_t v = 0; v < m->n_services; v++) {
		const struct service *svc = &g->services[v];

		demand_of(a, svc, snapshot_chart(s, svc->id), place_replicas(s, svc),
			  &m->demand[v]);
		judge(m, v);
	}
	collect_resources(m);
	list_items(m);
	set_names(m);
	set_uses(m);
	set_pairs(m);
	place_cost_set(m);
}
