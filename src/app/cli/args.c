// SPDX-License-Identifier: Apache-2.0
/*
 * Two passes: the first looks for the verb, since only its entry tells which options take a value;
 * the second reads everything.
 */
#include "app/cli/args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/cli/span.h"
#include "app/cli/verb.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum { MAX_WORDS = 4 };

struct parse {
	struct arena *a;
	int argc;
	char **argv;
	struct args *args;
	size_t skip; /* words that still belong to the verb's path */
};

static bool takes_value(const struct option *o)
{
	return o->kind != ARG_NONE && o->kind != ARG_COUNT;
}

/* The option in "--name", "--name=value" or "-n...", looked up without a verb. */
static const struct option *global_in(struct arena *a, const char *arg, bool *ret_has_value)
{
	if (str_starts(arg, "--")) {
		size_t len = strcspn(arg + 2, "=");

		*ret_has_value = arg[2 + len] == '=';
		return verb_option(NULL, arena_strndup(a, arg + 2, len), 0);
	}
	*ret_has_value = arg[1] && arg[2];
	return verb_option(NULL, NULL, arg[1]);
}

/* The first words that are no options, as far as that can be told before the verb is known. */
static size_t leading_words(struct arena *a, int argc, char **argv, const char **words)
{
	size_t n = 0;

	for (int i = 1; i < argc && n < MAX_WORDS; i++) {
		bool has_value = false;

		if (argv[i][0] != '-' || !argv[i][1]) {
			words[n++] = argv[i];
			continue;
		}
		const struct option *o = global_in(a, argv[i], &has_value);
		if (!o || str_eq(argv[i], "--"))
			break;
		if (takes_value(o) && !has_value)
			i++;
	}
	return n;
}

/* ---- suggestions ---- */

static struct err *unknown_verb(struct arena *a, const struct verb *group, const char *word)
{
	vec_of(const char *) names = {0};

	for (const struct verb *v = verb_next(NULL); v; v = verb_next(v)) {
		if (v->hidden)
			continue;
		if (verb_is_below(v, group))
			*vec_push(a, &names) = verb_word(v);
		for (size_t i = 0; v->aliases[i]; i++)
			if (!group && !strchr(v->aliases[i], ' '))
				*vec_push(a, &names) = v->aliases[i];
	}
	*vec_push(a, &names) = NULL;
	const char *close = str_suggest(a, word, names.at);
	struct err *e = group ? err_new(a, ERR_INPUT, "'%s' has no command '%s'", group->path, word)
			      : err_new(a, ERR_INPUT, "there is no command '%s'", word);
	return close ? err_hint(a, e, "Did you mean '%s%s%s'?", group ? group->path : "",
				group ? " " : "", close)
		     : err_hint(a, e, "See the list of commands with --help.");
}

static struct err *unknown_option(struct arena *a, const struct verb *v, const char *name)
{
	vec_of(const char *) names = {0};
	const struct option *o;

	for (size_t i = 0; v && (o = verb_own_option(v, i)); i++)
		if (!(o->flags & ARG_HIDDEN))
			*vec_push(a, &names) = o->name;
	for (size_t i = 0; (o = verb_global(i)); i++)
		*vec_push(a, &names) = o->name;
	*vec_push(a, &names) = NULL;
	const char *close = str_suggest(a, name, names.at);
	struct err *e = v ? err_new(a, ERR_INPUT, "'%s' has no option '--%s'", v->path, name)
			  : err_new(a, ERR_INPUT, "there is no option '--%s'", name);
	return close ? err_hint(a, e, "Did you mean '--%s'?", close) : e;
}

/* ---- values ---- */

static struct err *bad_value(struct arena *a, const char *name, const char *text, const char *want)
{
	return err_new(a, ERR_INPUT, "%s must be %s, not '%s'", name, want, text);
}

static struct err *word_index(struct arena *a, const char *name, const char *const *words,
			      const char *text, int64_t *ret_index)
{
	struct str list = {.a = a};

	for (size_t i = 0; words[i]; i++) {
		if (str_eq(words[i], text)) {
			*ret_index = (int64_t)i;
			return NULL;
		}
		str_addf(&list, "%s%s", i ? ", " : "", words[i]);
	}
	const char *close = str_suggest(a, text, words);
	struct err *e = err_new(a, ERR_INPUT, "%s must be one of %s, not '%s'", name,
				str_text(&list), text);
	return close ? err_hint(a, e, "Did you mean '%s'?", close) : e;
}

static struct err *check_value(struct arena *a, enum arg_kind kind, const char *const *words,
			       const char *name, struct arg *arg)
{
	char *end = NULL;

	errno = 0;
	switch (kind) {
	case ARG_INT:
		arg->integer = strtoll(arg->text, &end, 10);
		if (errno || end == arg->text || *end)
			return bad_value(a, name, arg->text, "a whole number");
		arg->real = (double)arg->integer;
		break;
	case ARG_REAL:
		arg->real = strtod(arg->text, &end);
		if (errno || end == arg->text || *end || arg->real != arg->real ||
		    arg->real - arg->real != 0)
			return bad_value(a, name, arg->text, "a number");
		break;
	case ARG_DURATION:
		if (!span_parse(arg->text, &arg->integer))
			return bad_value(a, name, arg->text, "a time such as 90s, 5m or 1h30m");
		break;
	case ARG_WORD:
		return word_index(a, name, words, arg->text, &arg->integer);
	case ARG_NONE:
	case ARG_COUNT:
	case ARG_TEXT:
	case ARG_FILE:
	case ARG_DIR:
	case ARG_GRAPH:
	case ARG_CLUSTER:
	case ARG_SERVICE:
	case ARG_PROJECT:
		if (arg->text && !*arg->text)
			return err_new(a, ERR_INPUT, "%s must not be empty", name);
		break;
	}
	return NULL;
}

/* ---- the second pass ---- */

static struct err *add_option(struct parse *p, const struct option *o, const char *text)
{
	const char *name = arena_printf(p->a, "--%s", o->name);
	struct arg *arg = vec_push(p->a, &p->args->options);

	*arg = (struct arg){.option = o, .text = text};
	if (str_eq(o->name, "help") || str_eq(o->name, "version"))
		p->args->help = true;
	return text ? check_value(p->a, o->kind, o->words, name, arg) : NULL;
}

static struct err *missing_value(struct parse *p, const struct option *o)
{
	return err_new(p->a, ERR_INPUT, "--%s needs a value: %s", o->name, verb_value_name(o));
}

static struct err *long_option(struct parse *p, int *i)
{
	const char *arg = p->argv[*i] + 2;
	size_t len = strcspn(arg, "=");
	const char *name = arena_strndup(p->a, arg, len);
	const struct option *o = verb_option(p->args->verb, name, 0);

	if (!o)
		return unknown_option(p->a, p->args->verb, name);
	if (!takes_value(o) && arg[len] == '=')
		return err_new(p->a, ERR_INPUT, "--%s takes no value", name);
	if (!takes_value(o))
		return add_option(p, o, NULL);
	if (arg[len] == '=')
		return add_option(p, o, arg + len + 1);
	if (*i + 1 >= p->argc)
		return missing_value(p, o);
	return add_option(p, o, p->argv[++*i]);
}

/* "-v", "-vvy", "-ojson", "-o json" */
static struct err *short_options(struct parse *p, int *i)
{
	for (const char *c = p->argv[*i] + 1; *c; c++) {
		const struct option *o = verb_option(p->args->verb, NULL, *c);

		if (!o)
			return err_new(p->a, ERR_INPUT, "there is no option '-%c'", *c);
		if (!takes_value(o)) {
			TRY(add_option(p, o, NULL));
			continue;
		}
		if (c[1])
			return add_option(p, o, c[1] == '=' ? c + 2 : c + 1);
		if (*i + 1 >= p->argc)
			return missing_value(p, o);
		return add_option(p, o, p->argv[++*i]);
	}
	return NULL;
}

/* The operand that the next word would be, or NULL when there are enough. */
static const struct operand *next_operand(const struct args *args)
{
	size_t n = 0;

	while (args->verb->operands[n].name)
		n++;
	if (args->operands.n < n)
		return &args->verb->operands[args->operands.n];
	if (n && args->verb->operands[n - 1].flags & ARG_REPEAT)
		return &args->verb->operands[n - 1];
	return NULL;
}

static struct err *add_operand(struct parse *p, const char *text)
{
	const struct verb *v = p->args->verb;

	if (p->skip) {
		p->skip--;
		return NULL;
	}
	const struct operand *o = next_operand(p->args);
	if (!o && verb_is_group(v))
		return unknown_verb(p->a, v, text);
	if (!o)
		return err_new(p->a, ERR_INPUT, "'%s' does not know what to do with '%s'", v->path,
			       text);
	if (text[0] == '-' && text[1] && !v->raw)
		return err_new(p->a, ERR_INPUT, "%s must not begin with '-': '%s'", o->name, text);
	struct arg arg = {.text = text};
	if (!v->raw)
		TRY(check_value(p->a, o->kind, o->words, o->name, &arg));
	*vec_push(p->a, &p->args->operands) = text;
	return NULL;
}

static struct err *read_all(struct parse *p)
{
	bool only_operands = false;

	for (int i = 1; i < p->argc; i++) {
		const char *arg = p->argv[i];

		if (only_operands || arg[0] != '-' || !arg[1])
			TRY(add_operand(p, arg));
		else if (str_eq(arg, "--"))
			only_operands = true;
		else if (arg[1] == '-')
			TRY(long_option(p, &i));
		else
			TRY(short_options(p, &i));
	}
	return NULL;
}

static struct err *check_required(struct parse *p)
{
	const struct verb *v = p->args->verb;
	const struct option *o;

	for (size_t i = 0; v->operands[i].name; i++)
		if (i >= p->args->operands.n && !(v->operands[i].flags & ARG_OPTIONAL))
			return err_hint(p->a,
					err_new(p->a, ERR_INPUT, "'%s' needs %s", v->path,
						v->operands[i].name),
					"%s: %s.", v->operands[i].name, v->operands[i].help);
	for (size_t i = 0; (o = verb_own_option(v, i)); i++)
		if (o->flags & ARG_REQUIRED && !args_count(p->args, o->name))
			return err_hint(p->a,
					err_new(p->a, ERR_INPUT, "'%s' needs --%s %s", v->path,
						o->name, verb_value_name(o)),
					"--%s: %s.", o->name, o->help);
	return NULL;
}

static struct err *find_verb(struct parse *p, bool *ret_none)
{
	const char *words[MAX_WORDS] = {0};
	size_t n = leading_words(p->a, p->argc, p->argv, words), used = 0;

	*ret_none = n == 0;
	p->args->verb = verb_find(words, n, &used);
	p->skip = used;
	if (n && !p->args->verb)
		return unknown_verb(p->a, NULL, words[0]);
	if (p->args->verb && !p->args->verb->run && used < n)
		return unknown_verb(p->a, p->args->verb, words[used]);
	return NULL;
}

/* Options alone: `smo`, `smo --help`, `smo -v`. */
static struct err *read_no_verb(struct parse *p)
{
	for (int i = 1; i < p->argc; i++) {
		if (str_eq(p->argv[i], "--"))
			continue;
		TRY(str_starts(p->argv[i], "--") ? long_option(p, &i) : short_options(p, &i));
	}
	p->args->help = true;
	return NULL;
}

struct err *args_parse(struct arena *a, int argc, char **argv, struct args *ret_args)
{
	struct args args = {.program = argc > 0 ? argv[0] : "smo"};
	struct parse p = {a, argc, argv, &args, 0};
	const char *slash = strrchr(args.program, '/');
	bool none = false;

	if (slash)
		args.program = slash + 1;
	TRY(find_verb(&p, &none));
	if (none) {
		TRY(read_no_verb(&p));
	} else {
		TRY(read_all(&p));
		if (!args.verb->run)
			args.help = true;
		if (!args.help)
			TRY(check_required(&p));
	}
	*ret_args = args;
	return NULL;
}

/* ---- asking ---- */

const char *args_operand(const struct args *args, size_t i)
{
	return i < args->operands.n ? args->operands.at[i] : NULL;
}

static const struct arg *last(const struct args *args, const char *name)
{
	for (size_t i = args->options.n; i > 0; i--)
		if (str_eq(args->options.at[i - 1].option->name, name))
			return &args->options.at[i - 1];
	return NULL;
}

/* The default of the option, as if it had been given. */
static struct arg given(const struct args *args, const char *name)
{
	const struct arg *found = last(args, name);
	const struct option *o = verb_option(args->verb, name, 0);
	struct arena scratch scoped_arena = {0};
	struct arg arg = {.option = o};

	if (found)
		return *found;
	if (!o)
		abort(); /* no such option in the table: a mistake of ours */
	if (!o->otherwise)
		return arg;
	arg.text = o->otherwise;
	if (check_value(&scratch, o->kind, o->words, name, &arg))
		abort();
	return arg;
}

const char *args_text(const struct args *args, const char *name)
{
	return given(args, name).text;
}

int64_t args_int(const struct args *args, const char *name)
{
	return given(args, name).integer;
}

double args_real(const struct args *args, const char *name)
{
	return given(args, name).real;
}

int64_t args_ms(const struct args *args, const char *name)
{
	return given(args, name).integer;
}

bool args_flag(const struct args *args, const char *name)
{
	return args_count(args, name) > 0;
}

size_t args_count(const struct args *args, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < args->options.n; i++)
		n += str_eq(args->options.at[i].option->name, name);
	return n;
}

size_t args_all(struct arena *a, const struct args *args, const char *name,
		const char *const **ret_texts)
{
	vec_of(const char *) texts = {0};

	for (size_t i = 0; i < args->options.n; i++)
		if (str_eq(args->options.at[i].option->name, name))
			*vec_push(a, &texts) = args->options.at[i].text;
	*ret_texts = texts.at;
	return texts.n;
}
