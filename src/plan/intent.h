// SPDX-License-Identifier: Apache-2.0
/*
 * From the words of a descriptor to amounts.
 *
 * | level  | cpu (cores) | ram    | storage |
 * |--------|-------------|--------|---------|
 * | none   | nothing     | nothing | nothing |
 * | light  | 0.5         | 500Mi  | 5G      |
 * | small  | 1           | 1Gi    | 10G     |
 * | medium | 4           | 2Gi    | 20G     |
 * | large  | 8           | 8Gi    | 40G     |
 *
 * The figures are the original's, which wrote 500MiB and 10GB; it had no `none`, and no `light` of
 * storage: half of `small` is our choice.  Besides levels, quantities are taken as they are,
 * rounded up to a milli-core or a byte.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;
struct err;
struct graph;

struct intent_level {
	const char *name;
	int64_t cpu, memory, storage; /* milli-cores, bytes, bytes; 0 asks for nothing */
};

struct intent_table {
	const struct intent_level *at;
	size_t n;
};

extern const struct intent_table intent_builtin;

/*
 * Fill the demand of every service of @g: cpu, memory, ephemeral-storage and its GPU resource, each
 * only when more than 0 of it is asked for; what the descriptor leaves out is the chart's affair.
 * minReplicasOverall of the graph is shared out as at_least.
 * @table NULL: intent_builtin.  ERR_INPUT for a word that is neither level nor quantity.
 */
struct err *intent_apply(struct arena *a, struct graph *g, const struct intent_table *table)
	must_check;
