// SPDX-License-Identifier: Apache-2.0
/*
 * SQL for two databases with one text.
 *
 * Statements use $1, $2 ... for parameters, ON CONFLICT and RETURNING, which SQLite and PostgreSQL
 * both know.  What differs is behind a driver: how to begin a writing transaction and what
 * a few column types are called.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;
struct err;

enum sql_type { SQL_NULL, SQL_INT, SQL_REAL, SQL_TEXT };

struct sql_value {
	enum sql_type type;
	int64_t integer; /* SQL_INT; booleans are 0 and 1 */
	double real;     /* SQL_REAL */
	const char *text;
};

/* What a statement answered; text lives in the arena of the call. */
struct sql_rows {
	struct sql_value *at; /* row by row */
	size_t n, n_columns;
	int64_t n_changed; /* rows that INSERT, UPDATE or DELETE touched */
};

struct sql_driver {
	const char *name;      /* "sqlite" */
	const char *begin;     /* starts a transaction that will write */
	const char *id_type;   /* what {id} in a migration stands for */
	const char *json_type; /* ... and {json} */
	/* One statement.  ERR_CONFLICT: a constraint refused it; ERR_LOCKED: somebody else writes.
	 */
	struct err *(*run)(void *self, struct arena *a, const char *text,
			   const struct sql_value *params, size_t n_params,
			   struct sql_rows *ret_rows)must_check;
	/* Is there a table of this name? */
	struct err *(*has_table)(void *self, struct arena *a, const char *name,
				 bool *ret_yes)must_check;
	/* How many tables there are, our own bookkeeping included. */
	struct err *(*count_tables)(void *self, struct arena *a, int64_t *ret_n)must_check;
	/* Before the first table is made: choose what the file keeps for ever (WAL). */
	struct err *(*settle)(void *self, struct arena *a)must_check;
	void (*close)(void *self);
};

struct sql {
	const struct sql_driver *driver;
	void *self;
};

static inline struct sql_value sql_int(int64_t i)
{
	return (struct sql_value){.type = SQL_INT, .integer = i};
}

static inline struct sql_value sql_real(double r)
{
	return (struct sql_value){.type = SQL_REAL, .real = r};
}

/* NULL is SQL's NULL. */
static inline struct sql_value sql_text(const char *text)
{
	return (struct sql_value){.type = text ? SQL_TEXT : SQL_NULL, .text = text};
}

/* Parameters in place: sql_run(s, a, "... $1 ...", SQL(sql_text(name)), &rows) */
#define SQL(...)                                                                                   \
	(const struct sql_value[]){__VA_ARGS__},                                                   \
		sizeof((const struct sql_value[]){__VA_ARGS__}) / sizeof(struct sql_value)

/* Run one statement; @ret_rows may be NULL. */
struct err *sql_run(const struct sql *s, struct arena *a, const char *text,
		    const struct sql_value *params, size_t n_params, struct sql_rows *ret_rows)
	must_check;

/* Undo the transaction; when even that fails there is nothing left to do about it. */
void sql_rollback(const struct sql *s);

/* The cell at @row and @column, converted; NULL, 0 and false for SQL's NULL. */
const char *sql_cell_text(struct arena *a, const struct sql_rows *rows, size_t row, size_t column);
int64_t sql_cell_int(const struct sql_rows *rows, size_t row, size_t column);
double sql_cell_real(const struct sql_rows *rows, size_t row, size_t column);
bool sql_cell_bool(const struct sql_rows *rows, size_t row, size_t column);
