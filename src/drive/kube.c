// SPDX-License-Identifier: Apache-2.0
#include "drive/kube.h"

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/node.h"
#include "drive/http.h"
#include "drive/kubeconfig.h"
#include "drive/url.h"
#include "model/kinds.h"

enum {
	TIMEOUT_MS = 30000,
	PAGE = 250,
	PAGES_MAX = 2000, /* of one list: half a million objects */
	RESTARTS_MAX = 3, /* of a list whose continuation expired */
	TEXT_MAX = 500,   /* of a message of the server's */
};

struct kube {
	struct arena arena; /* for what lives as long as the handle: known kinds */
	struct http http;
	struct kube_config config;
	struct kube_settings settings;
	struct http_tls tls;
	struct url base;
	const char *prefix; /* path of the server's URL, "" for most */
	const char *who;
	struct map kinds; /* "apps/v1 Deployment" -> struct kube_kind; only those asked from the
			     server */
};

/* ---- the handle ---- */

static struct http_blob blob(const char *pem)
{
	return (struct http_blob){pem, pem ? strlen(pem) : 0};
}

struct err *kube_open(struct arena *a, const struct kube_config *config,
		      const struct kube_settings *settings, struct kube **ret_kube)
{
	struct kube *k = arena_new(a, struct kube);

	TRY(url_parse(a, config->server, &k->base));
	size_t len = strlen(k->base.path);
	while (len && k->base.path[len - 1] == '/')
		len--;
	k->prefix = arena_strndup(a, k->base.path, len);
	k->base.path = "";
	k->who = url_authority(a, &k->base);
	k->config = *config;
	k->settings = *settings;
	k->tls = (struct http_tls){
		.ca = blob(config->ca),
		.cert = blob(config->cert),
		.key = blob(config->key),
		.server_name = config->tls_server_name,
		.insecure = config->insecure,
	};
	k->kinds = (struct map){.a = &k->arena};
	http_open(&k->http, settings->cancel);
	*ret_kube = k;
	return NULL;
}

void kube_close(struct kube *k)
{
	if (!k)
		return;
	http_close(&k->http);
	arena_done(&k->arena);
}

const struct kube_settings *kube_settings(const struct kube *k)
{
	return &k->settings;
}

const char *kube_server(const struct kube *k)
{
	return k->who;
}

/* ---- answers that are errors ---- */

static enum err_kind kind_of(int status)
{
	switch (status) {
	case 400:
	case 405:
	case 406:
	case 415:
	case 422:
		return ERR_INPUT;
	case 401:
	case 403:
		return ERR_FORBIDDEN;
	case 404:
	case 410:
		return ERR_NOT_FOUND;
	case 408:
	case 504:
		return ERR_TIMEOUT;
	case 409:
		return ERR_CONFLICT;
	case 413:
		return ERR_TOO_LARGE;
	default:
		return ERR_REMOTE;
	}
}

static const char *cut(struct arena *a, const char *text)
{
	return str_printable(a, strlen(text) > TEXT_MAX ? arena_strndup(a, text, TEXT_MAX) : text,
			     false);
}

/* The error of an answer that is not 2xx: its Status document, or whatever came instead. */
static struct err *answer_err(struct kube *k, struct arena *a, const struct http_response *r)
{
	struct node *doc = NULL;
	struct err *bad = json_read(a, k->who, r->body, r->body_size, &doc);
	const char *message = bad ? NULL : node_str(doc, "message");

	struct err *e = bad || !str_eq(node_str(doc, "kind"), "Status") || !message || !*message
				? http_status_err(a, r, k->who)
				: err_new(a, kind_of(r->status), "%s: %s", k->who, cut(a, message));
	if (r->status == 401)
		return err_hint(a, e,
				"The control plane does not accept the credentials of "
				"context '%s'.",
				k->config.context ? k->config.context : "");
	if (r->status == 403)
		return err_hint(a, e, "'smo doctor' lists the permissions that are needed.");
	return e;
}

/* What is left to say of a control plane that is not well. */
static struct err *unwell(struct kube *k, struct arena *a, struct err *e)
{
	if (!e || e->hint || (e->kind != ERR_REMOTE && e->kind != ERR_TIMEOUT))
		return e;
	return err_hint(a, e,
			"That is the control plane of context '%s'. When it is well again, run the "
			"same command again.",
			k->config.context ? k->config.context : "");
}

/* ---- one exchange ---- */

static struct err *exchange(struct kube *k, struct arena *a, const struct kube_call *c,
			    struct http_response *ret_response)
{
	struct http_header headers[3] = {
		{"Accept", c->accept ? c->accept : "application/json"},
	};
	size_t n_headers = 1;
	int64_t timeout = c->timeout_ms ? c->timeout_ms : k->settings.timeout_ms;
	struct http_retry retry = k->settings.retry;
	struct http_request req = {
		.method = c->method,
		.url = arena_printf(a, "%s%s%s", url_text(a, &k->base), k->prefix, c->path),
		.headers = headers,
		.body = c->body,
		.body_size = c->body ? strlen(c->body) : 0,
		.user = k->config.username,
		.password = k->config.password,
		.tls = &k->tls,
		.plain_ok = true, /* a typed http:// in a kubeconfig is consent */
		.total_ms = timeout ? timeout : TIMEOUT_MS,
	};

	if (c->content_type)
		headers[n_headers++] = (struct http_header){"Content-Type", c->content_type};
	if (c->etag)
		headers[n_headers++] = (struct http_header){"If-None-Match", c->etag};
	req.n_headers = n_headers;
	TRY(kubeconfig_token(a, &k->config, &req.bearer));
	if (req.bearer)
		req.user = req.password = NULL;
	retry.repeatable = c->repeatable;
	if (c->once)
		retry.attempts = 1;
	return http_send_retrying(&k->http, a, &req, &retry, ret_response);
}

struct err *kube_call(struct kube *k, struct arena *a, const struct kube_call *call,
		      struct node **ret_answer, int *ret_status)
{
	struct http_response r;

	if (ret_status)
		*ret_status = 0;
	TRY(unwell(k, a, exchange(k, a, call, &r)));
	if (ret_status)
		*ret_status = r.status;
	if (call->ret_etag)
		*call->ret_etag = http_header(&r, "etag");
	if (r.status == 304 && call->etag) {
		*ret_answer = NULL;
		return NULL;
	}
	if (r.status < 200 || r.status > 299)
		return unwell(k, a, answer_err(k, a, &r));
	struct err *e = json_read(a, k->who, r.body, r.body_size, ret_answer);
	if (e)
		return unwell(k, a,
			      err_new(a, ERR_REMOTE, "%s answered %d, but not with JSON: %s",
				      k->who, r.status, e->msg));
	return NULL;
}

/* ---- lists ---- */

struct list_spot {
	const char *item_version, *item_kind; /* "v1", "PodList" without its "List" */
	struct node *items;
};

static struct err *take_page(struct kube *k, struct arena *a, struct node *page,
			     struct list_spot *spot, const char **ret_continue)
{
	const char *kind = node_str(page, "kind");
	const char *version = node_str(page, "apiVersion");
	struct node *items = node_get(page, "items");

	if (!str_ends(kind, "List") || !items ||
	    (items->kind != NODE_LIST && items->kind != NODE_NULL))
		return err_new(a, ERR_REMOTE, "%s answered something that is no list", k->who);
	kind = arena_strndup(a, kind, strlen(kind) - strlen("List"));
	for (struct node *c = node_first(items), *next; c; c = next) {
		next = c->next;
		if (c->kind != NODE_MAP)
			continue;
		/* Servers leave these out in lists of built-in kinds. */
		if (!node_get(c, "kind")) {
			node_set_str(a, c, "apiVersion", version);
			node_set_str(a, c, "kind", kind);
		}
		node_add(spot->items, c);
	}
	const char *more = node_str(page, "metadata.continue");
	*ret_continue = more && *more ? more : NULL;
	return NULL;
}

/* *ret_expired: the continuation is too old, start again. */
static struct err *list_once(struct kube *k, struct arena *a, const char *path, bool metadata_only,
			     struct node **ret_items, bool *ret_expired)
{
	struct list_spot spot = {.items = node_new(a, NODE_LIST)};
	int64_t limit = k->settings.page ? k->settings.page : PAGE;
	const char *first =
		url_with_query(a, path, "limit", arena_printf(a, "%lld", (long long)limit));
	const char *token = NULL;

	*ret_expired = false;
	for (int i = 0; i < PAGES_MAX; i++) {
		struct kube_call call = {
			.path = token ? url_with_query(a, first, "continue", token) : first,
			.accept = metadata_only
					  ? "application/"
					    "json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
					  : NULL,
		};
		struct node *page;
		int status;
		struct err *e = kube_call(k, a, &call, &page, &status);

		if (e && status == 410 && token) {
			*ret_expired = true;
			return NULL;
		}
		TRY(e);
		TRY(take_page(k, a, page, &spot, &token));
		if (!token) {
			*ret_items = spot.items;
			return NULL;
		}
	}
	return err_new(a, ERR_TOO_LARGE, "%s: the list '%s' has more than %d pages", k->who, path,
		       PAGES_MAX);
}

struct err *kube_list(struct kube *k, struct arena *a, const char *path, bool metadata_only,
		      struct node **ret_items)
{
	for (int i = 0; i <= RESTARTS_MAX; i++) {
		bool expired;

		TRY(list_once(k, a, path, metadata_only, ret_items, &expired));
		if (!expired)
			return NULL;
	}
	return err_new(a, ERR_REMOTE, "%s: the list '%s' expires faster than it can be read",
		       k->who, path);
}

/* ---- kinds and paths ---- */

static const char *group_path(struct arena *a, const char *api_version)
{
	const char *slash = strchr(api_version, '/');

	if (!slash)
		return arena_printf(a, "/api/%s", url_escape(a, api_version));
	return arena_printf(
		a, "/apis/%s/%s",
		url_escape(a, arena_strndup(a, api_version, (size_t)(slash - api_version))),
		url_escape(a, slash + 1));
}

/* *ret_resources: what the server serves of @api_version; NULL: nothing. */
static struct err *discover(struct kube *k, struct arena *a, const char *api_version,
			    struct node **ret_resources)
{
	struct kube_call call = {.path = group_path(a, api_version)};
	struct node *doc;
	int status;
	struct err *e = kube_call(k, a, &call, &doc, &status);

	if (e && status != 404)
		return e;
	*ret_resources = e ? NULL : node_get(doc, "resources");
	return NULL;
}

/* NULL when it is not served: that is not remembered, for definitions come and go. */
static struct err *lookup(struct kube *k, struct arena *a, const char *api_version,
			  const char *kind, const struct kube_kind **ret_kind)
{
	const char *key = arena_printf(a, "%s %s", api_version, kind);
	struct kube_kind *hit = map_get(&k->kinds, key);
	struct node *resources = NULL;

	if (!hit)
		TRY(discover(k, a, api_version, &resources));
	for (const struct node *c = node_first(resources); c && !hit; c = c->next) {
		const char *name = node_str(c, "name");

		/* "deployments/scale" is a part of another resource. */
		if (!name || strchr(name, '/') || !str_eq(node_str(c, "kind"), kind))
			continue;
		hit = arena_new(&k->arena, struct kube_kind);
		*hit = (struct kube_kind){arena_strdup(&k->arena, name),
					  node_bool(c, "namespaced", true), true};
		map_put(&k->kinds, arena_strdup(&k->arena, key), hit);
	}
	*ret_kind = hit;
	return NULL;
}

struct err *kube_kind(struct kube *k, struct arena *a, const char *api_version, const char *kind,
		      struct kube_kind *ret_kind)
{
	const struct object_kind *known = object_kind(api_version, kind);
	const struct kube_kind *found;

	if (!api_version || !*api_version || !kind || !*kind)
		return err_new(a, ERR_INPUT, "an object without apiVersion or kind");
	if (known) {
		*ret_kind = (struct kube_kind){known->plural, known->namespaced, true};
		return NULL;
	}
	TRY(lookup(k, a, api_version, kind, &found));
	*ret_kind = found ? *found : (struct kube_kind){0};
	return NULL;
}

struct err *kube_serves(struct kube *k, struct arena *a, const char *api_version, const char *kind,
			bool *ret_served)
{
	const struct kube_kind *found = NULL;
	struct node *resources = NULL;

	if (kind)
		TRY(lookup(k, a, api_version, kind, &found));
	else
		TRY(discover(k, a, api_version, &resources));
	*ret_served = found || resources;
	return NULL;
}

/* "/" and the escaped @segment; refuses what a server or a proxy could read as another path. */
static struct err *add_segment(struct arena *a, struct str *path, const char *segment)
{
	if (!*segment || str_eq(segment, ".") || str_eq(segment, "..") || strpbrk(segment, "/%"))
		return err_new(a, ERR_INPUT, "'%s' is no name of an object",
			       str_printable(a, segment, false));
	str_addf(path, "/%s", url_escape(a, segment));
	return NULL;
}

struct err *kube_path(struct arena *a, const char *api_version, const char *plural,
		      const char *namespace_, const char *name, const char *sub,
		      const char **ret_path)
{
	struct str path = {.a = a};

	str_add(&path, group_path(a, api_version));
	if (namespace_) {
		str_add(&path, "/namespaces");
		TRY(add_segment(a, &path, namespace_));
	}
	TRY(add_segment(a, &path, plural));
	if (name)
		TRY(add_segment(a, &path, name));
	if (sub)
		str_addf(&path, "/%s", sub);
	*ret_path = str_text(&path);
	return NULL;
}
