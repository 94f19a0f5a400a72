// SPDX-License-Identifier: Apache-2.0
/* See read.h: the format "problem", read number by number. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "app/solve/read.h"
#include "base/arena.h"
#include "base/err.h"
#include "solve/problem.h"

struct source {
	FILE *f;
	const char *path;
};

/* The next whole number from 0 to 10^15. */
static bool next(struct source *s, int64_t *ret)
{
	int64_t x = 0;
	int c = getc_unlocked(s->f);

	while (c == ' ' || c == '\n' || c == '\t' || c == '\r')
		c = getc_unlocked(s->f);
	if (c < '0' || c > '9')
		return false;
	for (; c >= '0' && c <= '9'; c = getc_unlocked(s->f)) {
		x = 10 * x + (c - '0');
		if (x > INT64_C(1000000000000000))
			return false;
	}
	*ret = x;
	return true;
}

static bool next_all(struct source *s, size_t n, int64_t *ret)
{
	for (size_t k = 0; k < n; k++)
		if (!next(s, &ret[k]))
			return false;
	return true;
}

static bool read_links(struct arena *a, struct source *s, struct solve_problem *p)
{
	int64_t *far = arena_new_n(a, int64_t, p->n_bins * p->n_bins + 1), x[3];
	const int64_t **metric = arena_new_n(a, const int64_t *, 1);
	struct solve_link *link = arena_new_n(a, struct solve_link, p->n_links);

	if (!next_all(s, p->n_bins * p->n_bins, far))
		return false;
	for (size_t k = 0; k < p->n_links; k++) {
		if (!next_all(s, 3, x) || x[0] >= (int64_t)p->n_items ||
		    x[1] >= (int64_t)p->n_items)
			return false;
		link[k] = (struct solve_link){(uint32_t)x[0], (uint32_t)x[1], 0, x[2],
					      SOLVE_UNLIMITED};
	}
	metric[0] = far;
	p->metric = metric;
	p->n_metrics = 1;
	p->link = link;
	return true;
}

static bool read_body(struct arena *a, struct source *s, struct solve_problem *ret)
{
	int64_t head[4];

	if (!next_all(s, 4, head) || head[0] < 1 || head[0] > 1000000 || head[1] < 1 ||
	    head[1] > 100000 || head[2] > 16 || head[3] > 10000000 ||
	    head[0] * head[1] > 100000000 || head[1] * head[1] > 100000000)
		return false;
	struct solve_problem p = {.n_items = (size_t)head[0],
				  .n_bins = (size_t)head[1],
				  .n_res = (size_t)head[2],
				  .n_links = (size_t)head[3]};
	int64_t *use = arena_new_n(a, int64_t, p.n_items * p.n_res + 1);
	int64_t *capacity = arena_new_n(a, int64_t, p.n_bins * p.n_res + 1);
	int64_t *cost = arena_new_n(a, int64_t, p.n_items * p.n_bins + 1);
	if (!next_all(s, p.n_items * p.n_res, use) || !next_all(s, p.n_bins * p.n_res, capacity) ||
	    !next_all(s, p.n_items * p.n_bins, cost) || (p.n_links && !read_links(a, s, &p)))
		return false;
	p.use = use;
	p.capacity = capacity;
	p.pair_cost = cost;
	*ret = p;
	return true;
}

struct err *read_problem(struct arena *a, const char *path, struct solve_problem *ret_problem)
{
	struct source s = {fopen(path, "re"), path};

	if (!s.f)
		return err_new(a, ERR_NOT_FOUND, "'%s': %s", path, strerror(errno));
	bool fine = read_body(a, &s, ret_problem);
	fclose(s.f);
	if (!fine)
		return err_new(a, ERR_INPUT, "'%s' is no problem, or too large a one", path);
	return NULL;
}
