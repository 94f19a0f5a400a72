// SPDX-License-Identifier: Apache-2.0
/*
 * HTTP for everybody who talks to another system.
 *
 * One `struct http` per thread; it keeps connections open between requests.  A request is one
 * exchange: nothing is retried (drive/http_retry.h does; but a request that met a kept connection
 * just as the peer closed it is sent again) and no redirect is followed (the caller does,
 * url_resolve() helps, and drops its credentials when url_same_origin() says no).
 *
 * Every exchange has a deadline, a stall limit and a size cap, also when the request names none.
 * HTTP/1.1 over TCP, or TLS 1.2 and later.  No cookies, no netrc, no compression.  Proxies are
 * those of the environment (https_proxy, http_proxy, no_proxy), never for loopback addresses.
 *
 * Errors: ERR_TIMEOUT for a deadline or a stall; ERR_REMOTE for everything that the network, TLS or
 * the peer's protocol broke, naming host and cause; ERR_TOO_LARGE for a cap; ERR_CANCELLED;
 * ERR_INPUT for a request that cannot be sent; whatever a sink or source returned.  An answer of
 * any status is no error: look at it, http_status_err() helps.  http_fault() tells more.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct arena;
struct cancel;

enum {
	HTTP_CONNECT_MS = 10000, /* defaults: see struct http_request */
	HTTP_TOTAL_MS = 60000,
	HTTP_STALL_MS = 30000,
	HTTP_BODY_MAX = 16 << 20, /* bytes */
};

/* Why the last exchange gave no answer. */
enum http_fault {
	HTTP_FAULT_NONE,
	HTTP_FAULT_REQUEST,  /* it could not be sent as it is */
	HTTP_FAULT_RESOLVE,  /* no such host */
	HTTP_FAULT_CONNECT,  /* refused, unreachable, or not in time */
	HTTP_FAULT_TLS,      /* no TLS with that peer */
	HTTP_FAULT_TRUST,    /* TLS, but its certificate is not trusted */
	HTTP_FAULT_DROPPED,  /* the connection broke before the answer was complete */
	HTTP_FAULT_STALLED,  /* nothing moved for stall_ms */
	HTTP_FAULT_DEADLINE, /* total_ms is over */
	HTTP_FAULT_PROTOCOL, /* that is not HTTP */
	HTTP_FAULT_CAP,
	HTTP_FAULT_LOCAL, /* a sink or source of ours failed */
	HTTP_FAULT_CANCELLED,
};

/* struct http h scoped_http = {0};  http_open(&h, cancel); */
struct http {
	struct cancel *cancel; /* or NULL */
	void *multi, *easy;
	enum http_fault fault;
};

void http_open(struct http *h, struct cancel *cancel);
void http_close(struct http *h);
#define scoped_http __attribute__((cleanup(http_close)))

enum http_fault http_fault(const struct http *h);

struct http_header {
	const char *name, *value;
};

/* PEM text in memory. */
struct http_blob {
	const void *data;
	size_t size;
};

struct http_tls {
	struct http_blob ca;        /* trust only these; empty: the system's */
	bool ca_adds;               /* trust @ca and the system's */
	struct http_blob cert, key; /* client certificate, or empty */
	const char
		*server_name; /* the name to ask for and check instead of the URL's host, or NULL */
	bool insecure;        /* do not check the server's certificate */
};

/* A body that is read while it is sent. */
struct http_source {
	int64_t size; /* bytes; -1: unknown, sent chunked */
	/* At most @cap bytes into @buf; *ret_n 0 ends the body. */
	struct err *(*read)(void *self, struct arena *a, void *buf, size_t cap,
			    size_t *ret_n)must_check;
	/* Start again: a kept connection died under the request, or a retry.  NULL: cannot. */
	struct err *(*rewind)(void *self, struct arena *a)must_check;
	void *self;
};

struct http_response;

/* Takes the body of a 2xx answer as it comes; other answers are kept in memory. */
struct http_sink {
	/* Called once, before any byte: status and headers are known.  May be NULL. */
	struct err *(*begin)(void *self, struct arena *a,
			     const struct http_response *head)must_check;
	struct err *(*write)(void *self, struct arena *a, const void *bytes, size_t size)must_check;
	void *self;
};

struct http_request {
	const char *method; /* NULL: GET */
	const char *url;
	const struct http_header *headers;
	size_t n_headers;

	const void *body; /* or NULL; content type is the caller's header */
	size_t body_size;
	const struct http_source *source; /* instead of body, or NULL */
	const struct http_sink *sink;     /* or NULL: the answer is kept in memory */

	const char *bearer;          /* token, or NULL */
	const char *user, *password; /* basic authentication, or NULL */
	const struct http_tls *tls;  /* NULL: the system's CAs, no client certificate */
	bool plain_ok;               /* http:// is allowed, not only https:// */

	int64_t connect_ms; /* 0: HTTP_CONNECT_MS */
	int64_t total_ms;   /* 0: HTTP_TOTAL_MS; -1: none, for streams (the stall limit holds) */
	int64_t stall_ms;   /* longest time without a byte in either direction.  0: HTTP_STALL_MS;
			       -1: none, for watches that are quiet by nature */
	int64_t max_body;   /* largest answer in bytes, sink or memory; 0: HTTP_BODY_MAX; -1: none
			       (a sink only; what is kept in memory stays below HTTP_BODY_MAX) */
};

struct http_response {
	int status;
	const struct http_header *headers; /* of the final answer, in order */
	size_t n_headers;
	const char *body; /* NUL-terminated, never NULL; "" when a sink took it */
	size_t body_size;
	int64_t length; /* Content-Length, or -1 */
};

/* One exchange.  The answer lives in @a. */
struct err *http_send(struct http *h, struct arena *a, const struct http_request *req,
		      struct http_response *ret_response) must_check;

/* The value of header @name (any case; the first when there are several), or NULL. */
const char *http_header(const struct http_response *r, const char *name);

/*
 * NULL for 2xx.  Else an error of a fitting kind (400 and 422 input, 401 and 403 forbidden,
 * 404 and 410 not found, 408 and 504 timeout, 409 conflict, 413 too large, else remote) whose
 * message is "@who answered 503: " and the start of the body, made printable.
 */
struct err *http_status_err(struct arena *a, const struct http_response *r, const char *who)
	must_check;
