// SPDX-License-Identifier: Apache-2.0
/* The command line, parsed by the table of verbs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/vec.h"

struct arena;
struct err;
struct option;
struct verb;

struct arg {
	const struct option *option;
	const char *text; /* as written; NULL for flags */
	int64_t integer;  /* ARG_INT; ARG_DURATION: milliseconds; ARG_WORD: index */
	double real;      /* ARG_REAL, ARG_INT */
};

struct args {
	const char *program; /* "smo", "smo-cli": for messages */
	const struct verb *verb;
	bool help; /* --help was given, or a group without a verb */
	vec_of(struct arg) options;
	vec_of(const char *) operands;
};

/*
 * Parse @argv[1 .. @argc).  Options may stand anywhere, as --name VALUE, --name=VALUE or -nVALUE;
 * "--" ends them.  Errors are ERR_INPUT and name the nearest verb or option there is.  When
 * ret_args->help is set, required arguments may be missing.
 */
struct err *args_parse(struct arena *a, int argc, char **argv, struct args *ret_args) must_check;

/* Operand @i, or NULL. */
const char *args_operand(const struct args *args, size_t i);

/* The value of the option @name (the last one given), else its default, else NULL. */
const char *args_text(const struct args *args, const char *name);
int64_t args_int(const struct args *args, const char *name); /* 0 without a default */
double args_real(const struct args *args, const char *name);
int64_t args_ms(const struct args *args, const char *name); /* ARG_DURATION in milliseconds */
bool args_flag(const struct args *args, const char *name);
size_t args_count(const struct args *args, const char *name); /* how often it was given */

/* Every value of a repeated option. */
size_t args_all(struct arena *a, const struct args *args, const char *name,
		const char *const **ret_texts);
