// SPDX-License-Identifier: Apache-2.0
#include "drive/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum { PIECE = 64 * 1024 };

struct err *file_err(struct arena *a, int code, const char *doing, const char *path)
{
	enum err_kind kind = code == ENOENT || code == ENOTDIR ? ERR_NOT_FOUND
			     : code == EACCES || code == EPERM ? ERR_FORBIDDEN
			     : code == EEXIST                  ? ERR_CONFLICT
			     : code == ENAMETOOLONG || code == ELOOP || code == EISDIR
				     ? ERR_INPUT
				     : ERR_GENERIC;
	struct err *e = err_new(a, kind, "cannot %s '%s': %s", doing, str_printable(a, path, false),
				str_lower(a, strerrordesc_np(code)));

	if (code == ENOSPC || code == EDQUOT)
		return err_hint(a, e, "Make room, and run the same command again.");
	return e;
}

const char *file_join(struct arena *a, const char *dir, const char *name)
{
	if (!dir || !dir[0])
		return name;
	return arena_printf(a, "%s%s%s", dir, str_ends(dir, "/") ? "" : "/", name);
}

const char *file_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

const char *file_dir(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return ".";
	return slash == path ? "/" : arena_strndup(a, path, (size_t)(slash - path));
}

struct err *file_read_fd(struct arena *a, int fd, const char *name, size_t max,
			 const char **ret_bytes, size_t *ret_size)
{
	struct str s = {.a = a};
	char piece[PIECE];

	for (;;) {
		ssize_t n = read(fd, piece, sizeof(piece));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return file_err(a, errno, "read", name);
		if (n == 0)
			break;
		if ((size_t)n > max - s.len)
			return err_new(a, ERR_TOO_LARGE, "'%s' is larger than %zu bytes",
				       str_printable(a, name, false), max);
		str_add_n(&s, piece, (size_t)n);
	}
	*ret_bytes = str_text(&s);
	*ret_size = s.len;
	return NULL;
}

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define scoped_fd __attribute__((cleanup(close_fd)))

struct err *file_read(struct arena *a, const char *path, size_t max, const char **ret_bytes,
		      size_t *ret_size)
{
	int fd scoped_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return file_err(a, errno, "read", path);
	if (!S_ISREG(st.st_mode))
		return err_new(a, ERR_INPUT, "'%s' is no regular file",
			       str_printable(a, path, false));
	return file_read_fd(a, fd, path, max, ret_bytes, ret_size);
}

struct err *file_new(struct arena *a, const char *path, unsigned mode, struct new_file *ret_file)
{
	const char *dir = file_dir(a, path);
	struct new_file f = {.path = path};
	char *name;

	f.fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
	if (f.fd < 0 && errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)
		return file_err(a, errno, "write", path);
	if (f.fd < 0) {
		name = arena_printf(a, "%s/.%s.XXXXXX", dir, file_base(path));
		f.fd = mkostemp(name, O_CLOEXEC);
		if (f.fd < 0)
			return file_err(a, errno, "write", path);
		f.temporary = name;
	}
	if (fchmod(f.fd, mode) != 0) {
		struct err *e = file_err(a, errno, "write", path);

		file_drop(&f);
		return e;
	}
	*ret_file = f;
	return NULL;
}

struct err *file_add(struct arena *a, const struct new_file *f, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size > 0) {
		ssize_t n = write(f->fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return file_err(a, errno, "write", f->path);
		at += n;
		size -= (size_t)n;
	}
	return NULL;
}

struct err *file_restart(struct arena *a, const struct new_file *f)
{
	if (ftruncate(f->fd, 0) != 0 || lseek(f->fd, 0, SEEK_SET) != 0)
		return file_err(a, errno, "write", f->path);
	return NULL;
}

/* A nameless file gets a temporary name, to be renamed over what is there. */
static struct err *name_it(struct arena *a, struct new_file *f)
{
	const char *self = arena_printf(a, "/proc/self/fd/%d", f->fd);
	const char *name = arena_printf(a, "%s/.%s.%d.%d", file_dir(a, f->path), file_base(f->path),
					(int)getpid(), f->fd);

	if (linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW) != 0)
		return file_err(a, errno, "write", f->path);
	f->temporary = name;
	return NULL;
}

struct err *file_keep(struct arena *a, struct new_file *f, bool replace)
{
	unsigned flags = replace ? 0 : RENAME_NOREPLACE;

	if (!f->temporary)
		TRY(name_it(a, f));
	if (renameat2(AT_FDCWD, f->temporary, AT_FDCWD, f->path, flags) != 0) {
		if (errno == EEXIST)
			return err_new(a, ERR_CONFLICT, "'%s' exists already",
				       str_printable(a, f->path, false));
		return file_err(a, errno, "write", f->path);
	}
	f->temporary = NULL;
	return NULL;
}

void file_drop(struct new_file *f)
{
	if (f->fd < 0)
		return;
	close(f->fd);
	if (f->temporary)
		unlink(f->temporary);
	*f = (struct new_file){.fd = -1};
}

struct err *file_write(struct arena *a, const char *path, unsigned mode, const void *bytes,
		       size_t size)
{
	struct new_file f scoped_new_file = {.fd = -1};

	TRY(file_new(a, path, mode, &f));
	TRY(file_add(a, &f, bytes, size));
	if (fsync(f.fd) != 0)
		return file_err(a, errno, "write", path);
	return file_keep(a, &f, true);
}

struct err *file_make_dirs(struct arena *a, const char *path, unsigned mode)
{
	char *copy = arena_strdup(a, path);

	for (char *c = copy + 1; *copy && *c; c++) {
		if (*c != '/')
			continue;
		*c = 0;
		if (mkdir(copy, mode) != 0 && errno != EEXIST)
			return file_err(a, errno, "make folder", copy);
		*c = '/';
	}
	if (mkdir(path, mode) != 0 && errno != EEXIST)
		return file_err(a, errno, "make folder", path);
	return NULL;
}
