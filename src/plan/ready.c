// SPDX-License-Identifier: Apache-2.0
/*
 * Karmada keeps the last numbers of a cluster that does not answer, so a share counts only while
 * its cluster is ready and it runs the generation that the template asks for.
 */
#include "plan/ready.h"

#include "base/str.h"

const struct workload *ready_workload(const struct snapshot *s, const struct readiness *r)
{
	for (size_t i = 0; i < s->n_workloads; i++) {
		const struct workload *w = &s->workloads[i];

		if (str_eq(w->kind, r->kind) && str_eq(w->name, r->name) &&
		    str_eq(w->namespace_, r->namespace_))
			return w;
	}
	return NULL;
}

static bool share_ready(const struct workload *w, const struct workload_share *sh, int64_t wanted)
{
	bool daemon = str_eq(w->kind, "DaemonSet");

	return sh->applied && sh->current &&
	       (daemon ? sh->ready >= sh->replicas : sh->ready >= wanted);
}

/* What one cluster must show: all replicas, or its part when they are divided. */
static int64_t wanted_on(const struct workload *w, const struct workload_share *sh)
{
	int64_t sum = 0;

	for (size_t i = 0; i < w->n_shares; i++)
		sum += w->shares[i].replicas;
	return sum == w->replicas && w->n_shares > 1 ? sh->replicas : w->replicas;
}

bool is_ready(const struct snapshot *s, const struct readiness *r)
{
	const struct workload *w = ready_workload(s, r);

	if (str_eq(r->kind, "Cluster")) {
		for (size_t i = 0; i < r->n_clusters; i++) {
			const struct cluster *c = snapshot_cluster(s, r->clusters[i]);
			if (c && c->ready && !c->has_mcs)
				return false;
		}
		return true;
	}
	if (!w || (r->replicas && w->replicas != r->replicas))
		return false;
	const char *const *clusters = r->n_clusters ? r->clusters : w->clusters;
	size_t n = r->n_clusters ? r->n_clusters : w->n_clusters;
	for (size_t i = 0; i < n; i++) {
		const struct cluster *c = snapshot_cluster(s, clusters[i]);
		bool ready = false;

		for (size_t k = 0; k < w->n_shares; k++)
			if (str_eq(w->shares[k].cluster, clusters[i]))
				ready = share_ready(w, &w->shares[k], wanted_on(w, &w->shares[k]));
		if (!ready || !c || !c->ready)
			return false;
	}
	return n > 0;
}
