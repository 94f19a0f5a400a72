// SPDX-License-Identifier: Apache-2.0
#include "engine/watched.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/node.h"
#include "model/kinds.h"

static const char *const kinds[][2] = {{RULES_API, RULES_KIND}, {DASHBOARD_API, DASHBOARD_KIND}};

/* The due row that remembers the places of the clusters' dashboards: nothing is ever due. */
#define DUE_CLUSTERS "clusters"

static int64_t now_of(struct engine *e)
{
	return e->ports->clock.now(e->ports->clock.self);
}

/* ---- lists of places ---- */

static const char *today(struct engine *e, const char *kind)
{
	struct watch_port *w = &e->ports->watch;

	return w->place ? w->place(w->self, kind) : NULL;
}

/* Can it be looked at, today's place or a former one? */
static bool reaches(struct engine *e, const struct node *p)
{
	struct watch_port *w = &e->ports->watch;
	const char *kind = node_str(p, "kind"), *place = node_str(p, "place");

	return str_eq(place, today(e, kind)) || (w->reaches && w->reaches(w->self, kind, place));
}

static bool has_place(const struct node *places, const char *kind, const char *place)
{
	for (const struct node *p = node_first(places); p; p = p->next)
		if (str_eq(node_str(p, "kind"), kind) && str_eq(node_str(p, "place"), place))
			return true;
	return false;
}

static void add_place(struct arena *a, struct node *places, const char *kind, const char *place)
{
	if (!kind || !place || has_place(places, kind, place))
		return;
	struct node *p = node_add(places, node_new(a, NODE_MAP));
	node_set_str(a, p, "kind", kind);
	node_set_str(a, p, "place", place);
}

static void add_places(struct arena *a, struct node *places, const struct node *more)
{
	for (const struct node *p = node_first(more); p; p = p->next)
		add_place(a, places, node_str(p, "kind"), node_str(p, "place"));
}

/* ---- what the store remembers ---- */

static struct err *due_of(struct engine *e, struct arena *a, const char *kind,
			  struct due_row **ret_rows, size_t *ret_n)
{
	struct store_port *st = &e->ports->store;
	struct due_row *rows;
	size_t n, kept = 0;

	TRY(st->due_list(st->self, a, INT64_MAX, &rows, &n));
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].kind, kind))
			rows[kept++] = rows[i];
	*ret_rows = rows;
	*ret_n = kept;
	return NULL;
}

/* Places of @graph, of a former one of that name too; @take: its due rows are deleted. */
static struct err *remembered(struct engine *e, struct arena *a, const char *graph, bool take,
			      struct node **ret_places)
{
	struct store_port *st = &e->ports->store;
	struct node *places = node_new(a, NODE_LIST);
	struct graph_row row;
	struct due_row *due;
	size_t n;
	struct err *err = st->graph_get(st->self, a, graph, &row);

	if (err && err->kind != ERR_NOT_FOUND)
		return err;
	if (!err)
		add_places(a, places, row.places);
	TRY(due_of(e, a, DUE_UNWATCH, &due, &n));
	for (size_t i = 0; i < n; i++) {
		if (!str_eq(due[i].graph, graph))
			continue;
		add_places(a, places, node_get(due[i].payload, "places"));
		if (take)
			TRY(st->due_delete(st->self, a, due[i].id));
	}
	*ret_places = places;
	return NULL;
}

/* ---- looking ---- */

static const char *api_of(const char *kind)
{
	return str_eq(kind, RULES_KIND) ? RULES_API : DASHBOARD_API;
}

static struct err *list_in(struct engine *e, struct arena *a, const struct node *place,
			   const char *selector, struct node **ret_items)
{
	const char *kind = node_str(place, "kind"), *where = node_str(place, "place");
	const struct object_filter ours = {
		.label_selector = selector,
		.place = str_eq(where, today(e, kind)) ? NULL : where,
	};

	return e->ports->object.list(e->ports->object.self, a, api_of(kind), kind, &ours,
				     ret_items);
}

static const char *selector_of(struct arena *a, const char *instance, const char *graph)
{
	return arena_printf(
		a, LABEL_MANAGED_BY "=" MANAGED_BY "," LABEL_INSTANCE "=%s,%s" LABEL_GRAPH "%s%s",
		instance, graph ? "" : "!", graph ? "=" : "", graph ? graph : "");
}

/* What is there stays for ever, unless somebody takes it away by hand. */
static struct err *lost(struct arena *a, const struct node *p)
{
	return err_new(a, ERR_NOT_FOUND, "no setting says any more how to get at %s",
		       place_name(a, node_str(p, "place")));
}

static int by_place_and_name(const void *x, const void *y)
{
	const struct left_object *p = x, *q = y;
	int c = str_cmp(p->kind, q->kind);

	c = c ? c : str_cmp(p->place, q->place);
	return c ? c : str_cmp(p->name, q->name);
}

struct err *watched_look(struct engine *e, struct arena *a, const char *graph, struct snapshot *s)
{
	vec_of(struct left_object) list = {0};
	const char *selector = selector_of(a, s->instance, graph);
	struct node *places, *items = NULL;

	TRY(remembered(e, a, graph, false, &places));
	for (const struct node *p = node_first(places); p; p = p->next) {
		const char *kind = node_str(p, "kind"), *where = node_str(p, "place");

		if (str_eq(where, today(e, kind)))
			continue;
		struct err *err = reaches(e, p) ? list_in(e, a, p, selector, &items) : lost(a, p);
		if (err && err->kind == ERR_CANCELLED)
			return err;
		if (err) {
			s->unseen = err->msg;
			continue;
		}
		for (const struct node *o = node_first(items); o; o = o->next)
			*vec_push(a, &list) = (struct left_object){
				.api_version = api_of(kind),
				.kind = kind,
				.name = node_str(o, "metadata.name"),
				.namespace_ = node_str(o, "metadata.namespace"),
				.place = where,
			};
	}
	if (list.n)
		qsort(list.at, list.n, sizeof(*list.at), by_place_and_name);
	s->left = list.at;
	s->n_left = list.n;
	return NULL;
}

/* ---- a change begins and ends ---- */

static bool wants(const struct decision *d, const char *kind)
{
	for (size_t i = 0; i < d->desired.n_items; i++)
		if (str_eq(node_str(d->desired.items[i].object, "kind"), kind))
			return true;
	return false;
}

static bool sees(const struct decision *d, const char *kind)
{
	for (size_t i = 0; i < d->snapshot.n_objects; i++)
		if (str_eq(d->snapshot.objects[i].kind, kind))
			return true;
	return false;
}

struct err *watched_begin(struct engine *e, struct arena *a, const struct decision *d,
			  struct node **ret_places)
{
	struct node *places;

	TRY(remembered(e, a, d->graph.id, true, &places));
	for (size_t k = 0; k < countof(kinds); k++)
		if (wants(d, kinds[k][1]) || sees(d, kinds[k][1]))
			add_place(a, places, kinds[k][1], today(e, kinds[k][1]));
	*ret_places = places;
	return NULL;
}

/* Was a step for @kind in @place passed over? */
static bool is_undone(struct engine *e, const struct decision *d, const char *kind,
		      const char *place)
{
	for (size_t i = 0; i < d->n_passed_over; i++) {
		const struct node *o = d->passed_over[i].step->object;
		const char *where = object_place(o);

		if (str_eq(node_str(o, "kind"), kind) &&
		    str_eq(where ? where : today(e, kind), place))
			return true;
	}
	return false;
}

struct node *watched_end(struct engine *e, struct arena *a, const struct decision *d,
			 const struct node *places)
{
	struct node *still = node_new(a, NODE_LIST);

	for (const struct node *p = node_first(places); p; p = p->next) {
		const char *kind = node_str(p, "kind"), *place = node_str(p, "place");

		if (!reaches(e, p))
			engine_event(e, a, d->graph.id, NULL, NULL, true, "LeftBehind", "%s: %s",
				     str_eq(kind, RULES_KIND) ? "rules" : "dashboards",
				     lost(a, p)->msg);
		else if (d->snapshot.unseen || is_undone(e, d, kind, place) ||
			 (wants(d, kind) && str_eq(place, today(e, kind))))
			add_place(a, still, kind, place);
	}
	return still;
}

struct err *watched_later(struct engine *e, struct arena *a, const char *graph,
			  const struct node *places)
{
	struct store_port *st = &e->ports->store;
	struct due_row row = {.at = now_of(e), .kind = DUE_UNWATCH, .graph = graph};

	if (!node_count(places))
		return NULL;
	row.payload = node_new(a, NODE_MAP);
	node_set(row.payload, "places", node_copy(a, places));
	return st->due_add(st->self, a, &row);
}

/* ---- trying again ---- */

struct clearing {
	struct engine *e;
	struct arena *a;
	const char *selector;
	size_t n[countof(kinds)]; /* removed */
};

static struct err *clear_place(struct clearing *c, const struct node *place)
{
	const char *kind = node_str(place, "kind"), *where = node_str(place, "place");
	struct node *items = NULL;

	TRY(list_in(c->e, c->a, place, c->selector, &items));
	for (const struct node *o = node_first(items); o; o = o->next) {
		const struct object_ref ref = {
			.api_version = api_of(kind),
			.kind = kind,
			.name = node_str(o, "metadata.name"),
			.namespace_ = node_str(o, "metadata.namespace"),
			.place = str_eq(where, today(c->e, kind)) ? NULL : where,
		};

		TRY(c->e->ports->object.remove(c->e->ports->object.self, c->a, &ref));
		c->n[str_eq(kind, DASHBOARD_KIND)]++;
	}
	return NULL;
}

/* All places are tried; the first failure is the error. */
static struct err *clear_places(struct clearing *c, const struct node *places)
{
	struct err *first = NULL;

	for (const struct node *p = node_first(places); p; p = p->next) {
		struct err *err = reaches(c->e, p) ? clear_place(c, p) : NULL;
		first = first ? first : err;
	}
	return first;
}

static const char *cleared(const struct clearing *c)
{
	if (!c->n[0] && !c->n[1])
		return "rules and dashboards";
	return arena_printf(c->a, "%s%s%zu dashboard%s", c->n[0] ? "rules" : "",
			    c->n[0] ? " and " : "", c->n[1], c->n[1] == 1 ? "" : "s");
}

/* A stopped graph has nothing there any more. */
static struct err *forget_places(struct engine *e, struct arena *a, const char *graph)
{
	struct store_port *st = &e->ports->store;
	struct graph_row row;
	struct err *err = st->graph_get(st->self, a, graph, &row);

	if (err)
		return err->kind == ERR_NOT_FOUND ? NULL : err;
	row.places = node_new(a, NODE_LIST);
	return st->graph_put(st->self, a, &row);
}

/* Whose next change does it: a graph that runs, or is being changed. */
static struct err *is_used(struct engine *e, struct arena *a, const char *graph, bool *ret_used)
{
	struct store_port *st = &e->ports->store;
	struct graph_row row;
	struct err *err = st->graph_get(st->self, a, graph, &row);

	*ret_used = !err && !str_eq(row.status, "Stopped");
	return err && err->kind != ERR_NOT_FOUND ? err : NULL;
}

static struct err *retry_locked(struct engine *e, struct arena *a, const struct due_row *row,
				struct clearing *c)
{
	struct store_port *st = &e->ports->store;
	bool used;

	TRY(is_used(e, a, row->graph, &used));
	if (used)
		return NULL;
	TRY(clear_places(c, node_get(row->payload, "places")));
	TRY(forget_places(e, a, row->graph));
	return st->due_delete(st->self, a, row->id);
}

static struct err *retry(struct engine *e, struct arena *a, const struct due_row *row,
			 struct clearing *c)
{
	struct lock_port *lock = &e->ports->lock;

	TRY(lock->take(lock->self, a, row->graph, e->lock_wait_ms));
	struct err *err = retry_locked(e, a, row, c);
	lock->drop(lock->self);
	return err;
}

struct err *watched_retry(struct engine *e, struct arena *a, struct signal_report *report)
{
	vec_of(struct signal_deed) deeds = {0};
	struct due_row *rows;
	const char *instance;
	struct err *first = NULL;
	size_t n;

	TRY(e->ports->store.instance(e->ports->store.self, a, &instance));
	TRY(due_of(e, a, DUE_UNWATCH, &rows, &n));
	for (size_t i = 0; i < report->n_deeds; i++)
		*vec_push(a, &deeds) = report->deeds[i];
	for (size_t i = 0; i < n; i++) {
		struct clearing c = {e, a, selector_of(a, instance, rows[i].graph), {0}};
		struct err *err = retry(e, a, &rows[i], &c);

		first = first ? first : err;
		if (err || c.n[0] || c.n[1])
			*vec_push(a, &deeds) = (struct signal_deed){
				.graph = rows[i].graph,
				.what = arena_printf(a, "take away %s", cleared(&c)),
				.reason = "left behind when it went",
				.err = err,
			};
	}
	report->deeds = deeds.at;
	report->n_deeds = deeds.n;
	return first;
}

/* ---- dashboards of clusters ---- */

struct err *watched_boards(struct engine *e, struct arena *a, const char *instance,
			   size_t *ret_removed)
{
	struct store_port *st = &e->ports->store;
	const char *here = today(e, DASHBOARD_KIND);
	struct node *places = node_new(a, NODE_LIST);
	struct clearing c = {e, a, selector_of(a, instance, NULL), {0}};
	struct due_row *rows, row = {.at = INT64_MAX, .kind = DUE_CLUSTERS};
	struct err *first = NULL;
	size_t n;

	TRY(due_of(e, a, DUE_CLUSTERS, &rows, &n));
	for (size_t i = 0; i < n; i++) {
		const struct node *old = node_get(rows[i].payload, "places");

		for (const struct node *p = node_first(old); p; p = p->next) {
			bool former = !str_eq(node_str(p, "place"), here) && reaches(e, p);
			struct err *err = former ? clear_place(&c, p) : NULL;
			first = first ? first : err;
			if (err)
				add_place(a, places, DASHBOARD_KIND, node_str(p, "place"));
		}
		TRY(st->due_delete(st->self, a, rows[i].id));
	}
	add_place(a, places, DASHBOARD_KIND, here);
	*ret_removed = c.n[1];
	if (!node_count(places))
		return first;
	row.payload = node_new(a, NODE_MAP);
	node_set(row.payload, "places", places);
	TRY(st->due_add(st->self, a, &row));
	return first;
}
