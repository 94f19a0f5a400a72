// SPDX-License-Identifier: Apache-2.0
#include "plan/place_why.h"

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "plan/capacity.h"
#include "plan/eligible.h"
#include "plan/place_cost.h"

static const char *why_policy(const struct place_model *m)
{
	return m->o->policy ? m->o->policy : place_policies[0];
}

void place_why_init(const struct place_model *m, struct place_why *ret_why)
{
	struct arena *a = m->a;
	struct place_why w = {
		.policy = why_policy(m),
		.reasons = arena_new_n(a, struct place_reason, m->n_services),
		.n_reasons = m->n_services,
		.n_clusters = m->n_clusters,
		.notes = arena_new_n(a, const char *, m->n_unchecked + 1),
	};

	for (size_t v = 0; v < m->n_services; v++) {
		struct place_verdict *verdicts =
			arena_new_n(a, struct place_verdict, m->n_clusters);

		for (size_t c = 0; c < m->n_clusters; c++) {
			verdicts[c].cluster = m->s->clusters[c].name;
			verdicts[c].why_not = m->why_not[v * m->n_clusters + c];
		}
		w.reasons[v].service = m->g->services[v].id;
		w.reasons[v].verdicts = verdicts;
	}
	for (size_t i = 0; i < m->n_unchecked; i++)
		w.notes[w.n_notes++] = arena_printf(a, "%s is not checked: no cluster reports it",
						    m->unchecked[i]);
	*ret_why = w;
}

static size_t n_eligible(const struct place_model *m, size_t v)
{
	size_t n = 0;

	for (size_t c = 0; c < m->n_clusters; c++)
		n += !m->why_not[v * m->n_clusters + c];
	return n;
}

struct err *place_why_hopeless(const struct place_model *m)
{
	struct str msg = {.a = m->a};

	if (!m->n_clusters && m->n_items)
		return err_hint(
			m->a, err_new(m->a, ERR_INFEASIBLE, "there is no cluster to place on"),
			"Join a cluster to the control plane, or look at `smo cluster list`.");
	for (size_t v = 0; v < m->n_services; v++) {
		if (n_eligible(m, v) >= m->copies[v])
			continue;
		str_addf(&msg, "%sservice '%s' ", msg.len ? "\n" : "", m->g->services[v].id);
		if (n_eligible(m, v))
			str_addf(&msg, "needs %zu clusters and fits only %zu", m->copies[v],
				 n_eligible(m, v));
		else
			str_add(&msg, "fits no cluster");
		for (size_t c = 0; c < m->n_clusters; c++)
			if (m->why_not[v * m->n_clusters + c])
				str_addf(&msg, "\n  %s %s", m->s->clusters[c].name,
					 m->why_not[v * m->n_clusters + c]);
	}
	if (!msg.len)
		return NULL;
	struct err *e = err_new(m->a, ERR_INFEASIBLE, "%s", str_text(&msg));
	return strstr(str_text(&msg), "would lose the data")
		       ? err_hint(m->a, e, "Save the data, then allow it with --allow-data-loss.")
		       : e;
}

/* Sum of what is wanted against the sum of what is free, where it is too much. */
static void add_totals(const struct place_model *m, struct str *msg)
{
	for (size_t r = 0; r < m->n_resources; r++) {
		int64_t want = 0, have = 0;

		for (size_t i = 0; i < m->n_items; i++)
			want += m->problem.use[i * m->n_resources + r];
		for (size_t c = 0; c < m->n_clusters; c++)
			if (m->s->clusters[c].ready && m->s->clusters[c].has_summary &&
			    !m->s->clusters[c].gone)
				have += amounts_get(&m->free[c], m->resources[r]);
		if (want > have)
			str_addf(msg, "\n  %s: %s wanted, %s free in all usable clusters together",
				 m->resources[r], quantity_human(m->a, m->resources[r], want),
				 quantity_human(m->a, m->resources[r], have));
	}
}

static const char *relaxation_text(const struct place_model *m, const struct solve_relaxation *x)
{
	if (x->what.rule == SOLVE_RULE_CAPACITY)
		return arena_printf(m->a, "give cluster '%s' %s more",
				    m->problem.bin_name[x->what.bin],
				    quantity_human(m->a, m->resources[x->what.res], x->amount));
	if (x->what.rule == SOLVE_RULE_ELIGIBLE && x->what.item < m->n_items &&
	    x->what.bin < m->n_clusters)
		return arena_printf(
			m->a, "let '%s' run on '%s' (it %s)", m->problem.item_name[x->what.item],
			m->problem.bin_name[x->what.bin],
			m->why_not[m->items[x->what.item].service * m->n_clusters + x->what.bin]);
	if (x->what.rule == SOLVE_RULE_ELIGIBLE && x->what.item < m->n_items)
		return arena_printf(m->a, "let '%s' run on more clusters",
				    m->problem.item_name[x->what.item]);
	return arena_printf(m->a, "relax: %s", solve_cause_text(m->a, &m->problem, &x->what));
}

struct err *place_why_infeasible(const struct place_model *m, const struct solve_options *o,
				 const struct solve_answer *answer)
{
	struct solve_conflict conflict = {0};
	struct str msg = {.a = m->a}, hint = {.a = m->a};
	struct solve_options brief = *o; /* it asks the optimiser again and again */

	brief.budget = (o->budget ? o->budget : SOLVE_SECOND) / 50;
	if (answer->stopped)
		return err_new(m->a, ERR_CANCELLED, "stopped before a placement was found");
	TRY(solve_conflict(m->a, &m->problem, &brief, &conflict));
	str_addf(&msg, "no placement of '%s' keeps all constraints%s", m->g->id,
		 answer->status == SOLVE_INFEASIBLE || conflict.proved ? "" : " (none was found)");
	add_totals(m, &msg);
	for (size_t i = 0; i < conflict.n_causes && i < 8; i++)
		str_addf(&msg, "\n  %s", solve_cause_text(m->a, &m->problem, &conflict.cause[i]));
	for (size_t i = 0; i < conflict.n_relaxations && i < 3; i++)
		str_addf(&hint, "%s%s",
			 i ? ", or " : "Would help: ", relaxation_text(m, &conflict.relaxation[i]));
	struct err *e = err_new(m->a, ERR_INFEASIBLE, "%s", str_text(&msg));
	return hint.len ? err_hint(m->a, e, "%s.", str_text(&hint)) : e;
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
	for (size_t i = 0; i < m->s->n_services; i++)
		if (str_eq(m->s->services[i].service, id) && m->s->services[i].n_clusters)
			return &m->s->services[i];
	return NULL;
}

static size_t cluster_index(const struct place_model *m, const char *name)
{
	size_t c = 0;

	while (c < m->n_clusters && !str_eq(m->s->clusters[c].name, name))
		c++;
	return c;
}

static const char *why_left(const struct place_model *m, size_t v, const char *home)
{
	size_t c = cluster_index(m, home);

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

static const char *reason_of(const struct place_model *m, const struct placement *p, size_t v)
{
	const char *id = m->g->services[v].id;
	const struct service_placement *sp = placement_of(p, id);
	const struct service_state *st = state_of(m, id);

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
	if (sp->n_shares > 1)
		return arena_printf(m->a, "spread over %zu clusters", sp->n_shares);
	if (n_eligible(m, v) == 1)
		return only_choice(m, v, cluster);
	const char *room = left_on(m, cluster_index(m, cluster));
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

		if (x != v && y != v)
			continue;
		const struct service_placement *sp =
			placement_of(p, m->g->services[x == v ? y : x].id);
		size_t other = cluster_index(m, sp->shares[0].cluster);
		sum += x == v ? place_distance(m->s, cluster, other)
			      : place_distance(m->s, other, cluster);
	}
	return sum;
}

static int64_t pair_cost(const struct place_model *m, size_t item, size_t cluster)
{
	size_t pair = solve_pair_find(&m->problem, item, (uint32_t)cluster);

	return pair == SIZE_MAX ? 0 : m->problem.pair_cost[pair];
}

/* Of term @t, how cluster @c is worse than @here for item @i, or NULL. */
static const char *worse(const struct place_model *m, const struct placement *p, enum solve_term t,
			 size_t i, size_t here, size_t c)
{
	size_t v = m->items[i].service;

	if (t == SOLVE_MOVES)
		return m->problem.now[i] == here ? "it would have to move" : NULL;
	if (t == SOLVE_LINK) {
		int64_t more = away(m, p, v, c) - away(m, p, v, here);
		return more > 0 ? arena_printf(m->a, "%g ms farther from what it talks to",
					       (double)more / 10)
				: NULL;
	}
	int64_t more = pair_cost(m, i, c) - pair_cost(m, i, here);
	if (more <= 0)
		return NULL;
	return str_eq(why_policy(m), "cheapest")
		       ? arena_printf(m->a, "dearer by %g an hour", (double)more / 1e6)
		       : "it emits more carbon there";
}

static const char *dearer(const struct place_model *m, const struct placement *p, size_t i,
			  size_t here, size_t c)
{
	static const enum solve_term terms[] = {SOLVE_COST, SOLVE_MOVES, SOLVE_LINK};
	const char *text = NULL;

	for (uint8_t level = 0; level < countof(terms) && !text; level++)
		for (size_t k = 0; k < countof(terms) && !text; k++)
			if (m->problem.weight[terms[k]] && m->problem.level[terms[k]] == level)
				text = worse(m, p, terms[k], i, here, c);
	return text;
}

/* Why a cluster that may run a service cannot, with everything else where it is. */
static const char *why_excluded(const struct place_model *m, const struct solve_cause *cause)
{
	if (cause->rule == SOLVE_RULE_CAPACITY)
		return arena_printf(m->a, "is too full of the rest: short of %s",
				    m->resources[cause->res]);
	if (cause->rule == SOLVE_RULE_MAX_PER)
		return "has another copy of it already";
	if (cause->rule == SOLVE_RULE_MAX_PLACES)
		return "would part it from what it stays with";
	if (cause->rule == SOLVE_RULE_DISTANCE)
		return "is too far from what it talks to";
	return arena_printf(m->a, "does not suit the rest: %s",
			    solve_cause_text(m->a, &m->problem, cause));
}

/* ---- what nobody checked ---- */

static void note(struct place_why *why, struct arena *a, const char *text)
{
	const char **grown = arena_new_n(a, const char *, why->n_notes + 1);

	for (size_t i = 0; i < why->n_notes; i++)
		grown[i] = why->notes[i];
	grown[why->n_notes++] = text;
	why->notes = grown;
}

/* Storage that this cluster does not report, although others do. */
static void note_storage(const struct place_model *m, size_t v, const struct cluster *c,
			 struct place_why *why)
{
	const char *r = "ephemeral-storage";

	if (amounts_get(&m->demand[v].total, r) && capacity_reported(m->s, r) &&
	    !eligible_checked(c, r))
		note(why, m->a,
		     arena_printf(m->a, "%s of %s is not checked: %s does not report it", r,
				  m->g->services[v].id, c->name));
}

/* A pod larger than the average node of a cluster that tells no node sizes may fit none. */
static void note_nodes(const struct place_model *m, size_t v, const struct cluster *c,
		       struct place_why *why)
{
	const struct demand *d = &m->demand[v];

	for (size_t k = 0; k < d->n_pods && c->nodes_total > 1; k++)
		for (size_t i = 0; i < d->pods[k].n; i++) {
			const struct amount *need = &d->pods[k].at[i];
			int64_t all = amounts_get(&c->allocatable, need->resource);

			bool device =
				!str_eq(need->resource, "cpu") && !str_eq(need->resource, "memory");

			if (device || amounts_has(eligible_node(c), need->resource) ||
			    need->value <= all / c->nodes_total)
				continue;
			note(why, m->a,
			     arena_printf(
				     m->a,
				     "a pod of %s needs %s: %s does not tell how large its %lld "
				     "nodes are, perhaps none is large enough",
				     m->g->services[v].id,
				     quantity_human(m->a, need->resource, need->value), c->name,
				     (long long)c->nodes_total));
			return;
		}
}

static void add_notes(const struct place_model *m, const struct placement *p, struct place_why *why)
{
	for (size_t v = 0; v < m->n_services; v++) {
		const struct service_placement *sp = placement_of(p, m->g->services[v].id);

		for (size_t k = 0; sp && k < sp->n_shares; k++) {
			const struct cluster *c =
				&m->s->clusters[cluster_index(m, sp->shares[k].cluster)];
			note_storage(m, v, c, why);
			note_nodes(m, v, c, why);
		}
	}
}

struct err *place_why_fill(const struct place_model *m, const struct solve_answer *answer,
			   const struct placement *p, struct place_why *why)
{
	struct solve_why sw = {0};

	if (m->n_items)
		TRY(solve_explain(m->a, &m->problem, answer->bin, &sw));
	why->status = solve_status_name(answer->status);
	why->cost = answer->total;
	why->bound = answer->bound;
	why->gap = str_eq(why_policy(m), "first-fit") ? 0 : answer->gap; /* it looks at no cost */
	for (size_t v = 0; v < m->n_services; v++)
		why->reasons[v].reason = reason_of(m, p, v);
	for (size_t i = 0; i < m->n_items; i++) {
		struct place_verdict *verdicts = why->reasons[m->items[i].service].verdicts;

		for (size_t c = 0; c < m->n_clusters; c++) {
			const struct solve_choice *ch = &sw.item[i].choice[c];

			verdicts[c].chosen |= answer->bin[i] == c;
			if (m->items[i].copy == 0) {
				verdicts[c].extra = ch->extra;
				verdicts[c].dearer = dearer(m, p, i, answer->bin[i], c);
			}
			if (ch->excluded.rule != SOLVE_RULE_NONE && !verdicts[c].why_not &&
			    answer->bin[i] != c)
				verdicts[c].why_not = why_excluded(m, &ch->excluded);
		}
	}
	add_notes(m, p, why);
	return NULL;
}
