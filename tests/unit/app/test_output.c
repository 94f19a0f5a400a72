// SPDX-License-Identifier: Apache-2.0
/* What is printed where: every form of output, messages, questions, progress. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/cli/output.h"
#include "app/cli/progress.h"
#include "app/cli/term.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/node.h"

/* An app whose streams are in memory. */
struct fix {
	struct arena a;
	struct app app;
	char *out, *err;
	size_t out_size, err_size;
};

static int set_up(void **state)
{
	struct fix *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->app.arena = &f->a;
	f->app.out = open_memstream(&f->out, &f->out_size);
	f->app.err = open_memstream(&f->err, &f->err_size);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fix *f = *state;

	fclose(f->app.out);
	fclose(f->app.err);
	free(f->out);
	free(f->err);
	arena_done(&f->a);
	free(f);
	return 0;
}

static void assert_out(struct fix *f, const char *out, const char *err)
{
	fflush(f->app.out);
	fflush(f->app.err);
	assert_string_equal(f->out ? f->out : "", out);
	assert_string_equal(f->err ? f->err : "", err);
}

static const struct view view = {
	.title = "Things",
	.rows = "things",
	.empty = "No things.",
	.columns =
		(const struct column[]){
			{"Name", "name"},
			{"N", "n", COLUMN_RIGHT},
			{"On", "on", .if_true = "Yes", .if_false = "No"},
			{"Parts", "parts", COLUMN_COUNT},
			{"Where", "at.place", COLUMN_WIDE, .if_missing = "N/A"},
			{0},
		},
};

static struct node *things(struct fix *f)
{
	static const char text[] =
		"{\"things\": [{\"name\": \"one\", \"n\": 5, \"on\": true, \"parts\": [1, 2]},"
		"{\"name\": \"two\\u001b[2J\", \"n\": 10, \"on\": false, \"parts\": [],"
		"\"at\": {\"place\": \"here\"}}]}";
	struct node *doc = NULL;

	assert_null(json_read(&f->a, "test", text, strlen(text), &doc));
	return doc;
}

static void a_table_shows_columns_and_no_escapes_from_outside(void **state)
{
	struct fix *f = *state;

	output_print(&f->app, things(f), &view);
	assert_out(f,
		   "Things\n"
		   "Name      N  On   Parts\n"
		   "one       5  Yes  2\n"
		   "two?[2J  10  No   0\n",
		   "");
}

static void numbers_have_six_digits_in_tables_and_all_in_data(void **state)
{
	struct fix *f = *state;
	struct node *doc = things(f);

	node_set(node_first(node_get(doc, "things")), "n",
		 node_new_real(&f->a, 27.985999999999997));
	output_print(&f->app, doc, &view);
	fflush(f->app.out);
	assert_non_null(strstr(f->out, "  27.986  "));
	f->app.form = OUTPUT_JSON;
	output_print(&f->app, doc, &view);
	fflush(f->app.out);
	assert_non_null(strstr(f->out, "27.985999999999997"));
}

static void wide_shows_more(void **state)
{
	struct fix *f = *state;

	f->app.form = OUTPUT_WIDE;
	output_print(&f->app, things(f), &view);
	fflush(f->app.out);
	assert_non_null(strstr(f->out, "Where"));
	assert_non_null(strstr(f->out, "N/A"));
	assert_non_null(strstr(f->out, "here"));
}

static void names_are_one_on_a_line(void **state)
{
	struct fix *f = *state;

	f->app.form = OUTPUT_NAME;
	output_print(&f->app, things(f), &view);
	assert_out(f, "one\ntwo?[2J\n", "");
}

static void json_is_the_document(void **state)
{
	struct fix *f = *state;
	struct node *again = NULL;

	f->app.form = OUTPUT_JSON;
	output_print(&f->app, things(f), &view);
	fflush(f->app.out);
	assert_null(json_read(&f->a, "out", f->out, f->out_size, &again));
	assert_true(node_equal(again, things(f)));
	assert_null(strchr(f->out, '\033'));
}

static void an_empty_table_says_so_and_empty_data_is_data(void **state)
{
	struct fix *f = *state;
	struct node *doc = node_new(&f->a, NODE_MAP);

	node_list_in(&f->a, doc, "things");
	output_print(&f->app, doc, &view);
	assert_out(f, "No things.\n", "");
	f->app.form = OUTPUT_NAME;
	output_print(&f->app, doc, &view);
	assert_out(f, "No things.\n", "");
}

static void messages_keep_off_stdout_when_data_is_wanted(void **state)
{
	struct fix *f = *state;
	const struct err e = {ERR_REMOTE, "helm: \033[31mno", "Look there."};

	f->app.form = OUTPUT_JSON;
	term_success(&f->app, "done");
	term_say(&f->app, "said");
	term_note(&f->app, "noted");
	term_info(&f->app, "informed");
	term_warning(&f->app, "careful with '%s'", "x");
	term_error(&f->app, &e);
	assert_out(f, "", "WARNING: careful with 'x'\nERROR: helm: ?[31mno\nhint: Look there.\n");
}

static void messages_have_the_originals_words(void **state)
{
	struct fix *f = *state;

	f->app.verbose = 1;
	term_success(&f->app, "Graph '%s' stopped successfully.", "x");
	term_info(&f->app, "looking");
	f->app.verbose = 0;
	term_info(&f->app, "closely");
	assert_out(f, "SUCCESS: Graph 'x' stopped successfully.\n", "looking\n");
}

static void colours_are_only_where_they_are_wanted(void **state)
{
	struct fix *f = *state;

	f->app.color_out = true;
	term_success(&f->app, "x");
	term_warning(&f->app, "y");
	assert_out(f, "\033[32mSUCCESS:\033[0m x\n", "WARNING: y\n");
}

static void yes_needs_no_answer(void **state)
{
	struct fix *f = *state;

	f->app.yes = true;
	assert_true(term_confirm(&f->app, "Sure?"));
	assert_out(f, "", "");
}

static void progress_is_plain_lines_where_there_is_no_terminal(void **state)
{
	struct fix *f = *state;
	struct progress *p = progress_new(&f->app);

	progress_begin(p, 2, "deploy 'demo'");
	progress_started(p, 1, "release camera on edge");
	progress_note(p, 1, "1 of 2 ready");
	progress_note(p, 1, "1 of 2 ready"); /* nothing new */
	progress_failed(p, 1, "helm: \033no");
	progress_skipped(p, 2, "after 1");
	progress_end(p);
	progress_free(p);
	fflush(f->app.err);
	assert_true(str_starts(f->err, "deploy 'demo': 2 steps\n"
				       "  1/2 release camera on edge: started\n"
				       "  1/2 release camera on edge: 1 of 2 ready\n"
				       "  1/2 release camera on edge: failed in "));
	assert_non_null(strstr(f->err, ": helm: ?no\n  2/2: skipped: after 1\n"));
}

static void progress_says_nothing_beside_data(void **state)
{
	struct fix *f = *state;

	f->app.form = OUTPUT_JSON;
	struct progress *p = progress_new(&f->app);
	progress_begin(p, 1, "x");
	progress_started(p, 1, "y");
	progress_done(p, 1, NULL);
	progress_free(p);
	assert_out(f, "", "");
}

static void *report(void *arg)
{
	struct progress *p = arg;
	int64_t own = (int64_t)(pthread_self() % 1000000);

	for (int64_t i = 0; i < 100; i++) {
		progress_started(p, own + i, "step");
		progress_done(p, own + i, NULL);
	}
	return NULL;
}

static void many_threads_may_report(void **state)
{
	struct fix *f = *state;
	struct progress *p = progress_new(&f->app);
	pthread_t threads[4];
	size_t lines = 0;

	progress_begin(p, 400, NULL);
	for (size_t i = 0; i < countof(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, report, p), 0);
	for (size_t i = 0; i < countof(threads); i++)
		pthread_join(threads[i], NULL);
	progress_free(p);
	fflush(f->app.err);
	for (const char *c = f->err; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 800);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_table_shows_columns_and_no_escapes_from_outside),
		TEST(numbers_have_six_digits_in_tables_and_all_in_data),
		TEST(wide_shows_more),
		TEST(names_are_one_on_a_line),
		TEST(json_is_the_document),
		TEST(an_empty_table_says_so_and_empty_data_is_data),
		TEST(messages_keep_off_stdout_when_data_is_wanted),
		TEST(messages_have_the_originals_words),
		TEST(colours_are_only_where_they_are_wanted),
		TEST(yes_needs_no_answer),
		TEST(progress_is_plain_lines_where_there_is_no_terminal),
		TEST(progress_says_nothing_beside_data),
		TEST(many_threads_may_report),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
