// SPDX-License-Identifier: Apache-2.0
/* See knapsack.h. */
#include "solve/knapsack.h"

#include <string.h>

#include "base/arena.h"

void knapsack_init(struct arena *a, size_t max_items, struct knapsack *ret_knapsack)
{
	*ret_knapsack = (struct knapsack){
		.a = a,
		.profit = arena_new_n(a, double, max_items + 1),
		.weight = arena_new_n(a, int32_t, max_items + 1),
		.in = arena_new_n(a, bool, max_items + 1),
		.change = arena_new_n(a, double, max_items + 1),
	};
}

static double *table(struct arena *a, double **at, size_t *size, size_t need)
{
	if (*size < need) {
		*size = need + need / 2;
		*at = arena_new_n(a, double, *size);
	}
	return *at;
}

/* @next = the better of @row and @row with an item of @profit and @weight, for each capacity. */
static void row_add(const double *restrict row, double *restrict next, size_t width, size_t weight,
		    double profit)
{
	memcpy(next, row, weight * sizeof(*row));
	for (size_t w = weight; w < width; w++) {
		double with = row[w - weight] + profit;

		next[w] = with > row[w] ? with : row[w];
	}
}

uint64_t knapsack_solve(struct knapsack *k)
{
	size_t width = (size_t)k->cap + 1;
	int64_t sum = 0;

	k->value = 0;
	for (size_t i = 0; i < k->n; i++) {
		sum += k->weight[i];
		k->value += k->profit[i];
		k->in[i] = true;
	}
	if (sum <= k->cap)
		return k->n;
	double *f = table(k->a, &k->forward, &k->forward_size, (k->n + 1) * width);
	memset(f, 0, width * sizeof(*f));
	for (size_t i = 0; i < k->n; i++)
		row_add(f + i * width, f + (i + 1) * width, width, (size_t)k->weight[i],
			k->profit[i]);
	size_t w = (size_t)k->cap;
	k->value = f[k->n * width + w];
	for (size_t i = k->n; i-- > 0;) {
		k->in[i] = f[(i + 1) * width + w] > f[i * width + w];
		if (k->in[i])
			w -= (size_t)k->weight[i];
	}
	return k->n * width;
}

/* The largest front[w] + back[cap - w]. */
static double meet(const double *front, const double *back, size_t cap)
{
	double best[4] = {0, 0, 0, 0};
	size_t w = 0;

	for (; w + 4 <= cap + 1; w += 4) {
		for (size_t j = 0; j < 4; j++) {
			double sum = front[w + j] + back[cap - w - j];

			best[j] = sum > best[j] ? sum : best[j];
		}
	}
	for (; w <= cap; w++) {
		double sum = front[w] + back[cap - w];

		best[0] = sum > best[0] ? sum : best[0];
	}
	for (size_t j = 1; j < 4; j++)
		best[0] = best[j] > best[0] ? best[j] : best[0];
	return best[0];
}

uint64_t knapsack_penalties(struct knapsack *k, const double **ret_most)
{
	size_t cap = (size_t)k->cap, width = cap + 1;
	double *f = table(k->a, &k->forward, &k->forward_size, (k->n + 1) * width);
	double *g = table(k->a, &k->backward, &k->backward_size, (k->n + 1) * width);

	memset(f, 0, width * sizeof(*f));
	for (size_t i = 0; i < k->n; i++)
		row_add(f + i * width, f + (i + 1) * width, width, (size_t)k->weight[i],
			k->profit[i]);
	memset(g + k->n * width, 0, width * sizeof(*g));
	for (size_t i = k->n; i-- > 0;)
		row_add(g + (i + 1) * width, g + i * width, width, (size_t)k->weight[i],
			k->profit[i]);
	for (size_t i = 0; i < k->n; i++) {
		const double *front = f + i * width, *back = g + (i + 1) * width;
		double other =
			k->in[i] ? meet(front, back, cap)
				 : k->profit[i] + meet(front, back, cap - (size_t)k->weight[i]);

		k->change[i] = k->value > other ? k->value - other : 0;
	}
	*ret_most = f + k->n * width;
	return 3 * k->n * width;
}
