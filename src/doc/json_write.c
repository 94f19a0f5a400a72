// SPDX-License-Identifier: Apache-2.0
/* Apart from the reader: most who write never read. */
#include "base/arena.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/node.h"
#include "doc/quote.h"

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
