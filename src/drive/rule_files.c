// SPDX-License-Identifier: Apache-2.0
#include "drive/rule_files.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/node.h"
#include "doc/yaml.h"
#include "drive/file.h"
#include "drive/rule_object.h"
#include "drive/selector.h"
#include "model/kinds.h"
#include "plan/rules.h"

enum { FILE_MAX = 4 << 20, FILES_MAX = 10000 };

#define PREFIX RULE_OBJECT_PREFIX

struct rule_files {
	struct rule_files_settings s;
	const char *suffix; /* ".01234567.yml" */
};

struct err *rule_files_open(struct arena *a, const struct rule_files_settings *settings,
			    struct rule_files **ret_files)
{
	struct rule_files *f = arena_new(a, struct rule_files);

	if (!settings->dir || !*settings->dir)
		return err_new(a, ERR_INPUT, "no folder for rule files is given");
	f->s = *settings;
	f->suffix = arena_printf(a, ".%s.yml", instance_short(a, settings->instance));
	*ret_files = f;
	return NULL;
}

/* ---- names ---- */

static const char *file_of(const struct rule_files *f, struct arena *a, const char *graph)
{
	return arena_printf(a, "%s/" PREFIX "%s%s", f->s.dir, graph, f->suffix);
}

static const char *pending_of(const struct rule_files *f, struct arena *a, const char *graph)
{
	return arena_printf(a, "%s/." PREFIX "%s%s.pending", f->s.dir, graph, f->suffix);
}

/* "smo-shop" of an object is the graph "shop". */
static struct err *graph_of(struct arena *a, const char *name, const char **ret_graph)
{
	const char *graph = rule_object_graph(name);

	if (!graph)
		return err_new(a, ERR_INPUT, "'%s' is no name for a rule file",
			       name ? str_printable(a, name, false) : "");
	*ret_graph = graph;
	return NULL;
}

/* The graph of a file called @name, NULL when it is none of ours. */
static const char *graph_named(const struct rule_files *f, struct arena *a, const char *name)
{
	size_t len = strlen(name), tail = strlen(f->suffix);
	bool pending = str_starts(name, "." PREFIX) && str_ends(name, ".pending");

	if (pending) {
		name++;
		len -= 1 + strlen(".pending");
	}
	if (!str_starts(name, PREFIX) || len <= strlen(PREFIX) + tail ||
	    strncmp(name + len - tail, f->suffix, tail) != 0)
		return NULL;
	return arena_strndup(a, name + strlen(PREFIX), len - tail - strlen(PREFIX));
}

/* ---- reading ---- */

/* NULL bytes: there is no such file. */
static struct err *read_if_there(struct arena *a, const char *path, const char **ret_bytes,
				 size_t *ret_size)
{
	struct err *e = file_read(a, path, FILE_MAX, ret_bytes, ret_size);

	if (!e || e->kind != ERR_NOT_FOUND)
		return e;
	*ret_bytes = NULL;
	*ret_size = 0;
	return NULL;
}

/* What is half-way changed, or was changed by others into no YAML, says nothing. */
static struct node *groups_in(const struct rule_files *f, struct arena *a, const char *graph)
{
	const char *bytes, *pending;
	size_t size, n;
	struct node *doc = NULL;

	if (read_if_there(a, pending_of(f, a, graph), &pending, &n) || pending ||
	    read_if_there(a, file_of(f, a, graph), &bytes, &size) || !bytes ||
	    yaml_read(a, graph, bytes, size, &doc))
		return NULL;
	return node_get(doc, "groups");
}

static struct node *object_of(const struct rule_files *f, struct arena *a, const char *graph)
{
	struct node *groups = groups_in(f, a, graph);

	return rule_object(a, f->s.namespace_, f->s.instance, graph,
			   groups ? node_copy(a, groups) : NULL);
}

static struct err *files_get(void *self, struct arena *a, const struct object_ref *ref,
			     struct node **ret_object)
{
	const struct rule_files *f = self;
	const char *graph = NULL;

	TRY(graph_of(a, ref->name, &graph));
	if (access(file_of(f, a, graph), F_OK) && access(pending_of(f, a, graph), F_OK))
		return err_new(a, ERR_NOT_FOUND, "there is no file '%s'", file_of(f, a, graph));
	*ret_object = object_of(f, a, graph);
	return NULL;
}

struct names {
	const char **at;
	size_t n, cap;
};

static bool holds(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (str_eq(names->at[i], name))
			return true;
	return false;
}

static struct err *graphs_in(const struct rule_files *f, struct arena *a, struct names *ret)
{
	DIR *d = opendir(f->s.dir);

	if (!d)
		return errno == ENOENT ? NULL : file_err(a, errno, "reading folder", f->s.dir);
	for (struct dirent *e; ret->n < FILES_MAX && (e = readdir(d));) {
		const char *graph = graph_named(f, a, e->d_name);
		if (graph && !holds(ret, graph))
			*vec_push(a, ret) = graph;
	}
	closedir(d);
	return NULL;
}

static struct err *files_list(void *self, struct arena *a, const char *api_version,
			      const char *kind, const struct object_filter *filter,
			      struct node **ret_items)
{
	const struct rule_files *f = self;
	struct node *items = node_new(a, NODE_LIST);
	struct names graphs = {0};

	(void)api_version;
	(void)kind;
	TRY(graphs_in(f, a, &graphs));
	for (size_t i = 0; i < graphs.n; i++) {
		struct node *o = object_of(f, a, graphs.at[i]);

		if (!filter || selector_matches(a, o, filter->label_selector))
			node_add(items, o);
	}
	*ret_items = items;
	return NULL;
}

/* ---- changes ---- */

/* What was there before the change that is under way. */
struct before {
	const char *path, *pending;
	const char *bytes; /* NULL: nothing */
	size_t size;
};

static struct err *unlink_if_there(struct arena *a, const char *path)
{
	return unlink(path) && errno != ENOENT ? file_err(a, errno, "removing", path) : NULL;
}

/* The marker of a change that was killed knows better than the file what was before it. */
static struct err *begin(const struct rule_files *f, struct arena *a, const char *graph,
			 struct before *ret)
{
	const char *marked;
	size_t size;

	*ret = (struct before){.path = file_of(f, a, graph), .pending = pending_of(f, a, graph)};
	if (access(f->s.dir, W_OK | X_OK))
		return file_err(a, errno, "writing into folder", f->s.dir);
	TRY(read_if_there(a, ret->path, &ret->bytes, &ret->size));
	TRY(read_if_there(a, ret->pending, &marked, &size));
	if (!marked)
		return file_write(a, ret->pending, 0600, ret->bytes ? ret->bytes : "", ret->size);
	ret->bytes = size ? marked : NULL;
	ret->size = size;
	return NULL;
}

static struct err *put_back(struct arena *a, const struct before *b)
{
	TRY(b->bytes ? file_write(a, b->path, 0644, b->bytes, b->size)
		     : unlink_if_there(a, b->path));
	return unlink_if_there(a, b->pending);
}

static bool is_loaded(const struct metric_rule *rules, size_t n, const char *alert,
		      const char *graph)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; str_eq(rules[i].name, alert) && k < rules[i].n_labels; k++)
			if (str_eq(rules[i].labels[k].key, "graph") &&
			    str_eq(rules[i].labels[k].value, graph))
				return true;
	return false;
}

/* A folder that the configuration does not name would be silence. */
static struct err *check_loaded(const struct rule_files *f, struct arena *a, const char *graph,
				const struct node *object)
{
	const struct node *group = node_first(node_at(object, "spec.groups"));
	struct metric_rule *rules;
	size_t n;

	TRY(f->s.metrics.rules(f->s.metrics.self, a, &rules, &n));
	for (const struct node *r = node_first(node_get(group, "rules")); r; r = r->next)
		if (!is_loaded(rules, n, node_str(r, "alert"), graph))
			return err_hint(
				a,
				err_new(a, ERR_CONFLICT,
					"Prometheus does not read rule files of '%s'", f->s.dir),
				"Add \"%s/*.yml\" to rule_files in its configuration.", f->s.dir);
	return NULL;
}

static struct err *take(const struct rule_files *f, struct arena *a, const char *graph,
			const struct node *object, const char *path)
{
	const char *text =
		arena_printf(a, "# Rules of graph %s, made by SMO: changes are overwritten.\n%s",
			     graph, rules_file(a, object));

	TRY(file_write(a, path, 0644, text, strlen(text)));
	TRY(f->s.metrics.reload(f->s.metrics.self, a));
	return check_loaded(f, a, graph, object);
}

static struct err *files_apply(void *self, struct arena *a, const struct node *object, bool adopt)
{
	const struct rule_files *f = self;
	const char *graph = NULL;
	struct before b;

	(void)adopt; /* the instance is part of the name */
	TRY(graph_of(a, node_str(object, "metadata.name"), &graph));
	TRY(begin(f, a, graph, &b));
	struct err *e = take(f, a, graph, object, b.path);
	if (!e)
		return unlink_if_there(a, b.pending);
	struct err *worse = put_back(a, &b);
	if (worse)
		return err_hint(a, e, "The file of before could not be put back: %s", worse->msg);
	if (e->kind == ERR_INPUT || e->kind == ERR_CONFLICT) {
		struct err *again = f->s.metrics.reload(f->s.metrics.self, a);
		return e->hint || again ? e
					: err_hint(a, e, "The rules of before are in force again.");
	}
	return e;
}

static struct err *files_remove(void *self, struct arena *a, const struct object_ref *ref)
{
	const struct rule_files *f = self;
	const char *graph = NULL;
	struct before b;

	TRY(graph_of(a, ref->name, &graph));
	if (access(file_of(f, a, graph), F_OK) && access(pending_of(f, a, graph), F_OK))
		return NULL;
	TRY(begin(f, a, graph, &b));
	TRY(unlink_if_there(a, b.path));
	struct err *e = f->s.metrics.reload(f->s.metrics.self, a);
	if (e && (!f->s.leaving || e->kind == ERR_CANCELLED))
		return e;
	return unlink_if_there(a, b.pending);
}

struct object_port rule_files_port(struct rule_files *f)
{
	return (struct object_port){
		.get = files_get,
		.list = files_list,
		.apply = files_apply,
		.remove = files_remove,
		.self = f,
	};
}
