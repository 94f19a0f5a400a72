// SPDX-License-Identifier: Apache-2.0
#include "drive/kube_pod.h"

#include "base/err.h"
#include "base/str.h"
#include "doc/node.h"

struct amounts pod_amounts(struct arena *a, const struct node *map, enum rounding rounding)
{
	struct amounts r = {0};

	if (!map || map->kind != NODE_MAP)
		return r;
	for (const struct node *c = node_first(map); c; c = c->next) {
		const char *text = node_text(a, c);
		int64_t value;

		if (text && !quantity_parse(a, text, quantity_scale(c->key), rounding, &value))
			amounts_set(a, &r, c->key, value);
	}
	return r;
}

static struct amounts container_requests(struct arena *a, const struct node *container)
{
	struct amounts requests =
		pod_amounts(a, node_at(container, "resources.requests"), ROUND_UP);
	struct amounts limits = pod_amounts(a, node_at(container, "resources.limits"), ROUND_UP);

	for (size_t i = 0; i < limits.n; i++)
		if (!amounts_has(&requests, limits.at[i].resource))
			amounts_set(a, &requests, limits.at[i].resource, limits.at[i].value);
	return requests;
}

/* Each resource of @r at least as in @other. */
static void at_least(struct arena *a, struct amounts *r, const struct amounts *other)
{
	for (size_t i = 0; i < other->n; i++)
		if (amounts_get(r, other->at[i].resource) < other->at[i].value)
			amounts_set(a, r, other->at[i].resource, other->at[i].value);
}

struct amounts pod_requests(struct arena *a, const struct node *pod_spec)
{
	struct amounts total = {0}, sidecars = {0}, start = {0};

	for (struct node *c = node_first(node_get(pod_spec, "initContainers")); c; c = c->next) {
		struct amounts mine = container_requests(a, c), now = {0};

		amounts_add(a, &now, &sidecars, 1);
		amounts_add(a, &now, &mine, 1);
		at_least(a, &start, &now);
		if (str_eq(node_str(c, "restartPolicy"), "Always"))
			amounts_add(a, &sidecars, &mine, 1);
	}
	amounts_add(a, &total, &sidecars, 1);
	for (struct node *c = node_first(node_get(pod_spec, "containers")); c; c = c->next) {
		struct amounts mine = container_requests(a, c);

		amounts_add(a, &total, &mine, 1);
	}
	at_least(a, &total, &start);
	struct amounts overhead = pod_amounts(a, node_get(pod_spec, "overhead"), ROUND_UP);
	amounts_add(a, &total, &overhead, 1);
	return total;
}
