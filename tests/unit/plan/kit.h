// SPDX-License-Identifier: Apache-2.0
/* Graphs and snapshots from YAML, for the tests of the plan room. */
#pragma once

#include "model/graph.h"
#include "model/plan.h"
#include "model/snapshot.h"

struct arena;

/* The services of a graph called demo, written as the list under `services:`; intents applied. */
struct graph kit_graph(struct arena *a, const char *services);

/* A snapshot of graph demo in project shop; fails the test when it cannot be read. */
struct snapshot kit_snapshot(struct arena *a, const char *text);

/* "8 of 16 cores" and the like are compared as text: "cpu 500m, memory 1Gi". */
const char *kit_amounts(struct arena *a, const struct amounts *r);

/* One line a step: "put policy web on a | after 1 2". */
const char *kit_steps(struct arena *a, const struct step *steps, size_t n);
