// SPDX-License-Identifier: Apache-2.0
/* What the files sim*.c share: the handle, and the frame around every call of a port. */
#pragma once

#include <pthread.h>

#include "drive/sim.h"
#include "drive/sim_file.h"

struct sim {
	pthread_mutex_t mutex; /* guards all below but the settings */
	struct sim_file file;
	struct sim_world world; /* of the world file; only used to make the first state */
	const char *instance;
	struct cancel *cancel;
};

/* One call: what a fault on request does to it. */
struct sim_call {
	struct sim *sim;
	struct arena *a;
	const char *port, *call;
	struct sim_fault fault;
	bool faulty;
};

/*
 * Begin: take the lock, bring the state up to date, look for a fault.  When the fault is one that
 * keeps the call from being made at all, its error is returned and the lock is free again.
 */
struct err *sim_enter(struct sim *s, struct arena *a, const char *port, const char *call,
		      struct sim_call *ret_call) must_check;

/* End with the outcome @e of the call, which a fault may replace. */
struct err *sim_leave(struct sim_call *c, struct err *e) must_check;

/* While entered: do @op and write it down. */
struct err *sim_change(struct sim_call *c, const struct node *op) must_check;

static inline struct sim_state *sim_state_of(const struct sim_call *c)
{
	return &c->sim->file.state;
}

/* @n with all its texts in @a: the state may be gone when the lock is. */
struct node *sim_clone(struct arena *a, const struct node *n);

/* The same for anything with a field table; @out is zeroed. */
void sim_clone_as(struct arena *a, const struct shape *shape, const void *in, void *out);

/* How @t fares on @cluster, as the control plane sees it. */
struct workload_share sim_share_of(struct arena *a, const struct sim_state *s,
				   const struct sim_template *t, const char *cluster);

struct cluster_port sim_cluster_port(struct sim *s);
struct object_port sim_object_port(struct sim *s);
struct release_port sim_release_port(struct sim *s);
struct chart_port sim_chart_port(struct sim *s);
struct clock_port sim_clock_port(struct sim *s);
