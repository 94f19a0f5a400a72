// SPDX-License-Identifier: Apache-2.0
/* Documents for the tests of drivers: recorded ones from tests/data, and short ones as YAML. */
#pragma once

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/node.h"
#include "doc/yaml.h"
#include "drive/file.h"

/* The document in tests/data/@name. */
static inline struct node *recorded(struct arena *a, const char *name)
{
	const char *text;
	size_t size;
	struct node *doc = NULL;

	assert_null(file_read(a, file_join(a, TEST_DATA, name), 1 << 20, &text, &size));
	assert_null(json_read(a, name, text, size, &doc));
	return doc;
}

static inline struct node *yaml(struct arena *a, const char *text)
{
	struct node *doc = NULL;
	struct err *e = yaml_read(a, "test", text, strlen(text), &doc);

	assert_string_equal(e ? e->msg : "", "");
	return doc;
}
