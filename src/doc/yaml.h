// SPDX-License-Identifier: Apache-2.0
/* YAML text to a document and back. */
#pragma once

#include <stddef.h>

#include "base/attr.h"

struct arena;
struct err;
struct node;

/*
 * Read one YAML 1.2 (core schema) document, or JSON.  @source names the text in messages.
 *
 * Refused with ERR_INPUT and a position: syntax errors, invalid UTF-8, duplicate keys, keys that
 * are not scalars, tags, more than one document (an empty one may follow), nesting deeper than 64,
 * more than 200000 values (aliases counted as often as they are used), texts larger than 16 MiB. An
 * empty text is a document of kind NODE_NULL.
 *
 * Words without quotes: `yes`, `no`, `on`, `off` are text (struct node says that they were plain);
 * 0x1F and 0o17 are whole numbers, and so is 017 in octal, as Kubernetes reads it; whole numbers
 * beyond 64 bits become NODE_REAL; `.inf`, `.nan` and numbers beyond a double are refused.
 * Merge keys (`<<: *base`) are applied; keys that stand in the map itself win.
 */
struct err *yaml_read(struct arena *a, const char *source, const char *text, size_t size,
		      struct node **ret_root) must_check;

/*
 * What a chart holds or renders, read as Helm reads it: a list of any number of documents
 * (separated by "---", empty ones left out), of a key that appears twice the last value, tags
 * heeded where they say that something is text and otherwise passed over, up to 1000000 values
 * (bundles of CRDs are long).  What is a slip in a descriptor was installed long ago here.
 */
struct err *yaml_read_chart(struct arena *a, const char *source, const char *text, size_t size,
			    struct node **ret_list) must_check;

/*
 * Block style, two spaces, keys in the order of the document, no line wrapping.  Text that any
 * YAML (1.1 or 1.2) could take for something else is quoted.  Real numbers that are infinite or
 * not a number become null.
 */
const char *yaml_write(struct arena *a, const struct node *n);
