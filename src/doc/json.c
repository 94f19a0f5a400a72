// SPDX-License-Identifier: Apache-2.0
/* Jansson reads; the tree it makes is copied into the arena and released. */
#include "doc/json.h"

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/node.h"

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
