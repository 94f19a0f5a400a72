// SPDX-License-Identifier: Apache-2.0
/*
 * A client of the Kubernetes API: one server, one identity, documents in and out.
 *
 * One handle per thread.  Safe verbs, and changes that say the same when repeated (server-side
 * apply, scale, delete), are tried again when the server or the network has a bad moment; every
 * call has a deadline and a cap.  What the ports need stands in kube_cluster.h and kube_object.h.
 *
 * Errors carry the server's own words: ERR_NOT_FOUND (404), ERR_FORBIDDEN (401, 403), ERR_CONFLICT
 * (409), ERR_INPUT (400, 422: the object is refused), ERR_TIMEOUT (504 and our own deadline),
 * ERR_TOO_LARGE, ERR_CANCELLED, ERR_REMOTE (the rest).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "drive/http_retry.h"
#include "port/object_port.h"

struct arena;
struct cancel;
struct err;
struct kube;
struct kube_config;
struct node;

struct kube_settings {
	const char *
		instance; /* UUID of our state: another one's objects are not ours; NULL: unknown */
	int64_t timeout_ms; /* of one exchange; 0: 30000 */
	int64_t page;       /* objects asked for at once; 0: 250 */
	int64_t nodes_ms;   /* time that looking at the nodes of all clusters may take; 0: 5000, -1:
			       never look */
	struct http_retry retry;
	struct cancel *cancel; /* or NULL */
};

/* @config and @settings are copied into @a as far as they are texts' owners: keep @a alive. */
struct err *kube_open(struct arena *a, const struct kube_config *config,
		      const struct kube_settings *settings, struct kube **ret_kube) must_check;
void kube_close(struct kube *k); /* NULL is fine */

const struct kube_settings *kube_settings(const struct kube *k);

/* "host:port" of the server, for messages. */
const char *kube_server(const struct kube *k);

/* One exchange. */
struct kube_call {
	const char *method; /* NULL: GET */
	const char *path;   /* "/api/v1/...", escaped, with its query */
	const char *content_type;
	const char *body;
	const char *accept;    /* NULL: application/json */
	int64_t timeout_ms;    /* 0: the handle's */
	bool repeatable;       /* although the method is none of the safe ones */
	bool once;             /* not tried again, whatever happens */
	const char *etag;      /* of an answer that is known: an unchanged one is not sent again */
	const char **ret_etag; /* or NULL: that of this answer, NULL when it has none */
};

/* *ret_answer: the JSON document of a 2xx answer; NULL when it still is that of `etag`. *ret_status
 * (may be NULL) is set also when the server answered with an error, else 0. */
struct err *kube_call(struct kube *k, struct arena *a, const struct kube_call *call,
		      struct node **ret_answer, int *ret_status) must_check;

/*
 * All pages of the collection @path: a list node of items, each with apiVersion and kind.  A list
 * whose continuation expires on the way (410) is read again from its start.
 */
struct err *kube_list(struct kube *k, struct arena *a, const char *path, bool metadata_only,
		      struct node **ret_items) must_check;

/* Where objects of a kind live on the server. */
struct kube_kind {
	const char *plural;
	bool namespaced;
	bool served; /* false: the server does not know this kind; the rest is empty then */
};

/* From our own table, else asked from the server (and remembered). */
struct err *kube_kind(struct kube *k, struct arena *a, const char *api_version, const char *kind,
		      struct kube_kind *ret_kind) must_check;

/* Is @api_version (and in it @kind, unless NULL) served?  Asked from the server, not from our
 * table. */
struct err *kube_serves(struct kube *k, struct arena *a, const char *api_version, const char *kind,
			bool *ret_served) must_check;

/*
 * "/apis/apps/v1/namespaces/x/deployments/y/scale".  @namespace_ NULL: all, or cluster-scoped;
 * @name NULL: the collection; @sub NULL: the object itself.  ERR_INPUT for names that are no path
 * segments.
 */
struct err *kube_path(struct arena *a, const char *api_version, const char *plural,
		      const char *namespace_, const char *name, const char *sub,
		      const char **ret_path) must_check;
