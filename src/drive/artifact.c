// SPDX-License-Identifier: Apache-2.0
#include "drive/artifact.h"

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "drive/artifact_parts.h"
#include "drive/oci_blob.h"
#include "drive/tarball.h"

/* ---- what an artifact is ---- */

bool artifact_is_targz(const struct oci_descriptor *layer)
{
	static const char *const ends[] = {"tar+gzip", "tar.gzip", "/gzip",  "/x-gzip",
					   "/x-tar",   "/x-gtar",  "/x-tgz", ".tar"};

	for (size_t i = 0; i < countof(ends); i++)
		if (str_ends(layer->media_type, ends[i]))
			return true;
	return layer->title &&
	       (str_ends(layer->title, ".tgz") || str_ends(layer->title, ".tar.gz"));
}

static bool is_yaml(const struct oci_descriptor *layer)
{
	return strstr(layer->media_type, "yaml") ||
	       (layer->title &&
		(str_ends(layer->title, ".yaml") || str_ends(layer->title, ".yml")));
}

enum bundle_kind artifact_kind(const struct oci_manifest *m)
{
	const char *type = m->artifact_type ? m->artifact_type : "";

	if (m->is_index)
		return BUNDLE_OTHER;
	if (str_eq(m->config.media_type, HELM_CONFIG_TYPE))
		return BUNDLE_CHART;
	if (str_eq(type, GRAPH_TYPE) || str_eq(m->config.media_type, GRAPH_CONFIG_TYPE))
		return BUNDLE_GRAPH;
	return BUNDLE_OTHER;
}

static struct err *unclear(struct arena *a, const struct oci_ref *ref, const struct oci_manifest *m)
{
	struct str s = {.a = a};

	for (size_t i = 0; i < m->n_layers; i++)
		str_addf(&s, "\n  %s  %s", m->layers[i].media_type,
			 m->layers[i].title ? m->layers[i].title : m->layers[i].digest);
	return err_new(a, ERR_INPUT, "'%s' is no single package; it has %zu layers:%s",
		       oci_ref_text(a, ref), m->n_layers, str_printable(a, str_text(&s), true));
}

struct err *artifact_content(struct arena *a, const struct oci_ref *ref,
			     const struct oci_manifest *m, const struct oci_descriptor **ret_layer)
{
	const struct oci_descriptor *found = NULL;
	size_t n = 0;

	for (size_t i = 0; i < m->n_layers; i++) {
		const struct oci_descriptor *l = &m->layers[i];

		if (str_eq(l->media_type, HELM_CONTENT_TYPE) ||
		    str_eq(l->media_type, GRAPH_CONTENT_TYPE)) {
			*ret_layer = l;
			return NULL;
		}
		if (artifact_is_targz(l)) {
			found = l;
			n++;
		}
	}
	if (n == 0 && m->n_layers == 1) {
		found = &m->layers[0];
		n = 1;
	}
	if (n != 1)
		return unclear(a, ref, m);
	*ret_layer = found;
	return NULL;
}

/* Layers that are YAML files by themselves, as `oras push` makes them. */
static struct err *bundle_of_texts(struct artifacts *x, struct arena *a, const struct oci_ref *ref,
				   const struct oci_manifest *m, struct bundle *ret_bundle)
{
	vec_of(struct bundle_file) files = {0};
	const char *source = oci_ref_text(a, ref);
	struct bundle b = {.top = ""};
	struct node *root;

	for (size_t i = 0; i < m->n_layers; i++) {
		const struct oci_descriptor *l = &m->layers[i];
		struct bundle_file f = {.path = l->title ? l->title : "descriptor.yaml"};

		if (!is_yaml(l))
			continue;
		TRY(tar_check_path(a, source, f.path));
		TRY(oci_blob_read(&x->oci, a, ref, l, CONFIG_MAX, &f.bytes, &f.size));
		*vec_push(a, &files) = f;
	}
	b.files = files.at;
	b.n_files = files.n;
	TRY(bundle_find_descriptor(a, source, &b, &b.descriptor, &root));
	if (!b.descriptor)
		return unclear(a, ref, m);
	return bundle_read_text(a, b.descriptor->path, b.descriptor->bytes, b.descriptor->size,
				ret_bundle);
}

struct err *artifact_bundle(struct artifacts *x, struct arena *a, const struct oci_ref *ref,
			    const struct oci_manifest *m, struct bundle *ret_bundle)
{
	struct tar_reader *r scoped_tar = NULL;
	const struct oci_descriptor *layer = NULL;
	const char *bytes = NULL;
	size_t size = 0, n_packed = 0;

	for (size_t i = 0; i < m->n_layers; i++)
		n_packed += artifact_is_targz(&m->layers[i]);
	if (n_packed == 0)
		return bundle_of_texts(x, a, ref, m, ret_bundle);
	TRY(artifact_content(a, ref, m, &layer));
	TRY(oci_blob_read(&x->oci, a, ref, layer, CONTENT_MAX, &bytes, &size));
	TRY(tar_open(a, oci_ref_text(a, ref), bytes, size, -1, &tar_default_limits, &r));
	return bundle_read_tar(a, oci_ref_text(a, ref), r, ret_bundle);
}

/* ---- the small members of the port ---- */

static struct err *get_manifest(void *self, struct arena *a, const char *text,
				const char **ret_text, const char **ret_digest)
{
	struct artifacts *x = self;
	struct oci_manifest m;
	struct oci_ref ref;

	TRY(oci_ref_parse(a, text, &ref));
	if (ref.tag || ref.digest)
		TRY(oci_manifest_get(&x->oci, a, &ref, &m)); /* an index as it is */
	else
		TRY(oci_manifest_find(&x->oci, a, &ref, &ref, &m));
	*ret_text = m.text;
	*ret_digest = m.digest;
	return NULL;
}

static struct err *get_tags(void *self, struct arena *a, const char *text, const char ***ret_tags,
			    size_t *ret_n)
{
	struct artifacts *x = self;
	struct oci_ref ref;

	TRY(oci_ref_parse(a, text, &ref));
	return oci_tags(&x->oci, a, &ref, ret_tags, ret_n);
}

static struct err *remove_it(void *self, struct arena *a, const char *text, const char **ret_digest)
{
	struct artifacts *x = self;
	struct oci_ref ref;

	TRY(oci_ref_parse(a, text, &ref));
	if (!ref.tag && !ref.digest)
		return err_new(a, ERR_INPUT, "'%s' names no tag and no digest to remove", text);
	if (!ref.digest)
		TRY(oci_manifest_digest(&x->oci, a, &ref, &ref.digest));
	if (!ref.digest)
		return err_new(a, ERR_NOT_FOUND, "registry '%s' has no '%s:%s'", ref.host, ref.repo,
			       ref.tag);
	TRY(oci_manifest_delete(&x->oci, a, &ref));
	*ret_digest = ref.digest;
	return NULL;
}

static struct err *login(void *self, struct arena *a, const char *registry, const char *user,
			 const char *password)
{
	struct artifacts *x = self;
	const struct oci_login given = {.user = user, .password = password};
	struct oci_config config = x->config->oci;
	struct oci o scoped_oci = {0};
	struct oci_ref ref;

	TRY(oci_ref_parse_prefix(a, registry, &ref));
	if (!config.logins.own)
		return err_new(a, ERR_INPUT, "there is no file to keep logins in");
	config.login = &given;
	oci_open(&o, a, &config);
	TRY(oci_ping(&o, a, &ref));
	return oci_login_keep(a, config.logins.own, ref.host, &given);
}

static struct err *logout(void *self, struct arena *a, const char *registry, bool *ret_had)
{
	struct artifacts *x = self;
	struct oci_ref ref;

	TRY(oci_ref_parse_prefix(a, registry, &ref));
	*ret_had = false;
	if (!x->config->oci.logins.own)
		return NULL;
	return oci_login_forget(a, x->config->oci.logins.own, ref.host, ret_had);
}

void artifacts_open(struct artifacts *x, struct arena *a, const struct artifact_config *config)
{
	x->config = config;
	oci_open(&x->oci, a, &config->oci);
}

void artifacts_close(struct artifacts *x)
{
	oci_close(&x->oci);
}

struct artifact_port artifacts_port(struct artifacts *x)
{
	return (struct artifact_port){
		.graph = artifact_graph,
		.chart = artifact_chart,
		.local = artifact_local,
		.package = artifact_package,
		.push = artifact_push,
		.pull = artifact_pull,
		.remove = remove_it,
		.manifest = get_manifest,
		.tags = get_tags,
		.inspect = artifact_inspect,
		.login = login,
		.logout = logout,
		.self = x,
	};
}
