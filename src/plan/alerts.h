// SPDX-License-Identifier: Apache-2.0
/*
 * What an alert means for the services that wait for it.
 *
 * Every event of every trigger has a state, kept for each series (fingerprint) that can raise it:
 * a series belongs to an episode, known by when it began.  What is repeated, comes late or out of
 * order belongs to an old episode and changes nothing.  A service is deployed when its condition
 * (ANY or ALL of its events) holds; it is un-deployed, if its descriptor says so, when the
 * condition has not held for the cooldown.
 *
 * The state of a service is a document:
 *
 *     {holds: false, since: 1764547200000,
 *      events: {high-load: {<fingerprint>: {status: resolved, startsAt: ms, endsAt: ms}}}}
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/alert.h"
#include "model/graph.h"

struct arena;

/* A service that is registered: the only ones that an alert can start. */
struct alert_service {
	const char *graph, *project;
	bool graph_runs; /* not stopped and not on its way to that or away */
	const struct service *service;
	const char *status; /* Pending, Deployed ... */
	struct node *state; /* as stored, or NULL */
};

enum alert_action_kind {
	ALERT_DEPLOY,
	ALERT_UNDEPLOY, /* at `at`, if the condition does not hold then */
};

struct alert_action {
	enum alert_action_kind kind;
	size_t service; /* index into the services given */
	const char *reason;
	int64_t at;
};

/* What there is to tell: becomes an event of the graph, or of none. */
struct alert_note {
	bool warning;
	const char *graph, *service; /* or NULL */
	const char *reason;          /* AlertFiring, AlertResolved, AlertIgnored */
	const char *message;
};

struct alert_outcome {
	struct alert_action *actions;
	size_t n_actions;
	struct alert_note *notes;
	size_t n_notes;
	struct node **states; /* [n services]: the new state, or NULL where nothing changed */
};

struct alert_outcome alerts_take(struct arena *a, const struct alert_body *body,
				 const struct alert_service *services, size_t n, int64_t now);

/* Does the condition of @v hold in @state?  *ret_why: "high-load fires (ANY of 2)", or NULL. */
bool alerts_hold(struct arena *a, const struct service *v, const struct node *state,
		 const char **ret_why);

/* Has the condition not held for the cooldown, so that a deployed service must go? */
bool alerts_over(const struct service *v, const struct node *state, int64_t now);

/* Milliseconds of @t's cooldown (5 min when it is not given). */
int64_t alerts_cooldown(const struct trigger *t);

/* The name of the alert that event @id of @graph raises: unique across graphs. */
const char *alert_name(struct arena *a, const char *graph, const char *id);
