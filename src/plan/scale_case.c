// SPDX-License-Identifier: Apache-2.0
#include "plan/scale_case.h"

#include <math.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "plan/capacity.h"
#include "plan/demand.h"
#include "plan/desire.h"
#include "plan/place.h"
#include "plan/world.h"

/* What the original took where nobody said a maximum. */
enum { ORIGINAL_MAX = 5 };

struct casing {
	struct arena *a;
	const struct graph *g;
	const struct snapshot *s;
	const struct scale_subject *subjects;
	size_t n;
	vec_of(struct scale_bin) bins;
	struct amounts *rooms; /* [n_clusters of the snapshot], once asked for */
	bool *asked;
};

/* ---- what is known of the services ---- */

static const struct service_state *state_of(const struct snapshot *s, const char *service)
{
	for (size_t i = 0; i < s->n_services; i++)
		if (str_eq(s->services[i].service, service))
			return &s->services[i];
	return NULL;
}

static const struct workload *workload_of(const struct snapshot *s, const char *service)
{
	const struct chart_facts *f = snapshot_chart(s, service);
	const struct object_facts *main = f && !f->error ? main_workload(f) : NULL;

	for (size_t i = 0; main && i < s->n_workloads; i++) {
		const struct workload *w = &s->workloads[i];

		if (str_eq(w->service, service) && str_eq(w->graph, s->graph) &&
		    str_eq(w->kind, main->kind) && str_eq(w->name, main->name))
			return w;
	}
	return NULL;
}

static const char *held_by(struct arena *a, const struct graph *g, const struct snapshot *s,
			   struct scale_subject *t)
{
	const struct service_state *st = state_of(s, t->service->id);
	const struct workload *w = t->workload;

	if (!service_is_active(s, t->service))
		return "it waits for its event";
	if (!w)
		return "it is not deployed";
	if (!world_counts_replicas(w->kind))
		return arena_printf(a, "a %s has no replicas to set", w->kind);
	if (st && st->set_by && !str_eq(st->set_by, "model") && !place_overruled(s, t->service))
		return arena_printf(a,
				    "set to %lld by %s: `smo graph scale %s %s=auto` gives it back",
				    (long long)st->replicas, st->set_by, g->id, t->service->id);
	if (t->policy.paused)
		return "scaling is paused";
	t->limit = t->policy.has_model ? SCALE_FREE : SCALE_NO_MODEL;
	return t->policy.has_model ? NULL
				   : "no model says what a replica sustains: see `smo profile`";
}

void scale_subjects_look(struct arena *a, const struct graph *g, const struct snapshot *s,
			 struct scale_subject *subjects, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct scale_subject *t = &subjects[i];
		const struct workload *w = workload_of(s, t->service->id);

		t->workload = w;
		t->limit = SCALE_PAUSED;
		t->held = held_by(a, g, s, t);
		t->here = w && world_counts_replicas(w->kind) && service_is_active(s, t->service);
		t->replicas = w ? w->replicas : 0;
	}
}

/* ---- bins ---- */

/* Clusters where the replicas of @t run now. */
static const char **clusters_of(const struct casing *k, const struct scale_subject *t,
				size_t *ret_n)
{
	const struct workload *w = t->workload;
	const struct service_state *st = w && w->n_clusters ? NULL : state_of(k->s, t->service->id);

	*ret_n = w && w->n_clusters ? w->n_clusters : st ? st->n_clusters : 0;
	return w && w->n_clusters ? w->clusters : st ? st->clusters : NULL;
}

static bool runs_on(const struct casing *k, const struct scale_subject *t, const char *cluster)
{
	size_t n;
	const char **names = clusters_of(k, t, &n);

	for (size_t i = 0; i < n; i++)
		if (str_eq(names[i], cluster))
			return true;
	return false;
}

static struct demand demand_of_subject(const struct casing *k, const struct scale_subject *t)
{
	struct demand d;

	demand_of(k->a, t->service, snapshot_chart(k->s, t->service->id), 1, &d);
	return d;
}

/* What @c has for the services that are scaled. */
static struct amounts room_in(const struct casing *k, const struct cluster *c)
{
	struct amounts own = {0}, fixed = {0};

	for (size_t i = 0; i < k->n; i++) {
		const struct scale_subject *t = &k->subjects[i];

		if (!t->here || !runs_on(k, t, c->name))
			continue;
		struct amounts used = capacity_own(k->a, k->s, c->name, t->service->id);
		struct demand d = demand_of_subject(k, t);
		amounts_add(k->a, &own, &used, 1);
		amounts_add(k->a, &fixed, &d.fixed, 1);
	}
	struct amounts room = capacity_without(k->a, k->s, c, &own);
	return amounts_minus(k->a, &room, &fixed);
}

static int64_t room_of(struct casing *k, const struct cluster *c, const char *resource)
{
	size_t i = (size_t)(c - k->s->clusters);

	if (!k->asked[i])
		k->rooms[i] = room_in(k, c);
	k->asked[i] = true;
	return amounts_get(&k->rooms[i], resource);
}

static size_t bin_of(struct casing *k, const struct cluster *c, const char *resource)
{
	for (size_t i = 0; i < k->bins.n; i++)
		if (str_eq(k->bins.at[i].cluster, c->name) &&
		    str_eq(k->bins.at[i].resource, resource))
			return i;
	*vec_push(k->a, &k->bins) = (struct scale_bin){c->name, resource, room_of(k, c, resource)};
	return k->bins.n - 1;
}

/* maxReplicasOverall: a bin of the graph itself; what is not scaled takes its part first. */
static void add_overall(struct casing *k)
{
	int64_t room = k->g->intent.max_replicas_overall;

	for (size_t i = 0; i < k->g->n_services; i++) {
		const struct service *v = &k->g->services[i];
		bool scaled = false;

		for (size_t t = 0; t < k->n; t++)
			scaled |= k->subjects[t].service == v && k->subjects[t].here;
		const struct workload *w = workload_of(k->s, v->id);
		room -= !scaled && w && service_is_active(k->s, v) ? w->replicas : 0;
	}
	*vec_push(k->a, &k->bins) = (struct scale_bin){NULL, "replicas", room > 0 ? room : 0};
}

/* A share of each cluster when the replicas are divided, all of it when each has them all. */
static void add_uses(struct casing *k, const struct scale_subject *t, struct scale_service *out)
{
	size_t n;
	const char **names = clusters_of(k, t, &n);
	struct demand d = demand_of_subject(k, t);
	int64_t parts = t->service->ha.enabled && n > 1 ? (int64_t)n : 1;
	vec_of(struct fit_use) uses = {0};

	for (size_t i = 0; i < n; i++) {
		const struct cluster *c = snapshot_cluster(k->s, names[i]);

		for (size_t r = 0; c && c->has_summary && r < d.per_replica.n; r++) {
			const struct amount *need = &d.per_replica.at[r];
			if (need->value > 0 && capacity_reported(k->s, need->resource))
				*vec_push(k->a, &uses) =
					(struct fit_use){bin_of(k, c, need->resource),
							 (need->value + parts - 1) / parts};
		}
	}
	if (k->g->intent.max_replicas_overall)
		*vec_push(k->a, &uses) = (struct fit_use){0, 1};
	out->uses = uses.at;
	out->n_uses = uses.n;
}

void scale_case_of(struct arena *a, const struct graph *g, const struct snapshot *s,
		   const struct scale_subject *subjects, size_t n, struct scale_case *ret_case)
{
	struct casing k = {.a = a,
			   .g = g,
			   .s = s,
			   .subjects = subjects,
			   .n = n,
			   .rooms = arena_new_n(a, struct amounts, s->n_clusters),
			   .asked = arena_new_n(a, bool, s->n_clusters)};
	struct scale_case c = {.services = arena_new_n(a, struct scale_service, n),
			       .subject = arena_new_n(a, size_t, n)};

	if (g->intent.max_replicas_overall)
		add_overall(&k);
	for (size_t i = 0; i < n; i++) {
		const struct scale_subject *t = &subjects[i];
		struct scale_service *out = &c.services[c.n_services];

		if (!t->here)
			continue;
		*out = (struct scale_service){
			.id = t->service->id,
			.rates = t->rates,
			.n_rates = t->n_rates,
			.replicas = t->replicas,
			.min = t->policy.min,
			.max = t->policy.max,
			.to_zero = t->policy.to_zero,
			.paused = t->held != NULL,
			.model = t->policy.model,
			.manners = t->policy.manners,
			.started = t->memory.started,
			.wishes = t->memory.wishes,
			.n_wishes = t->memory.n_wishes,
			.moves = t->memory.moves,
			.n_moves = t->memory.n_moves,
		};
		add_uses(&k, t, out);
		c.subject[c.n_services++] = i;
	}
	c.bins = k.bins.at;
	c.n_bins = k.bins.n;
	*ret_case = c;
}

/* ---- the original, cluster by cluster ---- */

static double rate_of(const struct scale_service *s)
{
	double sum = 0;

	for (size_t i = 0; i < s->n_rates; i++)
		sum += s->rates[i];
	return s->n_rates && isfinite(sum) && sum >= 0 ? sum : (double)NAN;
}

/* The first bin of @s that is of @resource (NULL: any), and the amount used of it. */
static const struct scale_bin *use_of(const struct scale_case *c, const struct scale_service *s,
				      const char *resource, int64_t *ret_amount)
{
	for (size_t i = 0; i < s->n_uses; i++) {
		const struct scale_bin *b = &c->bins[s->uses[i].bin];

		if (!b->cluster || (resource && !str_eq(b->resource, resource)))
			continue;
		*ret_amount = s->uses[i].amount;
		return b;
	}
	*ret_amount = 1;
	return NULL;
}

static void original_group(struct arena *a, const struct scale_case *c, const struct scale_bin *bin,
			   struct scale_result *r)
{
	struct scale_original_service *list =
		arena_new_n(a, struct scale_original_service, c->n_services);
	size_t *of = arena_new_n(a, size_t, c->n_services), n = 0;
	int64_t *to = arena_new_n(a, int64_t, c->n_services),
		room = bin ? bin->room : INT64_MAX / 4;

	for (size_t i = 0; i < c->n_services; i++) {
		const struct scale_service *s = &c->services[i];
		int64_t cpu;

		if (use_of(c, s, "cpu", &cpu) != bin)
			continue;
		if (s->paused || isnan(rate_of(s))) {
			room -= bin ? cpu * s->replicas : 0;
			continue;
		}
		of[n] = i;
		list[n++] = (struct scale_original_service){
			.id = s->id,
			.rate = rate_of(s),
			.replicas = s->replicas,
			.cpu = cpu,
			.max = s->max > 0 ? s->max : ORIGINAL_MAX,
			.model = s->model,
		};
	}
	struct err *err = scale_original(a, list, n, room, 0, false, to);
	for (size_t i = 0; i < n; i++) {
		struct scale_decision *d = &r->at[of[i]];

		d->rate = list[i].rate;
		d->to = d->wanted = err ? list[i].replicas : to[i];
		d->limit = err ? SCALE_CAPACITY : SCALE_FREE;
		d->reason =
			err ? arena_printf(a, "held: %s", err->msg)
			    : arena_printf(a, "%g/s, policy original (y = %g x %c %g, %s)", d->rate,
					   list[i].model.alpha, list[i].model.beta < 0 ? '-' : '+',
					   fabs(list[i].model.beta), list[i].model.origin);
	}
	if (err && r->fits) {
		r->fits = false;
		r->problem = err->msg;
	}
}

static struct scale_result decide_original(struct arena *a, const struct scale_case *c)
{
	struct scale_result r = {.at = arena_new_n(a, struct scale_decision, c->n_services),
				 .n = c->n_services,
				 .fits = true,
				 .proven = true};

	for (size_t i = 0; i < c->n_services; i++) {
		const struct scale_service *s = &c->services[i];

		r.at[i] = (struct scale_decision){
			.id = s->id,
			.from = s->replicas,
			.to = s->replicas,
			.wanted = s->replicas,
			.needed = -1,
			.rate = rate_of(s),
			.limit = s->paused ? SCALE_PAUSED : SCALE_NO_METRIC,
			.reason = s->paused ? "scaling is paused" : "its metric is missing: held"};
	}
	for (size_t b = 0; b < c->n_bins; b++)
		if (c->bins[b].cluster && str_eq(c->bins[b].resource, "cpu"))
			original_group(a, c, &c->bins[b], &r);
	original_group(a, c, NULL, &r);
	return r;
}

struct scale_result scale_case_decide(struct arena *a, const struct scale_case *c, bool original,
				      int64_t now)
{
	if (original)
		return decide_original(a, c);
	return scale_decide(a, c->services, c->n_services, c->bins, c->n_bins, now);
}
