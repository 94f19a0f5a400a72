// SPDX-License-Identifier: Apache-2.0
/*
 * Statements are found again by their text: a linear look over the few that one command uses.
 * Parameters are bound by name ("$2"), since SQLite numbers them by first appearance.
 */
#include "drive/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

enum {
	PATIENCE_MS = 5000,
	MAX_TEXT = 64 * 1024 * 1024, /* one value */
	MAX_CACHED = 48,
	MAX_PARAMS = 32,
};

struct cached {
	char *text;
	sqlite3_stmt *stmt;
};

struct db {
	sqlite3 *handle;
	char *path;
	struct cached cached[MAX_CACHED];
	size_t n_cached;
};

static struct err *db_err(struct arena *a, const struct db *db, int rc)
{
	const char *why = db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(rc);

	switch (rc & 0xFF) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_hint(a,
				err_new(a, ERR_LOCKED, "another smo is writing to '%s'", db->path),
				"Try again when it is done.");
	case SQLITE_CONSTRAINT:
		return err_new(a, ERR_CONFLICT, "the state refused a row: %s", why);
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return err_hint(a,
				err_new(a, ERR_FORBIDDEN, "the state '%s' may not be written: %s",
					db->path, why),
				"Its directory and file must belong to you and be writable.");
	case SQLITE_NOTADB:
		return err_hint(a, err_new(a, ERR_GENERIC, "'%s' is not a database", db->path),
				"Move it away and run init, or point db.url elsewhere.");
	case SQLITE_CORRUPT:
		return err_hint(
			a,
			err_new(a, ERR_GENERIC, "the database '%s' is damaged: %s", db->path, why),
			"Restore it from a copy, or move it away and run init.");
	case SQLITE_FULL:
		return err_hint(a, err_new(a, ERR_GENERIC, "no space left for '%s'", db->path),
				"Make room, and run the same command again.");
	case SQLITE_TOOBIG:
		return err_new(a, ERR_TOO_LARGE, "a value is too large for the state: %s", why);
	default:
		return err_new(a, ERR_GENERIC, "the state '%s': %s", db->path, why);
	}
}

static struct err *prepare(struct db *db, struct arena *a, const char *text, bool *ret_cached,
			   sqlite3_stmt **ret_stmt)
{
	for (size_t i = 0; i < db->n_cached; i++) {
		if (strcmp(db->cached[i].text, text) == 0) {
			*ret_stmt = db->cached[i].stmt;
			*ret_cached = true;
			return NULL;
		}
	}
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v3(db->handle, text, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
	if (rc != SQLITE_OK)
		return db_err(a, db, rc);
	char *copy = db->n_cached < MAX_CACHED ? strdup(text) : NULL;
	if (copy)
		db->cached[db->n_cached++] = (struct cached){copy, stmt};
	*ret_cached = copy != NULL;
	*ret_stmt = stmt;
	return NULL;
}

static int bind_one(sqlite3_stmt *stmt, size_t n, const struct sql_value *v)
{
	char name[] = {'$', (char)('0' + n / 10), (char)('0' + n % 10), '\0'};

	if (n < 10) {
		name[1] = name[2];
		name[2] = '\0';
	}
	int i = sqlite3_bind_parameter_index(stmt, name);
	if (i == 0)
		return SQLITE_OK; /* not used by this statement */
	switch (v->type) {
	case SQL_INT:
		return sqlite3_bind_int64(stmt, i, v->integer);
	case SQL_REAL:
		return sqlite3_bind_double(stmt, i, v->real);
	case SQL_TEXT:
		return sqlite3_bind_text(stmt, i, v->text, -1, SQLITE_STATIC);
	case SQL_NULL:
		break;
	}
	return sqlite3_bind_null(stmt, i);
}

static struct sql_value column(struct arena *a, sqlite3_stmt *stmt, int i)
{
	switch (sqlite3_column_type(stmt, i)) {
	case SQLITE_INTEGER:
		return sql_int(sqlite3_column_int64(stmt, i));
	case SQLITE_FLOAT:
		return sql_real(sqlite3_column_double(stmt, i));
	case SQLITE_NULL:
		return (struct sql_value){0};
	default: { /* text; blobs are read as text, cut at their first NUL */
		const char *text = (const char *)sqlite3_column_text(stmt, i);
		return sql_text(arena_strdup(a, text ? text : ""));
	}
	}
}

static int step_all(struct arena *a, sqlite3_stmt *stmt, struct sql_rows *rows)
{
	vec_of(struct sql_value) cells = {0};
	int n_columns = sqlite3_column_count(stmt);
	int rc;

	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		for (int i = 0; i < n_columns; i++)
			*vec_push(a, &cells) = column(a, stmt, i);
		rows->n++;
	}
	rows->at = cells.at;
	rows->n_columns = (size_t)n_columns;
	return rc;
}

static struct err *db_run(void *self, struct arena *a, const char *text,
			  const struct sql_value *params, size_t n_params,
			  struct sql_rows *ret_rows)
{
	struct db *db = self;
	struct sql_rows rows = {0};
	sqlite3_stmt *stmt = NULL;
	bool kept = false;
	int rc = SQLITE_OK;

	if (n_params > MAX_PARAMS)
		return err_new(a, ERR_BUG, "a statement with %zu parameters", n_params);
	TRY(prepare(db, a, text, &kept, &stmt));
	for (size_t i = 0; i < n_params && rc == SQLITE_OK; i++)
		rc = bind_one(stmt, i + 1, &params[i]);
	if (rc == SQLITE_OK)
		rc = step_all(a, stmt, &rows);
	struct err *e = rc == SQLITE_DONE ? NULL : db_err(a, db, rc);
	rows.n_changed = sqlite3_changes64(db->handle);
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	if (!kept)
		sqlite3_finalize(stmt);
	if (!e)
		*ret_rows = rows;
	return e;
}

static struct err *db_has_table(void *self, struct arena *a, const char *name, bool *ret_yes)
{
	struct sql_rows rows = {0};

	TRY(db_run(self, a, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1",
		   SQL(sql_text(name)), &rows));
	*ret_yes = rows.n > 0;
	return NULL;
}

static struct err *db_count_tables(void *self, struct arena *a, int64_t *ret_n)
{
	struct sql_rows rows = {0};

	TRY(db_run(self, a, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'", NULL, 0,
		   &rows));
	*ret_n = sql_cell_int(&rows, 0, 0);
	return NULL;
}

/* Entering WAL needs the file for itself for a moment, and SQLite does not wait for that. */
static struct err *db_settle(void *self, struct arena *a)
{
	const struct timespec pause = {.tv_nsec = 20000000L};
	struct sql_rows rows = {0};
	struct err *e = NULL;

	for (int waited = 0; waited < PATIENCE_MS; waited += 20) {
		e = db_run(self, a, "PRAGMA journal_mode = WAL", NULL, 0, &rows);
		if (!e || e->kind != ERR_LOCKED)
			return e;
		nanosleep(&pause, NULL);
	}
	return e;
}

static void db_close(void *self)
{
	struct db *db = self;

	for (size_t i = 0; i < db->n_cached; i++) {
		sqlite3_finalize(db->cached[i].stmt);
		free(db->cached[i].text);
	}
	sqlite3_close(db->handle);
	free(db->path);
	free(db);
}

static const struct sql_driver sqlite_driver = {
	.name = "sqlite",
	.begin = "BEGIN IMMEDIATE",
	.id_type = "INTEGER PRIMARY KEY AUTOINCREMENT",
	.json_type = "TEXT",
	.run = db_run,
	.has_table = db_has_table,
	.count_tables = db_count_tables,
	.settle = db_settle,
	.close = db_close,
};

/* A private file from the first moment: SQLite gives its -wal and -shm the mode of the file. */
static struct err *make_private(struct arena *a, const char *path, bool create)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | (create ? O_CREAT : 0), 0600);

	if (fd >= 0) {
		struct stat st;
		bool plain = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);

		close(fd);
		return plain ? NULL : err_new(a, ERR_INPUT, "'%s' is not a regular file", path);
	}
	if (errno == ENOENT)
		return err_new(a, ERR_NOT_FOUND, "there is no state at '%s'", path);
	if (errno == EISDIR)
		return err_new(a, ERR_INPUT, "'%s' is not a regular file", path);
	if (errno == EACCES || errno == EPERM || errno == EROFS)
		return err_hint(a,
				err_new(a, ERR_FORBIDDEN, "the state '%s' may not be written: %s",
					path, strerror(errno)),
				"Its directory and file must belong to you and be writable.");
	return err_new(a, ERR_GENERIC, "cannot open the state '%s': %s", path, strerror(errno));
}

static struct err *set_up(struct db *db, struct arena *a)
{
	struct sql_rows rows = {0};

	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_busy_timeout(db->handle, PATIENCE_MS);
	sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, MAX_TEXT);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	/* With WAL this survives a crash of ours at any moment; the last close syncs. */
	return db_run(db, a, "PRAGMA synchronous = NORMAL", NULL, 0, &rows);
}

struct err *sqlite_db_open(struct arena *a, const char *path, bool create, struct sql *ret_sql)
{
	if (path)
		TRY(make_private(a, path, create));
	struct db *db = calloc(1, sizeof(*db));
	if (db)
		db->path = strdup(path ? path : ":memory:");
	if (!db || !db->path) {
		free(db);
		return err_new(a, ERR_GENERIC, "out of memory");
	}
	int rc = sqlite3_open_v2(db->path, &db->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
				 NULL);
	struct err *e = rc == SQLITE_OK ? set_up(db, a) : db_err(a, db, rc);
	if (e) {
		db_close(db);
		return e;
	}
	*ret_sql = (struct sql){&sqlite_driver, db};
	return NULL;
}

void sqlite_db_close(struct sql *s)
{
	if (s->driver)
		s->driver->close(s->self);
	*s = (struct sql){0};
}
