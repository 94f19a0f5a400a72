// SPDX-License-Identifier: Apache-2.0
/*
 * Dashboards of graphs, services and clusters, made from tables (dashboards_table.c).
 *
 * A dashboard is an object like all others that a plan puts: apiVersion DASHBOARD_API, kind
 * Dashboard, its name is the uid in Grafana, its spec the dashboard's JSON.  (Grafana 12 serves
 * this very form; drive/grafana takes it to the older API, which all versions have.)
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "doc/node.h"
#include "model/kinds.h"

struct arena;
struct graph;

enum { DASHBOARD_UID_MAX = 40 }; /* Grafana's limit */

struct dashboard_options {
	const char *instance;      /* of this SMO state: part of the uid */
	const char *cluster_label; /* of series: which cluster they are from; NULL: "source" */
	const char *rate_query;    /* requests per second of a service; NULL: the default; $service,
				      $project and $window are replaced */
	const char *refresh;       /* NULL: "30s" */
};

enum dashboard_kind { DASHBOARD_GRAPH, DASHBOARD_SERVICE, DASHBOARD_CLUSTER };

/* "smo-g-demo-0123456789ab": at most DASHBOARD_UID_MAX characters, no two things share one. */
const char *dashboard_uid(struct arena *a, enum dashboard_kind kind, const char *instance,
			  const char *owner, const char *name);

/* uid of the folder of a project; its title is the project. */
const char *dashboard_folder(struct arena *a, const char *instance, const char *project);

/* The dashboard JSON (a spec). */
struct node *dashboard_graph(struct arena *a, const struct graph *g, const char *project,
			     const struct dashboard_options *o);
struct node *dashboard_service(struct arena *a, const struct graph *g, const char *project,
			       const char *service, const struct dashboard_options *o);
struct node *dashboard_cluster(struct arena *a, const char *cluster,
			       const struct dashboard_options *o);

/* Every `expr` of a dashboard, in order. */
size_t dashboard_queries(struct arena *a, const struct node *dashboard, const char ***ret_queries);
