// SPDX-License-Identifier: Apache-2.0
/* Measurements and the states of alerting rules, from whoever keeps them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "doc/bind.h"

struct arena;
struct err;

/* One series. Values may be NaN or infinite; times are milliseconds since 1970 UTC. */
struct metric_series {
	struct text_pair *labels; /* by name; "__name__" among them */
	size_t n_labels;
	int64_t *times;
	double *values; /* [n]: one for an instant, any number for a range */
	size_t n;
};

struct metric_answer {
	struct metric_series *series; /* none: the query has no result */
	size_t n_series;
	const char **warnings;
	size_t n_warnings;
};

struct metric_rule {
	const char *name;  /* of the alert */
	const char *state; /* inactive, pending, firing */
	const char *query, *error;
	struct text_pair *labels; /* of the rule */
	size_t n_labels;
	int64_t since;   /* pending or firing: 0 else */
	double value;    /* then, of the first series */
	size_t n_active; /* series that are pending or firing */
};

struct metrics_port {
	/* @at 0: now.  ERR_INPUT: the query is wrong; ERR_REMOTE, ERR_TIMEOUT, ERR_TOO_LARGE. */
	struct err *(*instant)(void *self, struct arena *a, const char *query, int64_t at,
			       struct metric_answer *ret_answer)must_check;
	/* At most 11,000 points a series (Prometheus' own limit). */
	struct err *(*range)(void *self, struct arena *a, const char *query, int64_t from,
			     int64_t to, int64_t step_ms,
			     struct metric_answer *ret_answer)must_check;
	/* The alerting rules that are loaded now. */
	struct err *(*rules)(void *self, struct arena *a, struct metric_rule **ret_rules,
			     size_t *ret_n)must_check;
	/* Read the rule files again.  ERR_INPUT when what they say is refused; the rules of before
	 * stay in force then. */
	struct err *(*reload)(void *self, struct arena *a)must_check;
	void *self;
};
