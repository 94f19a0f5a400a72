// SPDX-License-Identifier: Apache-2.0
#include "drive/oci_registry.h"

#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/node.h"
#include "drive/oci_auth.h"
#include "port/clock_port.h"

enum { REDIRECTS_MAX = 5, PROBE_MS = 10000, EXPIRY_MARGIN_MS = 5000, ANSWER_MAX = 8 << 20 };

void oci_open(struct oci *o, struct arena *a, const struct oci_config *config)
{
	*o = (struct oci){.a = a, .config = config, .tls = {.ca = config->ca, .ca_adds = true}};
	http_open(&o->http, config->cancel);
}

void oci_close(struct oci *o)
{
	http_close(&o->http);
}

static int64_t now_ms(const struct oci *o)
{
	const struct clock_port *clock = o->config->retry.clock;
	struct timespec t;

	if (clock)
		return clock->now(clock->self);
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- where a registry is ---- */

static bool may_be_plain(const struct oci *o, const struct url *u, const char *host)
{
	for (size_t i = 0; i < o->config->n_insecure; i++)
		if (str_eq(o->config->insecure[i], host) || str_eq(o->config->insecure[i], u->host))
			return true;
	return o->config->all_insecure || url_is_loopback(u);
}

/* What a first question to a host may take. */
static struct http_request question(const struct oci *o)
{
	int64_t connect_ms = o->config->connect_ms;

	return (struct http_request){
		.total_ms = connect_ms ? connect_ms : PROBE_MS,
		.connect_ms = connect_ms ? connect_ms : PROBE_MS / 2,
	};
}

/*
 * On loopback nobody is in between, and plain HTTP is the usual thing: it is tried first, which
 * spares reading all certificate authorities of the system.  No credentials are sent.
 */
static bool is_plain_loopback(struct oci *o, struct arena *a, const struct url *u)
{
	struct http_request req = question(o);
	struct url plain = *u;
	struct http_response r;

	if (!url_is_loopback(u) || u->port == 443)
		return false;
	plain.tls = false;
	plain.path = "/v2/";
	req.plain_ok = true;
	req.url = url_text(a, &plain);
	return !http_send(&o->http, a, &req, &r) && (r.status == 200 || r.status == 401);
}

/* https when it answers there; plain when it does not and that is allowed. */
static struct err *probe(struct oci *o, struct arena *a, struct url *u)
{
	struct http_request req = question(o);
	struct url plain = *u;
	struct http_response r;
	struct err *e;

	req.tls = &o->tls;
	u->path = plain.path = "/v2/";
	if (is_plain_loopback(o, a, u)) {
		u->tls = false;
		return NULL;
	}
	req.url = url_text(a, u);
	e = http_send(&o->http, a, &req, &r);
	if (!e)
		return NULL;
	if (http_fault(&o->http) != HTTP_FAULT_TLS && http_fault(&o->http) != HTTP_FAULT_CONNECT &&
	    http_fault(&o->http) != HTTP_FAULT_DROPPED)
		return e;
	plain.tls = false;
	if (u->port == 443)
		plain.port = 80;
	*u = plain;
	return NULL;
}

static struct err *find_host(struct oci *o, struct arena *a, const struct oci_ref *ref,
			     struct oci_host **ret_host)
{
	const char *host = str_eq(ref->host, "docker.io") ? "registry-1.docker.io" : ref->host;
	bool plain = ref->scheme == OCI_SCHEME_PLAIN;
	struct oci_host found = {.scheme = ref->scheme};

	for (size_t i = 0; i < o->hosts.n; i++) {
		*ret_host = &o->hosts.at[i];
		if (str_eq((*ret_host)->host, ref->host) && (*ret_host)->scheme == ref->scheme)
			return NULL;
	}
	TRY(url_parse(o->a, arena_printf(o->a, "%s://%s/v2/", plain ? "http" : "https", host),
		      &found.base));
	found.host = arena_strdup(o->a, ref->host);
	if (ref->scheme == OCI_SCHEME_ANY && may_be_plain(o, &found.base, ref->host))
		TRY(probe(o, a, &found.base));
	*ret_host = vec_push(o->a, &o->hosts);
	**ret_host = found;
	return NULL;
}

/* ---- what we may do there ---- */

static const char *scope_of(struct arena *a, const struct oci_ref *ref, const struct oci_call *call)
{
	if (!ref->repo[0])
		return "";
	return arena_printf(a, "%s:%s%s%s", ref->repo, call->push ? "pull,push" : "pull",
			    call->mount_from ? "+" : "", call->mount_from ? call->mount_from : "");
}

static const struct oci_grant *grant_for(const struct oci *o, const char *host, const char *scope)
{
	for (size_t i = o->grants.n; i-- > 0;) {
		const struct oci_grant *g = &o->grants.at[i];

		/* A login with a password is good for everything, a token for its scope. */
		if (str_eq(g->host, host) && (!g->bearer || str_eq(g->scope, scope)) &&
		    (!g->until_ms || g->until_ms > now_ms(o)))
			return g;
	}
	return NULL;
}

static void keep_grant(struct oci *o, const char *host, const char *scope,
		       const struct oci_token *token)
{
	struct oci_grant *g = vec_push(o->a, &o->grants);
	int64_t margin = EXPIRY_MARGIN_MS;

	*g = (struct oci_grant){.host = arena_strdup(o->a, host),
				.scope = arena_strdup(o->a, scope)};
	if (!token)
		return;
	if (token->lasts_ms < 2 * margin)
		margin = token->lasts_ms / 2;
	g->bearer = arena_strdup(o->a, token->text);
	g->until_ms = now_ms(o) + token->lasts_ms - margin;
}

static struct err *know_login(struct oci *o, struct oci_host *host)
{
	if (host->login_known)
		return NULL;
	if (o->config->login)
		host->login = *o->config->login;
	else
		TRY(oci_login_find(o->a, &o->config->logins, host->host, o->config->cancel,
				   &host->login));
	host->login_known = true;
	return NULL;
}

static struct err *wants_login(struct arena *a, const struct oci_host *host)
{
	if (host->login.user)
		return err_new(a, ERR_FORBIDDEN, "registry '%s' refused the login of '%s'",
			       host->host, host->login.user);
	return err_hint(a, err_new(a, ERR_FORBIDDEN, "registry '%s' wants a login", host->host),
			"Run: smo artifact login %s", host->host);
}

static struct err *get_token(struct oci *o, struct arena *a, const struct oci_host *host,
			     const struct oci_challenge *challenge, const struct oci_ref *ref,
			     const struct oci_call *call)
{
	const char *scopes[2];
	struct oci_token_want want = {.registry = &host->base,
				      .challenge = challenge,
				      .scopes = scopes,
				      .login = &host->login,
				      .tls = &o->tls,
				      .retry = &o->config->retry};
	struct oci_token token;

	if (challenge->scope)
		scopes[want.n_scopes++] = challenge->scope;
	else if (ref->repo[0])
		scopes[want.n_scopes++] = arena_printf(a, "repository:%s:%s", ref->repo,
						       call->push ? "pull,push" : "pull");
	if (call->mount_from)
		scopes[want.n_scopes++] = arena_printf(a, "repository:%s:pull", call->mount_from);
	TRY(oci_token_get(&o->http, a, &want, &token));
	keep_grant(o, host->host, scope_of(a, ref, call), &token);
	return NULL;
}

/* Answer the challenge of a 401; what we get is kept as a grant. */
static struct err *authenticate(struct oci *o, struct arena *a, struct oci_host *host,
				const struct http_response *r, const struct oci_ref *ref,
				const struct oci_call *call)
{
	struct oci_challenge challenge;
	const char *scope = scope_of(a, ref, call);

	oci_challenge_read(a, r, &challenge);
	TRY(know_login(o, host));
	if (challenge.bearer && host->login.registry_token) {
		const struct oci_token token = {host->login.registry_token, (int64_t)3600 * 1000};

		keep_grant(o, host->host, scope, &token);
		return NULL;
	}
	if (challenge.bearer)
		return get_token(o, a, host, &challenge, ref, call);
	if (!challenge.basic || !host->login.user)
		return wants_login(a, host);
	keep_grant(o, host->host, scope, NULL);
	return NULL;
}

/* ---- one call ---- */

static void add_credentials(struct http_request *req, const struct oci_host *host,
			    const struct oci_grant *grant)
{
	if (!grant)
		return;
	if (grant->bearer) {
		req->bearer = grant->bearer;
	} else {
		req->user = host->login.user;
		req->password = host->login.password;
	}
}

static struct err *send_once(struct oci *o, struct arena *a, const struct oci_host *host,
			     const struct oci_call *call, const struct url *url,
			     const struct oci_grant *grant, struct http_response *ret)
{
	struct http_request req = {
		.method = call->method,
		.url = url_text(a, url),
		.headers = call->headers,
		.n_headers = call->n_headers,
		.body = call->body,
		.body_size = call->body_size,
		.source = call->source,
		.sink = call->sink,
		.tls = &o->tls,
		.plain_ok = !host->base.tls,
		.total_ms = call->streams ? -1 : 0,
		.connect_ms = o->config->connect_ms,
		.stall_ms = o->config->stall_ms,
		.max_body = call->max_body ? call->max_body : ANSWER_MAX,
	};
	struct http_retry retry = o->config->retry;

	if (call->once)
		retry.attempts = 1;
	if (url_same_origin(url, &host->base))
		add_credentials(&req, host, grant);
	return http_send_retrying(&o->http, a, &req, &retry, ret);
}

static bool is_redirect(const struct oci_call *call, const struct http_response *r)
{
	bool reads = !call->method || str_eq(call->method, "GET") || str_eq(call->method, "HEAD");

	return reads && r->status >= 301 && r->status <= 308 && r->status != 304 &&
	       http_header(r, "Location");
}

static struct err *follow(struct arena *a, const struct oci_host *host, int hops, struct url *url,
			  const struct http_response *r)
{
	struct url next;

	if (hops >= REDIRECTS_MAX)
		return err_new(a, ERR_REMOTE, "registry '%s' redirects without end", host->host);
	TRY(err_wrap(a, url_resolve(a, url, http_header(r, "Location"), &next),
		     "registry '%s' redirects", host->host));
	if (host->base.tls && !next.tls)
		return err_new(a, ERR_REMOTE,
			       "registry '%s' redirects from https to plain http: refused",
			       host->host);
	*url = next;
	return NULL;
}

static struct err *first_url(struct arena *a, const struct oci_host *host,
			     const struct oci_ref *ref, const struct oci_call *call,
			     struct url *ret_url)
{
	const char *slash = ref->repo[0] ? "/" : "";

	if (call->url)
		return url_parse(a, call->url, ret_url);
	*ret_url = host->base;
	ret_url->path = arena_printf(a, "/v2/%s%s%s", ref->repo, slash, call->path);
	return NULL;
}

struct err *oci_call(struct oci *o, struct arena *a, const struct oci_ref *ref,
		     const struct oci_call *call, struct oci_answer *ret_answer)
{
	const char *scope = scope_of(a, ref, call);
	struct oci_host *host;
	bool asked = false;
	struct url url;

	TRY(find_host(o, a, ref, &host));
	TRY(first_url(a, host, ref, call, &url));
	for (int hops = 0;;) {
		struct http_response r;

		TRY(send_once(o, a, host, call, &url, grant_for(o, host->host, scope), &r));
		if (r.status == 401 && url_same_origin(&url, &host->base)) {
			if (asked)
				return wants_login(a, host);
			asked = true;
			TRY(authenticate(o, a, host, &r, ref, call));
			if (call->source && call->source->rewind)
				TRY(call->source->rewind(call->source->self, a));
		} else if (is_redirect(call, &r)) {
			TRY(follow(a, host, hops++, &url, &r));
		} else {
			*ret_answer = (struct oci_answer){r, url};
			return NULL;
		}
	}
}

/* ---- what went wrong ---- */

static const char *first_error(struct arena *a, const struct http_response *r)
{
	const struct node *first = NULL;
	const char *code, *message;
	struct node *root;
	struct err *e = json_read(a, "", r->body, r->body_size, &root);

	if (!e)
		first = node_first(node_get(root, "errors"));
	if (!first)
		return NULL;
	code = node_str(first, "code");
	message = node_str(first, "message");
	return str_printable(a,
			     arena_printf(a, "%s%s%s", code ? code : "",
					  code && message ? ": " : "", message ? message : ""),
			     false);
}

struct err *oci_refused(struct arena *a, const struct oci_ref *ref, const char *doing,
			const struct http_response *answer)
{
	const char *who = arena_printf(a, "registry '%s'", ref->host);
	const char *why = first_error(a, answer);
	struct err *e = http_status_err(a, answer, who);

	if (answer->status == 404 && ref->repo[0])
		return err_new(a, ERR_NOT_FOUND, "%s has no '%s%s%s%s%s'", who, ref->repo,
			       ref->tag ? ":" : "", ref->tag ? ref->tag : "",
			       ref->digest ? "@" : "", ref->digest ? ref->digest : "");
	if (!e)
		return err_new(a, ERR_REMOTE, "%s answered %d to %s", who, answer->status, doing);
	if (e->kind == ERR_INPUT)
		e->kind = ERR_REMOTE; /* it is we who asked wrongly, not the user */
	if (!why || !why[0])
		return err_wrap(a, e, "%s", doing);
	return err_new(a, e->kind, "%s refused %s (%d): %s", who, doing, answer->status, why);
}

struct err *oci_ping(struct oci *o, struct arena *a, const struct oci_ref *ref)
{
	const struct oci_ref registry = {.scheme = ref->scheme, .host = ref->host, .repo = ""};
	const struct oci_call call = {.path = ""};
	struct oci_answer answer = {0};

	TRY(oci_call(o, a, &registry, &call, &answer));
	if (answer.http.status == 404)
		return err_new(a, ERR_REMOTE, "'%s' is no registry: it has no /v2/", ref->host);
	if (answer.http.status != 200)
		return oci_refused(a, &registry, "the greeting", &answer.http);
	return NULL;
}
