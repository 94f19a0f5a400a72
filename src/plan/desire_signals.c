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
	struct node *object =
		graph_object(d, RULES_API, RULES_KIND, o->namespace_, rules_name(d->a, d->g->id));
	struct node *labels = node_at(object, "metadata.labels");
	for (size_t i = 0; i < o->n_labels; i++)
		node_set_str(d->a, labels, o->labels[i].key, o->labels[i].value);
	node_add(node_list_in(d->a, node_map_in(d->a, object, "spec"), "groups"), group);
	desired_add_object(
		d, object, NULL, rules_name(d->a, d->g->id),
		arena_printf(d->a, "%zu event%s may start services", n, n == 1 ? "" : "s"), NULL,
		0);
}

static void desire_dashboard(struct desiring *d, struct node *board, const char *summary,
			     const char *reason)
{
	struct node *object =
		graph_object(d, DASHBOARD_API, DASHBOARD_KIND, NULL, node_str(board, "uid"));
	struct node *notes = node_map_in(d->a, node_get(object, "metadata"), "annotations");

	node_set_str(d->a, notes, DASHBOARD_FOLDER,
		     dashboard_folder(d->a, d->s->instance, d->s->project));
	node_set_str(d->a, notes, DASHBOARD_TITLE, d->s->project);
	node_set(object, "spec", board);
	desired_add_object(d, object, NULL, summary, reason, NULL, 0);
}

void desire_signals(struct desiring *d)
{
	const struct signal_options *o = d->o->signals;

	if (!o)
		return;
	if (o->rules)
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
