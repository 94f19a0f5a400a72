// SPDX-License-Identifier: Apache-2.0
/* What a placement costs under each policy, and the rules that bind services together. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct graph;
struct place_model;
struct service;
struct snapshot;

/* Fill costs, links, groups and the objective of m->problem from m->o->policy. */
void place_cost_set(struct place_model *m);

/* From cluster @from to cluster @to of @s, in tenths of a millisecond; see place_cost.c. */
int64_t place_distance(const struct snapshot *s, size_t from, size_t to);

/* How far @v may be from @callee, which it calls; INT64_MAX when it does not matter. */
int64_t place_distance_limit(const struct graph *g, const struct service *v, const char *callee);
