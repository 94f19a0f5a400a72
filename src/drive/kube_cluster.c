// SPDX-License-Identifier: Apache-2.0
#include "drive/kube_cluster.h"

#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/node.h"
#include "drive/kube.h"
#include "drive/kube_pod.h"
#include "model/kinds.h"
#include "model/snapshot.h"

#define CLUSTERS "/apis/cluster.karmada.io/v1alpha1/clusters"

enum {
	NODES_MS = 5000,    /* for the nodes of all clusters together */
	NODES_ONE_MS = 2000 /* for those of one */
};

/* ---- reading documents ---- */

static int by_pair_key(const void *x, const void *y)
{
	const struct text_pair *a = x, *b = y;

	return str_cmp(a->key, b->key);
}

static void read_labels(struct arena *a, const struct node *object, struct cluster *c)
{
	vec_of(struct text_pair) list = {0};

	for (struct node *n = node_first(node_at(object, "metadata.labels")); n; n = n->next)
		if (n->kind == NODE_STR)
			*vec_push(a, &list) = (struct text_pair){n->key, n->str};
	if (list.n)
		qsort(list.at, list.n, sizeof(list.at[0]), by_pair_key);
	c->labels = list.at;
	c->n_labels = list.n;
}

/* Only ours: others may be long, and nobody reads them. */
static void read_annotations(struct arena *a, const struct node *object, struct cluster *c)
{
	vec_of(struct text_pair) list = {0};

	for (struct node *n = node_first(node_at(object, "metadata.annotations")); n; n = n->next)
		if (n->kind == NODE_STR && str_starts(n->key, SMO_DOMAIN "/"))
			*vec_push(a, &list) = (struct text_pair){n->key, n->str};
	if (list.n)
		qsort(list.at, list.n, sizeof(list.at[0]), by_pair_key);
	c->annotations = list.at;
	c->n_annotations = list.n;
}

static int by_taint(const void *x, const void *y)
{
	const struct taint *a = x, *b = y;
	int c = str_cmp(a->key, b->key);

	return c ? c : str_cmp(a->effect, b->effect);
}

static void read_taints(struct arena *a, const struct node *object, struct cluster *c)
{
	vec_of(struct taint) list = {0};

	for (struct node *n = node_first(node_at(object, "spec.taints")); n; n = n->next)
		*vec_push(a, &list) = (struct taint){node_str(n, "key"), node_str(n, "value"),
						     node_str(n, "effect")};
	if (list.n)
		qsort(list.at, list.n, sizeof(list.at[0]), by_taint);
	c->taints = list.at;
	c->n_taints = list.n;
}

static int by_text(const void *x, const void *y)
{
	return str_cmp(*(const char *const *)x, *(const char *const *)y);
}

static void read_zones(struct arena *a, const struct node *object, struct cluster *c)
{
	vec_of(const char *) list = {0};

	for (struct node *n = node_first(node_at(object, "spec.zones")); n; n = n->next)
		if (n->kind == NODE_STR)
			*vec_push(a, &list) = n->str;
	if (!list.n && node_str(object, "spec.zone")) /* what it was before zones */
		*vec_push(a, &list) = node_str(object, "spec.zone");
	if (list.n)
		qsort(list.at, list.n, sizeof(list.at[0]), by_text);
	c->zones = list.at;
	c->n_zones = list.n;
}

static void read_ready(struct arena *a, const struct node *object, struct cluster *c)
{
	const struct node *found = NULL;

	for (struct node *n = node_first(node_at(object, "status.conditions")); n; n = n->next)
		if (str_eq(node_str(n, "type"), "Ready"))
			found = n;
	c->ready = str_eq(node_str(found, "status"), "True") &&
		   !node_str(object, "metadata.deletionTimestamp");
	if (c->ready)
		return;
	const char *reason = node_str(found, "reason"), *message = node_str(found, "message");
	if (node_str(object, "metadata.deletionTimestamp"))
		c->ready_reason = "it is leaving the federation";
	else if (!found)
		c->ready_reason = "it has not reported yet";
	else
		c->ready_reason =
			str_printable(a,
				      arena_printf(a, "%s: %s", reason ? reason : "not Ready",
						   message ? message : ""),
				      false);
}

static bool serves_mcs(const struct node *object)
{
	bool exports = false, imports = false;
	const struct node *groups = node_at(object, "status.apiEnablements");

	for (struct node *g = node_first(groups); g; g = g->next) {
		if (!str_starts(node_str(g, "groupVersion"), "multicluster.x-k8s.io/"))
			continue;
		for (struct node *r = node_first(node_get(g, "resources")); r; r = r->next) {
			exports |= str_eq(node_str(r, "kind"), "ServiceExport");
			imports |= str_eq(node_str(r, "kind"), "ServiceImport");
		}
	}
	return exports && imports;
}

static void read_summary(struct arena *a, const struct node *object, struct cluster *c)
{
	const struct node *summary = node_at(object, "status.resourceSummary");
	struct amounts allocating = pod_amounts(a, node_get(summary, "allocating"), ROUND_UP);

	c->allocatable = pod_amounts(a, node_get(summary, "allocatable"), ROUND_DOWN);
	c->allocated = pod_amounts(a, node_get(summary, "allocated"), ROUND_UP);
	amounts_add(a, &c->allocated, &allocating, 1);
	c->has_summary =
		amounts_has(&c->allocatable, "cpu") && amounts_has(&c->allocatable, "memory");
}

void cluster_read(struct arena *a, const struct node *object, struct cluster *ret_cluster)
{
	struct cluster c = {
		.name = node_str(object, "metadata.name"),
		.region = node_str(object, "spec.region"),
		.provider = node_str(object, "spec.provider"),
		.sync_mode = node_str(object, "spec.syncMode"),
		.kubernetes_version = node_str(object, "status.kubernetesVersion"),
		.nodes_total = node_int(object, "status.nodeSummary.totalNum", 0),
		.nodes_ready = node_int(object, "status.nodeSummary.readyNum", 0),
		.has_mcs = serves_mcs(object),
	};

	read_ready(a, object, &c);
	read_labels(a, object, &c);
	read_annotations(a, object, &c);
	read_taints(a, object, &c);
	read_zones(a, object, &c);
	read_summary(a, object, &c);
	*ret_cluster = c;
}

static bool takes_pods(const struct node *node)
{
	bool ready = false;

	for (struct node *n = node_first(node_at(node, "status.conditions")); n; n = n->next)
		ready |= str_eq(node_str(n, "type"), "Ready") &&
			 str_eq(node_str(n, "status"), "True");
	return ready && !node_bool(node, "spec.unschedulable", false);
}

void cluster_read_nodes(struct arena *a, const struct node *nodes, struct cluster *cluster)
{
	struct amounts most = {0};

	for (struct node *n = node_first(nodes); n; n = n->next) {
		struct amounts has = pod_amounts(a, node_at(n, "status.allocatable"), ROUND_DOWN);

		for (size_t i = 0; takes_pods(n) && i < has.n; i++)
			if (!amounts_has(&most, has.at[i].resource) ||
			    amounts_get(&most, has.at[i].resource) < has.at[i].value)
				amounts_set(a, &most, has.at[i].resource, has.at[i].value);
	}
	cluster->largest_node = most;
}

/* ---- asking ---- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The nodes of @c through the control plane, all pages; NULL when they cannot be had by @deadline.
 */
static struct node *ask_nodes(struct kube *k, struct arena *a, const char *cluster,
			      int64_t deadline, enum err_kind *ret_why)
{
	const char *path = NULL, *token = NULL;
	struct node *all = node_new(a, NODE_LIST), *page;
	struct err *e = kube_path(a, "cluster.karmada.io/v1alpha1", "clusters", NULL, cluster,
				  "proxy/api/v1/nodes?limit=100", &path);

	do {
		int64_t left = deadline - now_ms();
		struct kube_call call = {
			.path = token ? arena_printf(a, "%s&continue=%s", path, token) : path,
			.timeout_ms = left < NODES_ONE_MS ? left : NODES_ONE_MS,
			.once = true,
		};

		if (!e && left <= 0)
			return NULL;
		if (!e)
			e = kube_call(k, a, &call, &page, NULL);
		if (e) {
			*ret_why = e->kind;
			return NULL;
		}
		for (struct node *n = node_first(node_get(page, "items")), *next; n; n = next) {
			next = n->next;
			node_add(all, n);
		}
		token = node_str(page, "metadata.continue");
	} while (token && *token);
	return all;
}

/* Nodes are large: they are looked at in an arena of their own and forgotten. */
static enum err_kind look_at_one(struct kube *k, struct arena *a, struct cluster *c,
				 int64_t deadline)
{
	struct arena scratch scoped_arena = {0};
	struct cluster seen = {0};
	enum err_kind why = ERR_GENERIC;
	struct node *nodes = ask_nodes(k, &scratch, c->name, deadline, &why);

	if (nodes)
		cluster_read_nodes(&scratch, nodes, &seen);
	for (size_t i = 0; i < seen.largest_node.n; i++)
		amounts_set(a, &c->largest_node, arena_strdup(a, seen.largest_node.at[i].resource),
			    seen.largest_node.at[i].value);
	return why;
}

/* Nodes are a help, not a condition: what cannot be looked at stays unknown. */
static void look_at_nodes(struct kube *k, struct arena *a, struct cluster *clusters, size_t n)
{
	int64_t budget = kube_settings(k)->nodes_ms;
	int64_t deadline = now_ms() + (budget ? budget : NODES_MS);

	for (size_t i = 0; i < n && budget >= 0; i++) {
		enum err_kind why = ERR_GENERIC;

		if (clusters[i].ready)
			why = look_at_one(k, a, &clusters[i], deadline);
		if (why == ERR_FORBIDDEN || why == ERR_CANCELLED)
			return;
	}
}

static int by_name(const void *x, const void *y)
{
	const struct cluster *a = x, *b = y;

	return str_cmp(a->name, b->name);
}

static struct err *cluster_list(void *self, struct arena *a, struct cluster **ret_clusters,
				size_t *ret_n)
{
	struct kube *k = self;
	struct node *items;
	size_t n = 0;
	struct err *e = kube_list(k, a, CLUSTERS, false, &items);

	if (e && e->kind == ERR_NOT_FOUND)
		return err_hint(
			a,
			err_new(a, ERR_NOT_FOUND, "%s is no Karmada control plane", kube_server(k)),
			"Choose the context of the Karmada API server, often "
			"'karmada-apiserver'.");
	TRY(e);
	struct cluster *list = arena_new_n(a, struct cluster, node_count(items));
	for (struct node *c = node_first(items); c; c = c->next) {
		cluster_read(a, c, &list[n]);
		n += list[n].name != NULL;
	}
	if (n)
		qsort(list, n, sizeof(list[0]), by_name);
	look_at_nodes(k, a, list, n);
	*ret_clusters = list;
	*ret_n = n;
	return NULL;
}

struct cluster_port kube_cluster_port(struct kube *k)
{
	return (struct cluster_port){.list = cluster_list, .self = k};
}
