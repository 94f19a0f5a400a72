// SPDX-License-Identifier: Apache-2.0
/*
 * A SQLite file as a struct sql.
 *
 * WAL, foreign keys on, five seconds of patience for another writer.  One handle per thread.  The
 * file is readable by its owner only; prepared statements are kept until the handle is closed.
 */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "drive/sql.h"

struct arena;
struct err;

/*
 * Open @path; NULL: a database in memory, which ends with its handle.  A missing file is
 * ERR_NOT_FOUND unless @create; a directory or file that may not be written is ERR_FORBIDDEN; a
 * file that is no database, or a damaged one, ERR_GENERIC.
 */
struct err *sqlite_db_open(struct arena *a, const char *path, bool create, struct sql *ret_sql)
	must_check;

void sqlite_db_close(struct sql *s);
