// SPDX-License-Identifier: Apache-2.0
#include "app/views.h"

#include "app/app.h"
#include "app/cli/term.h"
#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/node.h"
#include "model/scale_memory.h"
#include "port/store_port.h"

/* @n as a child of another document; NULL becomes null. */
static struct node *copy(struct arena *a, const struct node *n)
{
	return n ? node_copy(a, n) : node_new(a, NODE_NULL);
}

/* ---- placement ---- */

/* {services: [{service, shares: [{cluster, replicas}]}]} to {service: {cluster: replicas}} */
static struct node *replicas_of(struct arena *a, const struct node *placement)
{
	struct node *out = node_new(a, NODE_MAP);

	for (struct node *s = node_first(node_get(placement, "services")); s; s = s->next) {
		const char *service = node_str(s, "service");
		if (!service)
			continue;
		struct node *map = node_map_in(a, out, service);
		for (struct node *h = node_first(node_get(s, "shares")); h; h = h->next)
			if (node_str(h, "cluster"))
				node_set_int(a, map, node_str(h, "cluster"),
					     node_int(h, "replicas", 0));
	}
	return out;
}

/* The clusters in it, in byte order, each once. */
static struct node *clusters_of(struct arena *a, const struct node *replicas)
{
	struct node *set = node_new(a, NODE_MAP), *list = node_new(a, NODE_LIST);

	for (struct node *s = node_first(replicas); s; s = s->next)
		for (struct node *c = s->first; c; c = c->next)
			node_set_bool(a, set, c->key, true);
	for (struct node *c = node_first(node_sorted(a, set)); c; c = c->next)
		node_add(list, node_new_str(a, c->key));
	return list;
}

static void add_placement(struct arena *a, struct node *doc, const struct graph_row *row,
			  const struct service_row *services, size_t n)
{
	struct node *replicas = replicas_of(a, row->placement);
	struct node *clusters = clusters_of(a, replicas);
	struct node *matrix = node_new(a, row->placement ? NODE_LIST : NODE_NULL);

	for (size_t i = 0; row->placement && i < n; i++) {
		struct node *line = node_add(matrix, node_new(a, NODE_LIST));
		struct node *where = node_get(replicas, services[i].name);

		for (struct node *c = node_first(clusters); c; c = c->next)
			node_add(line, node_new_int(a, node_get(where, c->str) != NULL));
	}
	node_set(doc, "placement", matrix);
	node_set(doc, "clusters", clusters);
	node_set(doc, "replicas", replicas);
}

/* ---- rows ---- */

/* Who set the replicas, and what they are known to sustain. */
static void add_scaling(struct arena *a, struct node *n, const struct service_row *row)
{
	const struct scale_memory m = scale_memory_read(a, row->scaling);

	if (m.by)
		node_set_str(a, n, "replicas_set_by", m.by);
	if (!m.learnt)
		return;
	struct node *model = node_map_in(a, n, "learnt_model");
	node_set(model, "alpha", node_new_real(a, m.learnt->alpha));
	node_set(model, "beta", node_new_real(a, m.learnt->beta));
	node_set_int(a, model, "points", m.learnt->points);
	node_set_int(a, model, "at", m.learnt->at);
}

static struct node *service_doc(struct arena *a, const struct service_row *row)
{
	struct node *n = node_new(a, NODE_MAP);

	node_set_str(a, n, "name", row->name);
	node_set_str(a, n, "status", row->status);
	node_set_str(a, n, "grafana", row->grafana);
	node_set_str(a, n, "cluster_affinity", row->cluster_affinity);
	node_set_str(a, n, "artifact_ref", row->artifact_ref);
	node_set_str(a, n, "artifact_type", row->artifact_type);
	node_set_str(a, n, "artifact_implementer", row->artifact_implementer);
	node_set_str(a, n, "cpu", row->cpu);
	node_set_str(a, n, "memory", row->memory);
	node_set_str(a, n, "storage", row->storage);
	node_set_str(a, n, "gpu", row->gpu);
	node_set(n, "values_overwrite", copy(a, row->values_overwrite));
	node_set(n, "alert", copy(a, row->alert));
	node_set_int(a, n, "replicas", row->replicas);
	node_set_str(a, n, "digest", row->digest);
	add_scaling(a, n, row);
	return n;
}

struct node *view_graph(struct arena *a, const struct graph_row *row,
			const struct service_row *services, size_t n)
{
	struct node *doc = node_new(a, NODE_MAP);

	node_set_str(a, doc, "name", row->name);
	node_set_str(a, doc, "project", row->project);
	node_set_str(a, doc, "status", row->status);
	node_set_str(a, doc, "grafana", row->grafana);
	node_set(doc, "hdaGraph", copy(a, row->descriptor));
	add_placement(a, doc, row, services, n);
	struct node *list = node_list_in(a, doc, "services");
	for (size_t i = 0; i < n; i++)
		node_add(list, service_doc(a, &services[i]));
	node_set_int(a, doc, "revision", row->revision);
	node_set_int(a, doc, "created", row->created);
	node_set_int(a, doc, "updated", row->updated);
	node_set(doc, "conditions",
		 row->conditions ? node_copy(a, row->conditions) : node_new(a, NODE_LIST));
	const struct node *first = node_first(row->conditions);
	node_set_str(a, doc, "degraded", node_str(first, "reason"));
	return doc;
}

void view_say_conditions(struct app *app, const struct node *doc)
{
	const struct node *c = node_first(node_get(doc, "conditions"));

	for (; c && !output_is_data(app); c = c->next)
		term_say(app, "%s: %s: %s", node_str(c, "type"), node_str(c, "reason"),
			 str_printable(app->arena, node_str(c, "message"), false));
}

static const char *cluster_state(const struct cluster_row *row)
{
	if (row->gone)
		return "Gone";
	if (!row->availability)
		return "Not Ready";
	return row->cordoned ? "Cordoned" : "Ready";
}

struct node *view_cluster(struct arena *a, const struct cluster_row *row)
{
	struct node *doc = node_new(a, NODE_MAP);
	struct node *cpu = node_new(a, NODE_REAL);

	cpu->real = row->available_cpu;
	node_set_str(a, doc, "name", row->name);
	node_set_str(a, doc, "location", row->location);
	node_set(doc, "available_cpu", cpu);
	node_set_str(a, doc, "available_ram", row->available_ram);
	node_set_bool(a, doc, "availability", row->availability);
	node_set_bool(a, doc, "acceleration", row->acceleration);
	node_set_str(a, doc, "grafana", row->grafana);
	node_set_str(a, doc, "status", cluster_state(row));
	node_set_bool(a, doc, "cordoned", row->cordoned);
	node_set_bool(a, doc, "gone", row->gone);
	node_set(doc, "properties", copy(a, row->properties));
	node_set(doc, "facts", copy(a, row->facts));
	node_set_int(a, doc, "last_seen", row->last_seen);
	return doc;
}

struct node *view_event(struct arena *a, const struct event_row *row)
{
	struct node *doc = node_new(a, NODE_MAP);

	node_set_int(a, doc, "id", row->id);
	node_set_int(a, doc, "time", row->time);
	node_set_str(a, doc, "type", row->type);
	node_set_str(a, doc, "reason", row->reason);
	node_set_str(a, doc, "message", row->message);
	node_set_str(a, doc, "graph", row->graph);
	node_set_str(a, doc, "service", row->service);
	node_set_str(a, doc, "operation", row->operation);
	node_set(doc, "meta", copy(a, row->meta));
	return doc;
}

struct node *view_revision(struct arena *a, const struct revision_row *row)
{
	struct node *doc = node_new(a, NODE_MAP);

	node_set_int(a, doc, "revision", row->number);
	node_set_int(a, doc, "created", row->created);
	node_set_str(a, doc, "message", row->message);
	node_set_str(a, doc, "version", node_str(row->descriptor, "version"));
	node_set(doc, "replicas", replicas_of(a, row->placement));
	node_set(doc, "pins", copy(a, row->pins));
	node_set(doc, "hdaGraph", copy(a, row->descriptor));
	return doc;
}

struct node *view_operation(struct arena *a, const struct operation_row *row,
			    const struct step_row *steps, size_t n)
{
	struct node *doc = node_new(a, NODE_MAP);

	node_set_str(a, doc, "id", row->id);
	node_set_str(a, doc, "verb", row->verb);
	node_set_str(a, doc, "graph", row->graph);
	node_set_str(a, doc, "project", row->project);
	node_set_str(a, doc, "state", row->state);
	node_set_str(a, doc, "error", row->error);
	node_set_int(a, doc, "started", row->started);
	node_set_int(a, doc, "ended", row->ended);
	struct node *list = node_list_in(a, doc, "steps");
	for (size_t i = 0; i < n; i++) {
		struct node *step = node_add(list, node_new(a, NODE_MAP));

		node_set_int(a, step, "n", steps[i].n);
		node_set_str(a, step, "state", steps[i].state);
		node_set_str(a, step, "error", steps[i].error);
		node_set_int(a, step, "started", steps[i].started);
		node_set_int(a, step, "ended", steps[i].ended);
	}
	return doc;
}

/* ---- tables; titles and headers of the first three are the original's ---- */

static const struct column clusters_columns[] = {
	{"Name", "name"},
	{"Location", "location", .if_missing = "Unknown"},
	{"CPU (Avail)", "available_cpu", COLUMN_RIGHT},
	{"RAM (Avail)", "available_ram", COLUMN_RIGHT},
	{"Status", "status", COLUMN_STATUS},
	{"GPU", "acceleration", .if_true = "Yes", .if_false = "No"},
	{"Region", "facts.region", COLUMN_WIDE},
	{"Provider", "facts.provider", COLUMN_WIDE},
	{"Version", "facts.kubernetesVersion", COLUMN_WIDE},
	{"Seen", "last_seen", COLUMN_WIDE | COLUMN_AGE},
	{0},
};
const struct view clusters_view = {.title = "Clusters", .columns = clusters_columns};

static const struct column graphs_columns[] = {
	{"Name", "name"},
	{"Project", "project"},
	{"Status", "status", COLUMN_STATUS},
	{"Services", "services", COLUMN_COUNT | COLUMN_RIGHT},
	{"Degraded", "degraded", COLUMN_WIDE},
	{"Revision", "revision", COLUMN_WIDE | COLUMN_RIGHT},
	{"Changed", "updated", COLUMN_WIDE | COLUMN_AGE},
	{"Clusters", "clusters", COLUMN_WIDE},
	{0},
};
const struct view graphs_view = {.title = "Deployed Graphs", .columns = graphs_columns};

static const struct column graph_columns[] = {
	{"Name", "name"},
	{"Project", "project"},
	{"Status", "status", COLUMN_STATUS},
	{"Grafana", "grafana", .if_missing = "N/A"},
	{"Revision", "revision"},
	{"Changed", "updated", COLUMN_TIME},
	{0},
};
const struct view graph_panel = {.title = "Graph Details", .columns = graph_columns};

static const struct column services_columns[] = {
	{"Service Name", "name"},
	{"Status", "status", COLUMN_STATUS},
	{"Cluster Affinity", "cluster_affinity", .if_missing = "N/A"},
	{"Artifact", "artifact_ref"},
	{"CPU", "cpu", COLUMN_WIDE | COLUMN_RIGHT},
	{"Memory", "memory", COLUMN_WIDE | COLUMN_RIGHT},
	{"Storage", "storage", COLUMN_WIDE | COLUMN_RIGHT},
	{"GPU", "gpu", COLUMN_WIDE | COLUMN_RIGHT},
	{"Replicas", "replicas", COLUMN_WIDE | COLUMN_RIGHT},
	{0},
};
const struct view services_view = {
	.title = "Services", .rows = "services", .columns = services_columns};

static const struct column events_columns[] = {
	{"Time", "time", COLUMN_TIME},
	{"Type", "type", COLUMN_STATUS},
	{"Graph", "graph"},
	{"Service", "service"},
	{"Reason", "reason"},
	{"Message", "message"},
	{"Operation", "operation", COLUMN_WIDE},
	{0},
};
const struct view events_view = {
	.title = "Events", .name = "id", .empty = "No events.", .columns = events_columns};

static const struct column revisions_columns[] = {
	{"Revision", "revision", COLUMN_RIGHT},
	{"Created", "created", COLUMN_TIME},
	{"Version", "version"},
	{"Message", "message"},
	{0},
};
const struct view revisions_view = {.title = "Revisions",
				    .rows = "revisions",
				    .name = "revision",
				    .empty = "No revisions.",
				    .columns = revisions_columns};

static const struct column operations_columns[] = {
	{"Operation", "id"},
	{"Verb", "verb"},
	{"State", "state", COLUMN_STATUS},
	{"Started", "started", COLUMN_TIME},
	{"Ended", "ended", COLUMN_TIME},
	{"Steps", "steps", COLUMN_COUNT | COLUMN_RIGHT},
	{"Error", "error"},
	{0},
};
const struct view operations_view = {
	.title = "Operations", .rows = "operations", .name = "id", .columns = operations_columns};
