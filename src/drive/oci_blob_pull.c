// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/file.h"
#include "drive/file_hash.h"
#include "drive/oci_blob.h"
#include "drive/oci_manifest.h"
#include "drive/oci_registry.h"
#include "port/cancel.h"
#include "port/clock_port.h"

struct download {
	struct oci *o;
	const struct oci_ref *ref;
	const struct oci_descriptor *d;
	struct new_file *file; /* or NULL: */
	struct str *memory;
	struct sha256_stream *sha; /* of what goes to memory */
	struct file_hash *hash;    /* of what goes to a file */
	int64_t done;
};

static void begin_hash(struct download *x)
{
	if (x->file)
		x->hash = file_hash_begin(x->file->fd);
	else
		x->sha = sha256_open();
}

static void drop_hash(struct download *x)
{
	file_hash_drop(x->hash);
	if (x->sha)
		sha256_close(x->sha, NULL);
	x->hash = NULL;
	x->sha = NULL;
}

static struct err *start_over(struct download *x, struct arena *a)
{
	drop_hash(x);
	begin_hash(x);
	x->done = 0;
	if (x->memory)
		x->memory->len = 0;
	return x->file ? file_restart(a, x->file) : NULL;
}

/* 206 must continue exactly where we are; 200 means that the server does not know ranges. */
static struct err *on_begin(void *self, struct arena *a, const struct http_response *head)
{
	struct download *x = self;
	const char *range = http_header(head, "Content-Range");

	if (head->status == 206) {
		if (!range || !str_starts(range, "bytes ") ||
		    strtoll(range + 6, NULL, 10) != x->done)
			return err_new(a, ERR_REMOTE,
				       "registry '%s' sent another part of '%s' than was asked for",
				       x->ref->host, x->d->digest);
		return NULL;
	}
	return x->done ? start_over(x, a) : NULL;
}

static struct err *on_bytes(void *self, struct arena *a, const void *bytes, size_t size)
{
	struct download *x = self;
	const struct oci_progress *p = &x->o->config->progress;

	if ((int64_t)size > x->d->size - x->done)
		return err_new(a, ERR_REMOTE,
			       "registry '%s' sends more than the %" PRId64 " bytes of '%s'",
			       x->ref->host, x->d->size, x->d->digest);
	if (x->file) {
		TRY(file_add(a, x->file, bytes, size));
	} else {
		sha256_add(x->sha, bytes, size);
		str_add_n(x->memory, bytes, size);
	}
	x->done += (int64_t)size;
	if (x->file)
		file_hash_grow(x->hash, x->done);
	if (p->tell)
		p->tell(p->self, x->d->title ? x->d->title : x->d->digest, x->done, x->d->size);
	return NULL;
}

static struct err *ask(struct download *x, struct arena *a, struct oci_answer *ret)
{
	const struct http_sink sink = {on_begin, on_bytes, x};
	const struct http_header range = {"Range", arena_printf(a, "bytes=%" PRId64 "-", x->done)};
	const struct oci_call call = {.path = arena_printf(a, "blobs/%s", x->d->digest),
				      .headers = &range,
				      .n_headers = x->done > 0,
				      .sink = &sink,
				      .max_body = -1, /* on_bytes knows better */
				      .streams = true,
				      .once = true};

	return oci_call(x->o, a, x->ref, &call, ret);
}

static bool worth_another_try(const struct oci *o, const struct err *e, const struct oci_answer *r)
{
	enum http_fault fault = http_fault(&o->http);

	if (e)
		return fault == HTTP_FAULT_DROPPED || fault == HTTP_FAULT_STALLED ||
		       fault == HTTP_FAULT_CONNECT;
	return r->http.status == 429 || r->http.status >= 500;
}

static void wait_for(struct oci *o, int64_t ms)
{
	const struct clock_port *clock = o->config->retry.clock;

	if (clock)
		clock->sleep(clock->self, ms);
	else
		http_wait(o->config->cancel, ms);
}

static struct err *fetch(struct download *x, struct arena *a)
{
	int attempts = x->o->config->retry.attempts ? x->o->config->retry.attempts : 4;
	int64_t wait = x->o->config->retry.first_ms ? x->o->config->retry.first_ms : 250;

	for (int i = 1;; i++, wait *= 2) {
		struct oci_answer answer = {0};
		int64_t before = x->done, asked;
		struct err *e = ask(x, a, &answer);
		bool good = !e && (answer.http.status == 200 || answer.http.status == 206);

		if (good)
			return NULL;
		if (x->done > before)
			i = 1; /* it moves: have patience */
		if (i >= attempts || !worth_another_try(x->o, e, &answer)) {
			if (e)
				return err_wrap(a, e,
						"after %" PRId64 " of %" PRId64 " bytes of '%s'",
						x->done, x->d->size, x->d->digest);
			if (answer.http.status == 404)
				return err_new(a, ERR_NOT_FOUND,
					       "registry '%s' lacks the blob '%s'", x->ref->host,
					       x->d->digest);
			return oci_refused(a, x->ref, "a blob", &answer.http);
		}
		asked = e ? -1 : http_retry_after(&answer.http, 0);
		wait_for(x->o, asked >= 0 && asked <= 30000 ? asked : wait);
		if (cancelled(x->o->config->cancel))
			return err_new(a, ERR_CANCELLED, "stopped");
	}
}

static struct err *verify(struct download *x, struct arena *a)
{
	const char *hex = x->file ? file_hash_end(x->hash, a) : sha256_close(x->sha, a);

	x->hash = NULL;
	x->sha = NULL;
	if (!hex)
		return err_new(a, ERR_GENERIC, "what was written to '%s' cannot be read back",
			       x->file->path);
	if (x->done < x->d->size)
		return err_new(a, ERR_REMOTE,
			       "registry '%s' sent %" PRId64 " of the %" PRId64
			       " bytes of '%s' and called it complete",
			       x->ref->host, x->done, x->d->size, x->d->digest);
	if (!str_eq(hex, x->d->digest + strlen("sha256:")))
		return err_new(a, ERR_REMOTE,
			       "registry '%s' sent other bytes than '%s' promises: their digest is "
			       "sha256:%s",
			       x->ref->host, x->d->digest, hex);
	return NULL;
}

static struct err *pull(struct download *x, struct arena *a, int64_t max)
{
	struct err *e;

	if (x->d->size > max)
		return err_new(a, ERR_TOO_LARGE,
			       "'%s' has %" PRId64 " bytes, more than the %" PRId64
			       " that are allowed",
			       x->d->digest, x->d->size, max);
	begin_hash(x);
	e = fetch(x, a);
	if (!e)
		e = verify(x, a);
	drop_hash(x);
	return e;
}

struct err *oci_blob_pull(struct oci *o, struct arena *a, const struct oci_ref *ref,
			  const struct oci_descriptor *d, int64_t max, struct new_file *file)
{
	struct download x = {.o = o, .ref = ref, .d = d, .file = file};

	return pull(&x, a, max);
}

struct err *oci_blob_read(struct oci *o, struct arena *a, const struct oci_ref *ref,
			  const struct oci_descriptor *d, int64_t max, const char **ret_bytes,
			  size_t *ret_size)
{
	struct str memory = {.a = a};
	struct download x = {.o = o, .ref = ref, .d = d, .memory = &memory};

	TRY(pull(&x, a, max));
	*ret_bytes = str_text(&memory);
	*ret_size = memory.len;
	return NULL;
}
