// SPDX-License-Identifier: Apache-2.0
/*
 * A simulated federation: clusters, a control plane and helm that exist in a file only, behind the
 * same ports as the real ones.  Nothing is pulled from the network, and time is virtual: waiting
 * advances it.
 *
 * Its state is a JSON document beside the database and a journal of the changes since it was
 * written.  A change is in the journal before the call returns, so a killed process loses nothing;
 * a lock file keeps processes apart.  Any number of threads may use one handle.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "drive/sim_state.h"
#include "port/ports.h"

struct arena;
struct cancel;
struct err;
struct node;
struct sim;

struct sim_settings {
	const char *dir; /* the state's: sim.json, sim.log and sim.lock are there */
	const char
		*world_file;   /* read when there is no sim.json yet; NULL or absent: sim_default */
	const char *instance;  /* UUID of our state, or NULL */
	struct cancel *cancel; /* or NULL */
};

/* A small world for trying, as YAML text: examples/worlds/small.yaml. */
extern const char sim_default[];

/*
 * The handle lives until sim_close().  ERR_INPUT when the world file or the state is none,
 * ERR_TIMEOUT when another process keeps the lock for more than 30 s.
 */
struct err *sim_open(struct arena *a, const struct sim_settings *settings, struct sim **ret_sim)
	must_check;
void sim_close(struct sim *s); /* NULL is fine */

/* Fill all but the store and the lock; sets simulated. */
void sim_ports(struct sim *s, struct ports *ports);

/* ---- what `smo sim` does ---- */

/* {now, clusters: [{name, ready, nodes: [...], used}], services: [...], faults, ...} */
struct err *sim_status(struct sim *s, struct arena *a, struct node **ret_status) must_check;

struct err *sim_cluster_down(struct sim *s, struct arena *a, const char *cluster) must_check;
struct err *sim_cluster_up(struct sim *s, struct arena *a, const char *cluster) must_check;

/* From now on the pods of @service crash (@on) or recover.  ERR_NOT_FOUND: no such release. */
struct err *sim_fail(struct sim *s, struct arena *a, const char *service, bool on) must_check;

/* @rate requests per second reach @service. */
struct err *sim_load(struct sim *s, struct arena *a, const char *service, double rate) must_check;

struct err *sim_advance(struct sim *s, struct arena *a, int64_t ms) must_check;

/* The next calls of a port fail; see struct sim_fault. */
struct err *sim_fault(struct sim *s, struct arena *a, const struct sim_fault *f) must_check;
