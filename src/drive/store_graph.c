// SPDX-License-Identifier: Apache-2.0
/* Graphs with their services and revisions, and clusters. */
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "drive/store_row.h"
#include "port/store_port.h"

#define GRAPH_NAME "(SELECT g.name FROM graph g WHERE g.id = graph_id)"

static const struct row_table graphs = {
	.name = "graph",
	.key = "name",
	.size = sizeof(struct graph_row),
	.columns =
		(const struct row_column[]){
			{"name", ROW_NAME, offsetof(struct graph_row, name)},
			{"project", ROW_NAME, offsetof(struct graph_row, project)},
			{"status", ROW_NAME, offsetof(struct graph_row, status)},
			{"grafana", ROW_TEXT, offsetof(struct graph_row, grafana)},
			{"graph_descriptor", ROW_DOC, offsetof(struct graph_row, descriptor)},
			{"placement", ROW_DOC, offsetof(struct graph_row, placement)},
			{"conditions", ROW_DOC, offsetof(struct graph_row, conditions)},
			{"places", ROW_DOC, offsetof(struct graph_row, places)},
			{"cluster_scoped", ROW_BOOL, offsetof(struct graph_row, cluster_scoped)},
			{"revision", ROW_INT, offsetof(struct graph_row, revision)},
			{"created", ROW_INT, offsetof(struct graph_row, created)},
			{"updated", ROW_INT, offsetof(struct graph_row, updated)},
			{0},
		},
};

static const struct row_table services = {
	.name = "service",
	.size = sizeof(struct service_row),
	.columns =
		(const struct row_column[]){
			{"graph", ROW_TEXT, offsetof(struct service_row, graph), GRAPH_NAME},
			{"name", ROW_NAME, offsetof(struct service_row, name)},
			{"status", ROW_TEXT, offsetof(struct service_row, status)},
			{"grafana", ROW_TEXT, offsetof(struct service_row, grafana)},
			{"cluster_affinity", ROW_TEXT,
			 offsetof(struct service_row, cluster_affinity)},
			{"artifact_ref", ROW_TEXT, offsetof(struct service_row, artifact_ref)},
			{"artifact_type", ROW_TEXT, offsetof(struct service_row, artifact_type)},
			{"artifact_implementer", ROW_TEXT,
			 offsetof(struct service_row, artifact_implementer)},
			{"cpu", ROW_TEXT, offsetof(struct service_row, cpu)},
			{"memory", ROW_TEXT, offsetof(struct service_row, memory)},
			{"storage", ROW_TEXT, offsetof(struct service_row, storage)},
			{"gpu", ROW_TEXT, offsetof(struct service_row, gpu)},
			{"values_overwrite", ROW_DOC,
			 offsetof(struct service_row, values_overwrite)},
			{"alert", ROW_DOC, offsetof(struct service_row, alert)},
			{"replicas", ROW_INT, offsetof(struct service_row, replicas)},
			{"digest", ROW_TEXT, offsetof(struct service_row, digest)},
			{"scaling", ROW_DOC, offsetof(struct service_row, scaling)},
			{0},
		},
};

static const struct row_table clusters = {
	.name = "cluster",
	.key = "name",
	.size = sizeof(struct cluster_row),
	.columns =
		(const struct row_column[]){
			{"name", ROW_NAME, offsetof(struct cluster_row, name)},
			{"location", ROW_TEXT, offsetof(struct cluster_row, location)},
			{"available_cpu", ROW_REAL, offsetof(struct cluster_row, available_cpu)},
			{"available_ram", ROW_NAME, offsetof(struct cluster_row, available_ram)},
			{"availability", ROW_BOOL, offsetof(struct cluster_row, availability)},
			{"acceleration", ROW_BOOL, offsetof(struct cluster_row, acceleration)},
			{"grafana", ROW_TEXT, offsetof(struct cluster_row, grafana)},
			{"cordoned", ROW_BOOL, offsetof(struct cluster_row, cordoned)},
			{"gone", ROW_BOOL, offsetof(struct cluster_row, gone)},
			{"properties", ROW_DOC, offsetof(struct cluster_row, properties)},
			{"facts", ROW_DOC, offsetof(struct cluster_row, facts)},
			{"last_seen", ROW_INT, offsetof(struct cluster_row, last_seen)},
			{0},
		},
};

static const struct row_table revisions = {
	.name = "revision",
	.key = "graph_id, number",
	.size = sizeof(struct revision_row),
	.columns =
		(const struct row_column[]){
			{"graph", ROW_TEXT, offsetof(struct revision_row, graph), GRAPH_NAME},
			{"number", ROW_INT, offsetof(struct revision_row, number)},
			{"descriptor", ROW_DOC, offsetof(struct revision_row, descriptor)},
			{"placement", ROW_DOC, offsetof(struct revision_row, placement)},
			{"pins", ROW_DOC, offsetof(struct revision_row, pins)},
			{"message", ROW_TEXT, offsetof(struct revision_row, message)},
			{"created", ROW_INT, offsetof(struct revision_row, created)},
			{0},
		},
};

static struct err *graph_get(void *self, struct arena *a, const char *name,
			     struct graph_row *ret_row)
{
	struct graph_row *rows = NULL;
	size_t n = 0;

	TRY(row_select(self, a, &graphs, "WHERE name = $1", SQL(sql_text(name)), (void **)&rows,
		       &n));
	if (!n)
		return row_no_graph(a, name);
	*ret_row = rows[0];
	return NULL;
}

static struct err *graph_list(void *self, struct arena *a, const char *project,
			      struct graph_row **ret_rows, size_t *ret_n)
{
	if (!project)
		return row_select(self, a, &graphs, "ORDER BY name", NULL, 0, (void **)ret_rows,
				  ret_n);
	return row_select(self, a, &graphs, "WHERE project = $1 ORDER BY name",
			  SQL(sql_text(project)), (void **)ret_rows, ret_n);
}

static struct err *graph_put(void *self, struct arena *a, const struct graph_row *row)
{
	return row_put(self, a, &graphs, NULL, 0, row);
}

static struct err *delete_all(struct store *s, struct arena *a, const char *name)
{
	int64_t id = 0;

	TRY(row_graph_id(s, a, name, &id));
	TRY(row_run(s, a, "DELETE FROM due WHERE graph = $1", SQL(sql_text(name))));
	/* Services, revisions and reservations go with it: ON DELETE CASCADE. */
	return row_run(s, a, "DELETE FROM graph WHERE id = $1", SQL(sql_int(id)));
}

static struct err *graph_delete(void *self, struct arena *a, const char *name)
{
	bool own = false;

	TRY(row_begin(self, a, &own));
	return row_end(self, a, own, delete_all(self, a, name));
}

static struct err *service_list(void *self, struct arena *a, const char *graph,
				struct service_row **ret_rows, size_t *ret_n)
{
	return row_select(self, a, &services,
			  "WHERE graph_id = (SELECT id FROM graph WHERE name = $1) ORDER BY id",
			  SQL(sql_text(graph)), (void **)ret_rows, ret_n);
}

static struct err *replace_services(struct store *s, struct arena *a, const char *graph,
				    const struct service_row *rows, size_t n)
{
	struct row_extra extra = {.name = "graph_id"};
	int64_t id = 0;

	TRY(row_graph_id(s, a, graph, &id));
	extra.value = sql_int(id);
	TRY(row_run(s, a, "DELETE FROM service WHERE graph_id = $1", SQL(extra.value)));
	for (size_t i = 0; i < n; i++)
		TRY(row_put(s, a, &services, &extra, 1, &rows[i]));
	return NULL;
}

static struct err *services_put(void *self, struct arena *a, const char *graph,
				const struct service_row *rows, size_t n)
{
	bool own = false;

	TRY(row_begin(self, a, &own));
	return row_end(self, a, own, replace_services(self, a, graph, rows, n));
}

static struct err *service_owner(void *self, struct arena *a, const char *project, const char *name,
				 const char **ret_graph)
{
	struct store *s = self;
	struct sql_rows rows = {0};

	TRY(sql_run(&s->sql, a,
		    "SELECT g.name FROM service s JOIN graph g ON g.id = s.graph_id "
		    "WHERE g.project = $1 AND s.name = $2 ORDER BY g.name",
		    SQL(sql_text(project), sql_text(name)), &rows));
	if (!rows.n)
		return err_new(a, ERR_NOT_FOUND, "no graph of project '%s' has a service '%s'",
			       project, name);
	*ret_graph = sql_cell_text(a, &rows, 0, 0);
	return NULL;
}

static struct err *cluster_list(void *self, struct arena *a, struct cluster_row **ret_rows,
				size_t *ret_n)
{
	return row_select(self, a, &clusters, "ORDER BY name", NULL, 0, (void **)ret_rows, ret_n);
}

static struct err *cluster_put(void *self, struct arena *a, const struct cluster_row *row)
{
	return row_put(self, a, &clusters, NULL, 0, row);
}

static struct err *revision_get(void *self, struct arena *a, const char *graph, int64_t number,
				struct revision_row *ret_row)
{
	struct revision_row *rows = NULL;
	int64_t id = 0;
	size_t n = 0;

	TRY(row_graph_id(self, a, graph, &id));
	if (number == 0)
		TRY(row_select(self, a, &revisions,
			       "WHERE graph_id = $1 ORDER BY number DESC LIMIT 1", SQL(sql_int(id)),
			       (void **)&rows, &n));
	else
		TRY(row_select(self, a, &revisions, "WHERE graph_id = $1 AND number = $2",
			       SQL(sql_int(id), sql_int(number)), (void **)&rows, &n));
	if (!n && number == 0)
		return err_new(a, ERR_NOT_FOUND, "graph '%s' has no revision yet", graph);
	if (!n)
		return err_new(a, ERR_NOT_FOUND, "graph '%s' has no revision %lld", graph,
			       (long long)number);
	*ret_row = rows[0];
	return NULL;
}

static struct err *revision_list(void *self, struct arena *a, const char *graph,
				 struct revision_row **ret_rows, size_t *ret_n)
{
	return row_select(self, a, &revisions,
			  "WHERE graph_id = (SELECT id FROM graph WHERE name = $1) ORDER BY number",
			  SQL(sql_text(graph)), (void **)ret_rows, ret_n);
}

static struct err *revision_put(void *self, struct arena *a, const struct revision_row *row)
{
	struct row_extra extra = {.name = "graph_id"};
	int64_t id = 0;

	TRY(row_graph_id(self, a, row->graph, &id));
	extra.value = sql_int(id);
	return row_put(self, a, &revisions, &extra, 1, row);
}

void store_graph_fill(struct store_port *port)
{
	port->graph_get = graph_get;
	port->graph_list = graph_list;
	port->graph_put = graph_put;
	port->graph_delete = graph_delete;
	port->service_list = service_list;
	port->services_put = services_put;
	port->service_owner = service_owner;
	port->cluster_list = cluster_list;
	port->cluster_put = cluster_put;
	port->revision_get = revision_get;
	port->revision_list = revision_list;
	port->revision_put = revision_put;
}
