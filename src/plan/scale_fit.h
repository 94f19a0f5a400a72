// SPDX-License-Identifier: Apache-2.0
/*
 * Giving up replicas until everything fits, at the least cost: the core of every scaling policy.
 *
 * Each service starts from the number it would like best.  Where bins (a resource of a cluster)
 * are too full, units are taken away; the first ones of a service are the cheapest, so costs are
 * convex and a service is described by a few runs of equal cost.
 *
 *     minimise    sum over services of the cost of the units taken
 *     subject to  for each bin b: sum of use[s][b] * taken[s] >= excess[b]
 *
 * Exact (branch and bound with a knapsack bound, part by part where services share no full bin)
 * up to a budget counted in work units; after that the best answer found, and said so.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum { FIT_RUNS = 3 };

struct fit_run {
	int64_t units; /* how many units may be taken at this cost */
	double cost;   /* of each, >= 0; not less than the run before */
};

struct fit_use {
	size_t bin;
	int64_t amount; /* > 0, of one unit */
};

struct fit_item {
	struct fit_run runs[FIT_RUNS];
	size_t n_runs;
	const struct fit_use *uses;
	size_t n_uses;
	int64_t taken; /* the answer */
};

struct fit_answer {
	bool fits;        /* false: not even taking everything is enough */
	bool proven;      /* no cheaper answer exists */
	size_t short_bin; /* !fits: the first bin that stays too full */
	int64_t missing;  /* !fits: by how much */
};

/*
 * @excess[b] <= 0 means that bin @b has room.  On equal cost more units are taken (fewer replicas
 * stay).  @budget 0: the default.
 */
struct fit_answer scale_fit(struct arena *a, struct fit_item *items, size_t n,
			    const int64_t *excess, size_t n_bins, uint64_t budget);
