// SPDX-License-Identifier: Apache-2.0
/* Operations with their steps, events, and what is due later. */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/store_row.h"
#include "port/store_port.h"

static const struct row_table operations = {
	.name = "operation",
	.key = "id",
	.size = sizeof(struct operation_row),
	.columns =
		(const struct row_column[]){
			{"id", ROW_NAME, offsetof(struct operation_row, id)},
			{"verb", ROW_NAME, offsetof(struct operation_row, verb)},
			{"graph", ROW_NAME, offsetof(struct operation_row, graph)},
			{"project", ROW_TEXT, offsetof(struct operation_row, project)},
			{"state", ROW_NAME, offsetof(struct operation_row, state)},
			{"desired", ROW_DOC, offsetof(struct operation_row, desired)},
			{"plan", ROW_DOC, offsetof(struct operation_row, plan)},
			{"inputs_hash", ROW_TEXT, offsetof(struct operation_row, inputs_hash)},
			{"error", ROW_TEXT, offsetof(struct operation_row, error)},
			{"cancel", ROW_BOOL, offsetof(struct operation_row, cancel)},
			{"started", ROW_INT, offsetof(struct operation_row, started)},
			{"ended", ROW_INT, offsetof(struct operation_row, ended)},
			{0},
		},
};

static const struct row_table steps = {
	.name = "step",
	.key = "operation, n",
	.size = sizeof(struct step_row),
	.columns =
		(const struct row_column[]){
			{"operation", ROW_NAME, offsetof(struct step_row, operation)},
			{"n", ROW_INT, offsetof(struct step_row, n)},
			{"state", ROW_NAME, offsetof(struct step_row, state)},
			{"error", ROW_TEXT, offsetof(struct step_row, error)},
			{"started", ROW_INT, offsetof(struct step_row, started)},
			{"ended", ROW_INT, offsetof(struct step_row, ended)},
			{0},
		},
};

/* `id` is the database's; icon, timestamp and source are what the original's pages read. */
static const struct row_table events = {
	.name = "events",
	.size = sizeof(struct event_row),
	.columns =
		(const struct row_column[]){
			{"id", ROW_INT, offsetof(struct event_row, id), "id"},
			{"time", ROW_INT, offsetof(struct event_row, time)},
			{"graph", ROW_TEXT, offsetof(struct event_row, graph)},
			{"service", ROW_TEXT, offsetof(struct event_row, service)},
			{"operation", ROW_TEXT, offsetof(struct event_row, operation)},
			{"type", ROW_NAME, offsetof(struct event_row, type)},
			{"reason", ROW_NAME, offsetof(struct event_row, reason)},
			{"message", ROW_NAME, offsetof(struct event_row, message)},
			{"meta", ROW_DOC, offsetof(struct event_row, meta)},
			{0},
		},
};

static const struct row_table dues = {
	.name = "due",
	.size = sizeof(struct due_row),
	.columns =
		(const struct row_column[]){
			{"id", ROW_INT, offsetof(struct due_row, id), "id"},
			{"due_at", ROW_INT, offsetof(struct due_row, at)},
			{"kind", ROW_NAME, offsetof(struct due_row, kind)},
			{"graph", ROW_TEXT, offsetof(struct due_row, graph)},
			{"service", ROW_TEXT, offsetof(struct due_row, service)},
			{"payload", ROW_DOC, offsetof(struct due_row, payload)},
			{0},
		},
};

static struct err *operation_get(void *self, struct arena *a, const char *id,
				 struct operation_row *ret_row)
{
	struct operation_row *rows = NULL;
	size_t n = 0;

	TRY(row_select(self, a, &operations, "WHERE id = $1", SQL(sql_text(id)), (void **)&rows,
		       &n));
	if (!n)
		return err_new(a, ERR_NOT_FOUND, "there is no operation '%s'", id);
	*ret_row = rows[0];
	return NULL;
}

static struct err *operation_list(void *self, struct arena *a, const char *graph, int64_t limit,
				  struct operation_row **ret_rows, size_t *ret_n)
{
	int64_t most = limit > 0 ? limit : 100;

	if (!graph)
		return row_select(self, a, &operations, "ORDER BY seq DESC LIMIT $1",
				  SQL(sql_int(most)), (void **)ret_rows, ret_n);
	return row_select(self, a, &operations, "WHERE graph = $1 ORDER BY seq DESC LIMIT $2",
			  SQL(sql_text(graph), sql_int(most)), (void **)ret_rows, ret_n);
}

static struct err *operation_put(void *self, struct arena *a, const struct operation_row *row)
{
	return row_put(self, a, &operations, NULL, 0, row);
}

static struct err *step_put(void *self, struct arena *a, const struct step_row *row)
{
	return row_put(self, a, &steps, NULL, 0, row);
}

static struct err *step_list(void *self, struct arena *a, const char *operation,
			     struct step_row **ret_rows, size_t *ret_n)
{
	return row_select(self, a, &steps, "WHERE operation = $1 ORDER BY n",
			  SQL(sql_text(operation)), (void **)ret_rows, ret_n);
}

/* "2025-08-14 09:30:00.250000": how SQLAlchemy writes a datetime (UTC). */
static const char *datetime(struct arena *a, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	char text[32] = "1970-01-01 00:00:00";
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	return arena_printf(a, "%s.%03d000", text, (int)(ms % 1000));
}

static struct err *event_add(void *self, struct arena *a, const struct event_row *row)
{
	bool warning = str_eq(row->type, "Warning");
	const char *source = row->service ? row->service : row->graph ? row->graph : "smo";
	const char *source_text = arena_strndup(a, source, strnlen(source, 50));

	return row_put(self, a, &events,
		       (const struct row_extra[]){
			       {"icon", sql_text(warning ? "warning" : "info")},
			       {"timestamp", sql_text(datetime(a, row->time))},
			       {"source", sql_text(source_text)},
		       },
		       3, row);
}

/* Oldest first: from the first after after_id, or the last ones. */
static struct err *event_list(void *self, struct arena *a, const struct event_filter *filter,
			      struct event_row **ret_rows, size_t *ret_n)
{
	bool newest = filter->limit < 0;
	int64_t most = newest ? -filter->limit : filter->limit ? filter->limit : 1000;
	const char *rest = newest ? "ORDER BY id DESC LIMIT" : "ORDER BY id LIMIT";
	struct event_row *rows = NULL;
	size_t n = 0;

	if (filter->graph)
		TRY(row_select(
			self, a, &events,
			arena_printf(a, "WHERE graph = $1 AND id > $2 %s $3", rest),
			SQL(sql_text(filter->graph), sql_int(filter->after_id), sql_int(most)),
			(void **)&rows, &n));
	else
		TRY(row_select(self, a, &events, arena_printf(a, "WHERE id > $1 %s $2", rest),
			       SQL(sql_int(filter->after_id), sql_int(most)), (void **)&rows, &n));
	for (size_t i = 0; newest && i < n / 2; i++) {
		struct event_row other = rows[i];

		rows[i] = rows[n - 1 - i];
		rows[n - 1 - i] = other;
	}
	*ret_rows = rows;
	*ret_n = n;
	return NULL;
}

static struct err *due_add(void *self, struct arena *a, const struct due_row *row)
{
	return row_put(self, a, &dues, NULL, 0, row);
}

static struct err *due_list(void *self, struct arena *a, int64_t until, struct due_row **ret_rows,
			    size_t *ret_n)
{
	return row_select(self, a, &dues, "WHERE due_at <= $1 ORDER BY due_at, id",
			  SQL(sql_int(until)), (void **)ret_rows, ret_n);
}

static struct err *due_delete(void *self, struct arena *a, int64_t id)
{
	return row_run(self, a, "DELETE FROM due WHERE id = $1", SQL(sql_int(id)));
}

void store_operation_fill(struct store_port *port)
{
	port->operation_get = operation_get;
	port->operation_list = operation_list;
	port->operation_put = operation_put;
	port->step_put = step_put;
	port->step_list = step_list;
	port->event_add = event_add;
	port->event_list = event_list;
	port->due_add = due_add;
	port->due_list = due_list;
	port->due_delete = due_delete;
}
