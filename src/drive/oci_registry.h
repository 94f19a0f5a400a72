// SPDX-License-Identifier: Apache-2.0
/*
 * A conversation with registries: one call at a time, with logins, tokens, redirects and patience.
 *
 * Credentials go to the registry they belong to and to the token service it names, nowhere else:
 * a redirect to another origin is followed without them.  Only GET and HEAD follow redirects.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/vec.h"
#include "drive/http.h"
#include "drive/http_retry.h"
#include "drive/oci_login.h"
#include "drive/oci_ref.h"
#include "drive/url.h"

struct cancel;

/* Told while bytes move: @done of @total bytes of @what (a digest or a file's name). */
struct oci_progress {
	void (*tell)(void *self, const char *what, int64_t done, int64_t total);
	void *self;
};

struct oci_config {
	struct oci_login_files logins;
	const struct oci_login *login; /* given for this run, instead of the files; or NULL */
	const char *const *insecure;   /* hosts that may be spoken to in plain HTTP */
	size_t n_insecure;
	bool all_insecure;       /* every host may; loopback may always */
	struct http_blob ca;     /* further CAs, PEM; or empty */
	int64_t connect_ms;      /* 0: HTTP_CONNECT_MS */
	int64_t stall_ms;        /* 0: HTTP_STALL_MS */
	int64_t chunk_size;      /* uploads in pieces of this size; 0: in one */
	struct http_retry retry; /* attempts, waits, clock */
	struct oci_progress progress;
	struct cancel *cancel;
};

struct oci_host {
	const char *host;
	enum oci_scheme scheme; /* as it was typed */
	struct url base;
	struct oci_login login;
	bool login_known;
};

/* What a registry let us do, until it expires. */
struct oci_grant {
	const char *host, *scope;
	const char *bearer; /* NULL: basic, with the login of the host */
	int64_t until_ms;
};

/* struct oci o scoped_oci = {0};  oci_open(&o, arena, &config); */
struct oci {
	struct arena *a; /* of the conversation */
	const struct oci_config *config;
	struct http http;
	struct http_tls tls;
	vec_of(struct oci_host) hosts;
	vec_of(struct oci_grant) grants;
};

void oci_open(struct oci *o, struct arena *a, const struct oci_config *config);
void oci_close(struct oci *o);
#define scoped_oci __attribute__((cleanup(oci_close)))

struct oci_call {
	const char *method;     /* NULL: GET */
	const char *path;       /* after /v2/REPO/ (or after /v2/ when the reference has no repo) */
	const char *url;        /* instead of path: what a Location header said */
	bool push;              /* needs the right to write */
	const char *mount_from; /* needs the right to read this repository as well; or NULL */
	const struct http_header *headers;
	size_t n_headers;
	const void *body;
	size_t body_size;
	const struct http_source *source;
	const struct http_sink *sink;
	int64_t max_body;
	bool streams; /* no total deadline: the stall limit guards it */
	bool once;    /* the caller repeats it itself */
};

struct oci_answer {
	struct http_response http;
	struct url url; /* who answered, after redirects */
};

/* Any status but 401 is an answer; ERR_FORBIDDEN when a login is missing or refused. */
struct err *oci_call(struct oci *o, struct arena *a, const struct oci_ref *ref,
		     const struct oci_call *call, struct oci_answer *ret_answer) must_check;

/*
 * The error that @answer stands for, from its error document: "registry 'h' has no 'p/n:1'",
 * "registry 'h' refused @doing: DENIED: ...".
 */
struct err *oci_refused(struct arena *a, const struct oci_ref *ref, const char *doing,
			const struct http_response *answer) must_check;

/* GET /v2/: does the registry speak the protocol, and take our login? */
struct err *oci_ping(struct oci *o, struct arena *a, const struct oci_ref *ref) must_check;
