// SPDX-License-Identifier: Apache-2.0
/*
 * How long one decision about many services takes.
 *
 *     bench_scale SERVICES CLUSTERS FILL RUNS
 *
 * FILL is what the wishes would use of what there is, in per cent: above 100 replicas have to be
 * given up.  One line for each run: milliseconds to find out what the clusters have for the
 * services, milliseconds to decide, whether no cheaper answer exists, and how many services get
 * less than they want.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "plan/scale_case.h"
#include "plan/scale_policy.h"

static uint64_t seed = 23;

static int64_t pick(int64_t low, int64_t high)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return low + (int64_t)((seed >> 33) % (uint64_t)(high - low + 1));
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

struct world {
	struct graph g;
	struct snapshot s;
	struct scale_subject *subjects;
	size_t n;
};

static void add_service(struct arena *a, struct world *w, size_t i, size_t n_clusters)
{
	struct service *v = &w->g.services[i];
	struct workload *run = &w->s.workloads[i];
	struct cluster *c = &w->s.clusters[pick(0, (int64_t)n_clusters - 1)];
	struct chart_facts *f = &w->s.charts[i];
	struct object_facts *o = arena_new(a, struct object_facts);
	double *rate = arena_new(a, double);
	int64_t alpha = pick(5, 30), want = pick(1, 10);

	v->id = arena_printf(a, "service-%zu", i);
	amounts_set(a, &v->demand, "cpu", pick(1, 20) * 100);
	amounts_set(a, &v->demand, "memory", pick(1, 8) << 28);
	*o = (struct object_facts){.kind = "Deployment",
				   .name = v->id,
				   .replicas = 1,
				   .pod_path = "/spec/template",
				   .containers = arena_new(a, struct container_facts),
				   .n_containers = 1};
	*f = (struct chart_facts){.service = v->id, .name = v->id, .objects = o, .n_objects = 1};
	*run = (struct workload){.kind = "Deployment",
				 .name = v->id,
				 .namespace_ = "p",
				 .graph = "g",
				 .service = v->id,
				 .replicas = pick(1, 4),
				 .clusters = arena_memdup(a, &c->name, sizeof(c->name)),
				 .n_clusters = 1,
				 .requests = v->demand,
				 .shares = arena_new(a, struct workload_share),
				 .n_shares = 1};
	run->shares[0] = (struct workload_share){.cluster = c->name, .replicas = run->replicas};
	amounts_add(a, &c->allocated, &v->demand, run->replicas);
	amounts_add(a, &c->allocatable, &v->demand, want);
	*rate = (double)(alpha * want) - 0.5;
	w->subjects[i] =
		(struct scale_subject){.service = v,
				       .rates = rate,
				       .n_rates = 1,
				       .policy = {.has_model = true,
						  .model = {(double)alpha, 0, "descriptor"},
						  .min = 1,
						  .max = 20}};
}

static void make(struct arena *a, struct world *w, size_t n, size_t n_clusters, int64_t fill)
{
	*w = (struct world){.n = n, .subjects = arena_new_n(a, struct scale_subject, n)};
	w->g = (struct graph){
		.id = "g", .services = arena_new_n(a, struct service, n), .n_services = n};
	w->s = (struct snapshot){.graph = "g",
				 .project = "p",
				 .clusters = arena_new_n(a, struct cluster, n_clusters),
				 .n_clusters = n_clusters,
				 .charts = arena_new_n(a, struct chart_facts, n),
				 .n_charts = n,
				 .workloads = arena_new_n(a, struct workload, n),
				 .n_workloads = n};
	for (size_t i = 0; i < n_clusters; i++) {
		w->s.clusters[i].name = arena_printf(a, "cluster-%zu", i);
		w->s.clusters[i].ready = w->s.clusters[i].has_summary = true;
	}
	for (size_t i = 0; i < n; i++)
		add_service(a, w, i, n_clusters);
	for (size_t i = 0; i < n_clusters; i++) {
		struct amounts *r = &w->s.clusters[i].allocatable;
		for (size_t k = 0; k < r->n; k++)
			r->at[k].value = r->at[k].value * 100 / fill;
	}
}

int main(int argc, char **argv)
{
	size_t n = argc > 1 ? (size_t)atoll(argv[1]) : 1000;
	size_t n_clusters = argc > 2 ? (size_t)atoll(argv[2]) : 20;
	int64_t fill = argc > 3 ? atoll(argv[3]) : 95;

	for (long long run = argc > 4 ? atoll(argv[4]) : 10; run-- > 0;) {
		struct arena a scoped_arena = {0};
		struct world w;
		struct scale_case c;
		size_t n_less = 0;

		make(&a, &w, n, n_clusters, fill);
		double begin = now_ms();
		scale_subjects_look(&a, &w.g, &w.s, w.subjects, n);
		scale_case_of(&a, &w.g, &w.s, w.subjects, n, &c);
		double cased = now_ms();
		struct scale_result r = scale_case_decide(&a, &c, false, 1000000);
		double end = now_ms();
		for (size_t i = 0; i < r.n; i++)
			n_less += r.at[i].to < r.at[i].wanted;
		printf("%.3f %.3f %s %zu\n", cased - begin, end - cased,
		       !r.fits    ? "no-room"
		       : r.proven ? "proven"
				  : "best-found",
		       n_less);
	}
	return 0;
}
