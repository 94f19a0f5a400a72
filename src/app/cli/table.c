// SPDX-License-Identifier: Apache-2.0
#include "app/cli/table.h"

#include <libsmartcols.h>
#include <stdlib.h>

#include "base/arena.h"

static int add_column(struct libscols_table *t, const struct table_column *c, bool wrap)
{
	int flags = (c->right ? SCOLS_FL_RIGHT : 0) | (wrap ? SCOLS_FL_WRAP : 0);

	return scols_table_new_column(t, c->header, 0, flags) ? 0 : -1;
}

static int add_row(struct libscols_table *t, const struct table_cell *cells, size_t n)
{
	struct libscols_line *line = scols_table_new_line(t, NULL);

	if (!line)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (scols_line_set_data(line, i, cells[i].text))
			return -1;
		struct libscols_cell *cell = scols_line_get_cell(line, i);
		if (cells[i].color && scols_cell_set_color(cell, cells[i].color))
			return -1;
	}
	return 0;
}

/* NULL when memory is short. */
static char *render(struct libscols_table *t, const struct table_column *columns, size_t n_columns,
		    const struct table_cell *cells, size_t n_rows, size_t width)
{
	char *text = NULL;
	bool colored = false;

	for (size_t i = 0; i < n_columns; i++)
		if (add_column(t, &columns[i], width && i + 1 == n_columns))
			return NULL;
	for (size_t r = 0; r < n_rows; r++)
		if (add_row(t, cells + r * n_columns, n_columns))
			return NULL;
	for (size_t i = 0; i < n_rows * n_columns; i++)
		colored = colored || cells[i].color;
	scols_table_enable_colors(t, colored);
	scols_table_set_column_separator(t, "  ");
	scols_table_set_termforce(t, width ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER);
	if (width)
		scols_table_set_termwidth(t, width);
	return scols_print_table_to_string(t, &text) ? NULL : text;
}

const char *table_text(struct arena *a, const struct table_column *columns, size_t n_columns,
		       const struct table_cell *cells, size_t n_rows, size_t width)
{
	if (!n_rows)
		return "";
	struct libscols_table *t = scols_new_table();
	char *text = t ? render(t, columns, n_columns, cells, n_rows, width) : NULL;
	/* The last line comes without its end. */
	const char *copy = text ? arena_printf(a, "%s\n", text) : "(out of memory)\n";
	free(text);
	scols_unref_table(t);
	return copy;
}
