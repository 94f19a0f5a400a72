// SPDX-License-Identifier: Apache-2.0
#include "app/descriptor.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app.h"
#include "app/artifacts.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/node.h"
#include "doc/read.h"
#include "drive/file.h"

enum { DESCRIPTOR_MAX = 1 << 20, DOCUMENT_MAX = 64 << 20, MAX_FILES = 1000 };

static struct err *read_text(struct app *app, const char *path, size_t max, const char **ret_text,
			     size_t *ret_size)
{
	if (str_eq(path, "-"))
		return file_read_fd(app->arena, STDIN_FILENO, "standard input", max, ret_text,
				    ret_size);
	return file_read(app->arena, path, max, ret_text, ret_size);
}

static struct err *read_document(struct app *app, const char *path, size_t max,
				 struct node **ret_doc)
{
	const char *text;
	size_t size;

	TRY(read_text(app, path, max, &text, &size));
	return doc_read(app->arena, str_eq(path, "-") ? "stdin" : path, text, size, ret_doc);
}

struct err *descriptor_load_document(struct app *app, const char *path, struct node **ret_doc)
{
	return read_document(app, path, DOCUMENT_MAX, ret_doc);
}

static int by_text(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static bool is_yaml_name(const char *name)
{
	return (str_ends(name, ".yaml") || str_ends(name, ".yml")) && name[0] != '.';
}

static bool is_graph_file(struct app *app, const char *path)
{
	struct node *doc = NULL;
	struct err *e = read_document(app, path, DESCRIPTOR_MAX, &doc);

	return !e && (node_get(doc, "hdaGraph") || node_at(doc, "hdag.hdaGraph"));
}

/* hdag.yaml, else the one YAML file in @dir that is a graph. */
static struct err *find_in(struct app *app, const char *dir, const char **ret_path)
{
	struct arena *a = app->arena;
	vec_of(const char *) found = {0};
	const char *named = file_join(a, dir, "hdag.yaml");
	DIR *d;
	const struct dirent *entry;

	if (access(named, F_OK) == 0) {
		*ret_path = named;
		return NULL;
	}
	d = opendir(dir);
	if (!d)
		return file_err(a, errno, "reading", dir);
	for (int n = 0; n < MAX_FILES && (entry = readdir(d)); n++)
		if (is_yaml_name(entry->d_name)) {
			const char *path = file_join(a, dir, arena_strdup(a, entry->d_name));
			if (is_graph_file(app, path))
				*vec_push(a, &found) = path;
		}
	closedir(d);
	if (found.n == 1) {
		*ret_path = found.at[0];
		return NULL;
	}
	if (!found.n)
		return err_hint(a,
				err_new(a, ERR_NOT_FOUND,
					"'%s' holds no hdag.yaml and no YAML file "
					"with a top-level hdaGraph",
					dir),
				"Give the descriptor's file itself.");
	struct str list = {.a = a};
	qsort(found.at, found.n, sizeof(*found.at), by_text);
	for (size_t i = 0; i < found.n; i++)
		str_addf(&list, "%s%s", i ? ", " : "", found.at[i]);
	return err_hint(
		a, err_new(a, ERR_INPUT, "'%s' holds several graphs: %s", dir, str_text(&list)),
		"Say which one.");
}

struct err *descriptor_load(struct app *app, const char *ref, struct node **ret_doc)
{
	struct stat st;

	if (artifacts_is_ref(ref))
		return artifacts_descriptor(app, ref, ret_doc, NULL);
	if (!str_eq(ref, "-") && stat(ref, &st) == 0 && S_ISDIR(st.st_mode))
		TRY(find_in(app, ref, &ref));
	return read_document(app, ref, DESCRIPTOR_MAX, ret_doc);
}
