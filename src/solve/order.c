// SPDX-License-Identifier: Apache-2.0
/*
 * The order of moves.
 *
 * Whatever can go straight to its last bin goes.  When nothing can, one item makes a stop-over
 * that lets another go straight; when no stop-over helps, one is stopped and started again later:
 * the smallest that lets another go, else the largest of all.  Each item stops over or stops at
 * most once, so that this ends; and it ends complete, since the last assignment keeps everything.
 */
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "solve/core.h"
#include "solve/solve.h"
#include "solve/state.h"

struct order {
	struct arena *a;
	struct state s;
	const uint32_t *bin;
	bool *rested;    /* has made its stop-over */
	size_t *away_at; /* step of its STOP + 1, 0: not stopped */
	vec_of(struct solve_step) steps;
	struct solve_order count;
};

static bool pending(const struct order *o, size_t i)
{
	return o->s.bin[i] != o->bin[i];
}

static void emit(struct order *o, enum solve_step_kind kind, size_t i, uint32_t to)
{
	*vec_push(o->a, &o->steps) = (struct solve_step){
		kind, (uint32_t)i, o->s.bin[i], to, kind == SOLVE_STEP_MOVE && to != o->bin[i]};
}

/* Put @i into @to if both copies fit and nothing that holds breaks (@strict) by the change. */
static bool go(struct order *o, size_t i, uint32_t to, bool strict, bool keep)
{
	struct state *s = &o->s;
	size_t pair = solve_pair_find(s->c->p, i, to);
	uint32_t from = s->bin[i];
	size_t old = s->pair[i];
	int64_t upper = s->upper, lower = s->lower;

	if (pair == SIZE_MAX || !state_fits(s, i, pair))
		return false;
	if (from != SOLVE_NOWHERE)
		state_remove(s, i);
	state_add(s, i, pair);
	bool fine = !strict || (s->upper <= upper && s->lower <= lower);
	if (fine && keep)
		return true;
	state_remove(s, i);
	if (from != SOLVE_NOWHERE)
		state_add(s, i, old);
	return fine;
}

static bool go_straight(struct order *o, bool strict)
{
	bool any = false;

	for (size_t i = 0; i < o->s.c->n; i++) {
		uint32_t from = o->s.bin[i];

		if (!pending(o, i) || !go(o, i, o->bin[i], strict, true))
			continue;
		o->s.bin[i] = from; /* emit tells where it came from */
		emit(o, from == SOLVE_NOWHERE ? SOLVE_STEP_START : SOLVE_STEP_MOVE, i, o->bin[i]);
		o->s.bin[i] = o->bin[i];
		if (o->away_at[i])
			o->count.away_steps += o->steps.n - o->away_at[i];
		o->away_at[i] = 0;
		any = true;
	}
	return any;
}

/* Could some pending item but @except go straight now? */
static bool somebody_could(struct order *o, size_t except, uint32_t to)
{
	for (size_t i = 0; i < o->s.c->n; i++)
		if (i != except && pending(o, i) && o->bin[i] == to &&
		    go(o, i, o->bin[i], true, false))
			return true;
	return false;
}

static bool stop_over(struct order *o)
{
	struct state *s = &o->s;

	for (size_t i = 0; i < s->c->n; i++) {
		uint32_t from = s->bin[i];

		if (!pending(o, i) || from == SOLVE_NOWHERE || o->rested[i])
			continue;
		for (uint32_t b = 0; b < s->c->m; b++) {
			size_t old = s->pair[i];

			if (b == from || b == o->bin[i] || !go(o, i, b, true, true))
				continue;
			if (somebody_could(o, i, from)) {
				s->bin[i] = from;
				emit(o, SOLVE_STEP_MOVE, i, b);
				s->bin[i] = b;
				o->rested[i] = true;
				o->count.n_stop_overs++;
				return true;
			}
			state_remove(s, i);
			state_add(s, i, old);
		}
	}
	return false;
}

static double size_of(const struct state *s, size_t i)
{
	double size = 0;

	for (size_t r = 0; r < s->c->R; r++)
		size += (double)solve_pair_use(s->c->p, i, s->pair[i], r) * s->c->scale[r];
	return size;
}

static bool stop_one(struct order *o)
{
	struct state *s = &o->s;
	size_t best = SIZE_MAX, largest = SIZE_MAX;

	for (size_t i = 0; i < s->c->n; i++) {
		uint32_t from = s->bin[i];
		size_t pair = s->pair[i];

		if (!pending(o, i) || from == SOLVE_NOWHERE)
			continue;
		if (largest == SIZE_MAX || size_of(s, i) > size_of(s, largest))
			largest = i;
		if (best != SIZE_MAX && size_of(s, i) >= size_of(s, best))
			continue;
		state_remove(s, i);
		if (somebody_could(o, i, from))
			best = i;
		state_add(s, i, pair);
	}
	best = best == SIZE_MAX ? largest : best;
	if (best == SIZE_MAX)
		return false;
	emit(o, SOLVE_STEP_STOP, best, SOLVE_NOWHERE);
	state_remove(s, best);
	o->away_at[best] = o->steps.n;
	o->count.n_downtimes++;
	return true;
}

/* The pairs of @q, one by one. */
struct pairs {
	const struct solve_problem *p;
	uint32_t *bin;
	int64_t *use; /* NULL: it does not depend on the pair */
	size_t n;
};

static void add_pair(struct pairs *to, uint32_t b, const int64_t *use)
{
	size_t n_res = to->p->n_res;

	if (to->use && use)
		memcpy(to->use + to->n * n_res, use, n_res * sizeof(*use));
	to->bin[to->n++] = b;
}

/* Items that are where they may not be any more still weigh there until they leave. */
static void admit_now(struct arena *a, const struct solve_problem *p, struct solve_problem *q)
{
	size_t most = p->first[p->n_items] + p->n_items + 1;
	size_t *first = arena_new_n(a, size_t, p->n_items + 1);
	struct pairs to = {.p = p, .bin = arena_new_n(a, uint32_t, most)};

	if (p->pair_use)
		to.use = arena_new_n(a, int64_t, most * p->n_res + 1);
	for (size_t i = 0; i < p->n_items; i++) {
		const int64_t *use = p->use ? p->use + i * p->n_res : NULL;
		uint32_t now =
			solve_pair_find(p, i, p->now[i]) == SIZE_MAX ? p->now[i] : SOLVE_NOWHERE;

		first[i] = to.n;
		for (size_t k = p->first[i]; k < p->first[i + 1]; k++) {
			if (now < p->bin[k]) {
				add_pair(&to, now, use);
				now = SOLVE_NOWHERE;
			}
			add_pair(&to, p->bin[k], p->pair_use ? p->pair_use + k * p->n_res : NULL);
		}
		if (now != SOLVE_NOWHERE)
			add_pair(&to, now, use);
	}
	first[p->n_items] = to.n;
	q->first = first;
	q->bin = to.bin;
	q->pair_use = to.use;
	q->pair_cost = NULL;
}

/* What a step must keep: capacities, distances and dependencies; how many are where may vary. */
static struct solve_problem stepwise(struct arena *a, const struct solve_problem *p)
{
	struct solve_problem q = *p;
	struct solve_group *group = arena_new_n(a, struct solve_group, p->n_groups + 1);

	for (size_t g = 0; g < p->n_groups; g++)
		group[g] = (struct solve_group){.item = p->group[g].item, .n = p->group[g].n};
	if (p->first && p->now)
		admit_now(a, p, &q);
	q.group = group;
	q.limit_moves = false;
	q.transient = NULL;
	q.n_balances = 0;
	return q;
}

struct err *solve_order(struct arena *a, const struct solve_problem *p, const uint32_t *bin,
			struct solve_order *ret_order)
{
	struct arena scratch scoped_arena = {0};
	struct solve_cause cause;
	struct order o = {.a = a, .bin = bin};
	struct core c;

	TRY(solve_problem_check(a, p));
	struct solve_problem q = stepwise(&scratch, p);
	if (!solve_check(&q, bin, &cause, NULL))
		return err_new(a, ERR_INPUT, "the moves lead nowhere: %s",
			       solve_cause_text(a, p, &cause));
	core_init(&scratch, &q, &c);
	state_init(&scratch, &c, &o.s);
	if (p->now)
		state_load(&o.s, p->now);
	o.rested = arena_new_n(&scratch, bool, c.n + 1);
	o.away_at = arena_new_n(&scratch, size_t, c.n + 1);
	while (go_straight(&o, true) || stop_over(&o) || stop_one(&o) || go_straight(&o, false))
		continue;
	for (size_t i = 0; i < c.n; i++)
		if (pending(&o, i))
			return err_new(a, ERR_BUG, "no order of moves ends where it should");
	o.count.step = o.steps.at;
	o.count.n = o.steps.n;
	*ret_order = o.count;
	return NULL;
}
