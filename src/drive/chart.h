// SPDX-License-Identifier: Apache-2.0
/*
 * Real charts: fills chart_port.
 *
 * Helm renders, as for the control plane of @kube (its version and APIs), without talking to it:
 * `lookup` finds nothing.  What a chart does with a value is found out by rendering with another
 * one. Facts are kept beside the charts under a hash of everything they depend on, so that asking
 * again needs no helm.
 */
#pragma once

#include <stddef.h>

#include "base/attr.h"
#include "port/chart_port.h"

struct arena;
struct charts;
struct chart_store;
struct err;
struct helm;
struct kube;
struct kube_capabilities;

struct charts_settings {
	struct chart_store *store;
	const struct helm *helm;
	struct kube *kube; /* NULL: Helm's built-in idea of a cluster */
	/* What the server of @kube is, when that is known already (it is much to ask); must live as
	 * long as the handle. */
	const struct kube_capabilities *capabilities;
	const char *facts_dir; /* where facts are kept, made when missing; NULL: nowhere */
};

/* One handle per thread. */
struct err *charts_open(struct arena *a, const struct charts_settings *settings,
			struct charts **ret_charts) must_check;

struct chart_port helm_chart_port(struct charts *c);
