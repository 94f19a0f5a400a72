// SPDX-License-Identifier: Apache-2.0
/* See dual.h. */
#include "solve/dual.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"

void dual_init(struct arena *a, const struct gap *g, struct work *w, struct dual *ret_dual)
{
	struct dual d = {.g = g, .a = a, .w = w, .n_free = g->n};
	size_t n_pairs = g->first[g->n], longest = 0;

	for (size_t b = 0; b < g->m; b++)
		if (g->bin_first[b + 1] - g->bin_first[b] > longest)
			longest = g->bin_first[b + 1] - g->bin_first[b];
	knapsack_init(a, longest, &d.k);
	d.k_pair = arena_new_n(a, uint32_t, longest + 1);
	d.u = arena_new_n(a, double, g->n + 1);
	d.best_u = arena_new_n(a, double, g->n + 1);
	d.lambda = arena_new_n(a, double, g->m * g->X + 1);
	d.best_lambda = arena_new_n(a, double, g->m * g->X + 1);
	d.scale = arena_new_n(a, double, g->m * g->X + 1);
	d.z = arena_new_n(a, double, g->m + 1);
	d.x = arena_new_n(a, uint8_t, n_pairs + 1);
	d.taken = arena_new_n(a, int32_t, g->n + 1);
	d.dirty = arena_new_n(a, uint8_t, g->m + 1);
	d.pen = arena_new_n(a, double, n_pairs + 1);
	d.out = arena_new_n(a, double, g->n + 1);
	d.alive = arena_new_n(a, uint8_t, n_pairs + 1);
	d.left = arena_new_n(a, uint32_t, g->n + 1);
	d.fixed = arena_new_n(a, uint32_t, g->n + 1);
	d.cap = arena_memdup(a, g->cap, (g->m + 1) * sizeof(*g->cap));
	d.room = arena_new_n(a, double, g->m * g->X + 1);
	d.trail = arena_new_n(a, uint32_t, n_pairs + g->n + 1);
	d.queue = arena_new_n(a, uint32_t, g->n + 1);
	if (g->X)
		memcpy(d.room, g->room, g->m * g->X * sizeof(*d.room));
	memset(d.alive, 1, n_pairs);
	memset(d.dirty, 1, g->m);
	memset(d.fixed, 0xff, g->n * sizeof(*d.fixed));
	for (size_t i = 0; i < g->n; i++) {
		d.left[i] = (uint32_t)(g->first[i + 1] - g->first[i]);
		if (d.left[i] == 1)
			d.queue[d.n_queue++] = (uint32_t)i;
	}
	for (size_t b = 0; b < g->m; b++) {
		for (size_t x = 0; x < g->X; x++) {
			double sum = 0;

			for (size_t k = g->bin_first[b]; k < g->bin_first[b + 1]; k++)
				sum += g->extra[g->bin_pair[k] * g->X + x];
			size_t n = g->bin_first[b + 1] - g->bin_first[b];
			d.scale[b * g->X + x] = sum > 0 ? sum / (double)n : 1;
		}
	}
	*ret_dual = d;
}

/* ---- The domain ---------------------------------------------------------------------------- */

bool dual_kill(struct dual *d, uint32_t pair)
{
	uint32_t i = d->g->item[pair];

	if (!d->alive[pair])
		return true;
	d->alive[pair] = 0;
	d->trail[d->n_trail++] = 2 * pair;
	if (d->x[pair])
		d->dirty[d->g->bin[pair]] = 1;
	d->left[i]--;
	if (d->left[i] == 1 && d->fixed[i] == DUAL_NO_PAIR)
		d->queue[d->n_queue++] = i;
	return d->left[i] > 0;
}

static bool fits(const struct dual *d, uint32_t pair)
{
	const struct gap *g = d->g;
	uint32_t b = g->bin[pair];

	if (g->use[pair] > d->cap[b])
		return false;
	for (size_t x = 0; x < g->X; x++)
		if (g->extra[pair * g->X + x] > d->room[b * g->X + x])
			return false;
	return true;
}

bool dual_fix(struct dual *d, uint32_t pair)
{
	const struct gap *g = d->g;
	uint32_t i = g->item[pair], b = g->bin[pair];

	if (!d->alive[pair] || !fits(d, pair))
		return false;
	d->fixed[i] = pair;
	d->trail[d->n_trail++] = 2 * i + 1;
	d->n_free--;
	d->paid += g->cost[pair];
	d->cap[b] -= g->use[pair];
	for (size_t x = 0; x < g->X; x++)
		d->room[b * g->X + x] -= g->extra[pair * g->X + x];
	d->dirty[b] = 1;
	for (size_t k = g->first[i]; k < g->first[i + 1]; k++)
		if (k != pair)
			dual_kill(d, (uint32_t)k);
	for (size_t k = g->bin_first[b]; k < g->bin_first[b + 1]; k++) {
		uint32_t other = g->bin_pair[k];

		if (d->alive[other] && d->fixed[g->item[other]] == DUAL_NO_PAIR &&
		    !fits(d, other) && !dual_kill(d, other))
			return false;
	}
	work_spend(d->w, g->bin_first[b + 1] - g->bin_first[b]);
	return true;
}

bool dual_propagate(struct dual *d)
{
	const struct gap *g = d->g;

	while (d->n_queue) {
		uint32_t i = d->queue[--d->n_queue];

		if (d->fixed[i] != DUAL_NO_PAIR)
			continue;
		for (size_t k = g->first[i]; k < g->first[i + 1]; k++) {
			if (!d->alive[k])
				continue;
			if (!dual_fix(d, (uint32_t)k))
				return false;
			break;
		}
		if (d->fixed[i] == DUAL_NO_PAIR)
			return false;
	}
	return true;
}

void dual_undo(struct dual *d, size_t n_trail)
{
	const struct gap *g = d->g;

	d->n_queue = 0;
	while (d->n_trail > n_trail) {
		uint32_t entry = d->trail[--d->n_trail];

		if (entry % 2 == 0) {
			d->alive[entry / 2] = 1;
			d->left[g->item[entry / 2]]++;
			d->dirty[g->bin[entry / 2]] = 1;
			continue;
		}
		uint32_t i = entry / 2, pair = d->fixed[i], b = g->bin[pair];
		d->fixed[i] = DUAL_NO_PAIR;
		d->n_free++;
		d->paid -= g->cost[pair];
		d->cap[b] += g->use[pair];
		for (size_t x = 0; x < g->X; x++)
			d->room[b * g->X + x] += g->extra[pair * g->X + x];
		d->dirty[b] = 1;
	}
}

/* ---- The bound ----------------------------------------------------------------------------- */

static double profit_of(const struct dual *d, uint32_t pair)
{
	const struct gap *g = d->g;
	double profit = d->u[g->item[pair]] - g->cost[pair];

	for (size_t x = 0; x < g->X; x++)
		if (g->room[g->bin[pair] * g->X + x] < HUGE_VAL)
			profit -= d->lambda[g->bin[pair] * g->X + x] * g->extra[pair * g->X + x];
	return profit;
}

/* Fill the knapsack of bin @b with what may pay. */
static void load_knapsack(struct dual *d, size_t b)
{
	const struct gap *g = d->g;
	struct knapsack *k = &d->k;

	k->n = 0;
	k->cap = d->cap[b];
	for (size_t j = g->bin_first[b]; j < g->bin_first[b + 1]; j++) {
		uint32_t pair = g->bin_pair[j];

		if (!d->alive[pair] || d->fixed[g->item[pair]] != DUAL_NO_PAIR)
			continue;
		double profit = profit_of(d, pair);
		if (profit <= 0)
			continue;
		k->profit[k->n] = profit;
		k->weight[k->n] = g->use[pair];
		d->k_pair[k->n++] = pair;
	}
}

static void solve_bin(struct dual *d, size_t b)
{
	const struct gap *g = d->g;

	for (size_t j = g->bin_first[b]; j < g->bin_first[b + 1]; j++) {
		uint32_t pair = g->bin_pair[j];

		d->taken[g->item[pair]] -= d->x[pair];
		d->x[pair] = 0;
	}
	load_knapsack(d, b);
	uint64_t cells = knapsack_solve(&d->k);
	d->z[b] = d->k.value;
	for (size_t j = 0; j < d->k.n; j++) {
		if (!d->k.in[j])
			continue;
		d->x[d->k_pair[j]] = 1;
		d->taken[g->item[d->k_pair[j]]]++;
	}
	d->dirty[b] = 0;
	work_spend(d->w, cells + 2 * (g->bin_first[b + 1] - g->bin_first[b]));
}

void dual_evaluate(struct dual *d)
{
	const struct gap *g = d->g;
	double low = d->paid, size = 1 + d->paid;

	for (size_t i = 0; i < g->n; i++) {
		if (d->fixed[i] != DUAL_NO_PAIR)
			continue;
		low += d->u[i];
		size += fabs(d->u[i]);
	}
	for (size_t b = 0; b < g->m; b++) {
		if (d->dirty[b])
			solve_bin(d, b);
		low -= d->z[b];
		size += d->z[b];
		for (size_t x = 0; x < g->X; x++) {
			double room = d->room[b * g->X + x];

			if (room < HUGE_VAL && d->lambda[b * g->X + x] > 0) {
				low -= d->lambda[b * g->X + x] * room;
				size += d->lambda[b * g->X + x] * room;
			}
		}
	}
	d->low = low;
	d->size = size;
}

/* How far the extra resource @x of bin @b is overdrawn by the choices, in mean uses. */
static double overdraft(const struct dual *d, size_t b, size_t x)
{
	const struct gap *g = d->g;
	double use = -d->room[b * g->X + x];

	if (use == -HUGE_VAL)
		return 0;
	for (size_t j = g->bin_first[b]; j < g->bin_first[b + 1]; j++)
		if (d->x[g->bin_pair[j]])
			use += g->extra[g->bin_pair[j] * g->X + x];
	return use / d->scale[b * g->X + x];
}

bool dual_is_assignment(const struct dual *d)
{
	for (size_t i = 0; i < d->g->n; i++)
		if (d->fixed[i] == DUAL_NO_PAIR && d->taken[i] != 1)
			return false;
	for (size_t b = 0; b < d->g->m; b++)
		for (size_t x = 0; x < d->g->X; x++)
			if (overdraft(d, b, x) > 1e-9)
				return false;
	return true;
}

/* u_i changes: the bins it is, or becomes, of interest to are out of date. */
static void change_u(struct dual *d, size_t i, double by)
{
	const struct gap *g = d->g;

	for (size_t k = g->first[i]; k < g->first[i + 1]; k++) {
		if (!d->alive[k] || d->dirty[g->bin[k]])
			continue;
		double profit = profit_of(d, (uint32_t)k);
		if (profit > 0 || profit + by > 0)
			d->dirty[g->bin[k]] = 1;
	}
	d->u[i] += by;
}

void dual_restore(struct dual *d, const double *u, const double *lambda)
{
	const struct gap *g = d->g;

	for (size_t k = 0; k < g->m * g->X; k++) {
		if (d->lambda[k] < lambda[k] || d->lambda[k] > lambda[k])
			d->dirty[k / g->X] = 1;
		d->lambda[k] = lambda[k];
	}
	for (size_t i = 0; i < g->n; i++) {
		if (d->u[i] < u[i] || d->u[i] > u[i])
			change_u(d, i, u[i] - d->u[i]);
		d->u[i] = u[i];
	}
}

static double grad_norm(const struct dual *d)
{
	double norm = 0;

	for (size_t i = 0; i < d->g->n; i++)
		if (d->fixed[i] == DUAL_NO_PAIR)
			norm += (1.0 - d->taken[i]) * (1.0 - d->taken[i]);
	for (size_t b = 0; b < d->g->m; b++) {
		for (size_t x = 0; x < d->g->X; x++) {
			double over = overdraft(d, b, x);

			if (over > 0 || d->lambda[b * d->g->X + x] > 0)
				norm += over * over;
		}
	}
	return norm;
}

static void take_step(struct dual *d, double length)
{
	const struct gap *g = d->g;

	for (size_t b = 0; b < g->m; b++) {
		for (size_t x = 0; x < g->X; x++) {
			double *l = &d->lambda[b * g->X + x];
			double over = overdraft(d, b, x);
			double next = *l + length * over / d->scale[b * g->X + x];

			next = next > 0 ? next : 0;
			if (next < *l || next > *l)
				d->dirty[b] = 1;
			*l = next;
		}
	}
	for (size_t i = 0; i < g->n; i++)
		if (d->fixed[i] == DUAL_NO_PAIR && d->taken[i] != 1)
			change_u(d, i, length * (1.0 - d->taken[i]));
}

bool dual_climb(struct dual *d, unsigned rounds, double target, double cut, double alpha)
{
	const struct gap *g = d->g;
	double best = -HUGE_VAL;
	unsigned idle = 0;
	bool at_best = false;

	for (unsigned round = 0; round <= rounds; round++) {
		dual_evaluate(d);
		work_spend(d->w, g->n + g->m);
		at_best = d->low > best;
		if (at_best) {
			idle = d->low > best + 1e-4 ? 0 : idle + 1;
			best = d->low;
			memcpy(d->best_u, d->u, g->n * sizeof(*d->u));
			memcpy(d->best_lambda, d->lambda, g->m * g->X * sizeof(*d->lambda));
		} else {
			idle++;
		}
		if (best > cut + dual_eps(d) || round == rounds || !work_left(d->w))
			break;
		if (idle >= 5) {
			alpha *= 0.6;
			idle = 0;
			if (alpha < 0.01)
				break;
		}
		double norm = grad_norm(d);
		if (norm <= 1e-12)
			break;
		double gap = (target < HUGE_VAL ? target : best + 0.01 * fabs(best) + 1) - d->low;
		take_step(d, alpha * (gap > 1e-3 ? gap : 1e-3) / norm);
	}
	if (!at_best) {
		dual_restore(d, d->best_u, d->best_lambda);
		dual_evaluate(d);
	}
	return d->low > cut + dual_eps(d);
}

void dual_penalties(struct dual *d)
{
	const struct gap *g = d->g;

	memset(d->out, 0, g->n * sizeof(*d->out));
	for (size_t b = 0; b < g->m; b++) {
		const double *most;

		load_knapsack(d, b);
		for (size_t j = 0; j < d->k.n; j++)
			d->k.in[j] = d->x[d->k_pair[j]];
		d->k.value = d->z[b];
		uint64_t cells = knapsack_penalties(&d->k, &most);
		for (size_t j = g->bin_first[b]; j < g->bin_first[b + 1]; j++) {
			uint32_t pair = g->bin_pair[j];

			if (!d->alive[pair] || d->fixed[g->item[pair]] != DUAL_NO_PAIR)
				continue;
			double profit = profit_of(d, pair);
			if (profit > 0)
				continue;
			double change = d->z[b] - most[d->cap[b] - g->use[pair]] - profit;
			d->pen[pair] = change > 0 ? change : 0;
		}
		for (size_t j = 0; j < d->k.n; j++) {
			d->pen[d->k_pair[j]] = d->k.change[j];
			if (d->k.in[j])
				d->out[g->item[d->k_pair[j]]] += d->k.change[j];
		}
		work_spend(d->w, cells + 2 * (g->bin_first[b + 1] - g->bin_first[b]));
	}
}

/* The relaxation without knapsacks at @price: its value, its subgradient, and u. */
static double plain_value(struct dual *d, const double *price, double *grad)
{
	const struct gap *g = d->g;
	double value = 0;

	for (size_t b = 0; b < g->m; b++) {
		grad[b] = -g->cap[b];
		value -= price[b] * g->cap[b];
	}
	for (size_t i = 0; i < g->n; i++) {
		double least = HUGE_VAL;
		size_t at = g->first[i];

		for (size_t k = g->first[i]; k < g->first[i + 1]; k++) {
			double c = g->cost[k] + price[g->bin[k]] * g->use[k];

			at = c < least ? k : at;
			least = c < least ? c : least;
		}
		d->u[i] = least < HUGE_VAL ? least : 0;
		value += d->u[i];
		if (least < HUGE_VAL)
			grad[g->bin[at]] += g->use[at];
	}
	work_spend(d->w, 2 * g->first[g->n]);
	return value;
}

static double mean_cost(const struct gap *g)
{
	double sum = 0;

	for (size_t i = 0; i < g->n; i++) {
		double row = 0;

		for (size_t k = g->first[i]; k < g->first[i + 1]; k++)
			row += g->cost[k];
		sum += row / (double)(g->first[i + 1] - g->first[i] + 1);
	}
	return sum;
}

/* Prices of the keys by subgradient steps of the relaxation without knapsacks. */
void dual_start(struct dual *d)
{
	const struct gap *g = d->g;
	double *price = arena_new_n(d->a, double, g->m + 1);
	double *grad = arena_new_n(d->a, double, g->m + 1);
	double *best_price = arena_new_n(d->a, double, g->m + 1);
	double best = -HUGE_VAL, alpha = 1, above = 0.5 * mean_cost(g) + 1;
	unsigned idle = 0;

	for (unsigned round = 0; round < 200 && work_left(d->w) && alpha > 1e-3; round++) {
		double value = plain_value(d, price, grad), norm = 0;

		idle = value > best ? 0 : idle + 1;
		if (value > best) {
			best = value;
			memcpy(best_price, price, g->m * sizeof(*price));
			memcpy(d->best_u, d->u, g->n * sizeof(*d->u));
		}
		if (idle >= 4) {
			alpha *= 0.6;
			idle = 0;
			memcpy(price, best_price, g->m * sizeof(*price));
			plain_value(d, price, grad);
			value = best;
		}
		for (size_t b = 0; b < g->m; b++)
			norm += grad[b] > 0 || price[b] > 0 ? grad[b] * grad[b] : 0;
		if (norm <= 0)
			break;
		for (size_t b = 0; b < g->m; b++)
			price[b] =
				fmax(0, price[b] + alpha * (best + above - value) / norm * grad[b]);
	}
	memcpy(d->u, d->best_u, g->n * sizeof(*d->u));
	memset(d->dirty, 1, g->m);
}

void dual_start_at(struct dual *d, const struct core *c, const double *price)
{
	const struct gap *g = d->g;
	double unit = 1 / (double)g->unit;

	for (size_t k = 0; k < g->m * g->X; k++)
		d->lambda[k] = price[k / g->X * c->R + g->res[k]] * unit;
	for (size_t i = 0; i < g->n; i++) {
		double least = HUGE_VAL;

		for (size_t k = g->first[i]; k < g->first[i + 1]; k++) {
			double cost = g->cost[k];

			for (size_t r = 0; r < c->R; r++)
				cost += price[g->bin[k] * c->R + r] * unit *
					(double)solve_pair_use(c->p, i, g->origin[k], r);
			least = cost < least ? cost : least;
		}
		d->u[i] = least < HUGE_VAL ? least : 0;
	}
	memset(d->dirty, 1, g->m);
	work_spend(d->w, 4 * c->R * g->first[g->n]);
}
