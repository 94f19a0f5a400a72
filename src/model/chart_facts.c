// SPDX-License-Identifier: Apache-2.0
/* The field tables of chart facts; the structs are in model/snapshot.h. */
#include "base/str.h"
#include "doc/node.h"
#include "model/document.h"
#include "model/snapshot.h"

static const struct field container_fields[] = {
	{"name", FIELD_TEXT, MEMBER(container_facts, name), .help = "name of the container"},
	{"requests", FIELD_CUSTOM, MEMBER(container_facts, requests), .custom = &amounts_up,
	 .help = "what it requests"},
	{"limits", FIELD_CUSTOM, MEMBER(container_facts, limits), .custom = &amounts_up,
	 .help = "what it is limited to"},
	{0},
};
static const struct shape container_shape = {"containerFacts", sizeof(struct container_facts),
					     container_fields};

static const char *const divides_words[] = {"no", "evenly", "unevenly", NULL};

static const struct field object_facts_fields[] = {
	{"apiVersion", FIELD_TEXT, MEMBER(object_facts, api_version), .help = "API version"},
	{"kind", FIELD_TEXT, MEMBER(object_facts, kind), .flags = FIELD_REQUIRED, .help = "kind"},
	{"name", FIELD_TEXT, MEMBER(object_facts, name), .flags = FIELD_REQUIRED, .help = "name"},
	{"namespace", FIELD_TEXT, MEMBER(object_facts, namespace_),
	 .help = "namespace when it is not the release's"},
	{"clusterScoped", FIELD_BOOL, MEMBER(object_facts, cluster_scoped),
	 .help = "stands in no namespace"},
	{"hook", FIELD_BOOL, MEMBER(object_facts, hook), .help = "is a Helm hook"},
	{"data", FIELD_BOOL, MEMBER(object_facts, data), .help = "holds data that a move loses"},
	{"replicas", FIELD_INT, MEMBER(object_facts, replicas),
	 .help = "spec.replicas of a workload; -1: the chart leaves it open"},
	{"podPath", FIELD_TEXT, MEMBER(object_facts, pod_path),
	 .help = "where the pod template is"},
	{"containers", FIELD_LIST, MEMBERS(object_facts, containers), .element = &container_shape,
	 .help = "containers of a workload"},
	{"besides", FIELD_CUSTOM, MEMBER(object_facts, besides), .custom = &amounts_up,
	 .help = "what each pod requests on top: sidecars and overhead"},
	{"start", FIELD_CUSTOM, MEMBER(object_facts, start), .custom = &amounts_up,
	 .help = "what each pod needs at least, for its init containers"},
	{"ports", FIELD_TEXTS, MEMBERS(object_facts, ports), .help = "port/protocol of a service"},
	{"ownPolicy", FIELD_BOOL, MEMBER(object_facts, own_policy),
	 .help = "the chart brings a propagation policy for it"},
	{"policyFollows", FIELD_BOOL, MEMBER(object_facts, policy_follows),
	 .help = "that policy follows the value clustersAffinity"},
	{"policyDivides", FIELD_ENUM, MEMBER(object_facts, policy_divides), .words = divides_words,
	 .help = "how that policy divides replicas between its clusters"},
	{0},
};
const struct shape object_facts_shape = {"objectFacts", sizeof(struct object_facts),
					 object_facts_fields};

static const char *const form_words[] = {"list", "joined", "text", "one", "oneText", NULL};

static const struct field chart_facts_fields[] = {
	{"service", FIELD_TEXT, MEMBER(chart_facts, service),
	 .flags = FIELD_REQUIRED | FIELD_NON_EMPTY, .help = "the service that the chart runs"},
	{"ref", FIELD_TEXT, MEMBER(chart_facts, ref), .help = "reference, as written"},
	{"digest", FIELD_TEXT, MEMBER(chart_facts, digest), .help = "digest of what is installed"},
	{"now", FIELD_TEXT, MEMBER(chart_facts, now),
	 .help = "digest of what the reference stands for by now, when that is another chart"},
	{"name", FIELD_TEXT, MEMBER(chart_facts, name), .help = "name in Chart.yaml"},
	{"version", FIELD_TEXT, MEMBER(chart_facts, version), .help = "version in Chart.yaml"},
	{"appVersion", FIELD_TEXT, MEMBER(chart_facts, app_version),
	 .help = "appVersion in Chart.yaml"},
	{"readsAffinity", FIELD_BOOL, MEMBER(chart_facts, reads_affinity),
	 .help = "renders differently when clustersAffinity changes"},
	{"affinityPath", FIELD_TEXT, MEMBER(chart_facts, affinity_path),
	 .help = "the value that it is read from, when there is one only"},
	{"otherAffinity", FIELD_TEXTS, MEMBERS(chart_facts, other_affinity),
	 .help = "further values that it is read from: those of subcharts"},
	{"affinityForm", FIELD_ENUM, MEMBER(chart_facts, affinity_form), .words = form_words,
	 .help = "how clusters are written there"},
	{"importsForm", FIELD_ENUM, MEMBER(chart_facts, imports_form), .words = form_words,
	 .help = "how clusters are written in serviceImportClusters"},
	{"ownClusters", FIELD_TEXTS, MEMBERS(chart_facts, own_clusters),
	 .help = "clusters that its own policies name when nobody tells it any"},
	{"hasSchema", FIELD_BOOL, MEMBER(chart_facts, has_schema),
	 .help = "has a values.schema.json"},
	{"replicasPath", FIELD_TEXT, MEMBER(chart_facts, replicas_path),
	 .help = "the value that sets replicas"},
	{"error", FIELD_TEXT, MEMBER(chart_facts, error),
	 .help = "why the chart cannot be had or rendered"},
	{"refused", FIELD_BOOL, MEMBER(chart_facts, refused),
	 .help = "the chart does not take the values it is given"},
	{"objects", FIELD_LIST, MEMBERS(chart_facts, objects), .element = &object_facts_shape,
	 .help = "what it renders"},
	{0},
};
const struct shape chart_facts_shape = {"chartFacts", sizeof(struct chart_facts),
					chart_facts_fields};

bool names_form_is_single(enum names_form form)
{
	return form == NAMES_ONE || form == NAMES_ONE_TEXT;
}

struct node *names_written(struct arena *a, enum names_form form, const char *const *names,
			   size_t n)
{
	struct node *list = node_new(a, NODE_LIST);
	struct str joined = {.a = a};

	for (size_t i = 0; i < n; i++) {
		str_addf(&joined, "%s%s", i ? "," : "", names[i]);
		if (form != NAMES_JOINED)
			node_add(list, node_new_str(a, names[i]));
	}
	if (form == NAMES_ONE && list->first)
		list->first->next = NULL;
	if (form == NAMES_ONE_TEXT)
		return node_new_str(a, n ? names[0] : "");
	if (form == NAMES_TEXT)
		return node_new_str(a, joined.text ? joined.text : "");
	if (form == NAMES_JOINED && n)
		node_add(list, node_new_str(a, joined.text));
	return list;
}
