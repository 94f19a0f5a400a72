// SPDX-License-Identifier: Apache-2.0
/*
 * What is wrong with a graph as a whole: parts that do not fit each other.
 *
 * graph_read() has told what one field alone can tell (forms of ids, levels, durations); this looks
 * at what they say together.  Both are needed, in that order.
 */
#pragma once

struct arena;
struct graph;
struct problems;

/*
 * Codes: errors: duplicate-id, unknown-service, dependency-cycle, duplicate-event, replica-bounds,
 * scaling-bounds, scaling-query, scaling-model.
 * Warnings: leading-digit, self-link, waits-for-event, unlinked-latency, implementer, bad-version,
 * model-version, scaling-start, scaling-zero, and what rules_check() finds.  Notes: unknown-source,
 * static-placement, overwritten-value, no-undeploy.
 */
void graph_check(struct arena *a, const struct graph *g, struct problems *ps);
