// SPDX-License-Identifier: Apache-2.0
/*
 * Greedy by rounds: of the services still to move, all whose new copies fit beside what runs now go
 * together; when they have left, their old room counts as free for the next round.  What no
 * round can take is a swap without room: it moves straight, with a gap.
 *
 * A service on one cluster runs on the old and the new one meanwhile.  One that is divided between
 * clusters must not be divided further, so one old cluster stands in for the last new one; when it
 * keeps a living cluster anyway, that is not needed.  A service with too few replicas to be divided
 * gets them first, where it is: else the policy would leave it on one cluster, and perhaps not on
 * the one where it runs.
 */
#include "plan/stages.h"

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "plan/capacity.h"
#include "plan/demand.h"
#include "plan/desire_parts.h"
#include "plan/eligible.h"
#include "plan/place_model.h"

struct mover {
	const struct service *service;
	const struct service_placement *to;
	const char **leaves; /* living clusters that serve it and that it shall leave */
	size_t n_leaves;
	struct amounts use; /* of one copy */
	const char *alone;  /* why it cannot be on both sides; NULL: it can */
	bool done;
};

struct staging {
	struct arena *a;
	const struct graph *g;
	const struct snapshot *s;
	const struct placement *target;
	vec_of(struct mover) movers;
	vec_of(const struct service *) wideners; /* they need more replicas first */
	struct amounts *free;                    /* [cluster] beside everything that runs now */
	vec_of(struct stage) stages;
	vec_of(const char *) notes;
	vec_of(const char *) moving;
};

static const struct workload *running(const struct staging *st, const struct service *v)
{
	const struct chart_facts *f = snapshot_chart(st->s, v->id);
	const struct object_facts *main = f && !f->error ? main_workload(f) : NULL;

	for (size_t i = 0; main && i < st->s->n_workloads; i++) {
		const struct workload *w = &st->s->workloads[i];
		if (str_eq(w->service, v->id) && str_eq(w->graph, st->g->id) &&
		    str_eq(w->kind, main->kind) && str_eq(w->name, main->name))
			return w;
	}
	return NULL;
}

static bool runs_on(const struct workload *w, const char *cluster)
{
	for (size_t i = 0; i < w->n_clusters; i++)
		if (str_eq(w->clusters[i], cluster))
			return true;
	return false;
}

/* What one copy of @v takes of its cluster; of copies of several sizes the largest. */
static struct amounts copy_use(struct staging *st, const struct service *v,
			       const struct service_placement *to)
{
	struct amounts use = {0};
	struct demand d;
	int64_t most = 0;

	demand_of(st->a, v, snapshot_chart(st->s, v->id), place_replicas(st->s, v), &d);
	for (size_t k = 0; k < to->n_shares && desired_divides(to); k++)
		most = to->shares[k].replicas > most ? to->shares[k].replicas : most;
	amounts_add(st->a, &use, &d.per_replica, most ? most : d.replicas);
	amounts_add(st->a, &use, &d.fixed, 1);
	return use;
}

/* True when @w serves on the living cluster @name: there is something to keep. */
static bool serves_on(const struct staging *st, const struct workload *w, const char *name)
{
	const struct cluster *c = snapshot_cluster(st->s, name);

	for (size_t i = 0; c && c->ready && !c->gone && i < w->n_shares; i++)
		if (str_eq(w->shares[i].cluster, name))
			return w->shares[i].ready > 0;
	return false;
}

/* Why @v cannot run on its old and new clusters at once, as far as that is its chart's doing. */
static const char *alone(const struct staging *st, const struct service *v,
			 const struct workload *w, const struct service_placement *to)
{
	const struct chart_facts *f = snapshot_chart(st->s, v->id);
	enum policy_divides divides = (enum policy_divides)main_workload(f)->policy_divides;

	if (place_names_one(v, f))
		return "its chart can name one cluster only";
	if (divides == DIVIDES_UNEVENLY)
		return "its chart divides replicas in a way of its own";
	if (divides == DIVIDES_EVENLY && w->replicas <= (int64_t)to->n_shares)
		return "its chart divides its replicas, and there are not enough";
	return NULL;
}

static void find_mover(struct staging *st, const struct service *v)
{
	const struct workload *w = running(st, v);
	const struct service_placement *to = placement_of(st->target, v->id);
	struct mover m = {.service = v, .to = to};
	bool arrives = false, leaves = false, keeps = false;

	if (!w || !to || !to->n_shares || !service_is_active(st->s, v))
		return;
	m.leaves = arena_new_n(st->a, const char *, w->n_clusters);
	for (size_t i = 0; i < w->n_clusters; i++) {
		bool serves = serves_on(st, w, w->clusters[i]);

		if (placement_on(to, w->clusters[i])) {
			keeps |= serves;
			continue;
		}
		leaves = true;
		if (serves)
			m.leaves[m.n_leaves++] = w->clusters[i];
	}
	for (size_t i = 0; i < to->n_shares; i++)
		arrives |= !runs_on(w, to->shares[i].cluster);
	if (leaves)
		*vec_push(st->a, &st->moving) = v->id;
	if ((keeps || m.n_leaves) && desired_divides(to) && w->replicas < (int64_t)to->n_shares)
		*vec_push(st->a, &st->wideners) = v;
	if (!arrives || !m.n_leaves || keeps || str_eq(w->kind, "Job") ||
	    str_eq(w->kind, "CronJob"))
		return;
	m.use = copy_use(st, v, to);
	m.alone = alone(st, v, w, to);
	*vec_push(st->a, &st->movers) = m;
}

static size_t cluster_index(const struct staging *st, const char *name)
{
	size_t c = 0;

	while (c < st->s->n_clusters && !str_eq(st->s->clusters[c].name, name))
		c++;
	return c;
}

/* @left less @use; below nothing too: what is owed must be paid before anything fits again. */
static void owe(struct arena *a, struct amounts *left, const struct amounts *use)
{
	for (size_t i = 0; i < use->n; i++) {
		const char *r = use->at[i].resource;
		int64_t rest;

		if (!amounts_has(left, r))
			continue;
		if (__builtin_sub_overflow(amounts_get(left, r), use->at[i].value, &rest))
			rest = -INT64_MAX;
		amounts_set(a, left, r, rest);
	}
}

static void take(struct staging *st, const char *cluster, const struct amounts *use)
{
	size_t c = cluster_index(st, cluster);

	if (c < st->s->n_clusters)
		owe(st->a, &st->free[c], use);
}

/* Beside everything that runs on @c and all that others intend there. */
static struct amounts free_now(const struct staging *st, const struct cluster *c)
{
	struct amounts left = {0};

	amounts_add(st->a, &left, &c->allocatable, 1);
	owe(st->a, &left, &c->allocated);
	for (size_t i = 0; i < st->s->n_reservations; i++) {
		const struct reservation *r = &st->s->reservations[i];
		struct amounts use = {0};

		if (!str_eq(r->cluster, c->name) || str_eq(r->graph, st->g->id))
			continue;
		amounts_add(st->a, &use, &r->per_replica, r->replicas);
		owe(st->a, &left, &use);
	}
	return left;
}

/* Clusters that @m arrives at before it leaves the old one. */
static size_t n_first(const struct mover *m)
{
	return m->to->n_shares > 1 ? m->to->n_shares - 1 : 1;
}

static bool fits(const struct staging *st, const struct mover *m)
{
	const struct workload *w = running(st, m->service);

	if (m->alone)
		return false;
	for (size_t i = 0; i < n_first(m); i++) {
		size_t c = cluster_index(st, m->to->shares[i].cluster);

		if (c == st->s->n_clusters)
			return false;
		for (size_t r = 0; r < m->use.n && !runs_on(w, st->s->clusters[c].name); r++)
			if (eligible_checked(&st->s->clusters[c], m->use.at[r].resource) &&
			    m->use.at[r].value > amounts_get(&st->free[c], m->use.at[r].resource))
				return false;
	}
	return true;
}

/* All of its new clusters are taken, also those that it comes to when it leaves. */
static void arrive(struct staging *st, const struct mover *m)
{
	const struct workload *w = running(st, m->service);

	for (size_t i = 0; i < m->to->n_shares; i++)
		if (!runs_on(w, m->to->shares[i].cluster))
			take(st, m->to->shares[i].cluster, &m->use);
}

static void leave(struct staging *st, const struct mover *m)
{
	for (size_t i = 0; i < m->n_leaves; i++) {
		size_t c = cluster_index(st, m->leaves[i]);
		struct amounts own = capacity_own(st->a, st->s, m->leaves[i], m->service->id);

		if (c < st->s->n_clusters)
			amounts_add(st->a, &st->free[c], &own, 1);
	}
}

static bool is_mover(const struct staging *st, const struct service *v)
{
	for (size_t k = 0; k < st->movers.n; k++)
		if (st->movers.at[k].service == v)
			return true;
	return false;
}

/* What is new, moves at once, or grows where it is, takes its room before anything is doubled. */
static void reserve_new(struct staging *st)
{
	for (size_t i = 0; i < st->g->n_services; i++) {
		const struct service *v = &st->g->services[i];
		const struct service_placement *to = placement_of(st->target, v->id);
		const struct workload *w = running(st, v);

		if (!to || !to->n_shares || !service_is_active(st->s, v))
			continue;
		struct amounts use = copy_use(st, v, to);
		for (size_t k = 0; k < to->n_shares; k++) {
			const char *cluster = to->shares[k].cluster;
			struct amounts own = {0};

			if (w && !runs_on(w, cluster) && is_mover(st, v))
				continue; /* see fits() */
			if (w)
				own = capacity_own(st->a, st->s, cluster, v->id);
			struct amounts more = amounts_minus(st->a, &use, &own);
			take(st, cluster, &more);
		}
	}
}

/* @p with @cluster among its shares, which are sorted. */
static void add_share(struct service_placement *p, const char *cluster, int64_t replicas)
{
	size_t k = p->n_shares++;

	for (; k > 0 && str_cmp(p->shares[k - 1].cluster, cluster) > 0; k--)
		p->shares[k] = p->shares[k - 1];
	p->shares[k] = (struct share){cluster, replicas};
}

/* Shares of @m while it still runs on an old cluster. */
static struct service_placement both_sides(struct staging *st, const struct mover *m)
{
	struct service_placement p = {.service = m->service->id};
	size_t n = m->to->n_shares;

	p.shares = arena_new_n(st->a, struct share, n + 1);
	for (size_t i = 0; i < n_first(m); i++)
		add_share(&p, m->to->shares[i].cluster, m->to->shares[i].replicas);
	add_share(&p, m->leaves[0], m->to->shares[n - 1].replicas);
	return p;
}

/* Shares of a service that stays where it runs for now. */
static struct service_placement as_now(struct staging *st, const struct service *v)
{
	const struct workload *w = running(st, v);
	struct service_placement p = {.service = v->id};

	p.shares = arena_new_n(st->a, struct share, w->n_clusters);
	for (size_t i = 0; i < w->n_clusters; i++) {
		int64_t replicas = 0;

		for (size_t k = 0; k < w->n_shares && w->n_clusters > 1; k++)
			if (str_eq(w->shares[k].cluster, w->clusters[i]))
				replicas = w->shares[k].replicas;
		p.shares[p.n_shares++] = (struct share){w->clusters[i], replicas};
	}
	return p;
}

enum side { SIDE_OLD, SIDE_BOTH, SIDE_NEW };

/* Where the movers of one stage must be ready before they leave. */
static struct placement arrivals(struct staging *st, const enum side *side)
{
	struct service_placement *list = arena_new_n(st->a, struct service_placement, st->movers.n);
	size_t n = 0;

	for (size_t k = 0; k < st->movers.n; k++) {
		const struct mover *m = &st->movers.at[k];
		if (side[k] == SIDE_BOTH)
			list[n++] = (struct service_placement){m->service->id, m->to->shares,
							       n_first(m)};
	}
	return (struct placement){list, n};
}

static struct service_placement staged(struct staging *st, const enum side *side, bool widening,
				       const struct service_placement *to)
{
	for (size_t k = 0; k < st->wideners.n && widening; k++)
		if (str_eq(st->wideners.at[k]->id, to->service))
			return as_now(st, st->wideners.at[k]);
	for (size_t k = 0; k < st->movers.n; k++) {
		const struct mover *m = &st->movers.at[k];

		if (!str_eq(m->service->id, to->service) || side[k] == SIDE_NEW)
			continue;
		return side[k] == SIDE_BOTH ? both_sides(st, m) : as_now(st, m->service);
	}
	return *to;
}

static void add_stage(struct staging *st, const enum side *side, bool widening)
{
	struct service_placement *list =
		arena_new_n(st->a, struct service_placement, st->target->n_services);

	for (size_t i = 0; i < st->target->n_services; i++)
		list[i] = staged(st, side, widening, &st->target->services[i]);
	*vec_push(st->a, &st->stages) = (struct stage){
		.placement = {list, st->target->n_services},
		.arrivals = arrivals(st, side),
	};
}

/* One round; false when none of the rest fits. */
static bool stage_round(struct staging *st, enum side *side)
{
	bool any = false;

	for (size_t k = 0; k < st->movers.n; k++) {
		struct mover *m = &st->movers.at[k];

		if (m->done || !fits(st, m))
			continue;
		arrive(st, m);
		side[k] = SIDE_BOTH;
		any = true;
	}
	if (!any)
		return false;
	add_stage(st, side, false);
	for (size_t k = 0; k < st->movers.n; k++)
		if (side[k] == SIDE_BOTH) {
			leave(st, &st->movers.at[k]);
			st->movers.at[k].done = true;
			side[k] = SIDE_NEW;
		}
	return true;
}

void stages_of(struct arena *a, const struct graph *g, const struct snapshot *s,
	       const struct placement *target, struct stages *ret_stages)
{
	struct staging st = {.a = a, .g = g, .s = s, .target = target};
	size_t left;

	st.free = arena_new_n(a, struct amounts, s->n_clusters);
	for (size_t c = 0; c < s->n_clusters; c++)
		st.free[c] = free_now(&st, &s->clusters[c]);
	for (size_t i = 0; i < g->n_services; i++)
		find_mover(&st, &g->services[i]);
	reserve_new(&st);
	enum side *side = arena_new_n(a, enum side, st.movers.n);
	if (st.wideners.n)
		add_stage(&st, side, true);
	left = st.movers.n;
	while (left && stage_round(&st, side)) {
		left = 0;
		for (size_t k = 0; k < st.movers.n; k++)
			left += !st.movers.at[k].done;
	}
	for (size_t k = 0; k < st.movers.n; k++)
		if (!st.movers.at[k].done)
			*vec_push(a, &st.notes) =
				arena_printf(a,
					     "%s is away from when it leaves %s until its pods "
					     "have started on %s: %s",
					     st.movers.at[k].service->id, st.movers.at[k].leaves[0],
					     st.movers.at[k].to->shares[0].cluster,
					     st.movers.at[k].alone ? st.movers.at[k].alone
								   : "there is no room for both");
	*ret_stages = (struct stages){
		.at = st.stages.at,
		.n = st.stages.n,
		.moving = st.moving.at,
		.n_moving = st.moving.n,
		.notes = st.notes.at,
		.n_notes = st.notes.n,
	};
}
