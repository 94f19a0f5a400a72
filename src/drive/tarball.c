// SPDX-License-Identifier: Apache-2.0
/* Over libarchive, of which only tar and gzip are switched on. */
#include "drive/tarball.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "drive/file.h"
#include "drive/lazy_archive.h"

enum {
	BLOCK = 64 * 1024,
	PATH_LEN_MAX = 1024,
	DEPTH_MAX = 32,
	RATIO_FREE = 1 << 20,
	FIXED_TIME = 315532800, /* 1980-01-01: the earliest that every tool finds plausible */
};

const struct tar_limits tar_default_limits = {
	.max_entries = 20000,
	.max_size = 4LL << 30,
	.max_ratio = 200,
};

struct tar_reader {
	struct arena *a;
	struct archive *archive;
	const char *name;
	struct tar_limits limits;
	int64_t packed_size;
	struct map seen; /* folded name -> name: what there is, folders above files included */
	struct map dirs; /* name -> "" */
	size_t n_entries;
	int64_t declared; /* bytes that the headers so far promised */
	int64_t read;
};

/* ---- names ---- */

struct err *tar_check_path(struct arena *a, const char *name, const char *path)
{
	const char *shown = str_printable(a, path, false);
	size_t len = strlen(path), depth = 1;

	if (len == 0 || len > PATH_LEN_MAX)
		return err_new(a, ERR_INPUT, "%s: a name in it is empty or too long", name);
	if (path[0] == '/')
		return err_new(a, ERR_INPUT, "%s: '%s' is absolute", name, shown);
	if (!str_is_utf8(path, len) || !str_eq(shown, path) || strchr(path, '\\'))
		return err_new(a, ERR_INPUT, "%s: '%s' has characters that are not allowed", name,
			       shown);
	for (const char *part = path;; depth++) {
		size_t n = strcspn(part, "/");

		if (n == 0 || (n == 1 && part[0] == '.') || (n == 2 && memcmp(part, "..", 2) == 0))
			return err_new(a, ERR_INPUT, "%s: '%s' leads elsewhere", name, shown);
		if (!part[n])
			break;
		part += n + 1;
	}
	if (depth > DEPTH_MAX)
		return err_new(a, ERR_INPUT, "%s: '%s' is nested too deeply", name, shown);
	return NULL;
}

/* "./a//" -> "a"; "" for the root itself. */
static const char *tidy(struct arena *a, const char *raw)
{
	size_t len;

	while (str_starts(raw, "./"))
		raw += 2 + strspn(raw + 2, "/");
	len = strlen(raw);
	while (len > 0 && raw[len - 1] == '/' && len > 1)
		len--;
	return str_eq(raw, ".") ? "" : arena_strndup(a, raw, len);
}

/* @path is a folder from now on; a file or another case of it must not be there. */
static struct err *claim_dir(struct tar_reader *r, const char *path)
{
	const char *folded = str_lower(r->a, path);
	const char *there = map_get(&r->seen, folded);

	if (there && !str_eq(there, path))
		return err_new(r->a, ERR_INPUT, "%s: '%s' and '%s' differ in case only", r->name,
			       there, path);
	if (there && !map_get(&r->dirs, path))
		return err_new(r->a, ERR_INPUT, "%s: '%s' is a file and a folder", r->name, path);
	map_put(&r->seen, folded, arena_strdup(r->a, path));
	map_put(&r->dirs, arena_strdup(r->a, path), r);
	return NULL;
}

static struct err *claim_file(struct tar_reader *r, const char *path)
{
	const char *folded = str_lower(r->a, path);
	const char *there = map_get(&r->seen, folded);

	if (there)
		return err_new(r->a, ERR_INPUT, "%s: '%s' is there twice (as '%s')", r->name, path,
			       there);
	map_put(&r->seen, folded, arena_strdup(r->a, path));
	return NULL;
}

static struct err *claim(struct tar_reader *r, const struct tar_entry *e)
{
	for (const char *slash = strchr(e->path, '/'); slash; slash = strchr(slash + 1, '/'))
		TRY(claim_dir(r, arena_strndup(r->a, e->path, (size_t)(slash - e->path))));
	return e->is_dir ? claim_dir(r, e->path) : claim_file(r, e->path);
}

/* ---- reading ---- */

static struct err *broken(struct tar_reader *r)
{
	const char *why = archive_error_string(r->archive);

	return err_new(r->a, ERR_INPUT, "%s is no readable archive: %s", r->name,
		       why ? str_printable(r->a, why, false) : "damaged");
}

struct err *tar_open(struct arena *a, const char *name, const void *bytes, size_t size, int fd,
		     const struct tar_limits *limits, struct tar_reader **ret_reader)
{
	struct tar_reader *r = arena_new(a, struct tar_reader);
	struct stat st = {0};
	int rc;

	*r = (struct tar_reader){.a = a, .name = name, .limits = *limits};
	r->seen.a = r->dirs.a = a;
	r->packed_size = (int64_t)size;
	r->archive = archive_read_new();
	if (!r->archive)
		abort();
	archive_read_support_filter_gzip(r->archive);
	archive_read_support_format_tar(r->archive);
	if (!bytes && (fstat(fd, &st) != 0 || lseek(fd, 0, SEEK_SET) != 0)) {
		tar_close(&r);
		return file_err(a, errno, "read", name);
	}
	if (!bytes)
		r->packed_size = (int64_t)st.st_size;
	rc = bytes ? archive_read_open_memory(r->archive, bytes, size)
		   : archive_read_open_fd(r->archive, fd, BLOCK);
	if (rc != ARCHIVE_OK) {
		struct err *e = broken(r);

		tar_close(&r);
		return e;
	}
	*ret_reader = r;
	return NULL;
}

void tar_close(struct tar_reader **reader)
{
	if (*reader)
		archive_read_free((*reader)->archive);
	*reader = NULL;
}

static struct err *check_amounts(struct tar_reader *r, int64_t size)
{
	if (++r->n_entries > r->limits.max_entries)
		return err_new(r->a, ERR_TOO_LARGE, "%s has more than %zu entries", r->name,
			       r->limits.max_entries);
	if (size < 0 || size > r->limits.max_size - r->declared)
		return err_new(r->a, ERR_TOO_LARGE, "%s unpacks to more than %" PRId64 " bytes",
			       r->name, r->limits.max_size);
	r->declared += size;
	if (r->declared > RATIO_FREE &&
	    (r->declared - RATIO_FREE) / r->limits.max_ratio > r->packed_size)
		return err_new(r->a, ERR_TOO_LARGE,
			       "%s unpacks to more than %" PRId64 " times its size", r->name,
			       r->limits.max_ratio);
	return NULL;
}

static struct err *check_type(struct tar_reader *r, struct archive_entry *entry, const char *path)
{
	mode_t type = archive_entry_filetype(entry);

	if (archive_entry_hardlink(entry) || archive_entry_hardlink_w(entry) || type == AE_IFLNK)
		return err_new(r->a, ERR_INPUT, "%s: '%s' is a link", r->name, path);
	if (type != AE_IFREG && type != AE_IFDIR)
		return err_new(r->a, ERR_INPUT, "%s: '%s' is no regular file", r->name, path);
	return NULL;
}

static struct err *take_entry(struct tar_reader *r, struct archive_entry *entry,
			      struct tar_entry *ret, bool *ret_is_root)
{
	const char *raw = archive_entry_pathname_utf8(entry);
	struct tar_entry e = {0};

	if (!raw)
		raw = archive_entry_pathname(entry);
	if (!raw)
		return err_new(r->a, ERR_INPUT, "%s: a name in it is no UTF-8", r->name);
	e.path = tidy(r->a, raw);
	e.is_dir = archive_entry_filetype(entry) == AE_IFDIR;
	e.size = e.is_dir ? 0 : archive_entry_size(entry);
	e.executable = (archive_entry_perm(entry) & 0100) != 0;
	TRY(check_amounts(r, e.size));
	*ret_is_root = e.is_dir && !e.path[0];
	if (*ret_is_root)
		return NULL;
	TRY(tar_check_path(r->a, r->name, e.path));
	TRY(check_type(r, entry, e.path));
	TRY(claim(r, &e));
	*ret = e;
	return NULL;
}

struct err *tar_next(struct tar_reader *r, struct tar_entry *ret_entry, bool *ret_more)
{
	bool is_root = true;

	while (is_root) {
		struct archive_entry *entry;
		int rc = archive_read_next_header(r->archive, &entry);

		if (rc == ARCHIVE_EOF) {
			*ret_more = false;
			return NULL;
		}
		if (rc < ARCHIVE_WARN)
			return broken(r);
		TRY(take_entry(r, entry, ret_entry, &is_root));
	}
	*ret_more = true;
	return NULL;
}

struct err *tar_read(struct tar_reader *r, void *buf, size_t cap, size_t *ret_n)
{
	la_ssize_t n = archive_read_data(r->archive, buf, cap);

	if (n < 0)
		return broken(r);
	r->read += n;
	if (r->read > r->declared)
		return err_new(r->a, ERR_INPUT, "%s holds more than its headers say", r->name);
	*ret_n = (size_t)n;
	return NULL;
}

struct err *tar_read_all(struct tar_reader *r, size_t max, const char **ret_bytes, size_t *ret_size)
{
	struct str s = {.a = r->a};
	char buf[BLOCK];
	size_t n = 0;

	for (;;) {
		TRY(tar_read(r, buf, sizeof(buf), &n));
		if (n == 0)
			break;
		if (n > max - s.len)
			return err_new(r->a, ERR_TOO_LARGE,
				       "%s: a file in it is larger than %zu bytes", r->name, max);
		str_add_n(&s, buf, n);
	}
	*ret_bytes = str_text(&s);
	*ret_size = s.len;
	return NULL;
}

/* ---- writing ---- */

struct tar_out {
	struct arena *a;
	const struct new_file *file;
	struct err *err;
};

static la_ssize_t on_write(struct archive *archive, void *self, const void *bytes, size_t size)
{
	struct tar_out *out = self;

	out->err = file_add(out->a, out->file, bytes, size);
	if (!out->err)
		return (la_ssize_t)size;
	archive_set_error(archive, EIO, "write failed");
	return -1;
}

static int by_path(const void *x, const void *y)
{
	return strcmp((*(const struct tar_file *const *)x)->path,
		      (*(const struct tar_file *const *)y)->path);
}

static bool write_file(struct archive *archive, const struct tar_file *f)
{
	struct archive_entry *entry = archive_entry_new();
	bool fine;

	if (!entry)
		abort();
	archive_entry_set_pathname_utf8(entry, f->path);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, f->executable ? 0755 : 0644);
	archive_entry_set_size(entry, (la_int64_t)f->size);
	archive_entry_set_mtime(entry, FIXED_TIME, 0);
	archive_entry_set_uid(entry, 0);
	archive_entry_set_gid(entry, 0);
	fine = archive_write_header(archive, entry) == ARCHIVE_OK &&
	       (f->size == 0 ||
		archive_write_data(archive, f->bytes, f->size) == (la_ssize_t)f->size);
	archive_entry_free(entry);
	return fine;
}

static bool write_all(struct archive *archive, const struct tar_file *const *sorted, size_t n,
		      struct tar_out *out)
{
	bool fine = archive_write_add_filter_gzip(archive) == ARCHIVE_OK &&
		    archive_write_set_format_pax_restricted(archive) == ARCHIVE_OK &&
		    archive_write_set_options(
			    archive, "gzip:!timestamp,gzip:compression-level=6") == ARCHIVE_OK;

	archive_write_set_bytes_in_last_block(archive, 1);
	fine = fine && archive_write_open(archive, out, NULL, on_write, NULL) == ARCHIVE_OK;
	for (size_t i = 0; i < n && fine; i++)
		fine = write_file(archive, sorted[i]);
	return fine && archive_write_close(archive) == ARCHIVE_OK;
}

struct err *tar_write(struct arena *a, const struct tar_file *files, size_t n,
		      const struct new_file *out)
{
	const struct tar_file **sorted = arena_new_n(a, const struct tar_file *, n + 1);
	struct tar_out sink = {.a = a, .file = out};
	struct archive *archive = archive_write_new();
	struct err *e = NULL;

	if (!archive)
		abort();
	for (size_t i = 0; i < n; i++)
		sorted[i] = &files[i];
	qsort(sorted, n, sizeof(sorted[0]), by_path);
	if (!write_all(archive, sorted, n, &sink))
		e = sink.err ? sink.err
			     : err_new(a, ERR_GENERIC, "cannot write '%s': %s", out->path,
				       archive_error_string(archive));
	archive_write_free(archive);
	return e;
}
