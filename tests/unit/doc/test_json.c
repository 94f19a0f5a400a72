// SPDX-License-Identifier: Apache-2.0
#include "check.h"
#include "doc/read.h"

static struct err *read(struct arena *a, const char *text, struct node **ret)
{
	return json_read(a, "j", text, strlen(text), ret);
}

static void every_kind_of_value_is_read(void **state)
{
	static const char text[] = "{\"a\":[1,-2,0.5,1.0,true,false,null,"
				   "\"x\\n\\u00e9\\ud83d\\ude00\"],\"b\":{},\"c\":[]}";
	struct arena a scoped_arena = {0};
	struct node *n = NULL;
	(void)state;

	assert_null(read(&a, text, &n));
	assert_string_equal(json_write(&a, n, JSON_COMPACT),
			    "{\"a\":[1,-2,0.5,1.0,true,false,null,\"x\\né😀\"],\"b\":{},\"c\":[]}");
	assert_int_equal(n->at.line, 0);
	assert_null(read(&a, "9223372036854775807", &n));
	assert_true(n->integer == INT64_MAX);
	assert_null(read(&a, " \"text\" ", &n));
	assert_string_equal(n->str, "text");
}

static void pretty_is_indented_by_two(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(
		json_write(&a, yaml(&a, "{a: [1, {b: x}], c: {}, d: []}"), JSON_PRETTY),
		"{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x\"\n    }\n  ],\n  \"c\": {},\n"
		"  \"d\": []\n}\n");
}

static void what_is_not_json_is_refused_with_its_place(void **state)
{
	static const char *const cases[][2] = {
		{"", "j:1:0: not valid JSON: unexpected token near end of file"},
		{"{\"a\":1,}", "j:1:8: not valid JSON: string or '}' expected near '}'"},
		{"{\"a\":1\n,\"a\":2}", "j:2:4: not valid JSON: duplicate object key near '\"a\"'"},
		{"[1] x", "j:1:5: not valid JSON: end of file expected near 'x'"},
		{"\"\xff\"", "j:1:1: not valid JSON: unable to decode byte 0xff near '\"'"},
		{"\"\\u0000\"", "j:1:8: not valid JSON: \\u0000 is not allowed near '\"\\u0000\"'"},
		{"\"\\\xa3\"", "j:1:3: not valid JSON: invalid escape near '\"\\?\"'"},
		{"\"a\\n\xa3\"", "j:1:4: not valid JSON: unable to decode byte 0xa3 near '\"a\\n'"},
		{"[1", "j:1:2: not valid JSON: ']' expected near end of file"},
		{"\"a", "j:1:2: not valid JSON: premature end of input near '\"a'"},
		{"{\"a\" 1}", "j:1:6: not valid JSON: ':' expected near '1'"},
		{"[1,]", "j:1:4: not valid JSON: unexpected token near ']'"},
		{"1.", "j:1:2: not valid JSON: invalid token near '1.'"},
		{"-9223372036854775809",
		 "j:1:20: not valid JSON: too big negative integer near '-9223372036854775809'"},
		{"\"\\ud800\"",
		 "j:1:8: not valid JSON: invalid Unicode '\\uD800' near '\"\\ud800\"'"},
		{"{'a':1}", "j:1:2: not valid JSON: string or '}' expected near '''"},
		{"01", "j:1:1: not valid JSON: invalid token near '0'"},
		{"99999999999999999999",
		 "j:1:20: not valid JSON: too big integer near '99999999999999999999'"},
		{"1e999", "j:1:5: not valid JSON: real number overflow near '1e999'"},
		{"NaN", "j:1:3: not valid JSON: invalid token near 'NaN'"},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		struct node *n = NULL;
		struct err *e = read(&a, cases[i][0], &n);

		assert_non_null(e);
		assert_int_equal(e->kind, ERR_INPUT);
		assert_null(n);
		assert_string_equal(e->msg, cases[i][1]);
	}
}

static void a_key_of_many_is_not_twice_there(void **state)
{
	struct arena a scoped_arena = {0};
	struct str text = {.a = &a};
	struct node *n = NULL;
	(void)state;

	for (int i = 0; i < 100; i++)
		str_addf(&text, "%s\"k%d\":%d", i ? "," : "{", i, i);
	assert_null(read(&a, arena_printf(&a, "%s}", str_text(&text)), &n));
	assert_int_equal(node_count(n), 100);
	for (int i = 0; i < 100; i++) {
		struct err *e = read(&a, arena_printf(&a, "%s,\"k%d\":0}", str_text(&text), i), &n);
		assert_non_null(e);
		assert_non_null(strstr(e->msg, "duplicate object key"));
	}
}

static const char *nested(struct arena *a, size_t depth)
{
	char *text = arena_alloc(a, 2 * depth + 1);

	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	return text;
}

static void depth_is_bounded(void **state)
{
	struct arena a scoped_arena = {0};
	struct node *n = NULL;
	(void)state;

	assert_null(read(&a, nested(&a, 512), &n));
	struct err *e = read(&a, nested(&a, 513), &n);
	assert_non_null(e);
	assert_string_equal(e->msg, "j: nested deeper than 512");
	e = read(&a, nested(&a, 200000), &n);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_INPUT);
}

/* ---- doc_read ---- */

static struct node *either(struct arena *a, const char *text)
{
	struct node *n = NULL;
	struct err *e = doc_read(a, "d", text, strlen(text), &n);

	if (e)
		fail_msg("%s", e->msg);
	return n;
}

static void json_that_is_yaml_too_has_positions(void **state)
{
	struct arena a scoped_arena = {0};
	const struct node *n = either(&a, "{\n  \"a\": [1,\n \"b\"]\n}\n");
	(void)state;

	assert_int_equal(node_get(n, "a")->first->next->at.line, 3);
	assert_int_equal(node_get(n, "a")->first->next->at.column, 2);
}

static void json_that_no_yaml_reader_takes_is_read_without_positions(void **state)
{
	static const char *const cases[][2] = {
		{"{\"a\":\"\\ud83d\\ude00\"}", "{\"a\":\"😀\"}"},
		{"{\n\t\"a\":\t1\n}", "{\"a\":1}"},
		{"[\"a\\/b\"]", "[\"a/b\"]"},
		{"{\"a\":\"\x7f\"}", "{\"a\":\"\\u007f\"}"},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++)
		assert_string_equal(json_write(&a, either(&a, cases[i][0]), JSON_COMPACT),
				    cases[i][1]);
}

static void anything_else_is_yaml(void **state)
{
	static const char *const cases[][2] = {
		{"{a: 1, b: [x, y]}", "{\"a\":1,\"b\":[\"x\",\"y\"]}"},
		{"{\"a\": 0644}", "{\"a\":420}"},
		{"a: 1", "{\"a\":1}"},
		{"", "null"},
	};
	struct arena a scoped_arena = {0};
	struct node *n = NULL;
	(void)state;

	for (size_t i = 0; i < countof(cases); i++)
		assert_string_equal(json_write(&a, either(&a, cases[i][0]), JSON_COMPACT),
				    cases[i][1]);
	struct err *e = doc_read(&a, "d", "{\"a\":1,\"a\":2}", 13, &n);
	assert_non_null(e);
	assert_string_equal(e->msg, "d:1:8: key 'a' appears twice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_value_is_read),
		cmocka_unit_test(pretty_is_indented_by_two),
		cmocka_unit_test(what_is_not_json_is_refused_with_its_place),
		cmocka_unit_test(a_key_of_many_is_not_twice_there),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(json_that_is_yaml_too_has_positions),
		cmocka_unit_test(json_that_no_yaml_reader_takes_is_read_without_positions),
		cmocka_unit_test(anything_else_is_yaml),
	};

	return run_group(tests);
}
