// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "app/cli/args.h"
#include "app/cli/span.h"
#include "app/cli/verb.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* Parse a command line given as one text, words separated by single spaces. */
static struct err *parse(struct arena *a, const char *line, struct args *args)
{
	char *argv[32], *next, *text = arena_strdup(a, line);
	int argc = 0;

	for (char *w = strtok_r(text, " ", &next); w; w = strtok_r(NULL, " ", &next))
		argv[argc++] = w;
	return args_parse(a, argc, argv, args);
}

static void assert_refused(const char *line, const char *msg, const char *hint)
{
	struct arena a scoped_arena = {0};
	struct args args = {0};
	struct err *e = parse(&a, line, &args);

	assert_non_null(e);
	assert_int_equal(e->kind, ERR_INPUT);
	assert_string_equal(e->msg, msg);
	if (hint)
		assert_string_equal(e->hint, hint);
	assert_null(args.verb); /* untouched */
}

static void options_may_stand_anywhere(void **state)
{
	static const char *const lines[] = {
		"smo graph list --project shop -o json", "smo -o json graph list --project=shop",
		"smo graph -ojson list -pshop",          "smo graph list -p shop --output=json",
		"smo graph -o=json list -p=shop",
	};
	(void)state;

	for (size_t i = 0; i < countof(lines); i++) {
		struct arena a scoped_arena = {0};
		struct args args = {0};

		assert_null(parse(&a, lines[i], &args));
		assert_string_equal(args.program, "smo");
		assert_string_equal(args.verb->path, "graph list");
		assert_string_equal(args_text(&args, "project"), "shop");
		assert_string_equal(args_text(&args, "output"), "json");
		assert_int_equal(args_int(&args, "output"), 2);
	}
}

static void flags_count_and_may_be_written_together(void **state)
{
	struct arena a scoped_arena = {0};
	struct args args = {0};
	(void)state;

	assert_null(parse(&a, "smo -vvy graph list -v", &args));
	assert_int_equal(args_count(&args, "verbose"), 3);
	assert_true(args_flag(&args, "yes"));
	assert_false(args_flag(&args, "no-color"));
}

static void the_last_value_wins_and_all_are_kept(void **state)
{
	struct arena a scoped_arena = {0};
	struct args args = {0};
	const char *const *all = NULL;
	(void)state;

	assert_null(parse(&a, "smo graph list -p one -p two", &args));
	assert_string_equal(args_text(&args, "project"), "two");
	assert_int_equal(args_all(&a, &args, "project", &all), 2);
	assert_string_equal(all[0], "one");
}

static void a_default_is_as_if_it_had_been_given(void **state)
{
	struct arena a scoped_arena = {0};
	struct args args = {0};
	(void)state;

	assert_null(parse(&a, "smo events", &args));
	assert_int_equal(args_int(&args, "limit"), 100);
	assert_int_equal(args_count(&args, "limit"), 0);
	assert_string_equal(args_text(&args, "output"), "table");
	assert_null(args_text(&args, "after"));
}

static void an_alias_is_the_verb(void **state)
{
	struct arena a scoped_arena = {0};
	struct args args = {0};
	(void)state;

	assert_null(parse(&a, "smo plan app.yaml", &args));
	assert_string_equal(args.verb->path, "graph plan");
	assert_string_equal(args_operand(&args, 0), "app.yaml");
	assert_null(args_operand(&args, 1));
}

static void help_needs_nothing_else(void **state)
{
	static const char *const lines[] = {"smo", "smo --help", "smo graph", "smo graph deploy -h",
					    "smo --help graph describe"};
	(void)state;

	for (size_t i = 0; i < countof(lines); i++) {
		struct arena a scoped_arena = {0};
		struct args args = {0};

		assert_null(parse(&a, lines[i], &args));
		assert_true(args.help);
	}
}

static void a_dash_alone_is_an_operand(void **state)
{
	struct arena a scoped_arena = {0};
	struct args args = {0};
	(void)state;

	assert_null(parse(&a, "smo graph plan -", &args));
	assert_string_equal(args_operand(&args, 0), "-");
}

static void what_is_wrong_is_said_with_the_nearest_right_thing(void **state)
{
	(void)state;
	assert_refused("smo grph", "there is no command 'grph'", "Did you mean 'graph'?");
	assert_refused("smo graph lsit", "'graph' has no command 'lsit'",
		       "Did you mean 'graph list'?");
	assert_refused("smo graph list --projet x", "'graph list' has no option '--projet'",
		       "Did you mean '--project'?");
	assert_refused("smo graph list -o yml",
		       "--output must be one of table, wide, json, yaml, name, not 'yml'",
		       "Did you mean 'yaml'?");
	assert_refused("smo graph list --project", "--project needs a value: PROJECT", NULL);
	assert_refused("smo graph list --yes=no", "--yes takes no value", NULL);
	assert_refused("smo graph list x", "'graph list' does not know what to do with 'x'", NULL);
	assert_refused("smo events --after 1x", "--after must be a whole number, not '1x'", NULL);
	assert_refused("smo events --after 99999999999999999999",
		       "--after must be a whole number, not '99999999999999999999'", NULL);
	assert_refused("smo graph describe", "'graph describe' needs NAME", "NAME: graph to show.");
}

static void an_operand_that_looks_like_an_option_is_refused(void **state)
{
	(void)state;
	assert_refused("smo graph describe -- --kubeconfig=x",
		       "NAME must not begin with '-': '--kubeconfig=x'", NULL);
}

static void spans_are_read_and_written_as_people_do(void **state)
{
	struct arena a scoped_arena = {0};
	int64_t ms = 0;
	(void)state;

	assert_true(span_parse("90", &ms) && ms == 90000);
	assert_true(span_parse("1h30m", &ms) && ms == 5400000);
	assert_true(span_parse("250ms", &ms) && ms == 250);
	assert_true(span_parse("0", &ms) && ms == 0);
	assert_false(span_parse("", &ms));
	assert_false(span_parse("soon", &ms));
	assert_false(span_parse("-5", &ms));
	assert_false(span_parse("20y", &ms));
	assert_false(span_parse("9999999999999999999", &ms));
	assert_string_equal(span_text(&a, 3240), "3.2s");
	assert_string_equal(span_text(&a, 90000), "90s");
	assert_string_equal(span_text(&a, 300000), "5m");
	assert_string_equal(span_text(&a, -1), "0.0s");
	assert_string_equal(span_date(&a, 1755163800000), "2025-08-14 09:30:00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_may_stand_anywhere),
		cmocka_unit_test(flags_count_and_may_be_written_together),
		cmocka_unit_test(the_last_value_wins_and_all_are_kept),
		cmocka_unit_test(a_default_is_as_if_it_had_been_given),
		cmocka_unit_test(an_alias_is_the_verb),
		cmocka_unit_test(help_needs_nothing_else),
		cmocka_unit_test(a_dash_alone_is_an_operand),
		cmocka_unit_test(what_is_wrong_is_said_with_the_nearest_right_thing),
		cmocka_unit_test(an_operand_that_looks_like_an_option_is_refused),
		cmocka_unit_test(spans_are_read_and_written_as_people_do),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
