// SPDX-License-Identifier: Apache-2.0
#include "plan/reserve.h"

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "plan/demand.h"
#include "plan/place.h"

const char *reservation_name(struct arena *a, const char *service, const char *workload)
{
	return service && workload ? arena_printf(a, "%s/%s", service, workload) : NULL;
}

struct reserving {
	struct arena *a;
	const char *graph;
	const struct snapshot *s;
	vec_of(struct reservation) rows;
};

static int64_t nodes_of(const struct snapshot *s, const char *cluster)
{
	const struct cluster *c = snapshot_cluster(s, cluster);

	return c && c->nodes_total > 0 ? c->nodes_total : 1;
}

/* Workloads beside the main one come whole to every cluster, DaemonSets to every node. */
static void reserve_sides(struct reserving *r, const struct service *v, const char *cluster)
{
	const struct chart_facts *f = snapshot_chart(r->s, v->id);
	const struct object_facts *main = f ? main_workload(f) : NULL;

	for (size_t i = 0; f && i < f->n_objects; i++) {
		const struct object_facts *o = &f->objects[i];

		if (o == main || !o->pod_path || o->hook)
			continue;
		*vec_push(r->a, &r->rows) = (struct reservation){
			.graph = r->graph,
			.service = reservation_name(r->a, v->id, o->name),
			.cluster = cluster,
			.replicas = str_eq(o->kind, "DaemonSet") ? nodes_of(r->s, cluster)
								 : demand_chart_replicas(o),
			.per_replica = demand_pod(r->a, o, o->containers),
		};
	}
}

static void reserve_service(struct reserving *r, const struct service *v,
			    const struct service_placement *sp)
{
	struct demand d;

	demand_of(r->a, v, snapshot_chart(r->s, v->id), place_replicas(r->s, v), &d);
	for (size_t k = 0; sp && k < sp->n_shares; k++) {
		const struct share *share = &sp->shares[k];

		*vec_push(r->a, &r->rows) = (struct reservation){
			.graph = r->graph,
			.service = v->id,
			.cluster = share->cluster,
			.replicas = d.per_node        ? nodes_of(r->s, share->cluster)
				    : share->replicas ? share->replicas
						      : d.replicas,
			.per_replica = d.per_replica,
		};
		reserve_sides(r, v, share->cluster);
	}
}

void reservations_of(struct arena *a, const struct graph *g, const struct snapshot *s,
		     const struct placement *p, struct reservation **ret_rows, size_t *ret_n)
{
	struct reserving r = {.a = a, .graph = g->id, .s = s};

	for (size_t i = 0; i < g->n_services; i++)
		reserve_service(&r, &g->services[i], placement_of(p, g->services[i].id));
	*ret_rows = r.rows.at;
	*ret_n = r.rows.n;
}
