// SPDX-License-Identifier: Apache-2.0
/* Pushing a package: blobs first, the manifest last, so that nothing half is ever visible. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/node.h"
#include "drive/artifact_parts.h"
#include "drive/file.h"
#include "drive/oci_blob.h"

enum { BLOBS_MAX = 3, PROV_MAX = 1 << 20, PIECE = 64 * 1024 };

struct blob {
	struct oci_upload up;
	const char *media_type, *title;
};

struct pushing {
	struct artifacts *x;
	struct arena *a;
	const struct artifact_push *what;
	int fd;
	struct bundle b;
	struct oci_ref ref;
	struct blob config, layers[BLOBS_MAX];
	size_t n_layers;
	const char *manifest, *digest;
};

static const char *digest_of(struct arena *a, const void *bytes, size_t size)
{
	return arena_printf(a, "sha256:%s", sha256_hex(a, bytes, size));
}

static struct blob blob_of(struct arena *a, const char *media_type, const char *title,
			   const void *bytes, size_t size)
{
	return (struct blob){
		.up = {.digest = digest_of(a, bytes, size),
		       .size = (int64_t)size,
		       .bytes = bytes,
		       .fd = -1,
		       .name = title ? title : "config"},
		.media_type = media_type,
		.title = title,
	};
}

/* ---- where to ---- */

static struct err *choose_ref(struct pushing *p)
{
	struct oci_ref *ref = &p->ref;

	TRY(oci_ref_parse_prefix(p->a, p->what->ref, ref));
	if (ref->digest)
		return err_new(p->a, ERR_INPUT, "'%s': nothing can be pushed to a digest",
			       p->what->ref);
	if (ref->tag)
		return NULL;
	ref->repo = file_join(p->a, ref->repo, p->b.name);
	ref->tag = oci_tag_of_version(p->a, p->b.version);
	if (!oci_repo_valid(ref->repo))
		return err_new(p->a, ERR_INPUT, "'%s' is no valid repository name", ref->repo);
	return NULL;
}

/* ---- what ---- */

static struct err *content_blob(struct pushing *p)
{
	struct sha256_stream *sha = sha256_open();
	const char *title = file_base(p->what->file);
	char buf[PIECE];
	int64_t size = 0;
	const char *hex;
	ssize_t n;

	while ((n = pread(p->fd, buf, sizeof(buf), (off_t)size)) > 0) {
		sha256_add(sha, buf, (size_t)n);
		size += n;
	}
	hex = sha256_close(sha, p->a);
	if (n < 0)
		return file_err(p->a, errno, "read", p->what->file);
	p->layers[p->n_layers++] = (struct blob){
		.up = {.digest = arena_printf(p->a, "sha256:%s", hex),
		       .size = size,
		       .fd = p->fd,
		       .name = title,
		       .mount_from = p->what->mount_from},
		.media_type = p->b.kind == BUNDLE_CHART ? HELM_CONTENT_TYPE : GRAPH_CONTENT_TYPE,
		.title = title,
	};
	return NULL;
}

/* FILE.prov, the signature that `helm package --sign` leaves beside a chart. */
static struct err *provenance_blob(struct pushing *p)
{
	const char *path = arena_printf(p->a, "%s.prov", p->what->file), *bytes;
	struct err *e;
	size_t size;

	e = file_read(p->a, path, PROV_MAX, &bytes, &size);
	if (e)
		return e->kind == ERR_NOT_FOUND ? NULL : e;
	p->layers[p->n_layers++] = blob_of(p->a, HELM_PROV_TYPE, file_base(path), bytes, size);
	return NULL;
}

static const char *graph_config(struct arena *a, const struct bundle *b)
{
	struct node *config = node_new(a, NODE_MAP);
	struct node *services = node_list_in(a, config, "services");

	node_set_str(a, config, "id", b->name);
	node_set_str(a, config, "version", b->version);
	if (b->description)
		node_set_str(a, config, "description", b->description);
	for (const struct node *s = node_first(node_get(b->meta, "services")); s; s = s->next) {
		struct node *out = node_add(services, node_new(a, NODE_MAP));
		const char *id = node_str(s, "id"), *image = node_str(s, "artifact.ociImage");

		if (id)
			node_set_str(a, out, "id", id);
		if (image)
			node_set_str(a, out, "artifact", image);
	}
	return json_write(a, config, JSON_COMPACT);
}

static struct err *make_blobs(struct pushing *p)
{
	const struct bundle *b = &p->b;
	bool chart = b->kind == BUNDLE_CHART;
	const char *config =
		chart ? json_write(p->a, b->meta, JSON_COMPACT) : graph_config(p->a, b);

	p->config = blob_of(p->a, chart ? HELM_CONFIG_TYPE : GRAPH_CONFIG_TYPE, NULL, config,
			    strlen(config));
	TRY(content_blob(p));
	if (chart)
		return provenance_blob(p);
	if (b->readme)
		p->layers[p->n_layers++] =
			blob_of(p->a, README_TYPE, "README.md", b->readme->bytes, b->readme->size);
	return NULL;
}

/* ---- the manifest ---- */

static struct node *descriptor_of(struct arena *a, const struct blob *b)
{
	struct node *n = node_new(a, NODE_MAP);

	node_set_str(a, n, "mediaType", b->media_type);
	node_set_str(a, n, "digest", b->up.digest);
	node_set_int(a, n, "size", b->up.size);
	if (b->title)
		node_set_str(a, node_map_in(a, n, "annotations"), OCI_TITLE, b->title);
	return n;
}

static const char *authors_of(struct arena *a, const struct node *meta)
{
	struct str s = {.a = a};

	for (const struct node *m = node_first(node_get(meta, "maintainers")); m; m = m->next) {
		const char *name = node_str(m, "name"), *email = node_str(m, "email");

		if (!name)
			continue;
		str_addf(&s, "%s%s", s.len ? ", " : "", name);
		if (email)
			str_addf(&s, " (%s)", email);
	}
	return s.len ? str_text(&s) : NULL;
}

static void annotate(struct arena *a, struct node *map, const char *key, const char *value)
{
	if (value && value[0])
		node_set_str(a, map, key, value);
}

/* As Helm does it; the chart's own annotations cannot overrule title and version. */
static struct node *annotations_of(struct arena *a, const struct bundle *b)
{
	struct node *out = node_new(a, NODE_MAP);
	const struct node *sources = node_get(b->meta, "sources");
	const struct node *own = node_get(b->meta, "annotations");

	annotate(a, out, OCI_TITLE, b->name);
	annotate(a, out, OCI_VERSION, b->version);
	annotate(a, out, OCI_DESCRIPTION, b->description);
	if (b->kind != BUNDLE_CHART) {
		annotate(a, out, "org.opencontainers.image.authors", node_str(b->meta, "designer"));
		return out;
	}
	annotate(a, out, "org.opencontainers.image.url", node_str(b->meta, "home"));
	if (node_first(sources) && node_first(sources)->kind == NODE_STR)
		annotate(a, out, "org.opencontainers.image.source", node_first(sources)->str);
	annotate(a, out, "org.opencontainers.image.authors", authors_of(a, b->meta));
	for (const struct node *n = node_first(own); n; n = n->next)
		if (n->kind == NODE_STR && !str_eq(n->key, OCI_TITLE) &&
		    !str_eq(n->key, OCI_VERSION))
			annotate(a, out, n->key, n->str);
	return out;
}

static void make_manifest(struct pushing *p)
{
	struct arena *a = p->a;
	struct node *m = node_new(a, NODE_MAP), *layers;

	node_set_int(a, m, "schemaVersion", 2);
	node_set_str(a, m, "mediaType", OCI_MANIFEST_TYPE);
	if (p->b.kind == BUNDLE_GRAPH)
		node_set_str(a, m, "artifactType", GRAPH_TYPE);
	node_set(m, "config", descriptor_of(a, &p->config));
	layers = node_list_in(a, m, "layers");
	for (size_t i = 0; i < p->n_layers; i++)
		node_add(layers, descriptor_of(a, &p->layers[i]));
	node_set(m, "annotations", annotations_of(a, &p->b));
	p->manifest = json_write(a, m, JSON_COMPACT);
	p->digest = digest_of(a, p->manifest, strlen(p->manifest));
}

/* ---- doing it ---- */

static struct err *look_at_tag(struct pushing *p, bool *ret_unchanged)
{
	const char *there;

	TRY(oci_manifest_digest(&p->x->oci, p->a, &p->ref, &there));
	*ret_unchanged = str_eq(there, p->digest);
	if (!there || *ret_unchanged || p->what->force)
		return NULL;
	return err_hint(p->a,
			err_new(p->a, ERR_CONFLICT, "'%s' exists already with other content (%s)",
				oci_ref_text(p->a, &p->ref), there),
			"Raise the version, or move the tag with --force.");
}

static struct err *send_all(struct pushing *p, struct artifact_pushed *ret)
{
	enum oci_push_way way;
	const char *digest;

	for (size_t i = 0; i <= p->n_layers; i++) {
		const struct blob *b = i < p->n_layers ? &p->layers[i] : &p->config;

		TRY(oci_blob_push(&p->x->oci, p->a, &p->ref, &b->up, &way));
		if (way == OCI_PUSH_SENT)
			ret->n_sent++;
		else
			ret->n_there++;
	}
	return oci_manifest_put(&p->x->oci, p->a, &p->ref, OCI_MANIFEST_TYPE, p->manifest,
				strlen(p->manifest), &digest);
}

static struct err *push(struct pushing *p, struct artifact_pushed *ret_pushed)
{
	struct artifact_pushed done = {0};
	struct oci_ref named;

	TRY(make_blobs(p));
	make_manifest(p);
	TRY(choose_ref(p));
	named = p->ref;
	named.digest = p->digest;
	done.ref = oci_ref_text(p->a, &named);
	done.digest = p->digest;
	done.kind = bundle_kind_word(p->b.kind);
	done.name = p->b.name;
	done.version = p->b.version;
	done.size = p->layers[0].up.size;
	TRY(look_at_tag(p, &done.unchanged));
	if (!done.unchanged && !p->what->dry_run)
		TRY(send_all(p, &done));
	*ret_pushed = done;
	return NULL;
}

struct err *artifact_push(void *self, struct arena *a, const struct artifact_push *what,
			  struct artifact_pushed *ret_pushed)
{
	struct pushing p = {.x = self, .a = a, .what = what};
	struct stat st;
	struct err *e;

	if (stat(what->file, &st) == 0 && S_ISDIR(st.st_mode))
		return err_hint(a, err_new(a, ERR_INPUT, "'%s' is a folder", what->file),
				"Make a package of it first: smo artifact package tar %s",
				what->file);
	TRY(artifact_bundle_on_disk(a, what->file, &p.b));
	p.fd = open(what->file, O_RDONLY | O_CLOEXEC);
	if (p.fd < 0)
		return file_err(a, errno, "read", what->file);
	e = push(&p, ret_pushed);
	close(p.fd);
	return e;
}
