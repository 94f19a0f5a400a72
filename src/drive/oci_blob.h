// SPDX-License-Identifier: Apache-2.0
/*
 * Blobs, streamed both ways.  What comes is checked against digest and size while it is written; a
 * download that breaks off is continued where it stopped, as often as the retry policy says.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;
struct err;
struct new_file;
struct oci;
struct oci_descriptor;
struct oci_ref;

/*
 * Write the blob into @file (empty, not kept yet).  ERR_REMOTE with clear words when the registry
 * sends more, less or other bytes than @d promises; ERR_TOO_LARGE when that is over @max.
 */
struct err *oci_blob_pull(struct oci *o, struct arena *a, const struct oci_ref *ref,
			  const struct oci_descriptor *d, int64_t max, struct new_file *file)
	must_check;

/* The same into memory. */
struct err *oci_blob_read(struct oci *o, struct arena *a, const struct oci_ref *ref,
			  const struct oci_descriptor *d, int64_t max, const char **ret_bytes,
			  size_t *ret_size) must_check;

struct oci_upload {
	const char *digest;
	int64_t size;
	const void *bytes;      /* or NULL: */
	int fd;                 /* a file, read from its start */
	const char *name;       /* for progress */
	const char *mount_from; /* a repository of the same registry that may have it, or NULL */
};

enum oci_push_way { OCI_PUSH_SENT, OCI_PUSH_THERE, OCI_PUSH_MOUNTED };

/* Make sure that the repository has the blob. */
struct err *oci_blob_push(struct oci *o, struct arena *a, const struct oci_ref *ref,
			  const struct oci_upload *upload, enum oci_push_way *ret_way) must_check;
