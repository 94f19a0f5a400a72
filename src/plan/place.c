// SPDX-License-Identifier: Apache-2.0
#include "plan/place.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "plan/place_cost.h"
#include "plan/place_model.h"
#include "plan/place_relax.h"
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

/* A held service keeps what it has, also of its replicas. */
static void decode_held(const struct place_model *m, struct service_placement *p)
{
	const struct service_state *st = place_state(m->s, p->service);

	p->shares = arena_new_n(m->a, struct share, st->n_clusters);
	for (size_t k = 0; k < st->n_clusters; k++)
		p->shares[p->n_shares++] = (struct share){
			st->clusters[k], place_model_kept(m->s, p->service, st->clusters[k])};
	sort_shares(p->shares, p->n_shares);
}

static void add_share(struct service_placement *p, const char *cluster, int64_t replicas)
{
	for (size_t k = 0; k < p->n_shares; k++)
		if (str_eq(p->shares[k].cluster, cluster)) {
			p->shares[k].replicas += replicas;
			return;
		}
	p->shares[p->n_shares++] = (struct share){cluster, replicas};
}

/* Copies that keep apart have the total, divided as evenly as it goes in the order of clusters. */
static void even_out(int64_t all, struct service_placement *p)
{
	int64_t n = (int64_t)p->n_shares;

	for (int64_t k = 0; k < n; k++)
		p->shares[k].replicas = n > 1 ? all / n + (k < all % n) : 0;
}

static void decode(const struct place_model *m, const uint32_t *bin, struct placement *ret)
{
	struct service_placement *list = arena_new_n(m->a, struct service_placement, m->n_services);

	for (size_t v = 0; v < m->n_services; v++) {
		list[v].service = m->g->services[v].id;
		list[v].shares = arena_new_n(m->a, struct share, m->copies[v]);
		if (m->held[v])
			decode_held(m, &list[v]);
	}
	for (size_t i = 0; i < m->n_items; i++)
		add_share(&list[m->items[i].service], m->s->clusters[bin[i]].name,
			  m->items[i].replicas);
	for (size_t v = 0; v < m->n_services; v++) {
		bool divides = place_divides(m->chart[v]);

		if (m->held[v])
			continue;
		sort_shares(list[v].shares, list[v].n_shares);
		if (!m->divided[v] || list[v].n_shares == 1)
			even_out(divides ? m->demand[v].replicas : 0, &list[v]);
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

/* maxReplicasOverall counts what runs, and what waits for its event. */
static struct err *check_total(const struct place_model *m)
{
	int64_t sum = 0, max = m->g->intent.max_replicas_overall;

	for (size_t v = 0; v < m->n_services; v++)
		sum += m->demand[v].replicas;
	if (!max || sum <= max)
		return NULL;
	return err_hint(m->a,
			err_new(m->a, ERR_INFEASIBLE,
				"the services of '%s' have %lld replicas together, and "
				"maxReplicasOverall allows %lld",
				m->g->id, (long long)sum, (long long)max),
			"Give them fewer with `smo graph scale`, or allow more.");
}

/* ---- solving ---- */

/* The heuristics look at no cost of moving: so what runs is asked to stay first. */
static struct err *find_answer(const struct place_model *m, const struct solve_options *o,
			       struct solve_answer *ret_answer)
{
	struct solve_problem stay;

	if (!m->n_items)
		return NULL;
	if (o->method != SOLVE_BEST) {
		stay = place_model_at_home(m);
		TRY(solve(m->a, &stay, o, ret_answer));
		if (ret_answer->bin)
			return NULL;
	}
	return solve(m->a, &m->problem, o, ret_answer);
}

/* The terms that count most, as a number of their own. */
static int64_t main_cost(const struct solve_problem *p, const int64_t term[SOLVE_TERMS])
{
	int64_t sum = 0;

	for (size_t t = 0; t < SOLVE_TERMS; t++)
		if (!p->level[t])
			sum += p->weight[t] * term[t];
	return sum;
}

static bool moves_are_free(const struct place_model *m)
{
	const struct solve_problem *p = &m->problem;

	return !place_aim_is_greedy(&m->aim) && !str_eq(m->aim.policy, "carbon-aware") &&
	       (p->level[SOLVE_MOVES] || (m->aim.weights && !m->aim.final));
}

/* Is moving worth it?  When not, the answer is the one with the fewest moves. */
static struct err *weigh_moves(struct place_model *m, const struct solve_options *o,
			       struct solve_answer *answer, struct place_why *why)
{
	struct solve_problem few = m->problem;
	struct solve_answer stay;

	if (!m->n_items || !answer->bin || m->aim.minimum_gain <= 0 || !moves_are_free(m) ||
	    answer->moves <= place_cost_forced(m))
		return NULL;
	place_cost_moves_first(&few);
	TRY(solve(m->a, &few, o, &stay));
	if (!stay.bin || stay.moves >= answer->moves)
		return NULL;
	double then = (double)main_cost(&m->problem, stay.term);
	double gain = then - (double)main_cost(&m->problem, answer->term);
	/* What is above the even share may be next to nothing: it counts against everything. */
	double whole = str_eq(m->aim.policy, "balanced") ? 10000 : then;
	double percent = whole > 0 ? 100 * gain / whole : 0;
	if (percent >= m->aim.minimum_gain)
		return NULL;
	uint64_t saved = answer->moves - stay.moves;
	place_why_note(m->a, why,
		       arena_printf(m->a,
				    "%llu more move%s would gain %.2g %%, less than the minimum of "
				    "%g %%: not worth it",
				    (unsigned long long)saved, saved == 1 ? "" : "s", percent,
				    m->aim.minimum_gain));
	*answer = stay;
	m->problem = few;
	return NULL;
}

/* Where everything is, when all of it may stay there: a place to start from. */
static const uint32_t *hint_of(const struct place_model *m)
{
	for (size_t i = 0; i < m->n_items; i++)
		if (m->problem.now[i] == SOLVE_NOWHERE ||
		    solve_pair_find(&m->problem, i, m->problem.now[i]) == SIZE_MAX)
			return NULL;
	return m->n_items ? m->problem.now : NULL;
}

static struct solve_options options_of(const struct place_model *m)
{
	return (struct solve_options){
		.method = str_eq(m->aim.policy, "first-fit")         ? SOLVE_FIRST_FIT
			  : str_eq(m->aim.policy, "green-heuristic") ? SOLVE_CHEAPEST_FIT
								     : SOLVE_BEST,
		.budget = m->o->budget,
		.stop = m->o->stop,
		.hint = hint_of(m),
	};
}

static bool could_divide(const struct place_model *m)
{
	for (size_t v = 0; v < m->n_services; v++)
		if (!m->divided[v] && place_model_divisible(m, v))
			return true;
	return false;
}

/* First with services whole where they can be; when that does not fit, divided where they can. */
static struct err *solve_model(struct place_model *m, bool any, struct solve_answer *ret_answer)
{
	struct solve_options so = options_of(m);

	so.any = any;
	TRY(err_wrap(m->a, find_answer(m, &so, ret_answer), "placing '%s'", m->g->id));
	if (!m->n_items || ret_answer->bin || ret_answer->stopped || !could_divide(m))
		return NULL;
	struct place_model *parts = arena_new(m->a, struct place_model);
	struct solve_answer divided = {0};
	place_model_init(m->a, m->g, m->s, m->o, DIVIDE_ALL, parts);
	so = options_of(parts);
	so.any = any;
	TRY(err_wrap(m->a, find_answer(parts, &so, &divided), "placing '%s'", m->g->id));
	if (divided.bin) {
		*m = *parts;
		*ret_answer = divided;
	}
	return NULL;
}

static struct err *decide(struct place_model *m, struct placement *ret_placement,
			  struct place_why *why)
{
	struct solve_answer answer = {0};
	struct placement p;

	TRY(solve_model(m, false, &answer));
	struct solve_options so = options_of(m);
	if (m->n_items && !answer.bin)
		return place_why_infeasible(m, &so, &answer);
	TRY(weigh_moves(m, &so, &answer, why));
	decode(m, answer.bin, &p);
	struct err *broken = place_model_check(m, &p);
	if (broken)
		return err_new(m->a, ERR_BUG, "the optimiser broke a promise: %s", broken->msg);
	TRY(place_why_fill(m, &answer, &p, why));
	*ret_placement = p;
	return NULL;
}

static struct err *place_once(struct arena *a, const struct graph *g, const struct snapshot *s,
			      const struct place_options *o, struct placement *ret_placement,
			      struct place_why *ret_why)
{
	struct place_model m;

	TRY(check_policy(a, o->policy));
	place_model_init(a, g, s, o, DIVIDE_WHERE_NEEDED, &m);
	place_why_init(&m, ret_why);
	TRY(place_why_hopeless(&m));
	TRY(check_total(&m));
	return decide(&m, ret_placement, ret_why);
}

static void note_refused(struct arena *a, const struct graph *g, const struct snapshot *s,
			 const struct placement *p, struct place_why *why)
{
	for (size_t i = 0; i < p->n_services; i++)
		for (size_t k = 0; k < p->services[i].n_shares; k++) {
			const struct service *v = &g->services[i];
			const char *c = p->services[i].shares[k].cluster;
			const char *refused = place_refused(a, s, v, c);

			if (refused)
				place_why_note(a, why,
					       arena_printf(a, "%s: %s %s, but nothing else fits",
							    v->id, c, refused));
		}
}

/* Away from clusters that found no node for pods; where that cannot be, they go on waiting. */
struct err *place(struct arena *a, const struct graph *g, const struct snapshot *s,
		  const struct place_options *o, struct placement *ret_placement,
		  struct place_why *ret_why)
{
	struct err *e = place_once(a, g, s, o, ret_placement, ret_why);
	struct place_options patient = *o;
	struct place_why why;

	patient.patient = true;
	if (!e || e->kind != ERR_INFEASIBLE || o->patient || !place_somebody_refused(s) ||
	    place_once(a, g, s, &patient, ret_placement, &why))
		return e;
	note_refused(a, g, s, ret_placement, &why);
	*ret_why = why;
	return NULL;
}

bool place_possible(struct arena *a, const struct graph *g, const struct snapshot *s,
		    const struct place_options *o)
{
	struct place_model m;
	struct solve_answer answer = {0};
	struct place_options any = *o;

	any.policy = "stable";
	place_model_init(a, g, s, &any, DIVIDE_WHERE_NEEDED, &m);
	for (size_t v = 0; v < m.n_services; v++)
		if (place_model_eligible(&m, v) < m.spread[v] && m.copies[v])
			return false;
	struct err *e = solve_model(&m, true, &answer);
	return !e && (!m.n_items || answer.bin);
}
