// SPDX-License-Identifier: Apache-2.0
/*
 * Rows and structs: one table of columns says how a row of SQL is a struct of the store_port.
 *
 * Shared by the store_*.c files; nobody else includes it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "drive/sql.h"

struct arena;
struct err;

struct store {
	struct sql sql;
	bool in_transaction;
};

enum row_type {
	ROW_TEXT, /* const char * */
	ROW_NAME, /* const char *, NULL is stored as "" */
	ROW_INT,  /* int64_t */
	ROW_REAL, /* double */
	ROW_BOOL, /* bool */
	ROW_DOC,  /* struct node *, as JSON */
};

struct row_column {
	const char *name;
	enum row_type type;
	size_t offset;
	const char
		*read; /* expression to select in place of the name; such a column is not written */
};

struct row_table {
	const char *name;
	const char *key; /* the columns of ON CONFLICT; NULL: rows are only added */
	size_t size;
	const struct row_column *columns; /* ends with name NULL */
};

/* A column that is written but is no member: the id of the graph that a row belongs to. */
struct row_extra {
	const char *name;
	struct sql_value value;
};

/* INSERT, or change the row with the same key. */
struct err *row_put(struct store *s, struct arena *a, const struct row_table *t,
		    const struct row_extra *extra, size_t n_extra, const void *row) must_check;

/* SELECT with @rest ("WHERE name = $1 ORDER BY id"); an array of structs. */
struct err *row_select(struct store *s, struct arena *a, const struct row_table *t,
		       const char *rest, const struct sql_value *params, size_t n_params,
		       void **ret_rows, size_t *ret_n) must_check;

/* A statement without an answer. */
struct err *row_run(struct store *s, struct arena *a, const char *text,
		    const struct sql_value *params, size_t n_params) must_check;

/*
 * Several statements as one: a transaction of its own, or part of the one that is open.
 *
 *	TRY(row_begin(s, a, &own));
 *	return row_end(s, a, own, do_it(s, a));
 */
struct err *row_begin(struct store *s, struct arena *a, bool *ret_own) must_check;
struct err *row_end(struct store *s, struct arena *a, bool own, struct err *e) must_check;

/* ERR_NOT_FOUND with what to do. */
struct err *row_no_graph(struct arena *a, const char *name) must_check;

/* The id of graph @name; ERR_NOT_FOUND. */
struct err *row_graph_id(struct store *s, struct arena *a, const char *name, int64_t *ret_id)
	must_check;

/* What the files of the store put into the port. */
struct store_port;
void store_graph_fill(struct store_port *port);
void store_operation_fill(struct store_port *port);
void store_lease_fill(struct store_port *port);
