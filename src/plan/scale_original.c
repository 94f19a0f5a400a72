// SPDX-License-Identifier: Apache-2.0
/*
 * The objective splits by service: f(r) = u*r + t*|r - now|, u = 0.4*cpu/M, t = 0.4/max, and
 * t >= u because cpu*max <= M.  So f falls (or is level) up to `now` and grows beyond: without the
 * capacity each service stays where it is or grows to its need; where t = u it shrinks to its need
 * for nothing.  What capacity then takes away costs t - u a replica, an integer cover problem.
 */
#include <math.h>

#include "base/arena.h"
#include "base/err.h"
#include "plan/scale.h"

bool scale_need(const struct scale_model *m, double rate, int64_t floor, int64_t *ret_replicas)
{
	double x = (rate - m->beta) / m->alpha;

	if (m->alpha * (double)floor + m->beta >= rate - 1e-9 * fmax(1, fabs(rate))) {
		*ret_replicas = floor;
		return floor <= SCALE_MAX;
	}
	if (!(m->alpha > 0) || !(x <= SCALE_MAX))
		return false;
	int64_t need = (int64_t)ceil(x - 1e-9 * fmax(1, fabs(x)));
	*ret_replicas = need > floor ? need : floor;
	return true;
}

static int64_t scale_unit(const struct scale_original_service *services, size_t n)
{
	int64_t m = 1;

	for (size_t i = 0; i < n; i++)
		m = services[i].max * services[i].cpu > m ? services[i].max * services[i].cpu : m;
	return m;
}

double scale_original_cost(const struct scale_original_service *services, size_t n,
			   const int64_t *replicas)
{
	double m = (double)scale_unit(services, n), sum = 0;

	for (size_t i = 0; i < n; i++) {
		const struct scale_original_service *s = &services[i];
		double moved = fabs((double)(replicas[i] - s->replicas));

		sum += 0.4 * (double)(replicas[i] * s->cpu) / m + 0.4 * moved / (double)s->max;
	}
	return sum;
}

/* The most replicas that a falling model and the bound allow. */
static int64_t upper(const struct scale_original_service *s, bool bounded)
{
	int64_t most = bounded ? s->max : SCALE_MAX;

	if (s->model.alpha < 0) {
		double x = (s->rate - s->model.beta) / s->model.alpha;
		double whole = floor(x + 1e-9 * fmax(1, fabs(x)));
		if (whole < (double)most)
			most = whole > 0 ? (int64_t)whole : 0;
	}
	return most;
}

/* Lowest and favourite number of replicas of @s. */
static struct err *range(struct arena *a, const struct scale_original_service *s, int64_t unit,
			 int64_t gpus, bool bounded, int64_t *ret_low, int64_t *ret_start)
{
	int64_t most = upper(s, bounded), low = 1;

	if (s->gpu > gpus)
		return err_new(a, ERR_INFEASIBLE, "service '%s' needs acceleration", s->id);
	if (s->cpu <= 0 || s->max <= 0)
		return err_new(a, ERR_INPUT, "service '%s' needs cpu and a maximum above zero",
			       s->id);
	if (!scale_need(&s->model, s->rate, 1, &low) || low > most)
		return err_new(a, ERR_INFEASIBLE,
			       "service '%s': no allowed number of replicas sustains %g/s", s->id,
			       s->rate);
	int64_t start = s->replicas < most ? s->replicas : most;
	bool level = unit == s->cpu * s->max; /* shrinking is free */
	*ret_low = low;
	*ret_start = level || start < low ? low : start;
	return NULL;
}

struct err *scale_original(struct arena *a, const struct scale_original_service *services, size_t n,
			   int64_t capacity, int64_t gpus, bool bounded, int64_t *ret_replicas)
{
	struct fit_item *items = arena_new_n(a, struct fit_item, n);
	struct fit_use *uses = arena_new_n(a, struct fit_use, n);
	int64_t *start = arena_new_n(a, int64_t, n);
	int64_t unit = scale_unit(services, n), excess = -capacity;

	for (size_t i = 0; i < n; i++) {
		const struct scale_original_service *s = &services[i];
		int64_t low = 1;

		TRY(range(a, s, unit, gpus, bounded, &low, &start[i]));
		double dear = 0.4 / (double)s->max - 0.4 * (double)s->cpu / (double)unit;
		uses[i] = (struct fit_use){0, s->cpu};
		items[i] = (struct fit_item){
			.runs = {{start[i] - low, dear > 0 ? dear : 0}},
			.n_runs = 1,
			.uses = &uses[i],
			.n_uses = 1,
		};
		excess += start[i] * s->cpu;
	}
	struct fit_answer fit = scale_fit(a, items, n, &excess, 1, 0);
	if (!fit.fits)
		return err_new(a, ERR_INFEASIBLE, "the cluster lacks %g cores",
			       (double)fit.missing / 1000);
	for (size_t i = 0; i < n; i++)
		ret_replicas[i] = start[i] - items[i].taken;
	return NULL;
}
