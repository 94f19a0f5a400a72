// SPDX-License-Identifier: Apache-2.0
#include "drive/chart_archive.h"

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/node.h"
#include "doc/yaml.h"
#include "drive/file.h"
#include "drive/tarball.h"

enum { FILE_MAX = 16 << 20 /* bytes of one file */ };

static const struct tar_limits limits = {5000, 64 << 20, 200};

/* "web/Chart.yaml" is "Chart.yaml": what stands below the one folder at the top. */
static const char *below_top(const char *path)
{
	const char *slash = strchr(path, '/');

	return slash ? slash + 1 : "";
}

static const char *text_of(struct arena *a, const struct node *doc, const char *key)
{
	const struct node *n = node_get(doc, key);

	return n && n->kind != NODE_NULL ? node_text(a, n) : NULL;
}

/* The dependencies in @doc, which is Chart.yaml, or requirements.yaml in old charts. */
static void take_dependencies(struct arena *a, const struct node *doc, struct chart_archive *c)
{
	const struct node *list = node_get(doc, "dependencies");
	size_t n = node_count(list);

	if (!n)
		return;
	c->subcharts = arena_new_n(a, const char *, n);
	c->n_subcharts = 0;
	for (const struct node *d = node_first(list); d; d = d->next) {
		const char *name = text_of(a, d, "alias");

		if (!name)
			name = text_of(a, d, "name");
		if (name)
			c->subcharts[c->n_subcharts++] = name;
	}
}

/* Chart.yaml, requirements.yaml or values.yaml. */
static struct err *take_document(struct arena *a, const char *name, const char *text, size_t size,
				 struct chart_archive *c)
{
	struct node *list;

	TRY(yaml_read_chart(a, name, text, size, &list));
	const struct node *doc = node_first(list);
	if (!doc || doc->kind != NODE_MAP)
		return NULL;
	if (str_eq(name, "values.yaml")) {
		c->values = node_copy(a, doc);
		return NULL;
	}
	take_dependencies(a, doc, c);
	if (str_eq(name, "requirements.yaml"))
		return NULL;
	c->name = text_of(a, doc, "name");
	c->version = text_of(a, doc, "version");
	c->app_version = text_of(a, doc, "appVersion");
	return NULL;
}

static struct err *take_file(struct arena *a, const char *path, const char *bytes, size_t size,
			     struct chart_archive *c)
{
	const char *name = below_top(path);

	if (memmem(bytes, size, "clustersAffinity", strlen("clustersAffinity")))
		c->names_affinity = true;
	/* One that is packed inside may name it too. */
	c->names_affinity |= str_starts(name, "charts/") && str_ends(name, ".tgz");
	c->has_schema |= str_eq(name, "values.schema.json");
	bool wanted = str_eq(name, "Chart.yaml") || str_eq(name, "requirements.yaml") ||
		      str_eq(name, "values.yaml");
	return wanted ? take_document(a, name, bytes, size, c) : NULL;
}

struct err *chart_archive_read(struct arena *a, const void *bytes, size_t size,
			       struct chart_archive *ret_chart)
{
	struct chart_archive c = {.values = node_new(a, NODE_MAP)};
	struct tar_reader *r scoped_tar = NULL;
	struct tar_entry entry;
	bool more;

	TRY(tar_open(a, "the chart", bytes, size, -1, &limits, &r));
	for (;;) {
		const char *text;
		size_t text_size;

		TRY(tar_next(r, &entry, &more));
		if (!more)
			break;
		if (entry.is_dir)
			continue;
		TRY(tar_read_all(r, FILE_MAX, &text, &text_size));
		TRY(take_file(a, entry.path, text, text_size, &c));
	}
	if (!c.name || !c.version)
		return err_new(a, ERR_INPUT,
			       "this is no chart: its Chart.yaml lacks a name or a version");
	*ret_chart = c;
	return NULL;
}

struct err *chart_archive_settle(struct arena *a, const void *bytes, size_t size, const char *path)
{
	struct tar_reader *r scoped_tar = NULL;
	struct new_file out scoped_new_file = {.fd = -1};
	vec_of(struct tar_file) files = {0};
	struct tar_entry entry;
	bool more;

	TRY(tar_open(a, "the chart", bytes, size, -1, &limits, &r));
	for (;;) {
		const char *text;
		struct tar_file f = {0};

		TRY(tar_next(r, &entry, &more));
		if (!more)
			break;
		if (entry.is_dir)
			continue;
		f.path = arena_strdup(a, entry.path);
		TRY(tar_read_all(r, FILE_MAX, &text, &f.size));
		f.bytes = text;
		*vec_push(a, &files) = f;
	}
	TRY(file_new(a, path, 0600, &out));
	TRY(tar_write(a, files.at, files.n, &out));
	return file_keep(a, &out, true);
}
