// SPDX-License-Identifier: Apache-2.0
/* The parts of the PromQL checker: internal to plan/promql*.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/vec.h"
#include "plan/promql.h"
#include "plan/promql_lex.h"

struct arena;
struct err;

struct promql_function {
	const char *name;
	const char *takes; /* see promql_functions.c */
	char gives;
};

/* By exact name, or NULL. */
const struct promql_function *promql_function(struct arena *a, const char *name);

/* sum, topk ... in any case, or NULL. */
const struct promql_function *promql_aggregation(struct arena *a, const char *name);

/* The function whose name is most like @name, or NULL. */
const char *promql_function_suggest(struct arena *a, const char *name);

struct promql_parser {
	struct promql_lexer l;
	struct arena *a;
	vec_of(const char *) metrics;
	bool compares;
	int depth;
};

/* A parsed part. */
struct promql_part {
	enum promql_type type;
	bool selector; /* a plain selector: may get a range */
	bool timed;    /* a selector or subquery: may get offset and @ */
	bool has_offset, has_at;
	size_t start;
};

bool promql_is_mark(const struct promql_parser *p, const char *mark);
bool promql_is_word(struct promql_parser *p, const char *word);

/* "'word'" or "the end": the present token, for messages. */
const char *promql_seen(const struct promql_parser *p);

/* Skip @mark, which must be here. */
struct err *promql_expect(struct promql_parser *p, const char *mark) must_check;

/* promql_select.c: a selector, of whose name the token was just taken (NULL: it has none). */
struct err *promql_selector(struct promql_parser *p, const char *name, struct promql_part *ret)
	must_check;
