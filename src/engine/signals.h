// SPDX-License-Identifier: Apache-2.0
/*
 * Acting on signals: alerts that come in, and what became due meanwhile.
 *
 * States of events are kept with their services; deploying and un-deploying are changes like all
 * others (change.h).  Every decision leaves an event with its reason.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "engine/engine.h"
#include "model/alert.h"

struct arena;
struct err;

/* The kind of a due row: un-deploy a service unless its events came back. */
#define DUE_UNDEPLOY "undeploy"

struct signal_deed {
	const char *graph;
	const char *service; /* NULL: the graph as a whole */
	const char *what;    /* "deploy", "undeploy", "undeploy later", "keep", "take away ..." */
	const char *reason;
	int64_t at;            /* "undeploy later": when */
	const struct err *err; /* it failed: why */
};

struct signal_report {
	struct signal_deed *deeds;
	size_t n_deeds;
	const char **notes; /* what was ignored, and why */
	size_t n_notes;
};

/*
 * Take note of @body and deploy what it calls for.  All is tried; the first failure is the error,
 * the report tells everything.
 */
struct err *signals_alert(struct engine *e, struct arena *a, const struct alert_body *body,
			  struct signal_report *ret_report) must_check;

/* Do what is due by now.  What a peer or another changer prevented stays due. */
struct err *signals_tick(struct engine *e, struct arena *a, struct signal_report *ret_report)
	must_check;
