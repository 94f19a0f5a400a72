// SPDX-License-Identifier: Apache-2.0
/* Internal to drive/grafana*.c. */
#pragma once

#include "doc/node.h"
#include "drive/grafana.h"

struct grafana {
	struct http http;
	struct grafana_settings s;
	const char *base;   /* without a slash at its end */
	const char *who;    /* "Grafana at host:port" */
	const char *folder; /* the one that was there a moment ago, or NULL */
	struct arena *a;
};

/*
 * One exchange.  *ret_answer is the JSON of a 2xx answer, or (also with an error) what an answer of
 * another status says, or NULL; *ret_status 0 when there was no answer.
 */
struct err *grafana_call(struct grafana *g, struct arena *a, const char *method, const char *path,
			 const struct node *body, struct node **ret_answer, int *ret_status)
	must_check;

/* The folder @uid, called @title, is there. */
struct err *grafana_need_folder(struct grafana *g, struct arena *a, const char *uid,
				const char *title) must_check;

/* A folder of ours that holds nothing any more goes. */
void grafana_drop_folder(struct grafana *g, struct arena *a, const char *uid);
