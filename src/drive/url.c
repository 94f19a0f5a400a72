// SPDX-License-Identifier: Apache-2.0
#include "drive/url.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum { PORT_HTTP = 80, PORT_HTTPS = 443, PORT_MAX = 65535 };

static bool clean(const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		if (*c <= ' ' || *c == 0x7f || *c == '\\')
			return false;
	return *text != 0;
}

static bool host_char(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '.' || c == '_';
}

static bool valid_host(const char *host, size_t len)
{
	if (len > 255 || len == 0)
		return false;
	if (host[0] == '[') {
		if (len < 4 || host[len - 1] != ']')
			return false;
		for (size_t i = 1; i + 1 < len; i++)
			if (!isxdigit((unsigned char)host[i]) && host[i] != ':' && host[i] != '.')
				return false;
		return true;
	}
	for (size_t i = 0; i < len; i++)
		if (!host_char(host[i]))
			return false;
	return host[0] != '-' && host[0] != '.';
}

static bool read_port(const char *digits, size_t len, unsigned *ret_port)
{
	unsigned port = 0;

	if (len == 0 || len > 5)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return false;
		port = port * 10 + (unsigned)(digits[i] - '0');
	}
	if (port == 0 || port > PORT_MAX)
		return false;
	*ret_port = port;
	return true;
}

/* "host", "host:port", "[v6]", "[v6]:port" */
static struct err *read_authority(struct arena *a, const char *text, size_t len, struct url *u)
{
	const char *bracket = len && text[0] == '[' ? memchr(text, ']', len) : NULL;
	size_t from = bracket ? (size_t)(bracket - text) + 1 : 0;
	const char *colon = memchr(text + from, ':', len - from);
	size_t host_len = colon ? (size_t)(colon - text) : len;

	if (memchr(text, '@', len))
		return err_new(a, ERR_INPUT, "an address must not hold a user name or a password");
	if (!valid_host(text, host_len))
		return err_new(a, ERR_INPUT, "'%.*s' is no host name", (int)host_len, text);
	u->port = u->tls ? PORT_HTTPS : PORT_HTTP;
	if (colon && !read_port(colon + 1, len - host_len - 1, &u->port))
		return err_new(a, ERR_INPUT, "'%.*s' has no valid port", (int)len, text);
	u->host = str_lower(a, arena_strndup(a, text, host_len));
	return NULL;
}

struct err *url_parse(struct arena *a, const char *text, struct url *ret_url)
{
	struct url u = {0};
	const char *rest, *path;
	size_t path_len;

	if (!clean(text))
		return err_new(a, ERR_INPUT, "'%s' is no address", str_printable(a, text, false));
	if (strncasecmp(text, "https://", 8) == 0)
		u.tls = true;
	else if (strncasecmp(text, "http://", 7) != 0)
		return err_new(a, ERR_INPUT, "'%s' is no http:// or https:// address", text);
	rest = text + (u.tls ? 8 : 7);
	path = rest + strcspn(rest, "/?#");
	TRY(read_authority(a, rest, (size_t)(path - rest), &u));
	path_len = strcspn(path, "#");
	u.path = arena_printf(a, "%s%.*s", *path == '/' ? "" : "/", (int)path_len, path);
	*ret_url = u;
	return NULL;
}

static bool own_port(const struct url *u)
{
	return u->port == (u->tls ? PORT_HTTPS : PORT_HTTP);
}

const char *url_authority(struct arena *a, const struct url *u)
{
	return own_port(u) ? u->host : arena_printf(a, "%s:%u", u->host, u->port);
}

const char *url_text(struct arena *a, const struct url *u)
{
	return arena_printf(a, "%s://%s%s", u->tls ? "https" : "http", url_authority(a, u),
			    u->path);
}

/* Collapse "." and ".." of the path in front of the query (RFC 3986, 5.2.4). */
static const char *without_dots(struct arena *a, const char *path)
{
	size_t path_len = strcspn(path, "?"), n = 0;
	char *out = arena_alloc(a, strlen(path) + 2);

	for (size_t i = 0; i < path_len;) {
		size_t len = 1 + strcspn(path + i + 1, "/?"); /* "/segment" */
		bool last = i + len >= path_len;

		if (len == 2 && memcmp(path + i, "/.", 2) == 0) {
			if (last)
				out[n++] = '/';
		} else if (len == 3 && memcmp(path + i, "/..", 3) == 0) {
			while (n > 0 && out[--n] != '/')
				;
			if (last)
				out[n++] = '/';
		} else {
			memcpy(out + n, path + i, len);
			n += len;
		}
		i += len;
	}
	memcpy(out + n, path + path_len, strlen(path + path_len) + 1);
	return out;
}

struct err *url_resolve(struct arena *a, const struct url *base, const char *location,
			struct url *ret_url)
{
	struct url u = *base;
	const char *scheme_end = location + strcspn(location, ":/?#");
	size_t len;

	if (*scheme_end == ':')
		return url_parse(a, location, ret_url);
	if (!clean(location))
		return err_new(a, ERR_INPUT, "'%s' is no address",
			       str_printable(a, location, false));
	if (str_starts(location, "//"))
		return url_parse(a,
				 arena_printf(a, "%s:%s", base->tls ? "https" : "http", location),
				 ret_url);
	len = strcspn(location, "#");
	if (location[0] == '/') {
		u.path = without_dots(a, arena_strndup(a, location, len));
	} else {
		size_t keep = strcspn(base->path, "?");

		while (location[0] != '?' && keep > 0 && base->path[keep - 1] != '/')
			keep--;
		u.path = without_dots(
			a, arena_printf(a, "%.*s%.*s", (int)keep, base->path, (int)len, location));
	}
	*ret_url = u;
	return NULL;
}

bool url_same_origin(const struct url *x, const struct url *y)
{
	return x->tls == y->tls && x->port == y->port && str_eq(x->host, y->host);
}

bool url_is_loopback(const struct url *u)
{
	return str_eq(u->host, "localhost") || str_eq(u->host, "[::1]") ||
	       (str_starts(u->host, "127.") && strspn(u->host, "0123456789.") == strlen(u->host));
}

const char *url_escape(struct arena *a, const char *text)
{
	struct str s = {.a = a};

	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		char one[2] = {(char)*c, 0};

		if (isalnum(*c) || strchr("-._~", *c))
			str_add(&s, one);
		else
			str_addf(&s, "%%%02X", *c);
	}
	return str_text(&s);
}

const char *url_with_query(struct arena *a, const char *path_or_url, const char *name,
			   const char *value)
{
	return arena_printf(a, "%s%c%s=%s", path_or_url, strchr(path_or_url, '?') ? '&' : '?', name,
			    url_escape(a, value));
}
