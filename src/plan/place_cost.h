// SPDX-License-Identifier: Apache-2.0
/* What a placement costs under each policy, and the rules that bind services together. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct co_location;
struct graph;
struct place_model;
struct service;
struct snapshot;
struct solve_problem;

/* Fill costs, links, groups and the objective of m->problem from m->aim. */
void place_cost_set(struct place_model *m);

/* The rest of m->problem that the objective builds on: links, groups, dependencies, metrics. */
void place_rules_set(struct place_model *m);

/* Moves count before everything else in @p. */
void place_cost_moves_first(struct solve_problem *p);

/* Items that cannot stay where they are. */
size_t place_cost_forced(const struct place_model *m);

/* From cluster @from to cluster @to of @s, in tenths of a millisecond; see place_rules.c. */
int64_t place_distance(const struct snapshot *s, size_t from, size_t to);

/* How far @v may be from @callee, which it calls; INT64_MAX when it does not matter. */
int64_t place_distance_limit(const struct graph *g, const struct service *v, const char *callee);

/* True when @l is about a service of another graph. */
bool place_grounded(const struct graph *g, const struct co_location *l);
