// SPDX-License-Identifier: Apache-2.0
/*
 * Who watches the graphs.  Rules and dashboards themselves are objects (object_port.h); this is
 * what there is to ask and to tell beside them.  Every member may be NULL.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;
struct err;

/* A moment that dashboards of @graph show. */
struct watch_mark {
	const char *graph;
	const char *text; /* lines */
	int64_t from, to; /* milliseconds since 1970 UTC */
};

struct watch_port {
	/* Where objects of @kind (rules, dashboards) go now: model/kinds.h.  NULL: nowhere. */
	const char *(*place)(void *self, const char *kind);
	/* Do the settings still say how to get at those in @place? */
	bool (*reaches)(void *self, const char *kind, const char *place);
	/* *ret_why: why nobody would keep alerting rules in @namespace_, or NULL. */
	struct err *(*no_rules)(void *self, struct arena *a, const char *namespace_,
				const char **ret_why)must_check;
	struct err *(*mark)(void *self, struct arena *a, const struct watch_mark *m)must_check;
	void *self;
};
