// SPDX-License-Identifier: Apache-2.0
#include "drive/untar.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "drive/file.h"
#include "drive/tarball.h"

enum { BLOCK = 64 * 1024, OPEN_DIRS_MAX = 16 };

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path) == 0 || errno == ENOENT ? 0 : -1;
}

void untar_remove(const char *path)
{
	if (nftw(path, remove_one, OPEN_DIRS_MAX, FTW_DEPTH | FTW_PHYS) != 0)
		return; /* what cannot be removed stays; nobody is left to tell */
}

/* The names were checked and the folder is ours and new: nothing in it can lead elsewhere. */
static struct err *write_file(struct arena *a, struct tar_reader *r, const struct tar_entry *e,
			      const char *path)
{
	struct new_file f = {.path = path};
	struct err *problem = NULL;
	char buf[BLOCK];
	size_t n = 1;

	TRY(file_make_dirs(a, file_dir(a, path), 0755));
	f.fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    e->executable ? 0755 : 0644);
	if (f.fd < 0)
		return file_err(a, errno, "write", path);
	while (!problem && n > 0) {
		problem = tar_read(r, buf, sizeof(buf), &n);
		if (!problem)
			problem = file_add(a, &f, buf, n);
	}
	if (close(f.fd) != 0 && !problem)
		problem = file_err(a, errno, "write", path);
	return problem;
}

static struct err *unpack(struct arena *a, struct tar_reader *r, const char *dir, struct map *tops)
{
	for (;;) {
		struct tar_entry e;
		const char *path, *top;
		bool more;

		TRY(tar_next(r, &e, &more));
		if (!more)
			return NULL;
		path = file_join(a, dir, e.path);
		top = arena_strndup(a, e.path, strcspn(e.path, "/"));
		map_put(tops, top, tops);
		if (e.is_dir)
			TRY(file_make_dirs(a, path, 0755));
		else
			TRY(write_file(a, r, &e, path));
	}
}

static struct err *move_all(struct arena *a, const char *from, const char *to,
			    const struct map *tops)
{
	struct stat st;

	for (size_t i = 0; i < tops->n; i++) {
		const char *there = file_join(a, to, tops->at[i].key);

		if (lstat(there, &st) == 0)
			return err_new(a, ERR_CONFLICT, "'%s' exists already",
				       str_printable(a, there, false));
	}
	for (size_t i = 0; i < tops->n; i++) {
		const char *old = file_join(a, from, tops->at[i].key);
		const char *there = file_join(a, to, tops->at[i].key);

		if (renameat2(AT_FDCWD, old, AT_FDCWD, there, RENAME_NOREPLACE) != 0)
			return file_err(a, errno, "write", there);
	}
	return NULL;
}

struct err *untar(struct arena *a, struct tar_reader *r, const char *dest, const char ***ret_names,
		  size_t *ret_n)
{
	char *temporary = arena_printf(a, "%s/.unpacking.XXXXXX", dest);
	struct map tops = {.a = a};
	const char **names;
	struct err *e;

	TRY(file_make_dirs(a, dest, 0755));
	if (!mkdtemp(temporary))
		return file_err(a, errno, "write to", dest);
	e = unpack(a, r, temporary, &tops);
	if (!e)
		e = move_all(a, temporary, dest, &tops);
	untar_remove(temporary);
	if (e)
		return e;
	names = arena_new_n(a, const char *, tops.n + 1);
	for (size_t i = 0; i < tops.n; i++)
		names[i] = tops.at[i].key;
	*ret_names = names;
	*ret_n = tops.n;
	return NULL;
}
