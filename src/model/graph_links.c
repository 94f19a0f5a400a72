// SPDX-License-Identifier: Apache-2.0
/*
 * Services that name other services.  The earliest descriptors wrote flags, one for each service
 * of the graph, where later ones write ids; a flag is kept as "@index" until all services are
 * known.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "doc/node.h"
#include "model/graph.h"
#include "model/graph_parts.h"

struct ids {
	vec_of(const char *) text;
	vec_of(struct mark) at;
};

static void add_id(struct arena *a, struct ids *ids, const char *id, struct mark at)
{
	for (size_t i = 0; i < ids->text.n; i++)
		if (str_eq(ids->text.at[i], id))
			return;
	*vec_push(a, &ids->text) = id;
	*vec_push(a, &ids->at) = at;
}

static void read_ids(struct arena *a, const struct node *n, const char *key, bool flags,
		     struct ids *ids, struct problems *ps)
{
	size_t index = 0;

	if (n->kind != NODE_LIST) {
		problems_add(ps, SEVERITY_ERROR, n->at, "wrong-type",
			     "'%s' must be a list of services, not %s", key,
			     node_kind_name(n->kind));
		return;
	}
	for (const struct node *c = n->first; c; c = c->next, index++) {
		bool number = c->kind == NODE_INT || c->kind == NODE_REAL;
		double value = !number ? -1 : c->kind == NODE_INT ? (double)c->integer : c->real;
		bool on = flags && !(value < 1) && !(value > 1);
		bool off = flags && !(value < 0) && !(value > 0);
		if (c->kind == NODE_STR && *c->str)
			add_id(a, ids, c->str, c->at);
		else if (on)
			add_id(a, ids, arena_printf(a, "@%zu", index), c->at);
		else if (!off)
			problems_add(ps, SEVERITY_ERROR, c->at, "wrong-type",
				     "each of '%s' must be the id of a service, not %s", key,
				     c->kind == NODE_STR ? "empty" : node_kind_name(c->kind));
	}
}

static struct node *write_ids(struct arena *a, const char *const *ids, size_t n)
{
	struct node *list = n ? node_new(a, NODE_LIST) : NULL;

	for (size_t i = 0; i < n; i++)
		node_add(list, node_new_str(a, ids[i]));
	return list;
}

static struct node *ids_schema(struct arena *a)
{
	struct node *n = node_new(a, NODE_MAP), *items = node_map_in(a, n, "items");

	node_set_str(a, n, "type", "array");
	node_set_str(a, items, "type", "string");
	node_set_int(a, items, "minLength", 1);
	return n;
}

/* ---- connection points ---- */

static void read_points(struct arena *a, const struct node *n, const char *key, void *member,
			struct problems *ps)
{
	struct service *s = member;
	struct ids ids = {0};

	for (size_t i = 0; i < s->n_connection_points; i++)
		add_id(a, &ids, s->connection_points[i], s->connection_points_at[i]);
	read_ids(a, n, key, true, &ids, ps);
	s->connection_points = ids.text.at;
	s->n_connection_points = ids.text.n;
	s->connection_points_at = ids.at.at;
}

static struct node *write_points(struct arena *a, const void *member)
{
	const struct service *s = member;

	return write_ids(a, s->connection_points, s->n_connection_points);
}

static struct node *points_schema(struct arena *a)
{
	struct node *n = node_new(a, NODE_MAP), *any = NULL;

	node_set_str(a, n, "type", "array");
	any = node_list_in(a, node_map_in(a, n, "items"), "anyOf");
	node_add(any, node_copy(a, node_get(ids_schema(a), "items")));
	struct node *flags = node_list_in(a, node_add(any, node_new(a, NODE_MAP)), "enum");
	node_add(flags, node_new_int(a, 0));
	node_add(flags, node_new_int(a, 1));
	return n;
}

const struct custom connection_points = {"a list of services", read_points, write_points,
					 points_schema};

static void resolve_service(struct arena *a, const struct graph *g, struct service *s,
			    struct problems *ps)
{
	struct ids ids = {0};

	for (size_t i = 0; i < s->n_connection_points; i++) {
		const char *text = s->connection_points[i];
		struct mark at = s->connection_points_at[i];
		size_t index = *text == '@' ? (size_t)strtoll(text + 1, NULL, 10) : 0;

		if (*text != '@')
			add_id(a, &ids, text, at);
		else if (index < g->n_services && g->services[index].id)
			add_id(a, &ids, g->services[index].id, at);
		else
			problems_add(ps, SEVERITY_ERROR, at, "unknown-service",
				     "flag %zu of 'connectionPoints' stands for no service",
				     index + 1);
	}
	s->connection_points = ids.text.at;
	s->n_connection_points = ids.text.n;
	s->connection_points_at = ids.at.at;
}

void connection_flags_resolve(struct arena *a, struct graph *g, struct problems *ps)
{
	for (size_t i = 0; i < g->n_services; i++)
		resolve_service(a, g, &g->services[i], ps);
}

/* ---- dependencies ---- */

static void read_dependencies(struct arena *a, const struct node *n, const char *key, void *member,
			      struct problems *ps)
{
	struct trigger *t = member;
	struct ids ids = {0};

	read_ids(a, n, key, false, &ids, ps);
	t->dependencies = ids.text.at;
	t->n_dependencies = ids.text.n;
	t->dependencies_at = ids.at.at;
}

static struct node *write_dependencies(struct arena *a, const void *member)
{
	const struct trigger *t = member;

	return write_ids(a, t->dependencies, t->n_dependencies);
}

const struct custom trigger_dependencies = {"a list of services", read_dependencies,
					    write_dependencies, ids_schema};
