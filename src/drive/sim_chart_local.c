// SPDX-License-Identifier: Apache-2.0
/*
 * A local chart, read without rendering: Chart.yaml for names, values.yaml for values, and of each
 * template the kinds it writes down, unless its first line asks for a value that is false.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/node.h"
#include "doc/yaml.h"
#include "drive/file.h"
#include "drive/sim_chart.h"
#include "model/kinds.h"

enum { FILE_MAX_SIZE = 1 << 20, FILES_MAX = 500 };

/* ---- names from values ---- */

static struct err *read_yaml(struct arena *a, const char *path, struct sha256_stream *digest,
			     struct node **ret_doc)
{
	const char *text;
	size_t size;

	struct node *list;

	TRY(file_read(a, path, FILE_MAX_SIZE, &text, &size));
	sha256_add(digest, text, size);
	TRY(yaml_read_chart(a, path, text, size, &list));
	*ret_doc = list->first ? list->first : node_new(a, NODE_NULL);
	return NULL;
}

/* The rule of `helm create`: the release, and the chart unless the release says it already. */
static const char *full_name(struct arena *a, const char *release, const char *chart,
			     const struct node *values)
{
	const char *forced = node_str(values, "fullnameOverride");

	if (forced && *forced)
		return forced;
	return strstr(release, chart) ? release : arena_printf(a, "%s-%s", release, chart);
}

/* ---- templates ---- */

static bool is_true(const struct node *n)
{
	if (!n || n->kind == NODE_NULL)
		return false;
	if (n->kind == NODE_BOOL)
		return n->flag;
	return n->kind != NODE_STR || *n->str;
}

/* False when the text, comments left out, begins with {{ if .Values.path }} and the value at path
 * is false. */
static bool is_wanted(struct arena *a, const char *text, const struct node *values)
{
	static const char marker[] = "if .Values.";

	while (*text == '#' || *text == '\n')
		text += *text == '\n' ? 1 : strcspn(text, "\n");
	const char *line = arena_strndup(a, text, strcspn(text, "\n"));
	const char *at = strstr(line, marker);
	if (!at || !str_starts(line, "{{"))
		return true;
	at += strlen(marker);
	return is_true(node_at(values, arena_strndup(a, at, strcspn(at, " -}"))));
}

struct kinds {
	vec_of(const char *) list;
	bool has_policy, data;
};

static bool has_kind(const struct kinds *k, const char *kind)
{
	for (size_t i = 0; i < k->list.n; i++) {
		if (str_eq(k->list.at[i], kind))
			return true;
	}
	return false;
}

static void add_kind(struct arena *a, struct kinds *kinds, const char *kind)
{
	const struct object_kind *k = object_kind(NULL, kind);

	if (str_eq(kind, "PropagationPolicy"))
		kinds->has_policy = true;
	if (str_eq(kind, "PersistentVolumeClaim"))
		kinds->data = true;
	if (k && !has_kind(kinds, k->kind))
		*vec_push(a, &kinds->list) = k->kind;
}

/* Every line "kind: Word" at the left margin. */
static void scan(struct arena *a, const char *text, struct kinds *kinds)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (str_starts(line, "kind: "))
			add_kind(a, kinds,
				 arena_strndup(a, line + 6, strcspn(line + 6, " \r\n\t#{")));
	}
	kinds->data |= strstr(text, "hostPath:") != NULL;
}

static int by_text(const void *x, const void *y)
{
	return str_cmp(*(const char *const *)x, *(const char *const *)y);
}

/* Names of the .yaml files in @dir, sorted; an absent folder has none. */
static struct err *list_files(struct arena *a, const char *dir, const char ***ret_names,
			      size_t *ret_n)
{
	vec_of(const char *) names = {0};
	DIR *d = opendir(dir);

	for (struct dirent *e; d && names.n < FILES_MAX && (e = readdir(d));) {
		if (str_ends(e->d_name, ".yaml") || str_ends(e->d_name, ".yml"))
			*vec_push(a, &names) = arena_strdup(a, e->d_name);
	}
	if (d)
		closedir(d);
	else if (errno != ENOENT)
		return err_new(a, ERR_FORBIDDEN, "reading '%s': %s", dir, strerror(errno));
	if (names.n)
		qsort(names.at, names.n, sizeof(names.at[0]), by_text);
	*ret_names = names.at;
	*ret_n = names.n;
	return NULL;
}

static struct err *scan_templates(struct arena *a, const char *folder, const struct node *values,
				  struct sha256_stream *digest, struct kinds *kinds)
{
	const char *dir = arena_printf(a, "%s/templates", folder);
	const char **names = NULL, *text;
	size_t n = 0, size;

	TRY(list_files(a, dir, &names, &n));
	for (size_t i = 0; i < n; i++) {
		TRY(file_read(a, arena_printf(a, "%s/%s", dir, names[i]), FILE_MAX_SIZE, &text,
			      &size));
		sha256_add(digest, text, size);
		if (is_wanted(a, text, values))
			scan(a, text, kinds);
	}
	if (!kinds->list.n) {
		add_kind(a, kinds, "Deployment");
		add_kind(a, kinds, "Service");
	}
	*vec_push(a, &kinds->list) = NULL;
	return NULL;
}

/* ---- together ---- */

static void take_names(struct arena *a, const struct node *list, struct chart_facts *f)
{
	f->own_clusters = arena_new_n(a, const char *, node_count(list));
	for (const struct node *n = node_first(list); n; n = n->next)
		if (n->kind == NODE_STR)
			f->own_clusters[f->n_own_clusters++] = n->str;
}

/* Where it takes the names of clusters is where its own values have them; see chart_affinity().
 * @values: with what the user says. */
static void find_affinity(struct arena *a, const struct node *defaults, const struct node *values,
			  struct chart_facts *f)
{
	static const char at_top[] = "clustersAffinity";
	static const char inside[] = "voChartOverwrite.clustersAffinity";
	bool top = node_at(defaults, at_top), vo = node_at(defaults, inside);

	f->reads_affinity = top || vo;
	if (top != vo)
		f->affinity_path = top ? at_top : inside;
	if (f->reads_affinity)
		take_names(a, node_at(values, top ? at_top : inside), f);
}

static struct err *read_folder(struct arena *a, const struct sim_chart_request *r,
			       struct sha256_stream *digest, struct sim_chart_plan *plan,
			       const struct node **ret_values)
{
	struct node *chart, *defaults = NULL;
	struct kinds kinds = {0};

	TRY(read_yaml(a, arena_printf(a, "%s/Chart.yaml", r->ref), digest, &chart));
	struct err *e = read_yaml(a, arena_printf(a, "%s/values.yaml", r->ref), digest, &defaults);
	if (e && e->kind != ERR_NOT_FOUND)
		return e;
	if (!node_str(chart, "name"))
		return err_new(a, ERR_INPUT, "chart '%s' has no name in Chart.yaml", r->ref);
	if (!defaults || defaults->kind != NODE_MAP)
		defaults = node_new(a, NODE_MAP);
	const struct node *values = r->values ? node_merge(a, defaults, r->values) : defaults;
	TRY(scan_templates(a, r->ref, values, digest, &kinds));
	*plan = (struct sim_chart_plan){
		.facts = {.name = node_str(chart, "name"),
			  .version = node_str(chart, "version"),
			  .app_version = node_str(chart, "appVersion")},
		.kinds = kinds.list.at,
		.own_policy = kinds.has_policy,
		.data = kinds.data,
	};
	find_affinity(a, defaults, values, &plan->facts);
	/* The original's charts name everything after themselves. */
	plan->object_name = kinds.has_policy ? plan->facts.name
					     : full_name(a, r->release, plan->facts.name, values);
	*ret_values = values;
	return NULL;
}

/* "dir/web-1.2.3.tgz" is version 1.2.3 of web; what it holds is not looked at. */
static struct err *read_archive(struct arena *a, const struct sim_chart_request *r,
				struct sha256_stream *digest, struct sim_chart_plan *plan,
				const struct node **ret_values)
{
	static const char *const kinds[] = {"Deployment", "Service", NULL};
	const char *slash = strrchr(r->ref, '/'), *text, *version;
	char *name = arena_strdup(a, slash ? slash + 1 : r->ref);
	size_t size;

	TRY(file_read(a, r->ref, (size_t)16 * FILE_MAX_SIZE, &text, &size));
	sha256_add(digest, text, size);
	name[strlen(name) - strlen(".tgz")] = '\0';
	for (version = strchr(name, '-'); version && strchr("0123456789", version[1]) == NULL;)
		version = strchr(version + 1, '-');
	*plan = (struct sim_chart_plan){
		.facts = {.name = version ? arena_strndup(a, name, (size_t)(version - name)) : name,
			  .version = version ? version + 1 : "0.0.0"},
		.object_name = r->release,
		.kinds = kinds,
	};
	*ret_values = r->values;
	return NULL;
}

struct err *sim_chart_local(struct arena *a, const struct sim_chart_request *r,
			    struct sim_chart_plan *ret_plan, const struct node **ret_values)
{
	struct sim_chart_plan plan = {0};
	struct stat st;

	if (stat(r->ref, &st))
		return err_new(a, errno == ENOENT ? ERR_NOT_FOUND : ERR_FORBIDDEN, "chart '%s': %s",
			       r->ref, strerror(errno));
	if (!S_ISDIR(st.st_mode) && !str_ends(r->ref, ".tgz"))
		return err_new(a, ERR_INPUT, "'%s' is neither a chart folder nor a .tgz", r->ref);
	struct sha256_stream *digest = sha256_open();
	struct err *e = S_ISDIR(st.st_mode) ? read_folder(a, r, digest, &plan, ret_values)
					    : read_archive(a, r, digest, &plan, ret_values);
	const char *hex = sha256_close(digest, e ? NULL : a);
	if (e)
		return err_wrap(a, e, "chart '%s'", r->ref);
	plan.facts.digest = arena_printf(a, "sha256:%s", hex);
	*ret_plan = plan;
	return NULL;
}
