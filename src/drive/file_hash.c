// SPDX-License-Identifier: Apache-2.0
#include "drive/file_hash.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/digest.h"

enum { PIECE = 256 * 1024 };

struct file_hash {
	int fd;
	pthread_t thread;
	bool has_thread;
	pthread_mutex_t mutex; /* guards what follows, to dropped */
	pthread_cond_t grown;
	int64_t size, woken_at;
	bool ending, dropped;

	/* the thread's, until it has ended */
	struct sha256_stream *sha;
	int64_t done;
	bool failed;
	char piece[PIECE];
};

/* How far the file reaches now; waits for more than @h->done, or the end. */
static int64_t wait_for_more(struct file_hash *h, bool *ret_last)
{
	int64_t size;

	pthread_mutex_lock(&h->mutex);
	while (h->size <= h->done && !h->ending)
		pthread_cond_wait(&h->grown, &h->mutex);
	size = h->dropped ? h->done : h->size;
	*ret_last = h->ending;
	pthread_mutex_unlock(&h->mutex);
	return size;
}

static void hash_until(struct file_hash *h, int64_t size)
{
	while (h->done < size && !h->failed) {
		size_t want = size - h->done < PIECE ? (size_t)(size - h->done) : PIECE;
		ssize_t got = pread(h->fd, h->piece, want, (off_t)h->done);

		h->failed = got <= 0;
		if (h->failed)
			return;
		sha256_add(h->sha, h->piece, (size_t)got);
		h->done += got;
	}
}

static void *run(void *self)
{
	struct file_hash *h = self;
	bool last = false;

	while (!last) {
		int64_t size = wait_for_more(h, &last);

		hash_until(h, size);
		if (h->failed)
			break;
	}
	return NULL;
}

struct file_hash *file_hash_begin(int fd)
{
	struct file_hash *h = calloc(1, sizeof(*h));

	if (!h)
		abort();
	h->fd = fd;
	h->sha = sha256_open();
	pthread_mutex_init(&h->mutex, NULL);
	pthread_cond_init(&h->grown, NULL);
	h->has_thread = pthread_create(&h->thread, NULL, run, h) == 0;
	return h;
}

void file_hash_grow(struct file_hash *h, int64_t size)
{
	pthread_mutex_lock(&h->mutex);
	h->size = size;
	if (size - h->woken_at >= PIECE) { /* not for each small piece */
		h->woken_at = size;
		pthread_cond_signal(&h->grown);
	}
	pthread_mutex_unlock(&h->mutex);
}

static void join(struct file_hash *h, bool dropped)
{
	pthread_mutex_lock(&h->mutex);
	h->ending = true;
	h->dropped = dropped;
	pthread_cond_signal(&h->grown);
	pthread_mutex_unlock(&h->mutex);
	if (h->has_thread)
		pthread_join(h->thread, NULL);
	if (!dropped)
		hash_until(h, h->size); /* no thread could be had: here and now */
}

static const char *finish(struct file_hash *h, struct arena *a)
{
	const char *hex = sha256_close(h->sha, a);

	if (h->failed)
		hex = NULL;
	pthread_cond_destroy(&h->grown);
	pthread_mutex_destroy(&h->mutex);
	free(h);
	return hex;
}

const char *file_hash_end(struct file_hash *h, struct arena *a)
{
	join(h, false);
	return finish(h, a);
}

void file_hash_drop(struct file_hash *h)
{
	if (!h)
		return;
	join(h, true);
	finish(h, NULL);
}
