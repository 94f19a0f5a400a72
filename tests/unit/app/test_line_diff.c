// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "app/cli/line_diff.h"
#include "base/arena.h"
#include "base/str.h"

static const char *diff(struct arena *a, const char *before, const char *after)
{
	struct str out = {.a = a};

	line_diff(&out, "", before, after);
	return str_text(&out);
}

static void equal_texts_say_nothing(void **state)
{
	struct arena a scoped_arena = {0};

	(void)state;
	assert_string_equal(diff(&a, "", ""), "");
	assert_string_equal(diff(&a, "x\ny\n", "x\ny"), "");
}

static void only_what_differs_is_marked(void **state)
{
	struct arena a scoped_arena = {0};

	(void)state;
	assert_string_equal(diff(&a, "x\ny\nz\n", "x\nw\nz\n"), "  x\n- y\n+ w\n  z\n");
	assert_string_equal(diff(&a, "x\nz\n", "x\ny\nz\n"), "  x\n+ y\n  z\n");
	assert_string_equal(diff(&a, "", "x\n"), "+ x\n");
	assert_string_equal(diff(&a, "x\n", ""), "- x\n");
	assert_string_equal(diff(&a, "a\nb\nc\nd\n", "b\nd\ne\n"), "- a\n  b\n- c\n  d\n+ e\n");
}

static void what_is_far_from_a_change_is_left_out_once(void **state)
{
	struct arena a scoped_arena = {0};

	(void)state;
	assert_string_equal(diff(&a, "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n"),
			    "  ...\n  2\n  3\n  4\n- 5\n+ x\n  6\n  7\n  8\n  ...\n");
}

static uint32_t roll(uint32_t *seed, uint32_t sides)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 16) % sides;
}

/* The longest common subsequence, by trying: texts are short. */
static size_t common(const char *x, const char *y)
{
	if (!*x || !*y)
		return 0;
	if (*x == *y)
		return 1 + common(x + 1, y + 1);
	size_t left = common(x + 1, y), right = common(x, y + 1);
	return left > right ? left : right;
}

static const char *as_lines(struct arena *a, const char *letters)
{
	struct str s = {.a = a};

	for (; *letters; letters++)
		str_addf(&s, "%c\n", *letters);
	return str_text(&s);
}

/* From what is marked both texts come back, and no line is marked without need. */
static void texts_come_back_from_their_difference(void **state)
{
	uint32_t seed = 7;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct arena a scoped_arena = {0};
		char x[7] = {0}, y[7] = {0}, back_x[8] = {0}, back_y[8] = {0};
		size_t n_x = roll(&seed, 7), n_y = roll(&seed, 7), marked = 0;

		for (size_t i = 0; i < n_x; i++)
			x[i] = (char)('a' + roll(&seed, 3));
		for (size_t i = 0; i < n_y; i++)
			y[i] = (char)('a' + roll(&seed, 3));
		const char *d = diff(&a, as_lines(&a, x), as_lines(&a, y));
		if (strstr(d, "...") || !*d)
			continue;
		for (; *d; d += 4) {
			if (d[0] != '+')
				strncat(back_x, d + 2, 1);
			if (d[0] != '-')
				strncat(back_y, d + 2, 1);
			marked += d[0] != ' ';
		}
		assert_string_equal(back_x, x);
		assert_string_equal(back_y, y);
		assert_int_equal(marked, n_x + n_y - 2 * common(x, y));
	}
}

static void very_long_texts_are_told_whole(void **state)
{
	struct arena a scoped_arena = {0};
	struct str x = {.a = &a}, y = {.a = &a};

	(void)state;
	for (int i = 0; i < 3000; i++) {
		str_addf(&x, "x%d\n", i);
		str_addf(&y, "y%d\n", i);
	}
	const char *d = diff(&a, str_text(&x), str_text(&y));
	assert_true(str_starts(d, "- x0\n- x1\n"));
	assert_true(str_ends(d, "+ y2998\n+ y2999\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_texts_say_nothing),
		cmocka_unit_test(only_what_differs_is_marked),
		cmocka_unit_test(what_is_far_from_a_change_is_left_out_once),
		cmocka_unit_test(texts_come_back_from_their_difference),
		cmocka_unit_test(very_long_texts_are_told_whole),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
