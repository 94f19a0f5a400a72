// SPDX-License-Identifier: Apache-2.0
/*
 * The world file of a simulated federation (apiVersion smo/v1, kind World): its clusters with their
 * nodes, and what charts render.  examples/worlds/ holds some.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "model/snapshot.h"

struct arena;
struct err;

/* Nodes that are alike. */
struct sim_nodes {
	const char *name; /* "edge" makes edge-1, edge-2 ...; NULL: the cluster's name */
	int64_t count;    /* 0: 1 */
	struct amounts capacity;
};

struct sim_site {
	struct cluster facts; /* name, labels, prices ...; resources come from the nodes */
	struct sim_nodes *nodes;
	size_t n_nodes;
	struct amounts base;     /* what the cluster itself takes, of all nodes together */
	const char *ready_after; /* how long a pod takes to be ready; NULL: the world's */
	bool without_mcs;        /* does not serve ServiceExport and ServiceImport from the start */
};

struct sim_chart {
	const char *ref;   /* as descriptors write it; without a tag it is meant for all tags */
	const char *error; /* asking for it fails, with these words */
	const char *name, *version, *app_version;
	const char *replicas_path;
	bool legacy; /* brings its own policies, which follow clustersAffinity */
	bool has_schema;
	bool data; /* the default objects hold data that a move would lose */
	const char *ready_after;
	/* "{release}" in names is the release's; none: a Deployment and a Service. */
	struct object_facts *objects;
	size_t n_objects;
};

struct sim_world {
	const char *name, *description;
	const char *ready_after; /* NULL: 3s */
	const char *heartbeat;   /* until a cluster that is down is noticed; NULL: 5s */
	const char *start;       /* RFC 3339; where the clock begins; NULL: 2026-01-01T00:00:00Z */
	struct sim_site *sites;
	size_t n_sites;
	struct sim_chart *charts;
	size_t n_charts;
};

extern const struct shape sim_world_shape;

/* Read and check @text.  ERR_INPUT with every problem. */
struct err *sim_world_read(struct arena *a, const char *source, const char *text, size_t size,
			   struct sim_world *ret_world) must_check;

/* Check what was read another way (from a state): names, amounts, times. */
struct err *sim_world_check(struct arena *a, const struct sim_world *w) must_check;

/* Milliseconds of a checked duration; @otherwise when it is NULL. */
int64_t sim_world_ms(const char *duration, int64_t otherwise);

/* Where the clock begins, in milliseconds since 1970 UTC. */
int64_t sim_world_start(const struct sim_world *w);

struct sim_site *sim_world_site(const struct sim_world *w, const char *name);
const struct sim_chart *sim_world_chart(const struct sim_world *w, const char *ref);
