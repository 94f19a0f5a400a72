// SPDX-License-Identifier: Apache-2.0
/*
 * Verbs: one table from which parsing, --help, completion and the man pages are made.
 *
 * A verb is one entry of a verbs_*.c file.  To add one, write the entry and its handler; nothing
 * else needs to know.  The handler runs with struct app (app/app.h), reads its arguments with
 * cli/args.h and prints with cli/output.h.
 *
 *	{.path = "graph stop",
 *	 .brief = "take a graph's services down, keep what we know of it",
 *	 .operands = {{"NAME", ARG_GRAPH, .help = "graph to stop"}},
 *	 .options = {OPTIONS({"wait", .help = "until nothing of it runs"})},
 *	 .confirm = "Are you sure you want to stop graph '%s'?",
 *	 .run = stop_run},
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct app;
struct err;

/* What a value is: decides how it is checked and how the shell completes it. */
enum arg_kind {
	ARG_NONE,  /* options only: a flag, takes no value */
	ARG_COUNT, /* a flag that counts: -vv */
	ARG_TEXT,
	ARG_INT,
	ARG_REAL,
	ARG_DURATION, /* "90s", "5m", "1h30m"; a bare number is seconds */
	ARG_WORD,     /* one of words[] */
	ARG_FILE,
	ARG_DIR,
	ARG_GRAPH, /* names in the store: completed by asking smo itself */
	ARG_CLUSTER,
	ARG_SERVICE,
	ARG_PROJECT,
};

enum arg_flag {
	ARG_REQUIRED = 1, /* options; operands are required unless ARG_OPTIONAL */
	ARG_OPTIONAL = 2,
	ARG_REPEAT = 4, /* the last operand, or an option that may be given more than once */
	ARG_HIDDEN = 8, /* works, but help does not mention it */
};

struct option {
	const char *name; /* "project" is --project */
	enum arg_kind kind;
	const char *value;        /* what help calls the value: "FILE" */
	const char *help;         /* a phrase, lower case, no full stop */
	const char *otherwise;    /* default, or NULL */
	const char *const *words; /* ARG_WORD: NULL-terminated */
	const char *setting;      /* the setting that this option overrules, or NULL */
	unsigned flags;
	char letter; /* 'p' is -p; 0: none */
};

struct operand {
	const char *name; /* "NAME" */
	enum arg_kind kind;
	const char *help;
	unsigned flags;
	const char *const *words;
};

struct example {
	const char *command; /* without the program's name: "graph plan app.yaml" */
	const char *what;    /* a sentence without its full stop, or NULL */
};

enum { VERB_ALIASES = 3, VERB_OPERANDS = 3, VERB_OPTION_LISTS = 3, VERB_EXAMPLES = 4 };

struct verb {
	const char *path; /* "graph deploy"; a group such as "graph" has no run */
	const char *aliases[VERB_ALIASES + 1]; /* whole paths: "deploy" */
	const char *brief;                     /* a phrase, lower case, no full stop */
	const char *text;                      /* paragraphs for --help and man, or NULL */
	struct operand operands[VERB_OPERANDS + 1];
	const struct option *options[VERB_OPTION_LISTS + 1]; /* lists that may be shared */
	struct example examples[VERB_EXAMPLES + 1];
	/* Asked before run, unless --yes; %s is the first operand.  No answer, no run.  What speaks
	 * for another answer is told by @warn first. */
	const char *confirm;
	struct err *(*warn)(struct app *app);
	bool hidden;
	bool bare; /* reads no settings: help, version ... */
	bool raw;  /* whatever follows "--" is an operand, also what looks like an option */
	struct err *(*run)(struct app *app);
};

/* A list of options inside a table: .options = {OPTIONS({"wait"}, {"timeout", ARG_DURATION})} */
#define OPTIONS(...)                                                                               \
	(const struct option[])                                                                    \
	{                                                                                          \
		__VA_ARGS__,                                                                       \
		{                                                                                  \
			0                                                                          \
		}                                                                                  \
	}

/* Every group of verbs; each list ends with path NULL.  Filled in app/verbs.c. */
extern const struct verb *const verb_groups[];

/* Options that every verb has: -v, -o, --dir, --yes ... then the flags of the settings; NULL after
 * the last one. */
const struct option *verb_global(size_t i);

/* for (const struct verb *v = verb_next(NULL); v; v = verb_next(v)) */
const struct verb *verb_next(const struct verb *v);

/*
 * The verb that the @n words start with: the longest path or alias that matches.  @ret_used says
 * how many words it took.  NULL when the first word is no verb at all.
 */
const struct verb *verb_find(const char *const *words, size_t n, size_t *ret_used);

/* The verb with exactly this path, or NULL. */
const struct verb *verb_at(const char *path);

/* True when @v stands directly below @group ("graph list" below "graph"); group NULL is the top. */
bool verb_is_below(const struct verb *v, const struct verb *group);

/* True when @v has verbs below it: "graph" has "graph list". */
bool verb_is_group(const struct verb *v);

/* The last word of the path: "list". */
const char *verb_word(const struct verb *v);

/* for (size_t i = 0; (o = verb_own_option(v, i)); i++): the options of @v, all lists as one. */
const struct option *verb_own_option(const struct verb *v, size_t i);

/* "FILE" for messages and help: o->value, or a word for its kind. */
const char *verb_value_name(const struct option *o);

/* The option called @name (without "--") or @letter, of @v or global; NULL when there is none. */
const struct option *verb_option(const struct verb *v, const char *name, char letter);
