// SPDX-License-Identifier: Apache-2.0
/*
 * What SMO remembers: graphs, services, clusters, revisions, operations with their steps, events,
 * reservations, leases and things due later.
 *
 * Every call is one transaction unless it stands between begin and commit.  Times are
 * milliseconds since 1970 UTC.  Documents (struct node *) are stored as JSON.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;
struct err;
struct node;
struct reservation;

struct graph_row {
	const char *name, *project;
	const char *status;      /* Running, Stopped, Deploying, Degraded ... */
	const char *grafana;     /* URL or NULL */
	struct node *descriptor; /* the value of hdaGraph, as given */
	struct node *placement;  /* placement document, or NULL (static) */
	struct node *conditions; /* list of {type, status, reason, message, since}, or NULL */
	struct node *places; /* where its rules and dashboards may lie: engine/watched.h; or NULL */
	bool cluster_scoped; /* its charts were allowed objects outside of the project */
	int64_t revision;    /* the current one */
	int64_t created, updated;
};

struct service_row {
	const char *graph, *name;
	const char *status;                     /* Deployed, Not deployed, Pending, Failed */
	const char *grafana, *cluster_affinity; /* comma-separated cluster names, or NULL */
	const char *artifact_ref, *artifact_type, *artifact_implementer;
	const char *cpu, *memory, *storage, *gpu; /* display text of the original: "0.5", "1GiB" */
	struct node *values_overwrite, *alert;
	int64_t replicas;   /* wanted by hand or by the scaler; 0: the chart's */
	const char *digest; /* pinned chart digest, or NULL */
	struct node
		*scaling; /* what is remembered for scaling it (model/scale_memory.h), or NULL */
};

/* What we know of a cluster beside what the control plane says now. */
struct cluster_row {
	const char *name, *location;
	double available_cpu;      /* cores at the last sync */
	const char *available_ram; /* "14.77 GiB" */
	bool availability, acceleration;
	const char *grafana;
	bool cordoned, gone;
	struct node *properties; /* set by `smo cluster set`: prices, carbon, latency ... or NULL */
	struct node *facts;      /* the cluster document at the last sync */
	int64_t last_seen;
};

struct revision_row {
	const char *graph;
	int64_t number;
	struct node *descriptor, *placement, *pins; /* pins: service -> chart digest */
	const char *message;
	int64_t created;
};

struct operation_row {
	const char *id, *verb, *graph, *project;
	const char *state; /* running, done, failed, cancelled, interrupted */
	struct node *desired, *plan;
	const char *inputs_hash, *error;
	bool cancel;
	int64_t started, ended; /* ended 0: not yet */
};

struct step_row {
	const char *operation;
	int64_t n;
	const char *state; /* pending, started, done, failed, skipped */
	const char *error;
	int64_t started, ended;
};

struct event_row {
	int64_t id; /* monotonic; filled by the store */
	int64_t time;
	const char *graph, *service, *operation; /* or NULL */
	const char *type;                        /* Normal, Warning */
	const char *reason;                      /* CamelCase word: Placed, StepFailed ... */
	const char *message;
	struct node *meta; /* or NULL */
};

struct due_row {
	int64_t id; /* filled by the store */
	int64_t at;
	const char *kind, *graph, *service;
	struct node *payload;
};

struct lease {
	const char *graph, *holder; /* holder: "host:pid:random" */
	int64_t fence;              /* grows with every acquisition of this graph's lease */
	int64_t expires;
};

struct event_filter {
	const char *graph; /* NULL: all */
	int64_t after_id;
	int64_t limit; /* 0: 1000; negative: the newest ones, as many; always oldest first */
};

struct store_port {
	struct err *(*instance)(void *self, struct arena *a, const char **ret_uuid)must_check;

	struct err *(*begin)(void *self, struct arena *a)must_check;
	struct err *(*commit)(void *self, struct arena *a)must_check;
	void (*rollback)(void *self); /* nothing happens outside a transaction */

	/* ERR_NOT_FOUND when there is no such row. */
	struct err *(*graph_get)(void *self, struct arena *a, const char *name,
				 struct graph_row *ret_row)must_check;
	/* By name; @project NULL: all. */
	struct err *(*graph_list)(void *self, struct arena *a, const char *project,
				  struct graph_row **ret_rows, size_t *ret_n)must_check;
	struct err *(*graph_put)(void *self, struct arena *a,
				 const struct graph_row *row)must_check;
	/* With its services, revisions, reservations and due rows; operations and events stay. */
	struct err *(*graph_delete)(void *self, struct arena *a, const char *name)must_check;

	struct err *(*service_list)(void *self, struct arena *a, const char *graph,
				    struct service_row **ret_rows, size_t *ret_n)must_check;
	/* The rows of a graph become exactly these. */
	struct err *(*services_put)(void *self, struct arena *a, const char *graph,
				    const struct service_row *rows, size_t n)must_check;
	/* The graph that holds service @name in @project, ERR_NOT_FOUND when none does. */
	struct err *(*service_owner)(void *self, struct arena *a, const char *project,
				     const char *name, const char **ret_graph)must_check;

	struct err *(*cluster_list)(void *self, struct arena *a, struct cluster_row **ret_rows,
				    size_t *ret_n)must_check;
	struct err *(*cluster_put)(void *self, struct arena *a,
				   const struct cluster_row *row)must_check;

	/* Number 0 is the newest. */
	struct err *(*revision_get)(void *self, struct arena *a, const char *graph, int64_t number,
				    struct revision_row *ret_row)must_check;
	struct err *(*revision_list)(void *self, struct arena *a, const char *graph,
				     struct revision_row **ret_rows, size_t *ret_n)must_check;
	struct err *(*revision_put)(void *self, struct arena *a,
				    const struct revision_row *row)must_check;

	struct err *(*operation_get)(void *self, struct arena *a, const char *id,
				     struct operation_row *ret_row)must_check;
	/* Newest first; @graph NULL: all; @limit 0: 100. */
	struct err *(*operation_list)(void *self, struct arena *a, const char *graph, int64_t limit,
				      struct operation_row **ret_rows, size_t *ret_n)must_check;
	struct err *(*operation_put)(void *self, struct arena *a,
				     const struct operation_row *row)must_check;
	struct err *(*step_put)(void *self, struct arena *a, const struct step_row *row)must_check;
	struct err *(*step_list)(void *self, struct arena *a, const char *operation,
				 struct step_row **ret_rows, size_t *ret_n)must_check;

	struct err *(*event_add)(void *self, struct arena *a,
				 const struct event_row *row)must_check;
	struct err *(*event_list)(void *self, struct arena *a, const struct event_filter *filter,
				  struct event_row **ret_rows, size_t *ret_n)must_check;

	/* What every graph but @except (NULL: none) intends. */
	struct err *(*reservation_list)(void *self, struct arena *a, const char *except,
					struct reservation **ret_rows, size_t *ret_n)must_check;
	/* The reservations of @graph become exactly these. */
	struct err *(*reservations_put)(void *self, struct arena *a, const char *graph,
					const struct reservation *rows, size_t n)must_check;

	/*
	 * Take the lease of @graph for @holder until @now + @ms.  ERR_LOCKED, naming the holder,
	 * while somebody else's has not expired.  Taking one's own again renews it (same fence).
	 */
	struct err *(*lease_take)(void *self, struct arena *a, const char *graph,
				  const char *holder, int64_t now, int64_t ms,
				  struct lease *ret_lease)must_check;
	/* ERR_LOCKED when the lease is not ours any more (another fence). */
	struct err *(*lease_check)(void *self, struct arena *a,
				   const struct lease *lease)must_check;
	struct err *(*lease_drop)(void *self, struct arena *a, const struct lease *lease)must_check;

	struct err *(*due_add)(void *self, struct arena *a, const struct due_row *row)must_check;
	struct err *(*due_list)(void *self, struct arena *a, int64_t until,
				struct due_row **ret_rows, size_t *ret_n)must_check;
	struct err *(*due_delete)(void *self, struct arena *a, int64_t id)must_check;
	void *self;
};
