// SPDX-License-Identifier: Apache-2.0
/*
 * The alerting rules of a graph: one for each event of each trigger.
 *
 * They are one PrometheusRule object of ours per graph, with one group.  Where Prometheus has no
 * operator, the same object becomes a rule file (rules_file); where everything must stand in one
 * shared object as in the original, its rules are merged into that object's group (rules_merge).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "doc/bind.h"
#include "doc/problems.h"
#include "model/graph.h"
#include "model/kinds.h"

struct arena;

struct rule_options {
	const char *namespace_;         /* of the object */
	const char *prefix;             /* of its name, before the graph's; NULL: "smo-" */
	const struct text_pair *labels; /* so that the operator's ruleSelector finds it */
	size_t n_labels;
	const char *severity; /* NULL: "critical" */
	bool plain_names;     /* alert = event id, as in the original, not "graph/event" */
};

/* The group {name, rules} of @g, or NULL when no service waits for an event. */
struct node *rules_group(struct arena *a, const struct graph *g, const char *project,
			 const struct rule_options *o);

/* One rule as Prometheus reads it. */
struct node *rules_rule(struct arena *a, const struct graph *g, const char *project,
			const struct service *v, const struct event *e,
			const struct rule_options *o);

/*
 * Queries and labels, checked before anything is sent.  Errors: bad-promql, promql-type.
 * Warnings: promql-always (a query that compares nothing fires as long as there are series).
 */
void rules_check(struct arena *a, const struct graph *g, struct problems *ps);

/* {groups: [...]} of an object, the text of a rule file. */
const char *rules_file(struct arena *a, const struct node *object);

/*
 * The shared object with the rules of @graph in its group @group_name replaced by @rules (NULL:
 * taken out).  A copy; other groups and other graphs' rules stay as they are.  *ret_changed tells
 * whether it differs at all.
 */
struct node *rules_merge(struct arena *a, const struct node *shared, const char *group_name,
			 const char *graph, const struct node *rules, bool *ret_changed);

/* The rules of @graph in group @group_name of the shared object, a list (empty: none). */
struct node *rules_extract(struct arena *a, const struct node *shared, const char *group_name,
			   const char *graph);
