// SPDX-License-Identifier: Apache-2.0
#include "engine/observe.h"

#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "engine/observe_charts.h"
#include "engine/observe_clusters.h"
#include "engine/observe_traffic.h"
#include "engine/watched.h"
#include "model/kinds.h"
#include "model/scale_memory.h"
#include "plan/capacity.h"
#include "plan/reserve.h"
#include "plan/signals.h"
#include "port/ports.h"

static const char *rfc3339(struct arena *a, int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	char text[32];

	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return arena_strdup(a, text);
}

static const char *label(const struct node *object, const char *name)
{
	const struct node *v = node_get(node_at(object, "metadata.labels"), name);

	return v && v->kind == NODE_STR ? v->str : NULL;
}

/* spec and data, without what the server adds around them. */
static struct node *body_of(struct arena *a, const struct node *object)
{
	struct node *body = node_new(a, NODE_MAP);

	for (const struct node *c = node_first(object); c; c = c->next)
		if (!str_eq(c->key, "metadata") && !str_eq(c->key, "status") &&
		    !str_eq(c->key, "apiVersion") && !str_eq(c->key, "kind"))
			node_set(body, c->key, node_copy(a, c));
	return body;
}

static struct owned_object owned(struct arena *a, const struct node *o, const char *api_version,
				 const char *kind)
{
	return (struct owned_object){
		.api_version = api_version,
		.kind = kind,
		.name = node_str(o, "metadata.name"),
		.namespace_ = node_str(o, "metadata.namespace"),
		.graph = label(o, LABEL_GRAPH),
		.service = label(o, LABEL_SERVICE),
		.project = label(o, LABEL_PROJECT),
		.instance = label(o, LABEL_INSTANCE),
		.body = body_of(a, o),
	};
}

static int by_kind_and_name(const void *x, const void *y)
{
	const struct owned_object *p = x, *q = y;
	int c = str_cmp(p->kind, q->kind);

	c = c ? c : str_cmp(p->namespace_, q->namespace_);
	return c ? c : str_cmp(p->name, q->name);
}

/* Being deleted: as good as gone; whoever puts it anew waits for that. */
static bool is_leaving(const struct node *object)
{
	return node_at(object, "metadata.deletionTimestamp") != NULL;
}

/* Everything that carries our instance's label and belongs to @graph or to no graph. */
static struct err *observe_objects(struct engine *e, struct arena *a, const char *graph,
				   struct snapshot *s)
{
	static const char *const kinds[][2] = {
		{"policy.karmada.io/v1alpha1", "PropagationPolicy"},
		{"policy.karmada.io/v1alpha1", "ClusterPropagationPolicy"},
		{"policy.karmada.io/v1alpha1", "OverridePolicy"},
		{"multicluster.x-k8s.io/v1alpha1", "ServiceExport"},
		{"multicluster.x-k8s.io/v1alpha1", "ServiceImport"},
		{RULES_API, RULES_KIND},
		{DASHBOARD_API, DASHBOARD_KIND},
	};
	const struct object_filter filter = {
		.label_selector = arena_printf(
			a, LABEL_MANAGED_BY "=" MANAGED_BY "," LABEL_INSTANCE "=%s", s->instance),
	};
	/* Of what is only the graph's: other graphs may have much of it. */
	const struct object_filter of_graph = {
		.label_selector =
			arena_printf(a, "%s," LABEL_GRAPH "=%s", filter.label_selector, graph),
	};
	vec_of(struct owned_object) list = {0};

	for (size_t k = 0; k < countof(kinds); k++) {
		struct node *items = NULL;

		bool optional = signal_is_optional(kinds[k][1]);
		struct err *err =
			e->ports->object.list(e->ports->object.self, a, kinds[k][0], kinds[k][1],
					      optional ? &of_graph : &filter, &items);
		/* Who shows and watches may be away or closed to us: it is put again then. */
		if (err && optional && err->kind != ERR_CANCELLED) {
			s->unseen = err->msg;
			continue;
		}
		TRY(err);
		for (const struct node *o = node_first(items); o; o = o->next) {
			struct owned_object own = owned(a, o, kinds[k][0], kinds[k][1]);
			if (!is_leaving(o) && (!own.graph || str_eq(own.graph, graph)))
				*vec_push(a, &list) = own;
		}
	}
	if (list.n)
		qsort(list.at, list.n, sizeof(*list.at), by_kind_and_name);
	s->objects = list.at;
	s->n_objects = list.n;
	return NULL;
}

/* Is there anybody who keeps alerting rules?  Asked only where that decides something. */
static struct err *observe_watch(struct engine *e, struct arena *a, const struct graph *g,
				 struct snapshot *s)
{
	struct watch_port *w = &e->ports->watch;

	if (!w->no_rules || !e->signals || !e->signals->rules_if_kept ||
	    !signal_wants_rules(e->signals, g, s))
		return NULL;
	return w->no_rules(w->self, a, e->signals->rule.namespace_, &s->no_rules);
}

static struct err *observe_namespace(struct engine *e, struct arena *a, struct snapshot *s)
{
	const struct object_ref ref = {
		.api_version = "v1", .kind = "Namespace", .name = s->project};
	struct node *ns;
	struct err *err = e->ports->object.get(e->ports->object.self, a, &ref, &ns);

	if (err && err->kind == ERR_NOT_FOUND)
		return NULL;
	TRY(err);
	if (is_leaving(ns))
		return NULL;
	s->namespace_exists = true;
	s->namespace_ours = str_eq(label(ns, LABEL_INSTANCE), s->instance) &&
			    str_eq(label(ns, LABEL_MANAGED_BY), MANAGED_BY);
	return NULL;
}

/*
 * Made by a release (those are counted by themselves), by a hook, by a controller, by us, or by
 * Karmada for a ServiceImport ("derived-", without any mark).
 */
static bool has_maker(const struct snapshot *s, const struct node *o)
{
	const struct node *annotations = node_at(o, "metadata.annotations");

	return node_get(annotations, "meta.helm.sh/release-name") ||
	       node_get(annotations, "helm.sh/hook") || node_at(o, "metadata.ownerReferences") ||
	       str_eq(label(o, LABEL_INSTANCE), s->instance) || str_eq(label(o, "owner"), "helm") ||
	       str_eq(node_str(o, "metadata.name"), "kube-root-ca.crt") ||
	       (str_eq(node_str(o, "kind"), "Service") &&
		str_starts(node_str(o, "metadata.name"), "derived-")) ||
	       str_eq(node_str(o, "type"), "kubernetes.io/service-account-token");
}

/* What users put into a namespace that we made: it would go with it. */
static struct err *observe_foreign(struct engine *e, struct arena *a, struct snapshot *s)
{
	static const char *const kinds[][2] = {
		{"v1", "ConfigMap"},       {"v1", "Secret"},
		{"v1", "Service"},         {"v1", "PersistentVolumeClaim"},
		{"apps/v1", "Deployment"}, {"apps/v1", "StatefulSet"},
		{"apps/v1", "DaemonSet"},  {"batch/v1", "Job"},
		{"batch/v1", "CronJob"},
	};
	const struct object_filter here = {.namespace_ = s->project};

	for (size_t k = 0; k < countof(kinds); k++) {
		struct node *items = NULL;

		TRY(e->ports->object.list(e->ports->object.self, a, kinds[k][0], kinds[k][1], &here,
					  &items));
		for (const struct node *o = node_first(items); o; o = o->next)
			s->foreign_in_namespace += !is_leaving(o) && !has_maker(s, o);
	}
	return NULL;
}

static struct err *observe_releases(struct engine *e, struct arena *a, const char *graph,
				    struct snapshot *s)
{
	TRY(e->ports->release.list(e->ports->release.self, a, s->project, &s->releases,
				   &s->n_releases));
	for (size_t i = 0; i < s->n_releases; i++)
		s->foreign_in_namespace += !str_eq(s->releases[i].graph, graph) ||
					   !str_eq(s->releases[i].instance, s->instance);
	return NULL;
}

/* A workload belongs to the graph that owns the release that made it. */
static struct err *observe_workloads(struct engine *e, struct arena *a, struct snapshot *s)
{
	TRY(e->ports->object.workloads(e->ports->object.self, a, s->project, &s->workloads,
				       &s->n_workloads));
	for (size_t i = 0; i < s->n_workloads; i++) {
		struct workload *w = &s->workloads[i];
		const struct release *r =
			w->service ? snapshot_release(s, w->namespace_, w->service) : NULL;

		w->graph = r && str_eq(r->instance, s->instance) ? r->graph : NULL;
	}
	return NULL;
}

/* ---- pods that are not ready ---- */

enum {
	ASKS_MAX = 20, /* workloads whose clusters are asked */
	ASKS_MS = 10000,
};

static void ask_share(struct arena *a, struct ports *ports, const struct workload *w,
		      struct workload_share *sh)
{
	const struct object_kind *k = object_kind(NULL, w->kind);
	const struct object_ref ref = {
		.api_version = k ? k->api_version : "apps/v1",
		.kind = w->kind,
		.name = w->name,
		.namespace_ = w->namespace_,
	};
	struct object_port *o = &ports->object;
	struct pod_trouble t;

	if (o->trouble(o->self, a, &ref, sh->cluster, &t))
		return;
	sh->trouble = t.text;
	sh->unplaced = t.unplaced;
}

/* Ask the clusters why pods of this graph are not ready; what they do not say stays unknown. */
static void observe_troubles(struct engine *e, struct arena *a, struct snapshot *s)
{
	struct clock_port *clock = &e->ports->clock;
	int64_t until = clock->now(clock->self) + ASKS_MS;
	int left = ASKS_MAX;

	for (size_t i = 0; i < s->n_workloads; i++) {
		struct workload *w = &s->workloads[i];

		for (size_t k = 0; k < w->n_shares && str_eq(w->graph, s->graph); k++) {
			struct workload_share *sh = &w->shares[k];
			const struct cluster *c = snapshot_cluster(s, sh->cluster);

			if (c && c->ready && sh->applied && sh->ready < sh->replicas &&
			    left-- > 0 && clock->now(clock->self) < until)
				ask_share(a, e->ports, w, sh);
		}
	}
}

/* ---- what other graphs intend and do not use yet ---- */

/* Replicas of @w on the cluster that @r is about. */
static int64_t replicas_there(const struct reservation *r, const struct workload *w)
{
	int64_t sum = 0;

	for (size_t k = 0; k < w->n_shares; k++)
		if (str_eq(w->shares[k].cluster, r->cluster))
			sum += w->shares[k].replicas;
	return sum;
}

/* "api/redis" is about the workload redis of the service api, "api" about those not named so. */
static int64_t observed_on(const struct snapshot *s, struct arena *a, const struct reservation *r,
			   const struct workload *w, size_t n)
{
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		const char *side = reservation_name(a, w[i].service, w[i].name);
		bool apart = false;

		for (size_t k = 0; k < s->n_reservations && !apart; k++)
			apart = str_eq(s->reservations[k].graph, r->graph) &&
				str_eq(s->reservations[k].service, side);
		if (str_eq(r->service, apart ? side : w[i].service))
			sum += replicas_there(r, &w[i]);
	}
	return sum;
}

static struct err *subtract_observed(struct engine *e, struct arena *a, const char *project,
				     const char *graph, struct snapshot *s)
{
	struct workload *w = NULL;
	size_t n = 0;

	TRY(e->ports->object.workloads(e->ports->object.self, a, project, &w, &n));
	for (size_t i = 0; i < s->n_reservations; i++) {
		struct reservation *r = &s->reservations[i];
		int64_t seen = str_eq(r->graph, graph) ? observed_on(s, a, r, w, n) : 0;

		r->replicas = r->replicas > seen ? r->replicas - seen : 0;
	}
	return NULL;
}

/* Where services of other graphs are meant to be that @g is co-located with. */
static void observe_grounded(struct arena *a, const struct graph *g, struct snapshot *s)
{
	vec_of(struct grounded) list = {0};

	for (size_t v = 0; v < g->n_services; v++)
		for (size_t i = 0; i < g->services[v].n_co_locations; i++) {
			const struct co_location *l = &g->services[v].co_locations[i];

			for (size_t k = 0; k < s->n_reservations; k++) {
				const struct reservation *r = &s->reservations[k];
				if (str_eq(r->graph, l->grounded_graph_id) &&
				    str_eq(r->service, l->id))
					*vec_push(a, &list) =
						(struct grounded){r->graph, r->service, r->cluster};
			}
		}
	s->grounded = list.at;
	s->n_grounded = list.n;
}

static struct err *observe_others(struct engine *e, struct arena *a, const struct graph *g,
				  struct snapshot *s)
{
	const char *graph = g->id;

	struct store_port *st = &e->ports->store;
	struct graph_row *rows = NULL;
	size_t n = 0;

	TRY(st->graph_list(st->self, a, NULL, &rows, &n));
	TRY(st->reservation_list(st->self, a, graph, &s->reservations, &s->n_reservations));
	observe_grounded(a, g, s);
	for (size_t i = 0; i < n; i++) {
		bool intends = false;

		s->other_graphs += !str_eq(rows[i].name, graph);
		for (size_t k = 0; k < s->n_reservations; k++)
			intends |= str_eq(s->reservations[k].graph, rows[i].name);
		if (intends)
			TRY(subtract_observed(e, a, rows[i].project, rows[i].name, s));
	}
	size_t kept = 0;
	for (size_t i = 0; i < s->n_reservations; i++)
		if (s->reservations[i].replicas > 0)
			s->reservations[kept++] = s->reservations[i];
	s->n_reservations = kept;
	return NULL;
}

/* ---- our own state ---- */

static void split_clusters(struct arena *a, const char *text, struct service_state *st)
{
	vec_of(const char *) names = {0};

	while (text && *text) {
		size_t len = 0;
		while (text[len] && text[len] != ',')
			len++;
		if (len)
			*vec_push(a, &names) = arena_strndup(a, text, len);
		text += len + (text[len] == ',');
	}
	st->clusters = names.at;
	st->n_clusters = names.n;
}

static void take_refusals(struct arena *a, const struct scale_memory *m, struct service_state *st)
{
	st->refusals = arena_new_n(a, struct refusal, m->n_refusals);
	for (size_t i = 0; i < m->n_refusals; i++)
		st->refusals[st->n_refusals++] = (struct refusal){
			.cluster = m->refusals[i].cluster,
			.at = rfc3339(a, m->refusals[i].at),
		};
}

static struct err *observe_state(struct engine *e, struct arena *a, const char *graph,
				 struct snapshot *s)
{
	struct store_port *st = &e->ports->store;
	struct graph_row row;
	struct service_row *rows = NULL;
	size_t n = 0;
	struct err *err = st->graph_get(st->self, a, graph, &row);

	if (err && err->kind == ERR_NOT_FOUND)
		return NULL;
	TRY(err);
	s->graph_status = row.status;
	TRY(st->service_list(st->self, a, graph, &rows, &n));
	s->services = arena_new_n(a, struct service_state, n);
	s->n_services = n;
	for (size_t i = 0; i < n; i++) {
		struct scale_memory m = scale_memory_read(a, rows[i].scaling);

		refusals_forget(&m, e->ports->clock.now(e->ports->clock.self));
		s->services[i] = (struct service_state){
			.service = rows[i].name,
			.status = rows[i].status,
			.replicas = rows[i].replicas,
			.asleep = m.asleep,
			.given_back = m.given_back,
			.set_by = m.by,
			.said = m.said,
		};
		split_clusters(a, rows[i].cluster_affinity, &s->services[i]);
		take_refusals(a, &m, &s->services[i]);
	}
	return NULL;
}

struct err *observe(struct engine *e, struct arena *a, const struct observe_want *want,
		    struct snapshot *ret_snapshot)
{
	struct snapshot s = {.simulated = e->ports->simulated, .project = want->project};

	s.taken_at = rfc3339(a, e->ports->clock.now(e->ports->clock.self));
	TRY(e->ports->store.instance(e->ports->store.self, a, &s.instance));
	TRY(observe_clusters(e, a, &s.clusters, &s.n_clusters));
	if (want->graph) {
		const char *graph = want->graph->id;

		s.graph = graph;
		TRY(observe_state(e, a, graph, &s));
		TRY(observe_namespace(e, a, &s));
		TRY(observe_releases(e, a, graph, &s));
		if (want->leaving && s.namespace_ours)
			TRY(observe_foreign(e, a, &s));
		TRY(observe_objects(e, a, graph, &s));
		TRY(watched_look(e, a, graph, &s));
		TRY(observe_watch(e, a, want->graph, &s));
		TRY(observe_workloads(e, a, &s));
		if (!want->leaving)
			observe_troubles(e, a, &s);
		TRY(observe_others(e, a, want->graph, &s));
		if (!want->no_charts) {
			TRY(observe_traffic(e, a, want->graph, &s));
			TRY(observe_charts(e, a, want, &s));
		}
	}
	*ret_snapshot = s;
	return NULL;
}
