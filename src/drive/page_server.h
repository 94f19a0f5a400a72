// SPDX-License-Identifier: Apache-2.0
/*
 * A small HTTP server for pages that are made on request: GET and HEAD, one request a connection.
 *
 * Everything is bounded: connections (the longest idle one gives way), the size of a request, the
 * time that a client may take for asking and for reading.  One thread; a page is made while others
 * wait.
 */
#pragma once

#include <stdint.h>

#include "base/attr.h"

struct arena;
struct cancel;
struct err;

struct page_server {
	const char *listen; /* "127.0.0.1:9100", "[::1]:0"; port 0: any free one */
	struct cancel *cancel;
	int64_t client_ms; /* that a client may take; 0: 5 s */
	int64_t tick_ms;   /* how often tick is called, about; 0: never */

	void *self;
	/* Called once, with the address that was got. */
	void (*listening)(void *self, const char *address);
	void (*tick)(void *self);
	/* *ret_text NULL: there is no such page.  In @a, which ends with the answer.  An error is
	 * answered as 500 without its words, and told to `failed`. */
	struct err *(*page)(void *self, struct arena *a, const char *path, const char **ret_text);
	void (*failed)(void *self, const struct err *why);
};

/* Serve until @cancel is raised.  ERR_INPUT: no address; ERR_CONFLICT: it is taken; ERR_FORBIDDEN.
 */
struct err *page_server_run(struct arena *a, const struct page_server *s) must_check;
