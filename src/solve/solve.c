// SPDX-License-Identifier: Apache-2.0
/* Choosing the method, and making sure of the answer. */
#include "solve/solve.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "solve/anneal.h"
#include "solve/assign.h"
#include "solve/bound.h"
#include "solve/branch.h"
#include "solve/core.h"
#include "solve/local.h"
#include "solve/prove.h"
#include "solve/state.h"

/* Pairs beyond which an answer comes first, and no dynamic programmes are run. */
enum { LARGE = 2000000 };

struct run {
	struct arena *a; /* scratch */
	const struct solve_options *o;
	struct core c;
	struct work w;
	struct bound bound;
	struct best best;
	bool exhausted; /* nothing better than best exists */
	bool canonical;
	struct solve_cause hopeless; /* proves infeasibility on its own */
};

/* Bounds of the linear heart in the costs of the problem. */
static int64_t real_cost(const struct gap *g, double cost)
{
	return g->base + g->unit * (int64_t)cost;
}

static void take_plan(struct run *r, struct state *s, const struct gap *g, const struct plan *plan)
{
	for (size_t i = 0; i < g->n; i++)
		state_add(s, i, g->origin[plan->pair[i]]);
	best_offer(&r->best, s);
	state_clear(s);
}

/* The best assignment so far as a plan of @g; false when a pair of it is not there. */
static bool give_plan(const struct run *r, const struct gap *g, struct plan *plan)
{
	plan->cost = 0;
	for (size_t i = 0; i < g->n; i++) {
		size_t k = g->first[i];

		while (k < g->first[i + 1] && g->bin[k] != r->best.bin[i])
			k++;
		if (k == g->first[i + 1])
			return false;
		plan->pair[i] = k;
		plan->cost += g->cost[k];
	}
	return true;
}

/* Prices, a start and a walk from there: a part of the purse, more when there is no answer yet. */
static void walk(struct run *r, struct state *s, uint64_t ops, bool any)
{
	struct anneal_options o = {.target = r->bound.proved, .any = any};
	struct work part = work_part(&r->w, ops);

	anneal(r->a, s, &r->bound, &o, &part, &r->best);
	work_join(&r->w, &part);
}

/* Prices for a sixth of the purse at most, a start from them, and @ops of walking from there. */
static void start(struct run *r, struct state *s, uint64_t ops)
{
	uint64_t round = r->c.n * r->c.m * (6 + r->c.R * (4 + r->c.R));
	uint64_t most = r->w.limit / 6;
	struct work part = work_part(&r->w, 200 * round < most ? 200 * round : most);

	bound_improve(r->a, &r->c, INT64_MAX, &part, &r->bound);
	work_join(&r->w, &part);
	fit_greedily(r->a, s, &r->bound, &r->w);
	best_offer(&r->best, s);
	walk(r, s, ops, r->o->any);
}

/* Pair costs and capacities only: the Lagrangian search.  False when it cannot take the problem. */
static bool search_linear(struct run *r, struct state *s)
{
	struct gap g;
	double low = 0;
	uint64_t ops = 4000 * r->c.n * r->c.m * (1 + r->c.R);

	if (!r->c.linear || r->c.n * r->c.m > LARGE || !gap_init(r->a, &r->c, NULL, &g))
		return false;
	start(r, s, ops < r->w.limit / 4 ? ops : r->w.limit / 4);
	state_clear(s);
	if (r->o->any && r->best.found)
		return true;
	struct plan plan = {arena_new_n(r->a, size_t, r->c.n + 1), HUGE_VAL};
	if (r->best.found && !give_plan(r, &g, &plan))
		plan.cost = HUGE_VAL;
	struct assign_start from = {&r->c, r->bound.lambda, r->o->any};
	r->exhausted = assign_solve(r->a, &g, &from, &r->w, &plan, &low);
	if (real_cost(&g, low) > r->bound.proved)
		r->bound.proved = real_cost(&g, low);
	if (plan.cost < HUGE_VAL)
		take_plan(r, s, &g, &plan);
	return true;
}

/* The hint, or the first thing that comes to mind; else a proof that there is nothing. */
static void start_simply(struct run *r, struct state *s)
{
	struct bound none = {.proved = INT64_MIN};

	for (size_t i = 0; i < r->c.n; i++)
		r->exhausted |= solve_pair_first(r->c.p, i) == solve_pair_first(r->c.p, i + 1);
	if (r->exhausted)
		return;
	if (r->o->hint) {
		state_load(s, r->o->hint);
		best_offer(&r->best, s);
		state_clear(s);
	}
	if (r->best.found || (!r->o->any && r->c.n * r->c.m <= 60))
		return;
	fit_greedily(r->a, s, &none, &r->w);
	best_offer(&r->best, s);
	state_clear(s);
	if (!r->best.found)
		r->exhausted = prove_infeasible(r->a, &r->c, &r->w);
}

static void search_general(struct run *r)
{
	struct state s;
	struct branch_options bo = {.any = r->o->any};

	state_init(r->a, &r->c, &s);
	start_simply(r, &s);
	if (r->exhausted || (r->o->any && r->best.found))
		return;
	if (r->c.n * r->c.m > 60 && search_linear(r, &s))
		return;
	bool small = r->c.n <= 400 && r->c.n * r->c.m <= 40000;
	uint64_t size = 20000 * r->c.n * r->c.m * (1 + r->c.R);
	uint64_t ops = small ? r->w.limit / 2 : r->w.limit;
	start(r, &s, small && size < ops ? size : r->c.p->n_groups ? ops / 2 : ops);
	if (r->o->any && r->best.found)
		return;
	if (r->c.p->n_groups) {
		struct work part = work_part(&r->w, size < r->w.limit / 8 ? size : r->w.limit / 8);

		local_search(r->a, &s, &r->bound, r->bound.proved, &part, &r->best);
		work_join(&r->w, &part);
	}
	uint32_t *last = arena_memdup(r->a, s.bin, r->c.n * sizeof(*s.bin));
	state_clear(&s);
	if (small) {
		struct work part = work_part(&r->w, work_rest(&r->w) / 2);

		r->exhausted =
			branch_search(r->a, &s, &r->bound, &bo, &part, &r->best) == BRANCH_DONE;
		work_join(&r->w, &part);
	}
	if (r->exhausted || (r->o->any && r->best.found))
		return;
	state_load(&s, r->best.found ? r->best.bin : last);
	if (r->c.p->n_groups)
		local_search(r->a, &s, &r->bound, r->bound.proved, &r->w, &r->best);
	else
		walk(r, &s, work_rest(&r->w), r->o->any);
}

/* Among equals the first: search again in order, knowing what the optimum is. */
static void canonize(struct run *r)
{
	struct state s;
	struct branch_options bo = {.in_order = true, .any = true};
	uint64_t most = 20000 * (uint64_t)WORK_OPS;
	struct work part = work_part(&r->w, r->w.limit / 4 < most ? r->w.limit / 4 : most);
	uint32_t *bin = arena_new_n(r->a, uint32_t, r->c.n + 1);
	struct best first = {bin, true, r->best.total, r->best.moves + 1};

	state_init(r->a, &r->c, &s);
	branch_search(r->a, &s, &r->bound, &bo, &part, &first);
	work_join(&r->w, &part);
	if (first.moves <= r->best.moves) {
		r->best = first;
		r->canonical = true;
	}
}

static void search(struct run *r)
{
	struct state s;

	if (r->o->method == SOLVE_BEST) {
		search_general(r);
		if (r->exhausted && r->best.found && r->c.n * r->c.m <= 4000)
			canonize(r);
		return;
	}
	state_init(r->a, &r->c, &s);
	if (fit_in_order(&s, r->o->method == SOLVE_CHEAPEST_FIT))
		best_offer(&r->best, &s);
}

static struct err *accept(struct arena *a, const struct run *r, struct solve_answer *ret)
{
	struct solve_answer answer = {.n_items = r->c.n,
				      .bound = r->bound.proved,
				      .work = r->w.used / WORK_OPS,
				      .stopped = r->w.stopped,
				      .canonical = r->canonical,
				      .gap = 1};
	struct solve_cause cause;

	if (!r->best.found) {
		answer.status = r->exhausted ? SOLVE_INFEASIBLE : SOLVE_UNKNOWN;
		*ret = answer;
		return NULL;
	}
	if (!solve_check(r->c.p, r->best.bin, &cause, answer.term))
		return err_new(a, ERR_BUG, "the optimiser broke a promise: %s",
			       solve_cause_text(a, r->c.p, &cause));
	answer.total = solve_total(r->c.p, answer.term);
	if (answer.total != r->best.total)
		return err_new(a, ERR_BUG, "the optimiser counted wrongly");
	if (r->exhausted || answer.bound >= answer.total)
		answer.bound = answer.total;
	answer.status = answer.bound == answer.total ? SOLVE_OPTIMAL : SOLVE_FEASIBLE;
	if (answer.bound != INT64_MIN) {
		double size = answer.total < 0 ? -(double)answer.total : (double)answer.total;

		answer.gap = ((double)answer.total - (double)answer.bound) / (size > 1 ? size : 1);
	}
	answer.moves = (uint64_t)answer.term[SOLVE_MOVES];
	answer.bin = arena_memdup(a, r->best.bin, r->c.n * sizeof(*r->best.bin));
	*ret = answer;
	return NULL;
}

struct err *solve(struct arena *a, const struct solve_problem *p, const struct solve_options *o,
		  struct solve_answer *ret_answer)
{
	struct arena scratch scoped_arena = {0};
	struct run r = {.a = &scratch, .o = o};
	uint64_t budget = o->budget ? o->budget : SOLVE_SECOND;

	TRY(solve_problem_check(a, p));
	r.w.limit = budget < UINT64_MAX / WORK_OPS ? budget * WORK_OPS : UINT64_MAX;
	r.w.stop = o->stop;
	r.bound.proved = INT64_MIN;
	core_init(&scratch, p, &r.c);
	r.best.bin = arena_new_n(&scratch, uint32_t, r.c.n + 1);
	search(&r);
	return accept(a, &r, ret_answer);
}
