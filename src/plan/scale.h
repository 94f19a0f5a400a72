// SPDX-License-Identifier: Apache-2.0
/*
 * How many replicas should each service have?
 *
 * Every policy rests on one model for each service: n replicas sustain a rate of
 *
 *     y(n) = alpha * n + beta        requests per second
 *
 * (`smo profile` learns it).  Rates are real, replicas whole, cpu in milli-units, amounts as in
 * model/quantity.h, times milliseconds.  All functions are pure: time and history are inputs.
 * Services are taken in the order given; on equal cost fewer replicas win.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "model/scale_memory.h"
#include "plan/scale_fit.h"

struct arena;
struct err;

struct scale_model {
	double alpha, beta;
	const char *origin; /* "descriptor", "settings", "learnt": for explanations, or NULL */
};

/*
 * The fewest replicas, at least @floor, that sustain @rate.  False when no number does (alpha is
 * not positive) or it exceeds SCALE_MAX.  Quotients within 1e-9 of a whole number count as it.
 */
bool scale_need(const struct scale_model *m, double rate, int64_t floor, int64_t *ret_replicas);

enum { SCALE_MAX = 1000000 }; /* no service has more replicas than that */

/* ---- policy "original": decide_replicas of the first SMO, kept to the letter ---- */

struct scale_original_service {
	const char *id;
	double rate;
	int64_t replicas; /* now */
	int64_t cpu;      /* milli-cores of one replica, > 0 */
	int64_t gpu;      /* accelerators that it needs */
	int64_t max;      /* normalises the costs; a bound only when @bounded, > 0 */
	struct scale_model model;
};

/*
 *     minimise  0.4 * sum r[s]*cpu[s] / M + 0.4 * sum |r[s] - replicas[s]| / max[s]
 *               M = max over s of max[s]*cpu[s]
 *     where     sum cpu[s]*r[s] <= capacity,  gpu[s] <= gpus,
 *               alpha[s]*r[s] + beta[s] >= rate[s],  r[s] >= 1,  @bounded: r[s] <= max[s]
 *
 * Scaling in never lowers that objective (it is a tie for the services that attain M), so a tie
 * goes to fewer replicas.  ERR_INFEASIBLE says what is short.
 */
struct err *scale_original(struct arena *a, const struct scale_original_service *services, size_t n,
			   int64_t capacity, int64_t gpus, bool bounded, int64_t *ret_replicas)
	must_check;

/* The objective of @replicas. */
double scale_original_cost(const struct scale_original_service *services, size_t n,
			   const int64_t *replicas);

/* ---- manners: how fast a wish may become a deed ---- */

struct scale_speed {
	int64_t replicas;  /* at most so many more (or fewer) */
	double percent;    /* or this part of what was there; the larger of both counts */
	int64_t period_ms; /* within any such span; 0: no limit at all */
};

struct scale_manners {
	double tolerance_up;    /* share of overload that is borne before scaling out */
	double tolerance_down;  /* share of capacity that must stay idle after scaling in */
	int64_t window_up_ms;   /* scale out to the least wish of this span */
	int64_t window_down_ms; /* scale in to the greatest wish of this span */
	struct scale_speed up, down;
	int64_t initial_ms;  /* nothing is changed for so long after a service's start */
	int64_t cooldown_ms; /* nor after its last change */
};

/* No tolerance up, 0.1 down; windows 0 and 5 min; up: 4 replicas or 100 % in 15 s; down: 100 % in
 * 15 s; initial 30 s; no cooldown.  (The values of Kubernetes' own autoscaler, but for
 * tolerance_up.) */
extern const struct scale_manners scale_manners_default;

/* ---- our policy ---- */

enum scale_limit {
	SCALE_FREE, /* it gets what it needs */
	SCALE_PAUSED,
	SCALE_NO_METRIC, /* held */
	SCALE_NO_MODEL,  /* no number of replicas sustains that rate: held */
	SCALE_INITIAL,
	SCALE_COOLDOWN,
	SCALE_TOLERANCE,
	SCALE_WINDOW,
	SCALE_SPEED,
	SCALE_MINIMUM,
	SCALE_MAXIMUM,
	SCALE_CAPACITY, /* a cluster is full */
};

const char *scale_limit_name(enum scale_limit limit); /* "window" */

struct scale_service {
	const char *id;
	/* The rate in parts (one for each source: a cluster, a series); NaN, infinite or negative
	 * parts are missing.  A missing part is assumed to be at its share of the capacity when
	 * that leads up, and forbids to go down. */
	const double *rates;
	size_t n_rates;
	int64_t replicas; /* now */
	int64_t min, max; /* 0: 1, and no upper bound */
	bool to_zero;     /* @min 0 means none: without load nothing runs */
	bool paused;
	struct scale_model model;
	struct scale_manners manners;
	int64_t started;                 /* 0: long ago */
	const struct scale_wish *wishes; /* oldest first */
	size_t n_wishes;
	const struct scale_move *moves; /* oldest first */
	size_t n_moves;
	const struct fit_use *uses; /* of one replica: bin and amount */
	size_t n_uses;
};

/* A resource of a cluster, and what the replicas of all services of the decision together may use:
 * what is free plus what they use now, so that nothing is counted twice.  @cluster NULL: what the
 * graph as a whole may have. */
struct scale_bin {
	const char *cluster, *resource;
	int64_t room;
};

struct scale_decision {
	const char *id;
	int64_t from, to;
	double rate;    /* as assumed; NaN: unknown */
	int64_t needed; /* by the model, within min and max; the wish to remember; -1: unknown */
	int64_t wanted; /* after manners, before capacity */
	enum scale_limit limit; /* what bound last */
	const char *reason;     /* "12.5/s needs 3 replicas (y = 5 x - 0.5, descriptor)" */
};

struct scale_result {
	struct scale_decision *at;
	size_t n;
	bool fits;           /* false: not even the minima fit; nothing is changed */
	bool proven;         /* capacity was shared out at the least cost there is */
	const char *problem; /* !fits: "edge lacks 1.5 cores of cpu" */
};

/*
 * Each service first gets what its model, bounds and manners ask for.  Where clusters are too full
 * for that, replicas are given up at the least cost: those above the need cost almost nothing,
 * each new one 1/need, each one that runs already 4/need.  No service falls below its minimum.
 */
struct scale_result scale_decide(struct arena *a, const struct scale_service *services, size_t n,
				 const struct scale_bin *bins, size_t n_bins, int64_t now);

/* What the manners make of a need; exported for tests. */
struct scale_decision scale_wanted(struct arena *a, const struct scale_service *s, int64_t now);

/* ---- the threshold scaler ---- */

struct scale_threshold {
	double up, down; /* requests per second */
	int64_t up_replicas, down_replicas;
};

enum scale_action { SCALE_NONE, SCALE_UP, SCALE_DOWN };

struct scale_threshold_answer {
	enum scale_action action;
	int64_t replicas; /* to set; the current ones when nothing is to be done */
	const char *reason;
};

const char *scale_action_name(enum scale_action action); /* "scale_up" */

/* A @rate that is NaN or infinite never scales. */
struct scale_threshold_answer scale_by_threshold(struct arena *a, const struct scale_threshold *t,
						 int64_t replicas, double rate);
