// SPDX-License-Identifier: Apache-2.0
/* Files: read whole under a cap, and written so that they appear complete or not at all. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;
struct err;

/*
 * The bytes of the regular file @path, NUL-terminated beyond their size.  ERR_NOT_FOUND,
 * ERR_FORBIDDEN, ERR_TOO_LARGE above @max bytes, ERR_INPUT when it is no regular file.
 */
struct err *file_read(struct arena *a, const char *path, size_t max, const char **ret_bytes,
		      size_t *ret_size) must_check;

/* The same from standard input or another open descriptor, called @name in messages. */
struct err *file_read_fd(struct arena *a, int fd, const char *name, size_t max,
			 const char **ret_bytes, size_t *ret_size) must_check;

/*
 * A file on its way: it has no name until file_keep() (where the file system can do that), so that
 * nothing is left when we are killed.
 *
 *	struct new_file f scoped_new_file = {.fd = -1};
 */
struct new_file {
	int fd;
	const char *path;      /* what it will be called */
	const char *temporary; /* the name it has meanwhile, or NULL */
};

struct err *file_new(struct arena *a, const char *path, unsigned mode, struct new_file *ret_file)
	must_check;

/* Write all of it at the current position. */
struct err *file_add(struct arena *a, const struct new_file *f, const void *bytes, size_t size)
	must_check;

/* Empty it again. */
struct err *file_restart(struct arena *a, const struct new_file *f) must_check;

/* Give it its name.  ERR_CONFLICT when that exists, unless @replace. */
struct err *file_keep(struct arena *a, struct new_file *f, bool replace) must_check;

/* What was not kept vanishes. */
void file_drop(struct new_file *f);
#define scoped_new_file __attribute__((cleanup(file_drop)))

/* All of the above: @path has @mode and holds @bytes, or is as it was. */
struct err *file_write(struct arena *a, const char *path, unsigned mode, const void *bytes,
		       size_t size) must_check;

/* The folder @path and those above it; they may exist already. */
struct err *file_make_dirs(struct arena *a, const char *path, unsigned mode) must_check;

/* An error for errno @code: "@doing '@path': no such file or directory", with a fitting kind. */
struct err *file_err(struct arena *a, int code, const char *doing, const char *path) must_check;

/* @dir/@name; @dir NULL or "" gives @name. */
const char *file_join(struct arena *a, const char *dir, const char *name);

/* What comes after the last '/', and what comes before it ("." when there is none). */
const char *file_base(const char *path);
const char *file_dir(struct arena *a, const char *path);
