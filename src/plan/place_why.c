// SPDX-License-Identifier: Apache-2.0
#include "plan/place_why.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

void place_why_init(const struct place_model *m, struct place_why *ret_why)
{
	struct arena *a = m->a;
	struct place_why w = {
		.policy = m->o->policy ? m->o->policy : place_policies[0],
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
		str_addf(&msg, "%sservice '%s' fits %s", msg.len ? "\n" : "", m->g->services[v].id,
			 n_eligible(m, v) ? "too few clusters" : "no cluster");
		for (size_t c = 0; c < m->n_clusters; c++)
			if (m->why_not[v * m->n_clusters + c])
				str_addf(&msg, "\n  %s %s", m->s->clusters[c].name,
					 m->why_not[v * m->n_clusters + c]);
	}
	return msg.len ? err_new(m->a, ERR_INFEASIBLE, "%s", str_text(&msg)) : NULL;
}

/* Sum of what is wanted against the sum of what is free, where it is too much. */
static void add_totals(const struct place_model *m, struct str *msg)
{
	for (size_t r = 0; r < m->n_resources; r++) {
		int64_t want = 0, have = 0;

		for (size_t i = 0; i < m->n_items; i++)
			want += m->problem.use[i * m->n_resources + r];
		for (size_t c = 0; c < m->n_clusters; c++)
			if (m->s->clusters[c].ready && m->s->clusters[c].has_summary)
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
	if (x->what.rule == SOLVE_RULE_ELIGIBLE)
		return arena_printf(
			m->a, "let '%s' run on '%s' (it %s)", m->problem.item_name[x->what.item],
			m->problem.bin_name[x->what.bin],
			m->why_not[m->items[x->what.item].service * m->n_clusters + x->what.bin]);
	return arena_printf(m->a, "relax: %s", solve_cause_text(m->a, &m->problem, &x->what));
}

struct err *place_why_infeasible(const struct place_model *m, const struct solve_options *o,
				 const struct solve_answer *answer)
{
	struct solve_conflict conflict = {0};
	struct str msg = {.a = m->a}, hint = {.a = m->a};

	if (answer->stopped)
		return err_new(m->a, ERR_CANCELLED, "stopped before a placement was found");
	TRY(solve_conflict(m->a, &m->problem, o, &conflict));
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

	return arena_printf(m->a, "%s has %s of %s free", cl->name,
			    quantity_human(m->a, "cpu", amounts_get(&m->free[c], "cpu")),
			    quantity_human(m->a, "cpu", amounts_get(&cl->allocatable, "cpu")));
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
	return arena_printf(m->a, "leaves %s: the whole graph costs less that way", home);
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
		return "static placement: its chart decides";
	const char *cluster = sp->shares[0].cluster;
	const char *beside = neighbour(m, p, v, cluster);
	if (st && placement_on(sp, st->clusters[0]))
		return arena_printf(m->a, "stays on %s", st->clusters[0]);
	if (st)
		return why_left(m, v, st->clusters[0]);
	if (sp->n_shares > 1)
		return arena_printf(m->a, "spread over %zu clusters", sp->n_shares);
	if (n_eligible(m, v) == 1)
		return only_choice(m, v, cluster);
	const char *room = left_on(m, cluster_index(m, cluster));
	return beside ? arena_printf(m->a, "%s; %s", beside, room)
		      : arena_printf(m->a, "nothing runs yet; %s", room);
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
	why->gap = answer->gap;
	for (size_t v = 0; v < m->n_services; v++)
		why->reasons[v].reason = reason_of(m, p, v);
	for (size_t i = 0; i < m->n_items; i++) {
		struct place_verdict *verdicts = why->reasons[m->items[i].service].verdicts;

		for (size_t c = 0; c < m->n_clusters; c++) {
			const struct solve_choice *ch = &sw.item[i].choice[c];

			verdicts[c].chosen |= answer->bin[i] == c;
			if (m->items[i].copy == 0)
				verdicts[c].extra = ch->extra;
			if (ch->excluded.rule != SOLVE_RULE_NONE && !verdicts[c].why_not &&
			    answer->bin[i] != c)
				verdicts[c].why_not = arena_printf(
					m->a, "is full with the rest in place: %s",
					solve_cause_text(m->a, &m->problem, &ch->excluded));
		}
	}
	return NULL;
}
