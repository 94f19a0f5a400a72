// SPDX-License-Identifier: Apache-2.0
/*
 * One bin's knapsack by dynamic programming, with the price of forcing each item in or out.
 * Internal.
 *
 * F[k][w]: the best profit of the first k items within weight w.  With the same from the other
 * end, G[k][w] of items k .. n - 1, the best without item k is max_w F[k][w] + G[k + 1][C - w]
 * (Posta, Ferland, Michelon 2012): exact penalties for the cost of three programmes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct knapsack {
	size_t n;        /* items, each of profit > 0 and weight <= cap */
	double *profit;  /* [n] */
	int32_t *weight; /* [n] */
	bool *in;        /* [n] the best choice */
	double *change;  /* [n] what forcing it out (in: it is in) or in (it is out) costs, >= 0 */
	int32_t cap;
	double value;

	double *forward, *backward; /* tables, grown as needed */
	size_t forward_size, backward_size;
	struct arena *a;
};

void knapsack_init(struct arena *a, size_t max_items, struct knapsack *ret_knapsack);

/* value and in; returns the number of table cells computed. */
uint64_t knapsack_solve(struct knapsack *k);

/*
 * change, after knapsack_solve.  @most: the best profit of all items within each weight,
 * i.e. forward row n, for items of no profit: forcing one of weight w costs
 * value - most[cap - w] - profit.
 */
uint64_t knapsack_penalties(struct knapsack *k, const double **ret_most);
