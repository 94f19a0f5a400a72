// SPDX-License-Identifier: Apache-2.0
/* Trying again: what may be sent twice is, when the peer or the network had a bad moment. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "drive/http.h"

struct clock_port;

struct http_retry {
	int attempts;     /* in all; 0: 4 */
	int64_t first_ms; /* before the second attempt, then doubled each time; 0: 250 */
	int64_t max_ms; /* longest single wait; a Retry-After beyond it ends the trying; 0: 30000 */
	const struct clock_port *clock; /* who waits; NULL: really wait */
	bool repeatable; /* the request may be sent twice although its method says no (POST) */
};

/*
 * http_send(), repeated while the answer is 429, 500, 502, 503 or 504 (honouring Retry-After) or
 * there is none because of HTTP_FAULT_CONNECT, _DROPPED or _STALLED.  Only GET, HEAD, PUT,
 * DELETE, OPTIONS and requests marked repeatable are repeated; none with a sink that was given
 * bytes, none with a source that cannot rewind.  The last answer or error is the result.
 */
struct err *http_send_retrying(struct http *h, struct arena *a, const struct http_request *req,
			       const struct http_retry *retry, struct http_response *ret_response)
	must_check;

/* Milliseconds that a Retry-After header asks for (seconds, or an HTTP date seen from @now_ms),
 * or -1 when there is none or it is malformed. */
int64_t http_retry_after(const struct http_response *r, int64_t now_ms);

/* Wait @ms, less when @cancel is raised (looked at ten times a second). */
void http_wait(struct cancel *cancel, int64_t ms);
