// SPDX-License-Identifier: Apache-2.0
/* Registries and packages for commands: opens the driver with the settings of the command. */
#pragma once

#include "base/attr.h"
#include "port/artifact_port.h"

struct app;
struct err;
struct http_blob;
struct node;

struct artifacts_handle;

struct artifacts_want {
	const char *ca_file; /* further CAs for this command, or NULL */
	int64_t chunk_size;  /* 0: uploads in one piece */
	bool progress;       /* draw bars on a terminal */
};

/* What is opened lives until artifacts_release(). */
struct err *artifacts_acquire(struct app *app, const struct artifacts_want *want,
			      struct artifacts_handle **ret_handle, struct artifact_port *ret_port)
	must_check;
void artifacts_release(struct artifacts_handle *handle); /* NULL is fine */

/*
 * The CA certificates of the file @path (NULL: of the setting registry.ca), to be trusted beside
 * the system's; empty when none are named.
 */
struct err *artifacts_authorities(struct app *app, const char *path, struct http_blob *ret_ca)
	must_check;

/* Is @ref an artifact in a registry (oci://, http://, https://) rather than a file? */
bool artifacts_is_ref(const char *ref);

/*
 * The descriptor of the graph that @ref names, fetched and read; positions in messages name the
 * artifact.  @ret_pinned (may be NULL) takes the reference with the digest that was found.
 */
struct err *artifacts_descriptor(struct app *app, const char *ref, struct node **ret_doc,
				 const char **ret_pinned) must_check;
