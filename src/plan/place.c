// SPDX-License-Identifier: Apache-2.0
#include "plan/place.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "plan/capacity.h"
#include "plan/eligible.h"
#include "plan/place_model.h"
#include "plan/place_why.h"
#include "solve/solve.h"

static int share_by_cluster(const struct share *x, const struct share *y)
{
	return str_cmp(x->cluster, y->cluster);
}

/* Insertion sort: a service has few shares. */
static void sort_shares(struct share *s, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k > 0 && share_by_cluster(&s[k - 1], &s[k]) > 0; k--) {
			struct share t = s[k];
			s[k] = s[k - 1];
			s[k - 1] = t;
		}
}

/* Replicas of copy @k of @copies: the total, divided as evenly as it goes. */
static int64_t share_of(int64_t replicas, size_t copies, size_t k)
{
	int64_t n = (int64_t)copies;

	return copies > 1 ? replicas / n + ((int64_t)k < replicas % n) : 0;
}

static void decode(const struct place_model *m, const uint32_t *bin, struct placement *ret)
{
	struct service_placement *list = arena_new_n(m->a, struct service_placement, m->n_services);

	for (size_t v = 0; v < m->n_services; v++) {
		list[v].service = m->g->services[v].id;
		list[v].shares = arena_new_n(m->a, struct share, m->copies[v]);
	}
	for (size_t i = 0; i < m->n_items; i++) {
		struct service_placement *p = &list[m->items[i].service];

		p->shares[p->n_shares++].cluster = m->s->clusters[bin[i]].name;
	}
	for (size_t v = 0; v < m->n_services; v++) {
		sort_shares(list[v].shares, list[v].n_shares);
		for (size_t k = 0; k < list[v].n_shares; k++)
			list[v].shares[k].replicas =
				share_of(m->demand[v].replicas, list[v].n_shares, k);
	}
	*ret = (struct placement){list, m->n_services};
}

/* Does the sum of what @p puts on cluster @c fit it? */
static struct err *check_cluster(const struct place_model *m, const struct placement *p, size_t c)
{
	struct amounts sum = {0};
	const struct cluster *cl = &m->s->clusters[c];

	for (size_t v = 0; v < m->n_services; v++) {
		const struct service_placement *sp = placement_of(p, m->g->services[v].id);
		if (!sp || !placement_on(sp, cl->name))
			continue;
		struct amounts use = place_model_use(m, v);
		amounts_add(m->a, &sum, &use, 1);
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

static struct err *check_service(const struct place_model *m, const struct placement *p, size_t v)
{
	const char *id = m->g->services[v].id;
	const struct service_placement *sp = placement_of(p, id);

	if (!m->copies[v])
		return NULL;
	if (!sp || sp->n_shares != m->copies[v])
		return err_new(m->a, ERR_INFEASIBLE, "service '%s' needs %zu cluster%s and has %zu",
			       id, m->copies[v], m->copies[v] == 1 ? "" : "s",
			       sp ? sp->n_shares : 0);
	for (size_t k = 0; k < sp->n_shares; k++) {
		size_t c = 0;

		while (c < m->n_clusters && !str_eq(m->s->clusters[c].name, sp->shares[k].cluster))
			c++;
		if (c == m->n_clusters)
			return err_new(m->a, ERR_INFEASIBLE,
				       "service '%s': there is no cluster '%s' any more", id,
				       sp->shares[k].cluster);
		const char *why = m->why_not[v * m->n_clusters + c];
		if (why)
			return err_new(m->a, ERR_INFEASIBLE, "service '%s': cluster '%s' %s", id,
				       sp->shares[k].cluster, why);
	}
	return NULL;
}

static struct err *check_model(const struct place_model *m, const struct placement *p)
{
	for (size_t v = 0; v < m->n_services; v++)
		TRY(check_service(m, p, v));
	for (size_t c = 0; c < m->n_clusters; c++)
		TRY(check_cluster(m, p, c));
	return NULL;
}

struct err *place_check(struct arena *a, const struct graph *g, const struct snapshot *s,
			const struct placement *p)
{
	struct place_model m;
	const struct place_options o = {0};

	place_model_init(a, g, s, &o, &m);
	return check_model(&m, p);
}

struct err *place(struct arena *a, const struct graph *g, const struct snapshot *s,
		  const struct place_options *o, struct placement *ret_placement,
		  struct place_why *ret_why)
{
	struct place_model m;
	struct solve_answer answer = {0};
	struct placement p;

	place_model_init(a, g, s, o, &m);
	place_why_init(&m, ret_why);
	TRY(place_why_hopeless(&m));
	struct solve_options so = {
		.method = str_eq(o->policy, "first-fit") ? SOLVE_FIRST_FIT : SOLVE_BEST,
		.budget = o->budget,
		.stop = o->stop,
	};
	if (m.n_items)
		TRY(err_wrap(a, solve(a, &m.problem, &so, &answer), "placing '%s'", g->id));
	if (m.n_items && !answer.bin)
		return place_why_infeasible(&m, &so, &answer);
	decode(&m, answer.bin, &p);
	struct err *broken = check_model(&m, &p);
	if (broken)
		return err_new(a, ERR_BUG, "the optimiser broke a promise: %s", broken->msg);
	TRY(place_why_fill(&m, &answer, &p, ret_why));
	*ret_placement = p;
	return NULL;
}
