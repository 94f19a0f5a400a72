// SPDX-License-Identifier: Apache-2.0
/* What a pod template asks for. */
#pragma once

#include <stdbool.h>

#include "model/quantity.h"

struct arena;
struct node;

/* A map of resource to quantity; what is no quantity is left out.  Requests are demand: round up.
 */
struct amounts pod_amounts(struct arena *a, const struct node *map, enum rounding rounding);

/*
 * The requests that a scheduler counts for one pod of @pod_spec: all containers together, or the
 * greediest init container if that is more; a limit stands for a missing request; overhead added.
 * (Kubernetes: "Resource sharing within containers" and sidecar containers.)
 */
struct amounts pod_requests(struct arena *a, const struct node *pod_spec);

/* Of that, what comes on top of the containers: sidecars and overhead. */
struct amounts pod_besides(struct arena *a, const struct node *pod_spec);

/* What it needs at least, because its init containers do; overhead included.  Empty without them.
 */
struct amounts pod_start(struct arena *a, const struct node *pod_spec);

/* Does it mount what keeps data: a claim, or a folder of its node? */
bool pod_keeps_data(const struct node *pod_spec);
