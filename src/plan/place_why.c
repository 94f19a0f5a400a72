// SPDX-License-Identifier: Apache-2.0
#include "plan/place_why.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "plan/capacity.h"
#include "plan/eligible.h"
#include "plan/place_cost.h"
#include "plan/place_reason.h"

void place_why_note(struct arena *a, struct place_why *why, const char *text)
{
	const char **grown = arena_new_n(a, const char *, why->n_notes + 1);

	for (size_t i = 0; i < why->n_notes; i++)
		grown[i] = why->notes[i];
	grown[why->n_notes++] = text;
	why->notes = grown;
}

/* Wishes that can have no effect in this world. */
static void note_wishes(const struct place_model *m, struct place_why *why)
{
	bool devices = false;

	if (m->aim.note)
		place_why_note(m->a, why, m->aim.note);
	for (size_t c = 0; c < m->n_clusters; c++)
		devices |= m->s->clusters[c].devices && !m->s->clusters[c].gone;
	for (size_t v = 0; v < m->n_services; v++) {
		const struct service *svc = &m->g->services[v];

		if (svc->device_proximity && !devices)
			place_why_note(m->a, why,
				       arena_printf(m->a,
						    "deviceProximity of %s has no effect: no "
						    "cluster is told to have devices (smo cluster "
						    "set CLUSTER devices=true)",
						    svc->id));
		if (svc->ha.enabled && svc->ha.replicas_across_clusters > 1 &&
		    place_names_one(svc, m->chart[v]))
			place_why_note(
				m->a, why,
				arena_printf(m->a,
					     "%s: its chart can name one cluster only, so it is "
					     "not spread over %lld",
					     svc->id, (long long)svc->ha.replicas_across_clusters));
		for (size_t i = 0; i < svc->n_co_locations; i++) {
			const struct co_location *l = &svc->co_locations[i];
			bool known = !place_grounded(m->g, l);

			for (size_t k = 0; k < m->s->n_grounded && !known; k++)
				known = str_eq(m->s->grounded[k].graph, l->grounded_graph_id) &&
					str_eq(m->s->grounded[k].service, l->id);
			if (!known)
				place_why_note(
					m->a, why,
					arena_printf(m->a,
						     "coLocation of %s has no effect: '%s' of "
						     "graph '%s' is not deployed",
						     svc->id, l->id, l->grounded_graph_id));
		}
	}
}

void place_why_init(const struct place_model *m, struct place_why *ret_why)
{
	struct arena *a = m->a;
	struct place_why w = {
		.policy = m->aim.policy,
		.policy_from = m->aim.from,
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
	note_wishes(m, &w);
	*ret_why = w;
}

/* ---- what nobody checked ---- */

/* Storage that this cluster does not report, although others do. */
static void note_storage(const struct place_model *m, size_t v, const struct cluster *c,
			 struct place_why *why)
{
	const char *r = "ephemeral-storage";

	if (amounts_get(&m->demand[v].total, r) && capacity_reported(m->s, r) &&
	    !eligible_checked(c, r))
		place_why_note(m->a, why,
			       arena_printf(m->a, "%s of %s is not checked: %s does not report it",
					    r, m->g->services[v].id, c->name));
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
			place_why_note(
				m->a, why,
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
				&m->s->clusters[place_reason_cluster(m, sp->shares[k].cluster)];
			note_storage(m, v, c, why);
			note_nodes(m, v, c, why);
		}
	}
}

/* ---- the answer ---- */

static const size_t MAX_EFFORT = 20000000; /* beyond, only the next best cluster is looked at */

/* Verdict @c of item @i: what would change if it went there. */
static void judge_other(const struct place_model *m, const struct placement *p,
			const struct solve_answer *answer, const struct solve_choice *ch, size_t i,
			struct place_verdict *v, int64_t ret_term[SOLVE_TERMS])
{
	uint32_t here = answer->bin[i];

	answer->bin[i] = ch->bin;
	solve_check(&m->problem, answer->bin, NULL, ret_term);
	answer->bin[i] = here;
	for (size_t t = 0; t < SOLVE_TERMS; t++)
		ret_term[t] -= answer->term[t];
	v->extra = ch->extra;
	v->dearer = place_reason_dearer(m, p, ret_term, i, here, ch->bin);
}

/* The verdicts on the first copy, and the cheapest other cluster for it. */
static void judge_others(const struct place_model *m, const struct placement *p,
			 const struct solve_answer *answer, const struct solve_item_why *iw,
			 size_t i, struct place_reason *r)
{
	size_t effort = m->n_items * m->n_clusters * (m->n_items + m->problem.n_links);
	int64_t term[SOLVE_TERMS];

	r->cost = place_reason_terms(m, iw->term);
	for (size_t c = 0; c < m->n_clusters; c++) {
		const struct solve_choice *ch = &iw->choice[c];

		if (ch->excluded.rule != SOLVE_RULE_NONE || c == answer->bin[i])
			continue;
		r->verdicts[c].extra = ch->extra;
		if (iw->runner_up != c && effort > MAX_EFFORT)
			continue;
		judge_other(m, p, answer, ch, i, &r->verdicts[c], term);
		if (iw->runner_up == c) {
			r->next_best = m->s->clusters[c].name;
			r->next_best_why = place_reason_difference(m, term);
		}
	}
}

/* Capacities with no room for anything more of this graph. */
static void fill_binding(const struct place_model *m, const struct solve_why *sw,
			 const struct solve_answer *answer, struct place_why *why)
{
	why->binding = arena_new_n(m->a, const char *, sw->n_binding);
	for (size_t k = 0; k < sw->n_binding; k++) {
		const struct solve_cause *x = &sw->binding[k];

		if (x->rule == SOLVE_RULE_MOVES)
			why->binding[why->n_binding++] = "the move budget is spent";
		if (x->rule != SOLVE_RULE_CAPACITY || x->res >= m->n_resources)
			continue;
		const char *r = m->resources[x->res];
		int64_t left = m->problem.capacity[x->bin * m->problem.n_res + x->res];

		for (size_t i = 0; i < m->n_items; i++)
			if (answer->bin[i] == x->bin)
				left -= solve_pair_use(&m->problem, i,
						       solve_pair_find(&m->problem, i, x->bin),
						       x->res);
		why->binding[why->n_binding++] =
			arena_printf(m->a, "%s has %s%s left: too little for any other service",
				     m->s->clusters[x->bin].name, quantity_human(m->a, r, left),
				     quantity_is_bytes(r) ? arena_printf(m->a, " of %s", r) : "");
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
	why->work = answer->work;
	why->gap = place_aim_is_greedy(&m->aim) ? 0 : answer->gap; /* they look at no cost */
	for (size_t v = 0; v < m->n_services; v++) {
		why->reasons[v].reason = place_reason_of(m, p, v);
		why->reasons[v].decided = m->copies[v] > 0;
		why->reasons[v].divided = m->divided[v];
	}
	for (size_t i = 0; i < m->n_items; i++) {
		struct place_reason *r = &why->reasons[m->items[i].service];

		for (size_t c = 0; c < m->n_clusters; c++) {
			const struct solve_choice *ch = &sw.item[i].choice[c];

			r->verdicts[c].chosen |= answer->bin[i] == c;
			r->verdicts[c].why_not =
				m->why_not[m->items[i].service * m->n_clusters + c]
					? m->why_not[m->items[i].service * m->n_clusters + c]
					: r->verdicts[c].why_not;
			if (ch->excluded.rule != SOLVE_RULE_NONE && !r->verdicts[c].why_not &&
			    answer->bin[i] != c)
				r->verdicts[c].why_not = place_reason_excluded(m, &ch->excluded);
		}
		if (m->items[i].copy == 0 && !m->divided[m->items[i].service])
			judge_others(m, p, answer, &sw.item[i], i, r);
	}
	fill_binding(m, &sw, answer, why);
	add_notes(m, p, why);
	return NULL;
}
