// SPDX-License-Identifier: Apache-2.0
#include "plan/profile.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* More points than that are thinned out evenly: slopes grow with their square. */
enum { MOST = 800 };

#define LEAST_LOAD 0.1
#define TOP_SHARE  0.1  /* of the rates at a number of replicas: its peaks */
#define Z_95       1.96 /* of the normal distribution */
#define SAME       1e-9

/* ---- points ---- */

static bool known(const struct profile_sample *s, bool peaks)
{
	return isfinite(s->replicas) && s->replicas > 0.5 && isfinite(s->rate) && s->rate >= 0 &&
	       (peaks || (isfinite(s->load) && s->load >= 0));
}

static bool changing(const struct profile_sample *samples, size_t i)
{
	return i > 0 && isfinite(samples[i - 1].replicas) &&
	       fabs(samples[i].replicas - samples[i - 1].replicas) > 0.5;
}

static int by_x_then_most(const void *p, const void *q)
{
	const struct profile_point *a = p, *b = q;

	if (fabs(a->x - b->x) > SAME)
		return a->x < b->x ? -1 : 1;
	return a->y > b->y ? -1 : a->y < b->y;
}

/* Of each number of replicas keep the highest rates, at least PROFILE_EACH. */
static void keep_peaks(struct profile_points *r)
{
	size_t kept = 0;

	if (r->n)
		qsort(r->at, r->n, sizeof(*r->at), by_x_then_most);
	for (size_t i = 0, end; i < r->n; i = end) {
		for (end = i; end < r->n && fabs(r->at[end].x - r->at[i].x) <= SAME;)
			end++;
		size_t most = (size_t)ceil((double)(end - i) * TOP_SHARE);

		most = most < PROFILE_EACH ? PROFILE_EACH : most;
		for (size_t k = i; k < end && k < i + most; k++)
			r->at[kept++] = r->at[k];
	}
	r->n = kept;
}

struct profile_points profile_points_of(struct arena *a, const struct profile_sample *samples,
					size_t n, bool peaks)
{
	struct profile_points r = {.at = arena_new_n(a, struct profile_point, n)};

	for (size_t i = 0; i < n; i++) {
		const struct profile_sample *s = &samples[i];

		if (!known(s, peaks))
			r.n_missing++;
		else if (changing(samples, i))
			r.n_changing++;
		else if (peaks ? s->rate <= 0 : s->load < LEAST_LOAD)
			r.n_idle++;
		else
			r.at[r.n++] = (struct profile_point){round(s->replicas),
							     peaks ? s->rate : s->rate / s->load};
	}
	r.n_usable = r.n;
	if (peaks)
		keep_peaks(&r);
	return r;
}

/* ---- is it enough? ---- */

struct counts {
	size_t n, n_full; /* numbers of replicas; those with enough points */
	double first;
};

static int by_value(const void *p, const void *q)
{
	double a = *(const double *)p, b = *(const double *)q;

	return a < b ? -1 : a > b;
}

static double *sorted_x(struct arena *a, const struct profile_point *at, size_t n)
{
	double *x = arena_new_n(a, double, n);

	for (size_t i = 0; i < n; i++)
		x[i] = at[i].x;
	if (n)
		qsort(x, n, sizeof(*x), by_value);
	return x;
}

static struct counts count(struct arena *a, const struct profile_points *p)
{
	struct counts c = {0};
	const double *x = sorted_x(a, p->at, p->n);

	for (size_t i = 0, end; i < p->n; i = end) {
		for (end = i; end < p->n && x[end] - x[i] <= SAME;)
			end++;
		c.first = c.n ? c.first : x[i];
		c.n++;
		c.n_full += end - i >= PROFILE_EACH;
	}
	return c;
}

/* "18m", "2h", "40s" */
static const char *time_for(struct arena *a, size_t points, int64_t step_ms)
{
	int64_t s = ((int64_t)points * step_ms + 999) / 1000;

	if (s >= 7200)
		return arena_printf(a, "%lld hours", (long long)((s + 3599) / 3600));
	if (s >= 120)
		return arena_printf(a, "%lld minutes", (long long)((s + 59) / 60));
	return arena_printf(a, "%lld seconds", (long long)s);
}

static struct err *refuse(struct arena *a, const struct profile_points *p, const struct counts *c,
			  int64_t step_ms)
{
	if (p->n_usable < PROFILE_POINTS)
		return err_hint(a,
				err_new(a, ERR_INFEASIBLE,
					"%zu usable points, %d are needed (%zu more were idle, "
					"%zu changing, %zu lacked something)",
					p->n_usable, PROFILE_POINTS, p->n_idle, p->n_changing,
					p->n_missing),
				"%zu more are %s under load.", PROFILE_POINTS - p->n_usable,
				time_for(a, PROFILE_POINTS - p->n_usable, step_ms));
	if (c->n < PROFILE_COUNTS)
		return err_hint(a,
				err_new(a, ERR_INFEASIBLE,
					"it always ran with %g replica%s: what more would "
					"sustain cannot be told",
					c->first, c->first > 1 ? "s" : ""),
				"Run it with another number of replicas for %s under load.",
				time_for(a, PROFILE_EACH + 1, step_ms));
	if (c->n_full < PROFILE_COUNTS)
		return err_hint(a,
				err_new(a, ERR_INFEASIBLE,
					"%zu numbers of replicas were seen, %zu of them with %d "
					"points or more, %d are needed",
					c->n, c->n_full, PROFILE_EACH, PROFILE_COUNTS),
				"Run it with another number of replicas for %s under load.",
				time_for(a, PROFILE_EACH + 1, step_ms));
	return NULL;
}

/* ---- the line ---- */

static double middle(const double *sorted, size_t n)
{
	return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

/* Evenly chosen, at most MOST; of a list sorted by x, so that each number keeps its share. */
static struct profile_point *thinned(struct arena *a, const struct profile_points *p, size_t *ret_n)
{
	size_t n = p->n > MOST ? MOST : p->n;
	struct profile_point *all = arena_memdup(a, p->at, p->n * sizeof(*p->at));
	struct profile_point *list = arena_new_n(a, struct profile_point, n);

	qsort(all, p->n, sizeof(*all), by_x_then_most);
	for (size_t i = 0; i < n; i++)
		list[i] = all[i * p->n / n];
	*ret_n = n;
	return list;
}

static size_t slopes_of(const struct profile_point *at, size_t n, double *slopes)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			if (fabs(at[j].x - at[i].x) > SAME)
				slopes[k++] = (at[j].y - at[i].y) / (at[j].x - at[i].x);
	qsort(slopes, k, sizeof(*slopes), by_value);
	return k;
}

static double offset(struct arena *a, const struct profile_point *at, size_t n, double alpha)
{
	double *y = arena_new_n(a, double, n);

	for (size_t i = 0; i < n; i++)
		y[i] = at[i].y - alpha * at[i].x;
	qsort(y, n, sizeof(*y), by_value);
	return middle(y, n);
}

/* The variance of Kendall's S, points of one x tied. */
static double variance(struct arena *a, const struct profile_point *at, size_t n)
{
	const double *x = sorted_x(a, at, n);
	double m = (double)n, v = m * (m - 1) * (2 * m + 5);

	for (size_t i = 0, end; i < n; i = end) {
		for (end = i; end < n && x[end] - x[i] <= SAME;)
			end++;
		double t = (double)(end - i);
		v -= t * (t - 1) * (2 * t + 5);
	}
	return v / 18;
}

static void set_interval(struct arena *a, const struct profile_point *at, size_t n,
			 const double *slopes, size_t n_slopes, struct profile_fit *f)
{
	double half = Z_95 * sqrt(variance(a, at, n));
	double low = ((double)n_slopes - half) / 2, high = ((double)n_slopes + half) / 2;

	f->alpha_low = slopes[low > 0 ? (size_t)low : 0];
	f->alpha_high = slopes[high < (double)(n_slopes - 1) ? (size_t)ceil(high) : n_slopes - 1];
	f->beta_low = offset(a, at, n, f->alpha_high);
	f->beta_high = offset(a, at, n, f->alpha_low);
}

static void set_residuals(struct arena *a, const struct profile_points *p, struct profile_fit *f)
{
	double *off = arena_new_n(a, double, p->n);

	for (size_t i = 0; i < p->n; i++)
		off[i] = fabs(p->at[i].y - (f->alpha * p->at[i].x + f->beta));
	qsort(off, p->n, sizeof(*off), by_value);
	f->off_median = middle(off, p->n);
	f->off_most = off[(size_t)ceil(0.95 * (double)p->n) - 1];
}

struct err *profile_fit_of(struct arena *a, const struct profile_points *points, int64_t step_ms,
			   struct profile_fit *ret_fit)
{
	struct counts c = count(a, points);
	struct profile_fit f = {.n_points = points->n, .n_counts = c.n};
	size_t n;

	TRY(refuse(a, points, &c, step_ms));
	struct profile_point *at = thinned(a, points, &n);
	double *slopes = arena_new_n(a, double, n *(n - 1) / 2);
	size_t n_slopes = slopes_of(at, n, slopes);
	f.alpha = middle(slopes, n_slopes);
	f.beta = offset(a, at, n, f.alpha);
	set_interval(a, at, n, slopes, n_slopes, &f);
	set_residuals(a, points, &f);
	if (!(f.alpha > 0))
		return err_hint(
			a,
			err_new(a, ERR_INFEASIBLE,
				"more replicas sustained no more: alpha would be %g", f.alpha),
			"Something else limits the service, or the queries measure something "
			"else.");
	*ret_fit = f;
	return NULL;
}
