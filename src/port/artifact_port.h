// SPDX-License-Identifier: Apache-2.0
/*
 * Artifacts: charts and graphs in OCI registries, and as packages on disk.
 *
 * References are what drive/oci_ref.h reads (oci://, http://, https://, HOST.../PATH).  A digest
 * is that of a manifest ("sha256:..."): the same digest is the same bytes for ever.  One handle per
 * thread; calls block, with deadlines of the driver's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;
struct err;
struct node;

/* A graph that was fetched. */
struct graph_artifact {
	const char *ref; /* with the tag that was found and the digest: fetches the same again */
	const char *digest;
	const char *name; /* where the text stood, for messages: "oci://...: hdag.yaml" */
	const char *text; /* of the descriptor */
	size_t size;
};

/* A chart that was fetched into the cache. */
struct chart_artifact {
	const char *ref, *digest; /* as above */
	const char *name, *version;
	const char *path;           /* of the .tgz; its name is the digest of its bytes */
	const char *content_digest; /* of the .tgz */
};

/* A folder or a package on disk. */
struct local_artifact {
	const char *kind; /* "chart", "graph" */
	const char *name, *version, *description;
	const char *descriptor_name, *descriptor; /* graph: its descriptor; chart: Chart.yaml */
	size_t descriptor_size;
	size_t n_files;
};

struct artifact_push {
	const char *file; /* a package */
	const char *ref;  /* with a tag: exactly that; without: a prefix, /NAME:VERSION is added */
	const char *
		mount_from; /* a repository of the registry that may hold the same blobs, or NULL */
	bool force;         /* a tag that names something else may be moved */
	bool dry_run;
};

struct artifact_pushed {
	const char *ref, *digest;
	const char *kind, *name, *version;
	bool unchanged;         /* it was there already */
	int64_t size;           /* bytes of the package */
	size_t n_sent, n_there; /* blobs */
};

struct artifact_pull {
	const char *ref;
	const char *destination; /* folder; NULL: "." */
	const char *digest;      /* refuse anything else, or NULL */
	bool untar;
};

struct artifact_pulled {
	const char *ref, *digest;
	const char *kind;   /* "chart", "graph", "other" */
	const char **paths; /* what is there now: files, or with untar the unpacked folder(s) */
	size_t n_paths;
	int64_t size;
};

struct artifact_port {
	struct err *(*graph)(void *self, struct arena *a, const char *ref,
			     struct graph_artifact *ret_graph)must_check;
	/* @pin: the digest to take whatever the tag says now, or NULL.  Needs no network when it is
	 * cached. */
	struct err *(*chart)(void *self, struct arena *a, const char *ref, const char *pin,
			     struct chart_artifact *ret_chart)must_check;

	/* ERR_INPUT when it is neither a chart nor a graph, or Helm would refuse it. */
	struct err *(*local)(void *self, struct arena *a, const char *path,
			     struct local_artifact *ret_local)must_check;
	/* Write NAME-VERSION.tar.gz of the folder @dir into the folder @dest. */
	struct err *(*package)(void *self, struct arena *a, const char *dir, const char *dest,
			       const char **ret_path, const char **ret_digest)must_check;

	struct err *(*push)(void *self, struct arena *a, const struct artifact_push *what,
			    struct artifact_pushed *ret_pushed)must_check;
	struct err *(*pull)(void *self, struct arena *a, const struct artifact_pull *what,
			    struct artifact_pulled *ret_pulled)must_check;
	/* ERR_NOT_FOUND when there is no such tag or digest; removes the manifest, all its tags. */
	struct err *(*remove)(void *self, struct arena *a, const char *ref,
			      const char **ret_digest)must_check;

	/* The manifest's (or index's) very bytes. */
	struct err *(*manifest)(void *self, struct arena *a, const char *ref, const char **ret_text,
				const char **ret_digest)must_check;
	struct err *(*tags)(void *self, struct arena *a, const char *ref, const char ***ret_tags,
			    size_t *ret_n)must_check;
	/* A document: ref, digest, kind, name, version, layers; chart: metadata, values; graph:
	 * services with their artifacts and intents. */
	struct err *(*inspect)(void *self, struct arena *a, const char *ref_or_path,
			       struct node **ret_document)must_check;

	/* Try the login, then keep it. */
	struct err *(*login)(void *self, struct arena *a, const char *registry, const char *user,
			     const char *password)must_check;
	struct err *(*logout)(void *self, struct arena *a, const char *registry,
			      bool *ret_had)must_check;
	void *self;
};
