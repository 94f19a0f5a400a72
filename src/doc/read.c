// SPDX-License-Identifier: Apache-2.0
/*
 * Most JSON is YAML, and reading it as YAML tells where each value stands.  Surrogate pairs, tabs
 * for indentation and a few control characters are only JSON: then the tree without positions is
 * what there is.  The reverse, YAML in flow style that is no JSON, is read as YAML.
 */
#include "doc/read.h"

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/node.h"
#include "doc/yaml.h"

static char first_character(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!strchr(" \t\r\n", text[i]))
			return text[i];
	return '\0';
}

struct err *doc_read(struct arena *a, const char *source, const char *text, size_t size,
		     struct node **ret_root)
{
	struct node *json = NULL, *yaml = NULL;
	char first = first_character(text, size);
	bool strict = (first == '{' || first == '[') && !json_read(a, source, text, size, &json);
	struct err *e = yaml_read(a, source, text, size, &yaml);

	if (strict)
		*ret_root = !e && node_equal(json, yaml) ? yaml : json;
	else if (!e)
		*ret_root = yaml;
	return strict ? NULL : e;
}
