// SPDX-License-Identifier: Apache-2.0
/* Small worlds of every kind turned around or measured in other units: the same answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "solve/solve.h"
#include "world.h"

enum { WORLDS = 2000 };

static struct solve_answer answer_of(struct arena *a, const struct solve_problem *p)
{
	struct solve_options o = {.budget = 2 * SOLVE_SECOND};
	struct solve_answer answer = {0};

	assert_null(solve(a, p, &o, &answer));
	return answer;
}

static const int64_t *times(struct arena *a, const int64_t *at, size_t n, int64_t factor)
{
	int64_t *grown = arena_new_n(a, int64_t, n + 1);

	if (!at)
		return NULL;
	for (size_t k = 0; k < n; k++)
		grown[k] = at[k] == SOLVE_UNLIMITED ? at[k] : factor * at[k];
	return grown;
}

static size_t n_pairs(const struct solve_problem *p)
{
	return solve_pair_first(p, p->n_items);
}

static void other_units_of_resources_change_nothing(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= WORLDS; seed++) {
		struct arena a scoped_arena = {0};
		struct dice d = {seed};
		struct solve_problem p, q;

		world_random(&a, &d, 6, 4, 10 + (int64_t)(seed % 5) * 15, &p);
		q = p;
		/* Soft capacities and balances price units: cheaper by the factor would be halves.
		 */
		if (p.soft || p.n_balances)
			continue;
		q.use = times(&a, p.use, p.n_items * p.n_res, 1000);
		q.pair_use = times(&a, p.pair_use, n_pairs(&p) * p.n_res, 1000);
		q.capacity = times(&a, p.capacity, p.n_bins * p.n_res, 1000);
		struct solve_answer x = answer_of(&a, &p), y = answer_of(&a, &q);
		assert_int_equal(x.status, y.status);
		assert_true(!x.bin || x.total == y.total);
		if (x.bin)
			assert_memory_equal(x.bin, y.bin, p.n_items * sizeof(*x.bin));
	}
}

static void other_units_of_cost_change_nothing_but_the_number(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= WORLDS; seed++) {
		struct arena a scoped_arena = {0};
		struct dice d = {seed};
		struct solve_problem p, q;

		world_random(&a, &d, 6, 4, 10 + (int64_t)(seed % 5) * 15, &p);
		if (p.weighted)
			continue;
		q = p;
		q.weighted = true;
		memset(q.level, 0, sizeof(q.level));
		for (size_t t = 0; t < SOLVE_TERMS; t++)
			q.weight[t] = t < SOLVE_WORST_MOVE ? 1000 : 0;
		struct solve_answer x = answer_of(&a, &p), y = answer_of(&a, &q);
		assert_int_equal(x.status, y.status);
		assert_true(!x.bin || 1000 * x.total == y.total);
		if (x.bin)
			assert_memory_equal(x.bin, y.bin, p.n_items * sizeof(*x.bin));
	}
}

/* Item i becomes n - 1 - i. */
static void turn_items(struct arena *a, struct solve_problem *p)
{
	const struct solve_problem was = *p;
	size_t n = p->n_items, R = p->n_res, m = p->n_bins;
	size_t *first = arena_new_n(a, size_t, n + 1), at = 0;
	uint32_t *bin = arena_new_n(a, uint32_t, n * m + 1);
	int64_t *cost = arena_new_n(a, int64_t, n * m + 1);
	int64_t *pair_use = arena_new_n(a, int64_t, n * m * R + 1);
	int64_t *use = arena_new_n(a, int64_t, n * R + 1);
	int64_t *move_cost = arena_new_n(a, int64_t, n + 1);
	uint32_t *now = arena_new_n(a, uint32_t, n + 1);

	for (size_t i = 0; i < n; i++) {
		size_t old = n - 1 - i;

		first[i] = at;
		for (size_t k = solve_pair_first(&was, old); k < solve_pair_first(&was, old + 1);
		     k++) {
			bin[at] = solve_pair_bin(&was, old, k);
			cost[at] = was.pair_cost ? was.pair_cost[k] : 0;
			for (size_t r = 0; was.pair_use && r < R; r++)
				pair_use[at * R + r] = was.pair_use[k * R + r];
			at++;
		}
		for (size_t r = 0; was.use && r < R; r++)
			use[i * R + r] = was.use[old * R + r];
		move_cost[i] = was.move_cost ? was.move_cost[old] : 0;
		now[i] = was.now ? was.now[old] : SOLVE_NOWHERE;
	}
	first[n] = at;
	p->first = first;
	p->bin = bin;
	p->pair_cost = cost;
	p->pair_use = was.pair_use ? pair_use : NULL;
	p->use = was.use ? use : NULL;
	p->move_cost = was.move_cost ? move_cost : NULL;
	p->now = was.now ? now : NULL;
	struct solve_link *link = arena_new_n(a, struct solve_link, p->n_links + 1);
	for (size_t k = 0; k < p->n_links; k++) {
		link[k] = was.link[k];
		link[k].a = (uint32_t)(n - 1 - was.link[k].a);
		link[k].b = (uint32_t)(n - 1 - was.link[k].b);
	}
	p->link = link;
	struct solve_group *group = arena_new_n(a, struct solve_group, p->n_groups + 1);
	for (size_t g = 0; g < p->n_groups; g++) {
		uint32_t *item = arena_new_n(a, uint32_t, was.group[g].n + 1);

		group[g] = was.group[g];
		for (size_t k = 0; k < group[g].n; k++)
			item[k] = (uint32_t)(n - 1 - was.group[g].item[group[g].n - 1 - k]);
		group[g].item = item;
	}
	p->group = group;
}

static void the_order_of_items_changes_no_cost_and_no_verdict(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= WORLDS; seed++) {
		struct arena a scoped_arena = {0};
		struct dice d = {seed};
		struct solve_problem p, q;

		world_random(&a, &d, 6, 4, 10 + (int64_t)(seed % 5) * 15, &p);
		q = p;
		turn_items(&a, &q);
		struct solve_answer x = answer_of(&a, &p), y = answer_of(&a, &q);
		assert_int_equal(x.status, y.status);
		assert_true(!x.bin || (x.total == y.total && x.moves == y.moves));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_units_of_resources_change_nothing),
		cmocka_unit_test(other_units_of_cost_change_nothing_but_the_number),
		cmocka_unit_test(the_order_of_items_changes_no_cost_and_no_verdict),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
