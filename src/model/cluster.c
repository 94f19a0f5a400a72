// SPDX-License-Identifier: Apache-2.0
/* The field tables of clusters; the structs are in model/snapshot.h. */
#include "model/document.h"
#include "model/snapshot.h"

static const struct field taint_fields[] = {
	{"key", FIELD_TEXT, MEMBER(taint, key), .flags = FIELD_REQUIRED, .help = "name"},
	{"value", FIELD_TEXT, MEMBER(taint, value), .help = "value"},
	{"effect", FIELD_TEXT, MEMBER(taint, effect), .flags = FIELD_REQUIRED,
	 .help = "NoSchedule, PreferNoSchedule or NoExecute"},
	{0},
};
const struct shape taint_shape = {"taint", sizeof(struct taint), taint_fields};

static const struct field distance_fields[] = {
	{"to", FIELD_TEXT, MEMBER(distance, to), .flags = FIELD_REQUIRED,
	 .help = "the other cluster"},
	{"latencyMs", FIELD_REAL, MEMBER(distance, latency_ms), .max = 1e9,
	 .help = "round trip in milliseconds; absent: unknown"},
	{"egressPrice", FIELD_REAL, MEMBER(distance, egress_price), .max = 1e9,
	 .help = "price of one GB sent there"},
	{0},
};
const struct shape distance_shape = {"distance", sizeof(struct distance), distance_fields};

static const struct field cluster_fields[] = {
	{"name", FIELD_TEXT, MEMBER(cluster, name), .flags = FIELD_REQUIRED | FIELD_NON_EMPTY,
	 .help = "name in the control plane"},
	{"ready", FIELD_BOOL, MEMBER(cluster, ready), .flags = FIELD_WRITE_ALWAYS,
	 .help = "the control plane reaches it"},
	{"readyReason", FIELD_TEXT, MEMBER(cluster, ready_reason),
	 .help = "why it is not ready, in the control plane's words"},
	{"cordoned", FIELD_BOOL, MEMBER(cluster, cordoned),
	 .help = "nothing new is placed there, by our own choice"},
	{"gone", FIELD_BOOL, MEMBER(cluster, gone),
	 .help = "was known once, is not in the control plane any more"},
	{"region", FIELD_TEXT, MEMBER(cluster, region), .help = "region"},
	{"zones", FIELD_TEXTS, MEMBERS(cluster, zones), .help = "zones"},
	{"provider", FIELD_TEXT, MEMBER(cluster, provider), .help = "provider"},
	{"location", FIELD_TEXT, MEMBER(cluster, location), .help = "where it stands, for people"},
	{"kubernetesVersion", FIELD_TEXT, MEMBER(cluster, kubernetes_version),
	 .help = "version of its API server"},
	{"syncMode", FIELD_TEXT, MEMBER(cluster, sync_mode), .help = "Push or Pull"},
	{"labels", FIELD_TEXTMAP, MEMBERS(cluster, labels), .help = "labels"},
	{"annotations", FIELD_TEXTMAP, MEMBERS(cluster, annotations),
	 .help = "annotations that are meant for SMO"},
	{"taints", FIELD_LIST, MEMBERS(cluster, taints), .element = &taint_shape, .help = "taints"},
	{"hasSummary", FIELD_BOOL, MEMBER(cluster, has_summary),
	 .help = "it reports its resources; without, it gets nothing"},
	{"allocatable", FIELD_CUSTOM, MEMBER(cluster, allocatable), .custom = &amounts_down,
	 .help = "resources of all nodes together"},
	{"allocated", FIELD_CUSTOM, MEMBER(cluster, allocated), .custom = &amounts_up,
	 .help = "what the pods bound there request"},
	{"largestNode", FIELD_CUSTOM, MEMBER(cluster, largest_node), .custom = &amounts_down,
	 .help = "resources of the largest node; absent: unknown"},
	{"nodesTotal", FIELD_INT, MEMBER(cluster, nodes_total), .help = "nodes"},
	{"nodesReady", FIELD_INT, MEMBER(cluster, nodes_ready), .help = "nodes that are ready"},
	{"hasMcs", FIELD_BOOL, MEMBER(cluster, has_mcs),
	 .help = "it serves ServiceExport and ServiceImport"},
	{"priceCpu", FIELD_REAL, MEMBER(cluster, price_cpu), .max = 1e9,
	 .help = "price of one core for one hour; absent: unknown"},
	{"priceMemory", FIELD_REAL, MEMBER(cluster, price_memory), .max = 1e9,
	 .help = "price of one GiB of memory for one hour"},
	{"carbon", FIELD_REAL, MEMBER(cluster, carbon), .max = 1e9,
	 .help = "gCO2e per kWh, or any relative figure"},
	{"hasCarbon", FIELD_BOOL, MEMBER(cluster, has_carbon),
	 .help = "the figure for carbon is known, even when it is 0"},
	{"devices", FIELD_BOOL, MEMBER(cluster, devices),
	 .help = "devices of virtual objects are near it"},
	{"origins", FIELD_TEXTMAP, MEMBERS(cluster, origins),
	 .help = "where a property is from, when not from the control plane itself"},
	{"distances", FIELD_LIST, MEMBERS(cluster, distances), .element = &distance_shape,
	 .help = "to other clusters"},
	{0},
};
const struct shape cluster_shape = {"cluster", sizeof(struct cluster), cluster_fields};
