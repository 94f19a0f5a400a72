// SPDX-License-Identifier: Apache-2.0
#include "drive/oci_auth.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/node.h"
#include "drive/http_retry.h"
#include "drive/oci_login.h"
#include "drive/url.h"

enum { TOKEN_ANSWER_MAX = 256 * 1024, TOKEN_MS = 30000, LASTS_DEFAULT_S = 60 };

#define TOKEN_CHARS                                                                                \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"                           \
	"!#$%&'*+-.^_`|~"

static const char *skip(const char *s)
{
	return s + strspn(s, " \t,");
}

/* A token or a quoted string at *@at, unquoted; *@at moves behind it. */
static const char *read_value(struct arena *a, const char **at)
{
	struct str s = {.a = a};
	const char *c = *at;
	size_t len;

	if (*c != '"') {
		len = strcspn(c, " \t,");
		*at = c + len;
		return arena_strndup(a, c, len);
	}
	for (c++; *c && *c != '"'; c++) {
		if (*c == '\\' && c[1])
			c++;
		str_add_n(&s, c, 1);
	}
	*at = *c ? c + 1 : c;
	return str_text(&s);
}

/* name=value, name="value"; false when the next word is a scheme or the end. */
static bool read_parameter(struct arena *a, const char **at, const char **ret_name,
			   const char **ret_value)
{
	const char *s = skip(*at);
	size_t len = strspn(s, TOKEN_CHARS);
	const char *equals = s + len + strspn(s + len, " \t");

	if (len == 0 || *equals != '=' || equals[1] == '=')
		return false;
	*ret_name = str_lower(a, arena_strndup(a, s, len));
	*at = equals + 1 + strspn(equals + 1, " \t");
	*ret_value = read_value(a, at);
	return true;
}

static void read_header(struct arena *a, const char *at, struct oci_challenge *c)
{
	for (at = skip(at); *at; at = skip(at)) {
		size_t len = strspn(at, TOKEN_CHARS);
		bool bearer = len == 6 && strncasecmp(at, "bearer", 6) == 0;
		const char *name, *value;

		if (len == 0)
			return;
		c->basic |= len == 5 && strncasecmp(at, "basic", 5) == 0;
		at += len;
		while (read_parameter(a, &at, &name, &value)) {
			if (bearer && str_eq(name, "realm"))
				c->realm = value;
			else if (bearer && str_eq(name, "service"))
				c->service = value;
			else if (bearer && str_eq(name, "scope"))
				c->scope = value;
		}
		c->bearer |= bearer && c->realm;
		at += strspn(at, TOKEN_CHARS "/="); /* token68 data of a scheme we do not know */
	}
}

void oci_challenge_read(struct arena *a, const struct http_response *r,
			struct oci_challenge *ret_challenge)
{
	struct oci_challenge c = {0};

	for (size_t i = 0; i < r->n_headers; i++)
		if (strcasecmp(r->headers[i].name, "www-authenticate") == 0)
			read_header(a, r->headers[i].value, &c);
	*ret_challenge = c;
}

static struct err *check_realm(struct arena *a, const struct url *registry, const char *text,
			       struct url *ret_realm)
{
	struct url realm;
	bool same;

	TRY(err_wrap(a, url_parse(a, text, &realm), "the token service of '%s'",
		     url_authority(a, registry)));
	same = str_eq(realm.host, registry->host) ||
	       (url_is_loopback(&realm) && url_is_loopback(registry));
	if (!realm.tls && (registry->tls || !same))
		return err_new(a, ERR_FORBIDDEN,
			       "registry '%s' wants its logins sent in the clear to '%s': refused",
			       url_authority(a, registry), url_authority(a, &realm));
	*ret_realm = realm;
	return NULL;
}

static const char *get_url(struct arena *a, const struct oci_token_want *w, const char *realm)
{
	const char *url = realm;

	if (w->challenge->service)
		url = url_with_query(a, url, "service", w->challenge->service);
	for (size_t i = 0; i < w->n_scopes; i++)
		url = url_with_query(a, url, "scope", w->scopes[i]);
	return url;
}

static const char *refresh_form(struct arena *a, const struct oci_token_want *w)
{
	struct str s = {.a = a};

	str_add(&s, "grant_type=refresh_token&client_id=smo");
	if (w->challenge->service)
		str_addf(&s, "&service=%s", url_escape(a, w->challenge->service));
	str_add(&s, "&scope=");
	for (size_t i = 0; i < w->n_scopes; i++)
		str_addf(&s, "%s%s", i ? "%20" : "", url_escape(a, w->scopes[i]));
	str_addf(&s, "&refresh_token=%s", url_escape(a, w->login->identity_token));
	return str_text(&s);
}

static struct err *read_token(struct arena *a, const char *who, const struct http_response *r,
			      struct oci_token *ret_token)
{
	const char *text;
	int64_t seconds;
	struct node *n;

	TRY(json_read(a, who, r->body, r->body_size, &n));
	text = node_str(n, "token");
	if (!text || !text[0])
		text = node_str(n, "access_token");
	if (!text || !text[0])
		return err_new(a, ERR_REMOTE, "%s sent no token", who);
	seconds = node_int(n, "expires_in", LASTS_DEFAULT_S);
	if (seconds <= 0 || seconds > (int64_t)7 * 86400)
		seconds = LASTS_DEFAULT_S;
	*ret_token = (struct oci_token){text, seconds * 1000};
	return NULL;
}

static struct err *refused(struct arena *a, const char *who, const struct oci_token_want *w)
{
	if (w->login->user)
		return err_new(a, ERR_FORBIDDEN, "%s refused the login of '%s'", who,
			       w->login->user);
	if (w->login->identity_token)
		return err_new(a, ERR_FORBIDDEN, "%s refused the stored login", who);
	return err_hint(a, err_new(a, ERR_FORBIDDEN, "%s gives nothing without a login", who),
			"Run: smo artifact login %s", url_authority(a, w->registry));
}

struct err *oci_token_get(struct http *h, struct arena *a, const struct oci_token_want *want,
			  struct oci_token *ret_token)
{
	static const struct http_header form = {"Content-Type",
						"application/x-www-form-urlencoded"};
	const struct oci_login *login = want->login;
	struct http_retry retry = *want->retry;
	struct http_request req = {
		.tls = want->tls, .total_ms = TOKEN_MS, .max_body = TOKEN_ANSWER_MAX};
	struct http_response r;
	const char *who;
	struct url realm;

	TRY(check_realm(a, want->registry, want->challenge->realm, &realm));
	who = arena_printf(a, "token service '%s'", url_authority(a, &realm));
	req.plain_ok = !realm.tls;
	req.url = get_url(a, want, url_text(a, &realm));
	if (login->identity_token) {
		req.method = "POST";
		req.url = url_text(a, &realm);
		req.body = refresh_form(a, want);
		req.body_size = strlen(req.body);
		req.headers = &form;
		req.n_headers = 1;
		retry.repeatable = true;
	} else {
		req.user = login->user;
		req.password = login->password;
	}
	TRY(http_send_retrying(h, a, &req, &retry, &r));
	if (r.status == 401 || r.status == 403)
		return refused(a, who, want);
	TRY(http_status_err(a, &r, who));
	return read_token(a, who, &r, ret_token);
}
