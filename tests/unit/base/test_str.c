// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/str.h"

static void text_from_outside_is_made_printable(void **state)
{
	static const struct {
		const char *text, *line, *lines;
	} cases[] = {
		{"plain", "plain", "plain"},
		{"", "", ""},
		{"a\nb\tc", "a?b?c", "a\nb\tc"},
		{"\033[31mred\007", "?[31mred?", "?[31mred?"},
		{"del\177", "del?", "del?"},
		{"Zürich 東京 🜁", "Zürich 東京 🜁", "Zürich 東京 🜁"},
		{"c1 \xC2\x9B"
		 "31m",
		 "c1 ??31m", "c1 ??31m"},
		{"nbsp \xC2\xA0", "nbsp \xC2\xA0", "nbsp \xC2\xA0"},
		{"\xFF\xFE", "??", "??"},
		{"cut \xE6\x9D", "cut ??", "cut ??"},
		{"overlong \xC0\xAF", "overlong ??", "overlong ??"},
		{"surrogate \xED\xA0\x80", "surrogate ???", "surrogate ???"},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		assert_string_equal(str_printable(&a, cases[i].text, false), cases[i].line);
		assert_string_equal(str_printable(&a, cases[i].text, true), cases[i].lines);
	}
}

/* Whatever comes in, what goes out is UTF-8 without controls, and saying it again changes nothing.
 */
static void no_bytes_whatsoever_get_through_unprintable(void **state)
{
	struct arena a scoped_arena = {0};
	uint32_t seed = 1;
	(void)state;

	for (int round = 0; round < 2000; round++) {
		char text[64];
		size_t n = (size_t)(round % 63);

		for (size_t i = 0; i < n; i++) {
			seed = seed * 1664525u + 1013904223u;
			text[i] = (char)(seed >> 24 ? seed >> 24 : 1);
		}
		text[n] = '\0';
		const char *once = str_printable(&a, text, false);
		assert_int_equal(strlen(once), n);
		assert_true(str_is_utf8(once, n));
		for (size_t i = 0; i < n; i++)
			assert_true((unsigned char)once[i] >= 0x20 && once[i] != 0x7F);
		assert_string_equal(str_printable(&a, once, false), once);
	}
}

static void utf8_is_told_from_other_bytes(void **state)
{
	static const struct {
		const char *bytes;
		bool well;
	} cases[] = {
		{"", true},
		{"ascii", true},
		{"\xC3\xBC", true},
		{"\xF4\x8F\xBF\xBF", true},
		{"\xF4\x90\x80\x80", false},
		{"\xC1\xBF", false},
		{"\x80", false},
		{"\xE2\x82", false},
		{"\xED\xBF\xBF", false},
	};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++)
		assert_int_equal(str_is_utf8(cases[i].bytes, strlen(cases[i].bytes)),
				 cases[i].well);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_from_outside_is_made_printable),
		cmocka_unit_test(no_bytes_whatsoever_get_through_unprintable),
		cmocka_unit_test(utf8_is_told_from_other_bytes),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
