// SPDX-License-Identifier: Apache-2.0
#include "check.h"

static const struct {
	const char *text;
	enum node_kind kind;
	const char *value;
} plain_words[] = {
	{"", NODE_NULL, "null"},
	{"~", NODE_NULL, "null"},
	{"null", NODE_NULL, "null"},
	{"NULL", NODE_NULL, "null"},
	{"nULL", NODE_STR, "nULL"},
	{"true", NODE_BOOL, "true"},
	{"False", NODE_BOOL, "false"},
	{"TRUE", NODE_BOOL, "true"},
	{"yes", NODE_STR, "yes"},
	{"No", NODE_STR, "No"},
	{"on", NODE_STR, "on"},
	{"y", NODE_STR, "y"},
	{"12", NODE_INT, "12"},
	{"-7", NODE_INT, "-7"},
	{"+3", NODE_INT, "3"},
	{"0x1F", NODE_INT, "31"},
	{"0o17", NODE_INT, "15"},
	{"0644", NODE_INT, "420"},
	{"0", NODE_INT, "0"},
	{"08", NODE_INT, "8"},
	{"0b11", NODE_STR, "0b11"},
	{"1_000", NODE_STR, "1_000"},
	{"9223372036854775807", NODE_INT, "9223372036854775807"},
	{"-9223372036854775808", NODE_INT, "-9223372036854775808"},
	{"9223372036854775808", NODE_REAL, "9.223372036854776e+18"},
	{"1.5", NODE_REAL, "1.5"},
	{".5", NODE_REAL, "0.5"},
	{"1.", NODE_REAL, "1.0"},
	{"1e3", NODE_REAL, "1000.0"},
	{"-1.5E-2", NODE_REAL, "-0.015"},
	{"1e", NODE_STR, "1e"},
	{".", NODE_STR, "."},
	{"-", NODE_LIST, NULL},
	{"1.2.3", NODE_STR, "1.2.3"},
	{"500m", NODE_STR, "500m"},
	{"12:30", NODE_STR, "12:30"},
	{"2001-01-01", NODE_STR, "2001-01-01"},
	{"'12'", NODE_STR, "12"},
	{"\"true\"", NODE_STR, "true"},
	{"0x", NODE_STR, "0x"},
	{"0x1G", NODE_STR, "0x1G"},
	{"+", NODE_STR, "+"},
	{"-x", NODE_STR, "-x"},
};

static void words_without_quotes_are_typed_as_yaml_1_2_has_it(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(plain_words); i++) {
		const struct node *n = yaml(&a, plain_words[i].text);
		if (n->kind != plain_words[i].kind ||
		    !str_eq(node_text(&a, n), plain_words[i].value))
			fail_msg("%s is %s %s", plain_words[i].text, node_kind_name(n->kind),
				 node_text(&a, n));
	}
}

static void plain_text_is_told_from_quoted_text(void **state)
{
	struct arena a scoped_arena = {0};
	const struct node *n = yaml(&a, "{a: yes, b: 'yes', c: \"no\"}");
	(void)state;

	assert_true(node_get(n, "a")->plain);
	assert_false(node_get(n, "b")->plain);
	assert_false(node_get(n, "c")->plain);
}

static void every_value_and_key_knows_its_place(void **state)
{
	struct arena a scoped_arena = {0};
	const struct node *n = yaml(&a, "a: 1\nlist:\n  - x: é\n    y: {z: 2}\n");
	const struct node *first = node_get(n, "list")->first;
	(void)state;

	assert_string_equal(n->at.source, "t");
	assert_int_equal(node_get(n, "a")->at.line, 1);
	assert_int_equal(node_get(n, "a")->at.column, 4);
	assert_int_equal(node_get(n, "list")->key_at.line, 2);
	assert_int_equal(node_get(n, "list")->key_at.column, 1);
	assert_int_equal(first->at.line, 3);
	assert_int_equal(first->at.column, 5);
	assert_int_equal(node_at(first, "y.z")->at.line, 4);
	assert_int_equal(node_at(first, "y.z")->at.column, 12);
	assert_int_equal(node_at(first, "y.z")->key_at.column, 9);
}

static void aliases_stand_for_copies(void **state)
{
	struct arena a scoped_arena = {0};
	struct node *n = yaml(&a, "a: &x {k: [1, 2]}\nb: *x\nc: *x\nd: &y text\ne: *y\n");
	(void)state;

	assert_string_equal(json_write(&a, n, JSON_COMPACT),
			    "{\"a\":{\"k\":[1,2]},\"b\":{\"k\":[1,2]},\"c\":{\"k\":[1,2]},"
			    "\"d\":\"text\",\"e\":\"text\"}");
	node_set_int(&a, node_get(n, "b"), "k", 5);
	assert_int_equal(node_count(node_at(n, "c.k")), 2);
}

static void merge_keys_fill_what_the_map_does_not_say(void **state)
{
	static const char *const cases[][2] = {
		{"b: &b {x: 1, y: 2}\nm: {<<: *b, y: 3}", "{\"y\":3,\"x\":1}"},
		{"b: &b {x: 1, y: 2}\nm: {y: 3, <<: *b}", "{\"y\":3,\"x\":1}"},
		{"b: [&b {x: 1}, &c {x: 2, z: 3}]\nm: {<<: [*b, *c]}", "{\"x\":1,\"z\":3}"},
		{"m: {<<: {x: 1}}", "{\"x\":1}"},
		{"m: {'<<': 1}", "{\"<<\":1}"},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++)
		assert_string_equal(
			json_write(&a, node_get(yaml(&a, cases[i][0]), "m"), JSON_COMPACT),
			cases[i][1]);
}

static void what_a_descriptor_has_no_use_for_is_refused(void **state)
{
	static const char *const cases[][2] = {
		{"a: 1\na: 2", "t:2:1: key 'a' appears twice"},
		{"a: {b: 1, 'b': 2}", "t:1:11: key 'b' appears twice"},
		{"{<<: {a: 1}, <<: {b: 2}}", "t:1:14: key '<<' appears twice"},
		{"<<: 5", "t:1:5: '<<' must be a mapping or a list of mappings"},
		{"<<: [1]", "t:1:6: '<<' must be a mapping or a list of mappings"},
		{"? [a]\n: 1", "t:1:3: a key must be text"},
		{"? {a: 1}\n: 1", "t:1:3: a key must be text"},
		{"a: !!str 1", "t:1:4: tags such as '!!str' are not supported"},
		{"a: !mine {}", "t:1:4: tags such as '!mine' are not supported"},
		{"a: ! x", "t:1:4: tags such as '!' are not supported"},
		{"!!int a: 1", "t:1:1: tags such as '!!int' are not supported"},
		{"- !!binary aGk=", "t:1:3: tags such as '!!binary' are not supported"},
		{"a: *b", "t:1:4: alias '*b' has no anchor before it"},
		{"a: &a [*a]", "t:1:8: alias '*a' has no anchor before it"},
		{"a: .inf", "t:1:4: '.inf' is no number here: quote it when text is meant"},
		{"a: -.INF", "t:1:4: '-.INF' is no number here: quote it when text is meant"},
		{"a: .NaN", "t:1:4: '.NaN' is no number here: quote it when text is meant"},
		{"a: 1e999", "t:1:4: number '1e999' is too large: quote it when text is meant"},
		{"a: 0xFFFFFFFFFFFFFFFFF",
		 "t:1:4: number '0xFFFFFFFFFFFFFFFFF' is too large: quote it when text is meant"},
		{"a: \"x\\0y\"", "t:1:4: text holds a NUL byte"},
		{"a: 1\n---\nb: 2", "t:2:1: more than one document"},
		{"a: é\nb: \xC3(", "t:2:4: not valid UTF-8"},
		{"a: \xED\xA0\x80", "t:1:4: not valid UTF-8"},
		{"\xFF\xFE"
		 "a",
		 "t:1:1: not valid UTF-8"},
		{"a: é\x01", "t:1:5: control characters are not allowed"},
		{"a: [1, 2",
		 "t:2:1: not valid YAML: did not find expected ',' or ']' while parsing a "
		 "flow sequence that starts at line 1"},
		{"a: b: c",
		 "t:1:5: not valid YAML: mapping values are not allowed in this context"},
		{"a:\n\tb: 1", "t:2:1: not valid YAML: found character that cannot start any token "
			       "while scanning for the next token that starts at line 2"},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		struct node *n = NULL;
		struct err *e = yaml_read(&a, "t", cases[i][0], strlen(cases[i][0]), &n);

		if (!e)
			fail_msg("accepted: %s", cases[i][0]);
		assert_int_equal(e->kind, ERR_INPUT);
		assert_string_equal(e->msg, cases[i][1]);
		assert_null(n);
	}
}

static const char *repeat(struct arena *a, const char *text, size_t times, const char *end)
{
	struct str s = {.a = a};

	for (size_t i = 0; i < times; i++)
		str_add(&s, text);
	str_add(&s, end);
	return str_text(&s);
}

static void assert_refused(struct arena *a, const char *text, const char *part)
{
	struct node *n = NULL;
	struct err *e = yaml_read(a, "t", text, strlen(text), &n);

	assert_non_null(e);
	assert_int_equal(e->kind, ERR_INPUT);
	if (!strstr(e->msg, part))
		fail_msg("%s does not say: %s", e->msg, part);
}

static void depth_count_and_size_are_bounded(void **state)
{
	struct arena a scoped_arena = {0};
	struct str bomb = {.a = &a};
	struct str nested = {.a = &a};
	(void)state;

	yaml(&a, repeat(&a, "[", 64, repeat(&a, "]", 64, "")));
	assert_refused(&a, repeat(&a, "[", 65, repeat(&a, "]", 65, "")), "nested deeper than 64");
	assert_refused(&a, repeat(&a, "- ", 5000, "x"), "nested deeper than 64");
	assert_refused(&a, repeat(&a, "- 1\n", 200001, ""), "more than 200000 values");
	assert_int_equal(node_count(yaml(&a, repeat(&a, "- 1\n", 199999, ""))), 199999);

	str_add(&bomb, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 9; i++)
		str_addf(&bomb,
			 "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n",
			 i, i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1,
			 i - 1);
	assert_refused(&a, str_text(&bomb), "more than 200000 values");

	str_add(&nested, "a0: &a0 [x]\n");
	for (int i = 1; i < 80; i++)
		str_addf(&nested, "a%d: &a%d [*a%d]\n", i, i, i - 1);
	assert_refused(&a, str_text(&nested), "nested deeper than 64");

	size_t size = (16u << 20) + 1;
	char *large = arena_alloc(&a, size);
	memset(large, ' ', size);
	struct node *n = NULL;
	struct err *e = yaml_read(&a, "t", large, size, &n);
	assert_non_null(e);
	assert_string_equal(e->msg, "t: larger than 16 MiB");
}

static void many_keys_are_checked_for_twins_quickly(void **state)
{
	struct arena a scoped_arena = {0};
	struct str s = {.a = &a};
	(void)state;

	for (int i = 0; i < 90000; i++)
		str_addf(&s, "key-%d: 1\n", i);
	assert_int_equal(node_count(yaml(&a, str_text(&s))), 90000);
	str_add(&s, "key-70000: 2\n");
	assert_refused(&a, str_text(&s), "t:90001:1: key 'key-70000' appears twice");
}

static void an_empty_text_is_nothing(void **state)
{
	static const char *const cases[] = {"", "\n\n", "# only words\n", "---\n", "\xEF\xBB\xBF"};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		const struct node *n = yaml(&a, cases[i]);
		assert_int_equal(n->kind, NODE_NULL);
		assert_int_equal(n->at.line, 1 + (i == 3));
	}
	assert_int_equal(yaml(&a, "\xEF\xBB\xBF"
				  "a: 1")
				 ->kind,
			 NODE_MAP);
}

static void a_rendered_chart_is_a_list_of_documents(void **state)
{
	static const char text[] =
		"---\n# Source: a/b.yaml\n---\n# Source: c.yaml\nkind: A\n---\n\n---\n"
		"kind: B\nanchor: &x 1\nuse: *x\n...\n---\n# end\n";
	struct arena a scoped_arena = {0};
	struct node *list = NULL;
	(void)state;

	assert_null(yaml_read_chart(&a, "t", text, strlen(text), &list));
	assert_string_equal(json_write(&a, list, JSON_COMPACT),
			    "[{\"kind\":\"A\"},{\"kind\":\"B\",\"anchor\":1,\"use\":1}]");
	assert_int_equal(list->first->at.line, 5);
	assert_null(yaml_read_chart(&a, "t", "", 0, &list));
	assert_int_equal(node_count(list), 0);
	struct err *e = yaml_read_chart(&a, "t", "a: &x 1\n---\nb: *x\n", 18, &list);
	assert_non_null(e);
	assert_string_equal(e->msg, "t:3:4: alias '*x' has no anchor before it");
}

static void dashes_may_end_a_document(void **state)
{
	static const char text[] = "---\na: 1\n---\n# end\n";
	struct arena a scoped_arena = {0};
	struct node *n = NULL;
	(void)state;

	assert_null(yaml_read(&a, "t", text, strlen(text), &n));
	assert_int_equal(node_int(n, "a", 0), 1);
}

static void a_chart_is_read_as_helm_reads_it(void **state)
{
	static const char text[] = "a: 1\nb: {c: 1}\na: 2\nb: {d: !!str 3, e: ! 4, f: !x 5}\n"
				   "g: !!map {<<: {h: 1}, h: 2}\n";
	struct arena a scoped_arena = {0};
	struct str many = {.a = &a};
	struct node *list = NULL;
	(void)state;

	assert_null(yaml_read_chart(&a, "t", text, strlen(text), &list));
	assert_string_equal(json_write(&a, list, JSON_COMPACT),
			    "[{\"a\":2,\"b\":{\"d\":\"3\",\"e\":\"4\",\"f\":5},\"g\":{\"h\":2}}]");
	for (int i = 0; i < 40; i++) /* enough for the index of a large map */
		str_addf(&many, "k%d: %d\n", i % 20, i);
	assert_null(yaml_read_chart(&a, "t", many.text, many.len, &list));
	assert_int_equal(node_count(list->first), 20);
	assert_int_equal(node_int(list->first, "k0", 0), 20);
	assert_int_equal(node_int(list->first, "k19", 0), 39);
}

static void escapes_from_outside_are_not_passed_to_the_terminal(void **state)
{
	struct arena a scoped_arena = {0};
	static const char text[] = "\"a\\e[31m\": 1\n\"a\\e[31m\": 2";
	struct node *n = NULL;
	(void)state;

	struct err *e = yaml_read(&a, "t", text, strlen(text), &n);
	assert_non_null(e);
	assert_string_equal(e->msg, "t:2:1: key 'a?[31m' appears twice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_without_quotes_are_typed_as_yaml_1_2_has_it),
		cmocka_unit_test(plain_text_is_told_from_quoted_text),
		cmocka_unit_test(every_value_and_key_knows_its_place),
		cmocka_unit_test(aliases_stand_for_copies),
		cmocka_unit_test(merge_keys_fill_what_the_map_does_not_say),
		cmocka_unit_test(what_a_descriptor_has_no_use_for_is_refused),
		cmocka_unit_test(depth_count_and_size_are_bounded),
		cmocka_unit_test(many_keys_are_checked_for_twins_quickly),
		cmocka_unit_test(an_empty_text_is_nothing),
		cmocka_unit_test(a_rendered_chart_is_a_list_of_documents),
		cmocka_unit_test(dashes_may_end_a_document),
		cmocka_unit_test(a_chart_is_read_as_helm_reads_it),
		cmocka_unit_test(escapes_from_outside_are_not_passed_to_the_terminal),
	};

	return run_group(tests);
}
