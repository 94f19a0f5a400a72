// SPDX-License-Identifier: Apache-2.0
/* What a graph brings along to be watched: alerting rules and dashboards. */
#pragma once

#include <stdbool.h>

#include "plan/dashboards.h"
#include "plan/rules.h"

struct signal_options {
	bool rules;
	struct rule_options rule;
	bool dashboards;
	struct dashboard_options board; /* its instance is filled by desire() */
};

/* True for the kinds of objects whose steps may fail without failing the plan. */
bool signal_is_optional(const char *kind);
