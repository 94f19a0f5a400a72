// SPDX-License-Identifier: Apache-2.0
/*
 * Queries that are written once for many services: PromQL in which $service, $project and $window
 * stand for what is asked about.
 */
#pragma once

#include "base/attr.h"

struct arena;
struct err;

struct query_words {
	const char *service, *project;
	const char *window; /* a duration */
	const char *target; /* for $target, a service that is called; NULL: there is no such word */
};

/* @template filled in; service and project are escaped for a place between double quotes. */
const char *query_fill(struct arena *a, const char *template, const struct query_words *words);

/* ERR_INPUT: an unknown $word, or no query whose result is an instant vector or a number. */
struct err *query_check(struct arena *a, const char *template) must_check;

/* The same for what goes between two services: $target, who is called, is known too. */
struct err *query_check_link(struct arena *a, const char *template) must_check;
