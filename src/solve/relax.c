// SPDX-License-Identifier: Apache-2.0
/*
 * What would make it fit.  Each constraint of the conflict is loosened on its own, as little as a
 * bisection of solved problems finds, the most promising first; where no single one helps, all
 * capacities that fall short are raised in one bin.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/vec.h"
#include "solve/conflict.h"
#include "solve/core.h"

/* How much the items that count exceed the capacities of @r that are on: no less will do. */
static int64_t deficit(const struct conflict *c, const bool *on, uint32_t r)
{
	const struct solve_problem *p = c->p;
	int64_t sum = 0;

	for (size_t i = 0; p->use && !p->pair_use && i < p->n_items; i++)
		sum += c->out[i] ? 0 : p->use[i * p->n_res + r];
	for (size_t b = 0; b < p->n_bins; b++) {
		int64_t cap = p->capacity[b * p->n_res + r];

		if (on[b * p->n_res + r])
			sum -= cap > 0 && cap < SOLVE_UNLIMITED / 4 ? cap : 0;
	}
	return sum > 0 ? sum : 0;
}

static int64_t most_of(const struct conflict *c, const struct knob *k)
{
	const struct solve_problem *p = c->p;
	const struct solve_cause *w = &k->cause;
	int64_t sum = 0;

	switch (w->rule) {
	case SOLVE_RULE_CAPACITY:
		for (size_t i = 0; i < p->n_items; i++) {
			size_t pair = solve_pair_find(p, i, w->bin);

			sum += pair == SIZE_MAX ? 0 : solve_pair_use(p, i, pair, w->res);
		}
		return sum - p->capacity[w->bin * p->n_res + w->res];
	case SOLVE_RULE_DISTANCE:
		for (size_t j = 0; j < p->n_bins * p->n_bins; j++)
			if (p->metric[p->link[w->group].metric][j] > sum)
				sum = p->metric[p->link[w->group].metric][j];
		return sum - p->link[w->group].max_distance;
	case SOLVE_RULE_MIN_PER:
		return p->group[w->group].min_per_place - 1;
	case SOLVE_RULE_MIN_PLACES:
		return p->group[w->group].min_places - 1;
	case SOLVE_RULE_MAX_PER:
	case SOLVE_RULE_MAX_PLACES:
		return (int64_t)p->group[w->group].n;
	case SOLVE_RULE_MOVES:
		return (int64_t)p->n_items;
	case SOLVE_RULE_NONE:
	case SOLVE_RULE_ELIGIBLE:
	case SOLVE_RULE_DEPENDENCY:
	case SOLVE_RULES:
		break;
	}
	return 1;
}

static double size_of(const struct conflict *c, const struct knob *k)
{
	const struct solve_cause *w = &k->cause;
	double base = 1;

	if (w->rule == SOLVE_RULE_CAPACITY)
		base = (double)c->p->capacity[w->bin * c->p->n_res + w->res];
	else if (w->rule == SOLVE_RULE_DISTANCE)
		base = (double)c->p->link[w->group].max_distance;
	else if (w->rule == SOLVE_RULE_MOVES)
		base = (double)c->p->max_moves;
	return (double)k->more / (base > 1 ? base : 1);
}

/* The least loosening of @k alone that makes the whole problem feasible. */
static bool loosen(struct conflict *c, struct arena *a, struct knob *k, int64_t least,
		   uint64_t until, struct solve_relaxation *ret)
{
	int64_t high = most_of(c, k), low = least > 1 ? least - 1 : 0;
	uint32_t *bin = NULL;

	if (high <= low)
		return false;
	k->more = low + 1;
	enum verdict v = conflict_ask(c, a, &bin);
	if (v == FITS)
		high = k->more;
	else {
		low = k->more;
		k->more = high;
		v = high > low ? conflict_ask(c, a, &bin) : FITS_NOT;
	}
	while (v == FITS && high - low > 1 && c->used < until) {
		k->more = low + (high - low) / 2;
		if (conflict_ask(c, a, &bin) == FITS)
			high = k->more;
		else
			low = k->more;
	}
	k->more = high;
	if (v == FITS)
		*ret = (struct solve_relaxation){k->cause, high, size_of(c, k), bin};
	k->more = 0;
	return v == FITS;
}

static int relaxation_order(const void *x, const void *y)
{
	const struct solve_relaxation *a = x, *b = y;

	if (a->size < b->size || a->size > b->size)
		return a->size < b->size ? -1 : 1;
	return a->what.rule < b->what.rule ? -1 : a->what.rule > b->what.rule;
}

/* A constraint that may be loosened, by no less than @least, which would be of this size. */
struct hope {
	struct knob *knob;
	int64_t least;
	double size;
};

static int hope_order(const void *x, const void *y)
{
	const struct hope *a = x, *b = y;

	if (a->size < b->size || a->size > b->size)
		return a->size < b->size ? -1 : 1;
	return a->knob < b->knob ? -1 : a->knob > b->knob;
}

static size_t list_hopes(struct conflict *c, const bool *on, const int64_t *need, struct hope *ret)
{
	size_t n = 0;

	for (size_t k = 0; k < c->knobs.n; k++) {
		struct knob *knob = &c->knobs.at[k];
		int64_t least = knob->cause.rule == SOLVE_RULE_CAPACITY ? need[knob->cause.res] : 1;

		if (!on[k])
			continue;
		knob->more = least > 1 ? least : 1;
		ret[n++] = (struct hope){knob, least, size_of(c, knob)};
		knob->more = 0;
	}
	if (n)
		qsort(ret, n, sizeof(*ret), hope_order);
	return n;
}

static void relax_singly(struct conflict *c, struct arena *a, const bool *on,
			 struct solve_conflict *ret)
{
	const struct solve_problem *p = c->p;
	vec_of(struct solve_relaxation) found = {0};
	bool *caps = arena_new_n(a, bool, p->n_bins * p->n_res + 1);

	for (size_t k = 0; k < c->knobs.n; k++)
		if (on[k] && c->knobs.at[k].cause.rule == SOLVE_RULE_CAPACITY)
			caps[c->knobs.at[k].cause.bin * p->n_res + c->knobs.at[k].cause.res] = true;
	int64_t *need = arena_new_n(a, int64_t, p->n_res + 1);
	for (uint32_t r = 0; p->capacity && r < p->n_res; r++)
		need[r] = deficit(c, caps, r);
	memset(c->out, 0, p->n_items * sizeof(*c->out));
	for (size_t k = 0; k < c->knobs.n; k++)
		c->knobs.at[k].off = false;
	struct hope *hope = arena_new_n(a, struct hope, c->knobs.n + 1);
	size_t n = list_hopes(c, on, need, hope);
	for (size_t k = 0; k < n; k++) {
		struct solve_relaxation r;
		uint64_t rest = c->used < c->budget ? c->budget - c->used : 0;
		uint64_t share = rest / (n - k < 4 ? n - k : 4);

		c->each = share / 8 + 1;
		if (loosen(c, a, hope[k].knob, hope[k].least, c->used + share, &r))
			*vec_push(a, &found) = r;
	}
	if (found.n)
		qsort(found.at, found.n, sizeof(*found.at), relaxation_order);
	ret->relaxation = found.at;
	ret->n_relaxations = found.n;
}

/* ---- Several capacities of one bin ---------------------------------------------------------- */

struct several {
	struct knob **knob; /* [n] */
	int64_t *least, *unit;
	size_t n;
};

static enum verdict try_several(struct conflict *c, struct arena *a, const struct several *s,
				int64_t times, uint32_t **ret_bin)
{
	for (size_t k = 0; k < s->n; k++)
		s->knob[k]->more = s->least[k] + times * s->unit[k];
	return conflict_ask(c, a, ret_bin);
}

/* The capacities of @bin that the totals exceed, or (@all) all of them. */
static struct several several_of(struct conflict *c, struct arena *a, uint32_t bin,
				 const int64_t *need, bool all)
{
	const struct solve_problem *p = c->p;
	struct several s = {arena_new_n(a, struct knob *, p->n_res + 1),
			    arena_new_n(a, int64_t, p->n_res + 1),
			    arena_new_n(a, int64_t, p->n_res + 1), 0};

	for (size_t k = 0; k < c->knobs.n; k++) {
		const struct solve_cause *w = &c->knobs.at[k].cause;
		int64_t sum = 0;

		if (w->rule != SOLVE_RULE_CAPACITY || w->bin != bin || (!all && !need[w->res]))
			continue;
		for (size_t i = 0; p->use && i < p->n_items; i++)
			sum += p->use[i * p->n_res + w->res];
		s.knob[s.n] = &c->knobs.at[k];
		s.least[s.n] = need[w->res];
		s.unit[s.n++] = 1 + sum / (int64_t)(8 * p->n_items);
	}
	return s;
}

/* Each change alone as small as the others let it be. */
static void trim(struct conflict *c, struct arena *a, const struct several *s, uint64_t until,
		 uint32_t **bin)
{
	for (size_t k = 0; k < s->n; k++) {
		int64_t high = s->knob[k]->more, low = s->least[k] - 1;

		while (high - low > 1 && c->used < until) {
			uint32_t *other = NULL;

			s->knob[k]->more = low + (high - low) / 2;
			if (conflict_ask(c, a, &other) == FITS) {
				high = s->knob[k]->more;
				*bin = other;
			} else {
				low = s->knob[k]->more;
			}
		}
		s->knob[k]->more = high;
	}
}

static bool relax_bin(struct conflict *c, struct arena *a, const struct several *s, int64_t most,
		      struct solve_conflict *ret)
{
	uint32_t *bin = NULL;
	int64_t times = 0;

	if (!s->n)
		return false;
	while (try_several(c, a, s, times, &bin) != FITS) {
		times = 2 * times + 1;
		if (times > most || c->used >= c->budget)
			return false;
	}
	trim(c, a, s, c->used + (c->budget - c->used) / 2, &bin);
	ret->change = arena_new_n(a, struct solve_change, s->n);
	for (size_t k = 0; k < s->n; k++)
		if (s->knob[k]->more)
			ret->change[ret->n_changes++] =
				(struct solve_change){s->knob[k]->cause, s->knob[k]->more};
	ret->change_bin = bin;
	return true;
}

/* No single constraint is to blame: more of several resources where there is most. */
static void relax_together(struct conflict *c, struct arena *a, struct solve_conflict *ret)
{
	const struct solve_problem *p = c->p;
	bool *all = arena_new_n(a, bool, p->n_bins * p->n_res + 1);
	int64_t *need = arena_new_n(a, int64_t, p->n_res + 1);
	uint32_t largest = 0;

	memset(all, 1, p->n_bins * p->n_res);
	for (uint32_t r = 0; r < p->n_res; r++)
		need[r] = deficit(c, all, r);
	for (uint32_t b = 1; b < p->n_bins; b++)
		if (p->capacity[b * p->n_res] > p->capacity[largest * p->n_res])
			largest = b;
	size_t short_of = 0;
	for (uint32_t r = 0; r < p->n_res; r++)
		short_of += need[r] > 0;
	/* One alone was tried before: then its bin is too small in other ways too. */
	for (int whole = short_of < 2; whole < 2 && !ret->n_changes; whole++) {
		struct several s = several_of(c, a, largest, need, whole);
		uint64_t rest = c->used < c->budget ? c->budget - c->used : 0;

		c->each = 1 + rest / 64;
		if (!relax_bin(c, a, &s, whole ? 1 << 20 : 255, ret))
			for (size_t k = 0; k < s.n; k++)
				s.knob[k]->more = 0;
	}
}

void conflict_relax(struct conflict *c, struct arena *a, const bool *on, struct solve_conflict *ret)
{
	uint64_t all = c->budget;
	bool capacity = false;

	for (size_t k = 0; k < c->knobs.n; k++)
		capacity |= on[k] && c->knobs.at[k].cause.rule == SOLVE_RULE_CAPACITY;
	/* A part is kept for what may come after. */
	if (capacity && c->used < all)
		c->budget = c->used + (all - c->used) / 2;
	relax_singly(c, a, on, ret);
	c->budget = all;
	if (capacity && !ret->n_relaxations)
		relax_together(c, a, ret);
}
