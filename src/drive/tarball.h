// SPDX-License-Identifier: Apache-2.0
/*
 * Archives (tar, gzip or not) that strangers made, read with suspicion; and our own, written so
 * that the same files give the same bytes everywhere.
 *
 * Only folders and regular files are taken.  Refused with ERR_INPUT: absolute names, "..", links,
 * devices, names that are no UTF-8 or hold control characters or backslashes, a name twice, names
 * that differ in case only, a file where a folder is.  ERR_TOO_LARGE: over a limit.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;
struct err;
struct new_file;

struct tar_limits {
	size_t max_entries;
	int64_t max_size;  /* bytes, unpacked, in all */
	int64_t max_ratio; /* unpacked to packed, beyond the first MiB */
};

extern const struct tar_limits tar_default_limits; /* 20000 entries, 4 GiB, 200 */

struct tar_entry {
	const char *path; /* "a/b", without "./" in front or '/' behind */
	bool is_dir, executable;
	int64_t size;
};

struct tar_reader;

/* From @size bytes in memory, or (@bytes NULL) from the file @fd at its start.  @name is for
 * messages. */
struct err *tar_open(struct arena *a, const char *name, const void *bytes, size_t size, int fd,
		     const struct tar_limits *limits, struct tar_reader **ret_reader) must_check;
void tar_close(struct tar_reader **reader);
#define scoped_tar __attribute__((cleanup(tar_close)))

/* The next entry; *ret_more is false at the end. */
struct err *tar_next(struct tar_reader *r, struct tar_entry *ret_entry, bool *ret_more) must_check;

/* The next bytes of the entry's content; 0 at its end. */
struct err *tar_read(struct tar_reader *r, void *buf, size_t cap, size_t *ret_n) must_check;

/* All of it, NUL-terminated beyond its size. */
struct err *tar_read_all(struct tar_reader *r, size_t max, const char **ret_bytes, size_t *ret_size)
	must_check;

/* What is written; @path as in struct tar_entry. */
struct tar_file {
	const char *path;
	bool executable;
	const void *bytes;
	size_t size;
};

/* A .tar.gz of @files in byte order of their names, with fixed times, owners and modes. */
struct err *tar_write(struct arena *a, const struct tar_file *files, size_t n,
		      const struct new_file *out) must_check;

/* NULL when @path is one we would take. */
struct err *tar_check_path(struct arena *a, const char *name, const char *path) must_check;
