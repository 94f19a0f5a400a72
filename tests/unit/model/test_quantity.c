// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/bind.h"
#include "doc/problems.h"
#include "doc/yaml.h"
#include "model/duration.h"
#include "model/quantity.h"

static void quantities_are_read_exactly(void **state)
{
	static const struct {
		const char *text;
		int64_t scale, up, down;
	} cases[] = {
		{"0", 1, 0, 0},
		{"-0", 1, 0, 0},
		{"1", 1000, 1000, 1000},
		{"+2", 1000, 2000, 2000},
		{"0.5", 1000, 500, 500},
		{".5", 1000, 500, 500},
		{"1.", 1000, 1000, 1000},
		{"500m", 1000, 500, 500},
		{"6950m", 1000, 6950, 6950},
		{"1u", 1000, 1, 0},
		{"1n", 1000, 1, 0},
		{"1500u", 1000, 2, 1},
		{"0.1234", 1000, 124, 123},
		{"100m", 1, 1, 0},
		{"1e3", 1, 1000, 1000},
		{"1E3", 1, 1000, 1000},
		{"12e-1", 1, 2, 1},
		{"1e+2", 1, 100, 100},
		{"1e-400", 1, 1, 0},
		{"0e999", 1, 0, 0},
		{"1k", 1, 1000, 1000},
		{"1Ki", 1, 1024, 1024},
		{"1.5Gi", 1, 1610612736, 1610612736},
		{"128974848", 1, 128974848, 128974848},
		{"129e6", 1, 129000000, 129000000},
		{"123Mi", 1, 128974848, 128974848},
		{"9E", 1, 9000000000000000000, 9000000000000000000},
		{"7Ei", 1, 8070450532247928832, 8070450532247928832},
		{"9223372036854775807", 1, INT64_MAX, INT64_MAX},
		{"9223372036854775.807", 1000, INT64_MAX, INT64_MAX},
		{"0.0009765625Ki", 1, 1, 1},
		{"0.00000000000000000000000000000000001Ei", 1, 1, 0},
		{"000000000000000000000000000000000012", 1, 12, 12},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		int64_t up = -1, down = -1;

		assert_null(quantity_parse(&a, cases[i].text, cases[i].scale, ROUND_UP, &up));
		assert_null(quantity_parse(&a, cases[i].text, cases[i].scale, ROUND_DOWN, &down));
		if (up != cases[i].up || down != cases[i].down)
			fail_msg("%s is %lld, %lld", cases[i].text, (long long)up, (long long)down);
	}
}

static void what_is_no_quantity_is_refused(void **state)
{
	static const char *const cases[][2] = {
		{"", "'' is not a quantity"},
		{".", "'.' is not a quantity"},
		{"x", "'x' is not a quantity"},
		{"1x", "'1x' is not a quantity"},
		{"1 Gi", "'1 Gi' is not a quantity"},
		{"1K", "'1K' is not a quantity"},
		{"1e", "'1e' is not a quantity"},
		{"1e3Gi", "'1e3Gi' is not a quantity"},
		{"1.2.3", "'1.2.3' is not a quantity"},
		{"--1", "'--1' is not a quantity"},
		{"1GiB", "'1GiB' is not a quantity"},
		{"0x10", "'0x10' is not a quantity"},
		{"-1", "'-1' is negative"},
		{"-1m", "'-1m' is negative"},
		{"16E", "'16E' is too large"},
		{"8Ei", "'8Ei' is too large"},
		{"1e19", "'1e19' is too large"},
		{"1e999999999999", "'1e999999999999' is too large"},
		{"9223372036854775808", "'9223372036854775808' is too large"},
		{"9223372036854775807.1", "'9223372036854775807.1' is too large"},
		{"99999999999999999999999999999999999999999999999999999999999999999999999999999999E"
		 "i",
		 "'99999999999999999999...' is not a quantity"},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		int64_t value = 77;
		struct err *e = quantity_parse(&a, cases[i][0], 1, ROUND_UP, &value);

		assert_non_null(e);
		assert_int_equal(e->kind, ERR_INPUT);
		assert_string_equal(e->msg, cases[i][1]);
		assert_int_equal(value, 77);
	}
}

static void quantities_are_spelled_the_kubernetes_way(void **state)
{
	static const struct {
		const char *resource;
		int64_t value;
		const char *text, *human;
	} cases[] = {
		{"cpu", 500, "500m", "0.5 cores"},
		{"cpu", 2000, "2", "2 cores"},
		{"cpu", 1000, "1", "1 core"},
		{"cpu", 6950, "6950m", "6.95 cores"},
		{"cpu", 0, "0", "0 cores"},
		{"requests.cpu", 1500, "1500m", "1.5 cores"},
		{"memory", 1073741824, "1Gi", "1.00 GiB"},
		{"memory", 1572864000, "1500Mi", "1.46 GiB"},
		{"memory", 1048576, "1Mi", "1.00 MiB"},
		{"memory", 1024, "1Ki", "1.00 KiB"},
		{"memory", 512, "512", "512.00 Bytes"},
		{"memory", 0, "0", "0 Bytes"},
		{"memory", 8589934592, "8Gi", "8.00 GiB"},
		{"memory", 15859150848, "15487452Ki", "14.77 GiB"},
		{"limits.memory", 1000, "1k", "1000.00 Bytes"},
		{"ephemeral-storage", 10000000000, "10G", "9.31 GiB"},
		{"hugepages-2Mi", 4194304, "4Mi", "4.00 MiB"},
		{"nvidia.com/gpu", 2, "2", "2 x nvidia.com/gpu"},
		{"requests.nvidia.com/gpu", 1, "1", "1 x nvidia.com/gpu"},
		{"pods", 110, "110", "110 x pods"},
		{"memory", INT64_MAX, "9223372036854775807", "8.00 EiB"},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		assert_string_equal(quantity_text(&a, cases[i].resource, cases[i].value),
				    cases[i].text);
		assert_string_equal(quantity_human(&a, cases[i].resource, cases[i].value),
				    cases[i].human);
	}
}

static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void any_value_reads_back_as_it_was_written(void **state)
{
	static const char *const resources[] = {"cpu", "memory", "nvidia.com/gpu"};
	uint64_t r = 0x9e3779b97f4a7c15u;
	(void)state;

	for (int i = 0; i < 20000; i++) {
		struct arena a scoped_arena = {0};
		const char *resource = resources[i % 3];
		int64_t value = (int64_t)(next(&r) >> (1 + next(&r) % 62)), again = -1;
		const char *text = quantity_text(&a, resource, value);

		assert_null(quantity_parse(&a, text, quantity_scale(resource), ROUND_UP, &again));
		assert_true(value == again);
		assert_null(quantity_parse(&a, text, quantity_scale(resource), ROUND_DOWN, &again));
		assert_true(value == again);
	}
}

static void amounts_stay_sorted_and_unique(void **state)
{
	struct arena a scoped_arena = {0};
	struct amounts r = {0};
	(void)state;

	amounts_set(&a, &r, "memory", 5);
	amounts_set(&a, &r, "cpu", 1);
	amounts_set(&a, &r, "nvidia.com/gpu", 2);
	amounts_set(&a, &r, "cpu", 3);
	assert_int_equal(r.n, 3);
	assert_string_equal(r.at[0].resource, "cpu");
	assert_string_equal(r.at[1].resource, "memory");
	assert_int_equal(amounts_get(&r, "cpu"), 3);
	assert_int_equal(amounts_get(&r, "pods"), 0);
	assert_false(amounts_has(&r, "pods"));
	assert_true(amounts_has(&r, "memory"));
}

static void sums_are_checked_and_differences_never_negative(void **state)
{
	struct arena a scoped_arena = {0};
	struct amounts x = {0}, y = {0};
	(void)state;

	amounts_set(&a, &x, "cpu", 100);
	amounts_set(&a, &y, "cpu", 30);
	amounts_set(&a, &y, "memory", 7);
	amounts_add(&a, &x, &y, 3);
	assert_int_equal(amounts_get(&x, "cpu"), 190);
	assert_int_equal(amounts_get(&x, "memory"), 21);
	struct amounts left = amounts_minus(&a, &y, &x);
	assert_int_equal(amounts_get(&left, "cpu"), 0);
	left = amounts_minus(&a, &x, &y);
	assert_int_equal(amounts_get(&left, "cpu"), 160);
	assert_int_equal(amounts_get(&left, "memory"), 14);
	amounts_add(&a, &x, &y, INT64_MAX);
	assert_true(amounts_get(&x, "cpu") == INT64_MAX);
	amounts_set(&a, &x, "cpu", INT64_MAX - 1);
	amounts_add(&a, &x, &y, 1);
	assert_true(amounts_get(&x, "cpu") == INT64_MAX);
}

static void demand_rounds_up_and_capacity_down(void **state)
{
	static const char text[] = "{memory: 0.5, cpu: 0.0001, nvidia.com/gpu: '2', storage: 1e3}";
	struct arena a scoped_arena = {0};
	struct problems ps = {.a = &a};
	struct amounts up = {0}, down = {0};
	struct node *n = NULL;
	(void)state;

	assert_null(yaml_read(&a, "t", text, strlen(text), &n));
	amounts_up.read(&a, n, "demand", &up, &ps);
	amounts_down.read(&a, n, "capacity", &down, &ps);
	assert_int_equal(ps.list.n, 0);
	assert_int_equal(amounts_get(&up, "memory"), 1);
	assert_int_equal(amounts_get(&up, "cpu"), 1);
	assert_int_equal(amounts_get(&up, "storage"), 1000);
	assert_int_equal(amounts_get(&down, "memory"), 0);
	assert_int_equal(amounts_get(&down, "cpu"), 0);
	assert_int_equal(amounts_get(&down, "nvidia.com/gpu"), 2);
}

static void bad_amounts_are_told_with_their_place(void **state)
{
	static const char text[] = "{cpu: x,\n memory: [1], pods: true, gpu: -1}";
	struct arena a scoped_arena = {0};
	struct problems ps = {.a = &a};
	struct amounts r = {0};
	struct node *n = NULL;
	(void)state;

	assert_null(yaml_read(&a, "t", text, strlen(text), &n));
	amounts_up.read(&a, n, "demand", &r, &ps);
	assert_int_equal(ps.n_errors, 4);
	assert_string_equal(
		problem_text(&a, &ps.list.at[0]),
		"t:1:7: error: 'cpu': 'x' is not a quantity (Write a number with a suffix of "
		"Kubernetes, such as 500m, 2, 1.5Gi or 10G.)");
	assert_string_equal(ps.list.at[1].msg, "'memory' must be a quantity, not a list");
	assert_string_equal(ps.list.at[2].msg, "'pods' must be a quantity, not true or false");
	assert_string_equal(ps.list.at[3].msg, "'gpu': '-1' is negative");
	amounts_up.read(&a, node_get(n, "memory"), "demand", &r, &ps);
	assert_string_equal(ps.list.at[4].msg,
			    "'demand' must be a mapping of resource to quantity, not a list");
}

static void durations_are_those_of_prometheus(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{"0", 0},
		{"30s", 30000},
		{"5m", 300000},
		{"1h30m", 5400000},
		{"100ms", 100},
		{"1s500ms", 1500},
		{"1d", 86400000},
		{"2w", 1209600000},
		{"1y", 31536000000},
		{"1y2w3d4h5m6s7ms", 33019506007},
		{"0s", 0},
	};
	static const char *const bad[] = {"",
					  "5",
					  "m",
					  "5x",
					  "5m1h",
					  "1m1m",
					  "1.5m",
					  "-1m",
					  "5 m",
					  "1ms1s",
					  "5min",
					  "0x1",
					  "99999999999999999999s",
					  "9999999999y"};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		int64_t ms = -1;
		assert_true(duration_parse(cases[i].text, &ms));
		assert_true(ms == cases[i].ms);
	}
	for (size_t i = 0; i < countof(bad); i++) {
		int64_t ms = 5;
		assert_false(duration_parse(bad[i], &ms));
		assert_true(ms == 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantities_are_read_exactly),
		cmocka_unit_test(what_is_no_quantity_is_refused),
		cmocka_unit_test(quantities_are_spelled_the_kubernetes_way),
		cmocka_unit_test(any_value_reads_back_as_it_was_written),
		cmocka_unit_test(amounts_stay_sorted_and_unique),
		cmocka_unit_test(sums_are_checked_and_differences_never_negative),
		cmocka_unit_test(demand_rounds_up_and_capacity_down),
		cmocka_unit_test(bad_amounts_are_told_with_their_place),
		cmocka_unit_test(durations_are_those_of_prometheus),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
