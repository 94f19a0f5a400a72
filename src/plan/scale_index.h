// SPDX-License-Identifier: Apache-2.0
/* What a snapshot says of each service, found without a search: for graphs of many services. */
#pragma once

#include "model/snapshot.h"

struct arena;

struct scale_facts {
	const char *service;
	const struct service_state *state; /* or NULL */
	const struct chart_facts *chart;   /* or NULL */
	const struct workload *main;       /* of the chart's main workload, or NULL */
	struct snapshot part;              /* workloads and objects of this service alone */
};

struct scale_index;

/* Lives as long as @s. */
struct scale_index *scale_index_of(struct arena *a, const struct snapshot *s);

/* Never NULL: of a service that nothing is known of all is empty. */
const struct scale_facts *scale_index_get(const struct scale_index *x, const char *service);
