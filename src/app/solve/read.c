// SPDX-License-Identifier: Apache-2.0
#include "app/solve/read.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/node.h"
#include "solve/problem.h"

static const size_t MAX_FILE = (size_t)256 << 20;

struct err *read_file(struct arena *a, const char *path, char **ret_text, size_t *ret_size)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t size = 0, cap = 1 << 16;

	if (!f)
		return err_new(a, ERR_NOT_FOUND, "'%s': %s", path, strerror(errno));
	for (;;) {
		char *grown = arena_alloc(a, cap + 1);

		if (size)
			memcpy(grown, text, size);
		text = grown;
		size += fread(text + size, 1, cap - size, f);
		if (size < cap)
			break;
		if (cap >= MAX_FILE) {
			fclose(f);
			return err_new(a, ERR_TOO_LARGE, "'%s' is larger than 256 MiB", path);
		}
		cap *= 2;
	}
	bool bad = ferror(f) != 0;
	fclose(f);
	if (bad)
		return err_new(a, ERR_GENERIC, "'%s' could not be read", path);
	*ret_text = text;
	*ret_size = size;
	return NULL;
}

/* The next number of *at as a whole number; false at the end or at a word. */
static bool next_int(char **at, int64_t *ret)
{
	char *end;

	errno = 0;
	double x = strtod(*at, &end);
	if (end == *at || errno || fabs(x) > 1e15)
		return false;
	*ret = (int64_t)llround(x);
	*at = end;
	return true;
}

/* Rows are bins, columns items; pairs are stored by item. */
static bool next_matrix(char **at, size_t m, size_t n, int64_t *ret)
{
	for (size_t b = 0; b < m; b++)
		for (size_t i = 0; i < n; i++)
			if (!next_int(at, &ret[i * m + b]))
				return false;
	return true;
}

struct err *read_gap(struct arena *a, const char *path, struct solve_problem *ret_problem)
{
	char *at;
	size_t size;
	int64_t m, n;

	TRY(read_file(a, path, &at, &size));
	if (!next_int(&at, &m) || !next_int(&at, &n) || m < 1 || n < 1 || m > 100000 ||
	    n > 1000000 || (size_t)m * (size_t)n > size)
		return err_new(a, ERR_INPUT,
			       "'%s' does not begin with the numbers of bins and items", path);
	size_t pairs = (size_t)m * (size_t)n;
	int64_t *cost = arena_new_n(a, int64_t, pairs), *use = arena_new_n(a, int64_t, pairs);
	int64_t *capacity = arena_new_n(a, int64_t, (size_t)m);
	if (!next_matrix(&at, (size_t)m, (size_t)n, cost) ||
	    !next_matrix(&at, (size_t)m, (size_t)n, use) ||
	    !next_matrix(&at, (size_t)m, 1, capacity))
		return err_new(a, ERR_INPUT, "'%s' ends too early", path);
	*ret_problem = (struct solve_problem){.n_items = (size_t)n,
					      .n_bins = (size_t)m,
					      .n_res = 1,
					      .capacity = capacity,
					      .pair_cost = cost,
					      .pair_use = use};
	return NULL;
}

static struct err *numbers(struct arena *a, const struct node *doc, const char *key, size_t n,
			   double factor, int64_t *ret)
{
	const struct node *list = node_get(doc, key);
	size_t k = 0;

	if (node_count(list) != n)
		return err_new(a, ERR_INPUT, "'%s' must be a list of %zu numbers", key, n);
	for (const struct node *c = node_first(list); c; c = c->next) {
		double x = c->kind == NODE_INT    ? (double)c->integer
			   : c->kind == NODE_REAL ? c->real
			   : c->kind == NODE_BOOL ? (double)c->flag
						  : -1;
		if (!(x >= 0 && x < 1e12))
			return err_new(a, ERR_INPUT, "'%s' must hold numbers from 0", key);
		ret[k++] = (int64_t)llround(x * factor);
	}
	return NULL;
}

/* Items that need a GPU may only go where one is. */
static void gpu_pairs(struct arena *a, const int64_t *needs, const int64_t *gpu,
		      struct solve_problem *p)
{
	size_t *first = arena_new_n(a, size_t, p->n_items + 1), n = 0;
	uint32_t *bin = arena_new_n(a, uint32_t, p->n_items * p->n_bins + 1);

	for (size_t i = 0; i < p->n_items; i++) {
		first[i] = n;
		for (uint32_t b = 0; b < p->n_bins; b++)
			if (!needs[i] || gpu[b])
				bin[n++] = b;
	}
	first[p->n_items] = n;
	p->first = first;
	p->bin = bin;
}

struct err *read_moves(struct arena *a, const char *path, struct solve_problem *ret_problem)
{
	char *text;
	size_t size;
	struct node *doc;

	TRY(read_file(a, path, &text, &size));
	TRY(json_read(a, path, text, size, &doc));
	size_t n = node_count(node_get(doc, "cpu")), m = node_count(node_get(doc, "capacity"));
	struct solve_problem p = {.n_items = n, .n_bins = m, .n_res = 1, .weighted = true};
	int64_t *capacity = arena_new_n(a, int64_t, m + 1), *gpu = arena_new_n(a, int64_t, m + 1);
	int64_t *use = arena_new_n(a, int64_t, n + 1), *replicas = arena_new_n(a, int64_t, n + 1);
	int64_t *needs = arena_new_n(a, int64_t, n + 1), *where = arena_new_n(a, int64_t, n + 1);
	uint32_t *now = arena_new_n(a, uint32_t, n + 1);

	TRY(numbers(a, doc, "capacity", m, 1000, capacity));
	TRY(numbers(a, doc, "gpu", m, 1, gpu));
	TRY(numbers(a, doc, "cpu", n, 1000, use));
	TRY(numbers(a, doc, "replicas", n, 1, replicas));
	TRY(numbers(a, doc, "needs_gpu", n, 1, needs));
	TRY(numbers(a, doc, "now", n, 1, where));
	for (size_t i = 0; i < n; i++) {
		use[i] *= replicas[i];
		now[i] = (uint32_t)where[i];
	}
	p.use = use;
	p.capacity = capacity;
	p.now = now;
	p.weight[SOLVE_MOVES] = 1;
	gpu_pairs(a, needs, gpu, &p);
	*ret_problem = p;
	return NULL;
}
