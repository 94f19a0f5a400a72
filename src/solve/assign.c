// SPDX-License-Identifier: Apache-2.0
/*
 * The linear problem from end to end.
 *
 * Prices, a dive, better prices towards its cost, neighbourhood search, and then the proof as a
 * row of questions: is there a plan of cost z?  with z rising from the bound, so that the bound
 * is proved further with each answer (Posta, Ferland, Michelon 2012).
 */
#include "solve/assign.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"

struct assign {
	struct arena *a;
	const struct gap *g;
	const struct assign_start *start;
	struct work *w;
	struct plan *best;
	struct dual d;
	double low; /* whole number: no plan costs less */
	double *u, *lambda;
	struct tree_level *level; /* kept from question to question */
};

static void save_prices(struct assign *s)
{
	memcpy(s->u, s->d.u, s->g->n * sizeof(*s->u));
	memcpy(s->lambda, s->d.lambda, s->g->m * s->g->X * sizeof(*s->lambda));
}

static void load_prices(struct assign *s)
{
	memcpy(s->d.u, s->u, s->g->n * sizeof(*s->u));
	memcpy(s->d.lambda, s->lambda, s->g->m * s->g->X * sizeof(*s->lambda));
	memset(s->d.dirty, 1, s->g->m);
	dual_evaluate(&s->d);
}

static void raise_low(struct assign *s)
{
	double low = ceil(s->d.low - dual_eps(&s->d));

	s->low = low > s->low ? low : s->low;
}

/* Strike at the root what cannot be in a plan better than best; false: nothing can. */
static bool shrink(struct assign *s)
{
	struct dual *d = &s->d;
	double limit = s->best->cost - 1 + dual_eps(d);

	dual_penalties(d);
	for (uint32_t k = 0; s->best->cost < HUGE_VAL && k < s->g->first[s->g->n]; k++) {
		if (!d->alive[k] || d->fixed[s->g->item[k]] != DUAL_NO_PAIR)
			continue;
		if (dual_if(d, k) > limit && !dual_kill(d, k))
			return false;
	}
	if (!dual_propagate(d))
		return false;
	dual_evaluate(d);
	dual_penalties(d);
	return true;
}

static void dive(struct assign *s)
{
	size_t trail = s->d.n_trail;

	save_prices(s);
	assign_dive(s->a, &s->d, s->best->cost, s->best);
	dual_undo(&s->d, trail);
	load_prices(s);
}

/* Is there a plan of cost z?  for z from the bound on.  True: best is proved. */
static bool prove(struct assign *s, struct work *w)
{
	struct dual *d = &s->d;

	while (s->best->cost > s->low && work_left(w)) {
		size_t trail = d->n_trail;
		double step = 1;

		if (s->best->cost < HUGE_VAL && s->best->cost - s->low > 16)
			step = floor((s->best->cost - s->low) / 8);
		struct assign_tree t = {.d = d,
					.best = s->best,
					.goal = fmin(s->low + step, s->best->cost),
					.rounds = 20,
					.a = s->a,
					.level = s->level};
		double goal = t.goal;
		d->w = w;
		bool done = assign_branch(&t, 0);
		d->w = s->w;
		s->level = t.level;
		dual_undo(d, trail);
		load_prices(s);
		if (!done)
			return false;
		s->low = fmin(goal, s->best->cost);
	}
	return s->best->cost <= s->low;
}

/* Climb by goals that are within reach: larger ones after success, smaller ones after failure. */
static void climb_far(struct dual *d, struct work *w)
{
	double reach = 0.005 * fabs(d->low) + 1;
	double least = fmax(0.02, 1e-5 * fabs(d->low));
	struct work part = work_part(w, work_rest(w) / 12);
	uint64_t end = part.limit;

	while (reach > least && w->used < end && work_left(w)) {
		double before = d->low;

		dual_climb(d, 20, before + reach, HUGE_VAL, 1);
		double gained = d->low - before;
		if (gained > 0.5 * reach)
			reach *= 1.5;
		else if (gained < 0.2 * reach)
			reach *= 0.4;
	}
}

static bool work_through(struct assign *s)
{
	struct dual *d = &s->d;

	if (s->start->price)
		dual_start_at(d, s->start->c, s->start->price);
	else
		dual_start(d);
	dual_evaluate(d);
	climb_far(d, s->w);
	raise_low(s);
	dive(s);
	for (unsigned round = 0; round < 2 && s->best->cost > s->low; round++) {
		if (!shrink(s))
			return s->best->cost < HUGE_VAL;
		climb_far(d, s->w);
		raise_low(s);
	}
	save_prices(s);
	return false;
}

/* Neighbourhoods until they yield nothing, a proof as far as it goes, neighbourhoods again. */
static bool improve_and_prove(struct assign *s)
{
	uint64_t patience = 40000 * (uint64_t)WORK_OPS;
	bool small = s->g->n <= 250, proved = false;

	for (unsigned turn = 0; turn < 2 && !proved && work_left(s->w); turn++) {
		if (s->best->cost < HUGE_VAL)
			assign_lns(s->a, s->g, &s->d, s->low,
				   turn || !small ? UINT64_MAX : patience, s->w, s->best);
		if (s->best->cost <= s->low || !shrink(s))
			return true;
		struct work part = work_part(s->w, work_rest(s->w) / 4 * 3);
		proved = prove(s, &part);
		work_join(s->w, &part);
	}
	return proved;
}

bool assign_solve(struct arena *a, const struct gap *g, const struct assign_start *start,
		  struct work *w, struct plan *best, double *ret_low)
{
	struct assign s = {.a = a, .g = g, .start = start, .w = w, .best = best, .low = 0};

	s.u = arena_new_n(a, double, g->n + 1);
	s.lambda = arena_new_n(a, double, g->m * g->X + 1);
	dual_init(a, g, w, &s.d);
	if (!dual_propagate(&s.d))
		return true;
	bool proved = work_through(&s) || best->cost <= s.low;
	if (!proved && !(start->any && best->cost < HUGE_VAL))
		proved = improve_and_prove(&s);
	*ret_low = proved ? fmin(best->cost, 1e15) : s.low;
	return proved;
}
