// SPDX-License-Identifier: Apache-2.0
/* Rules and dashboards as wanted objects.  They are told to nobody who runs, so they wait for
 * nothing, and nothing waits for them. */
#include "base/arena.h"
#include "base/str.h"
#include "model/kinds.h"
#include "plan/desire_parts.h"
#include "plan/signals.h"

bool signal_is_optional(const char *kind)
{
	return str_eq(kind, RULES_KIND) || str_eq(kind, DASHBOARD_KIND);
}

static bool has_events(const struct graph *g)
{
	for (size_t i = 0; i < g->n_services; i++)
		if (g->services[i].trigger.is_event && g->services[i].trigger.n_events)
			return true;
	return false;
}

const char *signal_no_rules(const struct signal_options *o, const struct graph *g,
			    const struct snapshot *s)
{
	return o && o->rules && o->rules_if_kept && has_events(g) ? s->no_rules : NULL;
}

bool signal_wants_rules(const struct signal_options *o, const struct graph *g,
			const struct snapshot *s)
{
	return o && o->rules && has_events(g) && !signal_no_rules(o, g, s);
}

const char *signal_board_link(struct arena *a, const struct signal_options *o, const char *uid)
{
	return o && o->board_url ? arena_printf(a, "%s/d/%s", o->board_url, uid) : NULL;
}

/* An object that is the graph's as a whole. */
static struct node *graph_object(struct desiring *d, const char *api_version, const char *kind,
				 const char *namespace_, const char *name)
{
	struct node *object = desired_object(d, api_version, kind, namespace_, name, NULL);
	struct node *labels = node_at(object, "metadata.labels");

	node_set_str(d->a, labels, LABEL_GRAPH, d->g->id);
	node_set_str(d->a, labels, LABEL_PROJECT, d->s->project);
	return object;
}

static void desire_rules(struct desiring *d, const struct rule_options *o)
{
	struct node *group = rules_group(d->a, d->g, d->s->project, o);

	if (!group)
		return;
	size_t n = node_count(node_get(group, "rules"));
	const char *name = o->prefix ? arena_printf(d->a, "%s%s", o->prefix, d->g->id)
				     : rules_name(d->a, d->g->id);
	struct node *object = graph_object(d, RULES_API, RULES_KIND, o->namespace_, name);
	struct node *labels = node_at(object, "metadata.labels");
	for (size_t i = 0; i < o->n_labels; i++)
		node_set_str(d->a, labels, o->labels[i].key, o->labels[i].value);
	node_add(node_list_in(d->a, node_map_in(d->a, object, "spec"), "groups"), group);
	desired_add_object(
		d, object, NULL, name,
		arena_printf(d->a, "%zu event%s may start services", n, n == 1 ? "" : "s"), NULL,
		0);
}

static void in_folder(struct arena *a, struct node *object, const char *instance, const char *title)
{
	struct node *notes = node_map_in(a, node_get(object, "metadata"), "annotations");

	node_set_str(a, notes, DASHBOARD_FOLDER, dashboard_folder(a, instance, title));
	node_set_str(a, notes, DASHBOARD_TITLE, title);
}

static void desire_dashboard(struct desiring *d, struct node *board, const char *summary,
			     const char *reason)
{
	struct node *object =
		graph_object(d, DASHBOARD_API, DASHBOARD_KIND, NULL, node_str(board, "uid"));

	in_folder(d->a, object, d->s->instance, d->s->project);
	node_set(object, "spec", board);
	desired_add_object(d, object, NULL, summary, reason, NULL, 0);
}

struct node *signal_cluster_board(struct arena *a, const char *instance, const char *name,
				  const struct dashboard_options *o)
{
	struct dashboard_options own = *o;
	struct node *object = node_new(a, NODE_MAP);

	own.instance = instance;
	struct node *board = dashboard_cluster(a, name, &own);
	node_set_str(a, object, "apiVersion", DASHBOARD_API);
	node_set_str(a, object, "kind", DASHBOARD_KIND);
	struct node *meta = node_map_in(a, object, "metadata");
	node_set_str(a, meta, "name", node_str(board, "uid"));
	struct node *labels = node_map_in(a, meta, "labels");
	node_set_str(a, labels, LABEL_MANAGED_BY, MANAGED_BY);
	node_set_str(a, labels, LABEL_INSTANCE, instance);
	in_folder(a, object, instance, "Clusters");
	node_set(object, "spec", board);
	return object;
}

void desire_signals(struct desiring *d)
{
	const struct signal_options *o = d->o->signals;

	if (!o)
		return;
	if (signal_wants_rules(o, d->g, d->s))
		desire_rules(d, &o->rule);
	if (!o->dashboards)
		return;
	struct dashboard_options board = o->board;
	board.instance = d->s->instance;
	for (size_t i = 0; i < d->g->n_services; i++)
		desire_dashboard(
			d,
			dashboard_service(d->a, d->g, d->s->project, d->g->services[i].id, &board),
			d->g->services[i].id, "shows the service");
	desire_dashboard(d, dashboard_graph(d->a, d->g, d->s->project, &board), d->g->id,
			 "shows the graph");
}
