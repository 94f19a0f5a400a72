// SPDX-License-Identifier: Apache-2.0
/* One changer of a graph at a time on this machine, by a locked file: fills lock_port. */
#pragma once

#include "port/cancel.h"
#include "port/lock_port.h"

struct arena;
struct err;
struct lockfile;

/* Lock files go to @dir (made when missing, 0700).  The handle lives in @a until lockfile_close. */
struct err *lockfile_open(struct arena *a, const char *dir, struct cancel *cancel,
			  struct lockfile **ret_lockfile) must_check;
void lockfile_close(struct lockfile *l); /* NULL is fine */

/*
 * A descriptor for children to inherit: while a lock is held it is the locked file, so the lock
 * lasts until the last of them has ended; otherwise it is harmless.  Its number never changes.
 */
const int *lockfile_fd(const struct lockfile *l);

struct lock_port lockfile_port(struct lockfile *l);
