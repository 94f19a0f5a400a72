// SPDX-License-Identifier: Apache-2.0
/*
 * The engine: carries decisions out.  It knows ports and never a driver.
 *
 *     observe   ports        -> snapshot
 *     change    one verb     -> snapshot, placement, plan (change.h)
 *     apply     plan, ports  -> the world, one journalled step at a time (apply.h)
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "port/ports.h"

struct arena;
struct err;
struct metrics_port;
struct placement_intent;
struct signal_options;
struct step;

/* Told as it happens, from the thread that called apply(); every member may be NULL. */
struct listener {
	void (*begin)(void *self, const char *title, const struct step *steps, size_t n);
	void (*started)(void *self, const struct step *step);
	void (*done)(void *self, const struct step *step);
	void (*failed)(void *self, const struct step *step, const struct err *why);
	void (*skipped)(void *self, const struct step *step, const char *why);
	/* A waiting step says how far it is. */
	void (*note)(void *self, const struct step *step, const char *text);
	void (*end)(void *self);
	void *self;
};

/* How to ask what goes from a service to one that it calls: megabits per second (plan/query.h). */
struct traffic_query {
	const struct metrics_port *metrics;
	const char *template, *window;
};

struct engine {
	struct ports *ports;
	const char *holder; /* of leases: names this machine */

	/* More handles on the same world, one for each working thread.  NULL: one thread only. */
	struct err *(*open_worker)(void *self, struct arena *a, struct ports *ret_ports);
	void (*close_worker)(void *self, struct ports *ports);
	void *worker_self;

	int parallel;            /* steps side by side; 0: 4 */
	int64_t step_timeout_ms; /* one release; 0: 5 min */
	int64_t wait_timeout_ms; /* readiness of a service; 0: 5 min */
	int64_t lock_wait_ms;    /* for another changer of the same graph; 0: do not wait */
	bool adopt;              /* take over objects of the same name that are not ours */
	const struct placement_intent *placement; /* of the installation, or NULL */
	const char *const *cluster_properties;    /* "edge:priceCpu=0.04"; "*" is every cluster */
	size_t n_cluster_properties;
	const struct signal_options *signals; /* rules and dashboards of graphs, or NULL: none */
	const struct traffic_query *traffic; /* what goes between services, or NULL: not measured */
	struct listener listener;
};

enum { ENGINE_PARALLEL = 4, ENGINE_TIMEOUT_MS = 300000, ENGINE_LEASE_MS = 60000 };

/* Record an event of @graph; a failure to record is no failure of what happened. */
void engine_event(struct engine *e, struct arena *a, const char *graph, const char *service,
		  const char *operation, bool warning, const char *reason, const char *fmt, ...)
	printf_like(8, 9);
