// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "plan/query.h"

static void words_are_replaced_and_escaped(void **state)
{
	struct arena a scoped_arena = {0};
	const struct query_words words = {"a\"b\\c", "shop", "30s"};

	(void)state;
	assert_string_equal(
		query_fill(&a, "sum(rate(x{service=\"$service\",ns=\"$project\"}[$window]))",
			   &words),
		"sum(rate(x{service=\"a\\\"b\\\\c\",ns=\"shop\"}[30s]))");
	assert_string_equal(query_fill(&a, "$windows $ $service_ $$window", &words),
			    "$windows $ $service_ $30s");
	assert_string_equal(query_fill(&a, "", &words), "");
}

/* What a value contains is never taken for a word. */
static void values_are_not_filled_in_again(void **state)
{
	struct arena a scoped_arena = {0};
	const struct query_words words = {"$project", "$window", "5m"};

	(void)state;
	assert_string_equal(query_fill(&a, "$service/$project/$window", &words),
			    "$project/$window/5m");
}

static void a_wrong_query_is_told(void **state)
{
	static const struct {
		const char *query, *msg; /* NULL: it is fine */
	} cases[] = {
		{"sum(rate(x{service=\"$service\"}[$window]))", NULL},
		{"scalar(x)", NULL},
		{"42", NULL},
		{"x[$window]", "it gives a range vector, not an instant vector or a number"},
		{"x{s=\"$name\"}", "'$name' is none of $service, $project and $window"},
		{"x{s=\"$services\"}", "'$services' is none of $service, $project and $window"},
		{"\"text\"", "it gives a text, not an instant vector or a number"},
	};
	struct arena a scoped_arena = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err *err = query_check(&a, cases[i].query);

		if (!cases[i].msg) {
			assert_null(err);
			continue;
		}
		assert_non_null(err);
		assert_int_equal(err->kind, ERR_INPUT);
		assert_string_equal(err->msg, cases[i].msg);
	}
}

static void only_queries_about_links_know_a_target(void **state)
{
	static const char template[] = "rate(x{from=\"$service\",to=\"$target\"}[$window])";
	struct arena a scoped_arena = {0};
	const struct query_words link = {"web", "shop", "1h", "$window"},
				 plain = {"web", "shop", "1h"};

	(void)state;
	assert_null(query_check_link(&a, template));
	struct err *err = query_check(&a, template);
	assert_non_null(err);
	assert_string_equal(err->msg, "'$target' is none of $service, $project and $window");
	err = query_check_link(&a, "x{to=\"$callee\"}");
	assert_non_null(err);
	assert_string_equal(err->msg,
			    "'$callee' is none of $service, $project, $target and $window");
	assert_string_equal(query_fill(&a, template, &link),
			    "rate(x{from=\"web\",to=\"$window\"}[1h])");
	assert_string_equal(query_fill(&a, template, &plain),
			    "rate(x{from=\"web\",to=\"$target\"}[1h])");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_replaced_and_escaped),
		cmocka_unit_test(values_are_not_filled_in_again),
		cmocka_unit_test(a_wrong_query_is_told),
		cmocka_unit_test(only_queries_about_links_know_a_target),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
