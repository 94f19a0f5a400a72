// SPDX-License-Identifier: Apache-2.0
/* JSON text to a document and back. */
#pragma once

#include <stddef.h>

#include "base/attr.h"

struct arena;
struct err;
struct node;

/*
 * Read one JSON value (RFC 8259): duplicate keys, invalid UTF-8, NUL in text and nesting deeper
 * than 512 are refused with ERR_INPUT and the position of the problem.  Nodes carry no position.
 */
struct err *json_read(struct arena *a, const char *source, const char *text, size_t size,
		      struct node **ret_root) must_check;

enum json_style {
	JSON_COMPACT, /* no white space */
	JSON_PRETTY,  /* two spaces, a newline at the end */
};

/* Keys in the order of the document (node_sorted() first for a canonical form). */
const char *json_write(struct arena *a, const struct node *n, enum json_style style);
