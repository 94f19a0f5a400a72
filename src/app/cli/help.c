// SPDX-License-Identifier: Apache-2.0
#include "app/cli/help.h"

#include <string.h>

#include "app/cli/verb.h"
#include "app/settings.h"
#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"

enum { WIDTH = 80, MAX_LEFT = 30 };

const struct exit_code *help_exit_codes(void)
{
	static const struct exit_code codes[] = {
		{0, "everything asked for is done"},
		{1, "an error of no other kind, or the answer to a question was no"},
		{2, "wrong usage, setting or descriptor"},
		{3, "the named thing does not exist"},
		{4, "it exists already, changed meanwhile, or somebody else is changing it"},
		{5, "no placement satisfies the constraints"},
		{6, "a peer (control plane, helm, registry) refused or failed"},
		{7, "a peer did not answer in time"},
		{8, "there are changes to make (plan and diff with --detailed-exitcode)"},
		{9, "partly done: resume"},
		{70, "a mistake in smo itself"},
		{130, "interrupted"},
		{0, NULL},
	};

	return codes;
}

/* Add @text, wrapped at WIDTH, lines after the first indented by @indent; @column is where the
 * first one starts. */
static void wrap(struct str *s, const char *text, size_t indent, size_t column)
{
	bool first = true;

	while (*text) {
		size_t len = strcspn(text, " \n");

		if (!first && column + 1 + len > WIDTH) {
			str_addf(s, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!first) {
			str_add(s, " ");
			column++;
		}
		str_add_n(s, text, len);
		column += len;
		text += len;
		first = false;
		if (str_starts(text, "\n\n")) { /* a paragraph */
			str_addf(s, "\n\n%*s", (int)indent, "");
			column = indent;
			first = true;
		}
		text += strspn(text, " \n");
	}
}

/* "  left   right", the right side wrapped. */
static void add_pair(struct str *s, const char *left, size_t left_width, const char *right)
{
	size_t indent = 2 + left_width + 2;

	str_addf(s, "  %-*s", (int)left_width, left);
	if (strlen(left) > left_width)
		str_addf(s, "\n%*s", (int)indent, "");
	else
		str_add(s, "  ");
	wrap(s, right, indent, indent);
	str_add(s, "\n");
}

const char *help_option(struct arena *a, const struct option *o)
{
	struct str s = {.a = a};

	if (o->letter)
		str_addf(&s, "-%c, ", o->letter);
	str_addf(&s, "--%s", o->name);
	if (o->kind != ARG_NONE && o->kind != ARG_COUNT)
		str_addf(&s, " %s", verb_value_name(o));
	return str_text(&s);
}

const char *help_usage(struct arena *a, const char *program, const struct verb *v)
{
	struct str s = {.a = a};
	const struct option *o;

	str_add(&s, program);
	if (!v) {
		str_add(&s, " [OPTIONS] COMMAND [ARGUMENTS]");
		return str_text(&s);
	}
	str_addf(&s, " %s%s", v->path, v->run ? "" : " COMMAND");
	for (size_t i = 0; (o = verb_own_option(v, i)); i++)
		if (o->flags & ARG_REQUIRED)
			str_addf(&s, " --%s %s", o->name, verb_value_name(o));
	str_add(&s, " [OPTIONS]");
	for (const struct operand *p = v->operands; p->name; p++) {
		bool optional = p->flags & ARG_OPTIONAL;
		str_addf(&s, " %s%s%s%s", optional ? "[" : "", p->name,
			 p->flags & ARG_REPEAT ? "..." : "", optional ? "]" : "");
	}
	return str_text(&s);
}

static const char *option_help(struct arena *a, const struct option *o, const char *help)
{
	struct str s = {.a = a};

	str_add(&s, help);
	for (size_t i = 0; o->words && o->words[i]; i++)
		str_addf(&s, "%s%s", i ? ", " : ": ", o->words[i]);
	if (o->flags & ARG_REQUIRED)
		str_add(&s, " (required)");
	else if (o->otherwise)
		str_addf(&s, " [%s]", o->otherwise);
	return str_text(&s);
}

const char *help_of(const struct option *o)
{
	for (size_t i = 0; setting_at(i); i++)
		if (&setting_at(i)->flag == o)
			return setting_at(i)->help;
	return o->help;
}

static size_t option_width(struct arena *a, const struct verb *v)
{
	const struct option *o;
	size_t width = 0, len;

	for (size_t i = 0; v && (o = verb_own_option(v, i)); i++)
		if ((len = strlen(help_option(a, o))) > width && !(o->flags & ARG_HIDDEN))
			width = len;
	for (size_t i = 0; !v && (o = verb_global(i)); i++)
		if ((len = strlen(help_option(a, o))) > width)
			width = len;
	return width > MAX_LEFT ? MAX_LEFT : width;
}

static void add_options(struct arena *a, struct str *s, const struct verb *v)
{
	size_t width = option_width(a, v);
	const struct option *o;
	bool any = false;

	for (size_t i = 0; v && (o = verb_own_option(v, i)); i++) {
		if (o->flags & ARG_HIDDEN)
			continue;
		str_add(s, any ? "" : "\nOptions:\n");
		any = true;
		add_pair(s, help_option(a, o), width, option_help(a, o, help_of(o)));
	}
	if (v)
		return;
	str_add(s, "\nOptions of every command:\n");
	for (size_t i = 0; (o = verb_global(i)); i++)
		add_pair(s, help_option(a, o), width, option_help(a, o, help_of(o)));
}

static const char *listed(struct arena *a, const struct verb *v)
{
	struct str s = {.a = a};

	str_add(&s, v->brief);
	for (size_t i = 0; v->aliases[i]; i++)
		str_addf(&s, "%s%s%s", i ? ", " : " (also: ", v->aliases[i],
			 v->aliases[i + 1] ? "" : ")");
	return str_text(&s);
}

static void add_commands(struct arena *a, struct str *s, const struct verb *group)
{
	size_t width = 0, len;

	for (const struct verb *v = verb_next(NULL); v; v = verb_next(v))
		if (!v->hidden && verb_is_below(v, group) && (len = strlen(verb_word(v))) > width)
			width = len;
	if (!width)
		return;
	str_add(s, "\nCommands:\n");
	for (const struct verb *v = verb_next(NULL); v; v = verb_next(v))
		if (!v->hidden && verb_is_below(v, group))
			add_pair(s, verb_word(v), width, listed(a, v));
}

static void add_operands(struct str *s, const struct verb *v)
{
	size_t width = 0, len;

	for (const struct operand *o = v->operands; o->name; o++)
		if ((len = strlen(o->name)) > width)
			width = len;
	if (width)
		str_add(s, "\nArguments:\n");
	for (const struct operand *o = v->operands; o->name; o++)
		add_pair(s, o->name, width, o->help);
}

static void add_examples(struct str *s, const char *program, const struct verb *v)
{
	if (v->examples[0].command)
		str_add(s, "\nExamples:\n");
	for (const struct example *e = v->examples; e->command; e++)
		str_addf(s, "  %s %s\n%s%s%s", program, e->command, e->what ? "      " : "",
			 e->what ? e->what : "", e->what ? "\n" : "");
}

const char *help_text(struct arena *a, const char *program, const struct verb *v)
{
	struct str s = {.a = a};

	str_addf(&s, "Usage: %s\n\n", help_usage(a, program, v));
	if (v) {
		wrap(&s, v->text ? v->text : listed(a, v), 0, 0);
		str_add(&s, "\n");
		if (v->run)
			add_operands(&s, v);
		add_commands(a, &s, v);
		add_options(a, &s, v);
		add_examples(&s, program, v);
		str_addf(&s, "\nOptions of every command: %s --help\n", program);
		return str_text(&s);
	}
	wrap(&s,
	     "Deploys applications made of several services over several Kubernetes clusters, "
	     "decides where each service runs and why, and keeps them there.",
	     0, 0);
	str_add(&s, "\n");
	add_commands(a, &s, NULL);
	add_options(a, &s, NULL);
	str_addf(&s, "\nMore: %s COMMAND --help\n", program);
	return str_text(&s);
}
