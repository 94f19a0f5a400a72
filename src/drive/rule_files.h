// SPDX-License-Identifier: Apache-2.0
/*
 * Alerting rules for a Prometheus without an operator: a file for each graph in a folder that its
 * configuration names under rule_files, and a reload.
 *
 * A change is there when Prometheus has taken it: what it refuses, cannot be told, or does not read
 * is rolled back.  Until then a hidden file beside it keeps what was before, so that a change that
 * was killed half-way is seen and made again.
 */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "port/metrics_port.h"
#include "port/object_port.h"

struct arena;
struct err;
struct rule_files;

struct rule_files_settings {
	const char *dir;
	const char *namespace_; /* that the objects of plans have */
	const char *instance;   /* of our state */
	struct metrics_port metrics;
	bool leaving; /* rules go elsewhere now: removing them is done even if nobody reloads */
};

struct err *rule_files_open(struct arena *a, const struct rule_files_settings *settings,
			    struct rule_files **ret_files) must_check;

/* get, list, apply and remove of PrometheusRule objects; the other members are NULL. */
struct object_port rule_files_port(struct rule_files *f);
