// SPDX-License-Identifier: Apache-2.0
/* Does a placement keep every promise?  Shares no code with the optimiser. */
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "plan/eligible.h"
#include "plan/place_cost.h"
#include "plan/place_model.h"

static size_t cluster_index(const struct place_model *m, const char *name)
{
	size_t c = 0;

	while (c < m->n_clusters && !str_eq(m->s->clusters[c].name, name))
		c++;
	return c;
}

/* Replicas that @k of @sp says or, when it says nothing, what each cluster gets. */
static int64_t replicas_on(const struct place_model *m, size_t v,
			   const struct service_placement *sp, size_t k)
{
	return sp->shares[k].replicas ? sp->shares[k].replicas : place_model_share(m, v);
}

/* Does the sum of what @p puts on cluster @c fit it? */
static struct err *check_cluster(const struct place_model *m, const struct placement *p, size_t c)
{
	struct amounts sum = {0};
	const struct cluster *cl = &m->s->clusters[c];

	for (size_t v = 0; v < m->n_services; v++) {
		const struct service_placement *sp = placement_of(p, m->g->services[v].id);

		for (size_t k = 0; sp && m->copies[v] && k < sp->n_shares; k++) {
			if (!str_eq(sp->shares[k].cluster, cl->name))
				continue;
			struct amounts use = place_model_use(m, v, c, replicas_on(m, v, sp, k));
			amounts_add(m->a, &sum, &use, 1);
		}
	}
	for (size_t i = 0; i < sum.n; i++) {
		const char *r = sum.at[i].resource;
		int64_t left = amounts_get(&m->free[c], r);

		if (sum.at[i].value > left && eligible_checked(cl, r))
			return err_new(m->a, ERR_INFEASIBLE,
				       "cluster '%s' is short of %s: %s wanted, %s free", cl->name,
				       r, quantity_human(m->a, r, sum.at[i].value),
				       quantity_human(m->a, r, left));
	}
	return NULL;
}

/* As many clusters as it asks for; more only when its replicas are divided, and all are there. */
static struct err *check_shares(const struct place_model *m, size_t v,
				const struct service_placement *sp)
{
	const char *id = m->g->services[v].id;
	size_t n = sp ? sp->n_shares : 0, want = m->spread[v];
	bool may_divide = place_model_divisible(m, v);
	int64_t sum = 0;

	if (n < want || (n > want && !may_divide))
		return err_new(m->a, ERR_INFEASIBLE, "service '%s' needs %zu cluster%s and has %zu",
			       id, want, want == 1 ? "" : "s", n);
	for (size_t k = 0; k < n; k++)
		sum += sp->shares[k].replicas;
	if (n > 1 && sum && sum != m->demand[v].replicas)
		return err_new(m->a, ERR_INFEASIBLE,
			       "service '%s' has %lld replicas on all clusters and shall have %lld",
			       id, (long long)sum, (long long)m->demand[v].replicas);
	return NULL;
}

static struct err *check_service(const struct place_model *m, const struct placement *p, size_t v)
{
	const char *id = m->g->services[v].id;
	const struct service_placement *sp = placement_of(p, id);

	if (!m->copies[v])
		return NULL;
	TRY(check_shares(m, v, sp));
	for (size_t k = 0; k < sp->n_shares; k++) {
		size_t c = cluster_index(m, sp->shares[k].cluster);

		if (k > 0 && str_eq(sp->shares[k].cluster, sp->shares[k - 1].cluster))
			return err_new(m->a, ERR_INFEASIBLE,
				       "service '%s' is on cluster '%s' twice", id,
				       sp->shares[k].cluster);
		if (c == m->n_clusters)
			return err_new(m->a, ERR_INFEASIBLE,
				       "service '%s': there is no cluster '%s' any more", id,
				       sp->shares[k].cluster);
		const char *why = place_model_verdict(m, v, c, replicas_on(m, v, sp, k));
		if (why)
			return err_new(m->a, ERR_INFEASIBLE, "service '%s': cluster '%s' %s", id,
				       sp->shares[k].cluster, why);
	}
	return NULL;
}

/* The placement of another service of the graph that we place, or NULL. */
static const struct service_placement *other(const struct place_model *m, const struct placement *p,
					     const char *id)
{
	const struct service *v = id ? graph_service(m->g, id) : NULL;

	return v && m->copies[v - m->g->services] ? placement_of(p, id) : NULL;
}

static bool all_on(const struct service_placement *few, const struct service_placement *many)
{
	for (size_t k = 0; k < few->n_shares; k++)
		if (!placement_on(many, few->shares[k].cluster))
			return false;
	return true;
}

static struct err *check_together(const struct place_model *m, const struct placement *p, size_t v)
{
	const struct service *svc = &m->g->services[v];
	const struct service_placement *x = other(m, p, svc->id);

	for (size_t k = 0; x && k < svc->n_co_locations; k++) {
		const struct co_location *l = &svc->co_locations[k];
		const struct service_placement *y =
			place_grounded(m->g, l) ? NULL : other(m, p, l->id);

		if (y && !(x->n_shares <= y->n_shares ? all_on(x, y) : all_on(y, x)))
			return err_new(m->a, ERR_INFEASIBLE,
				       "service '%s' is not on the same cluster as '%s'", svc->id,
				       y->service);
	}
	return NULL;
}

/* The shortest way from @cluster to any share of @to. */
static int64_t nearest(const struct place_model *m, const char *cluster,
		       const struct service_placement *to)
{
	size_t from = cluster_index(m, cluster);
	int64_t best = INT64_MAX;

	for (size_t k = 0; k < to->n_shares; k++) {
		int64_t d = place_distance(m->s, from, cluster_index(m, to->shares[k].cluster));
		best = d < best ? d : best;
	}
	return best;
}

static struct err *check_latency(const struct place_model *m, const struct placement *p, size_t v)
{
	const struct service *svc = &m->g->services[v];
	const struct service_placement *x = other(m, p, svc->id);

	for (size_t k = 0; x && k < svc->n_connection_points; k++) {
		const char *callee = svc->connection_points[k];
		const struct service_placement *y = other(m, p, callee);
		int64_t limit = place_distance_limit(m->g, svc, callee);

		for (size_t i = 0; y && i < x->n_shares; i++)
			if (nearest(m, x->shares[i].cluster, y) > limit)
				return err_new(m->a, ERR_INFEASIBLE,
					       "service '%s' on cluster '%s' is too far from '%s', "
					       "which it calls",
					       svc->id, x->shares[i].cluster, callee);
	}
	return NULL;
}

struct err *place_model_check(const struct place_model *m, const struct placement *p)
{
	for (size_t v = 0; v < m->n_services; v++) {
		TRY(check_service(m, p, v));
		TRY(check_together(m, p, v));
		TRY(check_latency(m, p, v));
	}
	for (size_t c = 0; c < m->n_clusters; c++)
		TRY(check_cluster(m, p, c));
	return NULL;
}

struct err *place_check(struct arena *a, const struct graph *g, const struct snapshot *s,
			const struct placement *p)
{
	struct place_model m;
	const struct place_options o = {.allow_data_loss = true, .patient = true};

	place_model_init(a, g, s, &o, DIVIDE_WHERE_NEEDED, &m);
	return place_model_check(&m, p);
}
