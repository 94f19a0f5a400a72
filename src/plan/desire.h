// SPDX-License-Identifier: Apache-2.0
/*
 * What should exist in the control plane for a graph with a given placement: releases, policies,
 * overrides, exports and imports, as plain data.
 */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "model/desired.h"
#include "model/graph.h"
#include "model/snapshot.h"

struct arena;
struct err;
struct place_why;
struct signal_options;

struct desire_options {
	bool stopped; /* the graph shall not run: nothing but its namespace is wanted */
	bool allow_cluster_scoped;   /* charts may make cluster-scoped and foreign objects */
	const struct place_why *why; /* reasons for the steps, or NULL */
	const struct signal_options *signals; /* rules and dashboards, or NULL: none */
};

/*
 * ERR_REMOTE and the like when the chart of an active service could not be had (its facts say
 * why); ERR_INPUT when a chart makes objects that are not allowed.
 */
struct err *desire(struct arena *a, const struct graph *g, const struct snapshot *s,
		   const struct placement *p, const struct desire_options *o,
		   struct desired *ret_desired) must_check;

/* Shall @v run now: started by no event, or by one that came (its state is Deployed, or Deploying
 * while that is under way)? */
bool service_is_active(const struct snapshot *s, const struct service *v);

/* The ClusterPropagationPolicy that brings the MCS CRDs to the members; shared by all graphs. */
#define MCS_POLICY "smo-mcs-crds"

/* Its name: one for each SMO, so that two on one control plane do not quarrel about it. */
const char *mcs_policy_name(struct arena *a, const char *instance);
bool is_mcs_policy(const char *name);
