// SPDX-License-Identifier: Apache-2.0
#include "plan/demand.h"

#include "base/arena.h"
#include "base/attr.h"
#include "base/str.h"
#include "model/graph.h"
#include "model/snapshot.h"

/* Requests, and limits where nothing is requested. */
static struct amounts effective(struct arena *a, const struct container_facts *c)
{
	struct amounts sum = {0};

	amounts_add(a, &sum, &c->requests, 1);
	for (size_t i = 0; i < c->limits.n; i++)
		if (!amounts_has(&c->requests, c->limits.at[i].resource))
			amounts_set(a, &sum, c->limits.at[i].resource, c->limits.at[i].value);
	return sum;
}

struct amounts demand_pod(struct arena *a, const struct object_facts *o,
			  const struct container_facts *containers)
{
	struct amounts pod = {0};

	for (size_t i = 0; i < o->n_containers; i++) {
		struct amounts one = effective(a, &containers[i]);
		amounts_add(a, &pod, &one, 1);
	}
	amounts_add(a, &pod, &o->besides, 1);
	amounts_raise(a, &pod, &o->start);
	return pod;
}

static bool runs_pods(const struct object_facts *o)
{
	return o->pod_path && !o->hook;
}

/* What serves comes before what runs once: a Job may bear the name of the Deployment. */
static size_t rank(const struct object_facts *o)
{
	static const char *const order[] = {"Deployment", "StatefulSet", "DaemonSet"};
	size_t k = 0;

	while (k < countof(order) && !str_eq(o->kind, order[k]))
		k++;
	return k;
}

/* The best of the workloads called @name (NULL: of all), the first of equals. */
static const struct object_facts *best_workload(const struct chart_facts *f, const char *name)
{
	const struct object_facts *best = NULL;

	for (size_t i = 0; i < f->n_objects; i++) {
		const struct object_facts *o = &f->objects[i];

		if (!runs_pods(o) || (name && !str_eq(o->name, name)))
			continue;
		if (!best || rank(o) < rank(best))
			best = o;
	}
	return best;
}

const struct object_facts *main_workload(const struct chart_facts *f)
{
	const struct object_facts *o = f->service ? best_workload(f, f->service) : NULL;

	if (!o && f->name)
		o = best_workload(f, f->name);
	return o ? o : best_workload(f, NULL);
}

static bool is_device(const char *resource)
{
	return !str_eq(resource, "cpu") && !str_eq(resource, "memory") &&
	       !str_eq(resource, "ephemeral-storage");
}

/* True when the chart's own values carry the intent: it is in its requests already. */
static bool is_mapped(const struct service *v, const char *resource)
{
	if (str_eq(resource, "cpu"))
		return v->mapping.cpu;
	if (str_eq(resource, "memory"))
		return v->mapping.memory;
	return v->mapping.gpu && is_device(resource);
}

/* Give container 0 of @n what the intent @want leaves for it. */
static bool apply_intent(struct arena *a, const struct amount *want, struct container_facts *c,
			 size_t n)
{
	int64_t others = 0;
	struct amounts own = effective(a, &c[0]);

	for (size_t i = 1; i < n; i++) {
		struct amounts one = effective(a, &c[i]);
		others += amounts_get(&one, want->resource);
	}
	int64_t request =
		want->value > others ? want->value - others : amounts_get(&own, want->resource);
	bool storage = str_eq(want->resource, "ephemeral-storage");
	int64_t limit = amounts_get(&c[0].limits, want->resource);
	bool keeps = !is_device(want->resource) && (limit > request || (storage && !limit));
	int64_t new_limit = keeps ? limit : request;

	if (amounts_get(&c[0].requests, want->resource) == request && limit == new_limit)
		return false;
	amounts_set(a, &c[0].requests, want->resource, request);
	if (new_limit)
		amounts_set(a, &c[0].limits, want->resource, new_limit);
	return true;
}

bool demand_containers(struct arena *a, const struct service *v, const struct chart_facts *f,
		       const struct object_facts *o, struct container_facts **ret_containers)
{
	struct container_facts *copy = arena_new_n(a, struct container_facts, o->n_containers);
	bool changed = false;

	for (size_t i = 0; i < o->n_containers; i++) {
		copy[i].name = o->containers[i].name;
		amounts_add(a, &copy[i].requests, &o->containers[i].requests, 1);
		amounts_add(a, &copy[i].limits, &o->containers[i].limits, 1);
	}
	if (v && o->n_containers && o == main_workload(f))
		for (size_t i = 0; i < v->demand.n; i++)
			if (!is_mapped(v, v->demand.at[i].resource))
				changed |= apply_intent(a, &v->demand.at[i], copy, o->n_containers);
	*ret_containers = copy;
	return changed;
}

int64_t demand_chart_replicas(const struct object_facts *o)
{
	return o->replicas >= 0 ? o->replicas : 1;
}

static void add_workload(struct arena *a, struct demand *d, const struct object_facts *o,
			 const struct amounts *pod, bool is_main)
{
	bool daemon = str_eq(o->kind, "DaemonSet");

	if (is_main) {
		d->per_replica = *pod;
		d->per_node = daemon;
	} else if (daemon) {
		amounts_add(a, &d->daemons, pod, 1);
		d->daemon_pods++;
	} else {
		amounts_add(a, &d->fixed, pod, demand_chart_replicas(o));
		d->fixed_pods += demand_chart_replicas(o);
	}
}

static struct amounts without_pods(struct arena *a, const struct amounts *r)
{
	struct amounts rest = {0};

	for (size_t i = 0; i < r->n; i++)
		if (!str_eq(r->at[i].resource, "pods"))
			amounts_set(a, &rest, r->at[i].resource, r->at[i].value);
	return rest;
}

struct amounts demand_on(struct arena *a, const struct demand *d, int64_t replicas, int64_t nodes)
{
	struct amounts use = {0};
	int64_t each = nodes > 0 ? nodes : 1, main = d->per_node ? each : replicas;

	amounts_add(a, &use, &d->per_replica, main);
	amounts_add(a, &use, &d->fixed, 1);
	amounts_add(a, &use, &d->daemons, each);
	int64_t pods = main + d->fixed_pods + d->daemon_pods * each;
	if (pods)
		amounts_set(a, &use, "pods", pods);
	return use;
}

void demand_of(struct arena *a, const struct service *v, const struct chart_facts *f,
	       int64_t replicas, struct demand *ret_demand)
{
	struct demand d = {0};
	const struct object_facts *main = f ? main_workload(f) : NULL;

	d.pods = arena_new_n(a, struct amounts, f ? f->n_objects + 1 : 1);
	d.replicas = replicas ? replicas : main ? demand_chart_replicas(main) : 1;
	if (!main) {
		amounts_add(a, &d.per_replica, &v->demand, 1);
		d.pods[d.n_pods++] = d.per_replica;
	}
	for (size_t i = 0; f && i < f->n_objects; i++) {
		const struct object_facts *o = &f->objects[i];
		struct container_facts *containers;

		if (!runs_pods(o))
			continue;
		demand_containers(a, v, f, o, &containers);
		struct amounts pod = demand_pod(a, o, containers);
		d.pods[d.n_pods++] = pod;
		add_workload(a, &d, o, &pod, o == main);
	}
	d.replicas = d.per_node ? 1 : d.replicas;
	d.total = demand_on(a, &d, d.replicas, 1);
	d.total = without_pods(a, &d.total);
	*ret_demand = d;
}
