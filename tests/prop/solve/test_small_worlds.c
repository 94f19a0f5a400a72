// SPDX-License-Identifier: Apache-2.0
/* The optimiser against exhaustive search on small worlds with every kind of constraint. */
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

enum { WORLDS = 4000 };

struct truth {
	bool found;
	int64_t total, moves;
	uint32_t bin[8]; /* the canonical one: enumeration goes in its order */
};

static void enumerate(const struct solve_problem *p, struct truth *ret)
{
	uint32_t bin[8] = {0};
	struct truth t = {0};
	size_t i = 0;

	while (i < p->n_items) {
		int64_t term[SOLVE_TERMS];

		if (solve_check(p, bin, NULL, term)) {
			int64_t total = solve_total(p, term);

			if (!t.found || total < t.total ||
			    (total == t.total && term[SOLVE_MOVES] < t.moves)) {
				t = (struct truth){true, total, term[SOLVE_MOVES], {0}};
				memcpy(t.bin, bin, sizeof(bin));
			}
		}
		/* The last item changes fastest. */
		for (i = 0; i < p->n_items; i++) {
			size_t k = p->n_items - 1 - i;

			if (++bin[k] < p->n_bins)
				break;
			bin[k] = 0;
		}
	}
	*ret = t;
}

static void compare(uint64_t seed, size_t max_items, size_t max_bins, int64_t percent)
{
	struct arena a scoped_arena = {0};
	struct dice d = {seed};
	struct solve_problem p;
	struct solve_answer answer;
	struct solve_options o = {.budget = 2 * SOLVE_SECOND};
	struct truth truth;

	world_random(&a, &d, max_items, max_bins, percent, &p);
	struct err *e = solve(&a, &p, &o, &answer);
	if (e)
		print_error("world %llu: %s\n", (unsigned long long)seed, e->msg);
	assert_null(e);
	enumerate(&p, &truth);
	if (!truth.found && answer.status != SOLVE_INFEASIBLE)
		print_error("world %llu should be infeasible\n", (unsigned long long)seed);
	if (!truth.found) {
		assert_int_equal(answer.status, SOLVE_INFEASIBLE);
		return;
	}
	if (answer.status != SOLVE_OPTIMAL || answer.total != truth.total)
		print_error("world %llu: status %u, %lld instead of %lld\n",
			    (unsigned long long)seed, answer.status, (long long)answer.total,
			    (long long)truth.total);
	assert_int_equal(answer.status, SOLVE_OPTIMAL);
	assert_true(answer.total == truth.total);
	assert_true(answer.bound == truth.total);
	assert_true(answer.canonical);
	if (memcmp(answer.bin, truth.bin, p.n_items * sizeof(*answer.bin)) != 0)
		print_error("world %llu: not the first of the optima\n", (unsigned long long)seed);
	assert_memory_equal(answer.bin, truth.bin, p.n_items * sizeof(*answer.bin));
}

static void small_worlds_are_solved_as_exhaustive_search_does(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= WORLDS; seed++)
		compare(seed, 6, 4, 10 + (int64_t)(seed % 5) * 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_worlds_are_solved_as_exhaustive_search_does),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
