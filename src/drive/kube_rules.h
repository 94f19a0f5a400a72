// SPDX-License-Identifier: Apache-2.0
/*
 * Alerting rules in one shared PrometheusRule object, where the first SMO put them: rules of a
 * graph are those in its group that carry the graph's label.  Other rules, groups and fields stay
 * as they are; a change that met another one is made anew on what is there then.
 */
#pragma once

#include "base/attr.h"
#include "port/object_port.h"

struct arena;
struct err;
struct kube;
struct kube_rules;

struct kube_rules_settings {
	struct kube *kube;
	const char *namespace_, *name; /* of the shared object */
	const char *group;             /* in it */
	const char *instance;          /* of our state */
};

struct kube_rules *kube_rules_open(struct arena *a, const struct kube_rules_settings *settings);

/* get, list, apply and remove of PrometheusRule objects, one for each graph; the other members are
 * NULL.  The shared object itself is neither made nor deleted. */
struct object_port kube_rules_port(struct kube_rules *r);

/* *ret_why: why objects with rules cannot be kept in @namespace_, or NULL. */
struct err *kube_keeps_no_rules(struct kube *k, struct arena *a, const char *namespace_,
				const char **ret_why) must_check;
