// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "any.h"
#include "base/arena.h"
#include "base/err.h"
#include "doc/json.h"
#include "model/scale_memory.h"

static struct node *document(struct arena *a, const char *text)
{
	struct node *doc = NULL;

	assert_null(json_read(a, "test", text, strlen(text), &doc));
	return doc;
}

static void what_is_remembered_reads_back_as_it_was_written(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct arena a scoped_arena = {0};
		struct any r = {.a = &a, .state = seed * UINT64_C(0x9E3779B97F4A7C15)};
		struct scale_memory m = {0};
		const char *where = NULL;

		any_value(&r, &scale_memory_shape, &m);
		const char *text =
			json_write(&a, bind_write(&a, &scale_memory_shape, &m), JSON_COMPACT);
		struct scale_memory again = scale_memory_read(&a, document(&a, text));
		if (!any_equal(&a, &scale_memory_shape, &m, &again, &where))
			fail_msg("differs at %s: %s", where, text);
	}
}

static void nothing_is_remembered_as_nothing(void **state)
{
	struct arena a scoped_arena = {0};
	const struct scale_memory nothing = {0};

	(void)state;
	assert_null(scale_memory_write(&a, &nothing));
	assert_null(scale_memory_read(&a, NULL).by);
}

/* A state that somebody else wrote is no reason to fail, nor to believe half of it. */
static void what_does_not_fit_is_forgotten(void **state)
{
	static const char *const texts[] = {"[]", "\"x\"", "{\"by\": 7}",
					    "{\"by\": \"hand\", \"wishes\": [{\"at\": \"soon\"}]}",
					    "{\"by\": \"hand\", \"moves\": {}}"};
	struct arena a scoped_arena = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_null(scale_memory_read(&a, document(&a, texts[i])).by);
	assert_string_equal(
		scale_memory_read(&a, document(&a, "{\"by\": \"hand\", \"of later\": 1}")).by,
		"hand");
}

static void the_past_is_forgotten(void **state)
{
	struct scale_wish wishes[3000];
	struct scale_move moves[] = {{1, 1, 2}, {5, 2, 3}, {9, 3, 4}};
	struct scale_memory m = {.wishes = wishes, .n_wishes = 3000, .moves = moves, .n_moves = 3};

	(void)state;
	for (int64_t i = 0; i < 3000; i++)
		wishes[i] = (struct scale_wish){i, i};
	scale_memory_prune(&m, 5);
	assert_int_equal(m.n_moves, 2);
	assert_int_equal(m.moves[0].at, 5);
	assert_int_equal(m.n_wishes, 1000);
	assert_int_equal(m.wishes[0].at, 2000);
	scale_memory_prune(&m, 10000);
	assert_int_equal(m.n_moves + m.n_wishes, 0);
}

static void refusals_are_kept_for_an_hour_or_until_they_are_over(void **state)
{
	struct arena a scoped_arena = {0};
	struct scale_memory m = {0};
	(void)state;

	refusals_note(&a, &m, "edge", false, 1000);
	refusals_note(&a, &m, "cloud", false, 2000);
	refusals_note(&a, &m, "edge", false, 3000);
	assert_int_equal(m.n_refusals, 2);
	m = scale_memory_read(&a, scale_memory_write(&a, &m));
	assert_int_equal(m.n_refusals, 2);
	assert_string_equal(m.refusals[1].cluster, "edge");
	assert_int_equal(m.refusals[1].at, 3000);
	refusals_forget(&m, 3602000);
	assert_int_equal(m.n_refusals, 1);
	refusals_note(&a, &m, "nowhere", true, 3602000);
	assert_int_equal(m.n_refusals, 1);
	refusals_note(&a, &m, "edge", true, 3602000);
	assert_int_equal(m.n_refusals, 0);
	assert_null(scale_memory_write(&a, &m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_remembered_reads_back_as_it_was_written),
		cmocka_unit_test(nothing_is_remembered_as_nothing),
		cmocka_unit_test(what_does_not_fit_is_forgotten),
		cmocka_unit_test(the_past_is_forgotten),
		cmocka_unit_test(refusals_are_kept_for_an_hour_or_until_they_are_over),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
