// SPDX-License-Identifier: Apache-2.0
/* See anneal.h.  One step takes an item out, tries another bin, and swaps where there is no room.
 */
#include "solve/anneal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

enum {
	ANNEAL_BINS = 32,   /* promising pairs of an item */
	ANNEAL_BLOCK = 512, /* proposals between looks at the purse */
};

struct anneal {
	struct state *s;
	const struct core *c;
	struct best *best;
	uint64_t seed;
	size_t width;
	size_t *promising; /* [i][width] pairs, most promising first */
	uint32_t *n_promising;
	uint32_t *next, *at; /* items of a bin, a ring through them; at[b] is any of them */
	uint32_t *prev;
	uint8_t *plain; /* [i] state_is_plain */
	double price, heat;
	bool pending; /* @s is better than best and not written down yet */
};

/* ---- Rings: the items of each bin ---- */

static void ring_add(struct anneal *n, uint32_t i, uint32_t b)
{
	uint32_t at = n->at[b];

	n->next[i] = n->prev[i] = i;
	if (at != SOLVE_NOWHERE) {
		n->next[i] = n->next[at];
		n->prev[i] = at;
		n->prev[n->next[at]] = i;
		n->next[at] = i;
	}
	n->at[b] = i;
}

static void ring_remove(struct anneal *n, uint32_t i, uint32_t b)
{
	if (n->next[i] == i) {
		n->at[b] = SOLVE_NOWHERE;
		return;
	}
	n->next[n->prev[i]] = n->next[i];
	n->prev[n->next[i]] = n->prev[i];
	if (n->at[b] == i)
		n->at[b] = n->next[i];
}

static void place(struct anneal *n, uint32_t i, size_t pair)
{
	state_add(n->s, i, pair);
	ring_add(n, i, n->s->bin[i]);
}

static void displace(struct anneal *n, uint32_t i)
{
	ring_remove(n, i, n->s->bin[i]);
	state_remove(n->s, i);
}

/* ---- What is promising ---- */

struct promise {
	double cost;
	size_t pair;
};

/* Keep the @width cheapest of what comes, in order. */
static size_t keep_promise(struct promise *row, size_t n, size_t width, double cost, size_t pair)
{
	size_t k = n < width ? n : width - 1;

	if (n == width && cost >= row[k].cost)
		return n;
	for (; k > 0 && row[k - 1].cost > cost; k--)
		row[k] = row[k - 1];
	row[k] = (struct promise){cost, pair};
	return n < width ? n + 1 : n;
}

static void list_promising(struct arena *a, struct anneal *n, const struct bound *bound,
			   struct work *w)
{
	const struct core *c = n->c;
	struct promise row[ANNEAL_BINS];

	n->width = c->m < ANNEAL_BINS ? c->m : ANNEAL_BINS;
	n->promising = arena_new_n(a, size_t, c->n * n->width + 1);
	n->n_promising = arena_new_n(a, uint32_t, c->n + 1);
	for (size_t i = 0; i < c->n && work_left(w); i++) {
		size_t k = 0;

		for (size_t q = solve_pair_first(c->p, i); q < solve_pair_first(c->p, i + 1); q++)
			k = keep_promise(row, k, n->width, bound_reduced(c, bound, i, q), q);
		for (size_t j = 0; j < k; j++)
			n->promising[i * n->width + j] = row[j].pair;
		n->n_promising[i] = (uint32_t)k;
		work_spend(w, 20 * (solve_pair_first(c->p, i + 1) - solve_pair_first(c->p, i)));
	}
}

/* Another pair for @i: promising ones mostly, where its friends are sometimes, any rarely. */
static size_t propose(struct anneal *n, uint32_t i)
{
	const struct core *c = n->c;
	uint32_t way = core_dice(&n->seed, 64);

	if (way == 0) {
		size_t first = solve_pair_first(c->p, i);

		return first +
		       core_dice(&n->seed, (uint32_t)(solve_pair_first(c->p, i + 1) - first));
	}
	if (c->p->n_links && way < 16 && c->link_of.first[i] < c->link_of.first[i + 1]) {
		size_t first = c->link_of.first[i];
		size_t n_links = c->link_of.first[i + 1] - first;
		const struct solve_link *l =
			&c->p->link[c->link_of.at[first + core_dice(&n->seed, (uint32_t)n_links)]];

		return solve_pair_find(c->p, i, n->s->bin[l->a == i ? l->b : l->a]);
	}
	uint32_t most = n->n_promising[i];
	uint32_t k = core_dice(&n->seed, most);
	if (way % 2)
		k = core_dice(&n->seed, k + 1);
	return n->promising[i * n->width + k];
}

/* ---- Steps ---- */

static double score_since(const struct anneal *n, int64_t total, double hurt)
{
	return (double)(n->s->total - total) + n->price * (n->s->hurt - hurt);
}

static bool accept(struct anneal *n, double change)
{
	if (change <= 0)
		return true;
	if (change > 16 * n->heat)
		return false;
	double x = core_power256(1 - change / n->heat / 256);

	return (double)(1 + core_dice(&n->seed, 1 << 24)) < x * (double)(1 << 24);
}

static bool improves(const struct anneal *n)
{
	const struct state *s = n->s;

	return state_feasible(s) && (!n->best->found || s->total < n->best->total ||
				     (s->total == n->best->total && s->moves < n->best->moves));
}

/* A random item of @b, some steps along the ring; the ring turns with it. */
static uint32_t some_item(struct anneal *n, uint32_t b)
{
	uint32_t j = n->at[b];

	for (uint32_t k = core_dice(&n->seed, 6); k > 0; k--)
		j = n->next[j];
	n->at[b] = j;
	return j;
}

/* @i is out of its pair @was; @j of bin @b goes to where @i was, @i to @pair. */
static bool swap(struct anneal *n, uint32_t i, size_t was, size_t pair, int64_t total, double hurt)
{
	uint32_t b = solve_pair_bin(n->c->p, i, pair);
	uint32_t j = some_item(n, b);
	size_t back = n->s->pair[j];
	size_t there = solve_pair_find(n->c->p, j, solve_pair_bin(n->c->p, i, was));

	if (there == SIZE_MAX)
		return false;
	displace(n, j);
	place(n, i, pair);
	place(n, j, there);
	if (accept(n, score_since(n, total, hurt)))
		return true;
	displace(n, j);
	displace(n, i);
	place(n, j, back);
	return false;
}

static bool are_linked(const struct core *c, uint32_t i, uint32_t j)
{
	for (size_t k = c->p->n_links ? c->link_of.first[i] : 1;
	     c->p->n_links && k < c->link_of.first[i + 1]; k++) {
		const struct solve_link *l = &c->p->link[c->link_of.at[k]];

		if (l->a == j || l->b == j)
			return true;
	}
	return false;
}

/* Room for @in where @out goes, @bin being the bin of @out. */
static bool trade_fits(const struct state *s, size_t in, size_t in_pair, size_t out, uint32_t b)
{
	const struct solve_problem *p = s->c->p;

	for (size_t r = 0; p->capacity && r < s->c->R; r++)
		if (solve_pair_use(p, in, in_pair, r) - solve_pair_use(p, out, s->pair[out], r) >
		    p->capacity[b * s->c->R + r] - s->use[b * s->c->R + r])
			return false;
	return true;
}

/* The same as swap() where nothing is broken and only plain items take part. */
static bool swap_plain(struct anneal *n, uint32_t i, size_t pair, int64_t change)
{
	struct state *s = n->s;
	uint32_t a = s->bin[i], b = solve_pair_bin(n->c->p, i, pair), j = some_item(n, b);
	struct state_delta d;

	if (!n->plain[j] || !trade_fits(s, i, pair, j, b))
		return false;
	size_t there = solve_pair_find(n->c->p, j, a);
	if (there == SIZE_MAX || !trade_fits(s, j, there, i, a) || are_linked(n->c, i, j))
		return false;
	state_shift(s, j, there, &d);
	if (!accept(n, (double)(d.total + change)))
		return false;
	displace(n, j);
	displace(n, i);
	place(n, i, pair);
	place(n, j, there);
	return true;
}

/* A proposal for an item of which nothing has to change to see what it would cost. */
static bool step_plain(struct anneal *n, uint32_t i, size_t pair)
{
	struct state *s = n->s;
	size_t was = s->pair[i];
	int64_t total = s->total;
	double hurt = s->hurt;
	struct state_delta d;

	state_shift(s, i, pair, &d);
	if (accept(n, (double)d.total + n->price * d.hurt)) {
		displace(n, i);
		place(n, i, pair);
		return true;
	}
	if (d.upper <= 0 || !s->count[solve_pair_bin(n->c->p, i, pair)])
		return false;
	if (!s->upper)
		return swap_plain(n, i, pair, d.total);
	displace(n, i);
	if (swap(n, i, was, pair, total, hurt))
		return true;
	place(n, i, was);
	s->hurt = hurt;
	return false;
}

/* One proposal; false: everything is as it was. */
static bool step(struct anneal *n)
{
	struct state *s = n->s;
	uint32_t i = core_dice(&n->seed, (uint32_t)n->c->n);
	size_t was = s->pair[i], pair = propose(n, i);
	int64_t total = s->total;
	double hurt = s->hurt;
	struct state_delta d;

	if (pair == SIZE_MAX || pair == was)
		return false;
	if (n->pending) {
		best_offer(n->best, s);
		n->pending = false;
	}
	if (n->plain[i])
		return step_plain(n, i, pair);
	displace(n, i);
	state_try(s, i, pair, &d);
	double change = (double)(s->total + d.total - total) + n->price * (s->hurt + d.hurt - hurt);
	bool full = d.upper > 0 && s->count[solve_pair_bin(n->c->p, i, pair)];
	if (accept(n, change)) {
		place(n, i, pair);
		return true;
	}
	if (full && swap(n, i, was, pair, total, hurt))
		return true;
	place(n, i, was);
	s->hurt = hurt;
	return false;
}

/* The size of a typical change, to measure temperatures in. */
static double typical_change(struct anneal *n)
{
	const struct core *c = n->c;
	double sum = 0;
	size_t count = 0;

	for (size_t k = 0; k < 2000; k++) {
		uint32_t i = core_dice(&n->seed, (uint32_t)c->n);
		size_t pair = propose(n, i), was = n->s->pair[i];
		struct state_delta d;

		if (pair == SIZE_MAX || pair == was)
			continue;
		int64_t total = n->s->total;
		double hurt = n->s->hurt;
		state_remove(n->s, i);
		state_try(n->s, i, pair, &d);
		int64_t change = n->s->total + d.total - total;
		state_add(n->s, i, was);
		n->s->hurt = hurt;
		if (!change)
			continue;
		sum += fabs((double)change);
		count++;
	}
	return count ? sum / (double)count : 1;
}

static bool done(const struct anneal *n, const struct anneal_options *o)
{
	return n->best->found && (o->any || n->best->total <= o->target);
}

/* hot (cold / hot)^part, the root by halving: sqrt is exact everywhere, pow is not. */
static double cool(double hot, double cold, double part)
{
	for (unsigned k = 0; k < 12; k++) {
		double mean = sqrt(hot * cold);

		if (part < 0.5) {
			cold = mean;
			part = 2 * part;
		} else {
			hot = mean;
			part = 2 * part - 1;
		}
	}
	return hot;
}

/* Elementary steps of a proposal. */
static uint64_t mean_ops(const struct anneal *n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n->c->n; i++)
		sum += state_try_ops(n->s, i);
	return 200 + 4 * sum / n->c->n;
}

static void walk(struct anneal *n, const struct anneal_options *o, struct work *w, double typical)
{
	uint64_t start = w->used, ops = mean_ops(n);
	double hot = (o->heat > 0 ? o->heat : n->c->p->n_links ? 0.6 : 0.1) * typical;
	double cold = 0.01 * typical;
	double length = (double)(w->limit > start ? w->limit - start : 1);

	while (work_left(w) && !done(n, o)) {
		double part = (double)(w->used - start) / length;

		n->heat = cool(hot, cold, part);
		for (size_t k = 0; k < ANNEAL_BLOCK; k++)
			if (step(n))
				n->pending = improves(n);
		if (n->pending && (o->any || n->s->total <= o->target)) {
			best_offer(n->best, n->s);
			n->pending = false;
		}
		work_spend(w, ANNEAL_BLOCK * ops);
		if (n->s->upper || n->s->lower)
			n->price = fmin(n->price * 1.02, 1e4 * typical);
	}
	if (n->pending)
		best_offer(n->best, n->s);
}

void anneal(struct arena *a, struct state *s, const struct bound *bound,
	    const struct anneal_options *o, struct work *w, struct best *best)
{
	struct anneal n = {.s = s, .c = s->c, .best = best, .seed = 88172645463325252u};
	const struct core *c = s->c;

	if (c->n < 1 || c->m < 2 || s->n_placed < c->n)
		return;
	list_promising(a, &n, bound, w);
	if (!work_left(w))
		return;
	n.next = arena_new_n(a, uint32_t, c->n + 1);
	n.prev = arena_new_n(a, uint32_t, c->n + 1);
	n.at = arena_new_n(a, uint32_t, c->m + 1);
	memset(n.at, 0xff, c->m * sizeof(*n.at));
	n.plain = arena_new_n(a, uint8_t, c->n + 1);
	for (uint32_t i = 0; i < c->n; i++) {
		ring_add(&n, i, s->bin[i]);
		n.plain[i] = state_is_plain(s, i);
	}
	double typical = typical_change(&n);
	n.price = 4 * typical;
	n.pending = improves(&n);
	walk(&n, o, w, typical);
}
