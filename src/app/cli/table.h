// SPDX-License-Identifier: Apache-2.0
/* Columns of text, aligned; the only file that knows libsmartcols. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct table_column {
	const char *header;
	bool right;
};

struct table_cell {
	const char *text;  /* printable, one line */
	const char *color; /* the escape that starts its colour, or NULL */
};

/*
 * The text of a table of @n_rows times @n_columns @cells (row by row).  Rows wider than @width
 * (0: never) are wrapped within their columns.
 */
const char *table_text(struct arena *a, const struct table_column *columns, size_t n_columns,
		       const struct table_cell *cells, size_t n_rows, size_t width);
