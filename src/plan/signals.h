// SPDX-License-Identifier: Apache-2.0
/* What a graph brings along to be watched: alerting rules and dashboards. */
#pragma once

#include <stdbool.h>

#include "plan/dashboards.h"
#include "plan/rules.h"

struct snapshot;

struct signal_options {
	bool rules;
	bool rules_if_kept; /* only where the snapshot does not say that nobody keeps them */
	struct rule_options rule;
	bool dashboards;
	const char *board_url;          /* of Grafana, for links; NULL: there are none */
	struct dashboard_options board; /* its instance is filled by desire() */
};

/* True for the kinds of objects whose steps may fail without failing the plan. */
bool signal_is_optional(const char *kind);

/* Shall the rules of @g be put?  Not without events, and not where nobody keeps them. */
bool signal_wants_rules(const struct signal_options *o, const struct graph *g,
			const struct snapshot *s);

/* Why the rules of @g stay out although it has events, or NULL. */
const char *signal_no_rules(const struct signal_options *o, const struct graph *g,
			    const struct snapshot *s);

/* The dashboard of cluster @name as an object of @instance. */
struct node *signal_cluster_board(struct arena *a, const char *instance, const char *name,
				  const struct dashboard_options *o);

/* Where to look at dashboard @uid, or NULL. */
const char *signal_board_link(struct arena *a, const struct signal_options *o, const char *uid);
