// SPDX-License-Identifier: Apache-2.0
#include "check.h"
#include "doc/bind.h"
#include "doc/schema.h"

enum { GREEN = 1 };

struct inner {
	const char *name;
	int64_t size;
	struct mark at;
};

struct outer {
	const char *text, *full, *must;
	bool flag, given;
	int64_t count;
	double share;
	int colour;
	struct inner inner, switched, *ptr;
	struct inner *list;
	size_t n_list;
	const char **texts;
	size_t n_texts;
	struct text_pair *labels;
	size_t n_labels;
	struct node *any;
	struct mark count_at;
	int64_t sum;
};

static const char *const colours[] = {"red", "green", NULL};

static struct node *name_only(struct arena *a, const struct node *n)
{
	if (n->kind != NODE_STR)
		return NULL;
	struct node *map = node_new(a, NODE_MAP);
	node_set(map, "name", node_copy(a, n));
	return map;
}

static struct node *name_schema(struct arena *a)
{
	struct node *n = node_new(a, NODE_MAP);

	node_set_str(a, n, "type", "string");
	return n;
}

static const struct field inner_fields[] = {
	{"name", FIELD_TEXT, offsetof(struct inner, name), .flags = FIELD_REQUIRED,
	 .help = "a name"},
	{"size", FIELD_INT, offsetof(struct inner, size), .min = 0, .max = 10},
	{"taille", FIELD_INT, offsetof(struct inner, size), .flags = FIELD_ALIAS},
	{0},
};
static const struct shape inner_shape = {"inner part",
					 sizeof(struct inner),
					 inner_fields,
					 .rewrite = name_only,
					 .rewrite_schema = name_schema,
					 .at_offset = offsetof(struct inner, at) + 1};

static void add_up(struct arena *a, const struct node *n, void *out, struct problems *ps)
{
	struct outer *o = out;
	(void)a;
	(void)n;
	(void)ps;

	for (size_t i = 0; i < o->n_list; i++)
		o->sum += o->list[i].size;
}

#define AT(member) offsetof(struct outer, member)
static const struct field outer_fields[] = {
	{"text", FIELD_TEXT, AT(text), .flags = FIELD_NULLABLE, .help = "some text"},
	{"full", FIELD_TEXT, AT(full), .flags = FIELD_NON_EMPTY},
	{"must", FIELD_TEXT, AT(must), .flags = FIELD_REQUIRED},
	{"devoir", FIELD_TEXT, AT(must), .flags = FIELD_ALIAS, .instead_of = "must"},
	{"flag", FIELD_BOOL, AT(flag), .flags = FIELD_NO_EFFECT},
	{"count", FIELD_INT, AT(count), .at_offset = AT(count_at) + 1},
	{"share", FIELD_REAL, AT(share), .min = 0, .max = 1},
	{"colour", FIELD_ENUM, AT(colour), .words = colours, .flags = FIELD_WRITE_ALWAYS},
	{"inner", FIELD_STRUCT, AT(inner), .element = &inner_shape},
	{"switched", FIELD_STRUCT, AT(switched), .element = &inner_shape,
	 .given_offset = AT(given) + 1},
	{"ptr", FIELD_PTR, AT(ptr), .element = &inner_shape, .flags = FIELD_NULLABLE},
	{"list", FIELD_LIST, AT(list), AT(n_list), .element = &inner_shape},
	{"texts", FIELD_TEXTS, AT(texts), AT(n_texts), .flags = FIELD_NON_EMPTY},
	{"labels", FIELD_TEXTMAP, AT(labels), AT(n_labels)},
	{"any", FIELD_NODE, AT(any)},
	{0},
};
static const struct shape outer_shape = {"outer", sizeof(struct outer), outer_fields,
					 .finish = add_up};

/* The problems of reading @text, one a line. */
static const char *told(struct arena *a, const char *text, bool strict, struct outer *o)
{
	struct problems ps = {.a = a, .strict = strict};
	struct str s = {.a = a};

	*o = (struct outer){0};
	bind_read(a, &outer_shape, yaml(a, text), o, &ps);
	for (size_t i = 0; i < ps.list.n; i++)
		str_addf(&s, "%s%s %s", i ? "\n" : "", problem_text(a, &ps.list.at[i]),
			 ps.list.at[i].code);
	return str_text(&s);
}

static void every_type_fills_its_member(void **state)
{
	struct arena a scoped_arena = {0};
	struct outer o;
	(void)state;

	assert_string_equal(
		told(&a,
		     "{text: x, must: y, count: 3, share: 0.25, colour: green, inner: {name: i, "
		     "size: 7},\n"
		     " ptr: {name: p}, list: [{name: a, size: 1}, b, {name: c, taille: 4}],\n"
		     " texts: [t, u], labels: {k: v}, any: [1]}",
		     true, &o),
		"");
	assert_string_equal(o.text, "x");
	assert_string_equal(o.must, "y");
	assert_int_equal(o.count, 3);
	assert_int_equal(o.count_at.column, 27);
	assert_true(o.share > 0.2 && o.share < 0.3);
	assert_int_equal(o.colour, GREEN);
	assert_string_equal(o.inner.name, "i");
	assert_int_equal(o.inner.size, 7);
	assert_int_equal(o.inner.at.line, 1);
	assert_string_equal(o.ptr->name, "p");
	assert_int_equal(o.n_list, 3);
	assert_string_equal(o.list[1].name, "b");
	assert_int_equal(o.list[1].at.line, 2);
	assert_int_equal(o.sum, 5);
	assert_int_equal(o.n_texts, 2);
	assert_string_equal(o.texts[1], "u");
	assert_string_equal(o.labels[0].value, "v");
	assert_int_equal(o.any->kind, NODE_LIST);
	assert_false(o.given);
	assert_string_equal(told(&a, "{must: y, count: 3.0, text: null, ptr: ~}", true, &o), "");
	assert_int_equal(o.count, 3);
	assert_null(o.ptr);
}

static const char *const wrong_documents[][2] = {
	{"{}", "t:1:1: error: 'must' is missing from this outer missing-key"},
	{"{devoir: x}", ""},
	{"5", "t:1:1: error: an outer must be a mapping, not a whole number wrong-type"},
	{"{must: 5}", "t:1:8: error: 'must' must be text, not a whole number (Put it in "
		      "quotes.) wrong-type"},
	{"{must: x, full: ''}", "t:1:17: error: 'full' must not be empty empty"},
	{"{must: x, full: null}", "t:1:17: error: 'full' must be text, not nothing wrong-type"},
	{"{must: x, count: 1.5}",
	 "t:1:18: error: 'count' must be a whole number, not a number wrong-type"},
	{"{must: x, count: 1e30}",
	 "t:1:18: error: 'count' must be a whole number, not a number wrong-type"},
	{"{must: x, share: 2}", "t:1:18: error: 'share' must be between 0 and 1 out-of-range"},
	{"{must: x, share: a}", "t:1:18: error: 'share' must be a number, not text wrong-type"},
	{"{must: x, count: '2'}", "t:1:18: error: 'count' must be a whole number, not text "
				  "(Take the quotes away.) wrong-type"},
	{"{must: x, flag: 1}",
	 "t:1:11: note: 'flag' is accepted and has no effect yet no-effect\n"
	 "t:1:17: error: 'flag' must be true or false, not a whole number wrong-type"},
	{"{must: x, flag: true}",
	 "t:1:11: note: 'flag' is accepted and has no effect yet no-effect"},
	{"{must: x, flag: false}", ""},
	{"{must: x, colour: gren}", "t:1:19: error: 'colour' must be one of red, green, "
				    "not 'gren' (Did you mean 'green'?) unknown-word"},
	{"{must: x, colour: violet}",
	 "t:1:19: error: 'colour' must be one of red, green, not 'violet' unknown-word"},
	{"{must: x, colour: 1}", "t:1:19: error: 'colour' must be one of red, green, not a "
				 "whole number wrong-type"},
	{"{must: x, inner: [1]}",
	 "t:1:18: error: 'inner' must be a mapping, not a list wrong-type"},
	{"{must: x, inner: {size: 11}}",
	 "t:1:25: error: 'size' must be between 0 and 10 out-of-range\n"
	 "t:1:18: error: 'name' is missing from this inner part missing-key"},
	{"{must: x, list: {}}", "t:1:17: error: 'list' must be a list, not a mapping wrong-type"},
	{"{must: x, list: [[1]]}",
	 "t:1:18: error: an inner part must be a mapping, not a list wrong-type"},
	{"{must: x, texts: []}", "t:1:18: error: 'texts' must not be empty empty"},
	{"{must: x, texts: [a, 1]}",
	 "t:1:22: error: each of 'texts' must be text, not a whole number wrong-type"},
	{"{must: x, labels: {a: 1}}", "t:1:23: error: 'a' must be text, not a whole number "
				      "(Put it in quotes.) wrong-type"},
	{"{must: x, labels: []}",
	 "t:1:19: error: 'labels' must be a mapping, not a list wrong-type"},
	{"{must: x, cuont: 1}", "t:1:11: warning: 'cuont' is not a key of an outer (Did "
				"you mean 'count'?) unknown-key"},
	{"{must: x, devoirs: 1}",
	 "t:1:11: warning: 'devoirs' is not a key of an outer unknown-key"},
	{"{count: x, list: [{}, 3]}",
	 "t:1:9: error: 'count' must be a whole number, not text wrong-type\n"
	 "t:1:19: error: 'name' is missing from this inner part missing-key\n"
	 "t:1:23: error: an inner part must be a mapping, not a whole number wrong-type\n"
	 "t:1:1: error: 'must' is missing from this outer missing-key"},
};

static void every_problem_is_told_at_once(void **state)
{
	struct arena a scoped_arena = {0};
	struct outer o;
	(void)state;

	for (size_t i = 0; i < countof(wrong_documents); i++)
		assert_string_equal(told(&a, wrong_documents[i][0], false, &o),
				    wrong_documents[i][1]);
	assert_string_equal(told(&a, "{must: x, other: 1}", true, &o),
			    "t:1:11: error: 'other' is not a key of an outer unknown-key");
}

static void writing_leaves_out_what_says_nothing(void **state)
{
	struct arena a scoped_arena = {0};
	struct inner one = {.name = "n"};
	struct outer o = {.must = "m"};
	(void)state;

	assert_string_equal(json_write(&a, bind_write(&a, &outer_shape, &o), JSON_COMPACT),
			    "{\"must\":\"m\",\"colour\":\"red\"}");
	o.ptr = &one;
	o.list = &one;
	o.n_list = 1;
	o.given = true;
	o.count = -1;
	o.text = "";
	assert_string_equal(
		json_write(&a, bind_write(&a, &outer_shape, &o), JSON_COMPACT),
		"{\"text\":\"\",\"must\":\"m\",\"count\":-1,\"colour\":\"red\",\"switched\":{},"
		"\"ptr\":{\"name\":\"n\"},\"list\":[{\"name\":\"n\"}]}");
}

static void what_is_given_can_be_told_from_what_is_empty(void **state)
{
	struct arena a scoped_arena = {0};
	struct outer o;
	(void)state;

	told(&a, "{must: x, switched: {}}", false, &o);
	assert_true(o.given);
	told(&a, "{must: x}", false, &o);
	assert_false(o.given);
}

static void the_schema_says_what_the_table_says(void **state)
{
	struct arena a scoped_arena = {0};
	const struct node *s = schema_of(&a, &outer_shape, "urn:x", "Outer");
	const struct node *outer = node_at(s, "$defs.outer.properties");
	(void)state;

	assert_string_equal(node_str(s, "$schema"), "https://json-schema.org/draft/2020-12/schema");
	assert_string_equal(node_str(s, "$id"), "urn:x");
	assert_string_equal(node_str(s, "$ref"), "#/$defs/outer");
	assert_string_equal(json_write(&a, node_get(outer, "text"), JSON_COMPACT),
			    "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}],"
			    "\"description\":\"some text\"}");
	assert_string_equal(json_write(&a, node_get(outer, "share"), JSON_COMPACT),
			    "{\"type\":\"number\",\"minimum\":0.0,\"maximum\":1.0}");
	assert_string_equal(json_write(&a, node_get(outer, "colour"), JSON_COMPACT),
			    "{\"enum\":[\"red\",\"green\"]}");
	assert_string_equal(json_write(&a, node_get(outer, "texts"), JSON_COMPACT),
			    "{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"minItems\":1}");
	assert_string_equal(json_write(&a, node_get(outer, "list"), JSON_COMPACT),
			    "{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/inner-part\"}}");
	assert_string_equal(json_write(&a, node_get(outer, "flag"), JSON_COMPACT),
			    "{\"type\":\"boolean\",\"description\":\"no effect yet\"}");
	assert_string_equal(
		json_write(&a, node_at(s, "$defs.outer.allOf"), JSON_COMPACT),
		"[{\"anyOf\":[{\"required\":[\"must\"]},{\"required\":[\"devoir\"]}]}]");
	assert_string_equal(
		json_write(&a, node_at(s, "$defs.inner-part.anyOf"), JSON_COMPACT),
		"[{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\","
		"\"description\":"
		"\"a "
		"name\"},\"size\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":10},\"taille\":{"
		"\"type\":\"integer\",\"deprecated\":true}},\"required\":[\"name\"]},{\"type\":"
		"\"string\"}]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_fills_its_member),
		cmocka_unit_test(every_problem_is_told_at_once),
		cmocka_unit_test(writing_leaves_out_what_says_nothing),
		cmocka_unit_test(what_is_given_can_be_told_from_what_is_empty),
		cmocka_unit_test(the_schema_says_what_the_table_says),
	};

	return run_group(tests);
}
