// SPDX-License-Identifier: Apache-2.0
/* The inside of a chart's .tgz.  ERR_INPUT: no archive, or no chart; ERR_TOO_LARGE: over 64 MiB. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct arena;
struct err;
struct node;

struct chart_archive {
	const char *name, *version, *app_version; /* from Chart.yaml */
	struct node *values;                      /* values.yaml: a map, empty when there is none */
	bool has_schema;                          /* values.schema.json */
	bool names_affinity;                      /* "clustersAffinity" stands somewhere in it */
	const char **subcharts;                   /* names or aliases of its dependencies */
	size_t n_subcharts;
};

struct err *chart_archive_read(struct arena *a, const void *bytes, size_t size,
			       struct chart_archive *ret_chart) must_check;

/* Write to @path the same archive without the times at which its files were packed: equal folders,
 * equal bytes. */
struct err *chart_archive_settle(struct arena *a, const void *bytes, size_t size, const char *path)
	must_check;
