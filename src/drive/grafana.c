// SPDX-License-Identifier: Apache-2.0
/* Connection, fuse, folders and marks; the dashboards stand in grafana_board.c. */
#include "drive/grafana.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/str.h"
#include "doc/json.h"
#include "drive/grafana_parts.h"
#include "drive/url.h"
#include "model/kinds.h"

enum {
	ATTEMPTS = 2,
	TIMEOUT_MS = 5000,
	BODY_MAX = 8 << 20,
	FUSE_MS = 10000, /* for how long a Grafana that is away is not asked again */
	ANSWER_SHOWN = 200,
};

#define FOLDERS "smo-f-" /* uids of our folders */

struct err *grafana_open(struct arena *a, const struct grafana_settings *settings,
			 struct grafana **ret_grafana)
{
	struct grafana *g = arena_new(a, struct grafana);
	struct url u;

	TRY(err_wrap(a, url_parse(a, settings->url, &u), "address of Grafana"));
	size_t len = strlen(settings->url);
	while (len && settings->url[len - 1] == '/')
		len--;
	g->base = arena_strndup(a, settings->url, len);
	g->who = arena_printf(a, "Grafana at %s", url_authority(a, &u));
	g->s = *settings;
	g->a = a;
	http_open(&g->http, settings->cancel);
	*ret_grafana = g;
	return NULL;
}

void grafana_close(struct grafana *g)
{
	if (g)
		http_close(&g->http);
}

/* ---- the fuse ---- */

static int64_t monotonic_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct err *check_fuse(struct grafana *g, struct arena *a)
{
	struct grafana_fuse *f = g->s.fuse;
	struct err *e = NULL;

	if (!f)
		return NULL;
	pthread_mutex_lock(&f->lock);
	if (f->until > monotonic_ms())
		e = err_new(a, f->kind, "%s", f->why);
	pthread_mutex_unlock(&f->lock);
	return e;
}

/* Returns @e, and remembers it when the next request would fare no better. */
static struct err *blow_fuse(struct grafana *g, struct err *e, int status)
{
	struct grafana_fuse *f = g->s.fuse;
	bool lasting = e && e->kind != ERR_CANCELLED && e->kind != ERR_INPUT &&
		       (!status || status == 401 || status >= 500);

	if (!f || !lasting)
		return e;
	pthread_mutex_lock(&f->lock);
	f->until = monotonic_ms() + FUSE_MS;
	f->kind = e->kind;
	snprintf(f->why, sizeof(f->why), "%s", e->msg);
	pthread_mutex_unlock(&f->lock);
	return e;
}

/* ---- one exchange ---- */

/* Grafana says what is wrong as {message, status}; a proxy before it says anything. */
static struct err *refusal(struct grafana *g, struct arena *a, const struct http_response *r,
			   const struct node *answer)
{
	const char *message = node_str(answer, "message");
	struct err *e = http_status_err(a, r, g->who);

	if (!message || !e)
		return e;
	enum err_kind kind = r->status == 412 ? ERR_CONFLICT : e->kind;
	e = err_new(a, kind, "%s answered %d: %s", g->who, r->status,
		    str_printable(a, arena_printf(a, "%.*s", ANSWER_SHOWN, message), false));
	if (r->status == 401 || r->status == 403)
		return err_hint(a, e,
				"Set grafana.token, or grafana.username and "
				"grafana.password.");
	return e;
}

static struct err *exchange(struct grafana *g, struct arena *a, const char *method,
			    const char *path, const struct node *body, struct http_response *ret)
{
	static const struct http_header headers[] = {{"Accept", "application/json"},
						     {"Content-Type", "application/json"}};
	const char *text = body ? json_write(a, body, JSON_COMPACT) : NULL;
	struct http_retry retry = g->s.retry;
	struct http_request req = {
		.method = method,
		.url = arena_printf(a, "%s%s", g->base, path),
		.headers = headers,
		.n_headers = body ? 2 : 1,
		.body = text,
		.body_size = text ? strlen(text) : 0,
		.bearer = g->s.bearer,
		.user = g->s.bearer ? NULL : g->s.user,
		.password = g->s.bearer ? NULL : g->s.password,
		.tls = g->s.tls,
		.plain_ok = true,
		.total_ms = g->s.timeout_ms ? g->s.timeout_ms : TIMEOUT_MS,
		.max_body = BODY_MAX,
	};

	req.connect_ms = req.total_ms;
	retry.attempts = retry.attempts ? retry.attempts : ATTEMPTS;
	return err_wrap(a, http_send_retrying(&g->http, a, &req, &retry, ret), "%s", g->who);
}

struct err *grafana_call(struct grafana *g, struct arena *a, const char *method, const char *path,
			 const struct node *body, struct node **ret_answer, int *ret_status)
{
	struct http_response r = {0};

	*ret_answer = NULL;
	*ret_status = 0;
	TRY(check_fuse(g, a));
	struct err *e = exchange(g, a, method, path, body, &r);
	if (e)
		return blow_fuse(g, e, 0);
	struct err *no_json = json_read(a, g->who, r.body, r.body_size, ret_answer);
	if (no_json)
		*ret_answer = NULL;
	*ret_status = r.status;
	e = refusal(g, a, &r, *ret_answer);
	if (e || !no_json)
		return blow_fuse(g, e, r.status);
	return blow_fuse(g,
			 err_new(a, ERR_REMOTE, "%s answered no JSON: is that Grafana? %s", g->who,
				 no_json->msg),
			 0);
}

/* ---- folders ---- */

static struct err *make_folder(struct grafana *g, struct arena *a, const char *uid,
			       const char *title, int *ret_status)
{
	struct node *body = node_new(a, NODE_MAP), *answer;

	node_set_str(a, body, "uid", uid);
	node_set_str(a, body, "title", title);
	return grafana_call(g, a, "POST", "/api/folders", body, &answer, ret_status);
}

static struct err *look_for_folder(struct grafana *g, struct arena *a, const char *uid,
				   bool *ret_there)
{
	struct node *answer;
	int status;
	struct err *e =
		grafana_call(g, a, NULL, arena_printf(a, "/api/folders/%s", url_escape(a, uid)),
			     NULL, &answer, &status);

	*ret_there = !e;
	return status == 404 ? NULL : e;
}

/* Others may make it at the same time; another folder may have its title. */
struct err *grafana_need_folder(struct grafana *g, struct arena *a, const char *uid,
				const char *title)
{
	const char *titles[] = {title,
				arena_printf(a, "%s (%s)", title, instance_tag(a, g->s.instance))};
	struct err *e = NULL;
	bool there = str_eq(g->folder, uid);
	int status = 0;

	if (!there)
		TRY(look_for_folder(g, a, uid, &there));
	for (size_t i = 0; i < countof(titles) && !there; i++) {
		e = make_folder(g, a, uid, titles[i], &status);
		if (e && status != 409 && status != 412)
			return err_wrap(a, e, "folder '%s'", title);
		there = !e;
		if (!there)
			TRY(look_for_folder(g, a, uid, &there));
	}
	if (!there)
		return err_wrap(a, e, "folder '%s'", title);
	g->folder = arena_strdup(g->a, uid);
	return NULL;
}

void grafana_drop_folder(struct grafana *g, struct arena *a, const char *uid)
{
	struct node *found;
	int status;
	const char *path =
		arena_printf(a, "/api/search?limit=1&folderUIDs=%s", url_escape(a, uid ? uid : ""));

	if (!uid || !str_starts(uid, FOLDERS) ||
	    grafana_call(g, a, NULL, path, NULL, &found, &status) || !found ||
	    found->kind != NODE_LIST || node_count(found))
		return;
	g->folder = NULL;
	struct err *ignored =
		grafana_call(g, a, "DELETE", arena_printf(a, "/api/folders/%s", url_escape(a, uid)),
			     NULL, &found, &status);
	(void)ignored; /* an empty folder harms nobody */
}

/* ---- marks ---- */

static struct err *mark(void *self, struct arena *a, const struct watch_mark *m)
{
	struct grafana *g = self;
	struct node *body = node_new(a, NODE_MAP), *answer;
	int status;

	node_set_int(a, body, "time", m->from);
	node_set_int(a, body, "timeEnd", m->to > m->from ? m->to : m->from);
	struct node *tags = node_list_in(a, body, "tags");
	node_add(tags, node_new_str(a, "smo"));
	node_add(tags, node_new_str(a, arena_printf(a, "graph:%s", m->graph)));
	node_add(tags, node_new_str(a, instance_tag(a, g->s.instance)));
	node_set_str(a, body, "text", m->text);
	return grafana_call(g, a, "POST", "/api/annotations", body, &answer, &status);
}

struct watch_port grafana_watch_port(struct grafana *g)
{
	return (struct watch_port){.mark = mark, .self = g};
}
