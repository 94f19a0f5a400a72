// SPDX-License-Identifier: Apache-2.0
/*
 * Public benchmark formats -> an assignment problem.
 *
 * gap:   "m n", m rows of n costs, m rows of n uses, m capacities, separated by white space.
 * moves: JSON {"capacity": [...], "gpu": [...], "cpu": [...], "replicas": [...],
 *        "needs_gpu": [...], "now": [...]}: the fewest services that leave their cluster.  Cores
 *        are counted in thousandths.
 * problem: numbers separated by white space: "items bins resources links", a row of uses for each
 *        item, a row of capacities for each bin, a row of costs for each item (one per bin), with
 *        links a row of distances for each bin, and for each link "item item weight".  Read as it
 *        comes, so that the text of a large one takes no memory.
 */
#pragma once

#include <stddef.h>

#include "base/attr.h"

struct arena;
struct err;
struct solve_problem;

/* The whole of @path, at most 256 MiB. */
struct err *read_file(struct arena *a, const char *path, char **ret_text, size_t *ret_size)
	must_check;

struct err *read_gap(struct arena *a, const char *path, struct solve_problem *ret_problem)
	must_check;
struct err *read_moves(struct arena *a, const char *path, struct solve_problem *ret_problem)
	must_check;
struct err *read_problem(struct arena *a, const char *path, struct solve_problem *ret_problem)
	must_check;
