// SPDX-License-Identifier: Apache-2.0
/*
 * Who keeps rules and dashboards, as rules.mode and dashboards.mode say: laid over the objects of
 * the world, so that plans and the engine see one kind of thing.  One for each thread.
 */
#pragma once

#include "base/attr.h"

struct app;
struct arena;
struct err;
struct grafana_fuse;
struct kube;
struct ports;
struct watching;

struct watching_settings {
	struct app *app;
	const char *instance;
	struct kube *kube;         /* of this thread; NULL: the world is simulated */
	struct grafana_fuse *fuse; /* of all threads */
};

/* Nothing is sent.  ERR_INPUT for settings that do not go together. */
struct err *watching_open(struct arena *a, const struct watching_settings *settings,
			  struct watching **ret_watching) must_check;
void watching_close(struct watching *w); /* NULL is fine */

/* Put it over the object port of the world in @ports, and fill the watch port. */
void watching_ports(struct watching *w, struct ports *ports);
