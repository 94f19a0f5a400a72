// SPDX-License-Identifier: Apache-2.0
#include "app/cli/man.h"

#include <string.h>

#include "app/cli/help.h"
#include "app/cli/verb.h"
#include "app/settings.h"
#include "base/arena.h"
#include "base/str.h"

/* @text with what roff would take for its own made harmless; blank lines become paragraphs. */
static void add_text(struct str *s, const char *text)
{
	bool line_start = true;

	for (; *text; text++) {
		if (line_start && (*text == '.' || *text == '\''))
			str_add(s, "\\&");
		if (str_starts(text, "\n\n")) {
			str_add(s, "\n.PP\n");
			text++;
			line_start = true;
			continue;
		}
		if (*text == '\\')
			str_add(s, "\\e");
		else if (*text == '-')
			str_add(s, "\\-");
		else
			str_add_n(s, text, 1);
		line_start = *text == '\n';
	}
}

static void add_line(struct str *s, const char *text)
{
	add_text(s, text);
	str_add(s, "\n");
}

/* .TP with a bold tag */
static void add_item(struct str *s, const char *tag, const char *text)
{
	str_add(s, ".TP\n\\fB");
	add_text(s, tag);
	str_add(s, "\\fR\n");
	add_line(s, text);
}

static void add_option(struct arena *a, struct str *s, const struct option *o, const char *help)
{
	struct str text = {.a = a};

	if (o->flags & ARG_HIDDEN)
		return;
	str_add(&text, help);
	for (size_t i = 0; o->words && o->words[i]; i++)
		str_addf(&text, "%s%s", i ? ", " : ": ", o->words[i]);
	if (o->flags & ARG_REQUIRED)
		str_add(&text, " (required)");
	else if (o->otherwise)
		str_addf(&text, " (default: %s)", o->otherwise);
	add_item(s, help_option(a, o), str_text(&text));
}

static void add_header(struct arena *a, struct str *s, const char *name, const char *brief)
{
	char *upper = arena_strdup(a, name);

	for (char *p = upper; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	str_addf(s, ".TH %s 1 \"\" \"smo %s\" \"User Commands\"\n.SH NAME\n", upper, SMO_VERSION);
	add_text(s, name);
	str_add(s, " \\- ");
	add_line(s, brief);
}

static void add_own_options(struct arena *a, struct str *s, const struct verb *v)
{
	const struct option *o;

	for (size_t i = 0; (o = verb_own_option(v, i)); i++)
		add_option(a, s, o, help_of(o));
}

static void add_examples(struct str *s, const struct verb *v)
{
	for (const struct example *e = v->examples; e->command; e++) {
		str_add(s, ".PP\n");
		if (e->what)
			add_line(s, arena_printf(s->a, "%s:", e->what));
		str_add(s, ".PP\n.RS\n.nf\nsmo ");
		add_line(s, e->command);
		str_add(s, ".fi\n.RE\n");
	}
}

static void add_verb(struct arena *a, struct str *s, const struct verb *v)
{
	str_add(s, ".SS \"");
	add_text(s, help_usage(a, "smo", v));
	str_add(s, "\"\n");
	add_line(s, v->text ? v->text : v->brief);
	for (const struct operand *o = v->operands; o->name; o++)
		add_item(s, o->name, o->help);
	add_own_options(a, s, v);
	add_examples(s, v);
}

static void add_settings(struct arena *a, struct str *s)
{
	str_add(s, ".SH SETTINGS\n");
	add_line(s,
		 "Settings are read from config.yaml in the state directory, from the environment "
		 "and from options; the later one wins. smo config show --origin tells what "
		 "each one is and where it comes from.");
	for (size_t i = 0; setting_at(i); i++) {
		const struct setting *def = setting_at(i);
		struct str text = {.a = a};

		str_add(&text, def->help);
		if (def->otherwise && *def->otherwise && !def->secret)
			str_addf(&text, "; default %s", def->otherwise);
		for (const char *const *env = def->env; *env; env++)
			str_addf(&text, "%s%s", env == def->env ? "; environment " : ", ", *env);
		if (def->flag.name)
			str_addf(&text, "; option --%s", def->flag.name);
		if (def->later)
			str_add(&text, "; has no effect yet");
		add_item(s, def->key, str_text(&text));
	}
}

static void add_footer(struct arena *a, struct str *s)
{
	str_add(s, ".SH ENVIRONMENT\n");
	add_item(s, "SMO_DIR", "directory of the state and settings, ~/.smo by default");
	add_item(s, "NO_COLOR", "when set and not empty, no colours");
	add_line(s, "and those of the settings above.");
	str_add(s, ".SH FILES\n");
	add_item(s, "$SMO_DIR/config.yaml", "settings");
	add_item(s, "$SMO_DIR/smo.db", "state (SQLite)");
	str_add(s, ".SH \"EXIT STATUS\"\n");
	for (const struct exit_code *c = help_exit_codes(); c->meaning; c++)
		add_item(s, arena_printf(a, "%d", c->code), c->meaning);
}

static const char *one_verb(struct arena *a, const struct verb *v)
{
	struct str s = {.a = a};
	char *name = arena_printf(a, "smo-%s", v->path);

	for (char *p = name; *p; p++)
		if (*p == ' ')
			*p = '-';
	add_header(a, &s, name, v->brief);
	str_add(&s, ".SH SYNOPSIS\n");
	add_line(&s, help_usage(a, "smo", v));
	str_add(&s, ".SH DESCRIPTION\n");
	add_line(&s, v->text ? v->text : v->brief);
	for (const struct operand *o = v->operands; o->name; o++)
		add_item(&s, o->name, o->help);
	if (verb_own_option(v, 0)) {
		str_add(&s, ".SH OPTIONS\n");
		add_own_options(a, &s, v);
	}
	if (v->examples[0].command) {
		str_add(&s, ".SH EXAMPLES\n");
		add_examples(&s, v);
	}
	str_add(&s, ".SH \"SEE ALSO\"\n\\fBsmo\\fR(1)\n");
	return str_text(&s);
}

const char *man_text(struct arena *a, const struct verb *v)
{
	struct str s = {.a = a};
	const struct option *o;

	if (v)
		return one_verb(a, v);
	add_header(a, &s, "smo", "deploys applications over several Kubernetes clusters");
	str_add(&s, ".SH SYNOPSIS\n");
	add_line(&s, help_usage(a, "smo", NULL));
	str_add(&s, ".SH DESCRIPTION\n");
	add_line(&s, "Takes a descriptor of an application (a graph of services), decides on which "
		     "cluster of a Karmada federation each service runs and why, shows that as a "
		     "plan, and carries it out.");
	str_add(&s, ".SH COMMANDS\n");
	for (const struct verb *w = verb_next(NULL); w; w = verb_next(w))
		if (w->run && !w->hidden)
			add_verb(a, &s, w);
	str_add(&s, ".SH OPTIONS\n");
	for (size_t i = 0; (o = verb_global(i)); i++)
		add_option(a, &s, o, help_of(o));
	add_settings(a, &s);
	add_footer(a, &s);
	return str_text(&s);
}
