// SPDX-License-Identifier: Apache-2.0
/*
 * What the control plane does not know of a cluster: where it stands, what it costs, how far the
 * others are.
 *
 * It is told in three places, the later one wins: labels or annotations of the cluster
 * (smo.nephele-project.eu/price-cpu: "0.04", topology.kubernetes.io/region), the setting
 * clusters.properties (edge:priceCpu=0.04), and `smo cluster set edge priceCpu=0.04`.
 */
#pragma once

#include <stddef.h>

#include "model/snapshot.h"

struct arena;

/* NULL-terminated; latency. and egress. go on with the name of the other cluster. */
extern const char *const cluster_property_keys[];

/*
 * Let @c have @value (text) for @key and remember @origin, shown by `cluster describe`.  Returns
 * NULL, or what is wrong in words for people: "'x' is not a number".
 */
const char *cluster_property_set(struct arena *a, struct cluster *c, const char *key,
				 const char *value, const char *origin);

/* What the labels and annotations of @c say; values that make no sense are left out. */
void cluster_properties_from_labels(struct arena *a, struct cluster *c);
