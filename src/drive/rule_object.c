// SPDX-License-Identifier: Apache-2.0
#include "drive/rule_object.h"

#include <string.h>

#include "base/str.h"
#include "doc/node.h"
#include "model/kinds.h"
#include "plan/rules.h"

struct node *rule_object(struct arena *a, const char *namespace_, const char *instance,
			 const char *graph, struct node *groups)
{
	struct node *o = node_new(a, NODE_MAP);

	node_set_str(a, o, "apiVersion", RULES_API);
	node_set_str(a, o, "kind", RULES_KIND);
	struct node *meta = node_map_in(a, o, "metadata");
	node_set_str(a, meta, "name", rules_name(a, graph));
	node_set_str(a, meta, "namespace", namespace_);
	struct node *labels = node_map_in(a, meta, "labels");
	node_set_str(a, labels, LABEL_MANAGED_BY, MANAGED_BY);
	node_set_str(a, labels, LABEL_INSTANCE, instance);
	node_set_str(a, labels, LABEL_GRAPH, graph);
	struct node *spec = node_map_in(a, o, "spec");
	if (groups)
		node_set(spec, "groups", groups);
	return o;
}

const char *rule_object_graph(const char *name)
{
	size_t len = strlen(RULE_OBJECT_PREFIX);

	return name && str_starts(name, RULE_OBJECT_PREFIX) && name[len] && !strchr(name, '/')
		       ? name + len
		       : NULL;
}
