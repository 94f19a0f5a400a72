// SPDX-License-Identifier: Apache-2.0
/*
 * Why an item is where it is: every other bin is tried for it, everything else as in the answer, by
 * the independent check.  What a choice costs is the difference of the objectives.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "solve/solve.h"

static void try_bin(const struct solve_problem *p, uint32_t *bin, size_t i, uint32_t b, int64_t now,
		    struct solve_choice *ret)
{
	struct solve_cause cause = {0};
	int64_t term[SOLVE_TERMS] = {0};
	uint32_t chosen = bin[i];

	ret->bin = b;
	ret->excluded = (struct solve_cause){0};
	ret->extra = 0;
	if (b == chosen)
		return;
	bin[i] = b;
	if (!solve_check(p, bin, &cause, term))
		ret->excluded = cause;
	else
		ret->extra = solve_total(p, term) - now;
	bin[i] = chosen;
}

static void explain_item(const struct solve_problem *p, uint32_t *bin, size_t i, int64_t now,
			 struct solve_item_why *w)
{
	w->bin = bin[i];
	w->runner_up = SOLVE_NOWHERE;
	for (uint32_t b = 0; b < p->n_bins; b++) {
		struct solve_choice *c = &w->choice[b];

		try_bin(p, bin, i, b, now, c);
		if (b == bin[i] || c->excluded.rule != SOLVE_RULE_NONE)
			continue;
		if (w->runner_up == SOLVE_NOWHERE || c->extra < w->runner_up_extra) {
			w->runner_up = b;
			w->runner_up_extra = c->extra;
		}
	}
}

struct err *solve_explain(struct arena *a, const struct solve_problem *p, const uint32_t *bin,
			  struct solve_why *ret_why)
{
	struct solve_why w = {.item = arena_new_n(a, struct solve_item_why, p->n_items)};
	uint32_t *copy = arena_memdup(a, bin, p->n_items * sizeof(*bin));
	int64_t term[SOLVE_TERMS] = {0};

	TRY(solve_problem_check(a, p));
	if (!solve_check(p, copy, NULL, term))
		return err_new(a, ERR_INPUT,
			       "an assignment that breaks a constraint cannot be "
			       "explained");
	for (size_t i = 0; i < p->n_items; i++) {
		w.item[i].choice = arena_new_n(a, struct solve_choice, p->n_bins);
		explain_item(p, copy, i, solve_total(p, term), &w.item[i]);
	}
	*ret_why = w;
	return NULL;
}

/* ---- why not ---- */

static int64_t used(const struct solve_problem *p, const uint32_t *bin, uint32_t b, size_t r)
{
	int64_t sum = 0;

	for (size_t i = 0; i < p->n_items; i++)
		if (bin[i] == b)
			sum += solve_pair_use(p, i, solve_pair_find(p, i, b), r);
	return sum;
}

/* Does it fit when one capacity is lifted?  Then by how much it must grow. */
static struct err *relax_capacity(struct arena *a, const struct solve_problem *p,
				  const struct solve_options *o, uint32_t b, size_t r,
				  bool *ret_fits, struct solve_relaxation *ret)
{
	size_t n = p->n_bins * p->n_res, at = b * p->n_res + r;
	int64_t *capacity = arena_memdup(a, p->capacity, n * sizeof(*capacity));
	struct solve_problem loose = *p;
	struct solve_options any = *o;
	struct solve_answer answer = {0};

	capacity[at] = SOLVE_UNLIMITED;
	loose.capacity = capacity;
	any.method = SOLVE_BEST;
	any.any = true;
	TRY(solve(a, &loose, &any, &answer));
	*ret_fits = answer.bin;
	if (!answer.bin)
		return NULL;
	*ret = (struct solve_relaxation){
		.what = {SOLVE_RULE_CAPACITY, UINT32_MAX, b, (uint32_t)r, UINT32_MAX},
		.amount = used(p, answer.bin, b, r) - p->capacity[at],
		.bin = answer.bin,
	};
	ret->size = (double)ret->amount / (double)(p->capacity[at] > 0 ? p->capacity[at] : 1);
	return NULL;
}

static void rank(struct solve_relaxation *list, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k > 0 && list[k].size < list[k - 1].size; k--) {
			struct solve_relaxation t = list[k];
			list[k] = list[k - 1];
			list[k - 1] = t;
		}
}

struct err *solve_conflict(struct arena *a, const struct solve_problem *p,
			   const struct solve_options *o, struct solve_conflict *ret_conflict)
{
	struct solve_conflict c = {0};
	struct solve_options any = *o;
	struct solve_answer answer = {0};
	vec_of(struct solve_relaxation) found = {0};

	any.method = SOLVE_BEST;
	any.any = true;
	TRY(solve(a, p, &any, &answer));
	c.proved = answer.status == SOLVE_INFEASIBLE;
	for (uint32_t b = 0; p->capacity && !answer.bin && b < p->n_bins; b++)
		for (size_t r = 0; r < p->n_res; r++) {
			struct solve_relaxation x = {0};
			bool fits = false;

			TRY(relax_capacity(a, p, o, b, r, &fits, &x));
			if (fits && x.amount > 0)
				*vec_push(a, &found) = x;
		}
	if (found.n)
		rank(found.at, found.n);
	c.relaxation = found.at;
	c.n_relaxations = found.n;
	*ret_conflict = c;
	return NULL;
}
