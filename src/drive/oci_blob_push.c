// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/file.h"
#include "drive/oci_blob.h"
#include "drive/oci_registry.h"

enum { CHUNK_DEFAULT = 8 << 20, CHUNK_TRIES = 4 };

/* A part [from, from + size) of what is uploaded, as the body of a request. */
struct part {
	const struct oci_config *config;
	const struct oci_upload *up;
	int64_t from, size, at;
};

static struct err *part_read(void *self, struct arena *a, void *buf, size_t cap, size_t *ret_n)
{
	struct part *p = self;
	const struct oci_progress *progress = &p->config->progress;
	int64_t left = p->size - p->at;
	size_t n = left < (int64_t)cap ? (size_t)left : cap;
	ssize_t got = (ssize_t)n;

	if (p->up->bytes)
		memcpy(buf, (const char *)p->up->bytes + p->from + p->at, n);
	else if (n > 0)
		got = pread(p->up->fd, buf, n, (off_t)(p->from + p->at));
	if (got < 0)
		return file_err(a, errno, "read", p->up->name);
	if (got == 0 && n > 0)
		return err_new(a, ERR_CONFLICT, "'%s' became shorter while it was sent",
			       p->up->name);
	p->at += got;
	if (progress->tell && got > 0)
		progress->tell(progress->self, p->up->name, p->from + p->at, p->up->size);
	*ret_n = (size_t)got;
	return NULL;
}

static struct err *part_rewind(void *self, struct arena *a)
{
	(void)a;
	((struct part *)self)->at = 0;
	return NULL;
}

struct upload {
	struct oci *o;
	const struct oci_ref *ref;
	const struct oci_upload *up;
	const char *location; /* where to go on */
};

static struct err *take_location(struct upload *x, struct arena *a, const struct oci_answer *answer)
{
	const char *location = http_header(&answer->http, "Location");
	struct url next;

	if (!location)
		return err_new(a, ERR_REMOTE, "registry '%s' does not say where to upload to",
			       x->ref->host);
	TRY(err_wrap(a, url_resolve(a, &answer->url, location, &next), "registry '%s'",
		     x->ref->host));
	if (answer->url.tls && !next.tls)
		return err_new(a, ERR_REMOTE,
			       "registry '%s' wants the upload in plain http: refused",
			       x->ref->host);
	x->location = url_text(a, &next);
	return NULL;
}

static struct err *exists(struct upload *x, struct arena *a, bool *ret_there)
{
	const struct oci_call call = {
		.method = "HEAD", .path = arena_printf(a, "blobs/%s", x->up->digest), .push = true};
	struct oci_answer answer;

	TRY(oci_call(x->o, a, x->ref, &call, &answer));
	*ret_there = answer.http.status == 200;
	if (answer.http.status != 200 && answer.http.status != 404)
		return oci_refused(a, x->ref, "a question for a blob", &answer.http);
	return NULL;
}

/* Begin an upload, or have the blob mounted from a neighbour. */
static struct err *begin(struct upload *x, struct arena *a, bool *ret_mounted)
{
	struct oci_call call = {.method = "POST", .path = "blobs/uploads/", .push = true};
	struct oci_answer answer;

	if (x->up->mount_from) {
		call.mount_from = x->up->mount_from;
		call.path = url_with_query(a, call.path, "mount", x->up->digest);
		call.path = url_with_query(a, call.path, "from", x->up->mount_from);
	}
	TRY(oci_call(x->o, a, x->ref, &call, &answer));
	*ret_mounted = x->up->mount_from && answer.http.status == 201;
	if (*ret_mounted)
		return NULL;
	if (answer.http.status != 202)
		return oci_refused(a, x->ref, "an upload", &answer.http);
	return take_location(x, a, &answer);
}

static struct err *stored(struct upload *x, struct arena *a, const struct oci_answer *answer)
{
	const char *told = http_header(&answer->http, "Docker-Content-Digest");

	if (answer->http.status != 201)
		return oci_refused(a, x->ref, arena_printf(a, "the blob '%s'", x->up->name),
				   &answer->http);
	if (told && !str_eq(told, x->up->digest))
		return err_new(a, ERR_REMOTE, "registry '%s' stored '%s' under another digest: %s",
			       x->ref->host, x->up->name, str_printable(a, told, false));
	return NULL;
}

static struct err *put_whole(struct upload *x, struct arena *a, struct oci_answer *ret)
{
	static const struct http_header type = {"Content-Type", "application/octet-stream"};
	struct part part = {x->o->config, x->up, 0, x->up->size, 0};
	const struct http_source source = {part.size, part_read, part_rewind, &part};
	const struct oci_call call = {
		.method = "PUT",
		.url = url_with_query(a, x->location, "digest", x->up->digest),
		.push = true,
		.headers = &type,
		.n_headers = 1,
		.source = &source,
		.streams = true};

	return oci_call(x->o, a, x->ref, &call, ret);
}

/* "0-133" (some write "bytes=0-133"): how many bytes have arrived, or -1. */
static int64_t arrived(const struct http_response *r)
{
	const char *range = http_header(r, "Range");
	const char *dash = range ? strchr(range, '-') : NULL;

	return dash ? strtoll(dash + 1, NULL, 10) + 1 : -1;
}

/* After a break: ask how far we came. */
static struct err *ask_progress(struct upload *x, struct arena *a, int64_t *ret_done)
{
	const struct oci_call call = {.url = x->location, .push = true};
	struct oci_answer answer;

	TRY(oci_call(x->o, a, x->ref, &call, &answer));
	if (answer.http.status != 204 || arrived(&answer.http) < 0)
		return oci_refused(a, x->ref, "to go on with an upload", &answer.http);
	/* Nothing yet is told as 0-0, as is one byte: begin anew then. */
	*ret_done = arrived(&answer.http) > 1 ? arrived(&answer.http) : 0;
	return http_header(&answer.http, "Location") ? take_location(x, a, &answer) : NULL;
}

static struct err *patch(struct upload *x, struct arena *a, int64_t from, int64_t size,
			 struct oci_answer *ret)
{
	const struct http_header headers[] = {
		{"Content-Type", "application/octet-stream"},
		{"Content-Range", arena_printf(a, "%" PRId64 "-%" PRId64, from, from + size - 1)},
	};
	struct part part = {x->o->config, x->up, from, size, 0};
	const struct http_source source = {size, part_read, part_rewind, &part};
	const struct oci_call call = {.method = "PATCH",
				      .url = x->location,
				      .push = true,
				      .headers = headers,
				      .n_headers = countof(headers),
				      .source = &source,
				      .streams = true,
				      .once = true};

	return oci_call(x->o, a, x->ref, &call, ret);
}

static struct err *send_chunks(struct upload *x, struct arena *a)
{
	int64_t chunk = x->o->config->chunk_size > 0 ? x->o->config->chunk_size : CHUNK_DEFAULT;
	int64_t done = 0;
	int tries = 0;

	while (done < x->up->size) {
		int64_t size = x->up->size - done < chunk ? x->up->size - done : chunk;
		struct oci_answer answer = {0};
		struct err *e = patch(x, a, done, size, &answer);

		if (!e && answer.http.status == 202) {
			TRY(take_location(x, a, &answer));
			done += size;
			tries = 0;
			continue;
		}
		if (++tries >= CHUNK_TRIES || (e && e->kind == ERR_CANCELLED) ||
		    (!e && answer.http.status < 500 && answer.http.status != 416 &&
		     answer.http.status != 429))
			return e ? e : oci_refused(a, x->ref, "a chunk", &answer.http);
		http_wait(x->o->config->cancel, (int64_t)250 << tries);
		TRY(ask_progress(x, a, &done));
	}
	return NULL;
}

static struct err *push_chunked(struct upload *x, struct arena *a)
{
	struct oci_answer answer;
	struct oci_call call = {.method = "PUT", .push = true};

	TRY(send_chunks(x, a));
	call.url = url_with_query(a, x->location, "digest", x->up->digest);
	TRY(oci_call(x->o, a, x->ref, &call, &answer));
	return stored(x, a, &answer);
}

static struct err *push(struct upload *x, struct arena *a)
{
	struct oci_answer answer;
	bool mounted;

	if (x->o->config->chunk_size > 0)
		return push_chunked(x, a);
	TRY(put_whole(x, a, &answer));
	if (answer.http.status != 413)
		return stored(x, a, &answer);
	TRY(begin(x, a, &mounted)); /* something on the way takes no large requests */
	return mounted ? NULL : push_chunked(x, a);
}

struct err *oci_blob_push(struct oci *o, struct arena *a, const struct oci_ref *ref,
			  const struct oci_upload *upload, enum oci_push_way *ret_way)
{
	struct upload x = {.o = o, .ref = ref, .up = upload};
	bool there, mounted;

	TRY(exists(&x, a, &there));
	if (there) {
		*ret_way = OCI_PUSH_THERE;
		return NULL;
	}
	TRY(begin(&x, a, &mounted));
	if (!mounted)
		TRY(push(&x, a));
	*ret_way = mounted ? OCI_PUSH_MOUNTED : OCI_PUSH_SENT;
	return NULL;
}
