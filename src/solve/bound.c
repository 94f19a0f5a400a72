// SPDX-License-Identifier: Apache-2.0
/*
 * Prices by a deflected subgradient method (Polyak's step, Camerini-Fratta-Maffioli's direction),
 * messages by sequential tree-reweighted message passing (Kolmogorov 2006): an item hands a share
 * of its reduced costs to each link that leads to a later item, the link passes on what is left of
 * it at the other end; then the same backwards.  The bound never falls by that.
 */
#include "solve/bound.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "solve/smooth.h"

int64_t bound_round(double x, double size)
{
	double safe = x - 1e-6 - 1e-12 * size;

	if (safe <= -4e18)
		return INT64_MIN;
	return safe >= 4e18 ? (int64_t)4e18 : (int64_t)ceil(safe);
}

double bound_reduced(const struct core *c, const struct bound *b, size_t i, size_t pair)
{
	uint32_t at = solve_pair_bin(c->p, i, pair);
	double cost = (double)core_cost(c, pair);

	for (size_t r = 0; b->lambda && r < c->R; r++)
		cost += b->lambda[at * c->R + r] * (double)solve_pair_use(c->p, i, pair, r);
	for (size_t k = b->message ? c->link_of.first[i] : 1;
	     b->message && k < c->link_of.first[i + 1]; k++) {
		size_t link = c->link_of.at[k];

		cost += b->message[(2 * link + (c->p->link[link].b == i)) * c->m + at];
	}
	return cost;
}

struct relax {
	const struct core *c;
	struct bound *b;
	struct work *w;
	double *theta;       /* [b] of the item at hand */
	double *grad, *dir;  /* [b][r] */
	double *best_lambda; /* of the best value so far */
	double constant;     /* lambda . capacity */
	double size;
	double *capacity; /* [b][r], unlimited ones HUGE_VAL */
	struct sorted {
		double cost;
		uint32_t b;
	} * sorted;
};

/* Reduced costs of @i's pairs into theta, in pair order. */
static void fill_theta(struct relax *x, size_t i)
{
	const struct core *c = x->c;
	const struct solve_problem *p = c->p;
	size_t first = solve_pair_first(p, i), n = solve_pair_first(p, i + 1) - first;
	double *theta = x->theta;

	for (size_t k = 0; k < n; k++)
		theta[k] = c->cost ? (double)c->cost[first + k] : 0;
	for (size_t r = 0; x->b->lambda && r < c->R; r++) {
		double use = p->use && !p->pair_use ? (double)p->use[i * c->R + r] : 0;

		for (size_t k = 0; k < n; k++) {
			uint32_t b = solve_pair_bin(p, i, first + k);

			if (p->pair_use)
				use = (double)p->pair_use[(first + k) * c->R + r];
			theta[k] += x->b->lambda[b * c->R + r] * use;
		}
	}
	for (size_t k = p->n_links && x->b->message ? c->link_of.first[i] : 1;
	     p->n_links && x->b->message && k < c->link_of.first[i + 1]; k++) {
		size_t link = c->link_of.at[k];
		const double *m = x->b->message + (2 * link + (p->link[link].b == i)) * c->m;

		for (size_t j = 0; j < n; j++)
			theta[j] += m[solve_pair_bin(p, i, first + j)];
	}
	work_spend(x->w, n * (1 + c->R));
}

static int sorted_order(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;

	return x->cost < y->cost ? -1 : x->cost > y->cost;
}

/*
 * The message of @link to its far end: min over the near end's bins of weight x distance less
 * what the near end keeps.  Cheapest bins first, until no other can undercut.
 */
static void pass(struct relax *x, size_t i, size_t link)
{
	const struct core *c = x->c;
	const struct solve_problem *p = c->p;
	const struct solve_link *l = &p->link[link];
	bool from_a = l->a == i;
	size_t far = from_a ? l->b : l->a;
	const double *near = x->b->message + (2 * link + !from_a) * c->m;
	double *out = x->b->message + (2 * link + from_a) * c->m;
	double weight = (double)(c->w[SOLVE_LINK] * l->weight);
	size_t n = 0, steps = 0;

	for (size_t k = solve_pair_first(p, i); k < solve_pair_first(p, i + 1); k++) {
		uint32_t b = solve_pair_bin(p, i, k);

		x->sorted[n++] = (struct sorted){-near[b], b};
	}
	qsort(x->sorted, n, sizeof(*x->sorted), sorted_order);
	for (size_t k = solve_pair_first(p, far); k < solve_pair_first(p, far + 1); k++) {
		uint32_t to = solve_pair_bin(p, far, k);
		double least = HUGE_VAL;
		size_t j = 0;

		for (; j < n && x->sorted[j].cost < least; j++) {
			uint32_t from = x->sorted[j].b;
			int64_t d =
				p->metric[l->metric][from_a ? from * c->m + to : to * c->m + from];
			double cost = x->sorted[j].cost + weight * (double)d;

			if (d <= l->max_distance && cost < least)
				least = cost;
		}
		out[to] = least < 1e17 ? least : 1e17;
		steps += j;
	}
	work_spend(x->w, 3 * steps + 20 * n);
}

/* One way through the items; links to items on the far side of the order are served. */
static void sweep(struct relax *x, bool forward)
{
	const struct core *c = x->c;
	const struct solve_problem *p = c->p;

	for (size_t step = 0; step < c->n && work_left(x->w); step++) {
		size_t i = forward ? step : c->n - 1 - step;
		size_t later = 0, all = c->link_of.first[i + 1] - c->link_of.first[i];
		size_t first = solve_pair_first(p, i), n = solve_pair_first(p, i + 1) - first;

		for (size_t k = c->link_of.first[i]; k < c->link_of.first[i + 1]; k++) {
			const struct solve_link *l = &p->link[c->link_of.at[k]];
			size_t far = l->a == i ? l->b : l->a;

			later += forward ? far > i : far < i;
		}
		if (!later)
			continue;
		fill_theta(x, i);
		double share = 1.0 / (double)(later > all - later ? later : all - later);
		for (size_t k = c->link_of.first[i]; k < c->link_of.first[i + 1]; k++) {
			size_t link = c->link_of.at[k];
			const struct solve_link *l = &p->link[link];
			size_t far = l->a == i ? l->b : l->a;
			double *m = x->b->message + (2 * link + (l->b == i)) * c->m;

			if (forward ? far < i : far > i)
				continue;
			for (size_t j = 0; j < n; j++)
				m[solve_pair_bin(p, i, first + j)] -= share * x->theta[j];
			pass(x, i, link);
		}
	}
}

/* The bound of the present prices and messages; grad becomes use - capacity of the choices. */
static double evaluate(struct relax *x)
{
	const struct core *c = x->c;
	const struct solve_problem *p = c->p;
	double value = 0;

	x->size = 1;
	for (size_t k = 0; x->b->lambda && k < c->m * c->R; k++) {
		x->grad[k] = x->capacity[k] < HUGE_VAL ? -x->capacity[k] : 0;
		value -= x->b->lambda[k] > 0 ? x->b->lambda[k] * x->capacity[k] : 0;
	}
	x->size -= value;
	for (size_t i = 0; i < c->n && !x->w->stopped; i++) {
		size_t first = solve_pair_first(p, i), n = solve_pair_first(p, i + 1) - first;
		size_t least = 0;

		fill_theta(x, i);
		for (size_t k = 1; k < n; k++)
			if (x->theta[k] < x->theta[least])
				least = k;
		if (!n)
			return HUGE_VAL;
		value += x->theta[least];
		x->size += fabs(x->theta[least]);
		for (size_t r = 0; x->b->lambda && r < c->R; r++)
			x->grad[solve_pair_bin(p, i, first + least) * c->R + r] +=
				(double)solve_pair_use(p, i, first + least, r);
	}
	return x->w->stopped ? -HUGE_VAL : value;
}

/* From the centre along the mean of the subgradients; nothing to gain when false. */
static bool step(struct relax *x, double gap, double factor)
{
	size_t n = x->c->m * x->c->R;
	double norm = 0;

	for (size_t k = 0; k < n; k++) {
		double v = x->dir[k] * x->c->scale[k % x->c->R];

		if (v > 0 || x->best_lambda[k] > 0)
			norm += v * v;
	}
	if (norm <= 1e-12)
		return false;
	for (size_t k = 0; k < n; k++) {
		double unit = x->c->scale[k % x->c->R];
		double next = x->best_lambda[k] + factor * gap / norm * unit * unit * x->dir[k];

		x->b->lambda[k] = next > 0 && x->capacity[k] < HUGE_VAL ? next : 0;
	}
	return true;
}

/*
 * The share of the newest subgradient in the mean: what makes the mean shortest, within bounds.
 * Returns the product of the mean before and the newest: > 0 means that they agree.
 */
static double average(struct relax *x, double most)
{
	size_t n = x->c->m * x->c->R;
	double dd = 0, dg = 0, gg = 0;

	for (size_t k = 0; k < n; k++) {
		double unit = x->c->scale[k % x->c->R];
		double d = x->dir[k] * unit, g = x->grad[k] * unit;

		dd += d * d;
		dg += d * g;
		gg += g * g;
	}
	double share = dd + gg - 2 * dg > 0 ? (dd - dg) / (dd + gg - 2 * dg) : 1;
	share = share < most / 10 ? most / 10 : share > most ? most : share;
	for (size_t k = 0; k < n; k++)
		x->dir[k] += share * (x->grad[k] - x->dir[k]);
	return dg;
}

static void keep_best(struct relax *x, double value)
{
	int64_t proved = bound_round(value, x->size);

	x->b->value = value;
	if (x->b->lambda)
		memcpy(x->best_lambda, x->b->lambda, x->c->m * x->c->R * sizeof(double));
	if (proved > x->b->proved)
		x->b->proved = proved;
}

static void relax_init(struct arena *a, const struct core *c, struct work *w, struct bound *b,
		       struct relax *ret)
{
	struct relax x = {.c = c, .b = b, .w = w};
	size_t n = c->m * c->R;

	if (!b->lambda && c->p->capacity && c->R)
		b->lambda = arena_new_n(a, double, n);
	if (!b->message && c->p->n_links)
		b->message = arena_new_n(a, double, 2 * c->p->n_links * c->m);
	x.theta = arena_new_n(a, double, c->m + 1);
	x.sorted = arena_new_n(a, struct sorted, c->m + 1);
	x.grad = arena_new_n(a, double, n + 1);
	x.dir = arena_new_n(a, double, n + 1);
	x.best_lambda = arena_new_n(a, double, n + 1);
	x.capacity = arena_new_n(a, double, n + 1);
	for (size_t k = 0; k < n; k++)
		x.capacity[k] = c->p->capacity && c->p->capacity[k] != SOLVE_UNLIMITED
					? (double)c->p->capacity[k]
					: HUGE_VAL;
	*ret = x;
}

/* Steps of the volume algorithm with the messages as they are. */
static void climb(struct relax *x, unsigned rounds, double *best, double *factor, int64_t target)
{
	double reach = 0.002 * fabs(*best) + 0.1, most = 0.5;
	unsigned idle = 0;

	for (unsigned round = 0; round < rounds && work_left(x->w); round++) {
		if (x->b->proved >= target || !step(x, reach, *factor))
			return;
		double value = evaluate(x);
		double agree = average(x, most);
		if (value > *best + 1e-7 * fabs(*best)) {
			*best = value;
			keep_best(x, value);
			idle = 0;
			*factor = agree > 0 ? fmin(*factor * 1.2, 4) : *factor;
		} else if (++idle >= 6) {
			idle = 0;
			*factor *= 0.66;
			most = fmax(most * 0.8, 0.02);
		}
		if (*factor < 1e-4)
			return;
	}
}

/* So many rounds of smoothing as the purse pays for, in reason. */
static unsigned rounds_within(const struct core *c, const struct work *w)
{
	uint64_t each = c->n * c->m * (6 + c->R * (4 + c->R));
	uint64_t rounds = work_rest(w) / (each ? each : 1);

	return rounds > 80 ? 80 : rounds < 10 ? 10 : (unsigned)rounds;
}

void bound_improve(struct arena *a, const struct core *c, int64_t target, struct work *w,
		   struct bound *b)
{
	struct relax x;
	double factor = 1, best;

	b->proved = INT64_MIN;
	struct work part = work_part(w, work_rest(w) / 2);
	smooth_prices(a, c, rounds_within(c, &part), 1, &part, b);
	work_join(w, &part);
	relax_init(a, c, w, b, &x);
	if (b->lambda)
		memcpy(x.best_lambda, b->lambda, c->m * c->R * sizeof(double));
	best = evaluate(&x);
	keep_best(&x, best);
	memcpy(x.dir, x.grad, c->m * c->R * sizeof(double));
	for (unsigned round = 0; round < 100 && work_left(w) && b->proved < target; round++) {
		double before = best;

		if (!b->message) {
			climb(&x, 400, &best, &factor, target);
		} else {
			sweep(&x, true);
			sweep(&x, false);
			smooth_prices(a, c, 10, 0.1, w, b);
			best = b->value;
		}
		if (best < before + 1e-5 * fabs(before))
			break;
	}
	if (b->lambda && !b->message)
		memcpy(b->lambda, x.best_lambda, c->m * c->R * sizeof(double));
}
