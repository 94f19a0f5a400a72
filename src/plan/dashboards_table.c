// SPDX-License-Identifier: Apache-2.0
/*
 * Names and labels are those of today's kubelet (cAdvisor), node-exporter and kube-state-metrics:
 * `pod` and `container`, not pod_name and container_name.
 */
#include "plan/dashboards_table.h"

#include <stddef.h>

#define PODS       "namespace=\"$project\",pod=~\"$service-.*\""
#define CONTAINERS PODS ",container!=\"\""
#define DEPLOYED   "namespace=\"$project\",deployment=\"$service\""
#define NODE       "$label=\"$cluster\""
#define MEM(what)  "sum(node_memory_" what "_bytes{" NODE "})"
#define USED       MEM("MemTotal") " - " MEM("MemFree") " - " MEM("Buffers") " - " MEM("Cached")
#define CPU(mode)                                                                                  \
	"sum(irate(node_cpu_seconds_total{" NODE ",mode" mode "}[5m])) / "                         \
	"scalar(count(count by (instance, cpu) (node_cpu_seconds_total{" NODE "})))"
#define DISK(what) "sum by (instance) (rate(node_disk_" what "{" NODE "}[2m]))"
#define FS(what)   "sum(node_filesystem_" what "_bytes{" NODE ",fstype!~\"tmpfs|ramfs|rootfs\"})"
#define NET(what)                                                                                  \
	"sum by (device) (rate(node_network_" what "_bytes_total{" NODE ",device!=\"lo\"}[5m]))"

const char dashboard_rate_query[] =
	"sum(rate(flask_http_request_total{service=\"$service\"}[$window]))";

const struct panel panels_service[] = {
	{"$service pods", PANEL_TIMESERIES, .h = 8, .w = 24,
	 .targets = {{"sum(kube_deployment_status_replicas_ready{" DEPLOYED "}) or on() vector(0)",
		      "ready"}}},
	{"$service CPU utilization", PANEL_TIMESERIES, .h = 8, .w = 24, .unit = "percent",
	 .soft_max = 100, .alarm = 80,
	 .targets = {{"round(100 * sum by ($label, pod) "
		      "(rate(container_cpu_usage_seconds_total{" CONTAINERS
		      "}[2m])) / sum by ($label, pod) "
		      "(kube_pod_container_resource_limits{" PODS ",resource=\"cpu\"}), 0.1)",
		      "{{$label}} {{pod}}"}}},
	{"$service RAM usage", PANEL_TIMESERIES, .h = 8, .w = 24, .unit = "bytes",
	 .targets = {{"sum by ($label, pod) (container_memory_working_set_bytes{" CONTAINERS "})",
		      "{{$label}} {{pod}}"}}},
	{"$service throttling", PANEL_TIMESERIES, .h = 8, .w = 24, .unit = "percentunit",
	 .soft_max = 1, .alarm = 0.8,
	 .targets = {{"sum by ($label, pod) "
		      "(increase(container_cpu_cfs_throttled_periods_total{" CONTAINERS
		      "}[2m])) / sum by ($label, pod) "
		      "(increase(container_cpu_cfs_periods_total{" CONTAINERS "}[2m]))",
		      "{{$label}} {{pod}}"}}},
	{0},
};

const struct panel panels_decisions[] = {
	{"Decisions", PANEL_ROW, .h = 1, .w = 24},
	{"$service placement", PANEL_TIMESERIES, .h = 8, .w = 8, .stacked = true,
	 .targets = {{"sum by ($label) (kube_deployment_status_replicas_ready{" DEPLOYED "})",
		      "{{$label}}"}}},
	{"$service replicas", PANEL_TIMESERIES, .h = 8, .w = 8, .x = 8, .beside = true,
	 .targets = {{"sum(kube_deployment_spec_replicas{" DEPLOYED "})", "wanted"},
		     {"sum(kube_deployment_status_replicas_ready{" DEPLOYED "}) or on() vector(0)",
		      "running"}}},
	{"$service load", PANEL_TIMESERIES, .h = 8, .w = 8, .x = 16, .beside = true,
	 .unit = "reqps", .targets = {{"$rate", "requests"}}},
	{"Alerts of $graph", PANEL_TIMESERIES, .h = 6, .w = 24,
	 .targets = {{"count by (alertname, alertstate) (ALERTS{graph=\"$graph\"})",
		      "{{alertname}} {{alertstate}}"}}},
	{0},
};

const struct panel panels_cluster[] = {
	{"CPU usage", PANEL_TIMESERIES, .h = 7, .w = 14, .unit = "percentunit", .max = 1,
	 .stacked = true,
	 .targets = {{CPU("=\"system\""), "Busy System"},
		     {CPU("=\"user\""), "Busy User"},
		     {CPU("=\"iowait\""), "Busy Iowait"},
		     {CPU("=~\".*irq\""), "Busy IRQs"},
		     {CPU("!~\"idle|user|system|iowait|irq|softirq\""), "Busy Other"},
		     {CPU("=\"idle\""), "Idle"}}},
	{"CPU cores", PANEL_STAT, .h = 7, .w = 4, .x = 14, .beside = true, .calc = "last",
	 .targets = {{"sum(machine_cpu_cores{" NODE "})", "cores"}}},
	{"CPU busy", PANEL_GAUGE, .h = 7, .w = 6, .x = 18, .beside = true, .unit = "percent",
	 .max = 100, .warn = 80, .alarm = 90, .calc = "mean",
	 .targets = {{"100 * (1 - avg(rate(node_cpu_seconds_total{mode=\"idle\"," NODE "}[2m])))",
		      "busy"}}},
	{"Memory usage", PANEL_TIMESERIES, .h = 7, .w = 18, .unit = "bytes", .stacked = true,
	 .targets = {{USED, "used"},
		     {MEM("Buffers"), "buffers"},
		     {MEM("Cached"), "cached"},
		     {MEM("MemFree"), "free"}}},
	{"Memory usage", PANEL_GAUGE, .h = 7, .w = 6, .x = 18, .beside = true, .unit = "percent",
	 .max = 100, .warn = 80, .alarm = 90, .calc = "mean",
	 .targets = {{"100 * (" USED ") / " MEM("MemTotal"), "used"}}},
	{"Disk I/O", PANEL_TIMESERIES, .h = 7, .w = 18, .unit = "Bps",
	 .targets = {{DISK("read_bytes_total"), "{{instance}} read"},
		     {DISK("written_bytes_total"), "{{instance}} written"},
		     {DISK("io_time_seconds_total"), "{{instance}} busy"}}},
	{"Disk space usage", PANEL_GAUGE, .h = 7, .w = 6, .x = 18, .beside = true,
	 .unit = "percentunit", .max = 1, .warn = 0.75, .alarm = 0.9, .calc = "lastNotNull",
	 .targets = {{"(" FS("size") " - " FS("free") ") / " FS("size"), "used"}}},
	{"Network received", PANEL_TIMESERIES, .h = 7, .w = 12, .unit = "Bps",
	 .targets = {{NET("receive"), "{{device}}"}}},
	{"Network transmitted", PANEL_TIMESERIES, .h = 7, .w = 12, .x = 12, .beside = true,
	 .unit = "Bps", .targets = {{NET("transmit"), "{{device}}"}}},
	{0},
};
