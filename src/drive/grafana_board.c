// SPDX-License-Identifier: Apache-2.0
/*
 * Dashboards: an object's spec is the dashboard as Grafana keeps it, its labels are read from the
 * dashboard's tags.
 */
#include "base/arena.h"
#include "base/str.h"
#include "drive/board_object.h"
#include "drive/grafana_parts.h"
#include "drive/selector.h"
#include "drive/url.h"
#include "model/kinds.h"

enum {
	TRIES = 4 /* of a change, while somebody else changes the same one */,
	PAGE = 1000,
	PAGES = 20
};

static struct err *strange(struct grafana *g, struct arena *a, const char *what)
{
	return err_new(a, ERR_REMOTE, "%s answered something else than its API says: %s", g->who,
		       what);
}

/* {dashboard, meta}; ERR_NOT_FOUND. */
static struct err *fetch(struct grafana *g, struct arena *a, const char *uid,
			 struct node **ret_answer)
{
	int status;

	TRY(grafana_call(g, a, NULL, arena_printf(a, "/api/dashboards/uid/%s", url_escape(a, uid)),
			 NULL, ret_answer, &status));
	const struct node *board = node_get(*ret_answer, "dashboard");
	if (!board || board->kind != NODE_MAP)
		return strange(g, a, "no dashboard");
	return NULL;
}

static struct err *check_ours(struct grafana *g, struct arena *a, const struct node *answer,
			      const char *uid)
{
	if (board_has_tag(node_get(answer, "dashboard"), instance_tag(a, g->s.instance)))
		return NULL;
	return err_hint(a,
			err_new(a, ERR_CONFLICT, "dashboard '%s' of %s exists and is not ours", uid,
				g->who),
			"Its tags say whose it is; --adopt takes it over.");
}

static struct node *object_of(struct grafana *g, struct arena *a, const struct node *answer,
			      const char *uid)
{
	struct node *o = board_object(a, node_get(answer, "dashboard"), uid, g->s.instance);
	const char *folder = node_str(answer, "meta.folderUid");

	if (folder && *folder)
		node_set_str(a, node_map_in(a, node_get(o, "metadata"), "annotations"),
			     DASHBOARD_FOLDER, folder);
	return o;
}

static struct err *board_get(void *self, struct arena *a, const struct object_ref *ref,
			     struct node **ret_object)
{
	struct node *answer;

	TRY(fetch(self, a, ref->name, &answer));
	*ret_object = object_of(self, a, answer, ref->name);
	return NULL;
}

/* ---- list ---- */

static struct err *add_page(struct grafana *g, struct arena *a, const char *path,
			    const struct object_filter *filter, struct node *items, size_t *ret_n)
{
	struct node *found, *answer;
	int status;

	TRY(grafana_call(g, a, NULL, path, NULL, &found, &status));
	if (found->kind != NODE_LIST)
		return strange(g, a, "no list of dashboards");
	for (const struct node *f = found->first; f; f = f->next) {
		const char *uid = node_str(f, "uid");
		struct err *e = uid ? fetch(g, a, uid, &answer) : NULL;

		if (!uid || (e && e->kind == ERR_NOT_FOUND))
			continue; /* its index is behind */
		TRY(e);
		struct node *o = object_of(g, a, answer, uid);
		if (!filter || selector_matches(a, o, filter->label_selector))
			node_add(items, o);
	}
	*ret_n = node_count(found);
	return NULL;
}

static struct err *board_list(void *self, struct arena *a, const char *api_version,
			      const char *kind, const struct object_filter *filter,
			      struct node **ret_items)
{
	struct grafana *g = self;
	struct node *items = node_new(a, NODE_LIST);
	const char *graph = filter ? selector_value(a, filter->label_selector, LABEL_GRAPH) : NULL;
	const char *path = arena_printf(a, "/api/search?type=dash-db&limit=%d", PAGE);
	size_t n = PAGE;

	(void)api_version;
	(void)kind;
	path = url_with_query(a, path, "tag", instance_tag(a, g->s.instance));
	if (graph)
		path = url_with_query(a, path, "tag", arena_printf(a, "graph:%s", graph));
	for (int page = 1; page <= PAGES && n == PAGE; page++)
		TRY(add_page(g, a, arena_printf(a, "%s&page=%d", path, page), filter, items, &n));
	*ret_items = items;
	return NULL;
}

/* ---- changes ---- */

static struct err *save(struct grafana *g, struct arena *a, const struct node *object,
			const struct node *now, int *ret_status)
{
	struct node *body = node_new(a, NODE_MAP), *answer;
	struct node *board = node_copy(a, node_get(object, "spec"));
	const struct node *notes = node_at(object, "metadata.annotations");
	const struct node *folder = node_get(notes, DASHBOARD_FOLDER);
	const struct node *title = node_get(notes, DASHBOARD_TITLE);
	const char *where = now ? node_str(now, "meta.folderUid") : NULL;

	*ret_status = 0;
	/* Where somebody moved it to, it stays. */
	if (!now && folder && folder->kind == NODE_STR) {
		TRY(grafana_need_folder(g, a, folder->str,
					title && title->kind == NODE_STR ? title->str
									 : folder->str));
		where = folder->str;
	}
	node_set(board, "id", node_new(a, NODE_NULL));
	if (now)
		node_set_int(a, board, "version", node_int(now, "dashboard.version", 0));
	node_set(body, "dashboard", board);
	node_set_str(a, body, "folderUid", where ? where : "");
	node_set_str(a, body, "message", "by SMO");
	node_set_bool(a, body, "overwrite", false);
	struct err *e = grafana_call(g, a, "POST", "/api/dashboards/db", body, &answer, ret_status);
	if (e && *ret_status == 404) /* its folder went meanwhile */
		g->folder = NULL;
	return e;
}

static struct err *apply_once(struct grafana *g, struct arena *a, const struct node *object,
			      bool adopt, bool *ret_again)
{
	const char *uid = node_str(object, "metadata.name");
	struct node *now = NULL;
	int status;

	*ret_again = false;
	struct err *e = fetch(g, a, uid, &now);
	if (e && e->kind != ERR_NOT_FOUND)
		return e;
	if (e)
		now = NULL;
	else if (!adopt)
		TRY(check_ours(g, a, now, uid));
	if (node_bool(now, "meta.provisioned", false))
		return err_new(a, ERR_CONFLICT, "%s reads dashboard '%s' from a file of its own",
			       g->who, uid);
	e = save(g, a, object, now, &status);
	*ret_again = status == 412 || status == 409 || status == 404;
	return e;
}

static struct err *board_apply(void *self, struct arena *a, const struct node *object, bool adopt)
{
	const char *uid = node_str(object, "metadata.name");

	if (!uid || !*uid)
		return err_new(a, ERR_INPUT, "a dashboard without a name");
	for (int i = 1;; i++) {
		bool again;
		struct err *e = apply_once(self, a, object, adopt, &again);

		if (!e || !again || i == TRIES)
			return err_wrap(a, e, "dashboard '%s'", uid);
	}
}

static struct err *board_remove(void *self, struct arena *a, const struct object_ref *ref)
{
	struct grafana *g = self;
	struct node *now, *answer;
	int status;
	struct err *e = fetch(g, a, ref->name, &now);

	if (e)
		return e->kind == ERR_NOT_FOUND ? NULL : e;
	TRY(check_ours(g, a, now, ref->name));
	e = grafana_call(g, a, "DELETE",
			 arena_printf(a, "/api/dashboards/uid/%s", url_escape(a, ref->name)), NULL,
			 &answer, &status);
	if (e && status != 404)
		return err_wrap(a, e, "dashboard '%s'", ref->name);
	grafana_drop_folder(g, a, node_str(now, "meta.folderUid"));
	return NULL;
}

struct object_port grafana_object_port(struct grafana *g)
{
	return (struct object_port){
		.get = board_get,
		.list = board_list,
		.apply = board_apply,
		.remove = board_remove,
		.self = g,
	};
}
