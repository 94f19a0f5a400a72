// SPDX-License-Identifier: Apache-2.0
/*
 * Grafana over its HTTP API, as all versions since 9 have it: dashboards as objects, folders for
 * them, and marks (annotations).
 *
 * One handle per thread.  A dashboard of ours carries the tags of its maker (model/kinds.h,
 * instance_tag), its graph, and lies in a folder that its object names; others are never touched.
 * When Grafana does not answer, or answers no JSON, or lets us not in, the handles that share a
 * fuse do not ask again for a while: a plan has many dashboards, and each would wait in turn.
 *
 * Errors: ERR_FORBIDDEN (401, 403), ERR_NOT_FOUND, ERR_CONFLICT (not ours, a title that is taken,
 * provisioned from files), ERR_INPUT (refused as malformed), ERR_REMOTE, ERR_TIMEOUT.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "drive/http_retry.h"
#include "port/object_port.h"
#include "port/watch_port.h"

struct arena;
struct cancel;
struct grafana;

/* Shared by the threads of a command; {.lock = PTHREAD_MUTEX_INITIALIZER}. */
struct grafana_fuse {
	pthread_mutex_t lock;
	int64_t until; /* milliseconds of the monotonic clock; 0: whole */
	enum err_kind kind;
	char why[300];
};

struct grafana_settings {
	const char *url;             /* "http://localhost:3000", may have a path */
	const char *bearer;          /* token of a service account, or NULL */
	const char *user, *password; /* or NULL */
	const struct http_tls *tls;  /* or NULL */
	int64_t timeout_ms;          /* of one exchange; 0: 5000 */
	const char *instance;        /* of our state */
	struct grafana_fuse *fuse;   /* or NULL */
	struct http_retry retry;
	struct cancel *cancel; /* or NULL */
};

/* ERR_INPUT when the address is none.  Nothing is sent. */
struct err *grafana_open(struct arena *a, const struct grafana_settings *settings,
			 struct grafana **ret_grafana) must_check;
void grafana_close(struct grafana *g); /* NULL is fine */

/* get, list, apply and remove of dashboards; the other members are NULL. */
struct object_port grafana_object_port(struct grafana *g);

/* Only `mark`. */
struct watch_port grafana_watch_port(struct grafana *g);
