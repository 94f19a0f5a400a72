// SPDX-License-Identifier: Apache-2.0
/* The words of PromQL: internal to plan/promql*.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;
struct err;

enum promql_token {
	TOKEN_END,
	TOKEN_NAME, /* a name or keyword; may hold ':' */
	TOKEN_NUMBER,
	TOKEN_DURATION,
	TOKEN_STRING,
	TOKEN_MARK, /* one of ( ) { } [ ] , : @ + - * / % ^ = == != < <= > >= =~ !~ */
};

struct promql_lexer {
	struct arena *a;
	const char *text;
	size_t at; /* of the next token */
	/* the present token */
	enum promql_token kind;
	const char *word; /* its text; of a string what it means */
	size_t start;
	int64_t ms; /* TOKEN_DURATION */
};

/* Move on to the next token. */
struct err *promql_next(struct promql_lexer *l) must_check;

/* ERR_INPUT with the column of @at. */
struct err *promql_error(struct promql_lexer *l, size_t at, const char *fmt, ...) printf_like(3, 4)
	must_check;
