// SPDX-License-Identifier: Apache-2.0
#include "drive/kube_rules.h"

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/node.h"
#include "drive/kube.h"
#include "drive/rule_object.h"
#include "drive/selector.h"
#include "drive/url.h"
#include "model/kinds.h"
#include "plan/rules.h"

enum { TRIES = 20, PAUSE_MS = 20 /* of a change that met another one */ };

struct kube_rules {
	struct kube_rules_settings s;
};

struct kube_rules *kube_rules_open(struct arena *a, const struct kube_rules_settings *settings)
{
	struct kube_rules *r = arena_new(a, struct kube_rules);

	r->s = *settings;
	return r;
}

static struct err *read_shared(const struct kube_rules *r, struct arena *a, const char **ret_path,
			       struct node **ret_shared)
{
	struct kube_call call = {0};

	TRY(kube_path(a, RULES_API, "prometheusrules", r->s.namespace_, r->s.name, NULL,
		      &call.path));
	*ret_path = call.path;
	struct err *e = kube_call(r->s.kube, a, &call, ret_shared, NULL);
	if (!e || e->kind != ERR_NOT_FOUND)
		return e;
	return err_hint(a,
			err_new(a, ERR_NOT_FOUND,
				"there is no PrometheusRule '%s' in namespace '%s'", r->s.name,
				r->s.namespace_),
			"Name the shared object with rules.shared_object, or let rules.mode be "
			"auto.");
}

static struct node *object_of(const struct kube_rules *r, struct arena *a,
			      const struct node *shared, const char *graph)
{
	struct node *groups = node_new(a, NODE_LIST);
	struct node *group = node_add(groups, node_new(a, NODE_MAP));

	node_set_str(a, group, "name", rules_name(a, graph));
	node_set(group, "rules", rules_extract(a, shared, r->s.group, graph));
	return rule_object(a, r->s.namespace_, r->s.instance, graph, groups);
}

/* ---- reading ---- */

static struct err *rules_get(void *self, struct arena *a, const struct object_ref *ref,
			     struct node **ret_object)
{
	const struct kube_rules *r = self;
	const char *path, *graph = rule_object_graph(ref->name);
	struct node *shared;

	TRY(read_shared(r, a, &path, &shared));
	if (!graph || !node_count(rules_extract(a, shared, r->s.group, graph)))
		return err_new(a, ERR_NOT_FOUND, "'%s' holds no rules of '%s'", r->s.name,
			       ref->name);
	*ret_object = object_of(r, a, shared, graph);
	return NULL;
}

static bool is_there(const struct node *items, const char *name)
{
	for (const struct node *o = node_first(items); o; o = o->next)
		if (str_eq(node_str(o, "metadata.name"), name))
			return true;
	return false;
}

static void add_graphs(const struct kube_rules *r, struct arena *a, const struct node *shared,
		       const struct object_filter *filter, struct node *items)
{
	for (const struct node *g = node_first(node_at(shared, "spec.groups")); g; g = g->next) {
		const struct node *rule = node_first(node_get(g, "rules"));

		for (; str_eq(node_str(g, "name"), r->s.group) && rule; rule = rule->next) {
			const char *graph = node_str(rule, "labels.graph");

			if (!graph || is_there(items, rules_name(a, graph)))
				continue;
			struct node *o = object_of(r, a, shared, graph);
			if (!filter || selector_matches(a, o, filter->label_selector))
				node_add(items, o);
		}
	}
}

static struct err *rules_list(void *self, struct arena *a, const char *api_version,
			      const char *kind, const struct object_filter *filter,
			      struct node **ret_items)
{
	struct node *shared, *items = node_new(a, NODE_LIST);
	const char *path;

	(void)api_version;
	(void)kind;
	struct err *e = read_shared(self, a, &path, &shared);
	if (e && e->kind != ERR_NOT_FOUND)
		return e;
	if (!e)
		add_graphs(self, a, shared, filter, items);
	*ret_items = items;
	return NULL;
}

/* ---- changes ---- */

/* Its resourceVersion goes along, so that a change of somebody else is a conflict. */
static struct err *write_shared(const struct kube_rules *r, struct arena *a, const char *path,
				const struct node *shared, bool *ret_again)
{
	struct node *answer;
	int status;
	struct kube_call call = {
		.method = "PUT",
		.path = url_with_query(a, path, "fieldManager", FIELD_MANAGER),
		.content_type = "application/json",
		.body = json_write(a, shared, JSON_COMPACT),
		.once = true,
	};
	struct err *e = kube_call(r->s.kube, a, &call, &answer, &status);

	*ret_again = e && status == 409;
	return e;
}

/* @rules NULL: take those of @graph out. */
static struct err *change(const struct kube_rules *r, struct arena *a, const char *graph,
			  const struct node *rules)
{
	for (int i = 1;; i++) {
		struct node *shared;
		const char *path;
		bool changed, again;

		TRY(read_shared(r, a, &path, &shared));
		struct node *merged = rules_merge(a, shared, r->s.group, graph, rules, &changed);
		if (!changed)
			return NULL;
		struct err *e = write_shared(r, a, path, merged, &again);
		if (!e || !again || i == TRIES)
			return err_wrap(a, e, "rules of '%s'", graph);
		http_wait(kube_settings(r->s.kube)->cancel, PAUSE_MS);
	}
}

static struct err *rules_apply(void *self, struct arena *a, const struct node *object, bool adopt)
{
	const char *graph = rule_object_graph(node_str(object, "metadata.name"));
	const struct node *group = node_first(node_at(object, "spec.groups"));

	(void)adopt; /* rules of other graphs are left alone anyway */
	if (!graph)
		return err_new(a, ERR_INPUT, "rules without a graph");
	return change(self, a, graph, node_get(group, "rules"));
}

static struct err *rules_remove(void *self, struct arena *a, const struct object_ref *ref)
{
	const char *graph = rule_object_graph(ref->name);

	if (!graph)
		return NULL;
	struct err *e = change(self, a, graph, NULL);
	return e && e->kind == ERR_NOT_FOUND ? NULL : e;
}

struct object_port kube_rules_port(struct kube_rules *r)
{
	return (struct object_port){
		.get = rules_get,
		.list = rules_list,
		.apply = rules_apply,
		.remove = rules_remove,
		.self = r,
	};
}

struct err *kube_keeps_no_rules(struct kube *k, struct arena *a, const char *namespace_,
				const char **ret_why)
{
	struct kube_call call = {0};
	struct node *ns;
	bool served;

	*ret_why = NULL;
	TRY(kube_serves(k, a, RULES_API, RULES_KIND, &served));
	if (!served) {
		*ret_why = "the control plane does not know " RULES_KIND;
		return NULL;
	}
	TRY(kube_path(a, "v1", "namespaces", NULL, namespace_, NULL, &call.path));
	struct err *e = kube_call(k, a, &call, &ns, NULL);
	if (e && e->kind == ERR_NOT_FOUND) {
		*ret_why = arena_printf(a, "the control plane has no namespace '%s'", namespace_);
		return NULL;
	}
	return e;
}
