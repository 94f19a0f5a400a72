// SPDX-License-Identifier: Apache-2.0
/* Clusters are in cluster.c, chart facts in chart_facts.c. */
#include "model/snapshot.h"

#include "base/arena.h"
#include "base/str.h"
#include "model/document.h"
#include "model/kinds.h"

static const struct field release_fields[] = {
	{"name", FIELD_TEXT, MEMBER(release, name), .flags = FIELD_REQUIRED, .help = "name"},
	{"namespace", FIELD_TEXT, MEMBER(release, namespace_), .help = "namespace"},
	{"graph", FIELD_TEXT, MEMBER(release, graph), .help = "graph that it belongs to"},
	{"service", FIELD_TEXT, MEMBER(release, service), .help = "service that it runs"},
	{"project", FIELD_TEXT, MEMBER(release, project), .help = "project of the graph"},
	{"instance", FIELD_TEXT, MEMBER(release, instance),
	 .help = "SMO state that made it; absent: not ours"},
	{"status", FIELD_TEXT, MEMBER(release, status), .help = "in Helm's words: deployed ..."},
	{"revision", FIELD_INT, MEMBER(release, revision), .help = "revision of the release"},
	{"chartDigest", FIELD_TEXT, MEMBER(release, chart_digest),
	 .help = "first 40 hex digits of the chart's digest"},
	{"valuesHash", FIELD_TEXT, MEMBER(release, values_hash), .help = "hash of its values"},
	{"chartVersion", FIELD_TEXT, MEMBER(release, chart_version), .help = "chart version"},
	{0},
};
const struct shape release_shape = {"release", sizeof(struct release), release_fields};

static const struct field owned_object_fields[] = {
	{"apiVersion", FIELD_TEXT, MEMBER(owned_object, api_version), .flags = FIELD_REQUIRED,
	 .help = "API version"},
	{"kind", FIELD_TEXT, MEMBER(owned_object, kind), .flags = FIELD_REQUIRED, .help = "kind"},
	{"name", FIELD_TEXT, MEMBER(owned_object, name), .flags = FIELD_REQUIRED, .help = "name"},
	{"namespace", FIELD_TEXT, MEMBER(owned_object, namespace_),
	 .help = "namespace; absent: cluster-scoped"},
	{"graph", FIELD_TEXT, MEMBER(owned_object, graph), .help = "graph that it belongs to"},
	{"service", FIELD_TEXT, MEMBER(owned_object, service), .help = "service that it serves"},
	{"project", FIELD_TEXT, MEMBER(owned_object, project), .help = "project of the graph"},
	{"instance", FIELD_TEXT, MEMBER(owned_object, instance), .help = "SMO state that made it"},
	{"body", FIELD_NODE, MEMBER(owned_object, body), .help = "spec and data"},
	{0},
};
const struct shape owned_object_shape = {"ownedObject", sizeof(struct owned_object),
					 owned_object_fields};

static const struct field left_object_fields[] = {
	{"apiVersion", FIELD_TEXT, MEMBER(left_object, api_version), .flags = FIELD_REQUIRED,
	 .help = "API version"},
	{"kind", FIELD_TEXT, MEMBER(left_object, kind), .flags = FIELD_REQUIRED, .help = "kind"},
	{"name", FIELD_TEXT, MEMBER(left_object, name), .flags = FIELD_REQUIRED, .help = "name"},
	{"namespace", FIELD_TEXT, MEMBER(left_object, namespace_), .help = "namespace, if any"},
	{"place", FIELD_TEXT, MEMBER(left_object, place), .flags = FIELD_REQUIRED,
	 .help = "where it is: objects, shared:NAMESPACE/NAME, files:FOLDER, grafana:URL"},
	{0},
};
const struct shape left_object_shape = {"leftObject", sizeof(struct left_object),
					left_object_fields};

static const struct field workload_share_fields[] = {
	{"cluster", FIELD_TEXT, MEMBER(workload_share, cluster), .flags = FIELD_REQUIRED,
	 .help = "cluster"},
	{"applied", FIELD_BOOL, MEMBER(workload_share, applied), .help = "the cluster took it"},
	{"current", FIELD_BOOL, MEMBER(workload_share, current),
	 .help = "it runs the newest template"},
	{"health", FIELD_TEXT, MEMBER(workload_share, health),
	 .help = "Healthy, Unhealthy or Unknown"},
	{"replicas", FIELD_INT, MEMBER(workload_share, replicas), .help = "replicas there"},
	{"ready", FIELD_INT, MEMBER(workload_share, ready), .help = "ready ones"},
	{"available", FIELD_INT, MEMBER(workload_share, available), .help = "available ones"},
	{"unplaced", FIELD_INT, MEMBER(workload_share, unplaced),
	 .help = "pods that have been without a node for a minute"},
	{"message", FIELD_TEXT, MEMBER(workload_share, message), .help = "why it is not well"},
	{"trouble", FIELD_TEXT, MEMBER(workload_share, trouble),
	 .help = "what keeps its pods from being ready"},
	{0},
};
static const struct shape workload_share_shape = {"workloadShare", sizeof(struct workload_share),
						  workload_share_fields};

static const struct field workload_fields[] = {
	{"kind", FIELD_TEXT, MEMBER(workload, kind), .flags = FIELD_REQUIRED, .help = "kind"},
	{"name", FIELD_TEXT, MEMBER(workload, name), .flags = FIELD_REQUIRED, .help = "name"},
	{"namespace", FIELD_TEXT, MEMBER(workload, namespace_), .help = "namespace"},
	{"graph", FIELD_TEXT, MEMBER(workload, graph), .help = "graph that it belongs to"},
	{"service", FIELD_TEXT, MEMBER(workload, service), .help = "service that it runs"},
	{"replicas", FIELD_INT, MEMBER(workload, replicas), .help = "wanted by the template"},
	{"scheduled", FIELD_BOOL, MEMBER(workload, scheduled), .help = "clusters were found"},
	{"reason", FIELD_TEXT, MEMBER(workload, reason),
	 .help = "why it is not scheduled or not applied"},
	{"clusters", FIELD_TEXTS, MEMBERS(workload, clusters), .help = "where it should be"},
	{"shares", FIELD_LIST, MEMBERS(workload, shares), .element = &workload_share_shape,
	 .help = "how it fares on each cluster"},
	{"requests", FIELD_CUSTOM, MEMBER(workload, requests), .custom = &amounts_up,
	 .help = "of one replica, as the template says"},
	{"data", FIELD_BOOL, MEMBER(workload, data), .help = "keeps data in volumes"},
	{0},
};
const struct shape workload_shape = {"workload", sizeof(struct workload), workload_fields};

static const struct field reservation_fields[] = {
	{"graph", FIELD_TEXT, MEMBER(reservation, graph), .flags = FIELD_REQUIRED, .help = "graph"},
	{"service", FIELD_TEXT, MEMBER(reservation, service), .flags = FIELD_REQUIRED,
	 .help = "service"},
	{"cluster", FIELD_TEXT, MEMBER(reservation, cluster), .flags = FIELD_REQUIRED,
	 .help = "cluster"},
	{"replicas", FIELD_INT, MEMBER(reservation, replicas), .help = "intended replicas"},
	{"perReplica", FIELD_CUSTOM, MEMBER(reservation, per_replica), .custom = &amounts_up,
	 .help = "what each needs"},
	{0},
};
static const struct field grounded_fields[] = {
	{"graph", FIELD_TEXT, MEMBER(grounded, graph), .flags = FIELD_REQUIRED, .help = "graph"},
	{"service", FIELD_TEXT, MEMBER(grounded, service), .flags = FIELD_REQUIRED,
	 .help = "service of it"},
	{"cluster", FIELD_TEXT, MEMBER(grounded, cluster), .flags = FIELD_REQUIRED,
	 .help = "where it is meant to be"},
	{0},
};
static const struct shape grounded_shape = {"grounded", sizeof(struct grounded), grounded_fields};

static const struct field traffic_fields[] = {
	{"from", FIELD_TEXT, MEMBER(traffic, from), .flags = FIELD_REQUIRED, .help = "caller"},
	{"to", FIELD_TEXT, MEMBER(traffic, to), .flags = FIELD_REQUIRED, .help = "called"},
	{"mbps", FIELD_REAL, MEMBER(traffic, mbps), .min = 0, .max = 1e6,
	 .help = "megabits per second"},
	{0},
};
static const struct shape traffic_shape = {"traffic", sizeof(struct traffic), traffic_fields};

const struct shape reservation_shape = {"reservation", sizeof(struct reservation),
					reservation_fields};

static const struct field refusal_fields[] = {
	{"cluster", FIELD_TEXT, MEMBER(refusal, cluster), .flags = FIELD_REQUIRED,
	 .help = "cluster that had no node for its pods"},
	{"at", FIELD_TEXT, MEMBER(refusal, at), .help = "when that was seen last"},
	{0},
};
static const struct shape refusal_shape = {"refusal", sizeof(struct refusal), refusal_fields};

static const struct field service_state_fields[] = {
	{"service", FIELD_TEXT, MEMBER(service_state, service), .flags = FIELD_REQUIRED,
	 .help = "id"},
	{"status", FIELD_TEXT, MEMBER(service_state, status),
	 .help = "Deployed, Pending, Not deployed, Failed"},
	{"replicas", FIELD_INT, MEMBER(service_state, replicas),
	 .help = "set by hand or by a scaler; absent: as descriptor or chart say"},
	{"asleep", FIELD_BOOL, MEMBER(service_state, asleep), .help = "set to none at all"},
	{"givenBack", FIELD_BOOL, MEMBER(service_state, given_back),
	 .help = "they were set, and shall be as if they had not been"},
	{"setBy", FIELD_TEXT, MEMBER(service_state, set_by), .help = "hand, thresholds or model"},
	{"said", FIELD_INT, MEMBER(service_state, said),
	 .help = "replicas in the descriptor when they were set; another number in it wins"},
	{"refusals", FIELD_LIST, MEMBERS(service_state, refusals), .element = &refusal_shape,
	 .help = "clusters that had no node for its pods in the last hour"},
	{"clusters", FIELD_TEXTS, MEMBERS(service_state, clusters),
	 .help = "where it is meant to be"},
	{0},
};
static const struct shape service_state_shape = {"serviceState", sizeof(struct service_state),
						 service_state_fields};

DOCUMENT_KIND(snapshot, "Snapshot");

static const struct field snapshot_fields[] = {
	DOCUMENT_FIELDS(snapshot),
	{"takenAt", FIELD_TEXT, MEMBER(snapshot, taken_at), .help = "when, RFC 3339 in UTC"},
	{"simulated", FIELD_BOOL, MEMBER(snapshot, simulated), .help = "of a simulated world"},
	{"instance", FIELD_TEXT, MEMBER(snapshot, instance), .help = "SMO state that took it"},
	{"graph", FIELD_TEXT, MEMBER(snapshot, graph), .help = "graph whose facts these are"},
	{"project", FIELD_TEXT, MEMBER(snapshot, project), .help = "project of that graph"},
	{"graphStatus", FIELD_TEXT, MEMBER(snapshot, graph_status),
	 .help = "Running or Stopped; absent: not stored yet"},
	{"clusters", FIELD_LIST, MEMBERS(snapshot, clusters), .element = &cluster_shape,
	 .help = "clusters of the federation"},
	{"charts", FIELD_LIST, MEMBERS(snapshot, charts), .element = &chart_facts_shape,
	 .help = "charts of the graph's services"},
	{"releases", FIELD_LIST, MEMBERS(snapshot, releases), .element = &release_shape,
	 .help = "Helm releases"},
	{"objects", FIELD_LIST, MEMBERS(snapshot, objects), .element = &owned_object_shape,
	 .help = "objects of ours"},
	{"left", FIELD_LIST, MEMBERS(snapshot, left), .element = &left_object_shape,
	 .help = "rules and dashboards of the graph where such go no more"},
	{"workloads", FIELD_LIST, MEMBERS(snapshot, workloads), .element = &workload_shape,
	 .help = "workloads and how they fare"},
	{"grounded", FIELD_LIST, MEMBERS(snapshot, grounded), .element = &grounded_shape,
	 .help = "where services of graphs are that this one is co-located with"},
	{"traffic", FIELD_LIST, MEMBERS(snapshot, traffic), .element = &traffic_shape,
	 .help = "what was measured between services of this graph"},
	{"unmeasured", FIELD_TEXT, MEMBER(snapshot, unmeasured),
	 .help = "why that is not known; absent: it is, or nobody asked"},
	{"reservations", FIELD_LIST, MEMBERS(snapshot, reservations), .element = &reservation_shape,
	 .help = "what other graphs intend"},
	{"services", FIELD_LIST, MEMBERS(snapshot, services), .element = &service_state_shape,
	 .help = "what the state says of the graph's services"},
	{"noRules", FIELD_TEXT, MEMBER(snapshot, no_rules),
	 .help = "why nobody keeps alerting rules here; absent: they are kept"},
	{"unseen", FIELD_TEXT, MEMBER(snapshot, unseen),
	 .help = "why rules or dashboards of the graph could not be seen"},
	{"namespaceExists", FIELD_BOOL, MEMBER(snapshot, namespace_exists),
	 .help = "the project's namespace exists"},
	{"namespaceOurs", FIELD_BOOL, MEMBER(snapshot, namespace_ours), .help = "and we made it"},
	{"foreignInNamespace", FIELD_INT, MEMBER(snapshot, foreign_in_namespace),
	 .help = "releases in it that are not this graph's"},
	{"otherGraphs", FIELD_INT, MEMBER(snapshot, other_graphs),
	 .help = "graphs of this state beside this one"},
	{0},
};
const struct shape snapshot_shape = {"snapshot", sizeof(struct snapshot), snapshot_fields};

const struct cluster *snapshot_cluster(const struct snapshot *s, const char *name)
{
	for (size_t i = 0; i < s->n_clusters; i++) {
		if (str_eq(s->clusters[i].name, name))
			return &s->clusters[i];
	}
	return NULL;
}

const struct chart_facts *snapshot_chart(const struct snapshot *s, const char *service)
{
	for (size_t i = 0; i < s->n_charts; i++) {
		if (str_eq(s->charts[i].service, service))
			return &s->charts[i];
	}
	return NULL;
}

const struct release *snapshot_release(const struct snapshot *s, const char *namespace_,
				       const char *name)
{
	for (size_t i = 0; i < s->n_releases; i++) {
		if (str_eq(s->releases[i].name, name) &&
		    str_eq(s->releases[i].namespace_, namespace_))
			return &s->releases[i];
	}
	return NULL;
}

static const char *label(const struct node *labels, const char *key)
{
	const struct node *n = node_get(labels, key);

	return n && n->kind == NODE_STR ? n->str : NULL;
}

/* What every object has, and what a snapshot must not show. */
static bool is_body(const char *kind, const char *key)
{
	static const char *const heads[] = {"apiVersion", "kind", "metadata", "status"};

	for (size_t i = 0; i < countof(heads); i++) {
		if (str_eq(key, heads[i]))
			return false;
	}
	return !str_eq(kind, "Secret") || (!str_eq(key, "data") && !str_eq(key, "stringData"));
}

void owned_object_of(struct arena *a, const struct node *manifest, struct owned_object *ret_object)
{
	const struct node *labels = node_at(manifest, "metadata.labels");
	const char *kind = node_str(manifest, "kind");
	struct node *body = node_new(a, NODE_MAP);

	for (const struct node *c = node_first(manifest); c; c = c->next) {
		if (is_body(kind, c->key))
			node_set(body, c->key, node_copy(a, c));
	}
	*ret_object = (struct owned_object){
		.api_version = node_str(manifest, "apiVersion"),
		.kind = kind,
		.name = node_str(manifest, "metadata.name"),
		.namespace_ = node_str(manifest, "metadata.namespace"),
		.graph = label(labels, LABEL_GRAPH),
		.service = label(labels, LABEL_SERVICE),
		.project = label(labels, LABEL_PROJECT),
		.instance = label(labels, LABEL_INSTANCE),
		.body = body,
	};
}
