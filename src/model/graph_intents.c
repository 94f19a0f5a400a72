// SPDX-License-Identifier: Apache-2.0
/*
 * Intents for the placement: of the whole graph, and how a service is connected.  What each means
 * is told in docs/intents.md.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/node.h"
#include "model/document.h"
#include "model/graph.h"
#include "model/graph_parts.h"

#define AT(type, member)    .at_offset = offsetof(struct type, member) + 1
#define GIVEN(type, member) .given_offset = offsetof(struct type, member) + 1

enum { NULLABLE = FIELD_NULLABLE };

const char *const place_policies[] = {"stable",          "reoptimise", "first-fit", "cheapest",
				      "greenest",        "fastest",    "balanced",  "carbon-aware",
				      "green-heuristic", NULL};

/* ---- network ---- */

static const char *const qos_words[] = {"best-effort", "low", "ultralow", NULL};

static const struct field latency_fields[] = {
	{"connectionPoint", FIELD_TEXT, MEMBER(latency_intent, connection_point), .flags = NULLABLE,
	 .help = "the service called; all of them when left out or empty"},
	{"qos", FIELD_ENUM, MEMBER(latency_intent, qos), .flags = NULLABLE, .words = qos_words,
	 .help = "ultralow is below 10 ms, low is one hop: 20 ms at most"},
	{0},
};
static const struct shape latency_shape = {"latency", sizeof(struct latency_intent), latency_fields,
					   AT(latency_intent, at)};

static const struct field traffic_fields[] = {
	{"connectionPoint", FIELD_TEXT, MEMBER(traffic_intent, connection_point), .flags = NULLABLE,
	 .help = "the service called; all of them when left out or empty"},
	{"mbps", FIELD_REAL, MEMBER(traffic_intent, mbps), .flags = FIELD_REQUIRED, .min = 0,
	 .max = 1e6, .help = "megabits per second between the two"},
	{0},
};
static const struct shape traffic_shape = {"traffic", sizeof(struct traffic_intent), traffic_fields,
					   AT(traffic_intent, at)};

static const struct field network_fields[] = {
	{"deviceProximity", FIELD_STRUCT, MEMBER(service, device_proximity), .flags = NULLABLE,
	 .element = &enabled_shape, .help = "run on a cluster that has devices near"},
	{"latencies", FIELD_LIST, MEMBERS(service, latencies), .flags = NULLABLE,
	 .element = &latency_shape, .help = "how near the services it calls must be"},
	{"traffic", FIELD_LIST, MEMBERS(service, traffic), .flags = NULLABLE,
	 .element = &traffic_shape, .help = "how much it exchanges with the services it calls"},
	{"connectionPoints", FIELD_CUSTOM, 0, .flags = NULLABLE | FIELD_ALIAS,
	 .custom = &connection_points, .help = "an old place of intent.connectionPoints"},
	{0},
};
const struct shape network_shape = {"network intent", sizeof(struct service), network_fields};

/* ---- the rest of the intents of a service ---- */

static struct node *co_location_rewrite(struct arena *a, const struct node *n)
{
	if (n->kind != NODE_STR)
		return NULL;
	struct node *map = node_new(a, NODE_MAP);
	map->at = n->at;
	node_set(map, "id", node_copy(a, n));
	return map;
}

static struct node *co_location_schema(struct arena *a)
{
	struct node *n = node_new(a, NODE_MAP);

	node_set_str(a, n, "type", "string");
	return n;
}

static const struct field co_location_fields[] = {
	{"id", FIELD_TEXT, MEMBER(co_location, id), .flags = FIELD_REQUIRED | FIELD_NON_EMPTY,
	 .help = "a service"},
	{"groundedGraphId", FIELD_TEXT, MEMBER(co_location, grounded_graph_id), .flags = NULLABLE,
	 .help = "the deployed graph it belongs to, when it is not this one"},
	{0},
};
const struct shape co_location_shape = {"co-location",
					sizeof(struct co_location),
					co_location_fields,
					.rewrite = co_location_rewrite,
					.rewrite_schema = co_location_schema,
					AT(co_location, at)};

static const char *const recovery_words[] = {"automatic", "manual_trigger", NULL};

static const struct field ha_fields[] = {
	{"enabled", FIELD_CUSTOM, MEMBER(service_ha, enabled), .flags = NULLABLE,
	 .custom = &loose_bool, .help = "spread it over clusters"},
	{"replicasAcrossClusters", FIELD_INT, MEMBER(service_ha, replicas_across_clusters),
	 .flags = NULLABLE, .min = 1, .max = 1000, .help = "on how many clusters it runs"},
	{"recoveryPolicy", FIELD_ENUM, MEMBER(service_ha, recovery_policy), .flags = NULLABLE,
	 .words = recovery_words,
	 .help = "off a failed cluster by itself, or when a re-placement is asked for"},
	{0},
};
const struct shape ha_shape = {"availability intent", sizeof(struct service_ha), ha_fields,
			       .rewrite = enabled_rewrite, .rewrite_schema = enabled_schema};

/* ---- the whole graph ---- */

static const struct field availability_fields[] = {
	{"enabled", FIELD_CUSTOM, MEMBER(graph_intent, high_availability), .flags = NULLABLE,
	 .custom = &loose_bool,
	 .help = "the placement is final: services move only when they must"},
	{"minReplicasOverall", FIELD_INT, MEMBER(graph_intent, min_replicas_overall),
	 .flags = NULLABLE, .min = 1, .max = 1000000, .help = "replicas of all services, at least"},
	{"maxReplicasOverall", FIELD_INT, MEMBER(graph_intent, max_replicas_overall),
	 .flags = NULLABLE, .min = 1, .max = 1000000, .help = "replicas of all services, at most"},
	{0},
};
static const struct shape availability_shape = {
	"graph availability intent", sizeof(struct graph_intent), availability_fields,
	.rewrite = enabled_rewrite, .rewrite_schema = enabled_schema};

/* A policy, or near enough to one to suggest it; which there are is place_policies[]. */
static void policy_read(struct arena *a, const struct node *n, const char *key, void *member,
			struct problems *ps)
{
	const char **text = member;

	*text = n->kind == NODE_STR ? n->str : "";
	for (size_t i = 0; place_policies[i]; i++)
		if (str_eq(*text, place_policies[i]))
			return;
	const char *like = str_suggest(a, *text, place_policies);
	problems_add(ps, SEVERITY_ERROR, n->at, "unknown-policy",
		     "'%s': there is no placement policy '%s'", key, *text)
		->hint = like ? arena_printf(a, "Did you mean '%s'?", like) : NULL;
	*text = NULL;
}

static struct node *policy_write(struct arena *a, const void *member)
{
	const char *const *text = member;

	return *text ? node_new_str(a, *text) : NULL;
}

static struct node *policy_schema(struct arena *a)
{
	struct node *n = node_new(a, NODE_MAP), *words = node_list_in(a, n, "enum");

	for (size_t i = 0; place_policies[i]; i++)
		node_add(words, node_new_str(a, place_policies[i]));
	return n;
}

static const struct custom policy_word = {"a placement policy", policy_read, policy_write,
					  policy_schema};

#define WEIGHT(name) MEMBER(placement_weights, name), .flags = NULLABLE, .min = 0, .max = 1e6
static const struct field weights_fields[] = {
	{"price", FIELD_REAL, WEIGHT(price), .help = "of one unit of money for an hour"},
	{"carbon", FIELD_REAL, WEIGHT(carbon), .help = "of one core, times the carbon figure"},
	{"latency", FIELD_REAL, WEIGHT(latency), .help = "of one ms on one link of 1 Mbit/s"},
	{"moves", FIELD_REAL, WEIGHT(moves), .help = "of one service that moves"},
	{"balance", FIELD_REAL, WEIGHT(balance),
	 .help = "of one percent of all capacity that is used above the even share"},
	{0},
};
static const struct shape weights_shape = {"placement weights", sizeof(struct placement_weights),
					   weights_fields};

static const struct field placement_fields[] = {
	{"policy", FIELD_CUSTOM, MEMBER(placement_intent, policy), .flags = NULLABLE,
	 .custom = &policy_word, .help = "what a placement is judged by"},
	{"weights", FIELD_PTR, MEMBER(placement_intent, weights), .flags = NULLABLE,
	 .element = &weights_shape, .help = "a policy of your own: the sum counts"},
	{"moveBudget", FIELD_INT, MEMBER(placement_intent, move_budget), .flags = NULLABLE,
	 .min = 0, .max = 1000000, GIVEN(placement_intent, has_move_budget),
	 .help = "how many services may move at once that need not"},
	{"minimumGain", FIELD_REAL, MEMBER(placement_intent, minimum_gain), .flags = NULLABLE,
	 .min = 0, .max = 100, GIVEN(placement_intent, has_minimum_gain),
	 .help = "percent that a re-placement must gain, else nothing moves; 1 when left out"},
	{0},
};
const struct shape placement_intent_shape = {"placement intent", sizeof(struct placement_intent),
					     placement_fields};

static const struct field graph_intent_fields[] = {
	{"useStaticPlacement", FIELD_CUSTOM, MEMBER(graph_intent, use_static_placement),
	 .flags = NULLABLE, .custom = &loose_bool,
	 .help = "the charts say where they run; SMO decides nothing"},
	{"placement", FIELD_STRUCT, MEMBER(graph_intent, placement), .flags = NULLABLE,
	 .element = &placement_intent_shape, .help = "how placements of this graph are judged"},
	{"security", FIELD_STRUCT, MEMBER(graph_intent, security), .flags = NULLABLE,
	 .element = &enabled_shape,
	 .help = "services that talk share a cluster: nothing is said across clusters"},
	{"highAvailability", FIELD_STRUCT, 0, .flags = NULLABLE, .element = &availability_shape,
	 .help = "availability of the whole"},
	{"highPerformance", FIELD_STRUCT, MEMBER(graph_intent, high_performance), .flags = NULLABLE,
	 .element = &enabled_shape, .help = "keep services that call each other near"},
	{"energyEfficiency", FIELD_STRUCT, MEMBER(graph_intent, energy_efficiency),
	 .flags = NULLABLE, .element = &enabled_shape,
	 .help = "prefer clusters of little carbon, else cheap ones"},
	{0},
};
const struct shape graph_intent_shape = {"graph intent", sizeof(struct graph_intent),
					 graph_intent_fields, AT(graph_intent, at)};
