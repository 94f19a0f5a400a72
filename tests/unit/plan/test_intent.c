// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "model/graph.h"
#include "plan/intent.h"

#define MI INT64_C(1048576)
#define GI INT64_C(1073741824)
#define GB INT64_C(1000000000)

static void levels_are_worth_what_the_original_said(void **state)
{
	static const struct {
		const char *level;
		int64_t cpu, memory, storage;
	} cases[] = {
		{"none", 0, 0, 0},
		{"light", 500, 500 * MI, 5 * GB},
		{"small", 1000, GI, 10 * GB},
		{"medium", 4000, 2 * GI, 20 * GB},
		{"large", 8000, 8 * GI, 40 * GB},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		const char *level = cases[i].level;
		struct service s = {.id = "s", .cpu = level, .ram = level, .storage = level};
		struct graph g = {.services = &s, .n_services = 1};

		assert_null(intent_apply(&a, &g, NULL));
		assert_true(amounts_get(&s.demand, "cpu") == cases[i].cpu);
		assert_true(amounts_get(&s.demand, "memory") == cases[i].memory);
		assert_true(amounts_get(&s.demand, "ephemeral-storage") == cases[i].storage);
		assert_int_equal(s.demand.n, i == 0 ? 0 : 3);
	}
}

static void quantities_are_exact_and_round_up(void **state)
{
	static const struct {
		const char *cpu, *ram;
		int64_t want_cpu, want_memory;
	} cases[] = {
		{"750m", "3Gi", 750, 3 * GI},
		{"0.1", "500MiB", 100, 500 * MI},
		{"2", "1.5", 2000, 2},
		{"0.0001", "10GB", 1, 10 * GB},
		{"0", "0", 0, 0},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		struct service s = {.id = "s", .cpu = cases[i].cpu, .ram = cases[i].ram};
		struct graph g = {.services = &s, .n_services = 1};

		assert_null(intent_apply(&a, &g, NULL));
		assert_true(amounts_get(&s.demand, "cpu") == cases[i].want_cpu);
		assert_true(amounts_get(&s.demand, "memory") == cases[i].want_memory);
		assert_false(amounts_has(&s.demand, "ephemeral-storage"));
	}
}

static void a_gpu_is_a_resource_like_others(void **state)
{
	struct arena a scoped_arena = {0};
	struct service s[] = {
		{.id = "a", .gpu = {.enabled = true, .count = 2, .resource = "amd.com/gpu"}},
		{.id = "b", .gpu = {.enabled = true, .count = 1}},
		{.id = "c", .gpu = {.enabled = false, .count = 3}},
	};
	struct graph g = {.services = s, .n_services = countof(s)};
	(void)state;

	assert_null(intent_apply(&a, &g, NULL));
	assert_int_equal(amounts_get(&s[0].demand, "amd.com/gpu"), 2);
	assert_int_equal(amounts_get(&s[1].demand, "nvidia.com/gpu"), 1);
	assert_int_equal(s[2].demand.n, 0);
}

static void applying_twice_changes_nothing(void **state)
{
	struct arena a scoped_arena = {0};
	struct service s = {.id = "s", .cpu = "small", .ram = "light"};
	struct graph g = {.services = &s, .n_services = 1};
	(void)state;

	assert_null(intent_apply(&a, &g, NULL));
	assert_null(intent_apply(&a, &g, NULL));
	assert_int_equal(s.demand.n, 2);
	assert_int_equal(amounts_get(&s.demand, "cpu"), 1000);
}

static void the_table_can_be_replaced(void **state)
{
	static const struct intent_level mine[] = {{"small", 250, 7, 0}, {"huge", 64000, 9, 0}};
	static const struct intent_table table = {mine, countof(mine)};
	struct arena a scoped_arena = {0};
	struct service s = {.id = "s", .cpu = "huge", .ram = "small"};
	struct graph g = {.services = &s, .n_services = 1};
	(void)state;

	assert_null(intent_apply(&a, &g, &table));
	assert_int_equal(amounts_get(&s.demand, "cpu"), 64000);
	assert_int_equal(amounts_get(&s.demand, "memory"), 7);
	struct err *e = intent_apply(&a, &g, NULL);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_INPUT);
	assert_string_equal(e->msg, "service 's': cpu: 'huge' is not a quantity");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels_are_worth_what_the_original_said),
		cmocka_unit_test(quantities_are_exact_and_round_up),
		cmocka_unit_test(a_gpu_is_a_resource_like_others),
		cmocka_unit_test(applying_twice_changes_nothing),
		cmocka_unit_test(the_table_can_be_replaced),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
