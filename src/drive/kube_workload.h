// SPDX-License-Identifier: Apache-2.0
/*
 * From Kubernetes documents to workloads and warnings; pure, so that recorded documents test it.
 *
 * How a share is read (Karmada's ResourceBinding, work.karmada.io/v1alpha2, aggregatedStatus):
 *   applied    the member took the object
 *   current    applied; the member works on the template's present generation, has observed it, and
 *              all its replicas are of it.  Jobs and CronJobs carry no generations: applied is all.
 *              A StatefulSet without observedGeneration counts as observed.
 *   replicas   those the member wants, also when they do not exist yet (an override can make that
 *              another number than the template's); of a Job, its completions
 *   available  so a share is ready when it is current and available >= replicas; the cluster itself
 *              must be Ready too, because a lost member keeps its last numbers for ever
 */
#pragma once

#include <stddef.h>

struct arena;
struct node;
struct workload;

/*
 * @templates: a list of Deployments, StatefulSets, DaemonSets, Jobs and CronJobs; @bindings: the
 * ResourceBindings of the namespace.  Sorted by kind and name.
 */
void workloads_read(struct arena *a, const struct node *templates, const struct node *bindings,
		    struct workload **ret_workloads, size_t *ret_n);

/*
 * The Warning events among @events that nothing contradicts: a later "XSucceed" of the same object
 * takes back its "XFailed".  Newest first, each said once, at most 50, printable.
 */
void warnings_read(struct arena *a, const struct node *events, const char ***ret_texts,
		   size_t *ret_n);
