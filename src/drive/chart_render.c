// SPDX-License-Identifier: Apache-2.0
#include "drive/chart_render.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/node.h"
#include "drive/chart_select.h"
#include "drive/kube_pod.h"
#include "model/kinds.h"
#include "model/snapshot.h"

bool render_mentions(const struct node *n, const char *text)
{
	if (!n)
		return false;
	if (n->kind == NODE_STR)
		return strstr(n->str, text) != NULL;
	if (n->kind != NODE_LIST && n->kind != NODE_MAP)
		return false;
	for (const struct node *c = n->first; c; c = c->next)
		if (render_mentions(c, text))
			return true;
	return false;
}

/* ---- what is in a pod ---- */

/* Where the pod template of @kind stands, NULL when it has none. */
static const char *pod_path_of(const char *kind)
{
	static const char *const with_template[] = {"Deployment", "StatefulSet",
						    "DaemonSet",  "ReplicaSet",
						    "Job",        "ReplicationController"};

	for (size_t i = 0; i < countof(with_template); i++)
		if (str_eq(kind, with_template[i]))
			return "/spec/template";
	if (str_eq(kind, "CronJob"))
		return "/spec/jobTemplate/spec/template";
	return str_eq(kind, "Pod") ? "" : NULL;
}

static const struct node *pod_spec_of(const struct node *object, const char *kind)
{
	if (str_eq(kind, "CronJob"))
		return node_at(object, "spec.jobTemplate.spec.template.spec");
	return node_at(object, str_eq(kind, "Pod") ? "spec" : "spec.template.spec");
}

static void read_containers(struct arena *a, const struct node *pod_spec, struct object_facts *o)
{
	const struct node *list = node_get(pod_spec, "containers");

	o->containers = arena_new_n(a, struct container_facts, node_count(list) + 1);
	for (struct node *c = node_first(list); c; c = c->next)
		o->containers[o->n_containers++] = (struct container_facts){
			.name = node_str(c, "name"),
			.requests = pod_amounts(a, node_at(c, "resources.requests"), ROUND_UP),
			.limits = pod_amounts(a, node_at(c, "resources.limits"), ROUND_UP),
		};
}

static void read_ports(struct arena *a, const struct node *object, struct object_facts *o)
{
	const struct node *list = node_at(object, "spec.ports");

	o->ports = arena_new_n(a, const char *, node_count(list) + 1);
	for (struct node *c = node_first(list); c; c = c->next) {
		const char *protocol = node_str(c, "protocol");

		o->ports[o->n_ports++] =
			arena_printf(a, "%lld/%s", (long long)node_int(c, "port", 0),
				     protocol ? protocol : "TCP");
	}
}

/* ---- one object ---- */

static bool is_hook(const struct node *object)
{
	const struct node *annotations = node_at(object, "metadata.annotations");

	return node_get(annotations, "helm.sh/hook") != NULL;
}

/* The scope that a CustomResourceDefinition among @documents gives to @kind: 1 namespaced, 0 not,
 * -1 there is none. */
static int scope_in(const struct node *documents, const char *kind)
{
	for (const struct node *c = node_first(documents); c; c = c->next)
		if (str_eq(node_str(c, "kind"), "CustomResourceDefinition") &&
		    str_eq(node_str(c, "spec.names.kind"), kind))
			return str_eq(node_str(c, "spec.scope"), "Namespaced");
	return -1;
}

/* Are "apps/v1" and "apps/v1beta2" of one API group? */
static bool same_group(const char *x, const char *y)
{
	const char *slash_x = strrchr(x, '/'), *slash_y = y ? strrchr(y, '/') : NULL;

	if (!y || !slash_x || !slash_y)
		return y && !slash_x && !slash_y;
	return slash_x - x == slash_y - y && memcmp(x, y, (size_t)(slash_x - x)) == 0;
}

static bool is_cluster_scoped(const struct node *documents, const struct node *object,
			      const struct render_context *x)
{
	const char *version = node_str(object, "apiVersion"), *kind = node_str(object, "kind");
	const struct object_kind *known = object_kind(version, kind);
	int told = known ? known->namespaced : scope_in(documents, kind);

	/* Other versions of the kinds we know (autoscaling/v1) have the same scope. */
	known = object_kind(NULL, kind);
	if (told < 0 && known && same_group(known->api_version, version))
		told = known->namespaced;
	if (told < 0 && node_str(object, "metadata.namespace"))
		told = 1;
	if (told < 0 && x->namespaced)
		told = x->namespaced(x->self, version, kind);
	return told == 0;
}

static struct object_facts read_object(struct arena *a, const struct node *documents,
				       const struct node *object, const struct render_context *x)
{
	const char *namespace_ = node_str(object, "metadata.namespace");
	struct object_facts o = {
		.api_version = node_str(object, "apiVersion"),
		.kind = node_str(object, "kind"),
		.name = node_str(object, "metadata.name"),
		.cluster_scoped = is_cluster_scoped(documents, object, x),
		.hook = is_hook(object),
		.replicas = -1,
		.pod_path = pod_path_of(node_str(object, "kind")),
	};
	const struct node *pod = pod_spec_of(object, o.kind);

	if (!o.cluster_scoped && namespace_ && !str_eq(namespace_, x->namespace_))
		o.namespace_ = namespace_;
	o.data = str_eq(o.kind, "PersistentVolumeClaim") ||
		 node_count(node_at(object, "spec.volumeClaimTemplates")) > 0;
	if (o.pod_path) {
		o.data |= pod_keeps_data(pod);
		o.replicas = node_int(
			object, str_eq(o.kind, "Job") ? "spec.parallelism" : "spec.replicas", -1);
		read_containers(a, pod, &o);
		o.besides = pod_besides(a, pod);
		o.start = pod_start(a, pod);
	}
	if (str_eq(o.kind, "Service"))
		read_ports(a, object, &o);
	return o;
}

static enum policy_divides divides(const struct node *scheduling)
{
	if (!str_eq(node_str(scheduling, "replicaSchedulingType"), "Divided"))
		return DIVIDES_NOT;
	return str_eq(node_str(scheduling, "replicaDivisionPreference"), "Weighted") &&
			       !node_count(node_get(scheduling, "weightPreference"))
		       ? DIVIDES_EVENLY
		       : DIVIDES_UNEVENLY;
}

static void read_policy(const struct node *documents, const struct node *object,
			const struct render_context *x, struct object_facts *o)
{
	const struct node *policy =
		select_policy(documents, object, o->cluster_scoped, x->namespace_);

	o->own_policy = policy != NULL;
	o->policy_follows = policy && x->sentinel && render_mentions(policy, x->sentinel);
	o->policy_divides = (int)divides(node_at(policy, "spec.placement.replicaScheduling"));
}

/* ---- all of them ---- */

static int by_kind_and_name(const void *x, const void *y)
{
	const struct object_facts *a = x, *b = y;
	int c = str_cmp(a->kind, b->kind);

	if (!c)
		c = str_cmp(a->name, b->name);
	return c ? c : str_cmp(a->namespace_, b->namespace_);
}

/* @documents with the items of Lists in their place. */
static void flatten(struct arena *a, const struct node *documents, struct node *into)
{
	for (const struct node *c = node_first(documents); c; c = c->next) {
		if (c->kind != NODE_MAP)
			continue;
		if (str_ends(node_str(c, "kind"), "List") && node_get(c, "items"))
			flatten(a, node_get(c, "items"), into);
		else
			node_add(into, node_copy(a, c));
	}
}

struct err *render_check(struct arena *a, const struct node *documents)
{
	struct node *flat = node_new(a, NODE_LIST);

	flatten(a, documents, flat);
	for (const struct node *c = node_first(flat); c; c = c->next) {
		const char *kind = node_str(c, "kind");
		const char *start = node_str(c, "metadata.generateName");

		if (kind && start && !node_str(c, "metadata.name"))
			return err_hint(a,
					err_new(a, ERR_INPUT,
						"it makes a %s without a name (generateName '%s'), "
						"which no policy could bring to a cluster",
						kind, start),
					"Give it a name in the chart's template.");
	}
	return NULL;
}

void render_read(struct arena *a, const struct node *documents,
		 const struct render_context *context, struct object_facts **ret_objects,
		 size_t *ret_n)
{
	vec_of(struct object_facts) list = {0};
	struct node *flat = node_new(a, NODE_LIST);

	flatten(a, documents, flat);
	for (const struct node *c = node_first(flat); c; c = c->next) {
		if (!node_str(c, "kind") || !node_str(c, "metadata.name"))
			continue;
		struct object_facts o = read_object(a, flat, c, context);
		read_policy(flat, c, context, &o);
		*vec_push(a, &list) = o;
	}
	if (list.n)
		qsort(list.at, list.n, sizeof(list.at[0]), by_kind_and_name);
	*ret_objects = list.at;
	*ret_n = list.n;
}

static bool is_named(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(names[i], name))
			return true;
	return false;
}

void render_own_clusters(struct arena *a, const struct node *documents, const char *namespace_,
			 const char ***ret_names, size_t *ret_n)
{
	vec_of(const char *) names = {0};
	struct node *flat = node_new(a, NODE_LIST);

	flatten(a, documents, flat);
	for (const struct node *c = node_first(flat); c; c = c->next) {
		if (!pod_path_of(node_str(c, "kind")) || is_hook(c))
			continue;
		const struct node *policy = select_policy(flat, c, false, namespace_);
		const struct node *list =
			node_at(policy, "spec.placement.clusterAffinity.clusterNames");
		for (struct node *n = node_first(list); n; n = n->next)
			if (n->kind == NODE_STR && !is_named(names.at, names.n, n->str))
				*vec_push(a, &names) = n->str;
	}
	*ret_names = names.at;
	*ret_n = names.n;
}

static bool runs_pods(const struct object_facts *o)
{
	return o->pod_path && !o->hook;
}

const struct object_facts *render_main(const struct object_facts *objects, size_t n,
				       const char *release, const char *chart)
{
	static const char *const kinds[] = {"Deployment", "StatefulSet", "DaemonSet"};
	const char *const names[] = {release, chart};

	for (size_t k = 0; k < countof(names); k++)
		for (size_t i = 0; i < n; i++)
			if (runs_pods(&objects[i]) && str_eq(objects[i].name, names[k]))
				return &objects[i];
	for (size_t k = 0; k < countof(kinds); k++)
		for (size_t i = 0; i < n; i++)
			if (runs_pods(&objects[i]) && str_eq(objects[i].kind, kinds[k]))
				return &objects[i];
	for (size_t i = 0; i < n; i++)
		if (runs_pods(&objects[i]))
			return &objects[i];
	return NULL;
}
