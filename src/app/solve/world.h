// SPDX-License-Identifier: Apache-2.0
/* smo-solve world: place the graph of a descriptor in the world of a snapshot, and say why. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct world_request {
	const char *graph, *snapshot; /* files */
	const char *policy;           /* or NULL */
	uint64_t budget;              /* work units */
	double stop_after;            /* seconds; 0: never */
	bool json;
};

/* Prints; returns the exit code. */
int solve_world(const struct world_request *r);
