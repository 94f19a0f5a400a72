// SPDX-License-Identifier: Apache-2.0
/* What the optimiser says: statuses, the conflict and its ways out, the stop flag, the order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "solve/solve.h"

/* Three items of 4 and two bins of 5 and 6: one item has no place. */
static const int64_t USE[] = {4, 4, 4};
static const int64_t CAPACITY[] = {5, 6};

static struct solve_problem too_full(void)
{
	return (struct solve_problem){
		.n_items = 3, .n_bins = 2, .n_res = 1, .use = USE, .capacity = CAPACITY};
}

static void what_does_not_fit_is_proved_infeasible(void **state)
{
	struct arena a scoped_arena = {0};
	struct solve_problem p = too_full();
	struct solve_options o = {.budget = 10000};
	struct solve_answer answer;

	(void)state;
	assert_null(solve(&a, &p, &o, &answer));
	assert_int_equal(answer.status, SOLVE_INFEASIBLE);
	assert_null(answer.bin);
}

static void a_conflict_names_each_capacity_and_the_least_that_is_missing(void **state)
{
	struct arena a scoped_arena = {0};
	struct solve_problem p = too_full();
	struct solve_options o = {.budget = 100000};
	struct solve_conflict c;

	(void)state;
	assert_null(solve_conflict(&a, &p, &o, &c));
	assert_true(c.proved);
	assert_true(c.irreducible);
	assert_int_equal(c.n_causes, 2);
	assert_int_equal(c.n_relaxations, 2);
	/* Two items of 4 need 8: 2 more than 6, or 3 more than 5. */
	assert_int_equal(c.relaxation[0].what.bin, 1);
	assert_int_equal(c.relaxation[0].amount, 2);
	assert_int_equal(c.relaxation[1].what.bin, 0);
	assert_int_equal(c.relaxation[1].amount, 3);
}

static void each_relaxation_comes_with_an_assignment_that_it_makes_possible(void **state)
{
	struct arena a scoped_arena = {0};
	struct solve_problem p = too_full();
	struct solve_options o = {.budget = 100000};
	struct solve_conflict c;

	(void)state;
	assert_null(solve_conflict(&a, &p, &o, &c));
	assert_true(c.n_relaxations > 0);
	for (size_t k = 0; k < c.n_relaxations; k++) {
		int64_t more[2] = {CAPACITY[0], CAPACITY[1]};
		struct solve_problem q = p;

		more[c.relaxation[k].what.bin] += c.relaxation[k].amount;
		q.capacity = more;
		assert_true(solve_check(&q, c.relaxation[k].bin, NULL, NULL));
		more[c.relaxation[k].what.bin]--;
		assert_false(solve_check(&q, c.relaxation[k].bin, NULL, NULL));
	}
}

static void a_raised_flag_ends_a_conflict_without_a_claim(void **state)
{
	struct arena a scoped_arena = {0};
	struct solve_problem p = too_full();
	atomic_bool stop;
	struct solve_options o = {.budget = SOLVE_SECOND, .stop = &stop};
	struct solve_conflict c;

	(void)state;
	atomic_init(&stop, true);
	assert_null(solve_conflict(&a, &p, &o, &c));
	assert_false(c.proved);
	assert_int_equal(c.n_relaxations, 0);
}

static void a_budget_of_one_unit_claims_nothing_that_is_not_so(void **state)
{
	struct arena a scoped_arena = {0};
	struct solve_problem p = too_full();
	struct solve_options o = {.budget = 1};
	struct solve_conflict c;

	(void)state;
	assert_null(solve_conflict(&a, &p, &o, &c));
	assert_false(c.irreducible);
}

/* @n items of many sizes, linked in a ring, in bins that are tight. */
static struct solve_problem ring(struct arena *a, size_t n, size_t m)
{
	int64_t *use = arena_new_n(a, int64_t, n), *capacity = arena_new_n(a, int64_t, m);
	int64_t *cost = arena_new_n(a, int64_t, n * m), *far = arena_new_n(a, int64_t, m * m);
	const int64_t **metric = arena_new_n(a, const int64_t *, 1);
	struct solve_link *link = arena_new_n(a, struct solve_link, n);
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		use[i] = 3 + (int64_t)(i * 7 % 11);
		sum += use[i];
		for (size_t b = 0; b < m; b++)
			cost[i * m + b] = (int64_t)((i * 13 + b * 29) % 97);
		link[i] = (struct solve_link){(uint32_t)i, (uint32_t)((i + 1) % n), 0, 3,
					      SOLVE_UNLIMITED};
	}
	for (size_t b = 0; b < m; b++) {
		capacity[b] = sum * 5 / (4 * (int64_t)m);
		for (size_t c = 0; c < m; c++)
			far[b * m + c] = (int64_t)(b > c ? b - c : c - b);
	}
	metric[0] = far;
	return (struct solve_problem){.n_items = n,
				      .n_bins = m,
				      .n_res = 1,
				      .use = use,
				      .capacity = capacity,
				      .pair_cost = cost,
				      .metric = metric,
				      .n_metrics = 1,
				      .link = link,
				      .n_links = n};
}

static void the_same_budget_gives_the_same_answer(void **state)
{
	struct arena a scoped_arena = {0};
	struct solve_problem p = ring(&a, 120, 12);
	struct solve_options o = {.budget = 60000};
	struct solve_answer first, second;

	(void)state;
	assert_null(solve(&a, &p, &o, &first));
	assert_null(solve(&a, &p, &o, &second));
	assert_non_null(first.bin);
	assert_true(first.total == second.total && first.bound == second.bound);
	assert_true(first.work == second.work);
	assert_memory_equal(first.bin, second.bin, p.n_items * sizeof(*first.bin));
}

static void a_larger_budget_is_no_worse_and_the_bound_holds(void **state)
{
	struct arena a scoped_arena = {0};
	struct solve_problem p = ring(&a, 60, 8);
	struct solve_options brief = {.budget = 10000}, longer = {.budget = 400000};
	struct solve_answer first, second;

	(void)state;
	assert_null(solve(&a, &p, &brief, &first));
	assert_null(solve(&a, &p, &longer, &second));
	assert_true(first.bound <= second.total);
	assert_true(second.bound <= first.total);
	assert_true(second.total <= first.total);
}

static void a_stopped_answer_says_so(void **state)
{
	struct arena a scoped_arena = {0};
	struct solve_problem p = ring(&a, 200, 20);
	atomic_bool stop;
	struct solve_options o = {.budget = 100 * SOLVE_SECOND, .stop = &stop};
	struct solve_answer answer;

	(void)state;
	atomic_init(&stop, true);
	assert_null(solve(&a, &p, &o, &answer));
	assert_true(answer.stopped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_fit_is_proved_infeasible),
		cmocka_unit_test(a_conflict_names_each_capacity_and_the_least_that_is_missing),
		cmocka_unit_test(each_relaxation_comes_with_an_assignment_that_it_makes_possible),
		cmocka_unit_test(a_raised_flag_ends_a_conflict_without_a_claim),
		cmocka_unit_test(a_budget_of_one_unit_claims_nothing_that_is_not_so),
		cmocka_unit_test(the_same_budget_gives_the_same_answer),
		cmocka_unit_test(a_larger_budget_is_no_worse_and_the_bound_holds),
		cmocka_unit_test(a_stopped_answer_says_so),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
