// SPDX-License-Identifier: Apache-2.0
#include "plan/scale_case.h"

#include <math.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "plan/capacity.h"
#include "plan/demand.h"
#include "plan/desire.h"
#include "plan/place.h"
#include "plan/world.h"

/* What the original took where nobody said a maximum. */
enum { ORIGINAL_MAX = 5 };

struct uses {
	struct fit_use *at;
	size_t n, cap;
};

struct casing {
	struct arena *a;
	const struct graph *g;
	const struct snapshot *s;
	const struct scale_subject *subjects;
	size_t n;
	vec_of(struct scale_bin) bins;
	size_t *bins_from;     /* [n_clusters + 1] where the bins of a cluster begin */
	struct amounts *rooms; /* [n_clusters] what each has for the services that are scaled */
	struct map clusters;   /* name -> struct cluster */
};

/* ---- what is known of the services ---- */

/* Two masters would pull at the same number. */
static bool brings_autoscaler(const struct chart_facts *f)
{
	for (size_t i = 0; f && i < f->n_objects; i++)
		if (str_eq(f->objects[i].kind, "HorizontalPodAutoscaler") ||
		    str_eq(f->objects[i].kind, "ScaledObject"))
			return true;
	return false;
}

static const char *held_by(struct arena *a, const struct graph *g, const struct snapshot *s,
			   struct scale_subject *t)
{
	const struct service_state *st = t->facts->state;
	const struct workload *w = t->facts->main;

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
	if (brings_autoscaler(t->facts->chart))
		return "its chart brings an autoscaler of its own";
	if (t->policy.paused)
		return "scaling is paused";
	t->limit = t->policy.has_model ? SCALE_FREE : SCALE_NO_MODEL;
	return t->policy.has_model ? NULL
				   : "no model says what a replica sustains: see `smo profile`";
}

void scale_subjects_look(struct arena *a, const struct graph *g, const struct snapshot *s,
			 struct scale_subject *subjects, size_t n)
{
	const struct scale_index *x = scale_index_of(a, s);

	for (size_t i = 0; i < n; i++) {
		struct scale_subject *t = &subjects[i];

		t->facts = scale_index_get(x, t->service->id);
		const struct workload *w = t->facts->main;
		t->limit = SCALE_PAUSED;
		t->held = held_by(a, g, s, t);
		t->here = w && world_counts_replicas(w->kind) && service_is_active(s, t->service);
		t->replicas = w ? w->replicas : 0;
	}
}

/* ---- rooms ---- */

/* Clusters where the replicas of @t run now. */
static const char **clusters_of(const struct scale_subject *t, size_t *ret_n)
{
	const struct workload *w = t->facts->main;
	const struct service_state *st = t->facts->state;

	if (w && w->n_clusters) {
		*ret_n = w->n_clusters;
		return w->clusters;
	}
	*ret_n = st ? st->n_clusters : 0;
	return st ? st->clusters : NULL;
}

/* What each cluster runs of the services that are scaled, and what of that is no replica. */
static void count_own(struct casing *k, struct amounts *own, struct amounts *fixed)
{
	for (size_t i = 0; i < k->n; i++) {
		const struct scale_subject *t = &k->subjects[i];
		struct demand d;
		size_t n;

		if (!t->here)
			continue;
		const char **names = clusters_of(t, &n);
		demand_of(k->a, t->service, t->facts->chart, 1, &d);
		for (size_t j = 0; j < n; j++) {
			const struct cluster *c = map_get(&k->clusters, names[j]);

			if (!c)
				continue;
			size_t at = (size_t)(c - k->s->clusters);
			struct amounts used =
				capacity_own(k->a, &t->facts->part, c->name, t->service->id);
			struct amounts rest = demand_on(k->a, &d, 0, c->nodes_ready);
			amounts_add(k->a, &own[at], &used, 1);
			amounts_add(k->a, &fixed[at], &rest, 1);
		}
	}
}

static void make_rooms(struct casing *k)
{
	size_t n = k->s->n_clusters;
	struct amounts *own = arena_new_n(k->a, struct amounts, n);
	struct amounts *fixed = arena_new_n(k->a, struct amounts, n);

	k->rooms = arena_new_n(k->a, struct amounts, n);
	k->clusters.a = k->a;
	for (size_t i = 0; i < n; i++)
		map_put(&k->clusters, k->s->clusters[i].name, &k->s->clusters[i]);
	count_own(k, own, fixed);
	for (size_t i = 0; i < n; i++) {
		struct amounts room = capacity_without(k->a, k->s, &k->s->clusters[i], &own[i]);
		k->rooms[i] = amounts_minus(k->a, &room, &fixed[i]);
	}
}

/* A bin for each resource that a cluster of the federation reports. */
static void make_bins(struct casing *k)
{
	k->bins_from = arena_new_n(k->a, size_t, k->s->n_clusters + 1);
	for (size_t i = 0; i < k->s->n_clusters; i++) {
		const struct cluster *c = &k->s->clusters[i];

		k->bins_from[i] = k->bins.n;
		for (size_t r = 0; c->has_summary && r < c->allocatable.n; r++) {
			const char *resource = c->allocatable.at[r].resource;
			*vec_push(k->a, &k->bins) = (struct scale_bin){
				c->name, resource, amounts_get(&k->rooms[i], resource)};
		}
	}
	k->bins_from[k->s->n_clusters] = k->bins.n;
}

/* What a replica uses of @resource on cluster @c; a resource that only others report has no room
 * there. */
static void add_use(struct casing *k, const struct cluster *c, const char *resource, int64_t amount,
		    struct uses *uses)
{
	size_t at = (size_t)(c - k->s->clusters);

	for (size_t b = k->bins_from[at]; b < k->bins_from[at + 1]; b++)
		if (str_eq(k->bins.at[b].resource, resource)) {
			*vec_push(k->a, uses) = (struct fit_use){b, amount};
			return;
		}
	if (!capacity_reported(k->s, resource))
		return;
	*vec_push(k->a, uses) = (struct fit_use){k->bins.n, amount};
	*vec_push(k->a, &k->bins) = (struct scale_bin){c->name, resource, 0};
}

/* maxReplicasOverall: a bin of the graph itself; what is not scaled takes its part first. */
static void add_overall(struct casing *k, struct scale_case *c)
{
	int64_t room = k->g->intent.max_replicas_overall;

	for (size_t i = 0; i < k->n && room; i++) {
		const struct scale_subject *t = &k->subjects[i];

		room -= !t->here && t->facts->main && service_is_active(k->s, t->service)
				? t->replicas
				: 0;
	}
	if (!k->g->intent.max_replicas_overall)
		return;
	for (size_t i = 0; i < c->n_services; i++) {
		struct scale_service *v = &c->services[i];
		struct fit_use *uses = arena_new_n(k->a, struct fit_use, v->n_uses + 1);

		for (size_t u = 0; u < v->n_uses; u++)
			uses[u] = v->uses[u];
		uses[v->n_uses++] = (struct fit_use){k->bins.n, 1};
		v->uses = uses;
	}
	*vec_push(k->a, &k->bins) = (struct scale_bin){NULL, "replicas", room > 0 ? room : 0};
}

/* A share of each cluster when the replicas are divided, all of it when each has them all. */
static void add_uses(struct casing *k, const struct scale_subject *t, struct scale_service *out)
{
	size_t n;
	const char **names = clusters_of(t, &n);
	int64_t parts = t->service->ha.enabled && n > 1 ? (int64_t)n : 1;
	struct demand d;
	struct uses uses = {0};

	demand_of(k->a, t->service, t->facts->chart, 1, &d);
	for (size_t i = 0; i < n; i++) {
		const struct cluster *c = map_get(&k->clusters, names[i]);

		if (!c || !c->has_summary)
			continue;
		for (size_t r = 0; r < d.per_replica.n; r++)
			if (d.per_replica.at[r].value > 0)
				add_use(k, c, d.per_replica.at[r].resource,
					(d.per_replica.at[r].value + parts - 1) / parts, &uses);
		if (amounts_has(&c->allocatable, "pods"))
			add_use(k, c, "pods", 1, &uses);
	}
	out->uses = uses.at;
	out->n_uses = uses.n;
}

static struct scale_service service_of(const struct scale_subject *t)
{
	return (struct scale_service){
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
}

void scale_case_of(struct arena *a, const struct graph *g, const struct snapshot *s,
		   const struct scale_subject *subjects, size_t n, struct scale_case *ret_case)
{
	struct casing k = {.a = a, .g = g, .s = s, .subjects = subjects, .n = n};
	struct scale_case c = {.services = arena_new_n(a, struct scale_service, n),
			       .subject = arena_new_n(a, size_t, n)};

	make_rooms(&k);
	make_bins(&k);
	for (size_t i = 0; i < n; i++) {
		if (!subjects[i].here)
			continue;
		c.services[c.n_services] = service_of(&subjects[i]);
		add_uses(&k, &subjects[i], &c.services[c.n_services]);
		c.subject[c.n_services++] = i;
	}
	add_overall(&k, &c);
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
