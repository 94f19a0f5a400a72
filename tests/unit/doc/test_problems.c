// SPDX-License-Identifier: Apache-2.0
#include "check.h"
#include "doc/problems.h"

static void a_problem_is_told_with_its_place_and_hint(void **state)
{
	struct arena a scoped_arena = {0};
	struct problems ps = {.a = &a};
	(void)state;

	struct problem *p = problems_add(&ps, SEVERITY_ERROR, (struct mark){"g.yaml", 5, 15},
					 "wrong-type", "'%s' must be text", "id");
	assert_string_equal(problem_text(&a, p), "g.yaml:5:15: error: 'id' must be text");
	p->hint = "Put it in quotes.";
	assert_string_equal(problem_text(&a, p),
			    "g.yaml:5:15: error: 'id' must be text (Put it in quotes.)");
	p = problems_add(&ps, SEVERITY_WARNING, (struct mark){0}, "x", "odd");
	assert_string_equal(problem_text(&a, p), "warning: odd");
	p = problems_add(&ps, SEVERITY_NOTE, (struct mark){0}, "x", "by the way\x1b[1m");
	assert_string_equal(problem_text(&a, p), "note: by the way?[1m");
	assert_int_equal(ps.n_errors, 1);
}

static void all_errors_become_one(void **state)
{
	struct arena a scoped_arena = {0};
	struct problems ps = {.a = &a};
	(void)state;

	problems_add(&ps, SEVERITY_WARNING, (struct mark){"g", 1, 1}, "w", "only a warning");
	assert_null(problems_err(&a, &ps));
	problems_add(&ps, SEVERITY_ERROR, (struct mark){"g", 2, 3}, "e", "one")->hint = "Try.";
	struct err *e = problems_err(&a, &ps);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_INPUT);
	assert_string_equal(e->msg, "g:2:3: one");
	assert_string_equal(e->hint, "Try.");
	problems_add(&ps, SEVERITY_ERROR, (struct mark){0}, "e", "two");
	e = problems_err(&a, &ps);
	assert_non_null(e);
	assert_string_equal(e->msg, "g:2:3: one (Try.)\ntwo");
}

static void they_are_sorted_by_place_and_stay_in_order_there(void **state)
{
	static const struct mark marks[] = {{"b", 1, 1}, {NULL, 0, 0}, {"a", 2, 1},
					    {"a", 1, 9}, {"a", 1, 2},  {"a", 1, 2}};
	struct arena a scoped_arena = {0};
	struct problems ps = {.a = &a};
	struct str order = {.a = &a};
	(void)state;

	for (size_t i = 0; i < countof(marks); i++)
		problems_add(&ps, SEVERITY_ERROR, marks[i], "x", "%zu", i);
	problems_sort(&ps);
	for (size_t i = 0; i < ps.list.n; i++)
		str_add(&order, ps.list.at[i].msg);
	assert_string_equal(str_text(&order), "453201");
}

static void beyond_a_thousand_they_are_only_counted(void **state)
{
	struct arena a scoped_arena = {0};
	struct problems ps = {.a = &a};
	(void)state;

	for (int i = 0; i < 1500; i++)
		problems_add(&ps, SEVERITY_ERROR, (struct mark){0}, "x", "bad")->hint = NULL;
	assert_int_equal(ps.list.n, 1000);
	assert_int_equal(ps.n_errors, 1500);
	struct err *e = problems_err(&a, &ps);
	assert_non_null(e);
	assert_true(str_ends(e->msg, "bad\nand 500 more"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_problem_is_told_with_its_place_and_hint),
		cmocka_unit_test(all_errors_become_one),
		cmocka_unit_test(they_are_sorted_by_place_and_stay_in_order_there),
		cmocka_unit_test(beyond_a_thousand_they_are_only_counted),
	};

	return run_group(tests);
}
