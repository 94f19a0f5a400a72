// SPDX-License-Identifier: Apache-2.0
/* What watches the graphs, as the settings say: where rules and dashboards go, and who measures. */
#pragma once

#include "base/attr.h"
#include "port/metrics_port.h"

struct app;
struct err;
struct object_port;
struct prom;
struct signal_options;

/* Rules and dashboards that graphs bring along.  ERR_INPUT for labels that are none. */
struct err *monitoring_signals(struct app *app, const struct signal_options **ret_signals)
	must_check;

/* Prometheus; nothing is sent yet.  prom_close() is the caller's. */
struct err *monitoring_open(struct app *app, struct prom **ret_prom,
			    struct metrics_port *ret_metrics) must_check;
void monitoring_close(struct prom **p);
#define scoped_prom __attribute__((cleanup(monitoring_close)))

/* @template (a setting) with $service, $project and $window replaced by escaped values. */
const char *monitoring_query(struct app *app, const char *setting, const char *service,
			     const char *project, const char *window);
