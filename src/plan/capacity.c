// SPDX-License-Identifier: Apache-2.0
#include "plan/capacity.h"

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/node.h"
#include "plan/overrides.h"

struct amounts capacity_own(struct arena *a, const struct snapshot *s, const char *cluster,
			    const char *service)
{
	struct amounts own = {0};

	for (size_t i = 0; i < s->n_workloads; i++) {
		const struct workload *w = &s->workloads[i];

		if (!w->service || !str_eq(w->graph, s->graph))
			continue;
		if (service && !str_eq(w->service, service))
			continue;
		for (size_t k = 0; k < w->n_shares; k++) {
			if (!str_eq(w->shares[k].cluster, cluster))
				continue;
			struct amounts pod = override_requests(a, s, w);
			amounts_add(a, &own, &pod, w->shares[k].replicas);
		}
	}
	return own;
}

struct amounts capacity_free(struct arena *a, const struct snapshot *s, const struct cluster *c,
			     bool with_own)
{
	struct amounts have = {0}, used = {0};

	amounts_add(a, &have, &c->allocatable, 1);
	if (with_own) {
		struct amounts own = capacity_own(a, s, c->name, NULL);
		for (size_t i = 0; i < own.n; i++)
			if (amounts_has(&c->allocatable, own.at[i].resource))
				amounts_set(a, &have, own.at[i].resource,
					    amounts_get(&have, own.at[i].resource) +
						    own.at[i].value);
	}
	amounts_add(a, &used, &c->allocated, 1);
	for (size_t i = 0; i < s->n_reservations; i++)
		if (str_eq(s->reservations[i].cluster, c->name))
			amounts_add(a, &used, &s->reservations[i].per_replica,
				    s->reservations[i].replicas);
	struct amounts left = amounts_minus(a, &have, &used);

	/* What we run cannot make a cluster larger than it is. */
	for (size_t i = 0; i < left.n; i++) {
		int64_t all = amounts_get(&c->allocatable, left.at[i].resource);
		if (left.at[i].value > all)
			left.at[i].value = all;
	}
	return left;
}

bool capacity_reported(const struct snapshot *s, const char *resource)
{
	for (size_t i = 0; i < s->n_clusters; i++)
		if (!s->clusters[i].gone && amounts_has(&s->clusters[i].allocatable, resource))
			return true;
	return false;
}
