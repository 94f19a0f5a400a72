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

struct amounts pod_besides(struct arena *a, const struct node *pod_spec)
{
	struct amounts besides = pod_amounts(a, node_get(pod_spec, "overhead"), ROUND_UP);

	for (struct node *c = node_first(node_get(pod_spec, "initContainers")); c; c = c->next) {
		struct amounts mine = container_requests(a, c);

		if (str_eq(node_str(c, "restartPolicy"), "Always"))
			amounts_add(a, &besides, &mine, 1);
	}
	return besides;
}

struct amounts pod_start(struct arena *a, const struct node *pod_spec)
{
	const struct node *list = node_get(pod_spec, "initContainers");
	struct amounts before = pod_amounts(a, node_get(pod_spec, "overhead"), ROUND_UP);
	struct amounts start = {0};

	for (struct node *c = node_first(list); c; c = c->next) {
		struct amounts mine = container_requests(a, c), now = {0};

		amounts_add(a, &now, &before, 1);
		amounts_add(a, &now, &mine, 1);
		amounts_raise(a, &start, &now);
		if (str_eq(node_str(c, "restartPolicy"), "Always"))
			amounts_add(a, &before, &mine, 1);
	}
	return start;
}

struct amounts pod_requests(struct arena *a, const struct node *pod_spec)
{
	struct amounts total = pod_besides(a, pod_spec), start = pod_start(a, pod_spec);

	for (struct node *c = node_first(node_get(pod_spec, "containers")); c; c = c->next) {
		struct amounts mine = container_requests(a, c);

		amounts_add(a, &total, &mine, 1);
	}
	amounts_raise(a, &total, &start);
	return total;
}

bool pod_keeps_data(const struct node *pod_spec)
{
	for (struct node *c = node_first(node_get(pod_spec, "volumes")); c; c = c->next)
		if (node_get(c, "hostPath") || node_get(c, "persistentVolumeClaim"))
			return true;
	return false;
}
