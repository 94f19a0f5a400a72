// SPDX-License-Identifier: Apache-2.0
#include "drive/kube_workload.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/node.h"
#include "drive/kube_pod.h"
#include "model/kinds.h"
#include "model/snapshot.h"

enum { MESSAGE_MAX = 500 };

static const char *printable(struct arena *a, const char *text)
{
	if (!text || !*text)
		return NULL;
	return str_printable(
		a, strlen(text) > MESSAGE_MAX ? arena_strndup(a, text, MESSAGE_MAX) : text, false);
}

static bool one_of(const char *kind, const char *x, const char *y)
{
	return str_eq(kind, x) || str_eq(kind, y);
}

static const struct node *condition(const struct node *object, const char *type)
{
	for (struct node *c = node_first(node_at(object, "status.conditions")); c; c = c->next)
		if (str_eq(node_str(c, "type"), type))
			return c;
	return NULL;
}

/* ---- shares ---- */

/* Has the member's controller seen, and rolled out to the last replica, what the template says? */
static bool is_current(const char *kind, const struct node *template, const struct node *status)
{
	int64_t generation = node_int(status, "generation", 0);
	int64_t observed = node_int(status, "observedGeneration", 0);
	int64_t wanted = node_int(template, "metadata.generation", 0);

	if (one_of(kind, "Job", "CronJob"))
		return true;
	if (node_int(status, "resourceTemplateGeneration", 0) != wanted)
		return false;
	if (observed != generation && !(observed == 0 && str_eq(kind, "StatefulSet")))
		return false;
	if (str_eq(kind, "DaemonSet"))
		return node_int(status, "updatedNumberScheduled", 0) ==
		       node_int(status, "desiredNumberScheduled", 0);
	/* With OnDelete, a StatefulSet replaces pods when somebody deletes them, not before. */
	if (str_eq(node_str(template, "spec.updateStrategy.type"), "OnDelete"))
		return true;
	return node_int(status, "updatedReplicas", 0) == node_int(status, "replicas", 0);
}

static int64_t larger(int64_t x, int64_t y)
{
	return x > y ? x : y;
}

/* @bound: what the binding gives this cluster. */
static void count_replicas(const char *kind, const struct node *status, int64_t bound,
			   struct workload_share *s)
{
	if (str_eq(kind, "DaemonSet")) {
		s->replicas = node_int(status, "desiredNumberScheduled", 0);
		s->ready = node_int(status, "numberReady", 0);
		s->available = node_int(status, "numberAvailable", 0);
	} else if (str_eq(kind, "Job")) {
		s->replicas = bound;
		s->ready = node_int(status, "succeeded", 0);
		s->available = s->ready;
	} else if (!str_eq(kind, "CronJob")) {
		int64_t lacking = node_int(status, "unavailableReplicas", 0);

		s->ready = node_int(status, "readyReplicas", 0);
		s->available = node_int(status, "availableReplicas", 0);
		s->replicas = larger(node_int(status, "replicas", 0), s->available + lacking);
		/* The other kind that counts does not say what it lacks. */
		if (str_eq(kind, "StatefulSet"))
			s->replicas = larger(s->replicas, bound);
	}
}

static struct workload_share share_of(struct arena *a, const char *kind,
				      const struct node *template, const struct node *item,
				      int64_t bound)
{
	const struct node *status = node_get(item, "status");
	const char *health = node_str(item, "health");
	struct workload_share s = {
		.cluster = node_str(item, "clusterName"),
		.applied = node_bool(item, "applied", false),
		.health = health ? health : "Unknown",
		.message = printable(a, node_str(item, "appliedMessage")),
	};

	s.current = s.applied && is_current(kind, template, status);
	count_replicas(kind, status, bound, &s);
	return s;
}

/* ---- workloads ---- */

static int64_t template_replicas(const char *kind, const struct node *template)
{
	if (one_of(kind, "DaemonSet", "CronJob"))
		return 0;
	if (str_eq(kind, "Job"))
		return node_int(template, "spec.completions",
				node_int(template, "spec.parallelism", 1));
	return node_int(template, "spec.replicas", 1);
}

static int by_cluster(const void *x, const void *y)
{
	const struct workload_share *a = x, *b = y;

	return str_cmp(a->cluster, b->cluster);
}

static int by_text(const void *x, const void *y)
{
	return str_cmp(*(const char *const *)x, *(const char *const *)y);
}

/* What keeps it from being everywhere it should be, or NULL. */
static const char *binding_reason(struct arena *a, const struct node *binding)
{
	static const char *const types[] = {"Scheduled", "FullyApplied"};

	for (size_t i = 0; i < countof(types); i++) {
		const struct node *c = condition(binding, types[i]);
		const char *message = node_str(c, "message"), *reason = node_str(c, "reason");

		if (c && !str_eq(node_str(c, "status"), "True"))
			return printable(a, arena_printf(a, "%s: %s", reason ? reason : types[i],
							 message ? message : "no reason given"));
	}
	return NULL;
}

static const struct node *status_on(const struct node *binding, const char *cluster)
{
	const struct node *items = node_at(binding, "status.aggregatedStatus");

	for (struct node *c = node_first(items); c; c = c->next)
		if (str_eq(node_str(c, "clusterName"), cluster))
			return c;
	return NULL;
}

static void read_binding(struct arena *a, const struct node *template, const struct node *binding,
			 struct workload *w)
{
	vec_of(struct workload_share) shares = {0};
	vec_of(const char *) clusters = {0};

	for (struct node *c = node_first(node_at(binding, "spec.clusters")); c; c = c->next) {
		const char *name = node_str(c, "name");
		const struct node *item = status_on(binding, name);

		if (!name)
			continue;
		*vec_push(a, &clusters) = name;
		if (!item)
			*vec_push(a, &shares) =
				(struct workload_share){.cluster = name, .health = "Unknown"};
		else
			*vec_push(a, &shares) = share_of(a, w->kind, template, item,
							 node_int(c, "replicas", w->replicas));
	}
	size_t n_bound = shares.n;
	const struct node *items = node_at(binding, "status.aggregatedStatus");
	for (struct node *c = node_first(items); c; c = c->next) {
		bool seen = !node_str(c, "clusterName");

		for (size_t i = 0; i < n_bound && !seen; i++)
			seen = str_eq(shares.at[i].cluster, node_str(c, "clusterName"));
		if (!seen) /* it is leaving */
			*vec_push(a, &shares) = share_of(a, w->kind, template, c, 0);
	}
	if (shares.n)
		qsort(shares.at, shares.n, sizeof(shares.at[0]), by_cluster);
	if (clusters.n)
		qsort(clusters.at, clusters.n, sizeof(clusters.at[0]), by_text);
	w->shares = shares.at;
	w->n_shares = shares.n;
	w->clusters = clusters.at;
	w->n_clusters = clusters.n;
	w->scheduled = str_eq(node_str(condition(binding, "Scheduled"), "status"), "True");
	w->reason = binding_reason(a, binding);
}

/* The Helm release that made @object, or NULL. */
static const char *release_of(const struct node *object)
{
	const struct node *metadata = node_get(object, "metadata");
	const struct node *name =
		node_get(node_get(metadata, "annotations"), "meta.helm.sh/release-name");

	return name && name->kind == NODE_STR ? name->str : NULL;
}

static const char *label_of(const struct node *object, const char *label)
{
	const struct node *n = node_get(node_get(node_get(object, "metadata"), "labels"), label);

	return n && n->kind == NODE_STR ? n->str : NULL;
}

static const char *key_of(struct arena *a, const char *kind, const char *name)
{
	return arena_printf(a, "%s/%s", kind ? kind : "", name ? name : "");
}

static int by_kind_and_name(const void *x, const void *y)
{
	const struct workload *a = x, *b = y;
	int c = str_cmp(a->kind, b->kind);

	return c ? c : str_cmp(a->name, b->name);
}

void workloads_read(struct arena *a, const struct node *templates, const struct node *bindings,
		    struct workload **ret_workloads, size_t *ret_n)
{
	vec_of(struct workload) list = {0};
	struct map by_resource = {.a = a};

	for (struct node *c = node_first(bindings); c; c = c->next) {
		const struct node *r = node_at(c, "spec.resource");

		map_put(&by_resource, key_of(a, node_str(r, "kind"), node_str(r, "name")), c);
	}
	for (struct node *c = node_first(templates); c; c = c->next) {
		const char *kind = node_str(c, "kind"), *name = node_str(c, "metadata.name");
		struct workload w = {
			.kind = kind,
			.name = name,
			.namespace_ = node_str(c, "metadata.namespace"),
			.graph = label_of(c, LABEL_GRAPH),
			.service = release_of(c),
			.replicas = template_replicas(kind, c),
			.reason = "no policy propagates it",
		};
		bool cron = str_eq(kind, "CronJob");

		if (!kind || !name)
			continue;
		const struct node *pod = node_at(c, cron ? "spec.jobTemplate.spec.template.spec"
							 : "spec.template.spec");
		w.requests = pod_requests(a, pod);
		w.data = pod_keeps_data(pod) ||
			 node_count(node_at(c, "spec.volumeClaimTemplates")) > 0;
		const struct node *binding = map_get(&by_resource, key_of(a, kind, name));
		if (binding)
			read_binding(a, c, binding, &w);
		*vec_push(a, &list) = w;
	}
	if (list.n)
		qsort(list.at, list.n, sizeof(list.at[0]), by_kind_and_name);
	*ret_workloads = list.at;
	*ret_n = list.n;
}
