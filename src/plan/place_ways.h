// SPDX-License-Identifier: Apache-2.0
/*
 * Small changes that would make room, each tried: what the user wrote (a GPU, a region, replicas)
 * or what a cluster is (a cordon, a taint, its size) is changed on a copy of graph and snapshot,
 * and that is solved again.  Ranked by how much is asked for, as a part of what is there.  Internal
 * to plan/.
 */
#pragma once

#include "base/vec.h"
#include "plan/place_model.h"

struct err;

struct place_way {
	const char *text;
	double size; /* part of what is there that is asked for */
	size_t order;
};

struct place_ways {
	const struct place_model *m;
	vec_of(struct place_way) ways;
	size_t tries;
	struct graph g; /* the copies to change; restored by fresh() */
	struct snapshot s;
	struct place_options o;
};

void place_ways_start(const struct place_model *m, struct place_ways *ret_ways);

/* One that somebody else has proved. */
void place_ways_add(struct place_ways *r, double size, const char *text);

/* Less of what service @v asks for. */
void place_ways_service(struct place_ways *r, size_t v);

/* Cluster @c as large as service @v alone needs it. */
void place_ways_larger(struct place_ways *r, size_t v, size_t c);

/* No cordon, and clusters that are back again. */
void place_ways_clusters(struct place_ways *r);

/* Wishes of the whole graph, and data that may be lost. */
void place_ways_graph(struct place_ways *r);

/* @e with the smallest of them as its hint. */
struct err *place_ways_err(struct place_ways *r, struct err *e);
