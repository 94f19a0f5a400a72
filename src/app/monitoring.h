// SPDX-License-Identifier: Apache-2.0
/* What watches the graphs, as the settings say: where rules and dashboards go, and who measures. */
#pragma once

#include "base/attr.h"
#include "port/metrics_port.h"

struct app;
struct arena;
struct err;
struct http_blob;
struct object_port;
struct prom;
struct settings;
struct signal_options;
struct traffic_query;

/* Rules and dashboards that graphs bring along.  ERR_INPUT for labels that are none. */
struct err *monitoring_signals(struct app *app, const struct signal_options **ret_signals)
	must_check;

#define MONITORING_GRAFANA "http://localhost:3000" /* the default of grafana.host */

/* Where dashboards go: dashboards.mode, and what "auto" means now. */
const char *monitoring_boards(struct app *app);

/* The PEM file that the setting @key names; empty when it names none. */
struct err *monitoring_pem(struct arena *a, const struct settings *s, const char *key,
			   struct http_blob *ret_blob) must_check;

/* Prometheus, in an arena of the caller's: threads may not share the command's. */
struct err *monitoring_prom(struct arena *a, const struct app *app, struct prom **ret_prom)
	must_check;

/* Prometheus; nothing is sent yet.  prom_close() is the caller's. */
struct err *monitoring_open(struct app *app, struct prom **ret_prom,
			    struct metrics_port *ret_metrics) must_check;
void monitoring_close(struct prom **p);
#define scoped_prom __attribute__((cleanup(monitoring_close)))

/* The setting @key as Prometheus writes durations: "30s". */
const char *monitoring_duration(struct app *app, const char *key);

/* How traffic is asked for; NULL when no setting says it.  prom_close() is the caller's. */
struct err *monitoring_traffic(struct app *app, struct prom **ret_prom,
			       const struct traffic_query **ret_query) must_check;

/* @template (a setting) with $service, $project and $window replaced by escaped values. */
const char *monitoring_query(struct app *app, const char *setting, const char *service,
			     const char *project, const char *window);
