// SPDX-License-Identifier: Apache-2.0
/*
 * Prometheus over its HTTP API (v1): fills metrics_port.
 *
 * One handle per thread.  Queries and rules are read with GET (POST where a query is long) and
 * tried again when the server has a bad moment; a reload is not.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "drive/http_retry.h"
#include "port/metrics_port.h"

struct arena;
struct cancel;
struct err;
struct node;
struct prom;

struct prom_settings {
	const char *url;             /* "http://localhost:9090", may have a path */
	const char *bearer;          /* token, or NULL */
	const char *user, *password; /* or NULL */
	const struct http_tls *tls;  /* or NULL */
	int64_t timeout_ms;          /* of one exchange; 0: 5000 */
	struct http_retry retry;
	struct cancel *cancel; /* or NULL */
};

/* ERR_INPUT when the address is none.  Nothing is sent. */
struct err *prom_open(struct arena *a, const struct prom_settings *settings, struct prom **ret_prom)
	must_check;
void prom_close(struct prom *p); /* NULL is fine */

struct metrics_port prom_metrics_port(struct prom *p);

/* What an answer of one number says: NaN when there is no series.  Of several, their sum. */
double prom_number(const struct metric_answer *answer);

/* What the answers say: of a query (@who: for errors, ERR_REMOTE), and of /api/v1/rules. */
struct err *prom_read_answer(struct arena *a, const char *who, const struct node *root,
			     struct metric_answer *ret_answer) must_check;
void prom_read_rules(struct arena *a, const struct node *root, struct metric_rule **ret_rules,
		     size_t *ret_n);
