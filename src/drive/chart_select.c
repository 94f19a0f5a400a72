// SPDX-License-Identifier: Apache-2.0
#include "drive/chart_select.h"

#include <string.h>

#include "base/str.h"
#include "doc/node.h"

#define POLICY_GROUP "policy.karmada.io/"

static const char *namespace_of(const struct node *object, const char *otherwise)
{
	const char *n = node_str(object, "metadata.namespace");

	return n && *n ? n : otherwise;
}

static bool holds(const struct node *list, const struct node *value)
{
	for (const struct node *c = node_first(list); c && value; c = c->next)
		if (node_equal(c, value))
			return true;
	return false;
}

static bool expression_matches(const struct node *e, const struct node *labels)
{
	const char *key = node_str(e, "key"), *op = node_str(e, "operator");
	const struct node *value = key ? node_get(labels, key) : NULL;

	if (str_eq(op, "Exists"))
		return value != NULL;
	if (str_eq(op, "DoesNotExist"))
		return value == NULL;
	if (str_eq(op, "In"))
		return holds(node_get(e, "values"), value);
	if (str_eq(op, "NotIn"))
		return !holds(node_get(e, "values"), value);
	return false;
}

static bool labels_match(const struct node *selector, const struct node *labels)
{
	const struct node *wanted = node_get(selector, "matchLabels");
	const struct node *expressions = node_get(selector, "matchExpressions");

	for (const struct node *c = node_first(wanted); c; c = c->next)
		if (!node_get(labels, c->key) || !node_equal(node_get(labels, c->key), c))
			return false;
	for (const struct node *c = node_first(expressions); c; c = c->next)
		if (!expression_matches(c, labels))
			return false;
	return true;
}

/* How closely @s picks @object: 0 not at all, 1 by kind, 2 by labels, 3 by name. */
static int closeness(const struct node *s, const struct node *object, const char *namespace_)
{
	const char *name = node_str(s, "name"), *in = node_str(s, "namespace");
	const struct node *labels = node_get(s, "labelSelector");

	if (!str_eq(node_str(s, "apiVersion"), node_str(object, "apiVersion")) ||
	    !str_eq(node_str(s, "kind"), node_str(object, "kind")))
		return 0;
	if (in && *in && !str_eq(in, namespace_of(object, namespace_)))
		return 0;
	if (name && *name)
		return str_eq(name, node_str(object, "metadata.name")) ? 3 : 0;
	if (labels && labels->kind == NODE_MAP)
		return labels_match(labels, node_at(object, "metadata.labels")) ? 2 : 0;
	return 1;
}

static int policy_closeness(const struct node *policy, const struct node *object,
			    const char *namespace_)
{
	int best = 0;

	for (const struct node *c = node_first(node_at(policy, "spec.resourceSelectors")); c;
	     c = c->next) {
		int now = closeness(c, object, namespace_);

		best = now > best ? now : best;
	}
	return best;
}

/* Is @x (picking with @near) chosen before @y (with @far; NULL: nobody)? */
static bool goes_before(const struct node *x, int near, const struct node *y, int far)
{
	if (!y)
		return true;
	int64_t px = node_int(x, "spec.priority", 0), py = node_int(y, "spec.priority", 0);
	if (px != py) /* Karmada looks at the priority first */
		return px > py;
	if (near != far)
		return near > far;
	return str_cmp(node_str(x, "metadata.name"), node_str(y, "metadata.name")) < 0;
}

/* The best policy of @kind for @object. */
static const struct node *best_of(const struct node *documents, const char *kind,
				  const struct node *object, const char *namespace_)
{
	const struct node *best = NULL;
	int best_near = 0;

	for (const struct node *c = node_first(documents); c; c = c->next) {
		bool local = str_eq(kind, "PropagationPolicy");

		if (!str_eq(node_str(c, "kind"), kind) ||
		    !str_starts(node_str(c, "apiVersion"), POLICY_GROUP))
			continue;
		if (local && !str_eq(namespace_of(c, namespace_), namespace_of(object, namespace_)))
			continue;
		int near = policy_closeness(c, object, namespace_);
		if (near && goes_before(c, near, best, best_near)) {
			best = c;
			best_near = near;
		}
	}
	return best;
}

const struct node *select_policy(const struct node *documents, const struct node *object,
				 bool cluster_scoped, const char *namespace_)
{
	const struct node *local = NULL;

	if (!cluster_scoped)
		local = best_of(documents, "PropagationPolicy", object, namespace_);
	return local ? local : best_of(documents, "ClusterPropagationPolicy", object, namespace_);
}
