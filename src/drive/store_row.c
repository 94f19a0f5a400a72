// SPDX-License-Identifier: Apache-2.0
#include "drive/store_row.h"

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"

enum { MAX_COLUMNS = 24 };

static const void *member(const void *row, const struct row_column *c)
{
	return (const char *)row + c->offset;
}

static struct sql_value value_of(struct arena *a, const struct row_column *c, const void *row)
{
	const void *p = member(row, c);

	switch (c->type) {
	case ROW_TEXT:
		return sql_text(*(const char *const *)p);
	case ROW_NAME: {
		const char *text = *(const char *const *)p;
		return sql_text(text ? text : "");
	}
	case ROW_INT:
		return sql_int(*(const int64_t *)p);
	case ROW_REAL:
		return sql_real(*(const double *)p);
	case ROW_BOOL:
		return sql_int(*(const bool *)p);
	case ROW_DOC: {
		const struct node *doc = *(struct node *const *)p;
		return sql_text(doc ? json_write(a, doc, JSON_COMPACT) : NULL);
	}
	}
	return sql_text(NULL);
}

struct err *row_put(struct store *s, struct arena *a, const struct row_table *t,
		    const struct row_extra *extra, size_t n_extra, const void *row)
{
	struct sql_value params[MAX_COLUMNS];
	struct str names = {.a = a}, marks = {.a = a}, sets = {.a = a};
	size_t n = 0;

	for (size_t i = 0; i < n_extra; i++) {
		params[n++] = extra[i].value;
		str_addf(&names, "%s%s", n > 1 ? ", " : "", extra[i].name);
		str_addf(&marks, "%s$%zu", n > 1 ? ", " : "", n);
	}
	for (const struct row_column *c = t->columns; c->name && n < MAX_COLUMNS; c++) {
		if (c->read)
			continue;
		params[n++] = value_of(a, c, row);
		str_addf(&names, "%s%s", n > 1 ? ", " : "", c->name);
		str_addf(&marks, "%s$%zu", n > 1 ? ", " : "", n);
		str_addf(&sets, "%s%s = excluded.%s", sets.len ? ", " : "", c->name, c->name);
	}
	struct str text = {.a = a};
	str_addf(&text, "INSERT INTO %s (%s) VALUES (%s)", t->name, str_text(&names),
		 str_text(&marks));
	if (t->key)
		str_addf(&text, " ON CONFLICT (%s) DO UPDATE SET %s", t->key, str_text(&sets));
	return sql_run(&s->sql, a, str_text(&text), params, n, NULL);
}

static struct err *fill(struct arena *a, const struct row_table *t, const struct sql_rows *rows,
			size_t r, void *row)
{
	size_t i = 0;

	for (const struct row_column *c = t->columns; c->name; c++, i++) {
		void *p = (char *)row + c->offset;
		const char *text = NULL;

		switch (c->type) {
		case ROW_TEXT:
		case ROW_NAME:
			*(const char **)p = sql_cell_text(a, rows, r, i);
			break;
		case ROW_INT:
			*(int64_t *)p = sql_cell_int(rows, r, i);
			break;
		case ROW_REAL:
			*(double *)p = sql_cell_real(rows, r, i);
			break;
		case ROW_BOOL:
			*(bool *)p = sql_cell_bool(rows, r, i);
			break;
		case ROW_DOC:
			text = sql_cell_text(a, rows, r, i);
			if (text)
				TRY(err_wrap(a,
					     json_read(a, c->name, text, strlen(text),
						       (struct node **)p),
					     "the state's table %s", t->name));
			break;
		}
	}
	return NULL;
}

struct err *row_select(struct store *s, struct arena *a, const struct row_table *t,
		       const char *rest, const struct sql_value *params, size_t n_params,
		       void **ret_rows, size_t *ret_n)
{
	struct str text = {.a = a};
	struct sql_rows rows = {0};

	str_add(&text, "SELECT ");
	for (const struct row_column *c = t->columns; c->name; c++)
		str_addf(&text, "%s%s", c == t->columns ? "" : ", ", c->read ? c->read : c->name);
	str_addf(&text, " FROM %s %s", t->name, rest);
	TRY(sql_run(&s->sql, a, str_text(&text), params, n_params, &rows));

	char *out = arena_array(a, rows.n, t->size);
	for (size_t r = 0; r < rows.n; r++)
		TRY(fill(a, t, &rows, r, out + r * t->size));
	*ret_rows = out;
	*ret_n = rows.n;
	return NULL;
}

struct err *row_run(struct store *s, struct arena *a, const char *text,
		    const struct sql_value *params, size_t n_params)
{
	return sql_run(&s->sql, a, text, params, n_params, NULL);
}

struct err *row_begin(struct store *s, struct arena *a, bool *ret_own)
{
	*ret_own = !s->in_transaction;
	if (s->in_transaction)
		return NULL;
	TRY(sql_run(&s->sql, a, s->sql.driver->begin, NULL, 0, NULL));
	s->in_transaction = true;
	return NULL;
}

struct err *row_end(struct store *s, struct arena *a, bool own, struct err *e)
{
	if (!own)
		return e;
	s->in_transaction = false;
	if (!e)
		e = sql_run(&s->sql, a, "COMMIT", NULL, 0, NULL);
	if (e)
		sql_rollback(&s->sql);
	return e;
}

struct err *row_no_graph(struct arena *a, const char *name)
{
	return err_hint(a, err_new(a, ERR_NOT_FOUND, "Graph '%s' not found", name),
			"`smo graph list` shows the graphs there are.");
}

struct err *row_graph_id(struct store *s, struct arena *a, const char *name, int64_t *ret_id)
{
	struct sql_rows rows = {0};

	TRY(sql_run(&s->sql, a, "SELECT id FROM graph WHERE name = $1", SQL(sql_text(name)),
		    &rows));
	if (!rows.n)
		return row_no_graph(a, name);
	*ret_id = sql_cell_int(&rows, 0, 0);
	return NULL;
}
