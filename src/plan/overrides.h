// SPDX-License-Identifier: Apache-2.0
/*
 * OverridePolicies: how the intents of a service reach its pods.
 *
 * Karmada applies a plaintext override only where the path exists, and the API server always
 * stores `resources: {}`: so the whole resources object of a container is replaced, the
 * chart's own values merged in.
 */
#pragma once

#include "model/quantity.h"
#include "model/snapshot.h"

struct arena;
struct chart_facts;
struct graph;
struct node;
struct service;

/* The name of everything SMO itself makes for a service: "smo-<service>". */
const char *override_name(struct arena *a, const char *service);

/* The OverridePolicy of @v without metadata but its name, or NULL when nothing differs from the
 * chart.  @replicas: what clusters run whatever the template says, -1: as it says. */
struct node *override_policy(struct arena *a, const struct service *v, const struct chart_facts *f,
			     const char *namespace_, int64_t replicas);

/* Requests of one pod of @w: as our override in @s has them, else as its template says. */
struct amounts override_requests(struct arena *a, const struct snapshot *s,
				 const struct workload *w);
