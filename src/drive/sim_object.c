// SPDX-License-Identifier: Apache-2.0
/* object_port: what was applied is kept as it is; templates of releases are made up on request. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "drive/selector.h"
#include "drive/sim_bind.h"
#include "drive/sim_op.h"
#include "drive/sim_parts.h"
#include "drive/sim_pods.h"
#include "model/kinds.h"
#include "plan/world.h"

/* ---- labels ---- */

static const char *label_of(const struct node *object, const char *key)
{
	const struct node *n = node_get(node_at(object, "metadata.labels"), key);

	return n && n->kind == NODE_STR ? n->str : NULL;
}

/* ---- templates ---- */

static struct node *manifest_of(struct arena *a, const struct sim_template *t)
{
	struct node *m = node_new(a, NODE_MAP);

	node_set_str(a, m, "apiVersion", arena_strdup(a, t->facts.api_version));
	node_set_str(a, m, "kind", arena_strdup(a, t->facts.kind));
	struct node *meta = node_map_in(a, m, "metadata");
	node_set_str(a, meta, "name", arena_strdup(a, t->facts.name));
	node_set_str(a, meta, "namespace", arena_strdup(a, t->namespace_));
	node_set_int(a, meta, "generation", t->generation);
	node_set_str(a, node_map_in(a, meta, "annotations"), "meta.helm.sh/release-name",
		     arena_strdup(a, t->release));
	node_set_str(a, node_map_in(a, meta, "labels"), LABEL_MANAGED_BY, "Helm");
	struct node *spec = node_map_in(a, m, "spec");
	if (world_counts_replicas(t->facts.kind))
		node_set_int(a, spec, "replicas", t->replicas);
	return m;
}

static struct err *check_served(struct arena *a, const char *api_version, const char *kind)
{
	if (object_kind(api_version, kind))
		return NULL;
	return err_hint(a,
			err_new(a, ERR_NOT_FOUND, "the simulated world does not know %s of %s",
				kind ? kind : "an object without kind",
				api_version ? api_version : "no version"),
			"Is a custom resource definition missing in the control plane?");
}

static struct err *not_found(struct arena *a, const struct object_ref *ref)
{
	return err_new(a, ERR_NOT_FOUND, "%s '%s' not found", ref->kind, ref->name);
}

static struct err *get(struct sim_call *c, const struct object_ref *ref, struct node **ret_object)
{
	const struct sim_state *s = sim_state_of(c);
	const struct sim_template *t = sim_state_template(s, ref->kind, ref->namespace_, ref->name);
	size_t i = sim_state_object(s, ref->kind, ref->namespace_, ref->name);

	TRY(check_served(c->a, ref->api_version, ref->kind));
	if (i < s->objects.n)
		*ret_object = sim_clone(c->a, s->objects.at[i]);
	else if (t)
		*ret_object = manifest_of(c->a, t);
	else
		return not_found(c->a, ref);
	return NULL;
}

static struct err *object_get(void *self, struct arena *a, const struct object_ref *ref,
			      struct node **ret_object)
{
	struct sim_call c;

	TRY(sim_enter(self, a, "object", "get", &c));
	return sim_leave(&c, get(&c, ref, ret_object));
}

static void list(struct sim_call *c, const char *api_version, const char *kind,
		 const struct object_filter *filter, struct node *items)
{
	static const struct object_filter everything = {0};
	const struct sim_state *s = sim_state_of(c);

	filter = filter ? filter : &everything;
	for (size_t i = 0; i < s->objects.n; i++) {
		const struct owned_object *o = &s->owned.at[i];

		if (str_eq(o->kind, kind) && str_eq(o->api_version, api_version) &&
		    (!filter->namespace_ || str_eq(o->namespace_, filter->namespace_)) &&
		    selector_matches(c->a, s->objects.at[i], filter->label_selector))
			node_add(items, sim_clone(c->a, s->objects.at[i]));
	}
	for (size_t i = 0; i < s->templates.n; i++) {
		const struct sim_template *t = &s->templates.at[i];

		if (!str_eq(t->facts.kind, kind) ||
		    (filter->namespace_ && !str_eq(t->namespace_, filter->namespace_)))
			continue;
		struct node *m = manifest_of(c->a, t);
		if (selector_matches(c->a, m, filter->label_selector))
			node_add(items, m);
	}
}

static struct err *object_list(void *self, struct arena *a, const char *api_version,
			       const char *kind, const struct object_filter *filter,
			       struct node **ret_items)
{
	struct node *items = node_new(a, NODE_LIST);
	struct sim_call c;

	TRY(sim_enter(self, a, "object", "list", &c));
	list(&c, api_version, kind, filter, items);
	TRY(sim_leave(&c, NULL));
	*ret_items = items;
	return NULL;
}

/* ---- changes ---- */

/* ERR_CONFLICT when @object is not ours; @instance NULL: any instance's is. */
static struct err *check_ours(struct arena *a, const struct node *object, const char *kind,
			      const char *name, const char *instance)
{
	if (!str_eq(label_of(object, LABEL_MANAGED_BY), MANAGED_BY))
		return err_hint(
			a, err_new(a, ERR_CONFLICT, "%s '%s' exists and is not ours", kind, name),
			"It was made by somebody else; --adopt takes it over.");
	if (instance && !str_eq(label_of(object, LABEL_INSTANCE), instance))
		return err_hint(
			a, err_new(a, ERR_CONFLICT, "%s '%s' belongs to another SMO", kind, name),
			"--adopt takes it over.");
	return NULL;
}

static struct err *check_namespace(struct sim_call *c, const char *namespace_)
{
	const struct sim_state *s = sim_state_of(c);

	if (!namespace_ || sim_state_object(s, "Namespace", NULL, namespace_) < s->objects.n)
		return NULL;
	return err_new(c->a, ERR_NOT_FOUND, "namespaces \"%s\" not found", namespace_);
}

static struct err *apply(struct sim_call *c, const struct node *object, bool adopt)
{
	const struct sim_state *s = sim_state_of(c);
	const char *kind = node_str(object, "kind"), *name = node_str(object, "metadata.name");
	const char *namespace_ = node_str(object, "metadata.namespace");
	const char *label = label_of(object, LABEL_INSTANCE);

	TRY(check_served(c->a, node_str(object, "apiVersion"), kind));
	if (!name || !*name)
		return err_new(c->a, ERR_INPUT, "a %s without a name", kind);
	if (object_kind(NULL, kind)->namespaced && !namespace_)
		return err_new(c->a, ERR_INPUT, "%s '%s' has no namespace", kind, name);
	/* Where rules lie in a control plane nobody runs: that namespace is as if there. */
	if (!str_eq(kind, RULES_KIND))
		TRY(check_namespace(c, namespace_));
	size_t i = sim_state_object(s, kind, namespace_, name);
	if (i < s->objects.n && !adopt)
		TRY(check_ours(c->a, s->objects.at[i], kind, name,
			       label ? label : c->sim->instance));
	struct node *op = sim_op_new(c->a, "apply");
	node_set(op, "object", node_copy(c->a, object));
	return sim_change(c, op);
}

static struct err *object_apply(void *self, struct arena *a, const struct node *object, bool adopt)
{
	struct sim_call c;

	TRY(sim_enter(self, a, "object", "apply", &c));
	return sim_leave(&c, apply(&c, object, adopt));
}

static struct node *op_on(struct arena *a, const char *what, const struct object_ref *ref)
{
	struct node *op = sim_op_new(a, what);

	node_set_str(a, op, "kind", ref->kind);
	if (ref->namespace_)
		node_set_str(a, op, "namespace", ref->namespace_);
	node_set_str(a, op, "name", ref->name);
	return op;
}

static struct err *remove_object(struct sim_call *c, const struct object_ref *ref)
{
	const struct sim_state *s = sim_state_of(c);
	size_t i = sim_state_object(s, ref->kind, ref->namespace_, ref->name);

	if (i == s->objects.n)
		return NULL;
	TRY(check_ours(c->a, s->objects.at[i], ref->kind, ref->name, c->sim->instance));
	return sim_change(c, op_on(c->a, "remove", ref));
}

static struct err *object_remove(void *self, struct arena *a, const struct object_ref *ref)
{
	struct sim_call c;

	TRY(sim_enter(self, a, "object", "remove", &c));
	return sim_leave(&c, remove_object(&c, ref));
}

static struct err *scale(struct sim_call *c, const struct object_ref *ref, int64_t replicas)
{
	if (replicas < 0)
		return err_new(c->a, ERR_INPUT, "%lld is no number of replicas",
			       (long long)replicas);
	if (!sim_state_template(sim_state_of(c), ref->kind, ref->namespace_, ref->name))
		return err_wrap(c->a, not_found(c->a, ref), "scaling %s '%s'", ref->kind,
				ref->name);
	struct node *op = op_on(c->a, "scale", ref);
	node_set_int(c->a, op, "replicas", replicas);
	return sim_change(c, op);
}

static struct err *object_scale(void *self, struct arena *a, const struct object_ref *ref,
				int64_t replicas)
{
	struct sim_call c;

	TRY(sim_enter(self, a, "object", "scale", &c));
	return sim_leave(&c, scale(&c, ref, replicas));
}

/* ---- what runs ---- */

struct workload_share sim_share_of(struct arena *a, const struct sim_state *s,
				   const struct sim_template *t, const char *cluster)
{
	const struct sim_part *p = sim_part_of(s, t, cluster);
	struct workload_share share = {.cluster = arena_strdup(a, cluster), .health = "Unknown"};

	if (!p || !p->generation) /* it has not heard of it */
		return share;
	int64_t ready = p->frozen ? p->seen_ready : sim_pods_ready(s, p);
	bool current = p->frozen ? p->seen_current : sim_pods_current(p);
	share.applied = true;
	share.current = current && !p->blocked && p->generation == t->generation;
	share.replicas = p->wanted;
	share.ready = ready;
	share.available = ready;
	share.health = ready >= p->wanted ? "Healthy" : "Unhealthy";
	return share;
}

static struct workload workload_of(struct arena *a, const struct sim_state *s,
				   const struct sim_template *t)
{
	struct workload w = {
		.kind = arena_strdup(a, t->facts.kind),
		.name = arena_strdup(a, t->facts.name),
		.namespace_ = arena_strdup(a, t->namespace_),
		.service = arena_strdup(a, t->release),
		.replicas = t->replicas,
		.data = t->facts.data,
		.scheduled = t->scheduled,
		.reason = arena_strdup(a, t->reason),
		.clusters = arena_new_n(a, const char *, t->n_clusters),
		.shares = arena_new_n(a, struct workload_share, t->n_clusters),
		.n_clusters = t->n_clusters,
		.n_shares = t->n_clusters,
	};
	struct arena scratch scoped_arena = {0};
	struct amounts requests = world_requests(&scratch, &t->facts);

	for (size_t i = 0; i < requests.n; i++)
		amounts_set(a, &w.requests, arena_strdup(a, requests.at[i].resource),
			    requests.at[i].value);
	for (size_t i = 0; i < t->n_clusters; i++) {
		w.shares[i] = sim_share_of(a, s, t, t->clusters[i]);
		w.clusters[i] = w.shares[i].cluster;
	}
	return w;
}

static int by_kind_and_name(const void *x, const void *y)
{
	const struct workload *a = x, *b = y;
	int c = str_cmp(a->kind, b->kind);

	return c ? c : str_cmp(a->name, b->name);
}

static struct err *object_workloads(void *self, struct arena *a, const char *namespace_,
				    struct workload **ret_workloads, size_t *ret_n)
{
	vec_of(struct workload) found = {0};
	struct sim_call c;

	TRY(sim_enter(self, a, "object", "workloads", &c));
	const struct sim_state *s = sim_state_of(&c);
	for (size_t i = 0; i < s->templates.n; i++) {
		const struct sim_template *t = &s->templates.at[i];

		if (!namespace_ || str_eq(t->namespace_, namespace_))
			*vec_push(a, &found) = workload_of(a, s, t);
	}
	TRY(sim_leave(&c, NULL));
	if (found.n)
		qsort(found.at, found.n, sizeof(found.at[0]), by_kind_and_name);
	*ret_workloads = found.at;
	*ret_n = found.n;
	return NULL;
}

/* ---- what does not ---- */

struct texts {
	struct arena *a;
	vec_of(const char *) list;
};

static void warn_of(struct texts *w, const struct sim_state *s, const struct sim_template *t)
{
	if (!t->scheduled && t->reason)
		*vec_push(w->a, &w->list) = arena_printf(w->a, "%s '%s': ScheduleBindingFailed: %s",
							 t->facts.kind, t->facts.name, t->reason);
	for (size_t i = 0; i < t->n_clusters; i++) {
		const struct sim_part *p = sim_part_of(s, t, t->clusters[i]);

		if (!p)
			continue;
		if (p->blocked)
			*vec_push(w->a, &w->list) =
				arena_printf(w->a, "%s '%s': ApplyOverridePolicyFailed: %s",
					     p->kind, p->name, p->blocked);
		if (sim_pods_pending(w->a, s, p))
			*vec_push(w->a, &w->list) =
				arena_printf(w->a, "%s '%s': FailedScheduling on '%s': %s", p->kind,
					     p->name, p->cluster, sim_pods_pending(w->a, s, p));
		if (sim_state_fails(s, p->release))
			*vec_push(w->a, &w->list) =
				arena_printf(w->a, "%s '%s': BackOff on '%s': its pods crash",
					     p->kind, p->name, p->cluster);
	}
}

static struct err *object_warnings(void *self, struct arena *a, const char *namespace_,
				   const char ***ret_texts, size_t *ret_n)
{
	struct texts w = {.a = a};
	struct sim_call c;

	TRY(sim_enter(self, a, "object", "warnings", &c));
	const struct sim_state *s = sim_state_of(&c);
	for (size_t i = 0; i < s->templates.n; i++) {
		if (!namespace_ || str_eq(s->templates.at[i].namespace_, namespace_))
			warn_of(&w, s, &s->templates.at[i]);
	}
	TRY(sim_leave(&c, NULL));
	*ret_texts = w.list.at;
	*ret_n = w.list.n;
	return NULL;
}

static struct err *object_trouble(void *self, struct arena *a, const struct object_ref *ref,
				  const char *cluster, struct pod_trouble *ret_trouble)
{
	struct sim_call c;

	TRY(sim_enter(self, a, "object", "trouble", &c));
	const struct sim_state *s = sim_state_of(&c);
	const struct sim_template *t = sim_state_template(s, ref->kind, ref->namespace_, ref->name);
	const struct sim_part *p = t ? sim_part_of(s, t, cluster) : NULL;
	*ret_trouble = (struct pod_trouble){0};
	if (p)
		*ret_trouble = (struct pod_trouble){
			.text = sim_state_fails(s, p->release)
					? "CrashLoopBackOff: it was told to fail"
					: sim_pods_pending(a, s, p),
			.unplaced = sim_pods_unplaced(s, p),
		};
	return sim_leave(&c, NULL);
}

struct object_port sim_object_port(struct sim *s)
{
	return (struct object_port){
		.get = object_get,
		.list = object_list,
		.apply = object_apply,
		.remove = object_remove,
		.scale = object_scale,
		.workloads = object_workloads,
		.warnings = object_warnings,
		.trouble = object_trouble,
		.self = s,
	};
}
