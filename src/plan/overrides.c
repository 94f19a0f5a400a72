// SPDX-License-Identifier: Apache-2.0
#include "plan/overrides.h"

#include "base/arena.h"
#include "base/str.h"
#include "doc/problems.h"
#include "model/graph.h"
#include "model/kinds.h"
#include "plan/demand.h"

const char *override_name(struct arena *a, const char *service)
{
	return arena_printf(a, "smo-%s", service);
}

static void set_amounts(struct arena *a, struct node *map, const char *key, const struct amounts *r)
{
	if (!r->n)
		return;
	struct node *to = node_map_in(a, map, key);
	for (size_t i = 0; i < r->n; i++)
		node_set_str(a, to, r->at[i].resource,
			     quantity_text(a, r->at[i].resource, r->at[i].value));
}

/* One plaintext override for each container of @o. */
static void add_overriders(struct arena *a, struct node *plaintext, const struct object_facts *o,
			   const struct container_facts *containers)
{
	for (size_t i = 0; i < o->n_containers; i++) {
		struct node *p = node_add(plaintext, node_new(a, NODE_MAP));

		node_set_str(a, p, "path",
			     arena_printf(a, "%s/spec/containers/%zu/resources", o->pod_path, i));
		node_set_str(a, p, "operator", "replace");
		struct node *value = node_map_in(a, p, "value");
		set_amounts(a, value, "limits", &containers[i].limits);
		set_amounts(a, value, "requests", &containers[i].requests);
	}
}

static void pin_replicas(struct arena *a, struct node *plaintext, int64_t replicas)
{
	struct node *p = node_add(plaintext, node_new(a, NODE_MAP));

	node_set_str(a, p, "path", "/spec/replicas");
	node_set_str(a, p, "operator", "replace");
	node_set_int(a, p, "value", replicas);
}

struct node *override_policy(struct arena *a, const struct service *v, const struct chart_facts *f,
			     const char *namespace_, int64_t replicas)
{
	const struct object_facts *o = main_workload(f);
	struct container_facts *containers = NULL;
	bool sized = o && demand_containers(a, v, f, o, &containers);

	if (!o || (!sized && replicas < 0))
		return NULL;
	struct node *policy = node_new(a, NODE_MAP);
	node_set_str(a, policy, "apiVersion", "policy.karmada.io/v1alpha1");
	node_set_str(a, policy, "kind", "OverridePolicy");
	struct node *meta = node_map_in(a, policy, "metadata");
	node_set_str(a, meta, "name", override_name(a, v->id));
	node_set_str(a, meta, "namespace", namespace_);
	struct node *spec = node_map_in(a, policy, "spec");
	struct node *sel =
		node_add(node_list_in(a, spec, "resourceSelectors"), node_new(a, NODE_MAP));
	node_set_str(a, sel, "apiVersion", o->api_version);
	node_set_str(a, sel, "kind", o->kind);
	node_set_str(a, sel, "name", o->name);
	struct node *rule = node_add(node_list_in(a, spec, "overrideRules"), node_new(a, NODE_MAP));
	struct node *overriders = node_map_in(a, rule, "overriders");
	struct node *plaintext = node_list_in(a, overriders, "plaintext");
	if (sized)
		add_overriders(a, plaintext, o, containers);
	if (replicas >= 0)
		pin_replicas(a, plaintext, replicas);
	return policy;
}

static bool selects(const struct node *spec, const struct workload *w)
{
	for (struct node *s = node_first(node_get(spec, "resourceSelectors")); s; s = s->next)
		if (str_eq(node_str(s, "kind"), w->kind) && str_eq(node_str(s, "name"), w->name))
			return true;
	return false;
}

static void read_amounts(struct arena *a, const struct node *n, struct amounts *ret)
{
	struct problems ignored = {.a = a};

	if (n)
		amounts_up.read(a, n, "resources", ret, &ignored);
}

/* Requests of all containers, limits where nothing is requested. */
static struct amounts requests_in(struct arena *a, const struct node *spec)
{
	struct amounts sum = {0};
	struct node *rule = node_first(node_get(spec, "overrideRules"));

	for (struct node *p = node_first(node_at(rule, "overriders.plaintext")); p; p = p->next) {
		struct amounts requests = {0}, limits = {0};

		read_amounts(a, node_at(p, "value.requests"), &requests);
		read_amounts(a, node_at(p, "value.limits"), &limits);
		for (size_t i = 0; i < limits.n; i++)
			if (!amounts_has(&requests, limits.at[i].resource))
				amounts_set(a, &requests, limits.at[i].resource,
					    limits.at[i].value);
		amounts_add(a, &sum, &requests, 1);
	}
	return sum;
}

/* @pod, what the containers of @w ask for, and what its chart says that comes with them. */
static struct amounts with_rest(struct arena *a, const struct snapshot *s, const struct workload *w,
				struct amounts pod)
{
	const struct chart_facts *f = w->service ? snapshot_chart(s, w->service) : NULL;

	for (size_t i = 0; f && i < f->n_objects; i++) {
		const struct object_facts *o = &f->objects[i];

		if (!str_eq(o->kind, w->kind) || !str_eq(o->name, w->name))
			continue;
		amounts_add(a, &pod, &o->besides, 1);
		amounts_raise(a, &pod, &o->start);
	}
	return pod;
}

struct amounts override_requests(struct arena *a, const struct snapshot *s,
				 const struct workload *w)
{
	for (size_t i = 0; i < s->n_objects; i++) {
		const struct owned_object *o = &s->objects[i];

		if (str_eq(o->kind, "OverridePolicy") && str_eq(o->namespace_, w->namespace_) &&
		    selects(node_get(o->body, "spec"), w))
			return with_rest(a, s, w, requests_in(a, node_get(o->body, "spec")));
	}
	return w->requests;
}
