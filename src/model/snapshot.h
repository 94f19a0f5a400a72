// SPDX-License-Identifier: Apache-2.0
/*
 * The world as it was seen at one instant: the only way facts enter a decision.
 *
 * A document (apiVersion smo/v1, kind Snapshot) that can be saved, mailed and tested.  It holds no
 * secret: values under secret-looking keys are hashes.  All lists are sorted by name, so
 * equal worlds are equal bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "doc/bind.h"
#include "model/quantity.h"

struct taint {
	const char *key, *value;
	const char *effect; /* NoSchedule, PreferNoSchedule, NoExecute */
};

struct distance {
	const char *to;      /* cluster */
	double latency_ms;   /* round trip; 0 is unknown */
	double egress_price; /* per GB */
};

struct cluster {
	const char *name;
	bool ready;
	const char *ready_reason; /* why not, in the control plane's words */
	bool cordoned;            /* by `smo cluster cordon` */
	bool gone;                /* once known, not in the control plane any more */
	const char *region, *provider, *kubernetes_version, *sync_mode, *location;
	const char **zones;
	size_t n_zones;
	struct text_pair *labels;
	size_t n_labels;
	struct text_pair *annotations; /* those of our domain */
	size_t n_annotations;
	struct taint *taints;
	size_t n_taints;
	bool has_summary;            /* false: it reports no resources at all */
	struct amounts allocatable;  /* in all nodes together */
	struct amounts allocated;    /* requests of all bound pods */
	struct amounts largest_node; /* allocatable of the largest node; empty: unknown */
	int64_t nodes_total, nodes_ready;
	bool has_mcs;                   /* serves multicluster.x-k8s.io (ServiceExport/Import) */
	double price_cpu, price_memory; /* per core-hour and GiB-hour; 0 is unknown */
	double carbon;                  /* gCO2e per kWh, or any relative figure; 0 is unknown */
	bool has_carbon;
	bool devices; /* devices of virtual objects are near: deviceProximity */
	struct distance *distances;
	size_t n_distances;
	struct text_pair *origins; /* of properties: label, annotation, settings, set by hand */
	size_t n_origins;
};

/* ---- charts ---- */
struct container_facts {
	const char *name;
	struct amounts requests, limits;
};

/* How the policy that a chart brings divides replicas between the clusters it names. */
enum policy_divides {
	DIVIDES_NOT,      /* each cluster has them all */
	DIVIDES_EVENLY,   /* no cluster goes without while there are enough */
	DIVIDES_UNEVENLY, /* by weights, by room: a cluster may have none */
};

/* One object that a chart renders. */
struct object_facts {
	const char *api_version, *kind, *name;
	const char *namespace_; /* NULL: the release's */
	bool cluster_scoped;
	bool hook;        /* a Helm hook; not part of the manifest */
	bool data;        /* holds data that a move would lose: PVC, hostPath, claim templates */
	int64_t replicas; /* workloads: spec.replicas, of a Job how many pods run at a time; -1 when
			     not written or no workload */
	const char *pod_path; /* workloads: path of the pod template, "/spec/template"; else NULL */
	struct container_facts *containers;
	size_t n_containers;
	struct amounts besides; /* of each pod, on top of its containers: sidecars, overhead */
	struct amounts start;   /* what each pod needs at least, for its init containers */
	const char **ports;     /* Service: "port/protocol" */
	size_t n_ports;
	bool own_policy;     /* covered by a PropagationPolicy that the chart itself brings */
	bool policy_follows; /* ... whose clusters follow the value clustersAffinity */
	int policy_divides;  /* enum policy_divides */
};

/* How the names of clusters are written for a chart; of the last two forms it names one only. */
enum names_form {
	NAMES_LIST,     /* [a, b] */
	NAMES_JOINED,   /* ["a,b"]: it prints the list, or its first item, between brackets */
	NAMES_TEXT,     /* "a,b" */
	NAMES_ONE,      /* [a]: of a list it takes the first */
	NAMES_ONE_TEXT, /* "a" */
	N_NAMES_FORMS,
};

/* What a chart is and what it renders for the values of one service. */
struct chart_facts {
	const char *service;
	const char *ref;    /* as written */
	const char *digest; /* sha256:... of what will be installed; pinned at planning time */
	const char *now;    /* of what ref stands for by now, when that is another chart; or NULL */
	const char *name, *version, *app_version;
	bool reads_affinity; /* renders differently when clustersAffinity changes (legacy style) */
	/* The one place where it reads them, "clustersAffinity" or "voChartOverwrite.
	 * clustersAffinity"; NULL: both, or not known. */
	const char *affinity_path;
	const char **other_affinity; /* paths besides that one: subcharts that read their own */
	size_t n_other_affinity;
	int affinity_form, imports_form; /* enum names_form of clustersAffinity and of
					    serviceImportClusters */
	const char **own_clusters;       /* those that its own policies name for what has pods, when
					    nobody tells it any */
	size_t n_own_clusters;
	bool has_schema; /* values.schema.json: unknown values may be refused */
	const char
		*replicas_path; /* value that sets replicas: "replicas" / "replicaCount", or NULL */
	const char *error; /* the chart cannot be had or rendered: why; the rest is empty then */
	bool refused;      /* error: the chart does not take the values it is given */
	struct object_facts *objects;
	size_t n_objects;
};

/* ---- what is ours in the control plane ---- */
struct release {
	const char *name, *namespace_;
	const char *graph, *service, *project, *instance; /* labels; NULL when not ours */
	const char *status; /* deployed, failed, pending-install, ... (Helm's words) */
	int64_t revision;
	const char *chart_digest, *values_hash; /* labels of ours */
	const char *chart_version;
};

/* An object of ours: policy, override, export, import, namespace ... */
struct owned_object {
	const char *api_version, *kind, *name, *namespace_;
	const char *graph, *service, *project, *instance;
	struct node *body; /* spec (and data) only */
};

/* Rules or a dashboard of the graph, in a place where such go no more. */
struct left_object {
	const char *api_version, *kind, *name, *namespace_;
	const char *place; /* model/kinds.h */
};

/* How a workload fares on one cluster. */
struct workload_share {
	const char *cluster;
	bool applied;
	bool current;       /* the cluster runs the generation that the template asks for */
	const char *health; /* Healthy, Unhealthy, Unknown */
	int64_t replicas, ready, available;
	int64_t unplaced;    /* pods for which its scheduler has found no node for a while */
	const char *message; /* why not applied, or NULL */
	const char *trouble; /* of its pods, or NULL */
};

struct workload {
	const char *kind, *name, *namespace_;
	const char *graph, *service; /* from the release that owns it; NULL when unknown */
	int64_t replicas;            /* wanted by the template in the control plane */
	bool scheduled;
	const char *reason;    /* of the binding when it is not scheduled or not fully applied */
	const char **clusters; /* where the binding wants it */
	size_t n_clusters;
	struct workload_share *shares;
	size_t n_shares;
	struct amounts requests; /* per replica, as the template says */
	bool data;               /* keeps data: claims, claim templates, hostPath */
};

/* What another graph intends and may not use yet. */
struct reservation {
	const char *graph, *service, *cluster;
	int64_t replicas;
	struct amounts per_replica;
};

/* Where a service of another graph is meant to be: for coLocation with a groundedGraphId. */
struct grounded {
	const char *graph, *service, *cluster;
};

/* What was measured between two services of this graph. */
struct traffic {
	const char *from, *to; /* caller, called */
	double mbps;
};

/* A cluster that had no node for some pods of a service, not long ago. */
struct refusal {
	const char *cluster;
	const char *at; /* RFC 3339, UTC */
};

/* What the state says about the graph being decided: where its services are meant to be now. */
struct service_state {
	const char *service;
	const char *status;  /* Deployed, Pending, Not deployed, Failed ... */
	int64_t replicas;    /* set by hand or by a scaler; 0: as descriptor or chart say */
	bool asleep;         /* set to none at all */
	bool given_back;     /* they were set, and shall be as if they had not been */
	const char *set_by;  /* hand, thresholds, model; NULL: nobody, or unknown */
	const char *set_why; /* for the reason of a step; not written */
	int64_t said; /* what the descriptor said then: another number in it wins; 0: nothing */
	const char **clusters;
	size_t n_clusters;
	struct refusal *refusals;
	size_t n_refusals;
};

struct snapshot {
	const char *taken_at; /* RFC 3339, UTC */
	bool simulated;
	const char *instance; /* of this SMO state */
	const char *graph;    /* whose facts these are; NULL: clusters only */
	const char *project;
	const char *graph_status; /* Running, Stopped; NULL when not stored yet */
	struct cluster *clusters;
	size_t n_clusters;
	struct chart_facts *charts;
	size_t n_charts;
	struct release *releases;
	size_t n_releases;
	struct owned_object *objects;
	size_t n_objects;
	struct left_object *left;
	size_t n_left;
	struct workload *workloads;
	size_t n_workloads;
	struct reservation *reservations;
	size_t n_reservations;
	struct grounded *grounded; /* of the graphs that this one is co-located with */
	size_t n_grounded;
	struct traffic *traffic; /* a figure in the descriptor wins */
	size_t n_traffic;
	const char *unmeasured; /* why traffic is not known although it is asked for, or NULL */
	struct service_state *services;
	size_t n_services;
	const char *no_rules; /* why nobody keeps alerting rules here, or NULL */
	const char *unseen;   /* why rules or dashboards of the graph could not be seen, or NULL */
	bool namespace_exists, namespace_ours;
	int64_t foreign_in_namespace; /* releases, and objects that no release made, which are not
					 this graph's */
	int64_t other_graphs;         /* graphs of this state beside this one */
};

/* The value that names @names in @form. */
struct node *names_written(struct arena *a, enum names_form form, const char *const *names,
			   size_t n);
bool names_form_is_single(enum names_form form);

extern const struct shape snapshot_shape, cluster_shape, chart_facts_shape, release_shape,
	owned_object_shape, left_object_shape, workload_shape, reservation_shape, taint_shape,
	distance_shape, object_facts_shape;

const struct cluster *snapshot_cluster(const struct snapshot *s, const char *name);
const struct chart_facts *snapshot_chart(const struct snapshot *s, const char *service);
const struct release *snapshot_release(const struct snapshot *s, const char *namespace_,
				       const char *name);

/* What a snapshot keeps of @manifest: its names, our labels, and everything but metadata and status
 * (of a Secret not its data either). */
void owned_object_of(struct arena *a, const struct node *manifest, struct owned_object *ret_object);
