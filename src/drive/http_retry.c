// SPDX-License-Identifier: Apache-2.0
#include "drive/http_retry.h"

#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/str.h"
#include "port/cancel.h"
#include "port/clock_port.h"

enum { ATTEMPTS = 4, FIRST_MS = 250, MAX_MS = 30000, LOOK_MS = 100 };

void http_wait(struct cancel *cancel, int64_t ms)
{
	while (ms > 0 && !cancelled(cancel)) {
		int64_t slice = ms < LOOK_MS ? ms : LOOK_MS;
		struct timespec t = {.tv_sec = 0, .tv_nsec = (long)slice * 1000000};

		while (nanosleep(&t, &t) != 0 && !cancelled(cancel))
			;
		ms -= slice;
	}
}

int64_t http_retry_after(const struct http_response *r, int64_t now_ms)
{
	const char *text = http_header(r, "Retry-After"), *end;
	struct tm tm = {0};
	int64_t seconds = 0;

	if (!text || !text[0])
		return -1;
	if (strspn(text, "0123456789") == strlen(text)) {
		for (; *text && seconds < 1000000; text++)
			seconds = seconds * 10 + (*text - '0');
		return seconds * 1000;
	}
	end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	if (!end || *end)
		return -1;
	seconds = (int64_t)timegm(&tm) - now_ms / 1000;
	return seconds > 0 ? seconds * 1000 : 0;
}

/* A sink that remembers whether it was given anything. */
struct watched_sink {
	const struct http_sink *inner;
	struct http_sink sink;
	bool given;
};

static struct err *watched_begin(void *self, struct arena *a, const struct http_response *head)
{
	struct watched_sink *w = self;

	return w->inner->begin ? w->inner->begin(w->inner->self, a, head) : NULL;
}

static struct err *watched_write(void *self, struct arena *a, const void *bytes, size_t size)
{
	struct watched_sink *w = self;

	w->given = true;
	return w->inner->write(w->inner->self, a, bytes, size);
}

static bool repeatable(const struct http_request *req, const struct http_retry *retry)
{
	static const char *const methods[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"};

	if (req->source && !req->source->rewind)
		return false;
	if (retry->repeatable || !req->method)
		return true;
	for (size_t i = 0; i < countof(methods); i++)
		if (str_eq(req->method, methods[i]))
			return true;
	return false;
}

static bool bad_moment(const struct http *h, const struct err *e, const struct http_response *r)
{
	if (e)
		return h->fault == HTTP_FAULT_CONNECT || h->fault == HTTP_FAULT_DROPPED ||
		       h->fault == HTTP_FAULT_STALLED;
	return r->status == 429 || r->status == 500 || r->status == 502 || r->status == 503 ||
	       r->status == 504;
}

static int64_t wall_ms(const struct clock_port *clock)
{
	struct timespec t;

	if (clock)
		return clock->now(clock->self);
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void wait_for(struct http *h, const struct clock_port *clock, int64_t ms)
{
	if (clock)
		clock->sleep(clock->self, ms);
	else
		http_wait(h->cancel, ms);
}

struct err *http_send_retrying(struct http *h, struct arena *a, const struct http_request *req,
			       const struct http_retry *retry, struct http_response *ret_response)
{
	struct watched_sink watched = {
		.inner = req->sink,
		.sink = {watched_begin, watched_write, &watched},
	};
	int attempts = retry->attempts ? retry->attempts : ATTEMPTS;
	int64_t wait = retry->first_ms ? retry->first_ms : FIRST_MS;
	int64_t max = retry->max_ms ? retry->max_ms : MAX_MS;
	struct http_request mine = *req;

	if (req->sink)
		mine.sink = &watched.sink;
	for (int i = 1;; i++, wait *= 2) {
		struct http_response r = {0};
		struct err *e = NULL;
		int64_t asked;

		if (i > 1 && req->source)
			TRY(req->source->rewind(req->source->self, a));
		e = http_send(h, a, &mine, &r);
		asked = e ? -1 : http_retry_after(&r, wall_ms(retry->clock));
		if (!e)
			*ret_response = r;
		if (i >= attempts || watched.given || asked > max || !bad_moment(h, e, &r) ||
		    !repeatable(req, retry))
			return e;
		wait_for(h, retry->clock, asked >= 0 ? asked : wait < max ? wait : max);
		if (cancelled(h->cancel))
			return err_new(a, ERR_CANCELLED, "stopped while waiting to try again");
	}
}
