// SPDX-License-Identifier: Apache-2.0
/*
 * Each shape becomes an entry of $defs, once; fields refer to it.  What the reader merely warns
 * about (unknown keys) the schema accepts.
 */
#include "doc/schema.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "doc/bind.h"
#include "doc/node.h"

struct writer {
	struct arena *a;
	struct node *defs;
	struct map shapes; /* name in $defs -> shape */
};

static struct node *typed(struct arena *a, const char *type)
{
	struct node *n = node_new(a, NODE_MAP);

	node_set_str(a, n, "type", type);
	return n;
}

/* A member of @keyword, the list of alternatives or conditions. */
static struct node *add_to(struct arena *a, struct node *n, const char *keyword, struct node *part)
{
	return node_add(node_list_in(a, n, keyword), part);
}

static struct node *shape_schema(struct writer *w, const struct shape *shape);

/* The name of @shape in $defs; writes its entry the first time. */
static const char *define(struct writer *w, const struct shape *shape)
{
	struct str name = {.a = w->a};
	union {
		const struct shape *in;
		void *out;
	} value = {.in = shape};

	for (const char *p = shape->name; *p; p++)
		str_add_n(&name, *p == ' ' ? "-" : p, 1);
	while (map_get(&w->shapes, str_text(&name)) &&
	       map_get(&w->shapes, str_text(&name)) != value.out)
		str_add(&name, "_");
	if (!map_get(&w->shapes, str_text(&name))) {
		map_put(&w->shapes, str_text(&name), value.out);
		struct node *place = node_set(w->defs, str_text(&name), node_new(w->a, NODE_MAP));
		struct node *schema = shape_schema(w, shape);
		place->first = schema->first;
		place->last = schema->last;
	}
	return str_text(&name);
}

static struct node *reference(struct writer *w, const struct shape *shape)
{
	struct node *n = node_new(w->a, NODE_MAP);

	node_set_str(w->a, n, "$ref", arena_printf(w->a, "#/$defs/%s", define(w, shape)));
	return n;
}

static struct node *number_schema(struct arena *a, const struct field *f)
{
	struct node *n = typed(a, f->type == FIELD_INT ? "integer" : "number");

	if (f->max > f->min && f->type == FIELD_INT) {
		node_set_int(a, n, "minimum", (int64_t)f->min);
		node_set_int(a, n, "maximum", (int64_t)f->max);
	} else if (f->max > f->min) {
		node_set(n, "minimum", node_new_real(a, f->min));
		node_set(n, "maximum", node_new_real(a, f->max));
	}
	return n;
}

static struct node *words_schema(struct arena *a, const struct field *f)
{
	struct node *n = node_new(a, NODE_MAP);

	for (size_t i = 0; f->words[i]; i++)
		add_to(a, n, "enum", node_new_str(a, f->words[i]));
	return n;
}

static struct node *many_schema(struct writer *w, const struct field *f)
{
	struct arena *a = w->a;
	bool map = f->type == FIELD_TEXTMAP;
	struct node *n = typed(a, map ? "object" : "array");

	node_set(n, map ? "additionalProperties" : "items",
		 f->type == FIELD_LIST ? reference(w, f->element) : typed(a, "string"));
	if (f->flags & FIELD_NON_EMPTY)
		node_set_int(a, n, map ? "minProperties" : "minItems", 1);
	return n;
}

static struct node *value_schema(struct writer *w, const struct field *f)
{
	struct arena *a = w->a;
	struct node *n;

	switch (f->type) {
	case FIELD_TEXT:
		n = typed(a, "string");
		if (f->flags & FIELD_NON_EMPTY)
			node_set_int(a, n, "minLength", 1);
		return n;
	case FIELD_BOOL:
		return typed(a, "boolean");
	case FIELD_INT:
	case FIELD_REAL:
		return number_schema(a, f);
	case FIELD_ENUM:
		return words_schema(a, f);
	case FIELD_STRUCT:
	case FIELD_PTR:
		return reference(w, f->element);
	case FIELD_LIST:
	case FIELD_TEXTS:
	case FIELD_TEXTMAP:
		return many_schema(w, f);
	case FIELD_CUSTOM:
		if (f->custom->schema)
			return f->custom->schema(a);
		break;
	case FIELD_NODE:
		break;
	}
	return node_new(a, NODE_MAP);
}

static struct node *field_schema(struct writer *w, const struct field *f)
{
	struct node *value = value_schema(w, f), *n = value;

	if ((f->flags & FIELD_NULLABLE) && value->first) {
		n = node_new(w->a, NODE_MAP);
		add_to(w->a, n, "anyOf", value);
		add_to(w->a, n, "anyOf", typed(w->a, "null"));
	}
	const char *help = f->help ? f->help : "";
	if (f->flags & FIELD_NO_EFFECT)
		help = arena_printf(w->a, "%s%s", help,
				    *help ? " (no effect yet)" : "no effect yet");
	if (*help)
		node_set_str(w->a, n, "description", help);
	if (f->flags & FIELD_ALIAS)
		node_set_bool(w->a, n, "deprecated", true);
	return n;
}

static struct node *must_have(struct arena *a, const struct field *f)
{
	struct node *n = node_new(a, NODE_MAP);

	add_to(a, n, "required", node_new_str(a, f->key));
	if (f->flags & FIELD_NULLABLE) {
		struct node *key = node_map_in(a, node_map_in(a, n, "properties"), f->key);
		node_set(key, "not", typed(a, "null"));
	}
	return n;
}

static void add_required(struct arena *a, const struct shape *shape, const struct field *f,
			 struct node *object)
{
	struct node *choice = node_new(a, NODE_MAP);

	add_to(a, choice, "anyOf", must_have(a, f));
	for (const struct field *other = shape->fields; other->key; other++)
		if (str_eq(other->instead_of, f->key))
			add_to(a, choice, "anyOf", must_have(a, other));
	if (node_count(node_get(choice, "anyOf")) > 1)
		add_to(a, object, "allOf", choice);
	else if (f->flags & FIELD_NULLABLE)
		add_to(a, object, "allOf", must_have(a, f));
	else
		add_to(a, object, "required", node_new_str(a, f->key));
}

static struct node *object_schema(struct writer *w, const struct shape *shape)
{
	struct node *n = typed(w->a, "object");
	struct node *properties = node_map_in(w->a, n, "properties");

	for (const struct field *f = shape->fields; f->key; f++) {
		node_set(properties, f->key, field_schema(w, f));
		if (f->flags & FIELD_REQUIRED)
			add_required(w->a, shape, f, n);
	}
	return n;
}

static struct node *shape_schema(struct writer *w, const struct shape *shape)
{
	struct node *object = object_schema(w, shape);

	if (!shape->rewrite_schema)
		return object;
	struct node *n = node_new(w->a, NODE_MAP);
	add_to(w->a, n, "anyOf", object);
	add_to(w->a, n, "anyOf", shape->rewrite_schema(w->a));
	return n;
}

struct node *schema_of(struct arena *a, const struct shape *shape, const char *id,
		       const char *title)
{
	struct node *root = node_new(a, NODE_MAP), *defs = node_new(a, NODE_MAP);
	struct writer w = {.a = a, .defs = defs, .shapes = {.a = a}};

	node_set_str(a, root, "$schema", "https://json-schema.org/draft/2020-12/schema");
	node_set_str(a, root, "$id", id);
	node_set_str(a, root, "title", title);
	node_set_str(a, root, "$ref", arena_printf(a, "#/$defs/%s", define(&w, shape)));
	node_set(root, "$defs", defs);
	return root;
}
