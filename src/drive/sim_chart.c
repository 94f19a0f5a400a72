// SPDX-License-Identifier: Apache-2.0
#include "drive/sim_chart.h"

#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/node.h"
#include "doc/problems.h"
#include "model/kinds.h"

static const char *const plain_kinds[] = {"Deployment", "Service", NULL};
static const char *const legacy_kinds[] = {"Deployment",    "Service",       "PropagationPolicy",
					   "ServiceExport", "ServiceImport", NULL};

static struct amounts amounts_at(struct arena *a, const struct node *values, const char *path)
{
	const struct node *n = node_at(values, path);
	struct problems ps = {.a = a};
	struct amounts r = {0};

	if (n && n->kind == NODE_MAP)
		amounts_up.read(a, n, path, &r, &ps);
	return r;
}

/* The value that sets replicas: the one that is written, else the one of `helm create`. */
static const char *replicas_path(const struct node *values)
{
	return node_get(values, "replicas") && !node_get(values, "replicaCount") ? "replicas"
										 : "replicaCount";
}

static bool has_replicas(const char *kind)
{
	return str_eq(kind, "Deployment") || str_eq(kind, "StatefulSet") ||
	       str_eq(kind, "ReplicaSet");
}

static void fill_workload(struct arena *a, const struct sim_chart_plan *plan,
			  const struct node *values, struct object_facts *o)
{
	struct container_facts *c = arena_new(a, struct container_facts);

	c->name = plan->facts.name;
	c->requests = amounts_at(a, values, "resources.requests");
	c->limits = amounts_at(a, values, "resources.limits");
	o->containers = c;
	o->n_containers = 1;
	o->pod_path =
		str_eq(o->kind, "CronJob") ? "/spec/jobTemplate/spec/template" : "/spec/template";
	if (has_replicas(o->kind))
		o->replicas = node_int(values, plan->facts.replicas_path, 1);
	o->data |= plan->data || str_eq(o->kind, "StatefulSet");
}

static struct object_facts object_of(struct arena *a, const struct sim_chart_plan *plan,
				     const char *kind, const struct node *values)
{
	const struct object_kind *k = object_kind(NULL, kind);
	struct object_facts o = {.kind = kind, .name = plan->object_name, .replicas = -1};

	o.api_version = k ? k->api_version : "v1";
	o.cluster_scoped = k && !k->namespaced;
	o.data = str_eq(kind, "PersistentVolumeClaim");
	if (k && k->workload)
		fill_workload(a, plan, values, &o);
	if (str_eq(kind, "Service")) {
		const char **port = arena_new(a, const char *);
		*port = arena_printf(a, "%lld/TCP",
				     (long long)node_int(values, "service.port", 80));
		o.ports = port;
		o.n_ports = 1;
	}
	if (plan->own_policy && !str_starts(o.api_version, "policy.karmada.io/")) {
		o.own_policy = true;
		/* Imports have a policy of their own, which follows serviceImportClusters. */
		o.policy_follows = !str_eq(kind, "ServiceImport");
	}
	return o;
}

static void fill_objects(struct arena *a, const struct sim_chart_plan *plan,
			 const struct node *values, struct chart_facts *f)
{
	size_t n = 0;

	while (plan->kinds[n])
		n++;
	f->objects = arena_new_n(a, struct object_facts, n);
	f->n_objects = n;
	for (size_t i = 0; i < n; i++)
		f->objects[i] = object_of(a, plan, plan->kinds[i], values);
}

/* ---- the world's table ---- */

static const char *with_release(struct arena *a, const char *name, const char *release)
{
	const char *at = name ? strstr(name, "{release}") : NULL;

	if (!at)
		return name;
	return arena_printf(a, "%.*s%s%s", (int)(at - name), name, release,
			    at + strlen("{release}"));
}

/* Which of the table's objects the value of replicas is about: the one called like the release,
 * else the first that has replicas. */
static size_t main_object(struct arena *a, const struct sim_chart *c, const char *release)
{
	size_t first = c->n_objects;

	for (size_t i = 0; i < c->n_objects; i++) {
		if (!has_replicas(c->objects[i].kind) || c->objects[i].hook)
			continue;
		if (str_eq(with_release(a, c->objects[i].name, release), release))
			return i;
		first = i < first ? i : first;
	}
	return first;
}

/* The objects as the table has them, with this release's name, replicas and resources. */
static void adopt_objects(struct arena *a, const struct sim_chart *c,
			  const struct sim_chart_request *r, struct chart_facts *f)
{
	size_t main = main_object(a, c, r->release);

	f->objects = arena_new_n(a, struct object_facts, c->n_objects);
	f->n_objects = c->n_objects;
	for (size_t i = 0; i < c->n_objects; i++) {
		struct object_facts *o = &f->objects[i];
		const struct object_kind *k = object_kind(NULL, c->objects[i].kind);

		*o = c->objects[i];
		o->name = with_release(a, o->name, r->release);
		if (!o->api_version)
			o->api_version = k ? k->api_version : "v1";
		o->cluster_scoped |= k && !k->namespaced;
		if (!k || !k->workload)
			continue;
		if (!o->pod_path)
			o->pod_path = str_eq(o->kind, "CronJob") ? "/spec/jobTemplate/spec/template"
								 : "/spec/template";
		/* Nobody writes a workload of no replicas into a world: 0 means not written. */
		if (has_replicas(o->kind) && !o->replicas)
			o->replicas = 1;
		if (i == main && o->replicas >= 0)
			o->replicas = node_int(r->values, f->replicas_path, o->replicas);
	}
}

static struct err *render_listed(struct arena *a, const struct sim_chart *c,
				 const struct sim_chart_request *r, const char *fallback_name,
				 struct sim_rendered *ret)
{
	const char *path = c->replicas_path ? c->replicas_path : replicas_path(r->values);
	struct sim_chart_plan plan = {
		.object_name = r->release,
		.kinds = c->legacy ? legacy_kinds : plain_kinds,
		.own_policy = c->legacy,
		.data = c->data,
	};

	if (c->error)
		return err_new(a, ERR_REMOTE, "chart '%s': %s", r->ref, c->error);
	plan.facts = (struct chart_facts){
		.name = c->name ? c->name : fallback_name,
		.version = c->version ? c->version : "1.0.0",
		.app_version = c->app_version,
		.has_schema = c->has_schema,
		.replicas_path = path,
		.reads_affinity = c->legacy,
	};
	ret->facts = plan.facts;
	if (c->n_objects)
		adopt_objects(a, c, r, &ret->facts);
	else
		fill_objects(a, &plan, r->values, &ret->facts);
	for (size_t i = 0; i < ret->facts.n_objects; i++)
		ret->facts.reads_affinity |= ret->facts.objects[i].policy_follows;
	ret->ready_after = sim_world_ms(c->ready_after, 0);
	return NULL;
}

/* ---- all ways ---- */

/* "oci://host/a/web:1.0" -> "web" */
static const char *name_of(struct arena *a, const char *ref)
{
	const char *slash = strrchr(ref, '/');
	const char *name = slash ? slash + 1 : ref;
	size_t len = strcspn(name, ":@");

	return len ? arena_strndup(a, name, len) : "chart";
}

static bool is_remote(const char *ref)
{
	return strstr(ref, "://") != NULL;
}

static struct err *render_local(struct arena *a, const struct sim_chart_request *r,
				struct sim_rendered *ret)
{
	struct sim_chart_plan plan;

	TRY(sim_chart_local(a, r, &plan, &ret->values));
	if (!plan.facts.replicas_path)
		plan.facts.replicas_path = replicas_path(ret->values);
	ret->facts = plan.facts;
	fill_objects(a, &plan, ret->values, &ret->facts);
	return NULL;
}

struct err *sim_chart_render(struct arena *a, const struct sim_world *w,
			     const struct sim_chart_request *r, struct sim_rendered *ret_rendered)
{
	static const struct sim_chart plain = {0};
	const struct sim_chart *listed = sim_world_chart(w, r->ref);
	struct sim_rendered out = {.values = r->values};

	if (!listed && !is_remote(r->ref))
		TRY(render_local(a, r, &out));
	else
		TRY(render_listed(a, listed ? listed : &plain, r, name_of(a, r->ref), &out));
	out.facts.service = r->release;
	out.facts.ref = r->ref;
	if (!out.facts.digest) {
		const char *what = arena_printf(a, "%s %s", r->ref, out.facts.version);
		out.facts.digest = arena_printf(a, "sha256:%s", sha256_hex(a, what, strlen(what)));
	}
	if (r->pin)
		out.facts.digest = r->pin;
	*ret_rendered = out;
	return NULL;
}
