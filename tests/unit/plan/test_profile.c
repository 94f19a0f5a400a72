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
#include "plan/profile.h"

enum { MINUTE = 60000 };

static uint64_t seed;

/* Between -1 and 1. */
static double noise(void)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (double)(seed >> 40) / (double)(1 << 23) - 1;
}

struct samples {
	struct profile_sample at[4000];
	size_t n;
};

static void add(struct samples *s, double replicas, double rate, double load, size_t times)
{
	for (size_t i = 0; i < times; i++)
		s->at[s->n++] = (struct profile_sample){replicas, rate, load};
}

static struct err *fit(struct arena *a, const struct samples *s, bool peaks, struct profile_fit *f)
{
	struct profile_points p = profile_points_of(a, s->at, s->n, peaks);

	return profile_fit_of(a, &p, MINUTE, f);
}

static void a_straight_line_is_found_exactly(void **state)
{
	struct arena a scoped_arena = {0};
	struct samples s = {.n = 0};
	struct profile_fit f;

	(void)state;
	add(&s, 1, 4, 0.5, 20);
	add(&s, 2, 9, 0.5, 20);
	add(&s, 5, 48, 1.0, 20);
	assert_null(fit(&a, &s, false, &f));
	assert_float_equal(f.alpha, 10, 1e-9);
	assert_float_equal(f.beta, -2, 1e-9);
	assert_int_equal(f.n_counts, 3);
	assert_true(f.off_most < 1e-9);
}

/* 29 % of the points may be anything. */
static void wild_points_do_no_harm(void **state)
{
	struct arena a scoped_arena = {0};
	struct samples s = {.n = 0};
	struct profile_fit f;

	(void)state;
	seed = 3;
	for (int k = 1; k <= 6; k++)
		for (int i = 0; i < 100; i++) {
			double y = i % 4 ? 33.33 * k - 16.66 + noise() : 1000 * (noise() + 1.1);
			add(&s, k, y * 0.5, 0.5, 1);
		}
	assert_null(fit(&a, &s, false, &f));
	assert_true(fabs(f.alpha - 33.33) < 1.5);
	assert_true(fabs(f.beta + 16.66) < 6);
	assert_true(f.alpha_low < f.alpha && f.alpha < f.alpha_high);
	assert_true(f.off_median < 2 && f.off_most > 100);
}

/* The interval must hold the truth in about 95 of 100 worlds. */
static void the_interval_holds_the_truth(void **state)
{
	int held = 0;

	(void)state;
	seed = 5;
	for (int world = 0; world < 200; world++) {
		struct arena a scoped_arena = {0};
		struct samples s = {.n = 0};
		struct profile_fit f;

		for (int k = 1; k <= 4; k++)
			for (int i = 0; i < 12; i++)
				add(&s, k, 5.0 * k + 1 + 3 * (noise() + noise() + noise()), 1, 1);
		assert_null(fit(&a, &s, false, &f));
		held += f.alpha_low <= 5 && 5 <= f.alpha_high;
	}
	assert_true(held >= 180);
}

static void many_points_are_thinned_and_tell_the_same(void **state)
{
	static struct samples s;
	struct arena a scoped_arena = {0};
	struct profile_fit f;

	(void)state;
	seed = 7;
	for (int i = 0; i < 4000; i++)
		add(&s, 1 + i / 1000, (12.0 * (1 + i / 1000) + noise()) * 0.8, 0.8, 1);
	assert_null(fit(&a, &s, false, &f));
	assert_true(fabs(f.alpha - 12) < 0.2);
	assert_int_equal(f.n_points, 3997); /* one of each change is left out */
}

static void what_tells_nothing_is_left_out(void **state)
{
	struct arena a scoped_arena = {0};
	struct samples s = {.n = 0};

	(void)state;
	add(&s, 1, 4, 0.5, 3);
	add(&s, 1, 4, 0.01, 4);             /* idle */
	add(&s, 2, 9, 0.5, 2);              /* the first one changes */
	add(&s, 2, (double)NAN, 0.5, 5);    /* missing */
	add(&s, 2, 9, (double)INFINITY, 6); /* missing */
	add(&s, 0, 9, 0.5, 1);              /* nothing ran */
	struct profile_points p = profile_points_of(&a, s.at, s.n, false);
	assert_int_equal(p.n, 4);
	assert_int_equal(p.n_idle, 4);
	assert_int_equal(p.n_changing, 1);
	assert_int_equal(p.n_missing, 12);
}

static void peaks_stand_for_what_is_sustained(void **state)
{
	struct arena a scoped_arena = {0};
	struct samples s = {.n = 0};
	struct profile_fit f;

	(void)state;
	for (int k = 1; k <= 3; k++)
		for (int i = 1; i <= 100; i++)
			add(&s, k, (double)(20 * k) * (i > 88 ? 1 : i / 100.0), (double)NAN, 1);
	assert_null(fit(&a, &s, true, &f));
	assert_float_equal(f.alpha, 20, 1e-9);
	assert_float_equal(f.beta, 0, 1e-9);
	assert_int_equal(f.n_points, 30);
}

static void too_little_is_refused_and_says_how_much_more(void **state)
{
	static const struct {
		size_t one, two, three;
		const char *msg, *hint;
	} cases[] = {
		{0, 0, 0,
		 "0 usable points, 30 are needed (0 more were idle, 0 changing, 0 lacked "
		 "something)",
		 "30 more are 30 minutes under load."},
		{28, 0, 0,
		 "28 usable points, 30 are needed (0 more were idle, 0 changing, 0 lacked "
		 "something)",
		 "2 more are 2 minutes under load."},
		{40, 0, 0, "it always ran with 1 replica: what more would sustain cannot be told",
		 "Run it with another number of replicas for 6 minutes under load."},
		{40, 4, 0,
		 "2 numbers of replicas were seen, 1 of them with 5 points or more, 2 are needed",
		 "Run it with another number of replicas for 6 minutes under load."},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena a scoped_arena = {0};
		struct samples s = {.n = 0};
		struct profile_fit f;

		add(&s, 1, 4, 0.5, cases[i].one);
		add(&s, 2, 9, 0.5, cases[i].two);
		struct err *err = fit(&a, &s, false, &f);
		assert_non_null(err);
		assert_int_equal(err->kind, ERR_INFEASIBLE);
		assert_string_equal(err->msg, cases[i].msg);
		assert_string_equal(err->hint, cases[i].hint);
	}
}

static void replicas_that_add_nothing_are_no_model(void **state)
{
	struct arena a scoped_arena = {0};
	struct samples s = {.n = 0};
	struct profile_fit f;

	(void)state;
	add(&s, 1, 10, 0.5, 20);
	add(&s, 2, 8, 0.5, 20);
	struct err *err = fit(&a, &s, false, &f);
	assert_int_equal(err->kind, ERR_INFEASIBLE);
	assert_string_equal(err->msg, "more replicas sustained no more: alpha would be -4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_straight_line_is_found_exactly),
		cmocka_unit_test(wild_points_do_no_harm),
		cmocka_unit_test(the_interval_holds_the_truth),
		cmocka_unit_test(many_points_are_thinned_and_tell_the_same),
		cmocka_unit_test(what_tells_nothing_is_left_out),
		cmocka_unit_test(peaks_stand_for_what_is_sustained),
		cmocka_unit_test(too_little_is_refused_and_says_how_much_more),
		cmocka_unit_test(replicas_that_add_nothing_are_no_model),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
