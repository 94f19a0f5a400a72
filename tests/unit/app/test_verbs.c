// SPDX-License-Identifier: Apache-2.0
/* The table of verbs keeps its own rules, so that parsing, help, completion and man can rely on it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "app/cli/args.h"
#include "app/cli/completion.h"
#include "app/cli/help.h"
#include "app/cli/man.h"
#include "app/cli/verb.h"
#include "app/settings.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* Lower case, no full stop: help prints phrases. */
static void assert_phrase(const char *where, const char *text)
{
	if (!text || !*text || text[strlen(text) - 1] == '.')
		fail_msg("%s: help must be a phrase: '%s'", where, text ? text : "(none)");
}

static void every_verb_operand_and_option_has_help(void **state)
{
	const struct option *o;
	(void)state;

	for (const struct verb *v = verb_next(NULL); v; v = verb_next(v)) {
		assert_phrase(v->path, v->brief);
		for (const struct operand *p = v->operands; p->name; p++)
			assert_phrase(v->path, p->help);
		for (size_t i = 0; (o = verb_own_option(v, i)); i++)
			assert_phrase(v->path, help_of(o));
	}
	for (size_t i = 0; (o = verb_global(i)); i++)
		assert_phrase(o->name, help_of(o));
}

static void a_path_or_alias_is_used_once(void **state)
{
	(void)state;
	for (const struct verb *v = verb_next(NULL); v; v = verb_next(v)) {
		for (const struct verb *w = verb_next(v); w; w = verb_next(w)) {
			assert_string_not_equal(v->path, w->path);
			for (size_t i = 0; w->aliases[i]; i++)
				assert_string_not_equal(v->path, w->aliases[i]);
			for (size_t i = 0; v->aliases[i]; i++)
				assert_string_not_equal(v->aliases[i], w->path);
		}
	}
}

static void every_verb_below_another_has_its_group(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	for (const struct verb *v = verb_next(NULL); v; v = verb_next(v)) {
		const char *space = strrchr(v->path, ' ');
		if (space && !verb_at(arena_strndup(&a, v->path, (size_t)(space - v->path))))
			fail_msg("'%s' has no group", v->path);
		if (!v->run && !verb_is_group(v))
			fail_msg("'%s' does nothing", v->path);
	}
}

static void no_option_hides_a_global_one(void **state)
{
	const struct option *o, *g;
	(void)state;

	for (const struct verb *v = verb_next(NULL); v; v = verb_next(v))
		for (size_t i = 0; (o = verb_own_option(v, i)); i++)
			for (size_t k = 0; (g = verb_global(k)); k++)
				if (str_eq(o->name, g->name) ||
				    (o->letter && o->letter == g->letter))
					fail_msg("'%s --%s' hides a global option", v->path,
						 o->name);
}

static void words_have_a_list_and_defaults_are_valid(void **state)
{
	const struct option *o;
	(void)state;

	for (const struct verb *v = verb_next(NULL); v; v = verb_next(v)) {
		struct args args = {.verb = v};

		for (size_t i = 0; (o = verb_own_option(v, i)); i++) {
			assert_true(o->kind != ARG_WORD || o->words);
			if (o->otherwise) /* ends the process when it does not parse */
				assert_string_equal(args_text(&args, o->name), o->otherwise);
		}
	}
}

static void an_option_overrules_a_setting_that_exists(void **state)
{
	const struct option *o;
	(void)state;

	for (const struct verb *v = verb_next(NULL); v; v = verb_next(v)) {
		for (size_t i = 0; (o = verb_own_option(v, i)); i++) {
			size_t k = 0;

			while (o->setting && setting_at(k) &&
			       !str_eq(setting_at(k)->key, o->setting))
				k++;
			assert_true(!o->setting || setting_at(k));
		}
	}
}

static void every_verb_that_does_something_has_an_example(void **state)
{
	(void)state;

	for (const struct verb *v = verb_next(NULL); v; v = verb_next(v))
		if (v->run && !v->hidden && !v->examples[0].command)
			fail_msg("%s has no example", v->path);
}

static void the_examples_parse(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	for (const struct verb *v = verb_next(NULL); v; v = verb_next(v)) {
		for (const struct example *e = v->examples; e->command; e++) {
			char *argv[32] = {arena_strdup(&a, "smo")};
			struct args args = {0};
			int argc = 1;

			/* Up to a redirection or pipe, which are the shell's. */
			char *text = arena_strdup(&a, e->command), *next;
			text[strcspn(text, "|<>")] = '\0';
			for (char *w = strtok_r(text, " ", &next); w;
			     w = strtok_r(NULL, " ", &next))
				argv[argc++] = w;
			struct err *err = args_parse(&a, argc, argv, &args);
			if (err)
				fail_msg("%s: %s", e->command, err->msg);
			assert_ptr_equal(args.verb, v);
		}
	}
}

static void help_and_man_can_be_made_of_every_verb(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	for (const struct verb *v = verb_next(NULL); v; v = verb_next(v)) {
		assert_non_null(strstr(help_text(&a, "smo", v), "Usage: smo "));
		assert_true(str_starts(man_text(&a, v), ".TH SMO-"));
	}
	const char *all = man_text(&a, NULL);
	assert_true(str_starts(all, ".TH SMO 1"));
	assert_null(strstr(all, "(null)"));
	/* Every visible command is in it. */
	for (const struct verb *v = verb_next(NULL); v; v = verb_next(v)) {
		struct str path = {.a = &a};

		for (const char *p = v->path; *p; p++)
			str_addf(&path, "%s%c", *p == '-' ? "\\" : "", *p);
		if (v->run && !v->hidden)
			assert_non_null(strstr(all, str_text(&path)));
	}
}

/* No line of help is wider than a terminal of 80 columns; usage lines and examples may be. */
static void help_fits_a_terminal(void **state)
{
	struct arena a scoped_arena = {0};
	char *next;
	(void)state;

	for (const struct verb *v = verb_next(NULL); v; v = verb_next(v)) {
		char *text = arena_strdup(&a, help_text(&a, "smo", v));
		char *examples = strstr(text, "\nExamples:");

		if (examples)
			*examples = '\0';
		for (char *l = strtok_r(text, "\n", &next); l; l = strtok_r(NULL, "\n", &next))
			if (strlen(l) > 80 && !str_starts(l, "Usage:"))
				fail_msg("%s: %s", v->path, l);
	}
}

static void completion_offers_every_visible_verb(void **state)
{
	struct arena a scoped_arena = {0};
	struct candidates found;
	(void)state;

	for (const struct verb *v = verb_next(NULL); v; v = verb_next(v)) {
		const char *words[8] = {"smo"};
		char *next, *path = arena_strdup(&a, v->path);
		size_t n = 1, i = 0;

		for (char *w = strtok_r(path, " ", &next); w; w = strtok_r(NULL, " ", &next))
			words[n++] = w;
		completion_of(&a, words, n, &found);
		while (i < found.list.n && !str_eq(found.list.at[i].word, verb_word(v)))
			i++;
		assert_int_equal(i < found.list.n, !v->hidden);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_verb_operand_and_option_has_help),
		cmocka_unit_test(a_path_or_alias_is_used_once),
		cmocka_unit_test(every_verb_below_another_has_its_group),
		cmocka_unit_test(no_option_hides_a_global_one),
		cmocka_unit_test(words_have_a_list_and_defaults_are_valid),
		cmocka_unit_test(an_option_overrules_a_setting_that_exists),
		cmocka_unit_test(every_verb_that_does_something_has_an_example),
		cmocka_unit_test(the_examples_parse),
		cmocka_unit_test(help_and_man_can_be_made_of_every_verb),
		cmocka_unit_test(help_fits_a_terminal),
		cmocka_unit_test(completion_offers_every_visible_verb),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
