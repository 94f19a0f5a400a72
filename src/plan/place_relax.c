// SPDX-License-Identifier: Apache-2.0
/*
 * When nothing fits: the conflict in words.  What would help comes from the optimiser, which proves
 * more capacity and more moves by an assignment, and from place_ways.
 */
#include "plan/place_relax.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "plan/place_ways.h"

/* Why the replicas of @v stay together. */
static const char *why_whole(const struct place_model *m, size_t v)
{
	const struct chart_facts *f = snapshot_chart(m->s, m->g->services[v].id);
	const struct object_facts *main = f ? main_workload(f) : NULL;

	if (main && main->own_policy)
		return "its chart brings a policy of its own, which copies them";
	return place_divides(f) ? "it keeps data" : "what it runs is not counted in replicas";
}

struct err *place_why_hopeless(const struct place_model *m)
{
	struct str msg = {.a = m->a};
	struct place_ways r;

	if (!m->n_clusters && m->n_items)
		return err_hint(
			m->a, err_new(m->a, ERR_INFEASIBLE, "there is no cluster to place on"),
			"Join a cluster to the control plane, or look at `smo cluster list`.");
	place_ways_start(m, &r);
	for (size_t v = 0; v < m->n_services; v++) {
		size_t n = place_model_eligible(m, v);

		if (n >= m->spread[v] || !m->copies[v])
			continue;
		str_addf(&msg, "%sservice '%s' ", msg.len ? "\n" : "", m->g->services[v].id);
		if (n)
			str_addf(&msg, "needs %zu clusters and fits only %zu", m->spread[v], n);
		else
			str_add(&msg, "fits no cluster");
		for (size_t c = 0; c < m->n_clusters; c++) {
			if (!m->why_not[v * m->n_clusters + c])
				continue;
			str_addf(&msg, "\n  %s %s", m->s->clusters[c].name,
				 m->why_not[v * m->n_clusters + c]);
			place_ways_larger(&r, v, c);
		}
		if (m->demand[v].replicas > 1 && !n && !place_model_divisible(m, v))
			str_addf(&msg,
				 "\n  its %lld replicas cannot be divided between clusters: %s",
				 (long long)m->demand[v].replicas, why_whole(m, v));
		place_ways_service(&r, v);
	}
	if (!msg.len)
		return NULL;
	place_ways_clusters(&r);
	place_ways_graph(&r);
	return place_ways_err(&r, err_new(m->a, ERR_INFEASIBLE, "%s", str_text(&msg)));
}

/* ---- together ---- */

/* Sum of what is wanted against the sum of what is free, where it is too much. */
static void add_totals(const struct place_model *m, struct str *msg)
{
	for (size_t r = 0; r < m->n_resources && !m->problem.pair_use; r++) {
		int64_t want = 0, have = 0;

		for (size_t i = 0; i < m->n_items; i++)
			want += m->problem.use[i * m->problem.n_res + r];
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

static const char *item_name(const struct place_model *m, uint32_t item)
{
	return m->g->services[m->items[item].service].id;
}

static const char *group_text(const struct place_model *m, const struct solve_cause *x)
{
	const char *name = m->problem.group[x->group].name;

	switch (x->rule) {
	case SOLVE_RULE_MAX_PER:
		return arena_printf(m->a, "%s keep apart", name);
	case SOLVE_RULE_MAX_PLACES:
		return arena_printf(m->a, "%s: to share a cluster (coLocation)", name);
	case SOLVE_RULE_MIN_PLACES:
		return arena_printf(m->a, "%s: to be on %u clusters at least", name,
				    m->problem.group[x->group].min_places);
	case SOLVE_RULE_NONE:
	case SOLVE_RULE_ELIGIBLE:
	case SOLVE_RULE_CAPACITY:
	case SOLVE_RULE_DISTANCE:
	case SOLVE_RULE_MIN_PER:
	case SOLVE_RULE_DEPENDENCY:
	case SOLVE_RULE_MOVES:
	case SOLVE_RULES:
		break;
	}
	return solve_cause_text(m->a, &m->problem, x);
}

static const char *eligible_text(const struct place_model *m, uint32_t item)
{
	const struct place_item *it = &m->items[item];
	struct str s = {.a = m->a};

	for (size_t c = 0; c < m->n_clusters; c++)
		if (!m->why_not[it->service * m->n_clusters + c])
			str_addf(&s, "%s%s", s.len ? ", " : "", m->s->clusters[c].name);
	return arena_printf(m->a, "'%s' can run on %s only", item_name(m, item), str_text(&s));
}

static const char *near_text(const struct place_model *m, const char *x, const char *y,
			     int64_t limit)
{
	if (!limit)
		return arena_printf(m->a, "'%s' and '%s' talk, so they share a cluster (security)",
				    x, y);
	return arena_printf(m->a, "'%s' is to be at most %g ms from '%s', which it calls", x,
			    (double)limit / 10, y);
}

static const char *cause_text(const struct place_model *m, const struct solve_cause *x)
{
	if (x->rule == SOLVE_RULE_CAPACITY && x->res < m->n_resources)
		return arena_printf(
			m->a, "%s has %s%s free", m->problem.bin_name[x->bin],
			quantity_human(m->a, m->resources[x->res],
				       m->problem.capacity[x->bin * m->problem.n_res + x->res]),
			quantity_is_bytes(m->resources[x->res])
				? arena_printf(m->a, " of %s", m->resources[x->res])
				: "");
	if (x->rule == SOLVE_RULE_ELIGIBLE && x->item < m->n_items)
		return eligible_text(m, x->item);
	if (x->rule == SOLVE_RULE_DISTANCE && x->group < m->problem.n_links) {
		const struct solve_link *l = &m->problem.link[x->group];
		return near_text(m, item_name(m, l->a), item_name(m, l->b), l->max_distance);
	}
	if (x->rule == SOLVE_RULE_DEPENDENCY && x->group < m->problem.n_dependencies) {
		const struct solve_dependency *d = &m->problem.dependency[x->group];
		const char *one = item_name(m, m->problem.group[d->group].item[0]);
		const char *two = item_name(m, m->problem.group[d->needs].item[0]);
		return d->place
			       ? arena_printf(m->a, "'%s' and '%s' are to share clusters", one, two)
			       : near_text(m, one, two, d->max_distance);
	}
	if (x->rule == SOLVE_RULE_MOVES)
		return arena_printf(m->a, "at most %zu may move (moveBudget and those that must)",
				    m->problem.max_moves);
	if (x->group < m->problem.n_groups)
		return group_text(m, x);
	return solve_cause_text(m->a, &m->problem, x);
}

/* "front needs 4 cores, 2.00 GiB" for each service of the conflict. */
static void add_involved(const struct place_model *m, const bool *involved, struct str *msg)
{
	for (size_t v = 0; v < m->n_services; v++) {
		struct amounts need = place_model_use(m, v, 0, m->demand[v].replicas);
		const char *sep = " needs ";

		if (!involved[v])
			continue;
		str_addf(msg, "\n  %s", m->g->services[v].id);
		for (size_t i = 0; i < need.n; i++) {
			if (str_eq(need.at[i].resource, "pods") || !need.at[i].value)
				continue;
			str_addf(msg, "%s%s", sep,
				 quantity_human(m->a, need.at[i].resource, need.at[i].value));
			sep = ", ";
		}
	}
}

/* ---- what the optimiser proved ---- */

static const char *proved_text(const struct place_model *m, const struct solve_relaxation *x)
{
	const char *more;

	switch (x->what.rule) {
	case SOLVE_RULE_CAPACITY:
		if (x->what.res >= m->n_resources)
			return NULL;
		more = quantity_human(m->a, m->resources[x->what.res], x->amount);
		return arena_printf(
			m->a, "cluster '%s' needs %s%s more", m->problem.bin_name[x->what.bin],
			more,
			quantity_is_bytes(m->resources[x->what.res])
				? arena_printf(m->a, " of %s", m->resources[x->what.res])
				: "");
	case SOLVE_RULE_MOVES:
		return arena_printf(m->a, "%lld more service%s may move (moveBudget)",
				    (long long)x->amount, x->amount == 1 ? "" : "s");
	case SOLVE_RULE_NONE:
	case SOLVE_RULE_ELIGIBLE:
	case SOLVE_RULE_DISTANCE:
	case SOLVE_RULE_MAX_PER:
	case SOLVE_RULE_MIN_PER:
	case SOLVE_RULE_MAX_PLACES:
	case SOLVE_RULE_MIN_PLACES:
	case SOLVE_RULE_DEPENDENCY:
	case SOLVE_RULES:
		break;
	}
	return NULL; /* those of the user's own words are tried as such */
}

struct err *place_why_infeasible(const struct place_model *m, const struct solve_options *o,
				 const struct solve_answer *answer)
{
	struct solve_conflict conflict = {0};
	struct str msg = {.a = m->a};
	struct solve_options brief = *o; /* it asks the optimiser again and again */
	bool *involved = arena_new_n(m->a, bool, m->n_services);
	struct place_ways r;

	brief.method = SOLVE_BEST;
	brief.budget = (o->budget ? o->budget : SOLVE_SECOND) / 50;
	if (answer->stopped)
		return err_new(m->a, ERR_CANCELLED, "stopped before a placement was found");
	TRY(solve_conflict(m->a, &m->problem, &brief, &conflict));
	str_addf(&msg, "no placement of '%s' keeps all constraints%s", m->g->id,
		 answer->status == SOLVE_INFEASIBLE || conflict.proved ? "" : " (none was found)");
	add_totals(m, &msg);
	for (size_t i = 0; i < conflict.n_items; i++)
		involved[m->items[conflict.item[i]].service] = true;
	add_involved(m, involved, &msg);
	for (size_t i = 0; i < conflict.n_causes && i < 8; i++)
		str_addf(&msg, "\n  %s", cause_text(m, &conflict.cause[i]));
	place_ways_start(m, &r);
	for (size_t i = 0; i < conflict.n_relaxations; i++) {
		const char *text = proved_text(m, &conflict.relaxation[i]);
		if (text)
			place_ways_add(&r, conflict.relaxation[i].size, text);
	}
	place_ways_clusters(&r);
	place_ways_graph(&r);
	for (size_t v = 0; v < m->n_services; v++) {
		for (size_t c = 0; c < m->n_clusters && involved[v]; c++)
			if (m->why_not[v * m->n_clusters + c])
				place_ways_larger(&r, v, c);
		if (involved[v])
			place_ways_service(&r, v);
	}
	return place_ways_err(&r, err_new(m->a, ERR_INFEASIBLE, "%s", str_text(&msg)));
}
