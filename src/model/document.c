// SPDX-License-Identifier: Apache-2.0
#include "model/document.h"

#include "base/str.h"
#include "model/kinds.h"

void document_expect(const struct node *n, const char *key, const char *want, struct problems *ps)
{
	if (n->kind == NODE_STR && str_eq(n->str, want))
		return;
	if (n->kind == NODE_STR)
		problems_add(ps, SEVERITY_ERROR, n->at, "wrong-document",
			     "'%s' must be '%s', not '%s'", key, want, n->str);
	else
		problems_add(ps, SEVERITY_ERROR, n->at, "wrong-type", "'%s' must be '%s', not %s",
			     key, want, node_kind_name(n->kind));
}

struct node *document_const(struct arena *a, const char *want)
{
	struct node *schema = node_new(a, NODE_MAP);

	node_set_str(a, schema, "const", want);
	return schema;
}

static void api_version_read(struct arena *a, const struct node *n, const char *key, void *member,
			     struct problems *ps)
{
	(void)a;
	(void)member;
	document_expect(n, key, API_VERSION, ps);
}

static struct node *api_version_write(struct arena *a, const void *member)
{
	(void)member;
	return node_new_str(a, API_VERSION);
}

static struct node *api_version_schema(struct arena *a)
{
	return document_const(a, API_VERSION);
}

const struct custom document_api_version = {"\"" API_VERSION "\"", api_version_read,
					    api_version_write, api_version_schema};
