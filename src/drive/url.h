// SPDX-License-Identifier: Apache-2.0
/* Web addresses: taking them apart, resolving redirects, escaping.  RFC 3986, http and https only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct arena;
struct err;

struct url {
	bool tls;         /* https */
	const char *host; /* lower case; an IPv6 address keeps its brackets */
	unsigned port;    /* 80 or 443 when not written */
	const char *path; /* "/..." with the query, without the fragment; "/" when there is none */
};

/* ERR_INPUT: another scheme, no host, bad port, user names in it, spaces or control characters. */
struct err *url_parse(struct arena *a, const char *text, struct url *ret_url) must_check;

/* The text of @u; the port is left out when it is the scheme's own. */
const char *url_text(struct arena *a, const struct url *u);

/* "host" or "host:port": what messages name and credentials belong to. */
const char *url_authority(struct arena *a, const struct url *u);

/* Where @location, the value of a Location or Link header, leads to, seen from @base. */
struct err *url_resolve(struct arena *a, const struct url *base, const char *location,
			struct url *ret_url) must_check;

/* Same scheme, host and port: credentials may go along. */
bool url_same_origin(const struct url *x, const struct url *y);

/* localhost, 127.0.0.0/8 or ::1. */
bool url_is_loopback(const struct url *u);

/* @text with everything but unreserved characters percent-encoded. */
const char *url_escape(struct arena *a, const char *text);

/* @path_or_url with "name=value" added to its query, value escaped. */
const char *url_with_query(struct arena *a, const char *path_or_url, const char *name,
			   const char *value);
