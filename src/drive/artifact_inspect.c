// SPDX-License-Identifier: Apache-2.0
/* What is in an artifact, as a document. */
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/node.h"
#include "drive/artifact_parts.h"

static void set(struct arena *a, struct node *map, const char *key, const char *text)
{
	if (text)
		node_set_str(a, map, key, text);
}

static void copy(struct arena *a, struct node *to, const struct node *from, const char *key)
{
	const struct node *value = node_get(from, key);

	if (value)
		node_set(to, key, node_copy(a, value));
}

static void tell_services(struct arena *a, struct node *doc, const struct node *graph)
{
	struct node *services = node_list_in(a, doc, "services");

	for (const struct node *s = node_first(node_get(graph, "services")); s; s = s->next) {
		const struct node *deployment = node_get(s, "deployment");
		struct node *out = node_add(services, node_new(a, NODE_MAP));

		copy(a, out, s, "id");
		set(a, out, "artifact", node_str(s, "artifact.ociImage"));
		set(a, out, "type", node_str(s, "artifact.ociConfig.type"));
		set(a, out, "implementer", node_str(s, "artifact.ociConfig.implementer"));
		copy(a, out, deployment, "trigger");
		copy(a, out, deployment, "intent");
	}
}

static void tell_bundle(struct arena *a, struct node *doc, const struct bundle *b)
{
	struct node *files = node_list_in(a, doc, "files");

	node_set_str(a, doc, "kind", bundle_kind_word(b->kind));
	set(a, doc, "name", b->name);
	set(a, doc, "version", b->version);
	set(a, doc, "description", b->description);
	for (size_t i = 0; i < b->n_files; i++)
		node_add(files, node_new_str(a, b->files[i].path));
	if (b->kind == BUNDLE_GRAPH) {
		node_set_str(a, doc, "descriptor", b->descriptor->path);
		copy(a, doc, b->meta, "hdaGraphIntent");
		tell_services(a, doc, b->meta);
	}
	if (b->kind == BUNDLE_CHART) {
		node_set(doc, "metadata", node_copy(a, b->meta));
		if (b->values)
			node_set(doc, "values", node_copy(a, b->values));
	}
	if (b->readme)
		set(a, doc, "readme", b->readme->bytes);
}

static void tell_layers(struct arena *a, struct node *doc, const struct oci_manifest *m)
{
	struct node *list = node_list_in(a, doc, m->is_index ? "manifests" : "layers");

	for (size_t i = 0; i < m->n_layers; i++) {
		const struct oci_descriptor *l = &m->layers[i];
		struct node *out = node_add(list, node_new(a, NODE_MAP));

		set(a, out, "title", l->title);
		node_set_str(a, out, "mediaType", l->media_type);
		set(a, out, "platform", l->platform);
		node_set_int(a, out, "size", l->size);
		node_set_str(a, out, "digest", l->digest);
	}
}

static struct err *inspect_ref(struct artifacts *x, struct arena *a, const char *text,
			       struct node *doc)
{
	struct oci_manifest m;
	struct oci_ref ref;
	struct bundle b;
	struct err *e;

	TRY(oci_ref_parse(a, text, &ref));
	if (ref.tag || ref.digest)
		TRY(oci_manifest_get(&x->oci, a, &ref, &m));
	if ((!ref.tag && !ref.digest) || m.n_layers == 1 || !m.is_index)
		TRY(oci_manifest_find(&x->oci, a, &ref, &ref, &m));
	ref.digest = m.digest;
	node_set_str(a, doc, "ref", oci_ref_text(a, &ref));
	node_set_str(a, doc, "digest", m.digest);
	node_set_str(a, doc, "mediaType", m.media_type);
	set(a, doc, "artifactType", m.artifact_type);
	node_set_str(a, doc, "kind", bundle_kind_word(artifact_kind(&m)));
	if (!m.is_index)
		set(a, doc, "configType", m.config.media_type);
	if (m.annotations)
		node_set(doc, "annotations", node_copy(a, m.annotations));
	tell_layers(a, doc, &m);
	if (m.is_index)
		return NULL;
	/* An artifact of somebody else's kind need not be readable: its layers say what it is. */
	e = artifact_bundle(x, a, &ref, &m, &b);
	if (e && (artifact_kind(&m) != BUNDLE_OTHER || e->kind != ERR_INPUT))
		return e;
	if (!e)
		tell_bundle(a, doc, &b);
	return NULL;
}

struct err *artifact_inspect(void *self, struct arena *a, const char *ref_or_path,
			     struct node **ret_document)
{
	struct node *doc = node_new(a, NODE_MAP);
	struct bundle b;

	if (oci_ref_has_scheme(ref_or_path)) {
		TRY(inspect_ref(self, a, ref_or_path, doc));
	} else {
		TRY(artifact_bundle_on_disk(a, ref_or_path, &b));
		tell_bundle(a, doc, &b);
	}
	*ret_document = doc;
	return NULL;
}
