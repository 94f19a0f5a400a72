// SPDX-License-Identifier: Apache-2.0
#include "drive/oci_manifest.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/node.h"
#include "drive/oci_registry.h"
#include "drive/semver.h"

enum { PAGES_MAX = 1000 };

static const struct http_header accepted[] = {
	{"Accept", OCI_MANIFEST_TYPE ", " OCI_INDEX_TYPE ", " DOCKER_MANIFEST ", " DOCKER_LIST},
};

/* ---- reading ---- */

static struct err *read_descriptor(struct arena *a, const char *source, const char *what,
				   const struct node *n, struct oci_descriptor *d)
{
	const struct node *size = node_get(n, "size");
	const char *os = node_str(n, "platform.os"), *arch = node_str(n, "platform.architecture");

	d->media_type = node_str(n, "mediaType");
	d->digest = node_str(n, "digest");
	d->artifact_type = node_str(n, "artifactType");
	if (!d->digest || !oci_digest_valid(d->digest))
		return err_new(a, ERR_INPUT, "%s: %s has no valid sha256 digest", source, what);
	if (!size || size->kind != NODE_INT || size->integer < 0)
		return err_new(a, ERR_INPUT, "%s: %s has no valid size", source, what);
	if (!d->media_type || !d->media_type[0])
		return err_new(a, ERR_INPUT, "%s: %s has no media type", source, what);
	d->size = size->integer;
	if (os && arch)
		d->platform = arena_printf(a, "%s/%s", os, arch);
	/* The key holds dots: node_str() would follow them. */
	n = node_get(node_get(n, "annotations"), OCI_TITLE);
	if (n && n->kind == NODE_STR)
		d->title = n->str;
	return NULL;
}

static struct err *read_list(struct arena *a, const char *source, const char *what,
			     const struct node *list, struct oci_manifest *m)
{
	size_t n = node_count(list);

	if (list && list->kind != NODE_LIST)
		return err_new(a, ERR_INPUT, "%s: '%ss' is no list", source, what);
	if (n > OCI_LAYERS_MAX)
		return err_new(a, ERR_TOO_LARGE, "%s: more than %d %ss", source, OCI_LAYERS_MAX,
			       what);
	m->layers = arena_new_n(a, struct oci_descriptor, n ? n : 1);
	for (const struct node *c = node_first(list); c; c = c->next) {
		const char *which = arena_printf(a, "%s %zu", what, m->n_layers + 1);

		TRY(read_descriptor(a, source, which, c, &m->layers[m->n_layers]));
		m->n_layers++;
	}
	return NULL;
}

static const char *type_of(struct arena *a, const struct node *root, const char *told)
{
	const char *written = node_str(root, "mediaType");

	if (written)
		return written;
	if (told && told[0])
		return arena_strndup(a, told, strcspn(told, "; "));
	return node_get(root, "manifests") ? OCI_INDEX_TYPE : OCI_MANIFEST_TYPE;
}

struct err *oci_manifest_read(struct arena *a, const char *source, const char *media_type,
			      const char *text, size_t size, struct oci_manifest *ret_manifest)
{
	struct oci_manifest m = {.text = text, .size = size};
	struct node *root;
	bool single;

	TRY(json_read(a, source, text, size, &root));
	if (root->kind != NODE_MAP || node_int(root, "schemaVersion", 0) != 2)
		return err_new(a, ERR_INPUT, "%s: this is no manifest of schema version 2", source);
	m.media_type = type_of(a, root, media_type);
	m.digest = arena_printf(a, "sha256:%s", sha256_hex(a, text, size));
	m.artifact_type = node_str(root, "artifactType");
	m.annotations = node_get(root, "annotations");
	m.is_index = str_eq(m.media_type, OCI_INDEX_TYPE) || str_eq(m.media_type, DOCKER_LIST);
	single = str_eq(m.media_type, OCI_MANIFEST_TYPE) || str_eq(m.media_type, DOCKER_MANIFEST);
	if (!m.is_index && !single)
		return err_new(a, ERR_INPUT, "%s: manifests of type '%s' are not understood",
			       source, str_printable(a, m.media_type, false));
	if (m.is_index == !node_get(root, "manifests"))
		return err_new(a, ERR_INPUT, "%s: type and content do not agree", source);
	if (m.is_index) {
		TRY(read_list(a, source, "manifest", node_get(root, "manifests"), &m));
	} else {
		TRY(read_descriptor(a, source, "the config", node_get(root, "config"), &m.config));
		TRY(read_list(a, source, "layer", node_get(root, "layers"), &m));
	}
	*ret_manifest = m;
	return NULL;
}

/* ---- fetching ---- */

static const char *manifest_path(struct arena *a, const struct oci_ref *ref)
{
	return arena_printf(a, "manifests/%s", ref->digest ? ref->digest : ref->tag);
}

/* The registry must send what was asked for, and not contradict itself. */
static struct err *check_digest(struct arena *a, const struct oci_ref *ref,
				const struct oci_manifest *m, const struct http_response *r)
{
	const char *told = http_header(r, "Docker-Content-Digest");
	const char *want = ref->digest ? ref->digest : told;

	if (!want || !oci_digest_valid(want) || str_eq(want, m->digest))
		return NULL;
	return err_new(a, ERR_REMOTE,
		       "registry '%s' sent another manifest than '%s' promises: its digest is %s",
		       ref->host, want, m->digest);
}

struct err *oci_manifest_get(struct oci *o, struct arena *a, const struct oci_ref *ref,
			     struct oci_manifest *ret_manifest)
{
	const struct oci_call call = {.path = manifest_path(a, ref),
				      .headers = accepted,
				      .n_headers = countof(accepted),
				      .max_body = OCI_MANIFEST_MAX};
	struct oci_manifest m;
	struct oci_answer answer;

	TRY(oci_call(o, a, ref, &call, &answer));
	if (answer.http.status != 200)
		return oci_refused(a, ref, "the manifest", &answer.http);
	TRY(oci_manifest_read(a, oci_ref_text(a, ref), http_header(&answer.http, "Content-Type"),
			      answer.http.body, answer.http.body_size, &m));
	TRY(check_digest(a, ref, &m, &answer.http));
	*ret_manifest = m;
	return NULL;
}

static struct err *newest_tag(struct oci *o, struct arena *a, const struct oci_ref *ref,
			      const char **ret_tag)
{
	const char **tags, *tag;
	size_t n;

	TRY(oci_tags(o, a, ref, &tags, &n));
	tag = semver_newest(a, tags, n);
	if (!tag && n == 1)
		tag = tags[0];
	if (!tag && n == 0)
		return err_new(a, ERR_NOT_FOUND, "registry '%s' has nothing in '%s'", ref->host,
			       ref->repo);
	if (!tag)
		return err_hint(a,
				err_new(a, ERR_INPUT,
					"'%s' has %zu tags, and none is a version or 'latest'",
					oci_ref_text(a, ref), n),
				"Name one of them: smo artifact list %s", oci_ref_text(a, ref));
	*ret_tag = tag;
	return NULL;
}

static struct err *several(struct arena *a, const struct oci_ref *ref, const struct oci_manifest *m)
{
	struct str s = {.a = a};

	for (size_t i = 0; i < m->n_layers; i++)
		str_addf(&s, "\n  %s  %s", m->layers[i].digest,
			 m->layers[i].platform        ? m->layers[i].platform
			 : m->layers[i].artifact_type ? m->layers[i].artifact_type
						      : m->layers[i].media_type);
	return err_hint(a,
			err_new(a, ERR_INPUT, "'%s' is an index of %zu manifests:%s",
				oci_ref_text(a, ref), m->n_layers,
				str_printable(a, str_text(&s), true)),
			"Name the one you mean by its digest.");
}

struct err *oci_manifest_find(struct oci *o, struct arena *a, const struct oci_ref *ref,
			      struct oci_ref *ret_ref, struct oci_manifest *ret_manifest)
{
	struct oci_ref found = *ref;
	struct oci_manifest m;

	if (!found.tag && !found.digest)
		TRY(newest_tag(o, a, ref, &found.tag));
	TRY(oci_manifest_get(o, a, &found, &m));
	if (m.is_index) {
		if (m.n_layers != 1)
			return several(a, &found, &m);
		found.digest = m.layers[0].digest;
		TRY(oci_manifest_get(o, a, &found, &m));
		if (m.is_index)
			return err_new(a, ERR_INPUT, "'%s' is an index within an index",
				       oci_ref_text(a, &found));
	}
	found.digest = m.digest;
	*ret_ref = found;
	*ret_manifest = m;
	return NULL;
}

struct err *oci_manifest_digest(struct oci *o, struct arena *a, const struct oci_ref *ref,
				const char **ret_digest)
{
	const struct oci_call call = {.method = "HEAD",
				      .path = manifest_path(a, ref),
				      .headers = accepted,
				      .n_headers = countof(accepted)};
	struct oci_manifest m;
	struct oci_answer answer;
	const char *digest;

	TRY(oci_call(o, a, ref, &call, &answer));
	if (answer.http.status == 404) {
		*ret_digest = NULL;
		return NULL;
	}
	if (answer.http.status != 200)
		return oci_refused(a, ref, "a question for the manifest", &answer.http);
	digest = http_header(&answer.http, "Docker-Content-Digest");
	if (!digest || !oci_digest_valid(digest)) { /* optional: ask for all of it */
		TRY(oci_manifest_get(o, a, ref, &m));
		digest = m.digest;
	}
	*ret_digest = digest;
	return NULL;
}

/* ---- changing ---- */

struct err *oci_manifest_put(struct oci *o, struct arena *a, const struct oci_ref *ref,
			     const char *media_type, const char *text, size_t size,
			     const char **ret_digest)
{
	const struct http_header header = {"Content-Type", media_type};
	const struct oci_call call = {.method = "PUT",
				      .path = manifest_path(a, ref),
				      .push = true,
				      .headers = &header,
				      .n_headers = 1,
				      .body = text,
				      .body_size = size};
	const char *digest = arena_printf(a, "sha256:%s", sha256_hex(a, text, size));
	struct oci_answer answer;
	const char *told;

	TRY(oci_call(o, a, ref, &call, &answer));
	if (answer.http.status != 201)
		return oci_refused(a, ref, "the manifest", &answer.http);
	told = http_header(&answer.http, "Docker-Content-Digest");
	if (told && !str_eq(told, digest))
		return err_new(a, ERR_REMOTE,
			       "registry '%s' stored another manifest than it was sent: %s",
			       ref->host, str_printable(a, told, false));
	*ret_digest = digest;
	return NULL;
}

struct err *oci_manifest_delete(struct oci *o, struct arena *a, const struct oci_ref *ref)
{
	const struct oci_ref by_digest = {ref->scheme, ref->host, ref->repo, NULL, ref->digest};
	const struct oci_call call = {
		.method = "DELETE", .path = manifest_path(a, &by_digest), .push = true};
	struct oci_answer answer;

	TRY(oci_call(o, a, &by_digest, &call, &answer));
	if (answer.http.status != 202 && answer.http.status != 200)
		return oci_refused(a, &by_digest, "to delete the manifest", &answer.http);
	return NULL;
}

/* ---- tags ---- */

/* The target of  Link: <...>; rel="next"  or NULL. */
static struct err *next_page(struct arena *a, const struct oci_answer *answer, const char **ret_url)
{
	const char *link = http_header(&answer->http, "Link");
	const char *close = link && link[0] == '<' ? strchr(link, '>') : NULL;
	struct url next;

	*ret_url = NULL;
	if (!close || !strstr(close, "next"))
		return NULL;
	TRY(url_resolve(a, &answer->url, arena_strndup(a, link + 1, (size_t)(close - link - 1)),
			&next));
	if (!url_same_origin(&next, &answer->url))
		return err_new(a, ERR_REMOTE, "registry '%s' continues its list on another host",
			       url_authority(a, &answer->url));
	*ret_url = url_text(a, &next);
	return NULL;
}

struct err *oci_tags(struct oci *o, struct arena *a, const struct oci_ref *ref,
		     const char ***ret_tags, size_t *ret_n)
{
	const struct oci_ref repo = {ref->scheme, ref->host, ref->repo, NULL, NULL};
	struct oci_call call = {.path = "tags/list?n=1000"};
	vec_of(const char *) tags = {0};

	for (int page = 0; page < PAGES_MAX; page++) {
		struct oci_answer answer;
		struct node *root;

		TRY(oci_call(o, a, &repo, &call, &answer));
		if (answer.http.status != 200)
			return oci_refused(a, &repo, "the list of tags", &answer.http);
		TRY(json_read(a, oci_ref_text(a, &repo), answer.http.body, answer.http.body_size,
			      &root));
		for (struct node *n = node_first(node_get(root, "tags")); n; n = n->next)
			if (n->kind == NODE_STR && oci_tag_valid(n->str))
				*vec_push(a, &tags) = n->str;
		TRY(next_page(a, &answer, &call.url));
		if (!call.url || tags.n > OCI_TAGS_MAX) {
			*ret_tags = tags.at;
			*ret_n = tags.n;
			return NULL;
		}
	}
	return err_new(a, ERR_TOO_LARGE, "registry '%s' lists tags without end", ref->host);
}
