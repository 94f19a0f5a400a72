// SPDX-License-Identifier: Apache-2.0
#include "engine/boards.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/node.h"
#include "engine/watched.h"
#include "model/kinds.h"
#include "model/snapshot.h"
#include "plan/signals.h"

/* Dashboards of this state that no graph brought. */
static struct err *list_boards(struct engine *e, struct arena *a, const char *instance,
			       struct node **ret_items)
{
	const struct object_filter ours = {
		.label_selector = arena_printf(
			a, LABEL_MANAGED_BY "=" MANAGED_BY "," LABEL_INSTANCE "=%s,!" LABEL_GRAPH,
			instance),
	};

	return e->ports->object.list(e->ports->object.self, a, DASHBOARD_API, DASHBOARD_KIND, &ours,
				     ret_items);
}

static struct node *called(const struct node *items, const char *name)
{
	struct node *o = node_first(items);

	while (o && !str_eq(node_str(o, "metadata.name"), name))
		o = o->next;
	return o;
}

static struct err *put_board(struct engine *e, struct arena *a, const struct node *want,
			     const struct node *items, struct boards_report *r)
{
	const struct node *have = called(items, node_str(want, "metadata.name"));

	if (have && node_within(a, node_get(want, "spec"), node_get(have, "spec"), NULL)) {
		r->n_same++;
		return NULL;
	}
	TRY(e->ports->object.apply(e->ports->object.self, a, want, e->adopt));
	r->n_put++;
	return NULL;
}

static struct err *remove_others(struct engine *e, struct arena *a, const struct node *wanted,
				 const struct node *items, struct boards_report *r)
{
	for (const struct node *o = node_first(items); o; o = o->next) {
		const struct object_ref ref = {
			.api_version = DASHBOARD_API,
			.kind = DASHBOARD_KIND,
			.name = node_str(o, "metadata.name"),
		};

		if (called(wanted, ref.name))
			continue;
		TRY(e->ports->object.remove(e->ports->object.self, a, &ref));
		r->n_removed++;
	}
	return NULL;
}

/* The links that `cluster describe` and the original's tables show. */
static struct err *remember(struct engine *e, struct arena *a, const char *instance)
{
	struct store_port *st = &e->ports->store;
	struct cluster_row *rows;
	size_t n;

	TRY(st->cluster_list(st->self, a, &rows, &n));
	for (size_t i = 0; i < n; i++) {
		const char *uid = dashboard_uid(a, DASHBOARD_CLUSTER, instance, NULL, rows[i].name);
		const char *link = signal_board_link(a, e->signals, uid);

		if (rows[i].gone || str_eq(rows[i].grafana, link))
			continue;
		rows[i].grafana = link;
		TRY(st->cluster_put(st->self, a, &rows[i]));
	}
	return NULL;
}

struct err *boards_sync(struct engine *e, struct arena *a, const struct cluster *clusters, size_t n,
			struct boards_report *ret_report)
{
	struct boards_report r = {0};
	struct node *items, *wanted = node_new(a, NODE_LIST);
	const char *instance;

	*ret_report = r;
	TRY(e->ports->store.instance(e->ports->store.self, a, &instance));
	struct err *left = watched_boards(e, a, instance, &r.n_removed);
	*ret_report = r;
	if (!e->signals || !e->signals->dashboards)
		return left;
	TRY(list_boards(e, a, instance, &items));
	for (size_t i = 0; i < n; i++) {
		if (clusters[i].gone)
			continue;
		TRY(put_board(e, a,
			      node_add(wanted, signal_cluster_board(a, instance, clusters[i].name,
								    &e->signals->board)),
			      items, &r));
	}
	TRY(remove_others(e, a, wanted, items, &r));
	*ret_report = r;
	TRY(remember(e, a, instance));
	return left;
}
