// SPDX-License-Identifier: Apache-2.0
/* Why a service is where it is, and not elsewhere, in words for people. */
#include "plan/place_reason.h"

#include "base/arena.h"
#include "base/str.h"
#include "plan/explain.h"
#include "plan/place_cost.h"

size_t place_reason_cluster(const struct place_model *m, const char *name)
{
	size_t c = 0;

	while (c < m->n_clusters && !str_eq(m->s->clusters[c].name, name))
		c++;
	return c;
}

/* ---- reasons of an answer ---- */

static const char *left_on(const struct place_model *m, size_t c)
{
	const struct cluster *cl = &m->s->clusters[c];
	int64_t all = amounts_get(&cl->allocatable, "cpu");

	return arena_printf(m->a, "%s has %g of %g core%s free", cl->name,
			    (double)amounts_get(&m->free[c], "cpu") / 1000, (double)all / 1000,
			    all == 1000 ? "" : "s");
}

static const char *neighbour(const struct place_model *m, const struct placement *p, size_t v,
			     const char *cluster)
{
	const struct service *svc = &m->g->services[v];

	for (size_t k = 0; k < svc->n_connection_points; k++) {
		const struct service_placement *sp = placement_of(p, svc->connection_points[k]);
		if (sp && placement_on(sp, cluster))
			return arena_printf(m->a, "beside %s, which it calls",
					    svc->connection_points[k]);
	}
	return NULL;
}

static const struct service_state *state_of(const struct place_model *m, const char *id)
{
	const struct service_state *st = place_state(m->s, id);

	return st && st->n_clusters ? st : NULL;
}

static const char *why_left(const struct place_model *m, size_t v, const char *home)
{
	size_t c = place_reason_cluster(m, home);

	if (c == m->n_clusters)
		return arena_printf(m->a, "%s is not there any more", home);
	if (m->why_not[v * m->n_clusters + c])
		return arena_printf(m->a, "%s %s", home, m->why_not[v * m->n_clusters + c]);
	bool moves_first = m->problem.weight[SOLVE_MOVES] && !m->problem.level[SOLVE_MOVES];
	return arena_printf(m->a, "leaves %s: %s", home,
			    moves_first ? "the whole graph does not fit otherwise"
					: "the whole graph is better off that way");
}

/* The first home that @sp leaves, or NULL. */
static const char *home_left(const struct service_state *st, const struct service_placement *sp)
{
	for (size_t i = 0; i < st->n_clusters; i++)
		if (!placement_on(sp, st->clusters[i]))
			return st->clusters[i];
	return NULL;
}

static const char *reason_to_stay(const struct place_model *m, const struct service *v,
				  const struct service_state *st)
{
	struct str where = {.a = m->a};

	for (size_t i = 0; i < st->n_clusters; i++)
		str_addf(&where, "%s%s", i ? ", " : "", st->clusters[i]);
	if (str_eq(st->status, "Pending"))
		return arena_printf(m->a, "its place is kept on %s until its event comes",
				    str_text(&where));
	if (v->trigger.is_event && str_eq(st->status, "Deploying"))
		return arena_printf(m->a, "its event came; its place was kept on %s",
				    str_text(&where));
	if (str_eq(st->status, "Not deployed"))
		return arena_printf(m->a, "returns to %s, where it ran last", str_text(&where));
	return arena_printf(m->a, "stays on %s", str_text(&where));
}

static const char *only_choice(const struct place_model *m, size_t v, const char *cluster)
{
	const struct amounts *need = &m->demand[v].per_replica;

	for (size_t i = 0; i < need->n; i++) {
		const char *r = need->at[i].resource;
		bool device = !str_eq(r, "cpu") && !str_eq(r, "memory") &&
			      !str_eq(r, "ephemeral-storage");
		if (device && need->at[i].value)
			return arena_printf(m->a, "needs %s; only %s can take it",
					    quantity_human(m->a, r, need->at[i].value), cluster);
	}
	return arena_printf(m->a, "only %s can take it", cluster);
}

const char *place_reason_of(const struct place_model *m, const struct placement *p, size_t v)
{
	const char *id = m->g->services[v].id;
	const struct service_placement *sp = placement_of(p, id);
	const struct service_state *st = state_of(m, id);

	if (m->held[v])
		return arena_printf(m->a,
				    "waits for %s to return: its recoveryPolicy is "
				    "manual_trigger, so only `smo graph re-place` moves it",
				    explain_where(m->a, p, id));
	if (!m->copies[v])
		return m->g->intent.use_static_placement
			       ? "static placement: its chart decides"
			       : "its chart decides: its own policy follows no value";
	const char *cluster = sp->shares[0].cluster;
	const char *beside = neighbour(m, p, v, cluster);
	const char *left = st ? home_left(st, sp) : NULL;

	if (left)
		return why_left(m, v, left);
	if (st && sp->n_shares == st->n_clusters)
		return reason_to_stay(m, &m->g->services[v], st);
	if (sp->n_shares > 1 && m->divided[v])
		return arena_printf(m->a,
				    "no cluster can take its %lld replicas: divided between %zu",
				    (long long)m->demand[v].replicas, sp->n_shares);
	if (sp->n_shares > 1)
		return arena_printf(m->a, "spread over %zu clusters", sp->n_shares);
	if (place_model_eligible(m, v) == 1)
		return only_choice(m, v, cluster);
	const char *room = left_on(m, place_reason_cluster(m, cluster));
	return beside ? arena_printf(m->a, "%s; %s", beside, room)
		      : arena_printf(m->a, "nothing runs yet; %s", room);
}

/* ---- what speaks against another cluster ---- */

/* Sum of the distances between @cluster and all that @v calls or is called by, in 0.1 ms. */
static int64_t away(const struct place_model *m, const struct placement *p, size_t v,
		    size_t cluster)
{
	int64_t sum = 0;

	for (size_t k = 0; k < m->problem.n_links; k++) {
		const struct solve_link *l = &m->problem.link[k];
		size_t x = m->items[l->a].service, y = m->items[l->b].service;

		if (x == y || (x != v && y != v))
			continue;
		const struct service_placement *sp =
			placement_of(p, m->g->services[x == v ? y : x].id);
		size_t other = place_reason_cluster(m, sp->shares[0].cluster);
		sum += x == v ? place_distance(m->s, cluster, other)
			      : place_distance(m->s, other, cluster);
	}
	return sum;
}

/* ---- the terms of a cost ---- */

static double millionths(const struct place_model *m, int64_t x)
{
	return (double)x * (double)m->coarse / 1e6;
}

/* @x of term @t in words; what it is of depends on the policy. */
static const char *amount_of(const struct place_model *m, enum solve_term t, int64_t x)
{
	bool points = m->aim.weights != NULL;
	bool money = str_eq(m->aim.policy, "cheapest");

	if (t == SOLVE_COST && points)
		return arena_printf(m->a, "price and carbon %.6g points", millionths(m, x));
	if (t == SOLVE_COST && str_eq(m->aim.policy, "carbon-aware"))
		return arena_printf(m->a, "carbon %.6g", millionths(m, x) * 1e6 / 5e3);
	if (t == SOLVE_COST)
		return arena_printf(m->a, money ? "%.6g an hour" : "carbon %.6g", millionths(m, x));
	if (t == SOLVE_LINK && points)
		return arena_printf(m->a, "links %.6g points", (double)x / 1e6);
	if (t == SOLVE_LINK && m->problem.n_metrics > 1)
		return arena_printf(m->a, "traffic %.6g an hour", (double)x / 1e6);
	if (t == SOLVE_LINK)
		return arena_printf(m->a, "%g ms%s", (double)x / (m->rates ? 100 : 10),
				    m->rates ? " x Mbit/s" : " of latency");
	if (t == SOLVE_SOFT)
		return arena_printf(m->a, "%g %% of all capacity above the even share",
				    (double)x / 100);
	return arena_printf(m->a, "%lld move%s", (long long)x, x == 1 ? "" : "s");
}

static const enum solve_term told_terms[] = {SOLVE_COST, SOLVE_SOFT, SOLVE_LINK, SOLVE_MOVES};

const char *place_reason_terms(const struct place_model *m, const int64_t term[SOLVE_TERMS])
{
	struct str out = {.a = m->a};

	for (size_t k = 0; k < countof(told_terms); k++)
		if (term[told_terms[k]] > 0 && m->problem.weight[told_terms[k]])
			str_addf(&out, "%s%s", out.len ? ", " : "",
				 amount_of(m, told_terms[k], term[told_terms[k]]));
	return out.len ? str_text(&out) : NULL;
}

const char *place_reason_difference(const struct place_model *m, const int64_t term[SOLVE_TERMS])
{
	struct str out = {.a = m->a};

	for (uint8_t level = 0; level < 4; level++)
		for (size_t k = 0; k < countof(told_terms); k++) {
			enum solve_term t = told_terms[k];

			if (!term[t] || !m->problem.weight[t] || m->problem.level[t] != level)
				continue;
			str_addf(&out, "%s%s %s", out.len ? ", " : "",
				 amount_of(m, t, term[t] < 0 ? -term[t] : term[t]),
				 term[t] < 0 ? "less" : "more");
		}
	return out.len ? str_text(&out) : NULL;
}

/* Of term @t, how cluster @c is worse than @here for item @i, or NULL. */
static const char *worse(const struct place_model *m, const struct placement *p, enum solve_term t,
			 int64_t more, size_t i, size_t here, size_t c)
{
	size_t v = m->items[i].service;

	if (more <= 0)
		return NULL;
	if (t == SOLVE_MOVES)
		return m->problem.now[i] == here ? "it would have to move" : NULL;
	if (t == SOLVE_LINK && m->problem.n_metrics < 2) {
		int64_t ms = away(m, p, v, c) - away(m, p, v, here);
		return ms > 0 ? arena_printf(m->a, "%g ms farther from what it talks to",
					     (double)ms / 10)
			      : NULL;
	}
	if (t == SOLVE_COST && str_eq(m->aim.policy, "cheapest"))
		return arena_printf(m->a, "dearer by %.6g an hour", millionths(m, more));
	if (t == SOLVE_COST && !m->aim.weights)
		return "it emits more carbon there";
	return arena_printf(m->a, "it costs more: %s", amount_of(m, t, more));
}

const char *place_reason_dearer(const struct place_model *m, const struct placement *p,
				const int64_t term[SOLVE_TERMS], size_t i, size_t here, size_t c)
{
	const char *text = NULL;

	for (uint8_t level = 0; level < 4 && !text; level++)
		for (size_t k = 0; k < countof(told_terms) && !text; k++)
			if (m->problem.weight[told_terms[k]] &&
			    m->problem.level[told_terms[k]] == level)
				text = worse(m, p, told_terms[k], term[told_terms[k]], i, here, c);
	return text;
}

/* Why a cluster that may run a service cannot, with everything else where it is. */
const char *place_reason_excluded(const struct place_model *m, const struct solve_cause *cause)
{
	if (cause->rule == SOLVE_RULE_CAPACITY)
		return arena_printf(m->a, "is too full of the rest: short of %s",
				    m->resources[cause->res]);
	if (cause->rule == SOLVE_RULE_MAX_PER)
		return "has another copy of it already";
	if (cause->rule == SOLVE_RULE_MAX_PLACES)
		return "would part it from what it stays with";
	if (cause->rule == SOLVE_RULE_DISTANCE || cause->rule == SOLVE_RULE_DEPENDENCY)
		return m->g->intent.security ? "would part it from what it talks to (security)"
					     : "is too far from what it talks to or stays with";
	if (cause->rule == SOLVE_RULE_MIN_PLACES)
		return "would leave it on too few clusters";
	if (cause->rule == SOLVE_RULE_MOVES)
		return "would take one move more than its moveBudget";
	return arena_printf(m->a, "does not suit the rest: %s",
			    solve_cause_text(m->a, &m->problem, cause));
}
