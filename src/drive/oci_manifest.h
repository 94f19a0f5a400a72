// SPDX-License-Identifier: Apache-2.0
/* Manifests, indexes and tags.  Whatever a registry sends is checked against its digest. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;
struct err;
struct node;
struct oci;
struct oci_ref;

#define OCI_MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define OCI_INDEX_TYPE    "application/vnd.oci.image.index.v1+json"
#define DOCKER_MANIFEST   "application/vnd.docker.distribution.manifest.v2+json"
#define DOCKER_LIST       "application/vnd.docker.distribution.manifest.list.v2+json"
#define OCI_TITLE         "org.opencontainers.image.title"
#define OCI_VERSION       "org.opencontainers.image.version"
#define OCI_DESCRIPTION   "org.opencontainers.image.description"

enum { OCI_MANIFEST_MAX = 4 << 20, OCI_LAYERS_MAX = 256, OCI_TAGS_MAX = 100000 };

/* A blob or a manifest, as another manifest names it. */
struct oci_descriptor {
	const char *media_type, *digest;
	int64_t size;
	const char *artifact_type, *title; /* or NULL */
	const char *platform;              /* "linux/amd64", in indexes, or NULL */
};

struct oci_manifest {
	const char *digest, *media_type, *artifact_type;
	const char *text; /* the very bytes */
	size_t size;
	bool is_index;
	struct oci_descriptor config;  /* not of an index */
	struct oci_descriptor *layers; /* of an index: its manifests */
	size_t n_layers;
	const struct node *annotations;
};

/*
 * Understand @text.  ERR_INPUT for anything but an OCI or Docker manifest or index (schema 2) with
 * valid digests and sizes.  @media_type is what the server said, or NULL.
 */
struct err *oci_manifest_read(struct arena *a, const char *source, const char *media_type,
			      const char *text, size_t size, struct oci_manifest *ret_manifest)
	must_check;

/* What @ref (with a tag or digest) names, an index too. */
struct err *oci_manifest_get(struct oci *o, struct arena *a, const struct oci_ref *ref,
			     struct oci_manifest *ret_manifest) must_check;

/*
 * The same for people's references: without tag and digest the newest tag is taken (see semver.h)
 * and an index with one manifest is looked through; one with several is an ERR_INPUT that lists
 * them. ret_ref names what was found: with its tag, and the digest of the manifest.
 */
struct err *oci_manifest_find(struct oci *o, struct arena *a, const struct oci_ref *ref,
			      struct oci_ref *ret_ref, struct oci_manifest *ret_manifest)
	must_check;

/* The digest that a tag stands for now; NULL when there is no such tag. */
struct err *oci_manifest_digest(struct oci *o, struct arena *a, const struct oci_ref *ref,
				const char **ret_digest) must_check;

/* Store @text under the tag (or digest) of @ref. */
struct err *oci_manifest_put(struct oci *o, struct arena *a, const struct oci_ref *ref,
			     const char *media_type, const char *text, size_t size,
			     const char **ret_digest) must_check;

/* By digest only. */
struct err *oci_manifest_delete(struct oci *o, struct arena *a, const struct oci_ref *ref)
	must_check;

/* All pages, in the registry's order. */
struct err *oci_tags(struct oci *o, struct arena *a, const struct oci_ref *ref,
		     const char ***ret_tags, size_t *ret_n) must_check;
