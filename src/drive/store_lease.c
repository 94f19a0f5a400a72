// SPDX-License-Identifier: Apache-2.0
/*
 * Leases and reservations: what keeps two changers, and two graphs, out of each other's way.
 *
 * A lease row is never deleted, so that its fence goes on growing when a graph comes again.
 */
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/node.h"
#include "drive/store_row.h"
#include "model/snapshot.h"
#include "port/store_port.h"

/* One statement decides, so two processes cannot both win. */
static const char take[] =
	"INSERT INTO lease (graph, holder, fence, expires) VALUES ($1, $2, 1, $3) "
	"ON CONFLICT (graph) DO UPDATE SET "
	"fence = CASE WHEN lease.holder = excluded.holder THEN lease.fence "
	"ELSE lease.fence + 1 END, "
	"holder = excluded.holder, expires = excluded.expires "
	"WHERE lease.holder IS NULL OR lease.holder = excluded.holder OR lease.expires <= $4 "
	"RETURNING fence";

static struct err *lease_take(void *self, struct arena *a, const char *graph, const char *holder,
			      int64_t now, int64_t ms, struct lease *ret_lease)
{
	struct store *s = self;
	struct sql_rows rows = {0};

	TRY(sql_run(&s->sql, a, take,
		    SQL(sql_text(graph), sql_text(holder), sql_int(now + ms), sql_int(now)),
		    &rows));
	if (rows.n) {
		*ret_lease = (struct lease){
			.graph = arena_strdup(a, graph),
			.holder = arena_strdup(a, holder),
			.fence = sql_cell_int(&rows, 0, 0),
			.expires = now + ms,
		};
		return NULL;
	}
	TRY(sql_run(&s->sql, a, "SELECT holder, expires FROM lease WHERE graph = $1",
		    SQL(sql_text(graph)), &rows));
	const char *other = sql_cell_text(a, &rows, 0, 0);
	int64_t left = sql_cell_int(&rows, 0, 1) - now;
	return err_hint(a,
			err_new(a, ERR_LOCKED, "graph '%s' is being changed by %s", graph,
				other ? other : "somebody else"),
			"Wait until it is done (its claim ends in %lld s unless renewed).",
			(long long)(left > 0 ? (left + 999) / 1000 : 0));
}

static struct err *lease_check(void *self, struct arena *a, const struct lease *lease)
{
	struct store *s = self;
	struct sql_rows rows = {0};

	TRY(sql_run(&s->sql, a,
		    "SELECT 1 FROM lease WHERE graph = $1 AND holder = $2 AND fence = $3",
		    SQL(sql_text(lease->graph), sql_text(lease->holder), sql_int(lease->fence)),
		    &rows));
	if (rows.n)
		return NULL;
	return err_new(a, ERR_LOCKED, "graph '%s' is being changed by somebody else now",
		       lease->graph);
}

static struct err *lease_drop(void *self, struct arena *a, const struct lease *lease)
{
	return row_run(self, a,
		       "UPDATE lease SET holder = NULL, expires = 0 "
		       "WHERE graph = $1 AND holder = $2 AND fence = $3",
		       SQL(sql_text(lease->graph), sql_text(lease->holder), sql_int(lease->fence)));
}

struct reservation_row {
	const char *graph, *service, *cluster;
	int64_t replicas;
	struct node *per_replica; /* resource -> amount, in the model's integers */
};

static const struct row_table reservations = {
	.name = "reservation",
	.size = sizeof(struct reservation_row),
	.columns =
		(const struct row_column[]){
			{"graph", ROW_TEXT, offsetof(struct reservation_row, graph),
			 "(SELECT g.name FROM graph g WHERE g.id = graph_id)"},
			{"service", ROW_NAME, offsetof(struct reservation_row, service)},
			{"cluster", ROW_NAME, offsetof(struct reservation_row, cluster)},
			{"replicas", ROW_INT, offsetof(struct reservation_row, replicas)},
			{"per_replica", ROW_DOC, offsetof(struct reservation_row, per_replica)},
			{0},
		},
};

static struct err *reservation_list(void *self, struct arena *a, const char *except,
				    struct reservation **ret_rows, size_t *ret_n)
{
	struct reservation_row *rows = NULL;
	size_t n = 0;

	TRY(row_select(self, a, &reservations,
		       "WHERE graph_id NOT IN (SELECT id FROM graph WHERE name = $1) "
		       "ORDER BY 1, service, cluster",
		       SQL(sql_text(except)), (void **)&rows, &n));
	struct reservation *out = arena_new_n(a, struct reservation, n);
	for (size_t i = 0; i < n; i++) {
		out[i] = (struct reservation){
			.graph = rows[i].graph,
			.service = rows[i].service,
			.cluster = rows[i].cluster,
			.replicas = rows[i].replicas,
		};
		for (struct node *r = node_first(rows[i].per_replica); r; r = r->next)
			if (r->kind == NODE_INT)
				amounts_set(a, &out[i].per_replica, r->key, r->integer);
	}
	*ret_rows = out;
	*ret_n = n;
	return NULL;
}

static struct err *replace_reservations(struct store *s, struct arena *a, const char *graph,
					const struct reservation *rows, size_t n)
{
	struct row_extra extra = {.name = "graph_id"};
	int64_t id = 0;

	TRY(row_graph_id(s, a, graph, &id));
	extra.value = sql_int(id);
	TRY(row_run(s, a, "DELETE FROM reservation WHERE graph_id = $1", SQL(extra.value)));
	for (size_t i = 0; i < n; i++) {
		const struct amounts *each = &rows[i].per_replica;
		struct reservation_row row = {
			.service = rows[i].service,
			.cluster = rows[i].cluster,
			.replicas = rows[i].replicas,
			.per_replica = node_new(a, NODE_MAP),
		};

		for (size_t k = 0; k < each->n; k++)
			node_set_int(a, row.per_replica, each->at[k].resource, each->at[k].value);
		TRY(row_put(s, a, &reservations, &extra, 1, &row));
	}
	return NULL;
}

static struct err *reservations_put(void *self, struct arena *a, const char *graph,
				    const struct reservation *rows, size_t n)
{
	bool own = false;

	TRY(row_begin(self, a, &own));
	return row_end(self, a, own, replace_reservations(self, a, graph, rows, n));
}

void store_lease_fill(struct store_port *port)
{
	port->lease_take = lease_take;
	port->lease_check = lease_check;
	port->lease_drop = lease_drop;
	port->reservation_list = reservation_list;
	port->reservations_put = reservations_put;
}
