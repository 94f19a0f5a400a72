// SPDX-License-Identifier: Apache-2.0
#include "plan/place_ways.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "plan/eligible.h"
#include "plan/intent.h"

enum { MAX_TRIES = 40, MAX_TOLD = 4, TRY_BUDGET = 20000 };

/* Copies of all that a change may touch. */
static void fresh(struct place_ways *r)
{
	struct arena *a = r->m->a;
	const struct graph *g = r->m->g;
	const struct snapshot *s = r->m->s;

	r->g = *g;
	r->g.services = arena_new_n(a, struct service, g->n_services);
	for (size_t i = 0; i < g->n_services; i++) {
		r->g.services[i] = g->services[i];
		r->g.services[i].demand = (struct amounts){0};
		amounts_add(a, &r->g.services[i].demand, &g->services[i].demand, 1);
	}
	r->s = *s;
	r->s.clusters = arena_new_n(a, struct cluster, s->n_clusters);
	for (size_t i = 0; i < s->n_clusters; i++) {
		r->s.clusters[i] = s->clusters[i];
		r->s.clusters[i].allocatable = (struct amounts){0};
		amounts_add(a, &r->s.clusters[i].allocatable, &s->clusters[i].allocatable, 1);
	}
	r->s.services = arena_new_n(a, struct service_state, s->n_services);
	for (size_t i = 0; i < s->n_services; i++)
		r->s.services[i] = s->services[i];
	r->o = *r->m->o;
	r->o.budget = TRY_BUDGET;
}

static bool works(struct place_ways *r)
{
	if (r->tries >= MAX_TRIES)
		return false;
	r->tries++;
	return place_possible(r->m->a, &r->g, &r->s, &r->o);
}

void place_ways_add(struct place_ways *r, double size, const char *text)
{
	for (size_t i = 0; i < r->ways.n; i++)
		if (str_eq(r->ways.at[i].text, text))
			return;
	*vec_push(r->m->a, &r->ways) = (struct place_way){text, size, r->ways.n};
}

/* ---- what a service may do without ---- */

static bool is_device(const char *resource)
{
	return !str_eq(resource, "cpu") && !str_eq(resource, "memory") &&
	       !str_eq(resource, "ephemeral-storage");
}

static void try_device(struct place_ways *r, size_t v)
{
	const struct amounts *d = &r->m->g->services[v].demand;

	for (size_t i = 0; i < d->n; i++) {
		const char *name = d->at[i].resource, *id = r->m->g->services[v].id;

		if (!is_device(name) || !d->at[i].value)
			continue;
		fresh(r);
		amounts_set(r->m->a, &r->g.services[v].demand, name, 0);
		if (works(r))
			place_ways_add(r, 0.6,
				       arena_printf(r->m->a, "'%s' may drop its %s", id,
						    str_ends(name, "/gpu") && d->at[i].value == 1
							    ? "GPU"
							    : quantity_human(r->m->a, name,
									     d->at[i].value)));
	}
}

static void try_level(struct place_ways *r, size_t v, const char *resource)
{
	const struct service *svc = &r->m->g->services[v];
	int64_t now = amounts_get(&svc->demand, resource);
	bool cpu = str_eq(resource, "cpu");

	for (size_t k = intent_builtin.n; k-- > 1;) {
		const struct intent_level *l = &intent_builtin.at[k];
		int64_t less = cpu ? l->cpu : l->memory;

		if (less >= now)
			continue;
		fresh(r);
		amounts_set(r->m->a, &r->g.services[v].demand, resource, less);
		if (!works(r))
			continue;
		place_ways_add(r, 1 - (double)less / (double)now,
			       arena_printf(r->m->a, "'%s' may ask for %s '%s' instead of %s",
					    svc->id, cpu ? "cpu" : "ram", l->name,
					    quantity_human(r->m->a, resource, now)));
		return;
	}
}

static void set_replicas(struct place_ways *r, size_t v, int64_t n)
{
	r->g.services[v].replicas = n;
	r->g.services[v].at_least = 0;
	for (size_t i = 0; i < r->s.n_services; i++)
		if (str_eq(r->s.services[i].service, r->g.services[v].id))
			r->s.services[i].replicas = n;
}

/* The most replicas that fit, by bisection: fewer always fit as well. */
static void try_replicas(struct place_ways *r, size_t v)
{
	int64_t all = r->m->demand[v].replicas, low = 0, high = all;

	while (high - low > 1) {
		int64_t mid = low + (high - low) / 2;

		fresh(r);
		set_replicas(r, v, mid);
		*(works(r) ? &low : &high) = mid;
	}
	if (low >= (int64_t)r->m->spread[v])
		place_ways_add(r, 1 - (double)low / (double)all,
			       arena_printf(r->m->a, "'%s' may have %lld replica%s instead of %lld",
					    r->m->g->services[v].id, (long long)low,
					    low == 1 ? "" : "s", (long long)all));
}

static void try_spread(struct place_ways *r, size_t v)
{
	int64_t all = r->m->g->services[v].ha.replicas_across_clusters;

	for (int64_t n = all - 1; r->m->spread[v] > 1 && n >= 1; n--) {
		fresh(r);
		r->g.services[v].ha.replicas_across_clusters = n;
		if (!works(r))
			continue;
		place_ways_add(r, 1 - (double)n / (double)all,
			       arena_printf(r->m->a,
					    "'%s' may be on %lld cluster%s instead of %lld",
					    r->m->g->services[v].id, (long long)n,
					    n == 1 ? "" : "s", (long long)all));
		return;
	}
}

static const char *joined(struct arena *a, const char *const *words, size_t n)
{
	struct str s = {.a = a};

	for (size_t i = 0; i < n; i++)
		str_addf(&s, "%s'%s'", i ? ", " : "", words[i]);
	return str_text(&s);
}

static void try_location(struct place_ways *r, size_t v)
{
	const struct location_intent *l = &r->m->g->services[v].location;
	struct arena *a = r->m->a;
	const char *what = l->n_clusters    ? joined(a, l->clusters, l->n_clusters)
			   : l->n_regions   ? joined(a, l->regions, l->n_regions)
			   : l->n_zones     ? joined(a, l->zones, l->n_zones)
			   : l->n_providers ? joined(a, l->providers, l->n_providers)
					    : NULL;

	if (!what)
		return;
	fresh(r);
	struct location_intent *mine = &r->g.services[v].location;
	mine->n_clusters = mine->n_regions = mine->n_zones = mine->n_providers = 0;
	if (works(r))
		place_ways_add(r, 0.25,
			       arena_printf(a, "'%s' may run elsewhere than %s %s",
					    r->m->g->services[v].id,
					    l->n_clusters  ? "on"
					    : l->n_regions ? "in region"
					    : l->n_zones   ? "in zone"
							   : "with provider",
					    what));
}

static void try_toleration(struct place_ways *r, size_t v)
{
	const struct service *svc = &r->m->g->services[v];
	struct arena *a = r->m->a;
	struct map seen = {.a = a};

	for (size_t c = 0; c < r->m->n_clusters; c++)
		for (size_t i = 0; i < r->m->s->clusters[c].n_taints; i++) {
			const struct taint *t = &r->m->s->clusters[c].taints[i];
			const char **keys =
				arena_new_n(a, const char *, svc->location.n_tolerations + 1);

			if (map_get(&seen, t->key) || !r->m->s->clusters[c].ready)
				continue;
			map_put(&seen, t->key, &seen);
			fresh(r);
			struct location_intent *l = &r->g.services[v].location;
			for (size_t k = 0; k < l->n_tolerations; k++)
				keys[k] = l->tolerations[k];
			keys[l->n_tolerations++] = t->key;
			l->tolerations = keys;
			if (works(r))
				place_ways_add(r, 0.1,
					       arena_printf(a, "'%s' may tolerate the taint '%s'",
							    svc->id, t->key));
		}
}

static const char *limit_text(const struct place_ways *r, size_t v)
{
	enum latency_qos most = QOS_BEST_EFFORT;

	for (size_t i = 0; i < r->m->g->services[v].n_latencies; i++)
		if (r->m->g->services[v].latencies[i].qos > most)
			most = r->m->g->services[v].latencies[i].qos;
	return most == QOS_ULTRALOW ? "ultralow" : "low";
}

static void try_nearness(struct place_ways *r, size_t v)
{
	const struct service *svc = &r->m->g->services[v];

	if (svc->n_latencies) {
		fresh(r);
		r->g.services[v].n_latencies = 0;
		if (works(r))
			place_ways_add(r, 0.2,
				       arena_printf(r->m->a, "'%s' may do without latency '%s'",
						    svc->id, limit_text(r, v)));
	}
	if (svc->n_co_locations) {
		fresh(r);
		r->g.services[v].n_co_locations = 0;
		if (works(r))
			place_ways_add(r, 0.2,
				       arena_printf(r->m->a,
						    "'%s' need not share a cluster with '%s'",
						    svc->id, svc->co_locations[0].id));
	}
	if (svc->device_proximity) {
		fresh(r);
		r->g.services[v].device_proximity = false;
		if (works(r))
			place_ways_add(r, 0.3,
				       arena_printf(r->m->a, "'%s' may run away from its devices",
						    svc->id));
	}
}

void place_ways_service(struct place_ways *r, size_t v)
{
	if (!r->m->copies[v])
		return;
	try_device(r, v);
	try_location(r, v);
	try_toleration(r, v);
	try_nearness(r, v);
	try_spread(r, v);
	if (r->m->demand[v].replicas > 1)
		try_replicas(r, v);
	else
		try_level(r, v, "cpu");
	if (r->m->demand[v].replicas == 1)
		try_level(r, v, "memory");
}

/* ---- what clusters could give ---- */

/* Service @v alone is too large for cluster @c: let that have what is lacking. */
void place_ways_larger(struct place_ways *r, size_t v, size_t c)
{
	struct arena *a = r->m->a;
	struct amounts need = place_model_use(r->m, v, c, place_model_share(r->m, v));
	const struct cluster *cl = &r->m->s->clusters[c];
	struct str what = {.a = a};
	double size = 0;

	fresh(r);
	for (size_t i = 0; i < need.n; i++) {
		const char *name = need.at[i].resource;
		int64_t lacks = need.at[i].value - amounts_get(&r->m->free[c], name);
		int64_t all = amounts_get(&cl->allocatable, name);

		if (lacks <= 0 || (eligible_optional(name) && !eligible_checked(cl, name)))
			continue;
		if (!all) /* no such device at all: another kind of change */
			return;
		amounts_set(a, &r->s.clusters[c].allocatable, name, all + lacks);
		size += (double)lacks / (double)all;
		str_addf(&what, "%s%s%s", what.len ? " and " : "", quantity_human(a, name, lacks),
			 quantity_is_bytes(name) ? arena_printf(a, " of %s", name) : "");
	}
	if (what.len && works(r))
		place_ways_add(
			r, size,
			arena_printf(a, "cluster '%s' needs %s more", cl->name, str_text(&what)));
}

void place_ways_clusters(struct place_ways *r)
{
	for (size_t c = 0; c < r->m->n_clusters; c++) {
		const struct cluster *cl = &r->m->s->clusters[c];

		if (cl->gone || (!cl->cordoned && cl->ready))
			continue;
		fresh(r);
		r->s.clusters[c].cordoned = false;
		r->s.clusters[c].ready = true;
		r->s.clusters[c].n_taints = cl->ready ? cl->n_taints : 0;
		if (works(r))
			place_ways_add(
				r, cl->ready ? 0.05 : 0.3,
				arena_printf(r->m->a,
					     cl->ready
						     ? "cluster '%s' could be uncordoned"
						     : "cluster '%s' would have to be ready again",
					     cl->name));
	}
}

void place_ways_graph(struct place_ways *r)
{
	if (r->m->g->intent.security) {
		fresh(r);
		r->g.intent.security = false;
		if (works(r))
			place_ways_add(r, 0.4, "services may talk across clusters (security)");
	}
	if (r->m->g->intent.high_performance) {
		fresh(r);
		r->g.intent.high_performance = false;
		if (works(r))
			place_ways_add(r, 0.4, "services may be further apart (highPerformance)");
	}
	if (!r->o.allow_data_loss) {
		fresh(r);
		r->o.allow_data_loss = true;
		if (works(r))
			place_ways_add(r, 0.9,
				       "save the data that is in the way, then allow its loss with "
				       "--allow-data-loss");
	}
}

/* ---- ranking ---- */

static int by_size(const void *x, const void *y)
{
	const struct place_way *p = x, *q = y;

	if (p->size < q->size || p->size > q->size)
		return p->size < q->size ? -1 : 1;
	return p->order < q->order ? -1 : p->order > q->order;
}

struct err *place_ways_err(struct place_ways *r, struct err *e)
{
	struct str hint = {.a = r->m->a};

	if (!r->ways.n)
		return e;
	qsort(r->ways.at, r->ways.n, sizeof(*r->ways.at), by_size);
	for (size_t i = 0; i < r->ways.n && i < MAX_TOLD; i++)
		str_addf(&hint, "%s%s",
			 i ? "; or " : "Any one of these would do: ", r->ways.at[i].text);
	return err_hint(r->m->a, e, "%s.", str_text(&hint));
}

void place_ways_start(const struct place_model *m, struct place_ways *ret_ways)
{
	*ret_ways = (struct place_ways){.m = m};
	fresh(ret_ways);
}
