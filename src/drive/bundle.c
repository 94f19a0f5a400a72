// SPDX-License-Identifier: Apache-2.0
#include "drive/bundle.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/node.h"
#include "doc/yaml.h"
#include "drive/bundle_parts.h"
#include "drive/file.h"
#include "drive/oci_ref.h"
#include "drive/semver.h"
#include "drive/tarball.h"

enum { NAME_MAX_LEN = 63 };

const char *bundle_kind_word(enum bundle_kind kind)
{
	static const char *const words[] = {
		[BUNDLE_OTHER] = "other", [BUNDLE_CHART] = "chart", [BUNDLE_GRAPH] = "graph"};

	return words[kind];
}

static const struct bundle_file *find(const struct bundle *b, const char *path)
{
	for (size_t i = 0; i < b->n_files; i++)
		if (str_eq(b->files[i].path, path))
			return &b->files[i];
	return NULL;
}

static const char *file_name(struct arena *a, const char *source, const struct bundle_file *f)
{
	return file_join(a, source, f->path);
}

/* ---- graphs ---- */

static bool is_yaml(const struct bundle_file *f)
{
	return f->bytes && (str_ends(f->path, ".yaml") || str_ends(f->path, ".yml"));
}

static struct node *graph_of(const struct node *root)
{
	struct node *graph = node_get(root, "hdaGraph");

	return graph ? graph : node_get(node_get(root, "hdag"), "hdaGraph");
}

static struct err *several(struct arena *a, const char *source, const struct bundle *b,
			   const bool *is_graph)
{
	struct str s = {.a = a};

	for (size_t i = 0; i < b->n_files; i++)
		if (is_graph[i])
			str_addf(&s, "\n  %s", b->files[i].path);
	return err_hint(
		a, err_new(a, ERR_INPUT, "'%s' holds more than one graph:%s", source, str_text(&s)),
		"Call the one that is meant hdag.yaml.");
}

/* By name: hdag.yaml or hdag.yml, anywhere; two of them are two graphs. */
static size_t named_hdag(const struct bundle *b, bool *is_graph)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n_files; i++) {
		const char *base = file_base(b->files[i].path);

		is_graph[i] = b->files[i].bytes &&
			      (str_eq(base, "hdag.yaml") || str_eq(base, "hdag.yml"));
		n += is_graph[i];
	}
	return n;
}

static size_t with_graph_inside(struct arena *a, const struct bundle *b, bool *is_graph)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n_files; i++) {
		const struct bundle_file *f = &b->files[i];
		struct node *root = NULL;

		is_graph[i] = is_yaml(f) && strstr(f->bytes, "hdaGraph") &&
			      !yaml_read(a, f->path, f->bytes, f->size, &root) && graph_of(root);
		n += is_graph[i];
	}
	return n;
}

struct err *bundle_find_descriptor(struct arena *a, const char *source, const struct bundle *b,
				   const struct bundle_file **ret_file, struct node **ret_root)
{
	bool *is_graph = arena_new_n(a, bool, b->n_files + 1);
	size_t n = named_hdag(b, is_graph);
	size_t i = 0;

	if (n == 0)
		n = with_graph_inside(a, b, is_graph);
	if (n > 1)
		return several(a, source, b, is_graph);
	*ret_file = NULL;
	if (n == 0)
		return NULL;
	while (!is_graph[i])
		i++;
	TRY(yaml_read(a, file_name(a, source, &b->files[i]), b->files[i].bytes, b->files[i].size,
		      ret_root));
	*ret_file = &b->files[i];
	return NULL;
}

/* ---- charts ---- */

static struct err *read_yaml_map(struct arena *a, const char *source, const struct bundle_file *f,
				 struct node **ret_map)
{
	const char *name = file_name(a, source, f);
	struct node *list, *root;

	TRY(yaml_read_chart(a, name, f->bytes, f->size, &list));
	root = list->first ? list->first : node_new(a, NODE_MAP);
	if (root->kind != NODE_MAP)
		return err_new(a, ERR_INPUT, "%s must be a mapping, not %s", name,
			       node_kind_name(root->kind));
	*ret_map = root;
	return NULL;
}

static struct err *text_member(struct arena *a, const struct node *meta, const char *key,
			       bool required, const char **ret_text)
{
	const struct node *n = node_get(meta, key);

	*ret_text = NULL;
	if (n && n->kind == NODE_STR) {
		*ret_text = n->str;
		return NULL;
	}
	if (n && n->kind != NODE_NULL)
		return err_hint(a,
				err_new(a, ERR_INPUT, "%s:%u:%u: '%s' must be text, not %s",
					n->at.source ? n->at.source : "document", n->at.line,
					n->at.column, key, node_kind_name(n->kind)),
				"Put it in quotes.");
	if (required)
		return err_new(a, ERR_INPUT, "%s: '%s' is missing",
			       meta->at.source ? meta->at.source : "Chart.yaml", key);
	return NULL;
}

static struct err *identify_chart(struct arena *a, const char *source,
				  const struct bundle_file *chart, struct bundle *b)
{
	const struct bundle_file *values = find(b, "values.yaml");

	b->kind = BUNDLE_CHART;
	b->descriptor = chart;
	TRY(read_yaml_map(a, source, chart, &b->meta));
	TRY(text_member(a, b->meta, "name", true, &b->name));
	TRY(text_member(a, b->meta, "version", true, &b->version));
	TRY(text_member(a, b->meta, "description", false, &b->description));
	if (values && values->bytes)
		TRY(read_yaml_map(a, source, values, &b->values));
	return NULL;
}

static struct err *identify_graph(struct arena *a, struct node *root, struct bundle *b)
{
	b->meta = graph_of(root);
	if (!b->meta)
		return err_new(a, ERR_INPUT, "'%s' has no top-level 'hdaGraph'",
			       b->descriptor->path);
	b->kind = BUNDLE_GRAPH;
	TRY(text_member(a, b->meta, "id", true, &b->name));
	TRY(text_member(a, b->meta, "version", false, &b->version));
	TRY(text_member(a, b->meta, "description", false, &b->description));
	return NULL;
}

struct err *bundle_identify(struct arena *a, const char *source, struct bundle *b)
{
	const struct bundle_file *chart = find(b, "Chart.yaml");
	struct node *root = NULL;

	for (size_t i = 0; i < b->n_files && !b->readme; i++)
		if (strcasecmp(b->files[i].path, "README.md") == 0 && b->files[i].bytes)
			b->readme = &b->files[i];
	if (chart && chart->bytes)
		return identify_chart(a, source, chart, b);
	TRY(bundle_find_descriptor(a, source, b, &b->descriptor, &root));
	return b->descriptor ? identify_graph(a, root, b) : NULL;
}

struct err *bundle_read_text(struct arena *a, const char *name, const char *text, size_t size,
			     struct bundle *ret_bundle)
{
	struct bundle b = {.top = "", .n_files = 1};
	struct node *root;

	b.files = arena_new(a, struct bundle_file);
	b.files[0] = (struct bundle_file){.path = name, .bytes = text, .size = size};
	b.descriptor = &b.files[0];
	TRY(yaml_read(a, name, text, size, &root));
	TRY(identify_graph(a, root, &b));
	*ret_bundle = b;
	return NULL;
}

/* ---- checks ---- */

struct err *bundle_check_names(struct arena *a, const struct bundle *b)
{
	const char *what = bundle_kind_word(b->kind);

	if (strlen(b->name) > NAME_MAX_LEN || strchr(b->name, '/') || !oci_repo_valid(b->name))
		return err_hint(a,
				err_new(a, ERR_INPUT, "'%s' cannot be the name of a %s",
					str_printable(a, b->name, false), what),
				"Use lower-case letters, digits and '-'.");
	if (!b->version)
		return err_new(a, ERR_INPUT, "%s '%s' has no version", what, b->name);
	if (!semver_valid(b->version) || !oci_tag_valid(oci_tag_of_version(a, b->version)))
		return err_hint(a,
				err_new(a, ERR_INPUT, "'%s' is no version of %s '%s'",
					str_printable(a, b->version, false), what, b->name),
				"Write MAJOR.MINOR.PATCH, such as 1.0.0.");
	return NULL;
}

static bool has_dependency(const struct bundle *b, const char *name)
{
	for (size_t i = 0; i < b->n_files; i++) {
		const char *rest = b->files[i].path;
		size_t len = strlen(name);

		if (!str_starts(rest, "charts/") || strncmp(rest + 7, name, len) != 0)
			continue;
		rest += 7 + len;
		if (str_eq(rest, "/Chart.yaml"))
			return true;
		/* NAME-VERSION.tgz, where VERSION begins with a digit or v */
		if (rest[0] == '-' && strspn(rest + 1, "v0123456789") && str_ends(rest, ".tgz"))
			return true;
	}
	return false;
}

struct err *bundle_check_chart(struct arena *a, const struct bundle *b)
{
	const struct bundle_file *schema = find(b, "values.schema.json");
	const char *api, *app;
	struct node *ignored;

	TRY(text_member(a, b->meta, "apiVersion", true, &api));
	TRY(text_member(a, b->meta, "appVersion", false, &app));
	if (!str_eq(api, "v1") && !str_eq(api, "v2"))
		return err_new(a, ERR_INPUT, "chart '%s': apiVersion '%s' is neither v1 nor v2",
			       b->name, str_printable(a, api, false));
	if (schema && schema->bytes)
		TRY(json_read(a, schema->path, schema->bytes, schema->size, &ignored));
	for (const struct node *d = node_first(node_get(b->meta, "dependencies")); d; d = d->next) {
		const char *name = node_str(d, "name");

		if (!name)
			return err_new(a, ERR_INPUT, "chart '%s': a dependency has no name",
				       b->name);
		if (!has_dependency(b, name))
			return err_hint(a,
					err_new(a, ERR_INPUT,
						"chart '%s' depends on '%s', which is not in its "
						"charts/ folder",
						b->name, str_printable(a, name, false)),
					"Run: helm dependency build");
	}
	return NULL;
}

struct tar_file *bundle_tar_files(struct arena *a, const struct bundle *b)
{
	struct tar_file *out = arena_new_n(a, struct tar_file, b->n_files + 1);

	for (size_t i = 0; i < b->n_files; i++)
		out[i] = (struct tar_file){
			.path = file_join(a, b->name, b->files[i].path),
			.executable = b->files[i].executable,
			.bytes = b->files[i].bytes,
			.size = b->files[i].size,
		};
	return out;
}
