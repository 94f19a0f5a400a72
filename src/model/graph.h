// SPDX-License-Identifier: Apache-2.0
/*
 * The hyper-distributed application graph: what the user asked for, typed.
 *
 * graph_shape reads and writes the value of `hdaGraph`; graph_unwrap finds that value in every
 * wrapping the original knew.  Reading keeps the user's words ("small", "750m"); plan/intent.h
 * turns them into amounts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "doc/bind.h"
#include "doc/node.h"
#include "model/quantity.h"

enum event_condition { EVENTS_ANY, EVENTS_ALL }; /* ANY, OR; ALL, AND */
enum on_resolve { RESOLVE_KEEP, RESOLVE_UNDEPLOY };
enum latency_qos { QOS_BEST_EFFORT, QOS_LOW, QOS_ULTRALOW };
enum recovery_policy { RECOVERY_AUTOMATIC, RECOVERY_MANUAL };

struct event_source {
	const char *service_id; /* NULL when written as a scalar such as `prometheus` */
	const char *metric_id;
	const char *name; /* the scalar, or NULL */
};

struct event {
	const char *id;
	struct event_source *sources;
	size_t n_sources;
	const char *prom_query;
	const char *grace_period; /* a Prometheus duration, as written */
	const char *description;
	struct mark at;
};

/* `auto`, `type: standard`, `{}` and a missing trigger all mean "now": is_event false. */
struct trigger {
	bool is_event;
	const char **dependencies; /* auto.dependencies: services that must be ready first */
	size_t n_dependencies;
	enum event_condition condition;
	struct event *events;
	size_t n_events;
	enum on_resolve on_resolve; /* our extension: event.onResolve */
	const char *cooldown;       /* our extension: event.cooldown, a duration; NULL is 5m */
	struct mark at;
	const struct mark *dependencies_at; /* [n_dependencies], or NULL */
};

struct gpu_intent {
	bool enabled;
	int64_t count;        /* 1 when enabled and not given */
	const char *resource; /* "nvidia.com/gpu" when not given */
};

struct latency_intent {
	const char *connection_point; /* NULL or "" means the next service called */
	enum latency_qos qos;
	struct mark at;
};

/* How much is exchanged with a service that is called (our extension, `network.traffic`). */
struct traffic_intent {
	const char *connection_point; /* NULL or "": all that are called */
	double mbps;
	struct mark at;
};

struct co_location {
	const char *id;                /* a service of this graph, or of the grounded one */
	const char *grounded_graph_id; /* a graph already deployed, or NULL */
	struct mark at;
};

struct service_ha {
	bool enabled;
	int64_t replicas_across_clusters; /* 0: not given */
	enum recovery_policy recovery_policy;
};

/* Where a service may run (our extension, `deployment.intent.location`); empty lists allow all. */
struct location_intent {
	const char **clusters, **regions, **zones, **providers;
	size_t n_clusters, n_regions, n_zones, n_providers;
	const char **tolerations; /* keys of cluster taints that this service tolerates */
	size_t n_tolerations;
};

/* Where the chart wants what SMO decides (our extension, `artifact.valuesMapping`): dotted paths
 * into the values, such as "resources.requests.cpu"; NULL when SMO must do it from outside. */
struct values_mapping {
	const char *replicas, *cpu, *memory, *gpu, *clusters, *import_clusters;
};

/* How load and replicas hang together: n replicas sustain alpha * n + beta requests a second. */
struct scaling_model {
	double alpha, beta;
};

struct scaling_tolerance {
	double up, down; /* shares */
};

/* How fast replicas may become more, or fewer.  Durations as written, NULL or 0: not given. */
struct scaling_way {
	const char *stabilization;
	int64_t replicas;
	double percent;
	const char *period;
};

enum if_missing { MISSING_HOLD, MISSING_ZERO };

/* Our extension `deployment.scaling`; what is NULL or 0 is for the settings to say. */
struct scaling {
	struct scaling_model *model;
	const char *query;  /* PromQL with $service, $project, $window */
	const char *window; /* a duration */
	enum if_missing if_missing;
	double target;
	int64_t min, max;
	bool to_zero, paused;
	struct scaling_tolerance *tolerance;
	struct scaling_way *up, *down;
	const char *initial, *cooldown; /* durations */
	struct mark at, query_at;
};

struct service {
	const char *id;
	const char *name; /* display name, or NULL */

	/* artifact */
	const char
		*oci_image; /* as written: oci://host/path[:tag][@digest], or a path to a chart */
	const char *type, *implementer;
	const char *run_name, *run_version;
	struct node *values; /* valuesOverwrite, a map; NULL when absent */
	struct values_mapping mapping;

	/* deployment */
	struct trigger trigger;
	int64_t replicas;        /* our extension deployment.replicas; 0: the chart's own choice */
	struct scaling *scaling; /* NULL: not given */
	const char *cpu, *ram, *storage; /* a level or a quantity, as written; NULL when absent */
	struct gpu_intent gpu;
	const char **connection_points; /* ids of the services this one calls, each once */
	size_t n_connection_points;
	struct latency_intent *latencies;
	size_t n_latencies;
	struct traffic_intent *traffic;
	size_t n_traffic;
	struct co_location *co_locations;
	size_t n_co_locations;
	bool device_proximity;
	struct service_ha ha;
	struct location_intent location;
	struct node *metrics;

	struct amounts demand; /* per replica; filled by intent_apply() */
	int64_t at_least;      /* replicas for minReplicasOverall; filled by intent_apply() */
	struct mark at;        /* of the service, for messages */
	struct mark id_at;
	struct mark cpu_at, ram_at, storage_at, image_at;
	const struct mark *connection_points_at; /* [n_connection_points], or NULL */
};

/* What a unit of each is worth to the user; the sum counts.  Units stand in docs/intents.md. */
struct placement_weights {
	double price, carbon, latency, moves, balance;
};

/* How placements are judged (our extension, `hdaGraphIntent.placement`). */
struct placement_intent {
	const char *policy;                /* NULL: not given */
	struct placement_weights *weights; /* NULL: the policy's own order of terms */
	int64_t move_budget;               /* moves that need not be */
	bool has_move_budget;
	double minimum_gain; /* percent */
	bool has_minimum_gain;
};

struct graph_intent {
	bool use_static_placement;
	struct placement_intent placement;
	bool security, high_performance, energy_efficiency;
	bool high_availability;
	int64_t min_replicas_overall, max_replicas_overall; /* 0: not given */
	struct mark at;
};

struct graph {
	const char *im_version;
	const char *id;
	const char *version;
	const char *designer, *description;
	struct graph_intent intent;
	struct service *services;
	size_t n_services;
	struct mark id_at, version_at, im_version_at;
};

/* The words for an amount; what they are worth is plan/intent.h's.  NULL-terminated. */
extern const char *const graph_levels[];

/* What placements may be judged by.  NULL-terminated; the first is the default. */
extern const char *const place_policies[];

extern const struct shape graph_shape, placement_intent_shape;

/* The whole document with its wrapping, for its schema; graph_read() is what reads it. */
extern const struct shape descriptor_shape;

/*
 * The value of `hdaGraph` in @doc: `{hdaGraph: ...}`, `{hdag: {hdaGraph: ...}}` (pre-history). Adds
 * a problem and returns NULL when there is none.
 */
struct node *graph_unwrap(struct node *doc, struct problems *ps);

/* Read a whole descriptor (@doc: any wrapping) and check what one field alone can tell. */
void graph_read(struct arena *a, struct node *doc, struct graph *ret_graph, struct problems *ps);

/*
 * @text as an amount of @resource for demand: a quantity, of bytes also with a final B as in
 * "500MiB"; rounded up.  ERR_INPUT when it is none (a level is none).
 */
struct err *graph_amount(struct arena *a, const char *resource, const char *text,
			 int64_t *ret_value) must_check;

/* The service called @id, or NULL. */
struct service *graph_service(const struct graph *g, const char *id);
