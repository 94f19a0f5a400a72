// SPDX-License-Identifier: Apache-2.0
/*
 * A server on loopback that answers by a script: one step for each request, in order.  For tests of
 * everything that speaks HTTP.  What was asked can be read after script_end().
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct script_step {
	const char *reply; /* the whole answer, status line and headers included; NULL: none */
	size_t reply_size; /* 0: strlen(reply) */
	int wait_ms;       /* before the answer */
	bool close;        /* hang up after the answer */
	bool hold;         /* keep silent until script_end() */
	bool early;        /* answer as soon as the headers are here, do not read the body */
};

enum { SCRIPT_REQUESTS = 32 };

struct script_request {
	char *head; /* request line and headers, NUL-terminated */
	char *body;
	size_t body_size;
};

struct script {
	const struct script_step *steps;
	size_t n_steps;
	int port;
	struct script_request requests[SCRIPT_REQUESTS];
	size_t n_requests;
	size_t n_connections;

	struct arena arena;
	int listener, stop[2];
	pthread_t thread;
};

/* The steps are copied, their texts are not.  Ready to answer at http://127.0.0.1:<port> when it
 * returns. */
void script_begin(struct script *s, const struct script_step *steps, size_t n_steps);

/* Ends the server; requests stay readable until script_done(). */
void script_end(struct script *s);
void script_done(struct script *s);

/* "http://127.0.0.1:<port><path>" */
const char *script_url(struct arena *a, const struct script *s, const char *path);
