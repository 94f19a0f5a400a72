// SPDX-License-Identifier: Apache-2.0
#include "drive/board_object.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "doc/node.h"
#include "model/kinds.h"

bool board_has_tag(const struct node *board, const char *tag)
{
	for (const struct node *t = node_first(node_get(board, "tags")); t; t = t->next)
		if (t->kind == NODE_STR && str_eq(t->str, tag))
			return true;
	return false;
}

struct node *board_object(struct arena *a, const struct node *board, const char *uid,
			  const char *instance)
{
	struct node *o = node_new(a, NODE_MAP);

	node_set_str(a, o, "apiVersion", DASHBOARD_API);
	node_set_str(a, o, "kind", DASHBOARD_KIND);
	struct node *meta = node_map_in(a, o, "metadata");
	node_set_str(a, meta, "name", uid);
	struct node *labels = node_map_in(a, meta, "labels");
	if (board_has_tag(board, instance_tag(a, instance))) {
		node_set_str(a, labels, LABEL_MANAGED_BY, MANAGED_BY);
		node_set_str(a, labels, LABEL_INSTANCE, instance);
	}
	for (const struct node *t = node_first(node_get(board, "tags")); t; t = t->next)
		if (t->kind == NODE_STR && str_starts(t->str, "graph:"))
			node_set_str(a, labels, LABEL_GRAPH, t->str + strlen("graph:"));
	node_set(o, "spec", node_copy(a, board));
	return o;
}
