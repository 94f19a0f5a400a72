// SPDX-License-Identifier: Apache-2.0
#include "drive/kube_trouble.h"

#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "doc/node.h"
#include "drive/kube.h"
#include "drive/url.h"
#include "model/alert.h"

enum { TEXT_MAX = 300, ASK_MS = 5000 };

static const char *reason_and_message(struct arena *a, const struct node *n)
{
	const char *reason = node_str(n, "reason"), *message = node_str(n, "message");

	if (!reason)
		return message;
	return message && *message ? arena_printf(a, "%s: %s", reason, message) : reason;
}

/* "ContainerCreating" and "PodInitializing" are no trouble, they are on the way. */
static const char *container_trouble(struct arena *a, const struct node *status)
{
	const struct node *waiting = node_at(status, "state.waiting");
	const struct node *ended = node_at(status, "state.terminated");
	const char *reason = node_str(waiting, "reason");

	if (reason && !str_eq(reason, "ContainerCreating") && !str_eq(reason, "PodInitializing"))
		return reason_and_message(a, waiting);
	if (ended && node_int(ended, "exitCode", 0) != 0)
		return arena_printf(a, "%s, exit code %lld",
				    node_str(ended, "reason") ? node_str(ended, "reason") : "Error",
				    (long long)node_int(ended, "exitCode", 0));
	return NULL;
}

static const char *pod_trouble(struct arena *a, const struct node *pod)
{
	static const char *const lists[] = {"initContainerStatuses", "containerStatuses"};
	static const char *const types[] = {"PodScheduled", "Initialized", "ContainersReady"};
	const struct node *status = node_get(pod, "status");
	const char *text = NULL;

	if (node_at(pod, "metadata.deletionTimestamp") ||
	    str_eq(node_str(status, "phase"), "Succeeded"))
		return NULL;
	for (size_t i = 0; i < countof(lists); i++)
		for (const struct node *c = node_first(node_get(status, lists[i])); c; c = c->next)
			text = text ? text : container_trouble(a, c);
	for (size_t i = 0; i < countof(types); i++)
		for (const struct node *c = node_first(node_get(status, "conditions")); c;
		     c = c->next)
			if (!text && str_eq(node_str(c, "type"), types[i]) &&
			    str_eq(node_str(c, "status"), "False"))
				text = reason_and_message(a, c);
	return text;
}

static bool is_unplaced(const struct node *pod, int64_t now)
{
	for (const struct node *c = node_first(node_at(pod, "status.conditions")); c; c = c->next) {
		const char *since = node_str(c, "lastTransitionTime");
		int64_t at = 0;

		if (str_eq(node_str(c, "type"), "PodScheduled"))
			return str_eq(node_str(c, "status"), "False") &&
			       str_eq(node_str(c, "reason"), "Unschedulable") && since &&
			       time_parse(since, &at) && now - at >= POD_PATIENCE_MS &&
			       !node_at(pod, "metadata.deletionTimestamp");
	}
	return false;
}

struct pod_trouble pods_trouble(struct arena *a, const struct node *pods, int64_t now)
{
	struct map counts = {.a = a};
	struct pod_trouble t = {0};
	const char *worst = NULL;
	size_t most = 0;

	for (const struct node *p = node_first(pods); p; p = p->next) {
		const char *text = pod_trouble(a, p);

		t.unplaced += is_unplaced(p, now);
		if (!text)
			continue;
		text = str_printable(a, arena_strndup(a, text, strnlen(text, TEXT_MAX)), false);
		size_t *n = map_get(&counts, text);
		if (!n) {
			n = arena_new(a, size_t);
			map_put(&counts, text, n);
		}
		if (++*n > most) {
			most = *n;
			worst = text;
		}
	}
	t.text = most > 1 ? arena_printf(a, "%zu pods: %s", most, worst) : worst;
	return t;
}

/* "a=b,c=d" of spec.selector.matchLabels, or NULL. */
static const char *selector_of(struct arena *a, const struct node *workload)
{
	struct str text = {.a = a};

	for (const struct node *c = node_first(node_at(workload, "spec.selector.matchLabels")); c;
	     c = c->next)
		if (c->kind == NODE_STR)
			str_addf(&text, "%s%s=%s", text.len ? "," : "", c->key, c->str);
	return text.len ? str_text(&text) : NULL;
}

static struct err *ask(struct kube *k, struct arena *a, const struct object_ref *ref,
		       const char *cluster, struct pod_trouble *ret_trouble)
{
	struct kube_kind kind;
	struct kube_call get = {.timeout_ms = ASK_MS, .once = true}, list = get;
	struct node *workload, *pods;
	const char *proxy, *path;

	TRY(kube_kind(k, a, ref->api_version, ref->kind, &kind));
	TRY(kube_path(a, ref->api_version, kind.plural, ref->namespace_, ref->name, NULL,
		      &get.path));
	TRY(kube_call(k, a, &get, &workload, NULL));
	const char *selector = selector_of(a, workload);
	if (!selector)
		return NULL;
	TRY(kube_path(a, "cluster.karmada.io/v1alpha1", "clusters", NULL, cluster, "proxy",
		      &proxy));
	TRY(kube_path(a, "v1", "pods", ref->namespace_, NULL, NULL, &path));
	path = url_with_query(a, arena_printf(a, "%s%s", proxy, path), "labelSelector", selector);
	list.path = url_with_query(a, path, "limit", "50");
	TRY(kube_call(k, a, &list, &pods, NULL));
	*ret_trouble = pods_trouble(a, node_get(pods, "items"), (int64_t)time(NULL) * 1000);
	return NULL;
}

struct pod_trouble kube_trouble(struct kube *k, struct arena *a, const struct object_ref *ref,
				const char *cluster)
{
	struct pod_trouble t = {0};
	struct err *untold = ask(k, a, ref, cluster, &t);

	(void)untold;
	return t;
}
