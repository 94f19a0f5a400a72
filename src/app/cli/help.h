// SPDX-License-Identifier: Apache-2.0
/* --help, the man page and the list of exit codes, all from the table of verbs. */
#pragma once

#include <stddef.h>

struct arena;
struct option;
struct verb;

struct exit_code {
	int code;
	const char *meaning;
};

/* What the exit code of smo says to a script; ends with meaning NULL. */
const struct exit_code *help_exit_codes(void);

/* Help for @v (NULL: the whole program), for people on a terminal. */
const char *help_text(struct arena *a, const char *program, const struct verb *v);

/* "smo graph deploy [OPTIONS] --project PROJECT DESCRIPTOR" */
const char *help_usage(struct arena *a, const char *program, const struct verb *v);

/* "--project PROJECT", "-v, --verbose" */
const char *help_option(struct arena *a, const struct option *o);

/* The help of @o: its own, or that of the setting whose flag it is. */
const char *help_of(const struct option *o);
