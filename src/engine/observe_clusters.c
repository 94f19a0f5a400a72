// SPDX-License-Identifier: Apache-2.0
#include "engine/observe_clusters.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/bind.h"
#include "model/cluster_properties.h"
#include "plan/capacity.h"

static const struct cluster_row *row_of(const struct cluster_row *rows, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].name, name))
			return &rows[i];
	return NULL;
}

/* The setting clusters.properties: CLUSTER:KEY=VALUE. */
static void lay_settings_over(const struct engine *e, struct arena *a, struct cluster *c)
{
	for (size_t i = 0; i < e->n_cluster_properties; i++) {
		const char *text = e->cluster_properties[i];
		const char *colon = strchr(text, ':'), *eq = colon ? strchr(colon, '=') : NULL;

		if (!eq)
			continue;
		const char *name = arena_strndup(a, text, (size_t)(colon - text));
		const char *key = arena_strndup(a, colon + 1, (size_t)(eq - colon - 1));
		if (!str_eq(name, "*") && !str_eq(name, c->name))
			continue;
		const char *ignored = cluster_property_set(a, c, key, eq + 1, "settings");
		(void)ignored;
	}
}

/* What the user set by hand overrules what settings say, and those what labels say. */
static void lay_over(const struct engine *e, struct arena *a, struct cluster *c,
		     const struct cluster_row *row)
{
	cluster_properties_from_labels(a, c);
	lay_settings_over(e, a, c);
	for (const struct node *n = row ? node_first(row->properties) : NULL; n; n = n->next) {
		const char *value = node_text(a, n);
		const char *ignored =
			value ? cluster_property_set(a, c, n->key, value, "set by hand") : NULL;
		(void)ignored;
	}
	if (row)
		c->cordoned = row->cordoned;
}

static int by_name(const void *x, const void *y)
{
	return str_cmp(((const struct cluster *)x)->name, ((const struct cluster *)y)->name);
}

struct err *observe_clusters(struct engine *e, struct arena *a, struct cluster **ret_clusters,
			     size_t *ret_n)
{
	struct store_port *st = &e->ports->store;
	struct cluster_row *rows = NULL;
	struct cluster *seen = NULL;
	size_t n_rows = 0, n_seen = 0, n = 0;

	TRY(e->ports->cluster.list(e->ports->cluster.self, a, &seen, &n_seen));
	TRY(st->cluster_list(st->self, a, &rows, &n_rows));
	struct cluster *all = arena_new_n(a, struct cluster, n_seen + n_rows);
	for (size_t i = 0; i < n_seen; i++) {
		all[n] = seen[i];
		lay_over(e, a, &all[n++], row_of(rows, n_rows, seen[i].name));
	}
	for (size_t i = 0; i < n_rows; i++) {
		bool there = false;

		for (size_t k = 0; k < n_seen; k++)
			there |= str_eq(seen[k].name, rows[i].name);
		if (!there)
			all[n++] = (struct cluster){.name = rows[i].name, .gone = true};
	}
	if (n)
		qsort(all, n, sizeof(*all), by_name);
	*ret_clusters = all;
	*ret_n = n;
	return NULL;
}

static bool has_device(const struct cluster *c)
{
	for (size_t i = 0; i < c->allocatable.n; i++) {
		const char *r = c->allocatable.at[i].resource;
		if (str_ends(r, "/gpu") && c->allocatable.at[i].value > 0)
			return true;
	}
	return false;
}

struct err *clusters_remember(struct engine *e, struct arena *a, const struct cluster *clusters,
			      size_t n)
{
	struct store_port *st = &e->ports->store;
	const struct snapshot nothing = {0};
	struct cluster_row *rows = NULL;
	size_t n_rows = 0;
	int64_t now = e->ports->clock.now(e->ports->clock.self);

	TRY(st->cluster_list(st->self, a, &rows, &n_rows));
	for (size_t i = 0; i < n; i++) {
		const struct cluster *c = &clusters[i];
		const struct cluster_row *old = row_of(rows, n_rows, c->name);
		struct amounts left = capacity_free(a, &nothing, c, false);
		struct cluster_row row = old ? *old : (struct cluster_row){.name = c->name};

		row.gone = c->gone;
		row.availability = c->ready && !c->gone;
		if (!c->gone) {
			row.location = c->location ? c->location
				       : c->region ? c->region
						   : "Unknown";
			row.available_cpu = (double)amounts_get(&left, "cpu") / 1000;
			row.available_ram =
				quantity_human(a, "memory", amounts_get(&left, "memory"));
			row.acceleration = has_device(c);
			row.facts = bind_write(a, &cluster_shape, c);
			row.last_seen = now;
		}
		TRY(st->cluster_put(st->self, a, &row));
	}
	return NULL;
}
