// SPDX-License-Identifier: Apache-2.0
#include "app/cli/completion.h"

#include <string.h>

#include "app/cli/help.h"
#include "app/cli/verb.h"
#include "base/arena.h"
#include "base/str.h"

struct state {
	struct arena *a;
	struct candidates *out;
	const char *typed; /* the word being completed */
};

static void offer(struct state *st, const char *word, const char *help)
{
	if (!str_starts(word, st->typed))
		return;
	for (size_t i = 0; i < st->out->list.n; i++)
		if (str_eq(st->out->list.at[i].word, word))
			return;
	*vec_push(st->a, &st->out->list) = (struct candidate){word, help};
}

static void offer_kind(struct state *st, enum arg_kind kind, const char *const *words)
{
	switch (kind) {
	case ARG_WORD:
		for (; *words; words++)
			offer(st, *words, NULL);
		break;
	case ARG_FILE:
		st->out->files = true;
		break;
	case ARG_DIR:
		st->out->dirs = true;
		break;
	case ARG_GRAPH:
	case ARG_CLUSTER:
	case ARG_SERVICE:
	case ARG_PROJECT:
		st->out->names = kind;
		break;
	case ARG_NONE:
	case ARG_COUNT:
	case ARG_TEXT:
	case ARG_INT:
	case ARG_REAL:
	case ARG_DURATION:
		break;
	}
}

static void offer_options(struct state *st, const struct verb *v)
{
	const struct option *o;

	for (size_t i = 0; v && (o = verb_own_option(v, i)); i++)
		if (!(o->flags & ARG_HIDDEN))
			offer(st, arena_printf(st->a, "--%s", o->name), help_of(o));
	for (size_t i = 0; (o = verb_global(i)); i++)
		offer(st, arena_printf(st->a, "--%s", o->name), help_of(o));
}

static void offer_verbs(struct state *st, const struct verb *group)
{
	for (const struct verb *v = verb_next(NULL); v; v = verb_next(v)) {
		if (v->hidden)
			continue;
		if (verb_is_below(v, group))
			offer(st, verb_word(v), v->brief);
		for (size_t i = 0; !group && v->aliases[i]; i++)
			if (!strchr(v->aliases[i], ' '))
				offer(st, v->aliases[i], v->brief);
	}
}

/* The option that @word names, when its value is the next word. */
static const struct option *awaits_value(const struct verb *v, const char *word)
{
	const struct option *o = NULL;

	if (word[0] != '-' || !word[1] || strchr(word, '='))
		return NULL;
	if (word[1] == '-')
		o = verb_option(v, word + 2, 0);
	else
		o = verb_option(v, NULL, word[strlen(word) - 1]);
	return o && o->kind != ARG_NONE && o->kind != ARG_COUNT ? o : NULL;
}

/* The words before the last one that are neither options nor their values. */
static size_t plain_words(const struct verb *v, const char *const *words, size_t n,
			  const char **plain)
{
	size_t n_plain = 0;

	for (size_t i = 1; i + 1 < n; i++) {
		if (words[i][0] == '-' && words[i][1]) {
			i += awaits_value(v, words[i]) != NULL;
			continue;
		}
		plain[n_plain++] = words[i];
	}
	return n_plain;
}

/* bash takes "--name=value" apart at the "=". */
static const struct option *value_after_equals(const struct verb *v, const char *const *words,
					       size_t n)
{
	bool typed = n > 3 && str_eq(words[n - 2], "=") && str_starts(words[n - 3], "--");
	bool empty = n > 2 && str_eq(words[n - 1], "=") && str_starts(words[n - 2], "--");

	if (typed)
		return verb_option(v, words[n - 3] + 2, 0);
	return empty ? verb_option(v, words[n - 2] + 2, 0) : NULL;
}

static void offer_operand(struct state *st, const struct verb *v, size_t i)
{
	size_t n = 0;

	while (v->operands[n].name)
		n++;
	if (i >= n && n && v->operands[n - 1].flags & ARG_REPEAT)
		i = n - 1;
	if (i < n)
		offer_kind(st, v->operands[i].kind, v->operands[i].words);
}

void completion_of(struct arena *a, const char *const *words, size_t n,
		   struct candidates *ret_candidates)
{
	struct state st = {a, ret_candidates, n > 1 ? words[n - 1] : ""};
	const char **plain = arena_new_n(a, const char *, n + 1);
	size_t used = 0, n_plain = plain_words(NULL, words, n, plain);
	const struct verb *v = verb_find(plain, n_plain, &used);

	*ret_candidates = (struct candidates){0};
	n_plain = plain_words(v, words, n, plain);
	const struct option *o = value_after_equals(v, words, n);
	if (o && str_eq(st.typed, "="))
		st.typed = "";
	if (!o && n > 2)
		o = awaits_value(v, words[n - 2]);
	if (o) {
		offer_kind(&st, o->kind, o->words);
	} else if (st.typed[0] == '-') {
		offer_options(&st, v);
	} else if (!v) {
		if (!n_plain)
			offer_verbs(&st, NULL);
	} else {
		if (n_plain == used)
			offer_verbs(&st, v);
		if (v->run)
			offer_operand(&st, v, n_plain - used);
	}
}

static const char bash[] =
	"# bash completion for smo and smo-cli; source it, or install it as\n"
	"# /usr/share/bash-completion/completions/smo\n"
	"_smo_complete()\n"
	"{\n"
	"\tlocal line kind\n"
	"\tCOMPREPLY=()\n"
	"\twhile IFS=$'\\t' read -r kind line _; do\n"
	"\t\tcase $kind in\n"
	"\t\tword) COMPREPLY+=(\"$line\") ;;\n"
	"\t\tfiles) compopt -o default 2>/dev/null ;;\n"
	"\t\tdirs) compopt -o dirnames 2>/dev/null ;;\n"
	"\t\tesac\n"
	"\tdone < <(\"${COMP_WORDS[0]}\" complete -- \"${COMP_WORDS[@]:0:COMP_CWORD+1}\" "
	"2>/dev/null)\n"
	"}\n"
	"complete -F _smo_complete smo smo-cli\n";

static const char zsh[] =
	"#compdef smo smo-cli\n"
	"# zsh completion for smo and smo-cli; install it as _smo in a directory of $fpath\n"
	"_smo_complete()\n"
	"{\n"
	"\tlocal kind word help\n"
	"\tlocal -a found\n"
	"\twhile IFS=$'\\t' read -r kind word help; do\n"
	"\t\tcase $kind in\n"
	"\t\tword) found+=(\"${word//:/\\\\:}:$help\") ;;\n"
	"\t\tfiles) _files ;;\n"
	"\t\tdirs) _files -/ ;;\n"
	"\t\tesac\n"
	"\tdone < <(\"${words[1]}\" complete -- \"${(@)words[1,CURRENT]}\" 2>/dev/null)\n"
	"\t_describe 'smo' found\n"
	"}\n"
	"if [ \"$funcstack[1]\" = \"_smo\" ]; then\n"
	"\t_smo_complete\n"
	"else\n"
	"\tcompdef _smo_complete smo smo-cli\n"
	"fi\n";

const char *completion_script(const char *shell)
{
	if (str_eq(shell, "bash"))
		return bash;
	if (str_eq(shell, "zsh"))
		return zsh;
	return NULL;
}
