// SPDX-License-Identifier: Apache-2.0
/* See gap.h. */
#include "solve/gap.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"

static int64_t gcd(int64_t a, int64_t b)
{
	while (b) {
		int64_t r = a % b;

		a = b;
		b = r;
	}
	return a < 0 ? -a : a;
}

void gap_index(struct arena *a, struct gap *g)
{
	size_t n_pairs = g->first[g->n];

	g->bin_first = arena_new_n(a, size_t, g->m + 2);
	g->bin_pair = arena_new_n(a, uint32_t, n_pairs + 1);
	g->item = arena_new_n(a, uint32_t, n_pairs + 1);
	for (size_t k = 0; k < n_pairs; k++)
		g->bin_first[g->bin[k] + 2]++;
	for (size_t b = 2; b < g->m + 2; b++)
		g->bin_first[b] += g->bin_first[b - 1];
	for (size_t i = 0; i < g->n; i++) {
		for (size_t k = g->first[i]; k < g->first[i + 1]; k++) {
			g->item[k] = (uint32_t)i;
			g->bin_pair[g->bin_first[g->bin[k] + 1]++] = (uint32_t)k;
		}
	}
}

static bool fits_empty(const struct core *c, size_t i, size_t pair)
{
	size_t at = solve_pair_bin(c->p, i, pair) * c->R;

	for (size_t r = 0; c->p->capacity && r < c->R; r++)
		if (solve_pair_use(c->p, i, pair, r) > c->p->capacity[at + r])
			return false;
	return true;
}

static bool copy_pairs(struct arena *a, const struct core *c, const uint8_t *keep, struct gap *g)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		for (size_t k = solve_pair_first(c->p, i); k < solve_pair_first(c->p, i + 1); k++)
			n += (!keep || keep[k]) && fits_empty(c, i, k);
	if (n >= UINT32_MAX)
		return false;
	g->first = arena_new_n(a, size_t, c->n + 1);
	g->bin = arena_new_n(a, uint32_t, n + 1);
	g->origin = arena_new_n(a, size_t, n + 1);
	n = 0;
	for (size_t i = 0; i < c->n; i++) {
		g->first[i] = n;
		for (size_t k = solve_pair_first(c->p, i); k < solve_pair_first(c->p, i + 1); k++) {
			if ((keep && !keep[k]) || !fits_empty(c, i, k))
				continue;
			g->bin[n] = solve_pair_bin(c->p, i, k);
			g->origin[n++] = k;
		}
	}
	g->first[c->n] = n;
	return true;
}

static bool copy_costs(struct arena *a, const struct core *c, struct gap *g)
{
	int64_t unit = 0;

	g->cost = arena_new_n(a, double, g->first[g->n] + 1);
	g->base = 0;
	for (size_t i = 0; i < g->n; i++) {
		int64_t least = INT64_MAX;

		for (size_t k = g->first[i]; k < g->first[i + 1]; k++)
			if (core_cost(c, g->origin[k]) < least)
				least = core_cost(c, g->origin[k]);
		if (g->first[i] < g->first[i + 1])
			g->base += least;
		for (size_t k = g->first[i]; k < g->first[i + 1]; k++)
			unit = gcd(unit, core_cost(c, g->origin[k]) - least);
	}
	g->unit = unit ? unit : 1;
	double sum = 0;
	for (size_t i = 0; i < g->n; i++) {
		int64_t least = INT64_MAX;
		double most = 0;

		for (size_t k = g->first[i]; k < g->first[i + 1]; k++)
			if (core_cost(c, g->origin[k]) < least)
				least = core_cost(c, g->origin[k]);
		for (size_t k = g->first[i]; k < g->first[i + 1]; k++) {
			g->cost[k] = (double)((core_cost(c, g->origin[k]) - least) / g->unit);
			most = fmax(most, g->cost[k]);
		}
		sum += most;
	}
	return sum < 1e12;
}

/* The tightest resource of bin @b: the largest ratio of what could come to what there is. */
static size_t key_of(const struct core *c, const struct gap *g, size_t b)
{
	size_t key = 0;
	double tightest = -1;

	for (size_t r = 0; r < c->R; r++) {
		double sum = 0;
		int64_t cap = c->p->capacity[b * c->R + r];

		if (cap == SOLVE_UNLIMITED)
			continue;
		for (size_t k = g->bin_first[b]; k < g->bin_first[b + 1]; k++) {
			uint32_t pair = g->bin_pair[k];

			sum += (double)solve_pair_use(c->p, g->item[pair], g->origin[pair], r);
		}
		sum /= cap > 0 ? (double)cap : 1e-3;
		if (sum > tightest) {
			tightest = sum;
			key = r;
		}
	}
	return key;
}

/* Small integers for the key of bin @b; true when nothing was rounded. */
static bool scale_key(const struct core *c, struct gap *g, size_t b, size_t key)
{
	int64_t cap = c->p->capacity[b * c->R + key], unit = 0, sum = 0;

	for (size_t k = g->bin_first[b]; k < g->bin_first[b + 1]; k++) {
		uint32_t pair = g->bin_pair[k];
		int64_t use = solve_pair_use(c->p, g->item[pair], g->origin[pair], key);

		unit = gcd(unit, use);
		sum += use;
	}
	unit = unit ? unit : 1;
	bool exact = true;
	cap = cap > sum ? sum : cap;
	if (cap / unit > GAP_MAX_CAP) {
		unit = cap / GAP_MAX_CAP + 1;
		exact = false;
	}
	g->cap[b] = (int32_t)(cap / unit);
	for (size_t k = g->bin_first[b]; k < g->bin_first[b + 1]; k++) {
		uint32_t pair = g->bin_pair[k];

		g->use[pair] =
			(int32_t)(solve_pair_use(c->p, g->item[pair], g->origin[pair], key) / unit);
	}
	return exact;
}

static void copy_resources(struct arena *a, const struct core *c, struct gap *g)
{
	bool *exact = arena_new_n(a, bool, g->m + 1);
	bool rounded = false;

	g->key = arena_new_n(a, uint32_t, g->m + 1);

	for (size_t b = 0; b < g->m; b++) {
		g->key[b] = (uint32_t)key_of(c, g, b);
		exact[b] = scale_key(c, g, b, g->key[b]);
		rounded |= !exact[b];
	}
	/* Extra x of a bin is its x-th resource that is not the key; the last is the rounded key.
	 */
	g->X = c->R - 1 + rounded;
	if (!g->X)
		return;
	g->extra = arena_new_n(a, double, g->first[g->n] * g->X + 1);
	g->room = arena_new_n(a, double, g->m * g->X + 1);
	g->res = arena_new_n(a, uint32_t, g->m * g->X + 1);
	for (size_t b = 0; b < g->m; b++) {
		size_t x = 0;

		for (size_t r = 0; r <= c->R; r++) {
			bool last = r == c->R;
			size_t from = last ? g->key[b] : r;

			if ((r == g->key[b]) || (last && !rounded))
				continue;
			int64_t cap = c->p->capacity[b * c->R + from];
			g->res[b * g->X + x] = (uint32_t)from;
			g->room[b * g->X + x] = cap == SOLVE_UNLIMITED || (last && exact[b])
							? HUGE_VAL
							: (double)cap;
			for (size_t k = g->bin_first[b]; k < g->bin_first[b + 1]; k++) {
				uint32_t pair = g->bin_pair[k];

				g->extra[pair * g->X + x] = (double)solve_pair_use(
					c->p, g->item[pair], g->origin[pair], from);
			}
			x++;
		}
	}
}

bool gap_init(struct arena *a, const struct core *c, const uint8_t *keep, struct gap *ret_gap)
{
	struct gap g = {.n = c->n, .m = c->m};

	if (!copy_pairs(a, c, keep, &g) || !copy_costs(a, c, &g))
		return false;
	gap_index(a, &g);
	g.use = arena_new_n(a, int32_t, g.first[g.n] + 1);
	g.cap = arena_new_n(a, int32_t, g.m + 1);
	if (c->R && c->p->capacity)
		copy_resources(a, c, &g);
	*ret_gap = g;
	return true;
}

void gap_extract(struct arena *a, const struct gap *g, const uint32_t *item, size_t n_items,
		 const size_t *pair_of, const uint8_t *keep, struct gap *ret_part)
{
	struct gap p = {.n = n_items, .m = g->m, .X = g->X, .unit = 1};
	size_t n = 0;

	for (size_t i = 0; i < n_items; i++)
		n += g->first[item[i] + 1] - g->first[item[i]];
	p.first = arena_new_n(a, size_t, n_items + 1);
	p.bin = arena_new_n(a, uint32_t, n + 1);
	p.cost = arena_new_n(a, double, n + 1);
	p.use = arena_new_n(a, int32_t, n + 1);
	p.origin = arena_new_n(a, size_t, n + 1);
	p.extra = arena_new_n(a, double, n * g->X + 1);
	p.cap = arena_memdup(a, g->cap, g->m * sizeof(*g->cap));
	if (g->X)
		p.room = arena_memdup(a, g->room, g->m * g->X * sizeof(*g->room));
	for (size_t i = 0; i < g->n; i++) {
		size_t k = pair_of[i];

		p.cap[g->bin[k]] -= g->use[k];
		for (size_t x = 0; x < g->X; x++)
			p.room[g->bin[k] * g->X + x] -= g->extra[k * g->X + x];
	}
	for (size_t i = 0; i < n_items; i++) {
		size_t k = pair_of[item[i]];

		p.cap[g->bin[k]] += g->use[k];
		for (size_t x = 0; x < g->X; x++)
			p.room[g->bin[k] * g->X + x] += g->extra[k * g->X + x];
	}
	n = 0;
	for (size_t i = 0; i < n_items; i++) {
		p.first[i] = n;
		for (size_t k = g->first[item[i]]; k < g->first[item[i] + 1]; k++) {
			bool fits = g->use[k] <= p.cap[g->bin[k]];

			for (size_t x = 0; fits && x < g->X; x++)
				fits = g->extra[k * g->X + x] <= p.room[g->bin[k] * g->X + x];
			if (!fits || (keep && !keep[k] && k != pair_of[item[i]]))
				continue;
			p.bin[n] = g->bin[k];
			p.cost[n] = g->cost[k];
			p.use[n] = g->use[k];
			if (g->X)
				memcpy(p.extra + n * g->X, g->extra + k * g->X,
				       g->X * sizeof(double));
			p.origin[n++] = k;
		}
	}
	p.first[n_items] = n;
	gap_index(a, &p);
	*ret_part = p;
}
