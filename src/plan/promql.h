// SPDX-License-Identifier: Apache-2.0
/*
 * PromQL: is this text a query that Prometheus would accept?
 *
 * A parser and type checker of our own, so that a wrong expression is told with its position
 * before anything is sent.  It knows the language of Prometheus 2.42 (what Debian 12 has) and the
 * functions that later releases added, which Prometheus itself may still refuse.
 * Source: prometheus.io, "Querying Prometheus".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct arena;
struct err;

enum promql_type { PROMQL_SCALAR, PROMQL_INSTANT, PROMQL_RANGE, PROMQL_STRING };

const char *promql_type_name(enum promql_type type); /* "an instant vector" */

struct promql_facts {
	enum promql_type type;
	bool compares; /* a comparison (without `bool`) or absent() decides whether there is a
			  result: what an alert needs */
	const char **metrics; /* names of the series selected, each once, in order */
	size_t n_metrics;
};

/* ERR_INPUT: "column 7: ...". */
struct err *promql_check(struct arena *a, const char *text, struct promql_facts *ret_facts)
	must_check;

/* @value as it stands between double quotes in a query. */
const char *promql_escape(struct arena *a, const char *value);

/* [a-zA-Z_][a-zA-Z0-9_]* */
bool promql_is_label(const char *name);
