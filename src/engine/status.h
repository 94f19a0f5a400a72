// SPDX-License-Identifier: Apache-2.0
/* How a graph fares: what the state wants against what runs. */
#pragma once

#include "model/graph.h"
#include "model/snapshot.h"

struct arena;
struct node;
struct ports;

/*
 * {name, project, status, health, simulated, services: [{name, status, health, cluster, ready,
 * message, clusters: [...]}]}.  health of a service: Healthy, Progressing, Degraded, Missing,
 * Pending, Stopped; of the graph: the worst of them.
 */
struct node *status_document(struct arena *a, const struct graph *g, const struct snapshot *s);
