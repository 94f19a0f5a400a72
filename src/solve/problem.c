// SPDX-License-Identifier: Apache-2.0
/* Refusing problems that make no sense, before anything is computed from them. */
#include "solve/problem.h"

#include "base/arena.h"
#include "base/err.h"
#include "solve/answer.h"
#include "solve/core.h"

static const int64_t HUGE_USE = INT64_C(1) << 62;

#define REFUSE(a, ...) return err_new((a), ERR_INPUT, __VA_ARGS__)

static bool all_positive(const int64_t *at, size_t n)
{
	for (size_t k = 0; at && k < n; k++)
		if (at[k] < 0)
			return false;
	return true;
}

static struct err *check_pairs(struct arena *a, const struct solve_problem *p)
{
	if (p->n_items >= UINT32_MAX || p->n_bins >= UINT32_MAX)
		REFUSE(a, "too many items or bins");
	if (p->first && p->first[0] != 0)
		REFUSE(a, "the first pair of item 0 must be 0");
	for (size_t i = 0; p->first && i < p->n_items; i++) {
		if (p->first[i + 1] < p->first[i])
			REFUSE(a, "the pairs of item %zu end before they begin", i);
		for (size_t k = p->first[i]; k < p->first[i + 1]; k++) {
			if (p->bin[k] >= p->n_bins)
				REFUSE(a, "item %zu has a pair with bin %u, which does not exist",
				       i, p->bin[k]);
			if (k > p->first[i] && p->bin[k - 1] >= p->bin[k])
				REFUSE(a, "the bins of item %zu are not in ascending order", i);
		}
	}
	for (size_t i = 0; p->now && i < p->n_items; i++)
		if (p->now[i] != SOLVE_NOWHERE && p->now[i] >= p->n_bins)
			REFUSE(a, "item %zu is now in bin %u, which does not exist", i, p->now[i]);
	return NULL;
}

static struct err *check_amounts(struct arena *a, const struct solve_problem *p)
{
	size_t n_pairs = solve_pair_first(p, p->n_items);
	size_t n_uses = p->n_items * p->n_res, n_places = p->n_bins * p->n_res;

	if (!all_positive(p->use, n_uses) || !all_positive(p->pair_use, n_pairs * p->n_res))
		REFUSE(a, "a use is negative");
	if (!all_positive(p->soft, n_places) || !all_positive(p->bin_cost, p->n_bins) ||
	    !all_positive(p->move_cost, p->n_items) ||
	    (p->route_cost && !all_positive(p->route_cost, p->n_bins * p->n_bins)))
		REFUSE(a, "a cost or soft capacity is negative");
	if (p->soft && (!p->soft_price || !all_positive(p->soft_price, p->n_res)))
		REFUSE(a, "a soft capacity has no price, or a negative one");
	for (size_t r = 0; r < p->n_res; r++) {
		int64_t sum = 0;

		for (size_t i = 0; i < p->n_items; i++) {
			int64_t most = 0;

			for (size_t k = solve_pair_first(p, i); k < solve_pair_first(p, i + 1); k++)
				if (solve_pair_use(p, i, k, r) > most)
					most = solve_pair_use(p, i, k, r);
			if (most > HUGE_USE - sum)
				REFUSE(a, "the uses of resource %zu do not fit 62 bits", r);
			sum += most;
		}
	}
	for (size_t k = 0; k < p->n_balances; k++) {
		const struct solve_balance *b = &p->balance[k];

		if (b->first >= p->n_res || b->second >= p->n_res || b->price < 0 || !p->capacity)
			REFUSE(a, "balance %zu names a resource that does not exist", k);
	}
	return NULL;
}

static struct err *check_links(struct arena *a, const struct solve_problem *p)
{
	for (size_t k = 0; k < p->n_metrics; k++)
		if (!all_positive(p->metric[k], p->n_bins * p->n_bins))
			REFUSE(a, "metric %zu has a negative distance", k);
	for (size_t k = 0; k < p->n_links; k++) {
		const struct solve_link *l = &p->link[k];

		if (l->a >= p->n_items || l->b >= p->n_items || l->a == l->b)
			REFUSE(a, "link %zu does not join two items", k);
		if (l->metric >= p->n_metrics || l->weight < 0)
			REFUSE(a, "link %zu has no metric or a negative weight", k);
	}
	return NULL;
}

static bool places_fit(const uint32_t *place, uint32_t n_places, size_t n_bins)
{
	for (size_t b = 0; place && b < n_bins; b++)
		if (place[b] >= n_places)
			return false;
	return true;
}

static struct err *check_groups(struct arena *a, const struct solve_problem *p)
{
	struct arena scratch scoped_arena = {0};
	uint32_t *seen = arena_new_n(&scratch, uint32_t, p->n_items + 1);

	for (size_t g = 0; g < p->n_groups; g++) {
		const struct solve_group *group = &p->group[g];

		if (!places_fit(group->place, group->n_places, p->n_bins))
			REFUSE(a, "group %zu has a place that does not exist", g);
		if (group->move_cost < 0)
			REFUSE(a, "group %zu has a negative move cost", g);
		for (size_t k = 0; k < group->n; k++) {
			if (group->item[k] >= p->n_items || seen[group->item[k]] == g + 1)
				REFUSE(a, "group %zu has an item twice or one that does not exist",
				       g);
			seen[group->item[k]] = (uint32_t)g + 1;
		}
	}
	for (size_t k = 0; k < p->n_dependencies; k++) {
		const struct solve_dependency *d = &p->dependency[k];

		if (d->group >= p->n_groups || d->needs >= p->n_groups)
			REFUSE(a, "dependency %zu names a group that does not exist", k);
		if (d->place ? !places_fit(d->place, d->n_places, p->n_bins)
			     : d->metric >= p->n_metrics)
			REFUSE(a, "dependency %zu has a place or metric that does not exist", k);
	}
	return NULL;
}

struct err *solve_problem_check(struct arena *a, const struct solve_problem *p)
{
	int64_t w[SOLVE_TERMS];

	TRY(check_pairs(a, p));
	TRY(check_amounts(a, p));
	TRY(check_links(a, p));
	TRY(check_groups(a, p));
	for (size_t t = 0; p->weighted && t < SOLVE_TERMS; t++)
		if (p->weight[t] < 0)
			REFUSE(a, "the weight of '%s' is negative",
			       solve_term_name((enum solve_term)t));
	if (!core_weights(p, w))
		REFUSE(a, "the objective does not fit 62 bits");
	return NULL;
}
