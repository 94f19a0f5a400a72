// SPDX-License-Identifier: Apache-2.0
#include "check.h"

static void text_is_quoted_whenever_a_reader_could_be_mistaken(void **state)
{
	static const char *const cases[][2] = {
		{"edge", "edge"},
		{"a b", "a b"},
		{"yes", "\"yes\""},
		{"Off", "\"Off\""},
		{"y", "\"y\""},
		{"NULL", "\"NULL\""},
		{"", "\"\""},
		{"~", "\"~\""},
		{"12", "\"12\""},
		{"0644", "\"0644\""},
		{"1e3", "\"1e3\""},
		{"1_000", "\"1_000\""},
		{"12:30", "\"12:30\""},
		{"2001-01-01", "\"2001-01-01\""},
		{"500m", "500m"},
		{"1Gi", "1Gi"},
		{"0x1f", "\"0x1f\""},
		{"0.4.0", "\"0.4.0\""},
		{"-x", "\"-x\""},
		{"a: b", "\"a: b\""},
		{"a:", "\"a:\""},
		{"a #b", "\"a #b\""},
		{" a", "\" a\""},
		{"a ", "\"a \""},
		{"oci://h:5000/p", "oci://h:5000/p"},
		{"/etc/x", "/etc/x"},
		{"*a", "\"*a\""},
		{"&a", "\"&a\""},
		{"{a}", "\"{a}\""},
		{"<<", "\"<<\""},
		{"=", "\"=\""},
		{"é", "\"é\""},
		{"\x7f", "\"\\u007f\""},
		{"\xC2\x85", "\"\\u0085\""},
		{"\xE2\x80\xA8", "\"\\u2028\""},
		{"\xEF\xBB\xBF", "\"\\ufeff\""},
		{"a\tb", "\"a\\tb\""},
		{"a\"b\\", "\"a\\\"b\\\\\""},
		{"\n", "\"\\n\""},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		const char *text = yaml_write(&a, node_new_str(&a, cases[i][0]));
		assert_string_equal(text, arena_printf(&a, "%s\n", cases[i][1]));
		assert_string_equal(yaml(&a, text)->str, cases[i][0]);
	}
}

static void structures_are_written_in_block_style(void **state)
{
	static const char text[] = "a:\n"
				   "  b:\n"
				   "  - 1\n"
				   "  - x: 1.5\n"
				   "    z:\n"
				   "    - - deep\n"
				   "      - er\n"
				   "    - {}\n"
				   "  c: []\n"
				   "d: null\n"
				   "script: |\n"
				   "  #!/bin/sh\n"
				   "    echo \"$1\"\n"
				   "\n"
				   "  exit\n"
				   "open: |-\n"
				   "  one\n"
				   "  two\n"
				   "wide: |+\n"
				   "  one\n"
				   "\n"
				   "end: true\n";
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(yaml_write(&a, yaml(&a, text)), text);
	assert_string_equal(yaml_write(&a, node_new(&a, NODE_MAP)), "{}\n");
	assert_string_equal(yaml_write(&a, node_new_str(&a, "a\nb\n")), "|\n  a\n  b\n");
}

static void long_keys_are_read_back(void **state)
{
	struct arena a scoped_arena = {0};
	struct node *n = node_new(&a, NODE_MAP), *inner = node_new(&a, NODE_MAP);
	char *key = arena_alloc(&a, 3001);
	(void)state;

	memset(key, 'k', 3000);
	node_set_int(&a, inner, key, 1);
	node_set(inner, arena_printf(&a, "%s\n\"", key), node_copy(&a, inner));
	node_set(n, "a", inner);
	assert_true(node_equal(n, yaml(&a, yaml_write(&a, n))));
}

/* ---- law: what was written reads back ---- */

static uint64_t below(uint64_t *state, uint64_t n)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (*state >> 11) % n;
}

static const char *random_text(struct arena *a, uint64_t *r)
{
	static const char *const parts[] = {"a",
					    "B",
					    "0",
					    "1",
					    "9",
					    " ",
					    "\n",
					    "\t",
					    ":",
					    "#",
					    "-",
					    ".",
					    "'",
					    "\"",
					    "\\",
					    "é",
					    "{",
					    "]",
					    ",",
					    "&",
					    "*",
					    "!",
					    "|",
					    ">",
					    "%",
					    "@",
					    "~",
					    "=",
					    "<<",
					    "null",
					    "yes",
					    "e",
					    "x",
					    "_",
					    "\r",
					    "\x01",
					    "\xE2\x80\xA8",
					    "\xC2\x85",
					    "\xF0\x9F\x98\x80",
					    "\x7F",
					    "?",
					    "0x",
					    "---",
					    "...",
					    "\xEF\xBF\xBF"};
	struct str s = {.a = a};

	for (uint64_t n = below(r, 12); n-- > 0;)
		str_add(&s, parts[below(r, countof(parts))]);
	return str_text(&s);
}

static struct node *random_node(struct arena *a, uint64_t *r, int depth)
{
	struct node *n;

	switch (below(r, depth > 4 ? 5 : 8)) {
	case 0:
		return node_new(a, NODE_NULL);
	case 1:
		return node_new_bool(a, below(r, 2));
	case 2:
		return node_new_int(a, (int64_t)(below(r, UINT64_MAX) << below(r, 12)));
	case 3:
		return node_new_real(a, (double)below(r, 1000000) / (double)(1 + below(r, 1000)));
	case 4:
		return node_new_str(a, random_text(a, r));
	case 5:
		n = node_new(a, NODE_LIST);
		for (uint64_t k = below(r, 4); k-- > 0;)
			node_add(n, random_node(a, r, depth + 1));
		return n;
	default:
		n = node_new(a, NODE_MAP);
		for (uint64_t k = below(r, 5); k-- > 0;)
			node_set(n, random_text(a, r), random_node(a, r, depth + 1));
		return n;
	}
}

static void any_document_reads_back_from_yaml_and_json(void **state)
{
	(void)state;

	for (uint64_t seed = 1; seed <= 3000; seed++) {
		struct arena a scoped_arena = {0};
		uint64_t r = seed * 0x9e3779b97f4a7c15u;
		struct node *n = random_node(&a, &r, 0), *again = NULL;
		const char *text = yaml_write(&a, n);

		if (!node_equal(n, yaml(&a, text)))
			fail_msg("seed %d: %s", (int)seed, text);
		for (int style = JSON_COMPACT; style <= JSON_PRETTY; style++) {
			text = json_write(&a, n, (enum json_style)style);
			struct err *e = json_read(&a, "json", text, strlen(text), &again);
			if (e || !node_equal(n, again))
				fail_msg("seed %d: %s %s", (int)seed, e ? e->msg : "", text);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_quoted_whenever_a_reader_could_be_mistaken),
		cmocka_unit_test(structures_are_written_in_block_style),
		cmocka_unit_test(long_keys_are_read_back),
		cmocka_unit_test(any_document_reads_back_from_yaml_and_json),
	};

	return run_group(tests);
}
