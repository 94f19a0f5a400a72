// SPDX-License-Identifier: Apache-2.0
#include "plan/values.h"

#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/str.h"
#include "doc/json.h"
#include "model/snapshot.h"

/* The map that holds the last key of the dotted @path (made on the way), and that key. */
static struct node *descend(struct arena *a, struct node *map, const char *path,
			    const char **ret_key)
{
	const char *dot;

	while ((dot = strchr(path, '.'))) {
		map = node_map_in(a, map, arena_strndup(a, path, (size_t)(dot - path)));
		path = dot + 1;
	}
	*ret_key = path;
	return map;
}

static void set_path(struct arena *a, struct node *values, const char *path, struct node *value)
{
	const char *key;
	struct node *map = descend(a, values, path, &key);

	node_set(map, key, value);
}

/* A resource at @path as Kubernetes writes it; nothing when the path or the intent is missing. */
static void map_amount(struct arena *a, struct node *values, const char *path,
		       const struct service *v, const char *resource)
{
	if (path && amounts_has(&v->demand, resource))
		set_path(a, values, path,
			 node_new_str(
				 a, quantity_text(a, resource, amounts_get(&v->demand, resource))));
}

struct node *values_base(struct arena *a, const struct service *v)
{
	struct node *values = v->values ? node_copy(a, v->values) : node_new(a, NODE_MAP);

	values->key = NULL;
	values->next = NULL;
	map_amount(a, values, v->mapping.cpu, v, "cpu");
	map_amount(a, values, v->mapping.memory, v, "memory");
	if (v->gpu.enabled)
		map_amount(a, values, v->mapping.gpu, v, v->gpu.resource);
	return values;
}

const char *values_replicas_path(const struct service *v, const struct chart_facts *f)
{
	return v->mapping.replicas ? v->mapping.replicas : f ? f->replicas_path : NULL;
}

/* "karmada." of "karmada.clustersAffinity". */
static const char *prefix_of(struct arena *a, const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot ? arena_strndup(a, path, (size_t)(dot - path) + 1) : "";
}

/* Where cluster names go: where the chart reads them, and if it does in both places, where the
 * original put them. */
static const char *names_prefix(struct arena *a, const struct service *v,
				const struct chart_facts *f)
{
	bool wot = v->implementer && strcmp(str_lower(a, v->implementer), "wot") == 0;

	if (f->affinity_path)
		return prefix_of(a, f->affinity_path);
	return wot ? "voChartOverwrite." : "";
}

/* The clusters and the importers at the paths that end in clustersAffinity. */
static void tell_names(struct arena *a, struct node *values, const char *prefix,
		       const struct service *v, const struct chart_facts *f,
		       const struct decided *d)
{
	enum names_form in = (enum names_form)f->affinity_form;
	enum names_form out = (enum names_form)f->imports_form;

	if (!v->mapping.clusters && d->n_clusters)
		set_path(a, values, arena_printf(a, "%sclustersAffinity", prefix),
			 names_written(a, in, d->clusters, d->n_clusters));
	if (!v->mapping.import_clusters && d->n_import_clusters)
		set_path(a, values, arena_printf(a, "%sserviceImportClusters", prefix),
			 names_written(a, out, d->import_clusters, d->n_import_clusters));
}

static void tell_mapped(struct arena *a, struct node *values, const char *path,
			const char *const *names, size_t n)
{
	if (path && n)
		set_path(a, values, path, names_written(a, NAMES_LIST, names, n));
}

struct node *values_final(struct arena *a, const struct service *v, const struct chart_facts *f,
			  const struct decided *d)
{
	struct node *values = values_base(a, v);

	if (!d)
		return values;
	if (f && f->reads_affinity)
		tell_names(a, values, names_prefix(a, v, f), v, f, d);
	for (size_t i = 0; f && i < f->n_other_affinity; i++)
		tell_names(a, values, prefix_of(a, f->other_affinity[i]), v, f, d);
	tell_mapped(a, values, v->mapping.clusters, d->clusters, d->n_clusters);
	tell_mapped(a, values, v->mapping.import_clusters, d->import_clusters,
		    d->n_import_clusters);
	if (d->replicas && values_replicas_path(v, f))
		set_path(a, values, values_replicas_path(v, f),
			 node_new_int(a, d->asleep ? 0 : d->replicas));
	return values;
}

/* @map without the value at @path, and without the maps that are empty then. */
static void prune(struct arena *a, struct node *map, const char *path)
{
	const char *dot = strchr(path, '.');
	const char *key = dot ? arena_strndup(a, path, (size_t)(dot - path)) : path;
	struct node *child = node_get(map, key);

	if (dot && child && child->kind == NODE_MAP) {
		prune(a, child, dot + 1);
		if (!child->first)
			node_unset(map, key);
	} else if (!dot) {
		node_unset(map, key);
	}
}

const char *values_hash(struct arena *a, const struct service *v, const struct chart_facts *f,
			const struct node *values)
{
	struct node *bare = node_sorted(a, values);
	const char *path = values_replicas_path(v, f);

	if (path)
		prune(a, bare, path);
	const char *text = json_write(a, bare, JSON_COMPACT);
	return arena_strndup(a, sha256_hex(a, text, strlen(text)), 40);
}
