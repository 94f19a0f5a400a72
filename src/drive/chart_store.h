// SPDX-License-Identifier: Apache-2.0
/*
 * Where charts are kept: a folder of .tgz files named by the SHA-256 of their bytes.
 *
 * A reference is an oci:// address (http:// and https:// without .tgz at the end are registries
 * too: drive/oci_ref.h; and so is what begins with the name of a host, with a '.' or a port in it,
 * when no file is called so), the http(s) address of a .tgz, a local .tgz, or a local chart folder,
 * which is packed: the same folder gives the same bytes.  The digest of a chart is that of its
 * .tgz, which in a registry is the digest of the chart layer (ADR 0011).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "drive/http.h"

struct arena;
struct cancel;
struct chart_store;
struct err;
struct helm;

struct chart_store_settings {
	const char *dir; /* made when missing; absolute */
	const struct helm *helm;
	const char *own_logins;      /* what `registry login` keeps; or NULL */
	const char *registry_config; /* logins of others, config.json of Docker; or NULL */
	struct http_blob ca;         /* further CAs of registries, PEM; or empty */
	const char *const *insecure; /* hosts that may be spoken to in plain HTTP */
	size_t n_insecure;
	bool all_insecure; /* every host may; loopback may always */
	struct cancel *cancel;
};

struct chart_file {
	const char *path;   /* of the .tgz */
	const char *digest; /* "sha256:..." */
	const char *bytes;  /* its contents */
	size_t size;
};

/* One handle per thread; the folder may be shared by any number of processes. */
struct err *chart_store_open(struct arena *a, const struct chart_store_settings *settings,
			     struct chart_store **ret_store) must_check;

/*
 * The chart of @ref as it is now, or with @pin (a digest, may be NULL) the very bytes of then: from
 * the folder when they are there, else fetched again, and ERR_CONFLICT when they have become
 * others.
 */
struct err *chart_store_fetch(struct chart_store *s, struct arena *a, const char *ref,
			      const char *pin, struct chart_file *ret_file) must_check;

/* See chart_port: what @ref stands for now. */
struct err *chart_store_digest(struct chart_store *s, struct arena *a, const char *ref, bool hurry,
			       const char **ret_digest) must_check;
