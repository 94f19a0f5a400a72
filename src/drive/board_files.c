// SPDX-License-Identifier: Apache-2.0
#include "drive/board_files.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/node.h"
#include "drive/board_object.h"
#include "drive/file.h"
#include "drive/selector.h"
#include "model/kinds.h"

enum { FILE_MAX = 4 << 20 };

struct board_files {
	const char *dir, *instance;
};

struct err *board_files_open(struct arena *a, const char *dir, const char *instance,
			     struct board_files **ret_files)
{
	struct board_files *f = arena_new(a, struct board_files);

	if (!dir || !*dir)
		return err_new(a, ERR_INPUT, "no folder for dashboards is given");
	*f = (struct board_files){dir, instance};
	*ret_files = f;
	return NULL;
}

static bool is_name(const char *name)
{
	return name && *name && *name != '.' && !strchr(name, '/');
}

/* NULL when it is no dashboard. */
static struct node *read_board(struct arena *a, const char *path)
{
	const char *bytes;
	size_t size;
	struct node *board;

	if (file_read(a, path, FILE_MAX, &bytes, &size) ||
	    json_read(a, path, bytes, size, &board) || board->kind != NODE_MAP)
		return NULL;
	return board;
}

static bool is_ours(const struct board_files *f, struct arena *a, const struct node *board)
{
	return board && board_has_tag(board, instance_tag(a, f->instance));
}

/* Told of each file of ours; a walk ends with the first error. */
struct visitor {
	struct err *(*visit)(struct visitor *v, struct arena *a, const char *folder,
			     const char *path, const struct node *board)must_check;
	const struct object_filter *filter;
	const char *uid; /* only this one, or NULL: all */
	struct node *items;
	const char *instance;
	size_t n;
};

static struct err *walk_folder(const struct board_files *f, struct arena *a, const char *name,
			       struct visitor *v)
{
	const char *folder = file_join(a, f->dir, name);
	DIR *d = opendir(folder);
	struct err *e = NULL;

	if (!d)
		return errno == ENOTDIR || errno == ENOENT
			       ? NULL
			       : file_err(a, errno, "reading folder", folder);
	for (struct dirent *entry; !e && (entry = readdir(d));) {
		size_t len = strlen(entry->d_name), tail = strlen(".json");
		const char *path = file_join(a, folder, entry->d_name);

		if (!str_starts(entry->d_name, "smo-") || !str_ends(entry->d_name, ".json"))
			continue;
		if (v->uid && (strlen(v->uid) != len - tail ||
			       strncmp(v->uid, entry->d_name, len - tail) != 0))
			continue;
		const struct node *board = read_board(a, path);
		if (is_ours(f, a, board))
			e = v->visit(v, a, folder, path, board);
	}
	closedir(d);
	return e;
}

static struct err *walk(const struct board_files *f, struct arena *a, struct visitor *v)
{
	DIR *d = opendir(f->dir);
	struct err *e = NULL;

	if (!d)
		return errno == ENOENT ? NULL : file_err(a, errno, "reading folder", f->dir);
	for (struct dirent *entry; !e && (entry = readdir(d));)
		if (is_name(entry->d_name))
			e = walk_folder(f, a, entry->d_name, v);
	closedir(d);
	return e;
}

/* ---- reading ---- */

static struct err *collect(struct visitor *v, struct arena *a, const char *folder, const char *path,
			   const struct node *board)
{
	struct node *o = board_object(a, board, node_str(board, "uid"), v->instance);

	(void)folder;
	(void)path;
	if (!v->filter || selector_matches(a, o, v->filter->label_selector))
		node_add(v->items, o);
	return NULL;
}

static struct err *boards_list(void *self, struct arena *a, const char *api_version,
			       const char *kind, const struct object_filter *filter,
			       struct node **ret_items)
{
	const struct board_files *f = self;
	struct visitor v = {.visit = collect,
			    .filter = filter,
			    .items = node_new(a, NODE_LIST),
			    .instance = f->instance};

	(void)api_version;
	(void)kind;
	TRY(walk(f, a, &v));
	*ret_items = v.items;
	return NULL;
}

static struct err *boards_get(void *self, struct arena *a, const struct object_ref *ref,
			      struct node **ret_object)
{
	const struct board_files *f = self;
	struct visitor v = {.visit = collect,
			    .uid = ref->name,
			    .items = node_new(a, NODE_LIST),
			    .instance = f->instance};

	TRY(walk(f, a, &v));
	if (!node_count(v.items))
		return err_new(a, ERR_NOT_FOUND, "there is no dashboard '%s' in '%s'", ref->name,
			       f->dir);
	*ret_object = node_first(v.items);
	return NULL;
}

/* ---- changes ---- */

static struct err *boards_apply(void *self, struct arena *a, const struct node *object, bool adopt)
{
	const struct board_files *f = self;
	const char *uid = node_str(object, "metadata.name");
	const struct node *title =
		node_get(node_at(object, "metadata.annotations"), DASHBOARD_TITLE);
	const struct node *spec = node_get(object, "spec");

	if (!is_name(uid) || !title || title->kind != NODE_STR || !is_name(title->str) || !spec)
		return err_new(a, ERR_INPUT, "a dashboard without a name or a folder");
	const char *folder = file_join(a, f->dir, title->str);
	const char *path = arena_printf(a, "%s/%s.json", folder, uid);
	if (!access(path, F_OK) && !adopt && !is_ours(f, a, read_board(a, path)))
		return err_hint(a,
				err_new(a, ERR_CONFLICT, "file '%s' exists and is not ours", path),
				"--adopt takes it over.");
	const char *text = json_write(a, spec, JSON_PRETTY);
	TRY(file_make_dirs(a, folder, 0755));
	return file_write(a, path, 0644, text, strlen(text));
}

static struct err *drop(struct visitor *v, struct arena *a, const char *folder, const char *path,
			const struct node *board)
{
	(void)board;
	v->n++;
	if (unlink(path) && errno != ENOENT)
		return file_err(a, errno, "removing", path);
	rmdir(folder); /* when it is empty now */
	return NULL;
}

static struct err *boards_remove(void *self, struct arena *a, const struct object_ref *ref)
{
	struct visitor v = {.visit = drop, .uid = ref->name};

	return walk(self, a, &v);
}

struct object_port board_files_port(struct board_files *f)
{
	return (struct object_port){
		.get = boards_get,
		.list = boards_list,
		.apply = boards_apply,
		.remove = boards_remove,
		.self = f,
	};
}
