// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "plan/scale.h"

/* ---- policy "original": the acceptance cases of the first SMO ---- */

static struct scale_original_service one(double rate, int64_t now, int64_t cpu, double alpha,
					 double beta, int64_t max)
{
	return (struct scale_original_service){.id = "s",
					       .rate = rate,
					       .replicas = now,
					       .cpu = cpu,
					       .max = max,
					       .model = {alpha, beta, NULL}};
}

/* The original's three services with its constants: VO, noise reduction, detection. */
static void brussels(struct scale_original_service *s, double rate, const int64_t *now)
{
	s[0] = one(rate, now[0], 500, 33.33, -16.66, 3);
	s[1] = one(rate, now[1], 1000, .533, -.416, 3);
	s[2] = one(rate, now[2], 1000, 1.67, -.01, 3);
}

static void expect_brussels(double rate, int64_t capacity, bool bounded, const int64_t *want)
{
	struct arena a scoped_arena = {0};
	struct scale_original_service s[3];
	int64_t got[3] = {0};

	brussels(s, rate, (const int64_t[]){1, 1, 1});
	struct err *err = scale_original(&a, s, 3, capacity, 0, bounded, got);
	if (!want) {
		assert_non_null(err);
		assert_int_equal(err->kind, ERR_INFEASIBLE);
		return;
	}
	assert_null(err);
	assert_memory_equal(got, want, sizeof(got));
}

static void the_original_scales_two_services_to_their_need(void **state)
{
	struct arena a scoped_arena = {0};
	struct scale_original_service s[] = {one(50, 1, 500, 30, 10, 10),
					     one(80, 1, 1000, 25, 5, 10)};
	int64_t got[2];

	(void)state;
	assert_null(scale_original(&a, s, 2, 10000, 0, false, got));
	assert_int_equal(got[0], 2);
	assert_int_equal(got[1], 3);
	assert_float_equal(scale_original_cost(s, 2, got), 0.28, 1e-12);
}

static void the_original_says_when_load_is_beyond_the_cluster(void **state)
{
	struct arena a scoped_arena = {0};
	struct scale_original_service s[] = {one(1000, 1, 1000, 1, 0, 100),
					     one(2000, 1, 1000, 1, 0, 100)};
	int64_t got[2];

	(void)state;
	struct err *err = scale_original(&a, s, 2, 10000, 0, false, got);
	assert_int_equal(err->kind, ERR_INFEASIBLE);
	assert_string_equal(err->msg, "the cluster lacks 2990 cores");
}

static void the_original_needs_acceleration_where_it_is_asked_for(void **state)
{
	struct arena a scoped_arena = {0};
	struct scale_original_service s = one(30, 2, 500, 20, 5, 10);
	int64_t got;

	(void)state;
	s.gpu = 1;
	assert_int_equal(scale_original(&a, &s, 1, 5000, 0, false, &got)->kind, ERR_INFEASIBLE);
	assert_null(scale_original(&a, &s, 1, 5000, 1, false, &got));
	assert_int_equal(got, 2);
}

static void on_a_tie_the_original_takes_fewer_replicas(void **state)
{
	struct arena a scoped_arena = {0};
	struct scale_original_service s = one(0, 2, 1000, 1, 0, 5);
	int64_t got, two = 2;

	(void)state;
	assert_null(scale_original(&a, &s, 1, 10000, 0, false, &got));
	assert_int_equal(got, 1);
	assert_float_equal(scale_original_cost(&s, 1, &got), 0.16, 1e-12);
	assert_float_equal(scale_original_cost(&s, 1, &two), 0.16, 1e-12);
}

static void the_original_decides_its_own_demo_as_recorded(void **state)
{
	(void)state;
	expect_brussels(0.1, 6950, false, (const int64_t[]){1, 1, 1});
	expect_brussels(0.5, 6950, false, (const int64_t[]){1, 2, 1});
	expect_brussels(0.65, 6950, false, (const int64_t[]){1, 2, 1});
	expect_brussels(1.0, 6950, false, (const int64_t[]){1, 3, 1});
	expect_brussels(1.0, 4000, false, NULL);
	expect_brussels(1.18, 6950, false, (const int64_t[]){1, 3, 1});
	expect_brussels(1.2, 6950, false, (const int64_t[]){1, 4, 1});
	expect_brussels(1.2, 6950, true, NULL);
	expect_brussels(2, 6950, false, NULL);
}

static void the_original_shrinks_only_where_it_costs_nothing(void **state)
{
	struct arena a scoped_arena = {0};
	struct scale_original_service s[3];
	int64_t got[3];

	(void)state;
	brussels(s, 0.1, (const int64_t[]){2, 2, 1});
	assert_null(scale_original(&a, s, 3, 6950, 0, false, got));
	assert_int_equal(got[0], 2); /* its cpu x max is not the largest: shrinking is penalised */
	assert_int_equal(got[1], 1);
	assert_int_equal(got[2], 1);
}

static void a_full_cluster_takes_from_those_to_whom_it_costs_least(void **state)
{
	struct arena a scoped_arena = {0};
	struct scale_original_service s[] = {one(1, 4, 500, 10, 0, 4), one(1, 4, 500, 10, 0, 5),
					     one(1, 1, 4000, 10, 0, 4)};
	int64_t got[3];

	(void)state;
	assert_null(scale_original(&a, s, 3, 7000, 0, false, got));
	assert_int_equal(got[0] + got[1], 6);
	assert_int_equal(got[1], 2); /* max 5: 1/5 of a transition is cheaper than 1/4 */
}

/* ---- our policy ---- */

static const double nan_value = (double)NAN;

static struct scale_service service(const double *rate, int64_t now)
{
	return (struct scale_service){
		.id = "cam",
		.rates = rate,
		.n_rates = 1,
		.replicas = now,
		.min = 1,
		.max = 10,
		.model = {10, 0, "descriptor"},
	};
}

static struct scale_decision wanted(struct arena *a, const struct scale_service *s)
{
	return scale_wanted(a, s, 1000000);
}

static void load_beyond_the_capacity_scales_out_and_is_explained(void **state)
{
	struct arena a scoped_arena = {0};
	struct scale_service s = service((const double[]){25}, 1);
	struct scale_decision d = wanted(&a, &s);

	(void)state;
	assert_int_equal(d.wanted, 3);
	assert_int_equal(d.limit, SCALE_FREE);
	assert_string_equal(d.reason, "25/s needs 3 replicas (y = 10 x + 0, descriptor)");
}

static void less_load_really_scales_in(void **state)
{
	struct arena a scoped_arena = {0};
	struct scale_service s = service((const double[]){5}, 4);

	(void)state;
	assert_int_equal(wanted(&a, &s).wanted, 1);
}

static void a_missing_metric_changes_nothing(void **state)
{
	struct arena a scoped_arena = {0};
	struct scale_service s = service(&nan_value, 4);
	struct scale_decision d = wanted(&a, &s);

	(void)state;
	assert_int_equal(d.wanted, 4);
	assert_int_equal(d.limit, SCALE_NO_METRIC);
	assert_int_equal(d.needed, -1);
}

static void a_missing_part_counts_as_busy_and_forbids_to_shrink(void **state)
{
	struct arena a scoped_arena = {0};
	const double up[] = {35, NAN}, down[] = {1, NAN};
	struct scale_service s = service(up, 4);
	s.n_rates = 2;
	struct scale_decision grown = wanted(&a, &s);
	s.rates = down;
	struct scale_decision kept = wanted(&a, &s);

	(void)state;
	assert_int_equal(grown.wanted, 6); /* 35 and half of 40 */
	assert_int_equal(kept.wanted, 4);
	assert_int_equal(kept.limit, SCALE_NO_METRIC);
}

static void bounds_hold_whatever_the_load(void **state)
{
	struct arena a scoped_arena = {0};
	struct scale_service s = service((const double[]){1000}, 1);
	struct scale_decision high = wanted(&a, &s);
	struct scale_service t = service((const double[]){0}, 5);
	t.min = 2;
	struct scale_decision low = wanted(&a, &t);

	(void)state;
	assert_int_equal(high.wanted, 10);
	assert_int_equal(high.limit, SCALE_MAXIMUM);
	assert_non_null(strstr(high.reason, "never above 10"));
	assert_int_equal(low.wanted, 2);
	assert_int_equal(low.limit, SCALE_MINIMUM);
}

static void zero_replicas_only_when_asked_for_and_idle(void **state)
{
	struct arena a scoped_arena = {0};
	struct scale_service s = service((const double[]){0}, 2);
	s.min = 0;
	assert_int_equal(wanted(&a, &s).wanted, 1);
	s.to_zero = true;
	assert_int_equal(wanted(&a, &s).wanted, 0);
	s.rates = (const double[]){0.01};
	assert_int_equal(wanted(&a, &s).wanted, 1);
	s.replicas = 0;
	assert_int_equal(wanted(&a, &s).wanted, 1);
	(void)state;
}

static void a_paused_service_is_left_alone(void **state)
{
	struct arena a scoped_arena = {0};
	struct scale_service s = service((const double[]){100}, 2);
	s.paused = true;

	(void)state;
	assert_int_equal(wanted(&a, &s).wanted, 2);
	assert_int_equal(wanted(&a, &s).limit, SCALE_PAUSED);
}

static void a_model_that_never_suffices_holds(void **state)
{
	struct arena a scoped_arena = {0};
	struct scale_service s = service((const double[]){100}, 2);
	s.model = (struct scale_model){-1, 5, NULL};

	(void)state;
	assert_int_equal(wanted(&a, &s).wanted, 2);
	assert_int_equal(wanted(&a, &s).limit, SCALE_NO_MODEL);
}

static void tolerance_leaves_room_before_shrinking(void **state)
{
	struct arena a scoped_arena = {0};
	struct scale_service s = service((const double[]){19}, 3);
	s.manners.tolerance_down = 0.1;
	struct scale_decision d = wanted(&a, &s);

	(void)state;
	assert_int_equal(d.needed, 2);
	assert_int_equal(d.wanted, 3); /* 2 replicas would be 95 % busy */
	assert_int_equal(d.limit, SCALE_TOLERANCE);
	s.rates = (const double[]){18};
	assert_int_equal(wanted(&a, &s).wanted, 2);
	s.manners.tolerance_up = 0.2;
	s.rates = (const double[]){33};
	assert_int_equal(wanted(&a, &s).wanted, 3);
	s.rates = (const double[]){37};
	assert_int_equal(wanted(&a, &s).wanted, 4);
}

static void windows_take_the_calmest_wish(void **state)
{
	struct arena a scoped_arena = {0};
	const struct scale_wish wishes[] = {{600000, 9}, {800000, 4}, {950000, 2}};
	struct scale_service s = service((const double[]){5}, 5);
	s.wishes = wishes;
	s.n_wishes = 3;
	s.manners.window_down_ms = 300000;
	struct scale_decision d = wanted(&a, &s);

	(void)state;
	assert_int_equal(d.wanted, 4); /* the 9 is too long ago */
	assert_int_equal(d.limit, SCALE_WINDOW);
	assert_non_null(strstr(d.reason, "held by the window of 5m"));
	s.rates = (const double[]){80};
	s.replicas = 1;
	s.manners.window_up_ms = 100000;
	assert_int_equal(wanted(&a, &s).wanted, 2);
}

static void speeds_bound_a_change_within_their_span(void **state)
{
	struct arena a scoped_arena = {0};
	const struct scale_move moves[] = {{980000, 1, 2}, {995000, 2, 4}};
	struct scale_service s = service((const double[]){90}, 4);
	s.manners.up = (struct scale_speed){4, 100, 10000};
	s.moves = moves;
	s.n_moves = 2;
	struct scale_decision d = wanted(&a, &s);

	(void)state;
	assert_int_equal(d.wanted, 6); /* 2 at the start of the span, and 4 */
	assert_int_equal(d.limit, SCALE_SPEED);
	s.rates = (const double[]){1};
	s.replicas = 8;
	s.manners.down = (struct scale_speed){0, 25, 10000};
	assert_int_equal(wanted(&a, &s).wanted, 6);
}

static void nothing_is_changed_right_after_a_start_or_a_change(void **state)
{
	struct arena a scoped_arena = {0};
	const struct scale_move moves[] = {{995000, 1, 2}};
	struct scale_service s = service((const double[]){90}, 2);
	s.started = 990000;
	s.manners.initial_ms = 30000;

	(void)state;
	assert_int_equal(wanted(&a, &s).wanted, 2);
	assert_int_equal(wanted(&a, &s).limit, SCALE_INITIAL);
	s.started = 0;
	s.moves = moves;
	s.n_moves = 1;
	s.manners.cooldown_ms = 10000;
	assert_int_equal(wanted(&a, &s).wanted, 2);
	assert_int_equal(wanted(&a, &s).limit, SCALE_COOLDOWN);
}

static void a_full_cluster_is_shared_and_running_replicas_are_kept(void **state)
{
	struct arena a scoped_arena = {0};
	const struct scale_bin bins[] = {{"edge", "cpu", 5000}};
	const struct fit_use use[] = {{0, 1000}};
	struct scale_service s[] = {service((const double[]){40}, 1),
				    service((const double[]){40}, 3)};

	(void)state;
	s[0].uses = s[1].uses = use;
	s[0].n_uses = s[1].n_uses = 1;
	struct scale_result r = scale_decide(&a, s, 2, bins, 1, 0);
	assert_true(r.fits && r.proven);
	assert_int_equal(r.at[0].to + r.at[1].to, 5);
	assert_true(r.at[0].to >= 1 && r.at[1].to >= 3);
	assert_int_equal(r.at[0].limit, SCALE_CAPACITY);
	assert_non_null(strstr(r.at[0].reason, "edge has too little cpu for 4"));
}

static void one_full_cluster_does_not_hold_back_another(void **state)
{
	struct arena a scoped_arena = {0};
	const struct scale_bin bins[] = {{"edge", "cpu", 1000}, {"cloud", "cpu", 100000}};
	const struct fit_use edge[] = {{0, 1000}}, cloud[] = {{1, 1000}},
			     both[] = {{0, 100}, {1, 100}};
	struct scale_service s[] = {service((const double[]){90}, 1),
				    service((const double[]){90}, 1),
				    service((const double[]){10}, 1)};

	(void)state;
	s[0].uses = edge, s[1].uses = cloud, s[2].uses = both;
	s[0].n_uses = s[1].n_uses = 1, s[2].n_uses = 2;
	struct scale_result r = scale_decide(&a, s, 2, bins, 2, 0);
	assert_int_equal(r.at[0].to, 1);
	assert_int_equal(r.at[1].to, 9);
	r = scale_decide(&a, s, 3, bins, 2, 0);
	assert_false(r.fits);
	assert_string_equal(r.problem, "edge lacks 0.1 cores of cpu");
	assert_int_equal(r.at[1].to, 1);
}

/* ---- the threshold scaler ---- */

static const struct scale_threshold thresholds = {20, 5, 3, 1};

static void the_threshold_scaler_acts_as_the_original(void **state)
{
	struct arena a scoped_arena = {0};
	struct scale_threshold_answer up = scale_by_threshold(&a, &thresholds, 2, 25);
	struct scale_threshold_answer down = scale_by_threshold(&a, &thresholds, 2, 2);

	(void)state;
	assert_int_equal(up.action, SCALE_UP);
	assert_int_equal(up.replicas, 3);
	assert_non_null(strstr(up.reason, "25.00"));
	assert_non_null(strstr(up.reason, "20.00"));
	assert_int_equal(down.action, SCALE_DOWN);
	assert_int_equal(down.replicas, 1);
	assert_string_equal(scale_action_name(up.action), "scale_up");
	assert_string_equal(scale_action_name(down.action), "scale_down");
}

static void between_the_thresholds_and_without_a_rate_nothing_is_done(void **state)
{
	struct arena a scoped_arena = {0};
	const double rates[] = {10, 15, 20, 5, (double)NAN, (double)INFINITY};

	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct scale_threshold_answer r = scale_by_threshold(&a, &thresholds, 2, rates[i]);
		assert_int_equal(r.action, SCALE_NONE);
		assert_int_equal(r.replicas, 2);
		assert_non_null(r.reason);
	}
	assert_int_equal(scale_by_threshold(&a, &thresholds, 3, 25).action, SCALE_NONE);
	assert_int_equal(scale_by_threshold(&a, &thresholds, 1, 2).action, SCALE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_original_scales_two_services_to_their_need),
		cmocka_unit_test(the_original_says_when_load_is_beyond_the_cluster),
		cmocka_unit_test(the_original_needs_acceleration_where_it_is_asked_for),
		cmocka_unit_test(on_a_tie_the_original_takes_fewer_replicas),
		cmocka_unit_test(the_original_decides_its_own_demo_as_recorded),
		cmocka_unit_test(the_original_shrinks_only_where_it_costs_nothing),
		cmocka_unit_test(a_full_cluster_takes_from_those_to_whom_it_costs_least),
		cmocka_unit_test(load_beyond_the_capacity_scales_out_and_is_explained),
		cmocka_unit_test(less_load_really_scales_in),
		cmocka_unit_test(a_missing_metric_changes_nothing),
		cmocka_unit_test(a_missing_part_counts_as_busy_and_forbids_to_shrink),
		cmocka_unit_test(bounds_hold_whatever_the_load),
		cmocka_unit_test(zero_replicas_only_when_asked_for_and_idle),
		cmocka_unit_test(a_paused_service_is_left_alone),
		cmocka_unit_test(a_model_that_never_suffices_holds),
		cmocka_unit_test(tolerance_leaves_room_before_shrinking),
		cmocka_unit_test(windows_take_the_calmest_wish),
		cmocka_unit_test(speeds_bound_a_change_within_their_span),
		cmocka_unit_test(nothing_is_changed_right_after_a_start_or_a_change),
		cmocka_unit_test(a_full_cluster_is_shared_and_running_replicas_are_kept),
		cmocka_unit_test(one_full_cluster_does_not_hold_back_another),
		cmocka_unit_test(the_threshold_scaler_acts_as_the_original),
		cmocka_unit_test(between_the_thresholds_and_without_a_rate_nothing_is_done),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
