// SPDX-License-Identifier: Apache-2.0
/* The store_port on a SQL database. */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "port/store_port.h"

struct arena;
struct err;

/*
 * Open the database at @url: "sqlite:///absolute/path", "sqlite:path" or just a path; NULL: an
 * empty one in memory, for who needs none (then @create).  It must have been made before
 * (ERR_NOT_FOUND) unless @create.  Errors as in sqlite.h and migrate.h.
 *
 * The handle belongs to one thread, and lives until store_close(), not in @a.
 */
struct err *store_open(struct arena *a, const char *url, bool create, struct store_port *ret_port)
	must_check;

void store_close(struct store_port *port);

/* The file behind @url, or NULL when @url is of another kind of database. */
const char *store_file(const char *url);
