// SPDX-License-Identifier: Apache-2.0
/* What a pod template asks for. */
#pragma once

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
