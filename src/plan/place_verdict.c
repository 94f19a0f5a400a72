// SPDX-License-Identifier: Apache-2.0
/* May this service have replicas on that cluster?  All else aside; eligible.h says most of it. */
#include "base/arena.h"
#include "base/str.h"
#include "plan/eligible.h"
#include "plan/place_cost.h"
#include "plan/place_model.h"

bool place_model_is_home(const struct snapshot *s, const char *service, const char *cluster)
{
	const struct service_state *st = place_state(s, service);

	for (size_t i = 0; st && i < st->n_clusters; i++)
		if (str_eq(st->clusters[i], cluster))
			return true;
	return false;
}

bool place_holds_data(const struct chart_facts *f)
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
	const struct service_state *st = place_state(m->s, v->id);

	if (m->o->allow_data_loss || !st || !st->n_clusters ||
	    !place_holds_data(snapshot_chart(m->s, v->id)) || str_eq(st->status, "Pending"))
		return NULL;
	for (size_t i = 0; i < st->n_clusters; i++) {
		const struct cluster *home = snapshot_cluster(m->s, st->clusters[i]);
		if (str_eq(st->clusters[i], c->name) || !home || !home->ready)
			return NULL;
	}
	return arena_printf(m->a, "would lose the data that it keeps on %s", st->clusters[0]);
}

/* ---- nearness to what this graph does not place ---- */

static bool somebody_has_devices(const struct snapshot *s)
{
	for (size_t i = 0; i < s->n_clusters; i++)
		if (s->clusters[i].devices && !s->clusters[i].gone)
			return true;
	return false;
}

static const char *away_from_devices(const struct place_model *m, const struct service *v,
				     const struct cluster *c)
{
	return v->device_proximity && !c->devices && somebody_has_devices(m->s)
		       ? "has no devices near"
		       : NULL;
}

/* A co-location with a service of another graph holds as soon as that one is known. */
static const char *away_from_grounded(const struct place_model *m, const struct service *v,
				      const struct cluster *c)
{
	for (size_t i = 0; i < v->n_co_locations; i++) {
		const struct co_location *l = &v->co_locations[i];
		bool known = false, here = false;

		for (size_t k = 0; place_grounded(m->g, l) && k < m->s->n_grounded; k++) {
			const struct grounded *g = &m->s->grounded[k];
			bool same =
				str_eq(g->graph, l->grounded_graph_id) && str_eq(g->service, l->id);

			known |= same;
			here |= same && str_eq(g->cluster, c->name);
		}
		if (known && !here)
			return arena_printf(m->a, "does not run '%s' of graph '%s'", l->id,
					    l->grounded_graph_id);
	}
	return NULL;
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

/* Pods of @v that find no node on @cluster. */
static int64_t unplaced(const struct snapshot *s, const struct service *v, const char *cluster)
{
	int64_t n = 0;

	for (size_t i = 0; i < s->n_workloads; i++) {
		const struct workload *w = &s->workloads[i];

		for (size_t k = 0; str_eq(w->service, v->id) && k < w->n_shares; k++)
			if (str_eq(w->graph, s->graph) && str_eq(w->shares[k].cluster, cluster))
				n += w->shares[k].unplaced;
	}
	return n;
}

static const char *refused_at(const struct service_state *st, const char *cluster)
{
	for (size_t i = 0; st && i < st->n_refusals; i++)
		if (str_eq(st->refusals[i].cluster, cluster))
			return st->refusals[i].at;
	return NULL;
}

const char *place_refused(struct arena *a, const struct snapshot *s, const struct service *v,
			  const char *cluster)
{
	int64_t n = unplaced(s, v, cluster);
	bool runs = place_model_is_home(s, v->id, cluster) && is_bound(s, v->id, cluster);
	const char *at = runs ? NULL : refused_at(place_state(s, v->id), cluster);

	if (n)
		return arena_printf(a, "finds no node for %lld of its pods", (long long)n);
	return at ? arena_printf(a, "found no node for its pods at %s", at) : NULL;
}

bool place_somebody_refused(const struct snapshot *s)
{
	for (size_t i = 0; i < s->n_services; i++)
		if (s->services[i].n_refusals)
			return true;
	for (size_t i = 0; i < s->n_workloads; i++)
		for (size_t k = 0; k < s->workloads[i].n_shares; k++)
			if (s->workloads[i].shares[k].unplaced)
				return true;
	return false;
}

/* What waits for a word by hand when its cluster fails, waits for one here. */
static bool is_patient(const struct place_model *m, const struct service *v)
{
	return !m->refused || m->o->patient ||
	       (v->ha.enabled && v->ha.recovery_policy == RECOVERY_MANUAL && !m->o->recover);
}

const char *place_model_verdict(const struct place_model *m, size_t service, size_t c,
				int64_t replicas)
{
	struct service svc = m->g->services[service];
	const struct chart_facts *f = m->chart[service];
	const struct object_facts *main = f ? main_workload(f) : NULL;
	const struct cluster *cl = &m->s->clusters[c];
	struct demand part = m->demand[service];
	bool home = place_model_is_home(m->s, svc.id, cl->name) && is_bound(m->s, svc.id, cl->name);

	part.total = place_model_use(m, service, c, replicas);
	if (main && main->own_policy)
		svc.location.n_tolerations = 0; /* its policy cannot be told */
	const char *why = eligible_not(m->a, &svc, &part, cl, &m->free[c], home);
	if (!why)
		why = away_from_devices(m, &svc, cl);
	if (!why)
		why = away_from_grounded(m, &svc, cl);
	if (!why)
		why = data_elsewhere(m, &svc, cl);
	return why || is_patient(m, &svc) ? why : place_refused(m->a, m->s, &svc, cl->name);
}
