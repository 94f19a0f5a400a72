// SPDX-License-Identifier: Apache-2.0
/*
 * Why each item is where it is: what it costs there by term, and what each other bin would cost or
 * break, everything else as it is.
 */
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "solve/core.h"
#include "solve/solve.h"
#include "solve/state.h"

/* One term at a time: what leaves the sum when the item is taken out. */
static void explain_term(const struct solve_problem *p, const uint32_t *bin, enum solve_term term,
			 struct solve_item_why *why)
{
	struct arena scratch scoped_arena = {0};
	struct solve_problem one = *p;
	struct core c;
	struct state s;

	one.weighted = true;
	memset(one.weight, 0, sizeof(one.weight));
	memset(one.level, 0, sizeof(one.level));
	one.weight[term] = 1;
	core_init(&scratch, &one, &c);
	state_init(&scratch, &c, &s);
	state_load(&s, bin);
	for (size_t i = 0; i < p->n_items; i++) {
		size_t pair = s.pair[i];
		int64_t with = s.total;

		state_remove(&s, i);
		why[i].term[term] = with - s.total;
		state_add(&s, i, pair);
	}
}

/* What forbids @pair of unplaced @i: the cheap answers first, the checker for the rest. */
static struct solve_cause forbidden(struct state *s, size_t i, size_t pair, uint32_t *bin)
{
	const struct solve_problem *p = s->c->p;
	uint32_t b = solve_pair_bin(p, i, pair), was = bin[i];
	struct solve_cause cause = {SOLVE_RULE_CAPACITY, UINT32_MAX, b, UINT32_MAX, UINT32_MAX};

	for (uint32_t r = 0; p->capacity && !s->left && r < p->n_res; r++) {
		cause.res = r;
		if (solve_pair_use(p, i, pair, r) >
		    p->capacity[b * p->n_res + r] - s->use[b * p->n_res + r])
			return cause;
	}
	bin[i] = b;
	solve_check(p, bin, &cause, NULL);
	bin[i] = was;
	return cause;
}

static void explain_item(struct arena *a, struct state *s, size_t i, uint32_t *bin,
			 struct solve_item_why *why)
{
	const struct solve_problem *p = s->c->p;
	struct state_delta here, d;
	size_t pair = s->pair[i];

	state_remove(s, i);
	state_try(s, i, pair, &here);
	why->bin = bin[i];
	why->runner_up = SOLVE_NOWHERE;
	why->choice = arena_new_n(a, struct solve_choice, p->n_bins + 1);
	for (uint32_t b = 0; b < p->n_bins; b++) {
		struct solve_choice *c = &why->choice[b];
		size_t other = solve_pair_find(p, i, b);

		c->bin = b;
		if (b == bin[i])
			continue;
		if (other == SIZE_MAX) {
			c->excluded = (struct solve_cause){SOLVE_RULE_ELIGIBLE, (uint32_t)i, b,
							   UINT32_MAX, UINT32_MAX};
			continue;
		}
		state_try(s, i, other, &d);
		if (s->upper + d.upper > 0 || s->lower + d.lower > 0) {
			c->excluded = forbidden(s, i, other, bin);
			continue;
		}
		c->extra = d.total - here.total;
		if (why->runner_up == SOLVE_NOWHERE || c->extra < why->runner_up_extra) {
			why->runner_up = b;
			why->runner_up_extra = c->extra;
		}
	}
	state_add(s, i, pair);
}

static void bind(struct arena *a, struct solve_why *why, size_t *cap, enum solve_rule rule,
		 size_t bin, size_t res, size_t group)
{
	if (why->n_binding == *cap)
		why->binding = vec_grow(a, why->binding, sizeof(*why->binding), cap);
	why->binding[why->n_binding++] = (struct solve_cause){rule, UINT32_MAX, (uint32_t)bin,
							      (uint32_t)res, (uint32_t)group};
}

/* Capacities in which nothing more fits of what could come, full groups, the spent move budget. */
static void explain_binding(struct arena *a, const struct state *s, struct solve_why *why)
{
	const struct solve_problem *p = s->c->p;
	struct arena scratch scoped_arena = {0};
	size_t n = p->n_bins * p->n_res, cap = 0;
	int64_t *least = arena_new_n(&scratch, int64_t, n + 1);

	for (size_t k = 0; k < n; k++)
		least[k] = INT64_MAX;
	for (size_t i = 0; p->capacity && i < p->n_items; i++) {
		for (size_t k = solve_pair_first(p, i); k < solve_pair_first(p, i + 1); k++) {
			size_t at = solve_pair_bin(p, i, k) * p->n_res;

			for (size_t r = 0; s->pair[i] != k && r < p->n_res; r++) {
				int64_t use = solve_pair_use(p, i, k, r);

				if (use > 0 && use < least[at + r])
					least[at + r] = use;
			}
		}
	}
	for (size_t k = 0; p->capacity && k < n; k++)
		if (least[k] < INT64_MAX && p->capacity[k] - s->use[k] < least[k])
			bind(a, why, &cap, SOLVE_RULE_CAPACITY, k / p->n_res, k % p->n_res,
			     UINT32_MAX);
	for (size_t g = 0; g < p->n_groups; g++) {
		const struct solve_group *group = &p->group[g];
		const uint32_t *count = s->at_place + s->c->group_at[g];

		for (size_t q = 0; q < s->c->group_at[g + 1] - s->c->group_at[g]; q++)
			if (group->max_per_place && count[q] >= group->max_per_place)
				bind(a, why, &cap, SOLVE_RULE_MAX_PER, q, UINT32_MAX, g);
		if (group->max_places && s->n_used[g] >= group->max_places)
			bind(a, why, &cap, SOLVE_RULE_MAX_PLACES, UINT32_MAX, UINT32_MAX, g);
		if (group->min_places > 1 && s->n_used[g] <= group->min_places)
			bind(a, why, &cap, SOLVE_RULE_MIN_PLACES, UINT32_MAX, UINT32_MAX, g);
	}
	if (p->limit_moves && s->moves >= p->max_moves)
		bind(a, why, &cap, SOLVE_RULE_MOVES, UINT32_MAX, UINT32_MAX, UINT32_MAX);
}

struct err *solve_explain(struct arena *a, const struct solve_problem *p, const uint32_t *bin,
			  struct solve_why *ret_why)
{
	struct arena scratch scoped_arena = {0};
	struct solve_why why = {.item = arena_new_n(a, struct solve_item_why, p->n_items + 1)};
	struct solve_cause cause;
	int64_t term[SOLVE_TERMS];
	struct core c;
	struct state s;

	TRY(solve_problem_check(a, p));
	if (!solve_check(p, bin, &cause, term))
		return err_new(a, ERR_INPUT, "only a feasible assignment can be explained: %s",
			       solve_cause_text(a, p, &cause));
	core_init(&scratch, p, &c);
	state_init(&scratch, &c, &s);
	state_load(&s, bin);
	uint32_t *copy = arena_memdup(&scratch, bin, p->n_items * sizeof(*bin));
	for (size_t i = 0; i < p->n_items; i++)
		explain_item(a, &s, i, copy, &why.item[i]);
	for (size_t t = 0; t < SOLVE_TERMS; t++)
		if (term[t])
			explain_term(p, bin, (enum solve_term)t, why.item);
	explain_binding(a, &s, &why);
	*ret_why = why;
	return NULL;
}
