// SPDX-License-Identifier: Apache-2.0
/* The Helm values of a service: the user's, and what SMO decides. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/graph.h"

struct arena;
struct chart_facts;
struct node;

/* What SMO tells a chart. */
struct decided {
	const char **clusters; /* where the service runs */
	size_t n_clusters;
	const char **import_clusters; /* where its callers run; never empty when clusters is not */
	size_t n_import_clusters;
	int64_t replicas; /* 0: leave it to the chart */
	bool asleep;      /* none at all */
};

/*
 * What a chart is rendered with to learn its facts: valuesOverwrite, and the intents where
 * artifact.valuesMapping names a path for them.  Does not depend on the placement.
 */
struct node *values_base(struct arena *a, const struct service *v);

/*
 * The values of the release.  A chart that reads clustersAffinity gets it and serviceImportClusters
 * where it reads them; one that reads them in both places, the way the original passed them: at the
 * top, or inside voChartOverwrite for a WOT artifact.
 * @d NULL: static placement, nothing is injected.
 */
struct node *values_final(struct arena *a, const struct service *v, const struct chart_facts *f,
			  const struct decided *d);

/* The value that sets the replicas: as mapped, else as the chart has it; NULL: there is none. */
const char *values_replicas_path(const struct service *v, const struct chart_facts *f);

/* 40 hex digits of the values without the replicas, which scaling changes behind our back. */
const char *values_hash(struct arena *a, const struct service *v, const struct chart_facts *f,
			const struct node *values);
