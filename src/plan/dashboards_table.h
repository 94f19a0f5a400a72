// SPDX-License-Identifier: Apache-2.0
/* What stands on the dashboards: internal to plan/dashboards*.c. */
#pragma once

#include <stdbool.h>

enum panel_type { PANEL_TIMESERIES, PANEL_STAT, PANEL_GAUGE, PANEL_ROW };

enum { PANEL_TARGETS = 6 };

struct panel_target {
	const char *expr;   /* with $service, $project, $graph, $cluster, $label, $rate replaced */
	const char *legend; /* NULL: Grafana's own */
};

struct panel {
	const char *title; /* the same are replaced */
	enum panel_type type;
	int h, w, x; /* of Grafana's grid of 24 columns; y follows */
	bool beside; /* stands beside the panel before it, not below */
	const char *unit;
	double min, max;    /* when max > min */
	double soft_max;    /* when > 0 */
	double warn, alarm; /* thresholds; 0: none */
	bool stacked;
	const char *calc; /* PANEL_STAT, PANEL_GAUGE: last, mean, lastNotNull */
	struct panel_target targets[PANEL_TARGETS];
};

/* Each ends with title NULL. */
extern const struct panel panels_service[]; /* repeated for each service on the graph's */
extern const struct panel panels_decisions[], panels_cluster[];

/* Requests per second of a service: the original's, with the project's namespace left to settings.
 */
extern const char dashboard_rate_query[];
