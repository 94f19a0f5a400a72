// SPDX-License-Identifier: Apache-2.0
/* From a rate to the replicas that a service may have now, one manner after the other. */
#include <math.h>

#include "base/arena.h"
#include "base/str.h"
#include "plan/scale.h"

const struct scale_manners scale_manners_default = {
	.tolerance_down = 0.1,
	.window_down_ms = 300000,
	.up = {4, 100, 15000},
	.down = {0, 100, 15000},
	.initial_ms = 30000,
};

const char *scale_limit_name(enum scale_limit limit)
{
	static const char *const names[] = {
		[SCALE_FREE] = "none",           [SCALE_PAUSED] = "paused",
		[SCALE_NO_METRIC] = "no-metric", [SCALE_NO_MODEL] = "no-model",
		[SCALE_INITIAL] = "initial",     [SCALE_COOLDOWN] = "cooldown",
		[SCALE_TOLERANCE] = "tolerance", [SCALE_WINDOW] = "window",
		[SCALE_SPEED] = "speed",         [SCALE_MINIMUM] = "minimum",
		[SCALE_MAXIMUM] = "maximum",     [SCALE_CAPACITY] = "capacity",
	};

	return names[limit];
}

static int64_t lowest(const struct scale_service *s)
{
	return s->min > 0 ? s->min : s->to_zero ? 0 : 1;
}

static int64_t highest(const struct scale_service *s)
{
	int64_t low = lowest(s), high = s->max > 0 ? s->max : SCALE_MAX;

	return high > low ? high : low;
}

static int64_t clamp(int64_t x, int64_t low, int64_t high)
{
	return x < low ? low : x > high ? high : x;
}

/* The rate with missing parts at their share of the present capacity; NaN when all are missing. */
static double assumed_rate(const struct scale_service *s, size_t *ret_missing)
{
	double known = 0, capacity = s->model.alpha * (double)s->replicas + s->model.beta;
	size_t missing = 0;

	for (size_t i = 0; i < s->n_rates; i++) {
		if (isfinite(s->rates[i]) && s->rates[i] >= 0)
			known += s->rates[i];
		else
			missing++;
	}
	*ret_missing = missing;
	if (missing == s->n_rates)
		return (double)NAN;
	double share = fmax(0, capacity) / (double)s->n_rates;
	return known + share * (double)missing;
}

/* ---- each manner may change @d->wanted, and says so in @d->limit ---- */

static void bear(const struct scale_service *s, struct scale_decision *d)
{
	const struct scale_manners *m = &s->manners;
	double capacity = s->model.alpha * (double)s->replicas + s->model.beta;
	int64_t roomy = d->wanted;

	if (d->wanted > s->replicas && d->rate <= capacity * (1 + m->tolerance_up)) {
		d->wanted = s->replicas;
		d->limit = SCALE_TOLERANCE;
	}
	if (d->wanted >= s->replicas || m->tolerance_down <= 0)
		return;
	double keep = m->tolerance_down < 0.99 ? 1 - m->tolerance_down : 0.01;
	if (!scale_need(&s->model, d->rate / keep, d->wanted, &roomy) || roomy > s->replicas)
		roomy = s->replicas;
	if (roomy != d->wanted)
		d->limit = SCALE_TOLERANCE;
	d->wanted = roomy;
}

static void stabilise(const struct scale_service *s, int64_t now, struct scale_decision *d)
{
	int64_t least = d->wanted, most = d->wanted, wanted = s->replicas;

	for (size_t i = 0; i < s->n_wishes; i++) {
		const struct scale_wish *w = &s->wishes[i];

		if (w->at > now - s->manners.window_up_ms && w->replicas < least)
			least = w->replicas;
		if (w->at > now - s->manners.window_down_ms && w->replicas > most)
			most = w->replicas;
	}
	if (wanted < least)
		wanted = least;
	else if (wanted > most)
		wanted = most;
	if (wanted != d->wanted)
		d->limit = SCALE_WINDOW;
	d->wanted = wanted;
}

/* What was there at the start of the span that a speed is about. */
static int64_t before_span(const struct scale_service *s, int64_t since, bool up)
{
	int64_t there = s->replicas;

	for (size_t i = 0; i < s->n_moves; i++)
		if (s->moves[i].at > since && (s->moves[i].to > s->moves[i].from) == up)
			there -= s->moves[i].to - s->moves[i].from;
	return there < 0 ? 0 : there;
}

static void slow_down(const struct scale_service *s, int64_t now, struct scale_decision *d)
{
	bool up = d->wanted > s->replicas;
	const struct scale_speed *v = up ? &s->manners.up : &s->manners.down;

	if (!v->period_ms || d->wanted == s->replicas)
		return;
	int64_t there = before_span(s, now - v->period_ms, up);
	double part = ceil((double)there * v->percent / 100 - 1e-9);
	int64_t step = part > (double)v->replicas ? (int64_t)fmin(part, SCALE_MAX) : v->replicas;
	int64_t limit = up ? there + step : there - step;
	if (up ? d->wanted > limit : d->wanted < limit) {
		d->wanted = up ? (limit > s->replicas ? limit : s->replicas)
			       : (limit < s->replicas ? limit : s->replicas);
		d->limit = SCALE_SPEED;
	}
}

static void hold(struct scale_decision *d, enum scale_limit why)
{
	if (d->wanted != d->from)
		d->limit = why;
	d->wanted = d->from;
}

static void apply_manners(const struct scale_service *s, int64_t now, size_t missing,
			  struct scale_decision *d)
{
	int64_t last = s->n_moves ? s->moves[s->n_moves - 1].at : INT64_MIN / 2;

	bear(s, d);
	if (missing && d->wanted < d->from)
		hold(d, SCALE_NO_METRIC);
	stabilise(s, now, d);
	slow_down(s, now, d);
	if (s->started && now - s->started < s->manners.initial_ms)
		hold(d, SCALE_INITIAL);
	if (now - last < s->manners.cooldown_ms)
		hold(d, SCALE_COOLDOWN);
	int64_t bounded = clamp(d->wanted, lowest(s), highest(s));
	if (bounded != d->wanted)
		d->limit = bounded > d->wanted ? SCALE_MINIMUM : SCALE_MAXIMUM;
	d->wanted = bounded;
}

/* ---- the decision and its words ---- */

static const char *model_text(struct arena *a, const struct scale_model *m)
{
	return arena_printf(a, "y = %g x %c %g%s%s", m->alpha, m->beta < 0 ? '-' : '+',
			    fabs(m->beta), m->origin ? ", " : "", m->origin ? m->origin : "");
}

/* Longest unit that fits: "5m", "30s". */
static const char *span_text(struct arena *a, int64_t ms)
{
	if (ms >= 60000 && ms % 60000 == 0)
		return arena_printf(a, "%lldm", (long long)(ms / 60000));
	return arena_printf(a, "%gs", (double)ms / 1000);
}

static const char *limit_text(struct arena *a, const struct scale_service *s,
			      const struct scale_decision *d)
{
	const struct scale_manners *m = &s->manners;
	bool up = d->wanted > d->from;
	const struct scale_speed *v = up ? &m->up : &m->down;

	switch (d->limit) {
	case SCALE_TOLERANCE:
		return "within tolerance";
	case SCALE_WINDOW:
		return arena_printf(
			a, "held by the window of %s",
			span_text(a, d->needed < d->wanted ? m->window_down_ms : m->window_up_ms));
	case SCALE_SPEED:
		return arena_printf(a, "not faster than %lld replicas or %g %% in %s",
				    (long long)v->replicas, v->percent, span_text(a, v->period_ms));
	case SCALE_INITIAL:
		return arena_printf(a, "it started less than %s ago", span_text(a, m->initial_ms));
	case SCALE_COOLDOWN:
		return arena_printf(a, "changed less than %s ago", span_text(a, m->cooldown_ms));
	case SCALE_MINIMUM:
		return arena_printf(a, "never below %lld", (long long)lowest(s));
	case SCALE_MAXIMUM:
		return arena_printf(a, "never above %lld", (long long)highest(s));
	case SCALE_NO_METRIC:
		return "a part of its metric is missing, so it does not shrink";
	case SCALE_FREE:
	case SCALE_PAUSED:
	case SCALE_NO_MODEL:
	case SCALE_CAPACITY:
		break;
	}
	return NULL;
}

static const char *reason_text(struct arena *a, const struct scale_service *s,
			       const struct scale_decision *d, int64_t raw)
{
	const char *limit = limit_text(a, s, d);

	return arena_printf(a, "%g/s needs %lld replica%s (%s)%s%s", d->rate, (long long)raw,
			    raw == 1 ? "" : "s", model_text(a, &s->model), limit ? "; " : "",
			    limit ? limit : "");
}

static struct scale_decision held(struct scale_decision d, enum scale_limit why, const char *reason)
{
	d.limit = why;
	d.reason = reason;
	return d;
}

struct scale_decision scale_wanted(struct arena *a, const struct scale_service *s, int64_t now)
{
	struct scale_decision d = {
		.id = s->id, .from = s->replicas, .wanted = s->replicas, .needed = -1};
	size_t missing;
	int64_t raw;

	d.rate = assumed_rate(s, &missing);
	if (s->paused)
		return held(d, SCALE_PAUSED, "scaling is paused");
	if (isnan(d.rate)) {
		d.wanted = clamp(s->replicas, lowest(s), highest(s));
		return held(d, SCALE_NO_METRIC, "its metric is missing: held");
	}
	bool idle = s->to_zero && !s->min && !(d.rate > 0);
	if (!scale_need(&s->model, d.rate, idle ? 0 : 1, &raw) && !idle) {
		d.wanted = clamp(s->replicas, lowest(s), highest(s));
		return held(d, SCALE_NO_MODEL,
			    arena_printf(a, "no number of replicas sustains %g/s (%s): held",
					 d.rate, model_text(a, &s->model)));
	}
	raw = idle ? 0 : raw;
	d.needed = clamp(raw, lowest(s), highest(s));
	d.wanted = d.needed;
	if (d.needed != raw)
		d.limit = d.needed > raw ? SCALE_MINIMUM : SCALE_MAXIMUM;
	apply_manners(s, now, missing, &d);
	d.reason = reason_text(a, s, &d, raw);
	return d;
}
