// SPDX-License-Identifier: Apache-2.0
/*
 * Who we are at a registry: the config.json of Docker, which helm, oras and skopeo share, its
 * credential helpers, and a file of our own in the same format that login and logout write.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct arena;
struct cancel;
struct err;

struct oci_login {
	const char *user, *password; /* NULL: anonymous */
	const char *identity_token; /* exchanged for access tokens instead of a password, or NULL */
	const char *registry_token; /* an access token as it is, or NULL */
};

struct oci_login_files {
	const char *own;           /* NULL: there is none */
	const char *const *others; /* looked at after it, in this order; missing ones are skipped */
	size_t n_others;
};

/*
 * The login for @host ("name" or "name:port"), all NULL when there is none.  Within a file
 * credHelpers go before auths and auths before credsStore.  ERR_INPUT for a file that cannot be
 * read as config.json; a helper that fails is an error too, with the helper's words.
 */
struct err *oci_login_find(struct arena *a, const struct oci_login_files *files, const char *host,
			   struct cancel *cancel, struct oci_login *ret_login) must_check;

/* Keep @login for @host in @path (mode 0600, made when missing, other entries stay). */
struct err *oci_login_keep(struct arena *a, const char *path, const char *host,
			   const struct oci_login *login) must_check;

/* Forget it; *ret_had tells whether there was one. */
struct err *oci_login_forget(struct arena *a, const char *path, const char *host, bool *ret_had)
	must_check;
