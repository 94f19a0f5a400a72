// SPDX-License-Identifier: Apache-2.0
/* Jansson reads; the tree it makes is copied into the arena and released.  Writing is ours. */
#include "doc/json.h"

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/node.h"
#include "doc/quote.h"

enum { MAX_DEPTH = 512 };

static struct node *scalar(struct arena *a, const json_t *j)
{
	switch (json_typeof(j)) {
	case JSON_STRING:
		return node_new_str(a,
				    arena_strndup(a, json_string_value(j), json_string_length(j)));
	case JSON_INTEGER:
		return node_new_int(a, json_integer_value(j));
	case JSON_REAL:
		return node_new_real(a, json_real_value(j));
	case JSON_TRUE:
	case JSON_FALSE:
		return node_new_bool(a, json_is_true(j));
	case JSON_NULL:
	case JSON_OBJECT:
	case JSON_ARRAY:
		break;
	}
	return node_new(a, NODE_NULL);
}

/* NULL when nested deeper than @depth. */
static struct node *convert(struct arena *a, json_t *j, int depth)
{
	const char *key;
	json_t *value;
	size_t i;

	if (!json_is_object(j) && !json_is_array(j))
		return scalar(a, j);
	if (depth == 0)
		return NULL;
	struct node *n = node_new(a, json_is_object(j) ? NODE_MAP : NODE_LIST);
	json_array_foreach(j, i, value)
	{
		struct node *child = convert(a, value, depth - 1);
		if (!child)
			return NULL;
		node_add(n, child);
	}
	json_object_foreach(j, key, value)
	{
		struct node *child = convert(a, value, depth - 1);
		if (!child)
			return NULL;
		node_append(n, arena_strdup(a, key), child);
	}
	return n;
}

struct err *json_read(struct arena *a, const char *source, const char *text, size_t size,
		      struct node **ret_root)
{
	json_error_t problem;
	json_t *j = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);

	if (!j)
		return err_new(a, ERR_INPUT, "%s:%d:%d: not valid JSON: %s", source, problem.line,
			       problem.column, str_printable(a, problem.text, false));
	struct node *root = convert(a, j, MAX_DEPTH);
	json_decref(j);
	if (!root)
		return err_new(a, ERR_INPUT, "%s: nested deeper than %d", source, MAX_DEPTH);
	*ret_root = root;
	return NULL;
}

/* A new line, indented for @depth; nothing when compact. */
static void new_line(struct str *s, enum json_style style, int depth)
{
	if (style == JSON_COMPACT)
		return;
	str_add(s, "\n");
	for (int i = 0; i < depth; i++)
		str_add(s, "  ");
}

static void write_node(struct str *s, const struct node *n, enum json_style style, int depth)
{
	bool map = n->kind == NODE_MAP;

	if (n->kind == NODE_STR) {
		quote_add(s, n->str);
		return;
	}
	if (!map && n->kind != NODE_LIST) {
		str_add(s, node_text(s->a, n));
		return;
	}
	str_add(s, map ? "{" : "[");
	for (const struct node *c = n->first; c; c = c->next) {
		new_line(s, style, depth + 1);
		if (map) {
			quote_add(s, c->key);
			str_add(s, style == JSON_COMPACT ? ":" : ": ");
		}
		write_node(s, c, style, depth + 1);
		if (c->next)
			str_add(s, ",");
	}
	if (n->first)
		new_line(s, style, depth);
	str_add(s, map ? "}" : "]");
}

const char *json_write(struct arena *a, const struct node *n, enum json_style style)
{
	struct str s = {.a = a};

	write_node(&s, n, style, 0);
	if (style == JSON_PRETTY)
		str_add(&s, "\n");
	return str_text(&s);
}
