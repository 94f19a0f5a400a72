// SPDX-License-Identifier: Apache-2.0
/*
 * How a chart takes the names of clusters, found out by rendering it with names that nobody has:
 * in which places of its values it reads clustersAffinity, and how several names are written there.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct chart_facts;
struct err;
struct node;

#define AFFINITY_SENTINEL "smo-cluster" /* all names that clustersAffinity was set to begin so */

struct affinity_probe {
	struct err *(*render)(void *self, const struct node *values, struct node **ret_documents);
	void *self;
	const struct node *values;    /* the user's */
	const struct node *defaults;  /* the chart's */
	const char *const *subcharts; /* names or aliases of its dependencies */
	size_t n_subcharts;
	bool has_schema; /* it may refuse one place or form, and take another */
};

/*
 * Does the chart heed the names of clusters?  Fills what struct chart_facts says of that.
 * *ret_documents, *ret_values: what it renders then, and with what; untouched if it does not.
 */
bool chart_affinity(struct arena *a, const struct affinity_probe *p, struct chart_facts *f,
		    struct node **ret_documents, const struct node **ret_values);
