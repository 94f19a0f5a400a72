// SPDX-License-Identifier: Apache-2.0
/*
 * The assignment problem: every item goes to exactly one bin, at the least cost.
 *
 * For whoever formulates a decision (plan/, or a program that reads benchmark files).  Nothing in
 * here knows of services or clusters.  All quantities and costs are integers: the caller chooses
 * the units (milli-cores, bytes, micro-euro) and multiplying all of one kind by a constant changes
 * no answer.
 *
 * A struct of zeros is an empty problem; every member but the first three is optional, and what
 * is absent (NULL, 0) costs neither time nor memory.  Everything is borrowed: arrays must outlive
 * the call, none is changed.  Names are used by explanations only.
 *
 * Index conventions: i item, b bin, r resource, p pair; x[i][r] is x[i * n_res + r].
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;
struct err;

#define SOLVE_NOWHERE   UINT32_MAX /* now[i]: the item is new and may start anywhere */
#define SOLVE_UNLIMITED INT64_MAX  /* a capacity, soft capacity or distance that never binds */

/* What an answer pays for; solve_problem.weight and .level are indexed by it. */
enum solve_term {
	SOLVE_COST,       /* pair_cost of the chosen pairs */
	SOLVE_BIN,        /* bin_cost of the bins that hold anything */
	SOLVE_SOFT,       /* use above the soft capacity, times soft_price */
	SOLVE_LINK,       /* weight x distance of linked items */
	SOLVE_BALANCE,    /* imbalance between two resources left free */
	SOLVE_MOVE,       /* move_cost of each moved item */
	SOLVE_GROUP_MOVE, /* move_cost of each group of which something moved */
	SOLVE_ROUTE,      /* route_cost[from][to] of each moved item */
	SOLVE_WORST_MOVE, /* the largest number of moved items of one group */
	SOLVE_MOVES,      /* the number of moved items */
	SOLVE_TERMS
};

/* Items @a and @b talk: pays weight x distance of their bins (@a's first), at most max_distance. */
struct solve_link {
	uint32_t a, b;        /* items */
	uint32_t metric;      /* index into solve_problem.metric */
	int64_t weight;       /* >= 0 */
	int64_t max_distance; /* hard limit; SOLVE_UNLIMITED for none.  0 is a limit */
};

/*
 * Rules for a set of items.  They count per *place*: a bin, or a set of bins (region, zone) when
 * @place is given.  Examples: apart = max_per_place 1; together = max_places 1; spread over at
 * least k regions = min_places k with place; replicas of a service, at least 2 and at most 4
 * in a bin that has any = min_per_place 2, max_per_place 4.
 */
struct solve_group {
	const char *name;
	const uint32_t *item; /* distinct items */
	size_t n;
	const uint32_t *place;  /* [bin] -> place, or NULL: each bin is its own place */
	uint32_t n_places;      /* places are 0 .. n_places - 1; 0 when place is NULL */
	uint32_t max_per_place; /* 0: no limit */
	uint32_t min_per_place; /* of a place that has any; 0 and 1: no limit */
	uint32_t max_places;    /* 0: no limit */
	uint32_t min_places;    /* 0 and 1: no limit */
	int64_t move_cost;      /* paid once when any of its items moves */
	bool counts_moves;      /* takes part in SOLVE_WORST_MOVE */
};

/*
 * Wherever group @group has an item, group @needs has one near: in the same place when @place is
 * given, else within @max_distance by metric @metric (from the bin of @group to that of @needs).
 */
struct solve_dependency {
	uint32_t group, needs; /* indices into solve_problem.group */
	const uint32_t *place; /* [bin] -> place, or NULL */
	uint32_t n_places;
	uint32_t metric;
	int64_t max_distance;
};

/* Pays price x max(0, target x free(first) - free(second)) in each bin, free = capacity - use. */
struct solve_balance {
	uint32_t first, second; /* resources */
	int64_t target, price;
};

struct solve_problem {
	size_t n_items, n_bins, n_res;
	const char *const *item_name;
	const char *const *bin_name;
	const char *const *res_name;

	/* Resources. */
	const int64_t *use;        /* [i][r], >= 0; NULL: nothing is used */
	const int64_t *capacity;   /* [b][r]; NULL: unlimited */
	const int64_t *soft;       /* [b][r] safety capacity; NULL: none */
	const int64_t *soft_price; /* [r] per unit above soft */
	const bool *transient;     /* [r] a moved item also keeps its use where it was */

	/*
	 * Eligible pairs.  NULL @first: every item may go to every bin and pair p is i * n_bins +
	 * b; else the pairs of item i are first[i] .. first[i + 1] - 1, with ascending bin[p].
	 */
	const size_t *first;      /* [n_items + 1] */
	const uint32_t *bin;      /* [p] */
	const int64_t *pair_cost; /* [p]; may be negative; NULL: 0 */
	const int64_t *pair_use;  /* [p][r] instead of use, when an item's use depends on the bin */
	const int64_t *bin_cost;  /* [b] >= 0, paid when the bin holds anything */

	/* Where things are now, and what it costs to change that. */
	const uint32_t *now;      /* [i] a bin (eligible or not), or SOLVE_NOWHERE; NULL: all new */
	const int64_t *move_cost; /* [i] >= 0 */
	const int64_t *route_cost; /* [from][to], n_bins x n_bins, >= 0 */
	size_t max_moves;          /* move budget; only when @limit_moves */
	bool limit_moves;

	/* Distances between bins, each n_bins x n_bins, >= 0, from row to column. */
	const int64_t *const *metric;
	size_t n_metrics;
	const struct solve_link *link;
	size_t n_links;

	const struct solve_group *group;
	size_t n_groups;
	const struct solve_dependency *dependency;
	size_t n_dependencies;
	const struct solve_balance *balance;
	size_t n_balances;

	/*
	 * The objective.  Terms of a lower level come first (lexicographic), within a level the sum
	 * of weight x term counts.  All zero: every term weighs 1 but SOLVE_WORST_MOVE and
	 * SOLVE_MOVES, which weigh 0.  Weights are >= 0.
	 */
	bool weighted; /* weight and level are given */
	int64_t weight[SOLVE_TERMS];
	uint8_t level[SOLVE_TERMS];
};

/* Pairs of item @i are from first to end - 1; with NULL first the bin is pair - i * n_bins. */
static inline size_t solve_pair_first(const struct solve_problem *p, size_t i)
{
	return p->first ? p->first[i] : i * p->n_bins;
}

static inline uint32_t solve_pair_bin(const struct solve_problem *p, size_t i, size_t pair)
{
	return p->first ? p->bin[pair] : (uint32_t)(pair - i * p->n_bins);
}

/* The pair of item @i and bin @b, or SIZE_MAX when it is not eligible. */
size_t solve_pair_find(const struct solve_problem *p, size_t i, uint32_t b);

/* The @r use of item @i on @pair. */
static inline int64_t solve_pair_use(const struct solve_problem *p, size_t i, size_t pair, size_t r)
{
	if (p->pair_use)
		return p->pair_use[pair * p->n_res + r];
	return p->use ? p->use[i * p->n_res + r] : 0;
}

/*
 * Refuses what makes no sense (ERR_INPUT): an index out of range, pairs out of order, a negative
 * use or weight, an objective whose levels do not fit 62 bits.
 */
struct err *solve_problem_check(struct arena *a, const struct solve_problem *p) must_check;
