// SPDX-License-Identifier: Apache-2.0
/* The alerting rules of one graph as an object, by whoever keeps them in another form. */
#pragma once

struct arena;
struct node;

/* A PrometheusRule of ours; @groups go into it (not a copy).  NULL: they are not known, so that
 * they differ from whatever is wanted. */
struct node *rule_object(struct arena *a, const char *namespace_, const char *instance,
			 const char *graph, struct node *groups);

#define RULE_OBJECT_PREFIX "smo-"

/* "smo-shop" is the graph "shop"; NULL when @name is no name of rules. */
const char *rule_object_graph(const char *name);
