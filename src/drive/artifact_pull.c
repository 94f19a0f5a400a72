// SPDX-License-Identifier: Apache-2.0
/* Fetching: into a folder for people, into the cache for plans. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "drive/artifact_parts.h"
#include "drive/file.h"
#include "drive/oci_blob.h"
#include "drive/tarball.h"
#include "drive/untar.h"

static struct err *check_digest(struct arena *a, const struct oci_ref *ref, const char *want)
{
	if (!want || str_eq(want, ref->digest))
		return NULL;
	if (!oci_digest_valid(want))
		return err_new(a, ERR_INPUT, "'%s' is no sha256 digest",
			       str_printable(a, want, false));
	return err_new(a, ERR_CONFLICT, "'%s' is not '%s'", oci_ref_text(a, ref), want);
}

/* ---- for people ---- */

/* What to call the layer on disk: its title when that is a plain name. */
static const char *file_name(struct arena *a, const struct oci_ref *ref,
			     const struct oci_manifest *m, const struct oci_descriptor *l)
{
	const char *base = file_base(ref->repo);
	const char *end = artifact_kind(m) == BUNDLE_CHART ? ".tgz"
			  : artifact_is_targz(l)           ? ".tar.gz"
							   : "";

	if (l->title && !strchr(l->title, '/') && l->title[0] != '.' && l->title[0] != '-' &&
	    !tar_check_path(a, "", l->title))
		return l->title;
	return arena_printf(a, "%s-%s%s", base, ref->tag ? ref->tag : ref->digest + 7, end);
}

static struct err *save_layer(struct artifacts *x, struct arena *a, const struct oci_ref *ref,
			      const struct oci_descriptor *l, const char *path)
{
	struct new_file f scoped_new_file = {.fd = -1};

	TRY(file_new(a, path, 0644, &f));
	TRY(oci_blob_pull(&x->oci, a, ref, l, BLOB_MAX, &f));
	return file_keep(a, &f, true);
}

static struct err *unpack_layer(struct artifacts *x, struct arena *a, const struct oci_ref *ref,
				const struct oci_descriptor *l, const char *dest,
				struct artifact_pulled *ret)
{
	struct new_file f scoped_new_file = {.fd = -1};
	struct tar_reader *r scoped_tar = NULL;

	TRY(file_new(a, file_join(a, dest, "package"), 0600, &f));
	TRY(oci_blob_pull(&x->oci, a, ref, l, BLOB_MAX, &f));
	TRY(tar_open(a, oci_ref_text(a, ref), NULL, 0, f.fd, &tar_default_limits, &r));
	TRY(untar(a, r, dest, &ret->paths, &ret->n_paths));
	for (size_t i = 0; i < ret->n_paths; i++)
		ret->paths[i] = file_join(a, dest, ret->paths[i]);
	return NULL;
}

/* A signature travels with its chart. */
static struct err *save_provenance(struct artifacts *x, struct arena *a, const struct oci_ref *ref,
				   const struct oci_manifest *m, const char *path,
				   struct artifact_pulled *ret)
{
	for (size_t i = 0; i < m->n_layers; i++) {
		const char *prov = arena_printf(a, "%s.prov", path);

		if (!str_eq(m->layers[i].media_type, HELM_PROV_TYPE))
			continue;
		TRY(save_layer(x, a, ref, &m->layers[i], prov));
		ret->paths[ret->n_paths++] = prov;
		break;
	}
	return NULL;
}

struct err *artifact_pull(void *self, struct arena *a, const struct artifact_pull *what,
			  struct artifact_pulled *ret_pulled)
{
	struct artifacts *x = self;
	const char *dest = what->destination ? what->destination : ".", *path;
	struct artifact_pulled done = {0};
	const struct oci_descriptor *layer;
	struct oci_manifest m;
	struct oci_ref ref;

	TRY(oci_ref_parse(a, what->ref, &ref));
	TRY(oci_manifest_find(&x->oci, a, &ref, &ref, &m));
	TRY(check_digest(a, &ref, what->digest));
	TRY(artifact_content(a, &ref, &m, &layer));
	done.ref = oci_ref_text(a, &ref);
	done.digest = m.digest;
	done.kind = bundle_kind_word(artifact_kind(&m));
	done.size = layer->size;
	TRY(file_make_dirs(a, dest, 0755));
	if (what->untar && artifact_is_targz(layer)) {
		TRY(unpack_layer(x, a, &ref, layer, dest, &done));
	} else {
		path = file_join(a, dest, file_name(a, &ref, &m, layer));
		TRY(save_layer(x, a, &ref, layer, path));
		done.paths = arena_new_n(a, const char *, 2);
		done.paths[done.n_paths++] = path;
		TRY(save_provenance(x, a, &ref, &m, path, &done));
	}
	*ret_pulled = done;
	return NULL;
}

/* ---- for deploying a graph ---- */

struct err *artifact_graph(void *self, struct arena *a, const char *text,
			   struct graph_artifact *ret_graph)
{
	struct artifacts *x = self;
	struct oci_manifest m;
	struct oci_ref ref;
	struct bundle b;

	TRY(oci_ref_parse(a, text, &ref));
	TRY(oci_manifest_find(&x->oci, a, &ref, &ref, &m));
	if (artifact_kind(&m) == BUNDLE_CHART)
		return err_new(a, ERR_INPUT, "'%s' is a chart, not a graph", oci_ref_text(a, &ref));
	TRY(artifact_bundle(x, a, &ref, &m, &b));
	if (b.kind != BUNDLE_GRAPH)
		return err_new(a, ERR_INPUT, "'%s' holds no graph descriptor",
			       oci_ref_text(a, &ref));
	*ret_graph = (struct graph_artifact){
		.ref = oci_ref_text(a, &ref),
		.digest = m.digest,
		.name = arena_printf(a, "%s/%s", oci_ref_text(a, &ref), b.descriptor->path),
		.text = b.descriptor->bytes,
		.size = b.descriptor->size,
	};
	return NULL;
}

/* ---- charts, through the cache ---- */

static const char *cached(struct arena *a, const struct artifacts *x, const char *what,
			  const char *digest, const char *end)
{
	return arena_printf(a, "%s/%s/sha256-%s%s", x->config->cache, what, digest + 7, end);
}

static bool is_there(const char *path, int64_t size)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == size;
}

/* The manifest under @pin, when it was fetched before and its bytes are still those. */
static bool cached_manifest(struct arena *a, const struct artifacts *x, const char *pin,
			    struct oci_manifest *ret)
{
	const char *text;
	size_t size;

	return !file_read(a, cached(a, x, "manifests", pin, ".json"), OCI_MANIFEST_MAX, &text,
			  &size) &&
	       !oci_manifest_read(a, pin, NULL, text, size, ret) && str_eq(ret->digest, pin);
}

static struct err *find_manifest(struct artifacts *x, struct arena *a, struct oci_ref *ref,
				 const char *pin, struct oci_manifest *ret)
{
	const char *path;

	if (pin) {
		if (!oci_digest_valid(pin))
			return err_new(a, ERR_INPUT, "'%s' is no sha256 digest",
				       str_printable(a, pin, false));
		ref->digest = pin;
	}
	if (ref->digest && cached_manifest(a, x, ref->digest, ret))
		return NULL;
	TRY(oci_manifest_find(&x->oci, a, ref, ref, ret));
	path = cached(a, x, "manifests", ret->digest, ".json");
	TRY(file_make_dirs(a, file_dir(a, path), 0700));
	return file_write(a, path, 0600, ret->text, ret->size);
}

/* Bytes in the cache are looked at again: what is installed is what was pinned. */
static bool still_good(struct arena *a, const char *path, const struct oci_descriptor *l)
{
	const char *bytes;
	size_t size;

	if (!is_there(path, l->size) || file_read(a, path, CONTENT_MAX, &bytes, &size))
		return false;
	return str_eq(sha256_hex(a, bytes, size), l->digest + 7);
}

static struct err *read_chart(struct arena *a, const char *path, struct bundle *b)
{
	TRY(artifact_bundle_on_disk(a, path, b));
	return b->kind == BUNDLE_CHART ? NULL : err_new(a, ERR_INPUT, "it is a graph, not a chart");
}

struct err *artifact_chart(void *self, struct arena *a, const char *text, const char *pin,
			   struct chart_artifact *ret_chart)
{
	struct artifacts *x = self;
	const struct oci_descriptor *layer;
	struct oci_manifest m;
	struct oci_ref ref;
	struct bundle b;
	const char *path;

	if (!x->config->cache)
		return err_new(a, ERR_BUG, "charts cannot be fetched without a cache");
	TRY(oci_ref_parse(a, text, &ref));
	TRY(find_manifest(x, a, &ref, pin, &m));
	TRY(artifact_content(a, &ref, &m, &layer));
	if (layer->size > CONTENT_MAX)
		return err_new(a, ERR_TOO_LARGE, "'%s' is larger than a chart can be",
			       oci_ref_text(a, &ref));
	path = cached(a, x, "charts", layer->digest, ".tgz");
	if (!still_good(a, path, layer)) {
		TRY(file_make_dirs(a, file_dir(a, path), 0700));
		TRY(save_layer(x, a, &ref, layer, path));
	}
	TRY(err_wrap(a, read_chart(a, path, &b), "%s", oci_ref_text(a, &ref)));
	*ret_chart = (struct chart_artifact){
		.ref = oci_ref_text(a, &ref),
		.digest = m.digest,
		.name = b.name,
		.version = b.version,
		.path = path,
		.content_digest = layer->digest,
	};
	return NULL;
}
