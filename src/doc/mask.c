// SPDX-License-Identifier: Apache-2.0
#include "doc/mask.h"

#include <string.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/digest.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/node.h"

static bool looks_secret(struct arena *a, const char *key)
{
	static const char *const words[] = {"password", "passwd",     "passphrase", "secret",
					    "token",    "credential", "privatekey", "private_key",
					    "apikey",   "api_key",    "accesskey",  "access_key"};
	const char *low = key ? str_lower(a, key) : "";

	for (size_t i = 0; i < countof(words); i++)
		if (strstr(low, words[i]))
			return true;
	return false;
}

static void hide(struct arena *a, struct node *n)
{
	const char *text = json_write(a, n, JSON_COMPACT);

	if (n->kind == NODE_NULL || (n->kind == NODE_STR && !*n->str))
		return;
	n->kind = NODE_STR;
	n->str = arena_printf(a, "sha256:%.16s", sha256_hex(a, text, strlen(text)));
	n->first = n->last = NULL;
}

static void mask(struct arena *a, struct node *n, bool all)
{
	bool named = n->kind == NODE_MAP && looks_secret(a, node_str(n, "name"));
	bool secret = n->kind == NODE_MAP && str_eq(node_str(n, "kind"), "Secret");

	for (struct node *c = node_first(n); c; c = c->next) {
		bool scalar = c->kind != NODE_MAP && c->kind != NODE_LIST;
		bool data = secret && (str_eq(c->key, "data") || str_eq(c->key, "stringData"));

		if (scalar &&
		    (all || looks_secret(a, c->key) || (named && str_eq(c->key, "value"))))
			hide(a, c);
		else
			mask(a, c, all || data);
	}
}

struct node *mask_secrets(struct arena *a, const struct node *n)
{
	struct node *copy = node_copy(a, n);

	mask(a, copy, false);
	return copy;
}
