// SPDX-License-Identifier: Apache-2.0
/*
 * Public benchmark formats -> an assignment problem.
 *
 * gap:   "m n", m rows of n costs, m rows of n uses, m capacities, separated by white space.
 * moves: JSON {"capacity": [...], "gpu": [...], "cpu": [...], "replicas": [...],
 *        "needs_gpu": [...], "now": [...]}: the fewest services that leave their cluster.  Cores
 *        are counted in thousandths.
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
