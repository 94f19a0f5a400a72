// SPDX-License-Identifier: Apache-2.0
/*
 * What a simulated federation would be measured at, in the Prometheus text format: requests of its
 * services, containers (cAdvisor), nodes (node-exporter), workloads (kube-state-metrics), with the
 * names and labels of those exporters.  Every panel of our dashboards finds its series here.
 *
 * The figures are a model, not a measurement:
 *   requests   the rate of `sim load`, shared evenly by the ready pods of the service
 *   cpu        2 % of what a pod asked for, and a core for each 50 requests per second, up to
 *              what it asked for; beyond that it is throttled
 *   memory     half of what a pod asked for, and 256 KiB for each request per second, up to that
 *   nodes      the sum of their pods, and a little for themselves
 */
#pragma once

#include <stdint.h>

#include "base/attr.h"

struct arena;
struct err;
struct sim;
struct sim_meter;

/* Counters that go on from one look to the next.  In @a. */
struct sim_meter *sim_meter_new(struct arena *a);

/*
 * The page of this moment; counters have run for @elapsed_ms since the last one.  @cluster_label:
 * the label that says which cluster a series is from.  *ret_text is in @a.
 */
struct err *sim_metrics(struct sim *s, struct arena *a, struct sim_meter *m, int64_t elapsed_ms,
			const char *cluster_label, const char **ret_text) must_check;
