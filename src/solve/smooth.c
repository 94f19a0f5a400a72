// SPDX-License-Identifier: Apache-2.0
/* See smooth.h.  All rows are as long as there are bins, so that the inner loops are plain. */
#include "solve/smooth.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"

static const double NEVER = 1e290; /* the cost of a pair that is not eligible */

struct smooth {
	const struct core *c;
	struct bound *b;
	struct work *w;
	size_t n, m, R;
	double *lambda;     /* [r][b], per mean use */
	double *best;       /* [r][b] */
	double *room;       /* [r][b] capacity in mean uses; HUGE_VAL: unlimited */
	double *use;        /* [r][b] of the item at hand, in mean uses */
	double *cost;       /* [b] of the item at hand, then its shares */
	double *grad;       /* [r][b] */
	double *hess;       /* [r <= s][b] */
	double value, size; /* of the last evaluation */
	double top, spread; /* the best value, the mean difference of costs */
};

static void load_use(struct smooth *s, size_t i)
{
	const struct solve_problem *p = s->c->p;

	for (size_t r = 0; r < s->R; r++) {
		double *row = s->use + r * s->m, scale = s->c->scale[r];

		if (!p->pair_use) {
			double use = p->use ? (double)p->use[i * s->R + r] * scale : 0;

			for (size_t b = 0; b < s->m; b++)
				row[b] = use;
			continue;
		}
		for (size_t k = solve_pair_first(p, i); k < solve_pair_first(p, i + 1); k++)
			row[solve_pair_bin(p, i, k)] = (double)p->pair_use[k * s->R + r] * scale;
	}
}

/* The cost of each bin without prices. */
static void load_cost(struct smooth *s, size_t i)
{
	const struct core *c = s->c;
	size_t first = solve_pair_first(c->p, i), end = solve_pair_first(c->p, i + 1);

	if (!c->p->first) {
		for (size_t b = 0; b < s->m; b++)
			s->cost[b] = c->cost ? (double)c->cost[first + b] : 0;
	} else {
		for (size_t b = 0; b < s->m; b++)
			s->cost[b] = NEVER;
		for (size_t k = first; k < end; k++)
			s->cost[c->p->bin[k]] = c->cost ? (double)c->cost[k] : 0;
	}
	for (size_t k = s->b->message ? c->link_of.first[i] : 1;
	     s->b->message && k < c->link_of.first[i + 1]; k++) {
		size_t link = c->link_of.at[k];
		const double *m = s->b->message + (2 * link + (c->p->link[link].b == i)) * s->m;

		for (size_t b = 0; b < s->m; b++)
			s->cost[b] += m[b];
	}
}

static double add_prices(struct smooth *s)
{
	double least = HUGE_VAL;

	for (size_t r = 0; r < s->R; r++) {
		const double *l = s->lambda + r * s->m, *u = s->use + r * s->m;

		for (size_t b = 0; b < s->m; b++)
			s->cost[b] += l[b] * u[b];
	}
	for (size_t b = 0; b < s->m; b++)
		least = s->cost[b] < least ? s->cost[b] : least;
	return least;
}

/* Costs become shares: (1 - x / 256)^256, the same on every machine. */
static void share(struct smooth *s, double least, double heat)
{
	double unit = 1 / (256 * heat), sum = 0;

	for (size_t b = 0; b < s->m; b++) {
		double x = 1 - (s->cost[b] - least) * unit;

		s->cost[b] = x > 0 ? core_power256(x) : 0;
	}
	for (size_t b = 0; b < s->m; b++)
		sum += s->cost[b];
	unit = 1 / sum;
	for (size_t b = 0; b < s->m; b++)
		s->cost[b] *= unit;
}

static void add_item(struct smooth *s, double heat)
{
	const double *p = s->cost;
	double *h = s->hess, unit = 1 / heat;

	for (size_t r = 0; r < s->R; r++) {
		const double *ur = s->use + r * s->m;
		double *g = s->grad + r * s->m;

		for (size_t b = 0; b < s->m; b++)
			g[b] += p[b] * ur[b];
		for (size_t q = r; q < s->R; q++, h += s->m) {
			const double *uq = s->use + q * s->m;

			for (size_t b = 0; b < s->m; b++)
				h[b] += p[b] * (1 - p[b]) * ur[b] * uq[b] * unit;
		}
	}
}

/* value, grad and hess at the present prices. */
static void evaluate(struct smooth *s, double heat)
{
	double value = 0, size = 1;

	memset(s->hess, 0, s->R * (s->R + 1) / 2 * s->m * sizeof(*s->hess));
	for (size_t k = 0; k < s->R * s->m; k++) {
		s->grad[k] = s->room[k] < HUGE_VAL ? -s->room[k] : 0;
		value -= s->lambda[k] > 0 ? s->lambda[k] * s->room[k] : 0;
	}
	size -= value;
	for (size_t i = 0; i < s->n && work_left(s->w); i++) {
		load_use(s, i);
		load_cost(s, i);
		double least = add_prices(s);

		value += least;
		size += fabs(least);
		share(s, least, heat);
		add_item(s, heat);
		work_spend(s->w, s->m * (6 + s->R * (4 + s->R)));
	}
	s->value = value;
	s->size = size;
}

static size_t hess_at(const struct smooth *s, size_t r, size_t q)
{
	if (r > q)
		return hess_at(s, q, r);
	return r * s->R - r * (r + 1) / 2 + q;
}

/* The prices of bin @b by a Newton step over those that are not held at 0 (elimination). */
static void step_bin(struct smooth *s, size_t b, double soft, double *matrix, size_t *at)
{
	size_t n = 0, R = s->R, width = R + 1;

	for (size_t r = 0; r < R; r++) {
		bool held = s->lambda[r * s->m + b] <= 0 && s->grad[r * s->m + b] <= 0;

		if (s->room[r * s->m + b] < HUGE_VAL && !held)
			at[n++] = r;
	}
	for (size_t x = 0; x < n; x++) {
		for (size_t y = 0; y < n; y++)
			matrix[x * width + y] =
				s->hess[hess_at(s, at[x], at[y]) * s->m + b] + (x == y ? soft : 0);
		matrix[x * width + n] = s->grad[at[x] * s->m + b];
	}
	for (size_t x = 0; x < n; x++) {
		for (size_t y = x + 1; y < n; y++) {
			double f = matrix[y * width + x] / matrix[x * width + x];

			for (size_t z = x; z <= n; z++)
				matrix[y * width + z] -= f * matrix[x * width + z];
		}
	}
	for (size_t x = n; x-- > 0;) {
		double sum = matrix[x * width + n];

		for (size_t y = x + 1; y < n; y++)
			sum -= matrix[x * width + y] * matrix[y * width + n];
		sum /= matrix[x * width + x];
		matrix[x * width + n] = sum;
		double *l = &s->lambda[at[x] * s->m + b];
		*l = *l + sum > 0 ? *l + sum : 0;
	}
}

/* How much dearer the mean bin is than the cheapest, on average. */
static double mean_spread(struct smooth *s)
{
	double sum = 0;

	for (size_t i = 0; i < s->n; i++) {
		double least = HUGE_VAL, row = 0;
		size_t n = 0;

		load_cost(s, i);
		for (size_t b = 0; b < s->m; b++) {
			if (s->cost[b] >= NEVER)
				continue;
			least = s->cost[b] < least ? s->cost[b] : least;
			row += s->cost[b];
			n++;
		}
		sum += n ? row / (double)n - least : 0;
	}
	return sum > 0 ? sum / (double)s->n : 1;
}

static void smooth_init(struct arena *a, struct smooth *s)
{
	const struct core *c = s->c;
	size_t n = s->m * s->R;

	if (!s->b->lambda)
		s->b->lambda = arena_new_n(a, double, n);
	s->lambda = arena_new_n(a, double, n);
	s->best = arena_new_n(a, double, n);
	s->room = arena_new_n(a, double, n);
	s->use = arena_new_n(a, double, n);
	s->grad = arena_new_n(a, double, n);
	s->hess = arena_new_n(a, double, s->R *(s->R + 1) / 2 * s->m);
	s->cost = arena_new_n(a, double, s->m);
	for (size_t r = 0; r < s->R; r++) {
		for (size_t b = 0; b < s->m; b++) {
			int64_t cap = c->p->capacity[b * s->R + r];

			s->room[r * s->m + b] =
				cap == SOLVE_UNLIMITED ? HUGE_VAL : (double)cap * c->scale[r];
			s->lambda[r * s->m + b] = s->b->lambda[b * s->R + r] / c->scale[r];
		}
	}
	memcpy(s->best, s->lambda, n * sizeof(*s->best));
}

/* The factor that, @n times, divides by @ratio (bisection: pow differs between machines). */
static double cooling(double ratio, unsigned n)
{
	double low = 0, high = 1;

	for (unsigned k = 0; k < 50; k++) {
		double mid = (low + high) / 2, x = ratio;

		for (unsigned j = 0; j < n; j++)
			x *= mid;
		if (x < 1)
			low = mid;
		else
			high = mid;
	}
	return high;
}

void smooth_prices(struct arena *a, const struct core *c, unsigned rounds, double first,
		   struct work *w, struct bound *b)
{
	struct smooth s = {.c = c, .b = b, .w = w, .n = c->n, .m = c->m, .R = c->R};

	if (!c->R || !c->p->capacity || !c->n || !c->m)
		return;
	smooth_init(a, &s);
	s.spread = mean_spread(&s);
	s.top = -HUGE_VAL;
	double *matrix = arena_new_n(a, double, s.R *(s.R + 1));
	size_t *at = arena_new_n(a, size_t, s.R);
	double heat = first, cool = cooling(first / 0.01, rounds > 1 ? rounds - 1 : 1);
	double soft = 1e-3 * (double)s.n / (double)s.m / s.spread;
	for (unsigned round = 0; round < rounds && work_left(w); round++, heat *= cool) {
		evaluate(&s, heat * s.spread);
		if (!work_left(w))
			break;
		int64_t proved = bound_round(s.value, s.size);
		if (s.value > s.top) {
			s.top = b->value = s.value;
			b->proved = proved > b->proved ? proved : b->proved;
			memcpy(s.best, s.lambda, s.m * s.R * sizeof(*s.best));
		}
		for (size_t k = 0; k < s.m; k++)
			step_bin(&s, k, soft, matrix, at);
	}
	for (size_t r = 0; r < s.R; r++)
		for (size_t k = 0; k < s.m; k++)
			b->lambda[k * s.R + r] = s.best[r * s.m + k] * c->scale[r];
}
