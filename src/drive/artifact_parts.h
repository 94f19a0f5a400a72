// SPDX-License-Identifier: Apache-2.0
/* Between the artifact_*.c files. */
#pragma once

#include "drive/artifact.h"
#include "drive/bundle.h"
#include "drive/oci_manifest.h"

enum {
	CONTENT_MAX = 256 << 20, /* a package that is looked into */
	CONFIG_MAX = 4 << 20,
};

/* What can be fetched; larger blobs are refused. */
#define BLOB_MAX (16LL << 30)

/* The layer that is the artifact's content: Helm's, ours, or the only one it can be. */
struct err *artifact_content(struct arena *a, const struct oci_ref *ref,
			     const struct oci_manifest *m, const struct oci_descriptor **ret_layer)
	must_check;

bool artifact_is_targz(const struct oci_descriptor *layer);
enum bundle_kind artifact_kind(const struct oci_manifest *m);

/* What a registry's artifact holds, looked into without keeping it. */
struct err *artifact_bundle(struct artifacts *x, struct arena *a, const struct oci_ref *ref,
			    const struct oci_manifest *m, struct bundle *ret_bundle) must_check;

/* A folder or a package on disk, checked as far as Helm and the descriptor's tables go. */
struct err *artifact_bundle_on_disk(struct arena *a, const char *path, struct bundle *ret_bundle)
	must_check;

/* The members of artifact_port. */
struct err *artifact_local(void *self, struct arena *a, const char *path,
			   struct local_artifact *ret_local) must_check;
struct err *artifact_package(void *self, struct arena *a, const char *dir, const char *dest,
			     const char **ret_path, const char **ret_digest) must_check;
struct err *artifact_push(void *self, struct arena *a, const struct artifact_push *what,
			  struct artifact_pushed *ret_pushed) must_check;
struct err *artifact_pull(void *self, struct arena *a, const struct artifact_pull *what,
			  struct artifact_pulled *ret_pulled) must_check;
struct err *artifact_chart(void *self, struct arena *a, const char *text, const char *pin,
			   struct chart_artifact *ret_chart) must_check;
struct err *artifact_graph(void *self, struct arena *a, const char *text,
			   struct graph_artifact *ret_graph) must_check;
struct err *artifact_inspect(void *self, struct arena *a, const char *ref_or_path,
			     struct node **ret_document) must_check;
