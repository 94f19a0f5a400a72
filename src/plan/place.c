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
		bool divides = place_divides(snapshot_chart(m->s, list[v].service));

		sort_shares(list[v].shares, list[v].n_shares);
		for (size_t k = 0; k < list[v].n_shares && divides; k++)
			list[v].shares[k].replicas =
				share_of(m->demand[v].replicas, list[v].n_shares, k);
	}
	*ret = (struct placement){list, m->n_services};
}

static struct err *check_policy(struct arena *a, const char *policy)
{
	struct err *e;

	for (size_t i = 0; place_policies[i]; i++)
		if (!policy || str_eq(policy, place_policies[i]))
			return NULL;
	const char *like = str_suggest(a, policy, place_policies);
	e = err_new(a, ERR_INPUT, "there is no placement policy '%s'", policy);
	return like ? err_hint(a, e, "Did you mean '%s'?", like) : e;
}

/* First fit looks at no cost, not even that of moving: so what runs is asked to stay first. */
static struct err *find_answer(const struct place_model *m, const struct solve_options *o,
			       struct solve_answer *ret_answer)
{
	struct solve_problem stay;

	if (!m->n_items)
		return NULL;
	if (o->method == SOLVE_FIRST_FIT) {
		stay = place_model_at_home(m);
		TRY(solve(m->a, &stay, o, ret_answer));
		if (ret_answer->bin)
			return NULL;
	}
	return solve(m->a, &m->problem, o, ret_answer);
}

struct err *place(struct arena *a, const struct graph *g, const struct snapshot *s,
		  const struct place_options *o, struct placement *ret_placement,
		  struct place_why *ret_why)
{
	struct place_model m;
	struct solve_answer answer = {0};
	struct placement p;

	TRY(check_policy(a, o->policy));
	place_model_init(a, g, s, o, &m);
	place_why_init(&m, ret_why);
	TRY(place_why_hopeless(&m));
	struct solve_options so = {
		.method = str_eq(o->policy, "first-fit") ? SOLVE_FIRST_FIT : SOLVE_BEST,
		.budget = o->budget,
		.stop = o->stop,
	};
	TRY(err_wrap(a, find_answer(&m, &so, &answer), "placing '%s'", g->id));
	if (m.n_items && !answer.bin)
		return place_why_infeasible(&m, &so, &answer);
	decode(&m, answer.bin, &p);
	struct err *broken = place_model_check(&m, &p);
	if (broken)
		return err_new(a, ERR_BUG, "the optimiser broke a promise: %s", broken->msg);
	TRY(place_why_fill(&m, &answer, &p, ret_why));
	*ret_placement = p;
	return NULL;
}
