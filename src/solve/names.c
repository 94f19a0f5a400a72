// SPDX-License-Identifier: Apache-2.0
/* Words for terms, states and causes. */
#include <stdio.h>

#include "base/arena.h"
#include "solve/answer.h"
#include "solve/core.h"

static const char *name_of(struct arena *a, const char *const *names, const char *kind, size_t k)
{
	return names && names[k] ? arena_printf(a, "'%s'", names[k])
				 : arena_printf(a, "%s %zu", kind, k);
}

static const char *group_name(struct arena *a, const struct solve_problem *p, size_t g)
{
	return p->group[g].name ? arena_printf(a, "'%s'", p->group[g].name)
				: arena_printf(a, "group %zu", g);
}

const char *solve_cause_text(struct arena *a, const struct solve_problem *p,
			     const struct solve_cause *c)
{
	switch (c->rule) {
	case SOLVE_RULE_ELIGIBLE:
		return arena_printf(
			a, "%s may not go to %s", name_of(a, p->item_name, "item", c->item),
			c->bin < p->n_bins ? name_of(a, p->bin_name, "bin", c->bin) : "any bin");
	case SOLVE_RULE_CAPACITY:
		return arena_printf(a, "%s has too little %s",
				    name_of(a, p->bin_name, "bin", c->bin),
				    name_of(a, p->res_name, "resource", c->res));
	case SOLVE_RULE_DISTANCE:
		return arena_printf(a, "%s and %s must be near each other",
				    name_of(a, p->item_name, "item", p->link[c->group].a),
				    name_of(a, p->item_name, "item", p->link[c->group].b));
	case SOLVE_RULE_MAX_PER:
		return arena_printf(a, "at most %u of %s in one place",
				    p->group[c->group].max_per_place, group_name(a, p, c->group));
	case SOLVE_RULE_MIN_PER:
		return arena_printf(a, "at least %u of %s in a place that has any",
				    p->group[c->group].min_per_place, group_name(a, p, c->group));
	case SOLVE_RULE_MAX_PLACES:
		return arena_printf(a, "%s in at most %u places", group_name(a, p, c->group),
				    p->group[c->group].max_places);
	case SOLVE_RULE_MIN_PLACES:
		return arena_printf(a, "%s in at least %u places", group_name(a, p, c->group),
				    p->group[c->group].min_places);
	case SOLVE_RULE_DEPENDENCY:
		return arena_printf(a, "%s needs %s near",
				    group_name(a, p, p->dependency[c->group].group),
				    group_name(a, p, p->dependency[c->group].needs));
	case SOLVE_RULE_MOVES:
		return arena_printf(a, "at most %zu moves", p->max_moves);
	case SOLVE_RULE_NONE:
	case SOLVE_RULES:
		break;
	}
	return "nothing is broken";
}

const char *solve_status_name(enum solve_status status)
{
	static const char *const names[] = {"optimal", "feasible", "infeasible", "unknown"};

	return names[status];
}

const char *solve_term_name(enum solve_term term)
{
	static const char *const names[] = {"cost",       "bins",       "soft",       "links",
					    "balance",    "moves-cost", "group-move", "route",
					    "worst-move", "moves"};

	return names[term];
}

int64_t solve_total(const struct solve_problem *p, const int64_t term[SOLVE_TERMS])
{
	int64_t w[SOLVE_TERMS] = {0}, total = 0;

	core_weights(p, w);
	for (size_t t = 0; t < SOLVE_TERMS; t++)
		total += w[t] * term[t];
	return total;
}
