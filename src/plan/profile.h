// SPDX-License-Identifier: Apache-2.0
/*
 * Learning what the replicas of a service sustain, y = alpha * x + beta, from what was measured.
 *
 * A point is (replicas x, rate y that they sustain).  Where it is known how busy the replicas were,
 * y is the rate divided by that; else the highest rates seen at each number of replicas stand for
 * what it sustains.  The line is Theil and Sen's: alpha is the median of the slopes between all
 * pairs of points, beta the median of y - alpha * x, so that up to 29 % of wild points do no harm.
 * The interval of alpha is Sen's, by the variance of Kendall's S with ties.
 * Source: P. K. Sen, Estimates of the regression coefficient based on Kendall's tau, JASA 63
 * (1968).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;
struct err;

/* Measurements at one point of time each, NaN where there is none. */
struct profile_sample {
	double replicas, rate;
	double load; /* 0 to 1, of all replicas */
};

struct profile_point {
	double x, y;
};

struct profile_points {
	struct profile_point *at;
	size_t n;
	size_t n_usable;   /* before all but the peaks were left out */
	size_t n_missing;  /* samples with something missing */
	size_t n_idle;     /* too little load to tell anything */
	size_t n_changing; /* replicas were just changing */
};

/* @peaks: the load is not known. */
struct profile_points profile_points_of(struct arena *a, const struct profile_sample *samples,
					size_t n, bool peaks);

struct profile_fit {
	double alpha, beta;
	double alpha_low, alpha_high; /* 95 % of such intervals hold the true value */
	double beta_low, beta_high;   /* beta for the ends of alpha */
	double off_median,
		off_most;          /* half, and 95 %, of the points are not farther off than this */
	size_t n_points, n_counts; /* used; how many numbers of replicas there were */
};

enum { PROFILE_POINTS = 30, PROFILE_COUNTS = 2, PROFILE_EACH = 5 };

/*
 * ERR_INFEASIBLE when that is too little to learn from, or more replicas sustain no more: the hint
 * says how much more is needed.  @step_ms is the time between two samples.
 */
struct err *profile_fit_of(struct arena *a, const struct profile_points *points, int64_t step_ms,
			   struct profile_fit *ret_fit) must_check;
