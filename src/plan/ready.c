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

static bool share_ready(const struct workload_share *sh, int64_t wanted)
{
	return sh->applied && sh->current && sh->ready >= wanted;
}

/*
 * What one cluster must show: all replicas, or its part when they are divided.  A cluster that is
 * about to start may report no replicas yet, so its part is at least one.
 */
static int64_t wanted_on(const struct readiness *r, const struct workload *w,
			 const struct workload_share *sh)
{
	if (str_eq(w->kind, "DaemonSet"))
		return sh->replicas;
	if (r->divided)
		return sh->replicas > 0 || !w->replicas ? sh->replicas : 1;
	return w->replicas;
}

static const struct workload_share *share_on(const struct workload *w, const char *cluster)
{
	for (size_t i = 0; i < w->n_shares; i++)
		if (str_eq(w->shares[i].cluster, cluster))
			return &w->shares[i];
	return NULL;
}

static bool is_up(const struct snapshot *s, const char *cluster)
{
	const struct cluster *c = snapshot_cluster(s, cluster);

	return c && c->ready;
}

/* Wherever somebody else's policy bound it, copied or divided. */
static bool ready_anywhere(const struct snapshot *s, const struct workload *w)
{
	int64_t ready = 0;

	for (size_t i = 0; i < w->n_clusters; i++) {
		const struct workload_share *sh = share_on(w, w->clusters[i]);

		if (!sh || !is_up(s, sh->cluster) || !share_ready(sh, sh->replicas))
			return false;
		ready += sh->ready;
	}
	return w->n_clusters && (ready >= w->replicas || str_eq(w->kind, "DaemonSet"));
}

static bool serves_mcs(const struct snapshot *s, const struct readiness *r)
{
	for (size_t i = 0; i < r->n_clusters; i++) {
		const struct cluster *c = snapshot_cluster(s, r->clusters[i]);
		if (c && c->ready && !c->has_mcs)
			return false;
	}
	return true;
}

bool is_ready(const struct snapshot *s, const struct readiness *r)
{
	const struct workload *w = ready_workload(s, r);

	if (str_eq(r->kind, "Cluster"))
		return serves_mcs(s, r);
	if (!w || (r->replicas && w->replicas != (r->asleep ? 0 : r->replicas)))
		return false;
	for (size_t i = 0; i < r->n_clusters; i++) {
		const struct workload_share *sh = share_on(w, r->clusters[i]);

		if (!sh || !is_up(s, sh->cluster) || !share_ready(sh, wanted_on(r, w, sh)))
			return false;
	}
	return r->n_clusters || ready_anywhere(s, w);
}
