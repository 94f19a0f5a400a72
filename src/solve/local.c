// SPDX-License-Identifier: Apache-2.0
/*
 * Local search: ruin and recreate (Schrimpf et al. 2000) with shifts in between.
 *
 * A few related items are taken out and put back one by one where they cost and hurt least; a
 * result is kept when it is not worse than a threshold that sinks (threshold accepting).  Broken
 * constraints are allowed on the way, at a price that rises while they persist.
 */
#include "solve/local.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

struct local {
	struct state *s;
	const struct core *c;
	struct work *w;
	struct best *best;
	double price; /* of one unit of hurt */
	uint64_t seed;
	uint32_t *out; /* items taken out, and their bins before */
	size_t *was;
	size_t n_out;
};

static double score(const struct local *l)
{
	return (double)l->s->total + l->price * l->s->hurt;
}

static void take_out(struct local *l, size_t i)
{
	if (l->s->bin[i] == SOLVE_NOWHERE)
		return;
	l->out[l->n_out] = (uint32_t)i;
	l->was[l->n_out++] = l->s->pair[i];
	state_remove(l->s, i);
}

/* The bin where @i costs and hurts least; ties by chance when @shake. */
static size_t cheapest(struct local *l, size_t i, bool shake)
{
	const struct solve_problem *p = l->c->p;
	size_t best = SIZE_MAX;
	double least = 0;
	size_t first = solve_pair_first(p, i), n = solve_pair_first(p, i + 1) - first;

	for (size_t k = first; k < first + n; k++) {
		struct state_delta d;

		state_try(l->s, i, k, &d);
		double cost = (double)d.total + l->price * d.hurt;
		if (shake && core_dice(&l->seed, 16) == 0)
			continue;
		if (best == SIZE_MAX || cost < least) {
			best = k;
			least = cost;
		}
	}
	work_spend(l->w, 100 + n * state_try_ops(l->s, i));
	return best;
}

static void put_back(struct local *l)
{
	for (size_t k = l->n_out; k > 1; k--) {
		size_t other = core_dice(&l->seed, (uint32_t)k);
		uint32_t item = l->out[k - 1];
		size_t was = l->was[k - 1];

		l->out[k - 1] = l->out[other];
		l->was[k - 1] = l->was[other];
		l->out[other] = item;
		l->was[other] = was;
	}
	for (size_t k = 0; k < l->n_out; k++) {
		size_t pair = cheapest(l, l->out[k], true);

		state_add(l->s, l->out[k], pair != SIZE_MAX ? pair : l->was[k]);
	}
}

static void undo(struct local *l)
{
	for (size_t k = 0; k < l->n_out; k++)
		state_remove(l->s, l->out[k]);
	for (size_t k = 0; k < l->n_out; k++)
		state_add(l->s, l->out[k], l->was[k]);
}

/* Take out items that have something to do with each other: two bins, links, a group. */
static void ruin(struct local *l, size_t n)
{
	const struct core *c = l->c;
	size_t seed = core_dice(&l->seed, (uint32_t)c->n);

	take_out(l, seed);
	for (size_t guard = 0; l->n_out < n && guard < 4 * n; guard++) {
		size_t from = l->out[core_dice(&l->seed, (uint32_t)l->n_out)];
		uint32_t way = core_dice(&l->seed, 3);

		if (way == 0 && c->p->n_links &&
		    c->link_of.first[from] < c->link_of.first[from + 1]) {
			size_t first = c->link_of.first[from];
			size_t k =
				first +
				core_dice(&l->seed, (uint32_t)(c->link_of.first[from + 1] - first));
			const struct solve_link *link = &c->p->link[c->link_of.at[k]];

			take_out(l, link->a == from ? link->b : link->a);
		} else if (way == 1 && c->p->n_groups &&
			   c->group_of.first[from] < c->group_of.first[from + 1]) {
			const struct solve_group *g =
				&c->p->group[c->group_of.at[c->group_of.first[from]]];

			take_out(l, g->item[core_dice(&l->seed, (uint32_t)g->n)]);
		} else {
			take_out(l, core_dice(&l->seed, (uint32_t)c->n));
		}
	}
}

void local_search(struct arena *a, struct state *s, const struct bound *bound, int64_t target,
		  struct work *w, struct best *best)
{
	struct local l = {.s = s, .c = s->c, .w = w, .best = best, .seed = 88172645463325252u};
	double size = fabs((double)s->total) / (double)(s->c->n + 1) + 1;
	(void)bound;

	if (!s->c->n || s->n_placed < s->c->n)
		return;
	l.out = arena_new_n(a, uint32_t, s->c->n + 1);
	l.was = arena_new_n(a, size_t, s->c->n + 1);
	l.price = size;
	uint64_t start = w->used;
	for (unsigned round = 0; work_left(w); round++) {
		double before = score(&l);
		double heat =
			0.3 * size * (1 - (double)(w->used - start) / (double)(w->limit - start));

		l.n_out = 0;
		ruin(&l, 1 + core_dice(&l.seed, s->c->n < 12 ? (uint32_t)s->c->n : 12));
		put_back(&l);
		if (score(&l) > before + heat * (double)core_dice(&l.seed, 1000) / 1000)
			undo(&l);
		else if (best_offer(best, s) && best->total <= target)
			return;
		if (round % 256 == 255 && (s->upper || s->lower))
			l.price = fmin(l.price * 1.3, 1e6 * size);
	}
}
