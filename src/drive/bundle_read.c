// SPDX-License-Identifier: Apache-2.0
/* Where the files of a bundle come from: a folder or a package. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "drive/bundle.h"
#include "drive/bundle_parts.h"
#include "drive/file.h"
#include "drive/helmignore.h"
#include "drive/tarball.h"

enum {
	FILE_MAX = 64 << 20,    /* one file of a folder */
	FOLDER_MAX = 256 << 20, /* all of it */
	TEXT_MAX = 16 << 20,    /* one text of a package that is looked into */
	FILES_MAX = 20000,
	DEPTH_MAX = 24,
};

struct walk {
	struct arena *a;
	const char *root;
	struct helmignore ignore;
	vec_of(struct bundle_file) files;
	size_t total;
};

static struct err *take_file(struct walk *w, const char *path, const struct stat *st)
{
	struct bundle_file f = {.path = path, .executable = (st->st_mode & S_IXUSR) != 0};

	if (w->files.n >= FILES_MAX)
		return err_new(w->a, ERR_TOO_LARGE, "'%s' holds more than %d files", w->root,
			       FILES_MAX);
	TRY(file_read(w->a, file_join(w->a, w->root, path), FILE_MAX, &f.bytes, &f.size));
	w->total += f.size;
	if (w->total > FOLDER_MAX)
		return err_new(w->a, ERR_TOO_LARGE, "'%s' holds more than %d bytes", w->root,
			       FOLDER_MAX);
	*vec_push(w->a, &w->files) = f;
	return NULL;
}

static struct err *walk_dir(struct walk *w, const char *path, int depth);

static struct err *take(struct walk *w, const char *path, int depth)
{
	const char *full = file_join(w->a, w->root, path);
	struct stat st;

	if (lstat(full, &st) != 0)
		return file_err(w->a, errno, "read", full);
	if (helmignore_match(&w->ignore, path, S_ISDIR(st.st_mode)))
		return NULL;
	TRY(tar_check_path(w->a, w->root, path));
	if (S_ISDIR(st.st_mode))
		return walk_dir(w, path, depth + 1);
	if (!S_ISREG(st.st_mode))
		return err_hint(w->a,
				err_new(w->a, ERR_INPUT, "'%s' is %s, which a package cannot hold",
					full, S_ISLNK(st.st_mode) ? "a link" : "no regular file"),
				"Put the file itself there, or name it in .helmignore.");
	return take_file(w, path, &st);
}

static int by_name(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static struct err *list_dir(struct walk *w, const char *full, const char ***ret_names,
			    size_t *ret_n)
{
	vec_of(const char *) names = {0};
	DIR *dir = opendir(full);
	struct dirent *entry;

	if (!dir)
		return file_err(w->a, errno, "read folder", full);
	while ((entry = readdir(dir)))
		if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, ".."))
			*vec_push(w->a, &names) = arena_strdup(w->a, entry->d_name);
	closedir(dir);
	if (names.n)
		qsort(names.at, names.n, sizeof(names.at[0]), by_name);
	*ret_names = names.at;
	*ret_n = names.n;
	return NULL;
}

static struct err *walk_dir(struct walk *w, const char *path, int depth)
{
	const char *full = path[0] ? file_join(w->a, w->root, path) : w->root;
	const char **names = NULL;
	size_t n = 0;

	if (depth > DEPTH_MAX)
		return err_new(w->a, ERR_TOO_LARGE, "'%s' is nested too deeply", full);
	TRY(list_dir(w, full, &names, &n));
	for (size_t i = 0; i < n; i++)
		TRY(take(w, file_join(w->a, path, names[i]), depth));
	return NULL;
}

struct err *bundle_read_dir(struct arena *a, const char *dir, struct bundle *ret_bundle)
{
	struct walk w = {.a = a, .root = dir};
	struct bundle b = {.top = ""};
	const char *rules = "";
	size_t size;
	struct err *e = file_read(a, file_join(a, dir, ".helmignore"), TEXT_MAX, &rules, &size);

	if (e && e->kind != ERR_NOT_FOUND)
		return e;
	TRY(helmignore_read(a, rules, &w.ignore));
	TRY(walk_dir(&w, "", 0));
	b.files = w.files.at;
	b.n_files = w.files.n;
	TRY(bundle_identify(a, dir, &b));
	*ret_bundle = b;
	return NULL;
}

static bool interesting(const char *path)
{
	return str_ends(path, ".yaml") || str_ends(path, ".yml") || str_ends(path, ".json") ||
	       strcasecmp(file_base(path), "README.md") == 0;
}

/* "name/" when everything is below one folder, else "". */
static const char *common_top(struct arena *a, const struct bundle *b)
{
	size_t len = b->n_files ? strcspn(b->files[0].path, "/") + 1 : 0;

	for (size_t i = 0; i < b->n_files; i++)
		if (!strchr(b->files[i].path, '/') ||
		    strncmp(b->files[i].path, b->files[0].path, len) != 0)
			return "";
	return b->n_files ? arena_strndup(a, b->files[0].path, len) : "";
}

struct err *bundle_read_tar(struct arena *a, const char *name, struct tar_reader *r,
			    struct bundle *ret_bundle)
{
	vec_of(struct bundle_file) files = {0};
	struct bundle b = {0};

	for (;;) {
		struct bundle_file f = {0};
		struct tar_entry e;
		bool more;

		TRY(tar_next(r, &e, &more));
		if (!more)
			break;
		if (e.is_dir)
			continue;
		f.path = e.path;
		f.executable = e.executable;
		f.size = (size_t)e.size;
		if (interesting(e.path) && e.size <= TEXT_MAX)
			TRY(tar_read_all(r, TEXT_MAX, &f.bytes, &f.size));
		*vec_push(a, &files) = f;
	}
	b.files = files.at;
	b.n_files = files.n;
	b.top = common_top(a, &b);
	for (size_t i = 0; i < b.n_files; i++)
		b.files[i].path += strlen(b.top);
	TRY(bundle_identify(a, name, &b));
	*ret_bundle = b;
	return NULL;
}
