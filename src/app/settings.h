// SPDX-License-Identifier: Apache-2.0
/*
 * Settings: one table says each one's key, type, default, environment names, flag and meaning.
 *
 * What wins: default < config.yaml in the state directory < environment < flag.  To add a setting,
 * add a line to the table in settings.c; the config command, --help, the man page and completion
 * follow.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/cli/verb.h"
#include "base/attr.h"

struct arena;
struct args;
struct err;
struct node;
struct problems;

enum setting_type {
	SETTING_TEXT,
	SETTING_URL,        /* http:// or https:// */
	SETTING_PATH,       /* "~/" is the home directory */
	SETTING_KUBECONFIG, /* a path; a bare name is a file of ~/.kube */
	SETTING_BOOL,
	SETTING_INT,
	SETTING_REAL,
	SETTING_DURATION,
	SETTING_WORD,  /* one of words[] */
	SETTING_TEXTS, /* a list; in the environment and flags separated by commas */
};

enum { SETTING_ENVS = 3 };

struct setting {
	const char *key; /* dotted: a path in config.yaml */
	enum setting_type type;
	const char *otherwise; /* default; {dir}, {home} and {cache} are replaced; NULL: none */
	const char *help;
	const char *env[SETTING_ENVS + 1]; /* the first one that is set and not empty counts */
	const char *also;                  /* another key that config files use for it */
	struct option flag;                /* .flag.name NULL: none */
	const char *const *words;
	int64_t min, max; /* numbers, when max > min */
	bool secret;
	bool later; /* accepted and kept; nothing reads it yet */
};

enum setting_origin { ORIGIN_DEFAULT, ORIGIN_FILE, ORIGIN_ENVIRONMENT, ORIGIN_FLAG };

struct setting_value {
	const char *text; /* NULL: not set */
	enum setting_origin origin;
	const char *where; /* "~/.smo/config.yaml:3:7", "KARMADA_CONTEXT", "--context", or NULL */
};

struct settings_input {
	const char *dir;
	const char *(*env)(const char *name); /* as getenv */
	const struct args *args;              /* or NULL */
};

struct settings {
	struct arena *a;
	const char *dir, *file; /* config.yaml */
	bool has_file;
	struct setting_value *values; /* one for each line of the table */
};

/* The table; NULL after the last one. */
const struct setting *setting_at(size_t i);

/*
 * Read everything.  Unknown keys of the file are warnings in @ps, wrong values errors.  ERR_INPUT
 * when the file is no YAML, ERR_FORBIDDEN when it may not be read; no file is fine.
 */
struct err *settings_load(struct arena *a, const struct settings_input *in, struct problems *ps,
			  struct settings **ret_settings) must_check;

/* By key; one that is not in the table ends the process (a mistake of ours). */
const char *settings_text(const struct settings *s, const char *key); /* NULL: not set */
bool settings_bool(const struct settings *s, const char *key);
int64_t settings_int(const struct settings *s, const char *key);
double settings_real(const struct settings *s, const char *key); /* 0: not set */
int64_t settings_ms(const struct settings *s, const char *key);
size_t settings_list(const struct settings *s, const char *key, const char *const **ret_texts);
const struct setting_value *settings_value(const struct settings *s, const char *key);

/* {grafana: {host: ...}, ...}; secrets are "********". */
struct node *settings_document(struct arena *a, const struct settings *s);

/* A list of {key, value, origin, where, help}; secrets masked. */
struct node *settings_origins(struct arena *a, const struct settings *s);

const char *setting_origin_name(enum setting_origin origin);

/* The text of a new config.yaml: the original's keys with their defaults; @simulated adds world. */
const char *settings_template(struct arena *a, const char *dir, bool simulated);
