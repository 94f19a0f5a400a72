// SPDX-License-Identifier: Apache-2.0
/*
 * The tables, and how an older state becomes a newer one.
 *
 * A database of ours has a row version in smo_meta.  Version n is reached by the first n scripts,
 * all in one transaction.  A database without that row is only ever touched when it is empty: the
 * original SMO's and everybody else's are refused as they are.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;
struct err;
struct sql;

/* The version that this program reads and writes. */
int64_t migrate_version(void);

/*
 * Bring @s to migrate_version().  An empty database is ERR_NOT_FOUND unless @create; a newer one,
 * the original's and a foreign one are ERR_CONFLICT.  @name is the database in messages.
 */
struct err *migrate_run(const struct sql *s, struct arena *a, const char *name, bool create)
	must_check;
