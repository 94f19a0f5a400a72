// SPDX-License-Identifier: Apache-2.0
/* What tests/oracle compares with promtool is not repeated here: messages, positions and facts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "plan/promql.h"

static struct promql_facts facts_of(struct arena *a, const char *text)
{
	struct promql_facts f = {0};

	assert_null(promql_check(a, text, &f));
	return f;
}

static void refused(const char *text, const char *message)
{
	struct arena a scoped_arena = {0};
	struct promql_facts f;
	struct err *err = promql_check(&a, text, &f);

	assert_non_null(err);
	assert_int_equal(err->kind, ERR_INPUT);
	assert_string_equal(err->msg, message);
}

static void the_type_of_a_query_is_known(void **state)
{
	struct arena a scoped_arena = {0};

	(void)state;
	assert_int_equal(facts_of(&a, "up").type, PROMQL_INSTANT);
	assert_int_equal(facts_of(&a, "up[5m]").type, PROMQL_RANGE);
	assert_int_equal(facts_of(&a, "1 + 2").type, PROMQL_SCALAR);
	assert_int_equal(facts_of(&a, "1 + up").type, PROMQL_INSTANT);
	assert_int_equal(facts_of(&a, "scalar(up)").type, PROMQL_SCALAR);
	assert_int_equal(facts_of(&a, "'x'").type, PROMQL_STRING);
}

static void it_is_known_whether_a_query_decides_anything(void **state)
{
	struct arena a scoped_arena = {0};

	(void)state;
	assert_true(facts_of(&a, "up > 1").compares);
	assert_true(facts_of(&a, "sum(up > 1) by (x)").compares);
	assert_true(facts_of(&a, "absent(up)").compares);
	assert_false(facts_of(&a, "up > bool 1").compares);
	assert_false(facts_of(&a, "rate(up[5m])").compares);
}

static void the_metrics_of_a_query_are_listed_once(void **state)
{
	struct arena a scoped_arena = {0};
	struct promql_facts f = facts_of(&a, "b / ignoring (x) a + b + {__name__=\"c\"}");

	(void)state;
	assert_int_equal(f.n_metrics, 3);
	assert_string_equal(f.metrics[0], "b");
	assert_string_equal(f.metrics[1], "a");
	assert_string_equal(f.metrics[2], "c");
}

static void mistakes_are_told_with_their_column(void **state)
{
	(void)state;
	refused("", "the query is empty");
	refused("# nothing", "the query is empty");
	refused("up{job=x}", "column 8: the value of 'job' must be quoted");
	refused("rate(up)", "column 6: 'rate' takes a range vector here, not an instant vector");
	refused("sum(up", "column 7: ',' or ')' is wanted, not the end");
	refused("up + ", "column 6: an expression is wanted, not the end");
	refused("1 > 2", "column 3: a comparison of scalars needs 'bool'");
	refused("up[0s]", "column 4: the duration must be above zero");
	refused("up $ x", "column 4: '$' has no meaning here");
	refused("up{a=~\"(\"}", "column 7: the regular expression '(' has a '(' without ')'");
	refused("up\xff", "the query is not UTF-8");
}

static void a_misspelt_function_is_suggested(void **state)
{
	struct arena a scoped_arena = {0};
	struct promql_facts f;
	struct err *err = promql_check(&a, "incraese(up[5m])", &f);

	(void)state;
	assert_string_equal(err->msg, "column 1: there is no function 'incraese'");
	assert_string_equal(err->hint, "Did you mean 'increase'?");
}

static void nesting_without_end_is_refused(void **state)
{
	enum { DEEP = 100000 };
	static char text[DEEP + 1], regex[DEEP + 16] = "up{a=~\"";
	struct arena a scoped_arena = {0};
	struct promql_facts f;

	(void)state;
	memset(text, '(', DEEP);
	assert_non_null(promql_check(&a, text, &f));
	memset(text, '-', DEEP);
	assert_non_null(promql_check(&a, text, &f));
	memset(regex + 7, '(', DEEP);
	memcpy(regex + 7 + DEEP, "\"}", 3);
	assert_non_null(promql_check(&a, regex, &f));
}

static void values_are_escaped_so_that_they_stay_values(void **state)
{
	struct arena a scoped_arena = {0};

	(void)state;
	assert_string_equal(promql_escape(&a, "a\"} or {b=\\\n"), "a\\\"} or {b=\\\\\\n");
}

static void names_of_labels_are_told_from_others(void **state)
{
	(void)state;
	assert_true(promql_is_label("_a1"));
	assert_false(promql_is_label("1a"));
	assert_false(promql_is_label("a:b"));
	assert_false(promql_is_label("a-b"));
	assert_false(promql_is_label(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_type_of_a_query_is_known),
		cmocka_unit_test(it_is_known_whether_a_query_decides_anything),
		cmocka_unit_test(the_metrics_of_a_query_are_listed_once),
		cmocka_unit_test(mistakes_are_told_with_their_column),
		cmocka_unit_test(a_misspelt_function_is_suggested),
		cmocka_unit_test(nesting_without_end_is_refused),
		cmocka_unit_test(values_are_escaped_so_that_they_stay_values),
		cmocka_unit_test(names_of_labels_are_told_from_others),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
