// SPDX-License-Identifier: Apache-2.0
/* Challenges of registries (RFC 7235) and the token services they point to. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;
struct err;
struct http;
struct http_response;
struct http_retry;
struct http_tls;
struct oci_login;
struct url;

struct oci_challenge {
	bool basic, bearer;
	const char *realm, *service, *scope; /* of bearer; service and scope may be NULL */
};

/* What the WWW-Authenticate headers of a 401 ask for; unknown schemes are skipped. */
void oci_challenge_read(struct arena *a, const struct http_response *r,
			struct oci_challenge *ret_challenge);

struct oci_token {
	const char *text;
	int64_t lasts_ms; /* from now on */
};

struct oci_token_want {
	const struct url *registry; /* who sent the challenge */
	const struct oci_challenge *challenge;
	const char *const *scopes; /* "repository:project/name:pull,push" */
	size_t n_scopes;
	const struct oci_login *login; /* all NULL: anonymous */
	const struct http_tls *tls;
	const struct http_retry *retry;
};

/*
 * Ask the token service.  It must be https, or plain on the very host of a registry that is
 * itself plain: ERR_FORBIDDEN otherwise, and when it refuses the login.
 */
struct err *oci_token_get(struct http *h, struct arena *a, const struct oci_token_want *want,
			  struct oci_token *ret_token) must_check;
