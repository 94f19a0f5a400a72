// SPDX-License-Identifier: Apache-2.0
/*
 * Everything a simulated federation is at one instant of its clock: one document (apiVersion
 * smo/v1, kind SimState), and the nouns it is made of.
 *
 * The control plane has objects, releases and templates; each cluster has the pods of what it was
 * told, which a cluster that is down does not hear.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "drive/sim_world.h"
#include "model/snapshot.h"

struct arena;
struct node;

#define SIM_TIME_MAX     INT64_C(4000000000000000) /* ms: far beyond any clock */
#define SIM_REPLICAS_MAX 10000                     /* of one workload on one cluster */

struct sim_pod {
	const char *node; /* NULL: pending, it fits on none */
	int64_t ready_at; /* ms; without a node: since when it has none */
	int64_t revision; /* of the part when it was made */
};

/* What one cluster was told of one workload, and the pods it made of it. */
struct sim_part {
	const char *cluster, *kind, *name, *namespace_, *release;
	int64_t wanted;                        /* replicas; a Job's completions */
	int64_t succeeded;                     /* of a Job */
	int64_t generation;                    /* of the template; 0: told nothing yet */
	const char *pod;                       /* the template's pods, see sim_template */
	int64_t revision;                      /* grows when pods must be made anew */
	struct amounts requests, old_requests; /* of pods of this revision, and of older ones */
	int64_t ready_after;                   /* ms */
	const char *blocked;                   /* why it is told no more; or NULL */
	vec_of(struct sim_pod) pods;

	/* What the control plane saw last, while the cluster is down. */
	bool frozen, seen_current;
	int64_t seen_ready;
};

/* A template in the control plane. */
struct sim_template {
	struct object_facts facts;
	const char *namespace_, *release;
	const char *pod; /* a hash: pods are made anew when it changes */
	int64_t replicas, generation;
	int64_t ready_after; /* ms; 0: the cluster's */
	bool orphan;         /* its policy is gone: what runs stays as it is */
	bool scheduled;
	const char *reason;
	const char **clusters;
	size_t n_clusters;
};

struct sim_release {
	const char *name, *namespace_;
	const char *status; /* Helm's words */
	int64_t revision;
	const char *chart_ref, *chart_version;
	struct node *values; /* the chart's own under the user's */
	struct text_pair *labels;
	size_t n_labels;
};

struct sim_cluster {
	const char *name;
	bool down;
	int64_t down_at; /* ms */
	bool has_mcs;
};

/* A failure on request: the next calls that match fail. */
struct sim_fault {
	const char *port, *call; /* "release", "put"; NULL: any */
	const char
		*kind; /* slug of the error: "conflict" ...; "kill": end the process; NULL: none */
	const char *message;
	int64_t skip;   /* this many calls are let through first */
	int64_t times;  /* then this many fail; 0: one */
	int64_t lag_ms; /* and take this long */
	bool after;     /* the change is made, only its answer is lost */
	bool stuck;     /* release put: the release stays in its pending state */
};

struct sim_load {
	const char *service;
	double rate; /* requests per second */
};

struct sim_state {
	int64_t epoch;    /* of this document: the journal names the one it goes on from */
	int64_t now;      /* ms since 1970 UTC */
	int64_t versions; /* counter behind uids and resource versions */
	struct sim_world world;
	struct sim_cluster *clusters; /* sorted by name */
	size_t n_clusters;
	struct cluster *facts; /* the same order; resources as of the last settling */
	vec_of(struct sim_release) releases;
	vec_of(struct node *) objects;     /* manifests */
	vec_of(struct owned_object) owned; /* the same, read; same order */
	vec_of(struct sim_template) templates;
	vec_of(struct sim_part) parts;
	vec_of(const char *) failing; /* services whose pods crash */
	vec_of(struct sim_load) loads;
	vec_of(struct sim_fault) faults;
	struct arena *a; /* where it grows */
};

extern const struct shape sim_fault_shape;

/* A fresh state of @world, whose texts are kept by reference. */
void sim_state_init(struct arena *a, const struct sim_world *world, struct sim_state *ret_state);

/* ERR_INPUT when @doc is no such document. */
struct err *sim_state_read(struct arena *a, const struct node *doc, struct sim_state *ret_state)
	must_check;
struct node *sim_state_write(struct arena *a, const struct sim_state *s);

struct sim_cluster *sim_state_cluster(const struct sim_state *s, const char *name);
struct sim_release *sim_state_release(const struct sim_state *s, const char *namespace_,
				      const char *name);
struct sim_template *sim_state_template(const struct sim_state *s, const char *kind,
					const char *namespace_, const char *name);
/* Index of the object in objects and owned, or objects.n. */
size_t sim_state_object(const struct sim_state *s, const char *kind, const char *namespace_,
			const char *name);
bool sim_state_fails(const struct sim_state *s, const char *service);

/* Bring facts[].ready up to the clock: a cluster that is down is noticed after the heartbeat. */
void sim_state_notice(struct sim_state *s);

/* facts[] of the cluster called @name, or NULL. */
struct cluster *sim_state_facts(const struct sim_state *s, const char *name);
