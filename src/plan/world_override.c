// SPDX-License-Identifier: Apache-2.0
/*
 * Plaintext overriders are JSON patches.  Of all the paths they can have, two matter to a world
 * that counts resources: a container's resources and the replicas; the rest is taken as applied.
 */
#include "plan/world_override.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "doc/node.h"
#include "doc/problems.h"

static bool lists_text(const struct node *list, const char *text)
{
	for (const struct node *c = node_first(list); c; c = c->next) {
		if (c->kind == NODE_STR && str_eq(c->str, text))
			return true;
	}
	return false;
}

static const char *label_of(const struct cluster *c, const char *key)
{
	for (size_t i = 0; i < c->n_labels; i++) {
		if (str_eq(c->labels[i].key, key))
			return c->labels[i].value;
	}
	return NULL;
}

/* One of matchExpressions, about the text @value (NULL: absent). */
static bool expression_holds(const struct node *e, const char *value)
{
	const char *op = node_str(e, "operator");
	bool in = value && lists_text(node_get(e, "values"), value);

	if (str_eq(op, "In"))
		return in;
	if (str_eq(op, "NotIn"))
		return !in;
	if (str_eq(op, "Exists"))
		return value != NULL;
	return str_eq(op, "DoesNotExist") && !value;
}

static bool labels_match(const struct node *selector, const struct cluster *c)
{
	for (const struct node *l = node_first(node_get(selector, "matchLabels")); l; l = l->next) {
		if (l->kind != NODE_STR || !str_eq(l->str, label_of(c, l->key)))
			return false;
	}
	for (const struct node *e = node_first(node_get(selector, "matchExpressions")); e;
	     e = e->next) {
		if (!expression_holds(e, label_of(c, node_str(e, "key"))))
			return false;
	}
	return true;
}

static bool field_holds(const struct node *e, const struct cluster *c)
{
	const char *key = node_str(e, "key");

	if (str_eq(key, "provider"))
		return expression_holds(e, c->provider);
	if (str_eq(key, "region"))
		return expression_holds(e, c->region);
	for (size_t i = 0; i < c->n_zones; i++) {
		if (expression_holds(e, c->zones[i]))
			return true;
	}
	return !c->n_zones && expression_holds(e, NULL);
}

bool world_allows(const struct node *affinity, const struct cluster *c)
{
	const struct node *names = node_get(affinity, "clusterNames");
	const struct node *fields = node_at(affinity, "fieldSelector.matchExpressions");

	if (lists_text(node_get(affinity, "exclude"), c->name))
		return false;
	if (node_count(names) && !lists_text(names, c->name))
		return false;
	for (const struct node *e = node_first(fields); e; e = e->next) {
		if (!field_holds(e, c))
			return false;
	}
	return labels_match(node_get(affinity, "labelSelector"), c);
}

/* The figures being patched: a copy of the chart's. */
struct patched {
	struct arena *a;
	const struct world_subject *subject;
	struct container_facts *containers;
	size_t n;
	int64_t replicas;
};

static struct amounts amounts_of(struct arena *a, const struct node *n)
{
	struct problems ps = {.a = a};
	struct amounts r = {0};

	if (n)
		amounts_up.read(a, n, "resources", &r, &ps);
	return r;
}

/* Patch below ".../containers/": @rest is "0/resources", "0/resources/limits/cpu" ... */
static bool patch_container(struct patched *p, const char *rest, const struct node *rule)
{
	char *end;
	unsigned long i = strtoul(rest, &end, 10);
	const struct node *value = node_get(rule, "value");
	bool removes = str_eq(node_str(rule, "operator"), "remove");

	if (end == rest || i >= p->n)
		return false;
	if (str_eq(end, "/resources")) {
		if (removes)
			value = NULL;
		p->containers[i].requests = amounts_of(p->a, node_get(value, "requests"));
		p->containers[i].limits = amounts_of(p->a, node_get(value, "limits"));
		return true;
	}
	struct amounts *sets[] = {&p->containers[i].requests, &p->containers[i].limits};
	static const char *const paths[] = {"/resources/requests", "/resources/limits"};
	for (size_t k = 0; k < countof(paths); k++) {
		const char *resource = end + strlen(paths[k]);

		if (!str_starts(end, paths[k]))
			continue;
		if (!*resource) {
			*sets[k] = amounts_of(p->a, value);
			return true;
		}
		if (!sets[k]->n || *resource != '/')
			return false; /* there is no such map to patch */
		struct node *one = node_new(p->a, NODE_MAP);
		if (value)
			node_set(one, resource + 1, node_copy(p->a, value));
		struct amounts copy = {0}, set = amounts_of(p->a, one);
		amounts_add(p->a, &copy, sets[k], 1);
		amounts_set(p->a, &copy, resource + 1, amounts_get(&set, resource + 1));
		*sets[k] = copy;
		return true;
	}
	return true;
}

static bool patch(struct patched *p, const struct node *rule)
{
	const char *path = node_str(rule, "path");
	const char *pod = p->subject->facts->pod_path;
	const char *prefix =
		arena_printf(p->a, "%s/spec/containers/", pod ? pod : "/spec/template");

	if (!path)
		return false;
	if (str_eq(path, "/spec/replicas")) {
		p->replicas = node_int(rule, "value", p->replicas);
		return p->replicas >= 0;
	}
	if (str_starts(path, prefix))
		return patch_container(p, path + strlen(prefix), rule);
	return true;
}

static bool is_override(const struct owned_object *o)
{
	return str_eq(o->kind, "OverridePolicy") || str_eq(o->kind, "ClusterOverridePolicy");
}

/* Apply the rules of @o that are meant for @c; the path that fails is returned. */
static const char *apply_rules(struct patched *p, const struct owned_object *o,
			       const struct cluster *c)
{
	const struct node *rules = node_at(o->body, "spec.overrideRules");

	for (const struct node *r = node_first(rules); r; r = r->next) {
		if (!world_allows(node_get(r, "targetCluster"), c))
			continue;
		const struct node *texts = node_at(r, "overriders.plaintext");
		for (const struct node *t = node_first(texts); t; t = t->next) {
			if (!patch(p, t))
				return node_str(t, "path") ? node_str(t, "path") : "";
		}
	}
	return NULL;
}

static struct amounts sum_of(struct arena *a, const struct container_facts *c, size_t n)
{
	struct amounts sum = {0};

	for (size_t i = 0; i < n; i++) {
		amounts_add(a, &sum, &c[i].requests, 1);
		for (size_t k = 0; k < c[i].limits.n; k++) {
			const char *resource = c[i].limits.at[k].resource;
			struct amounts one = {&c[i].limits.at[k], 1};

			if (!amounts_has(&c[i].requests, resource))
				amounts_add(a, &sum, &one, 1);
		}
	}
	return sum;
}

struct amounts world_requests(struct arena *a, const struct object_facts *o)
{
	return sum_of(a, o->containers, o->n_containers);
}

void world_override(struct arena *a, const struct world *w, const struct world_subject *subject,
		    const struct cluster *c, struct world_part *part)
{
	const struct object_facts *f = subject->facts;
	struct patched p = {
		.a = a,
		.subject = subject,
		.containers = arena_new_n(a, struct container_facts, f->n_containers),
		.n = f->n_containers,
		.replicas = part->replicas,
	};

	if (f->n_containers)
		memcpy(p.containers, f->containers, f->n_containers * sizeof(p.containers[0]));
	part->requests = world_requests(a, f);
	for (size_t i = 0; i < w->n_objects; i++) {
		const struct owned_object *o = &w->objects[i];

		if (!is_override(o) ||
		    !world_selects(o, f->kind, f->name, subject->now->namespace_, subject->release))
			continue;
		const char *failed = apply_rules(&p, o, c);
		if (failed) {
			part->blocked = arena_printf(
				a, "override '%s' fails at '%s': no change reaches %s '%s' on '%s'",
				o->name, failed, f->kind, f->name, c->name);
			return;
		}
	}
	part->requests = sum_of(a, p.containers, p.n);
	part->replicas = p.replicas;
}
