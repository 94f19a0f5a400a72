// SPDX-License-Identifier: Apache-2.0
#include "drive/sql.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/str.h"

struct err *sql_run(const struct sql *s, struct arena *a, const char *text,
		    const struct sql_value *params, size_t n_params, struct sql_rows *ret_rows)
{
	struct sql_rows rows = {0};

	TRY(s->driver->run(s->self, a, text, params, n_params, &rows));
	if (ret_rows)
		*ret_rows = rows;
	return NULL;
}

void sql_rollback(const struct sql *s)
{
	struct arena a scoped_arena = {0};
	struct err *e = sql_run(s, &a, "ROLLBACK", NULL, 0, NULL);

	(void)e;
}

static const struct sql_value *cell(const struct sql_rows *rows, size_t row, size_t column)
{
	static const struct sql_value none = {0};

	if (row >= rows->n || column >= rows->n_columns)
		return &none;
	return &rows->at[row * rows->n_columns + column];
}

const char *sql_cell_text(struct arena *a, const struct sql_rows *rows, size_t row, size_t column)
{
	const struct sql_value *v = cell(rows, row, column);

	switch (v->type) {
	case SQL_TEXT:
		return v->text;
	case SQL_INT:
		return arena_printf(a, "%" PRId64, v->integer);
	case SQL_REAL:
		return arena_printf(a, "%g", v->real);
	case SQL_NULL:
		break;
	}
	return NULL;
}

int64_t sql_cell_int(const struct sql_rows *rows, size_t row, size_t column)
{
	const struct sql_value *v = cell(rows, row, column);

	switch (v->type) {
	case SQL_TEXT:
		return strtoll(v->text, NULL, 10);
	case SQL_INT:
		return v->integer;
	case SQL_REAL: /* out of range would be undefined: clamp */
		return v->real >= 9.2e18    ? INT64_MAX
		       : v->real <= -9.2e18 ? INT64_MIN
					    : (int64_t)v->real;
	case SQL_NULL:
		break;
	}
	return 0;
}

double sql_cell_real(const struct sql_rows *rows, size_t row, size_t column)
{
	const struct sql_value *v = cell(rows, row, column);

	switch (v->type) {
	case SQL_TEXT:
		return strtod(v->text, NULL);
	case SQL_INT:
		return (double)v->integer;
	case SQL_REAL:
		return v->real;
	case SQL_NULL:
		break;
	}
	return 0;
}

bool sql_cell_bool(const struct sql_rows *rows, size_t row, size_t column)
{
	const struct sql_value *v = cell(rows, row, column);

	/* PostgreSQL says t and f. */
	if (v->type == SQL_TEXT)
		return str_eq(v->text, "t") || str_eq(v->text, "true") || str_eq(v->text, "1");
	return sql_cell_int(rows, row, column) != 0;
}
