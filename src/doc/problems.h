// SPDX-License-Identifier: Apache-2.0
/*
 * Problems: everything that is wrong with a document, collected, so that the
 * user mends it in one go.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/vec.h"
#include "doc/node.h"

struct err;

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE };

struct problem {
	enum severity severity;
	struct mark at;
	const char *code; /* stable, for machines: "unknown-key", "bad-quantity" ... */
	const char *msg;  /* lower case, no full stop */
	const char *hint; /* a sentence, or NULL */
};

/* struct problems ps = {.a = arena}; */
struct problems {
	struct arena *a;
	vec_of(struct problem) list;
	size_t n_errors;
	bool strict; /* warnings about unknown keys count as errors */
};

/*
 * Add one; after a thousand they are only counted (in n_errors).  The result can be given a
 * hint: problems_add(...)->hint = "...";
 */
struct problem *problems_add(struct problems *ps, enum severity severity, struct mark at,
			     const char *code, const char *fmt, ...) printf_like(5, 6);

/* By source and position; those without a position last, otherwise as they were added. */
void problems_sort(struct problems *ps);

/* "graph.yaml:5:15: error: 'replicas' must be ... (hint)"; position left out when unknown. */
const char *problem_text(struct arena *a, const struct problem *p);

/*
 * NULL when there is no error.  One error: that error.  Several: one ERR_INPUT whose message has
 * one line for each.
 */
struct err *problems_err(struct arena *a, const struct problems *ps) must_check;
