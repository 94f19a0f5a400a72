// SPDX-License-Identifier: Apache-2.0
#include <math.h>

#include "check.h"

static void reading_accepts_nothing(void **state)
{
	(void)state;

	assert_null(node_get(NULL, "a"));
	assert_null(node_at(NULL, "a.b"));
	assert_null(node_str(NULL, "a"));
	assert_int_equal(node_int(NULL, "a", 7), 7);
	assert_true(node_bool(NULL, "a", true));
	assert_int_equal(node_count(NULL), 0);
	assert_null(node_first(NULL));
}

static void dotted_paths_reach_inner_values(void **state)
{
	struct arena a scoped_arena = {0};
	struct node *n = yaml(&a, "spec: {a: {b: text, n: 3, f: true}, ab: 1}\nx.y: 5\n");
	(void)state;

	assert_string_equal(node_str(n, "spec.a.b"), "text");
	assert_int_equal(node_int(n, "spec.a.n", 0), 3);
	assert_true(node_bool(n, "spec.a.f", false));
	assert_null(node_str(n, "spec.a.n"));
	assert_int_equal(node_int(n, "spec.a.b", 9), 9);
	assert_null(node_at(n, "spec.a.b.c"));
	assert_null(node_at(n, "spec.missing.b"));
	assert_null(node_at(n, "spe"));
	assert_null(node_at(n, "x.y"));
	assert_non_null(node_get(n, "x.y"));
	assert_null(node_get(node_at(n, "spec.a.b"), "x"));
	assert_int_equal(node_count(node_at(n, "spec")), 2);
	assert_int_equal(node_count(node_at(n, "spec.a.b")), 0);
}

static const char *keys(struct arena *a, const struct node *n)
{
	struct str s = {.a = a};

	for (const struct node *c = node_first(n); c; c = c->next)
		str_addf(&s, "%s ", c->key);
	return str_text(&s);
}

static void setting_replaces_in_place_and_keeps_the_order(void **state)
{
	struct arena a scoped_arena = {0};
	struct node *n = node_new(&a, NODE_MAP);
	(void)state;

	node_set_int(&a, n, "a", 1);
	node_set_str(&a, n, "b", "two");
	node_set_bool(&a, n, "c", true);
	node_set_int(&a, n, "b", 2);
	node_set_int(&a, n, "a", 10);
	node_set_int(&a, n, "c", 3);
	assert_string_equal(keys(&a, n), "a b c ");
	assert_int_equal(node_int(n, "a", 0), 10);
	assert_int_equal(node_int(n, "b", 0), 2);
	node_set_int(&a, n, "d", 4);
	assert_string_equal(keys(&a, n), "a b c d ");
	node_set_str(&a, n, "a", NULL);
	assert_int_equal(node_get(n, "a")->kind, NODE_NULL);
}

static void taking_out_works_at_both_ends(void **state)
{
	struct arena a scoped_arena = {0};
	struct node *n = yaml(&a, "{a: 1, b: 2, c: 3, d: 4}");
	(void)state;

	node_unset(n, "missing");
	node_unset(n, "a");
	node_unset(n, "d");
	assert_string_equal(keys(&a, n), "b c ");
	node_set_int(&a, n, "e", 5);
	assert_string_equal(keys(&a, n), "b c e ");
	node_unset(n, "c");
	node_unset(n, "b");
	node_unset(n, "e");
	assert_null(n->first);
	assert_null(n->last);
	node_set_int(&a, n, "f", 6);
	assert_string_equal(keys(&a, n), "f ");
}

static void inner_maps_are_made_when_missing(void **state)
{
	struct arena a scoped_arena = {0};
	struct node *n = node_new(&a, NODE_MAP);
	(void)state;

	node_set_int(&a, node_map_in(&a, node_map_in(&a, n, "x"), "y"), "z", 1);
	node_add(node_list_in(&a, node_map_in(&a, n, "x"), "l"), node_new_int(&a, 1));
	node_add(node_list_in(&a, node_map_in(&a, n, "x"), "l"), node_new_int(&a, 2));
	assert_string_equal(json_write(&a, n, JSON_COMPACT),
			    "{\"x\":{\"y\":{\"z\":1},\"l\":[1,2]}}");
	node_list_in(&a, n, "x");
	assert_string_equal(json_write(&a, n, JSON_COMPACT), "{\"x\":[]}");
}

static void a_copy_shares_nothing(void **state)
{
	struct arena a scoped_arena = {0};
	struct node *n = yaml(&a, "{a: {b: [1, {c: d}]}}");
	struct node *copy = node_copy(&a, n);
	(void)state;

	assert_true(node_equal(n, copy));
	node_set_int(&a, node_at(copy, "a.b")->first->next, "c", 5);
	assert_string_equal(node_str(node_at(n, "a.b")->first->next, "c"), "d");
	assert_int_equal(copy->at.line, n->at.line);
}

static void merging_is_deep_for_maps_and_replaces_the_rest(void **state)
{
	static const char *const cases[][3] = {
		{"{a: 1, m: {x: 1, y: 2}}", "{m: {y: 3, z: 4}, b: 5}",
		 "{\"a\":1,\"m\":{\"x\":1,\"y\":3,\"z\":4},\"b\":5}"},
		{"{l: [1, 2]}", "{l: [3]}", "{\"l\":[3]}"},
		{"{m: {x: 1}}", "{m: 5}", "{\"m\":5}"},
		{"{m: 5}", "{m: {x: 1}}", "{\"m\":{\"x\":1}}"},
		{"{m: {x: 1}}", "{m: null}", "{\"m\":null}"},
		{"{}", "{}", "{}"},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		struct node *under = yaml(&a, cases[i][0]), *over = yaml(&a, cases[i][1]);
		struct node *both = node_merge(&a, under, over);

		assert_string_equal(json_write(&a, both, JSON_COMPACT), cases[i][2]);
		assert_true(node_equal(under, yaml(&a, cases[i][0])));
		assert_true(node_equal(over, yaml(&a, cases[i][1])));
	}
	assert_null(node_merge(&a, NULL, NULL));
	assert_true(node_equal(node_merge(&a, NULL, yaml(&a, "a: 1")), yaml(&a, "a: 1")));
	assert_true(node_equal(node_merge(&a, yaml(&a, "a: 1"), NULL), yaml(&a, "a: 1")));
}

static void equality_ignores_order_of_keys_and_kind_of_number(void **state)
{
	static const struct {
		const char *x, *y;
		bool equal;
	} cases[] = {
		{"{a: 1, b: 2}", "{b: 2, a: 1}", true},
		{"{a: 1}", "{a: 1.0}", true},
		{"[1, 2]", "[2, 1]", false},
		{"{a: 1}", "{a: 1, b: 2}", false},
		{"{a: 1, b: 2}", "{a: 1, c: 2}", false},
		{"{a: '1'}", "{a: 1}", false},
		{"[]", "{}", false},
		{"null", "~", true},
		{"[true]", "[false]", false},
		{"[1]", "[1, 1]", false},
		{"9007199254740993", "9007199254740992", false},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		assert_int_equal(node_equal(yaml(&a, cases[i].x), yaml(&a, cases[i].y)),
				 cases[i].equal);
		assert_int_equal(node_equal(yaml(&a, cases[i].y), yaml(&a, cases[i].x)),
				 cases[i].equal);
	}
	assert_true(node_equal(NULL, NULL));
	assert_false(node_equal(NULL, yaml(&a, "1")));
}

static void a_difference_is_told_by_its_path(void **state)
{
	static const struct {
		const char *want, *have, *path;
	} cases[] = {
		{"{a: 1}", "{a: 1, b: 2}", NULL},
		{"{s: {p: {n: [x]}}}", "{s: {p: {n: [y]}}}", "s.p.n[0]"},
		{"{s: {n: [1, {k: 2}]}}", "{s: {n: [1, {k: 3}]}}", "s.n[1].k"},
		{"{s: [1, 2]}", "{s: [1]}", "s[1]"},
		{"{s: [1]}", "{s: [1, 2]}", "s[1]"},
		{"{s: {}}", "{s: {a: 1}}", NULL},
		{"{s: {}}", "{}", "s"},
		{"{s: {}}", "{s: 1}", "s"},
		{"1", "2", ""},
		{"[[1, 2]]", "[[1, 3]]", "[0][1]"},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		struct node *want = yaml(&a, cases[i].want), *have = yaml(&a, cases[i].have);
		const char *path = NULL;

		assert_int_equal(node_within(&a, want, have, &path), cases[i].path == NULL);
		assert_true(str_eq(path, cases[i].path));
		assert_int_equal(node_within(&a, want, have, NULL), cases[i].path == NULL);
	}
}

static void sorting_orders_the_keys_of_every_map(void **state)
{
	struct arena a scoped_arena = {0};
	struct node *n = yaml(&a, "{b: [{z: 1, y: 2}], a: {d: 1, c: {f: 1, e: 2}}, B: 1}");
	(void)state;

	assert_string_equal(
		json_write(&a, node_sorted(&a, n), JSON_COMPACT),
		"{\"B\":1,\"a\":{\"c\":{\"e\":2,\"f\":1},\"d\":1},\"b\":[{\"y\":2,\"z\":1}]}");
	assert_true(node_equal(n, node_sorted(&a, n)));
	assert_string_equal(n->first->key, "b");
}

static void large_maps_compare_and_merge_in_any_order(void **state)
{
	enum { N = 20000 };
	struct arena a scoped_arena = {0};
	struct node *up = node_new(&a, NODE_MAP), *down = node_new(&a, NODE_MAP);
	(void)state;

	for (int i = 0; i < N; i++) {
		node_append(up, arena_printf(&a, "k%d", i), node_new_int(&a, i));
		node_append(down, arena_printf(&a, "k%d", N - 1 - i), node_new_int(&a, N - 1 - i));
	}
	assert_true(node_equal(up, down));
	assert_true(node_within(&a, up, down, NULL));
	assert_int_equal(node_count(node_merge(&a, up, down)), N);
	node_append(down, "more", node_new_int(&a, 1));
	assert_int_equal(node_count(node_merge(&a, up, down)), N + 1);
	assert_false(node_equal(up, down));
}

static void numbers_are_spelled_in_the_fewest_digits(void **state)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {
		{0.5, "0.5"},       {1, "1.0"},       {0.1, "0.1"},
		{1e20, "1e+20"},    {-2.25, "-2.25"}, {1.0 / 3, "0.3333333333333333"},
		{5e-324, "5e-324"}, {0, "0.0"},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++)
		assert_string_equal(node_text(&a, node_new_real(&a, cases[i].value)),
				    cases[i].text);
	assert_string_equal(node_text(&a, node_new_int(&a, INT64_MIN)), "-9223372036854775808");
	assert_string_equal(node_text(&a, node_new_real(&a, INFINITY)), "null");
	assert_string_equal(node_text(&a, node_new_bool(&a, false)), "false");
	assert_null(node_text(&a, node_new(&a, NODE_MAP)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_accepts_nothing),
		cmocka_unit_test(dotted_paths_reach_inner_values),
		cmocka_unit_test(setting_replaces_in_place_and_keeps_the_order),
		cmocka_unit_test(taking_out_works_at_both_ends),
		cmocka_unit_test(inner_maps_are_made_when_missing),
		cmocka_unit_test(a_copy_shares_nothing),
		cmocka_unit_test(merging_is_deep_for_maps_and_replaces_the_rest),
		cmocka_unit_test(equality_ignores_order_of_keys_and_kind_of_number),
		cmocka_unit_test(a_difference_is_told_by_its_path),
		cmocka_unit_test(sorting_orders_the_keys_of_every_map),
		cmocka_unit_test(large_maps_compare_and_merge_in_any_order),
		cmocka_unit_test(numbers_are_spelled_in_the_fewest_digits),
	};

	return run_group(tests);
}
