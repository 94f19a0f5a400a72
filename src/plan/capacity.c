// SPDX-License-Identifier: Apache-2.0
#include "plan/capacity.h"

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/node.h"
#include "plan/overrides.h"

/* Pods that come and go are not counted: whether they run now is not known. */
static bool runs_on(const struct workload *w)
{
	return !str_eq(w->kind, "Job") && !str_eq(w->kind, "CronJob");
}

struct amounts capacity_own(struct arena *a, const struct snapshot *s, const char *cluster,
			    const char *service)
{
	struct amounts own = {0};
	int64_t pods = 0;

	for (size_t i = 0; i < s->n_workloads; i++) {
		const struct workload *w = &s->workloads[i];

		if (!w->service || !str_eq(w->graph, s->graph) || !runs_on(w))
			continue;
		if (service && !str_eq(w->service, service))
			continue;
		for (size_t k = 0; k < w->n_shares; k++) {
			if (!str_eq(w->shares[k].cluster, cluster))
				continue;
			struct amounts pod = override_requests(a, s, w);
			amounts_add(a, &own, &pod, w->shares[k].replicas);
			pods += w->shares[k].replicas;
		}
	}
	if (pods > 0)
		amounts_set(a, &own, "pods", pods);
	return own;
}

struct amounts capacity_without(struct arena *a, const struct snapshot *s, const struct cluster *c,
				const struct amounts *own)
{
	struct amounts used = amounts_minus(a, &c->allocated, own);

	for (size_t i = 0; i < s->n_reservations; i++)
		if (str_eq(s->reservations[i].cluster, c->name) &&
		    (!s->graph || !str_eq(s->reservations[i].graph, s->graph))) {
			struct amounts pods = {0};

			amounts_set(a, &pods, "pods", s->reservations[i].replicas);
			amounts_add(a, &used, &s->reservations[i].per_replica,
				    s->reservations[i].replicas);
			amounts_add(a, &used, &pods, 1);
		}
	return amounts_minus(a, &c->allocatable, &used);
}

struct amounts capacity_free(struct arena *a, const struct snapshot *s, const struct cluster *c,
			     bool with_own)
{
	struct amounts own = {0};

	if (with_own)
		own = capacity_own(a, s, c->name, NULL);
	return capacity_without(a, s, c, &own);
}

bool capacity_reported(const struct snapshot *s, const char *resource)
{
	for (size_t i = 0; i < s->n_clusters; i++)
		if (!s->clusters[i].gone && amounts_has(&s->clusters[i].allocatable, resource))
			return true;
	return false;
}
