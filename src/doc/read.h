// SPDX-License-Identifier: Apache-2.0
/* A document of which nobody said whether it is YAML or JSON. */
#pragma once

#include <stddef.h>

#include "base/attr.h"

struct arena;
struct err;
struct node;

/*
 * Read one document.  A text whose first character is `{` or `[` and which is JSON is read by
 * JSON's rules, with positions where YAML's reader agrees; anything else is read as YAML, and
 * refused as doc/yaml.h says.
 */
struct err *doc_read(struct arena *a, const char *source, const char *text, size_t size,
		     struct node **ret_root) must_check;
