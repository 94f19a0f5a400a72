// SPDX-License-Identifier: Apache-2.0
/* Which of a chart's own propagation policies covers an object of it, as Karmada chooses. */
#pragma once

#include <stdbool.h>

struct node;

/*
 * The PropagationPolicy or ClusterPropagationPolicy among @documents that Karmada would bind
 * @object to, or NULL.  Policies of the namespace go before those of the cluster; then the higher
 * priority wins, then the closest selector (name, labels, kind), then the name in byte order.
 * @namespace_ is where documents without a namespace go.
 */
const struct node *select_policy(const struct node *documents, const struct node *object,
				 bool cluster_scoped, const char *namespace_);
