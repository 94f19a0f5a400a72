// SPDX-License-Identifier: Apache-2.0
#include "drive/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/migrate.h"
#include "drive/sqlite.h"
#include "drive/store_row.h"

static struct err *store_instance(void *self, struct arena *a, const char **ret_uuid)
{
	struct store *s = self;
	struct sql_rows rows = {0};

	TRY(sql_run(&s->sql, a, "SELECT value FROM smo_meta WHERE key = $1",
		    SQL(sql_text("instance")), &rows));
	if (!rows.n)
		return err_new(a, ERR_GENERIC, "the state has no instance");
	*ret_uuid = sql_cell_text(a, &rows, 0, 0);
	return NULL;
}

static struct err *store_begin(void *self, struct arena *a)
{
	struct store *s = self;
	bool own = false;

	if (s->in_transaction)
		return err_new(a, ERR_BUG, "a transaction inside a transaction");
	return row_begin(s, a, &own);
}

static struct err *store_commit(void *self, struct arena *a)
{
	struct store *s = self;

	if (!s->in_transaction)
		return err_new(a, ERR_BUG, "a commit outside a transaction");
	return row_end(s, a, true, NULL);
}

static void store_rollback(void *self)
{
	struct store *s = self;

	if (s->in_transaction)
		sql_rollback(&s->sql);
	s->in_transaction = false;
}

/* What follows @prefix in @url, or NULL. */
static const char *after(const char *url, const char *prefix)
{
	return str_starts(url, prefix) ? url + strlen(prefix) : NULL;
}

const char *store_file(const char *url)
{
	const char *path = after(url, "sqlite:///");

	if (!path)
		path = after(url, "sqlite:");
	if (path)
		return path;
	return strstr(url, "://") ? NULL : url;
}

struct err *store_open(struct arena *a, const char *url, bool create, struct store_port *ret_port)
{
	const char *path = url ? store_file(url) : NULL;
	struct sql sql = {0};

	if (url && (!path || !*path))
		return err_hint(a, err_new(a, ERR_INPUT, "no database is known by '%s'", url),
				"Write it as sqlite:///path/to/smo.db.");
	TRY(sqlite_db_open(a, path, create, &sql));
	struct err *e = migrate_run(&sql, a, path ? path : "in memory", create);
	struct store *s = e ? NULL : calloc(1, sizeof(*s));
	if (!s) {
		sqlite_db_close(&sql);
		return e ? e : err_new(a, ERR_GENERIC, "out of memory");
	}
	s->sql = sql;
	*ret_port = (struct store_port){
		.instance = store_instance,
		.begin = store_begin,
		.commit = store_commit,
		.rollback = store_rollback,
		.self = s,
	};
	store_graph_fill(ret_port);
	store_operation_fill(ret_port);
	store_lease_fill(ret_port);
	return NULL;
}

void store_close(struct store_port *port)
{
	struct store *s = port->self;

	if (!s)
		return;
	store_rollback(s);
	sqlite_db_close(&s->sql);
	free(s);
	*port = (struct store_port){0};
}
