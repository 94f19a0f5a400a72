// SPDX-License-Identifier: Apache-2.0
#include "drive/selector.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "doc/node.h"

static const char *label_of(const struct node *object, const char *key)
{
	const struct node *n = node_get(node_at(object, "metadata.labels"), key);

	return n && n->kind == NODE_STR ? n->str : NULL;
}

bool selector_matches(struct arena *a, const struct node *object, const char *selector)
{
	char *rest = arena_strdup(a, selector ? selector : "");

	for (char *one; (one = strsep(&rest, ","));) {
		char *equals = strchr(one, '=');
		bool differs = equals && equals > one && equals[-1] == '!';

		if (!*one)
			continue;
		if (equals)
			equals[differs ? -1 : 0] = '\0';
		bool absent = !equals && *one == '!';
		const char *have = label_of(object, absent ? one + 1 : one);
		if (equals ? str_eq(have, equals + 1) == differs : !have != absent)
			return false;
	}
	return true;
}

const char *selector_value(struct arena *a, const char *selector, const char *key)
{
	char *rest = arena_strdup(a, selector ? selector : "");

	for (char *one; (one = strsep(&rest, ","));) {
		char *equals = strchr(one, '=');

		if (!equals)
			continue;
		*equals = '\0';
		if (str_eq(one, key))
			return equals + 1;
	}
	return NULL;
}
