// SPDX-License-Identifier: Apache-2.0
#include <math.h>

#include "base/arena.h"
#include "plan/scale.h"

const char *scale_action_name(enum scale_action action)
{
	static const char *const names[] = {
		[SCALE_NONE] = "none",
		[SCALE_UP] = "scale_up",
		[SCALE_DOWN] = "scale_down",
	};

	return names[action];
}

struct scale_threshold_answer scale_by_threshold(struct arena *a, const struct scale_threshold *t,
						 int64_t replicas, double rate)
{
	struct scale_threshold_answer answer = {SCALE_NONE, replicas, NULL};

	if (!isfinite(rate)) {
		answer.reason = "Could not retrieve metrics: the request rate is unknown";
	} else if (rate > t->up && replicas < t->up_replicas) {
		answer.action = SCALE_UP;
		answer.replicas = t->up_replicas;
		answer.reason = arena_printf(
			a, "Request rate %.2f RPS is above the scale-up threshold of %.2f RPS",
			rate, t->up);
	} else if (rate < t->down && replicas > t->down_replicas) {
		answer.action = SCALE_DOWN;
		answer.replicas = t->down_replicas;
		answer.reason = arena_printf(
			a, "Request rate %.2f RPS is below the scale-down threshold of %.2f RPS",
			rate, t->down);
	} else {
		answer.reason = arena_printf(
			a, "Request rate %.2f RPS needs no change (thresholds %.2f and %.2f RPS)",
			rate, t->down, t->up);
	}
	return answer;
}
