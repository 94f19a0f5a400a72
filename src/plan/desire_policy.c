// SPDX-License-Identifier: Apache-2.0
/*
 * Propagation: a chart's own policy where it covers an object, ours everywhere else.
 *
 * Objects are selected by kind and name, hooks included: Karmada runs no pods, so a hook Job
 * without a policy would never end.  Cluster-scoped objects need a ClusterPropagationPolicy.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "model/kinds.h"
#include "plan/demand.h"
#include "plan/desire_parts.h"
#include "plan/overrides.h"
#include "plan/place_model.h"

/* Never propagated by us: they steer propagation, or Karmada makes them in members itself. */
static bool stays_here(const struct object_facts *o)
{
	return str_starts(o->api_version, "policy.karmada.io/") || str_eq(o->kind, "Namespace");
}

/* Monitoring objects live in the monitoring namespace by convention; they run nothing. */
static bool is_monitoring(const struct object_facts *o)
{
	return str_starts(o->api_version, "monitoring.coreos.com/");
}

static bool is_foreign(const struct desiring *d, const struct object_facts *o)
{
	return o->namespace_ && !str_eq(o->namespace_, d->s->project);
}

static struct err *refuse_unasked(struct desiring *d, const struct service *v,
				  const struct chart_facts *f)
{
	struct str list = {.a = d->a};

	for (size_t i = 0; i < f->n_objects && !d->o->allow_cluster_scoped; i++) {
		const struct object_facts *o = &f->objects[i];
		bool steers = str_starts(o->api_version, "policy.karmada.io/") && is_foreign(d, o);

		if ((o->cluster_scoped || is_foreign(d, o)) && !is_monitoring(o) && !steers)
			str_addf(&list, "%s%s '%s'%s%s", list.len ? ", " : "", o->kind, o->name,
				 is_foreign(d, o) ? " in namespace " : "",
				 is_foreign(d, o) ? o->namespace_ : "");
	}
	if (!list.len)
		return NULL;
	return err_hint(d->a,
			err_new(d->a, ERR_INPUT,
				"service '%s': its chart makes objects outside of project '%s': %s",
				v->id, d->s->project, str_text(&list)),
			"Look at them, and allow them with --allow-cluster-scoped.");
}

static void select_object(struct desiring *d, struct node *selectors, const struct object_facts *o)
{
	struct node *s = node_add(selectors, node_new(d->a, NODE_MAP));

	node_set_str(d->a, s, "apiVersion", o->api_version);
	node_set_str(d->a, s, "kind", o->kind);
	node_set_str(d->a, s, "name", o->name);
}

static void set_weights(struct desiring *d, struct node *placement,
			const struct service_placement *sp)
{
	struct node *sched = node_map_in(d->a, placement, "replicaScheduling");

	node_set_str(d->a, sched, "replicaSchedulingType", "Divided");
	node_set_str(d->a, sched, "replicaDivisionPreference", "Weighted");
	struct node *pref = node_map_in(d->a, sched, "weightPreference");
	struct node *list = node_list_in(d->a, pref, "staticWeightList");
	for (size_t i = 0; i < sp->n_shares; i++) {
		struct node *w = node_add(list, node_new(d->a, NODE_MAP));
		struct node *target = node_map_in(d->a, w, "targetCluster");

		node_add(node_list_in(d->a, target, "clusterNames"),
			 node_new_str(d->a, sp->shares[i].cluster));
		node_set_int(d->a, w, "weight",
			     sp->shares[i].replicas ? sp->shares[i].replicas : 1);
	}
}

void desired_set_clusters(struct desiring *d, struct node *spec, const struct names *clusters)
{
	struct node *placement = node_map_in(d->a, spec, "placement");
	struct node *affinity = node_map_in(d->a, placement, "clusterAffinity");
	struct node *list = node_list_in(d->a, affinity, "clusterNames");

	for (size_t i = 0; i < clusters->n; i++)
		node_add(list, node_new_str(d->a, clusters->at[i]));
}

/* Taints that the service tolerates, for the scheduler of Karmada. */
static void set_tolerations(struct desiring *d, struct node *spec, const struct service *v)
{
	for (size_t i = 0; i < v->location.n_tolerations; i++) {
		struct node *placement = node_map_in(d->a, spec, "placement");
		struct node *t = node_add(node_list_in(d->a, placement, "clusterTolerations"),
					  node_new(d->a, NODE_MAP));

		node_set_str(d->a, t, "key", v->location.tolerations[i]);
		node_set_str(d->a, t, "operator", "Exists");
	}
}

/* True when @sp divides replicas: every share says how many. */
bool desired_divides(const struct service_placement *sp)
{
	if (!sp || sp->n_shares < 2)
		return false;
	for (size_t i = 0; i < sp->n_shares; i++)
		if (!sp->shares[i].replicas)
			return false;
	return true;
}

/* Which objects a policy is about. */
enum part { PART_ALL, PART_MAIN, PART_REST };

struct scope {
	const char *namespace_; /* NULL: cluster-scoped objects */
	enum part part;
	const char *after; /* id of another policy, or NULL */
};

/* Service ids hold no dots, so no two of these names are the same. */
static const char *policy_name(const struct desiring *d, const struct service *v,
			       const struct scope *scope)
{
	if (!str_eq(scope->namespace_, d->s->project))
		return arena_printf(d->a, "smo-%s.%s", d->s->project, v->id);
	if (scope->part == PART_MAIN)
		return arena_printf(d->a, "smo-%s.replicas", v->id);
	return override_name(d->a, v->id);
}

static bool in_scope(const struct desiring *d, const struct chart_facts *f,
		     const struct object_facts *o, const struct scope *scope)
{
	const char *ns = o->cluster_scoped ? NULL : o->namespace_ ? o->namespace_ : d->s->project;
	bool main = o == main_workload(f);

	if (o->own_policy || stays_here(o) || !str_eq(ns, scope->namespace_))
		return false;
	return scope->part == PART_ALL || main == (scope->part == PART_MAIN);
}

static const char *policy_summary(const struct desiring *d, const struct service *v,
				  const struct scope *scope, const struct names *clusters)
{
	const char *where = desired_joined(d->a, clusters);

	if (!scope->namespace_)
		return arena_printf(d->a, "%s, cluster-wide, on %s", v->id, where);
	if (!str_eq(scope->namespace_, d->s->project))
		return arena_printf(d->a, "%s in %s on %s", v->id, scope->namespace_, where);
	return arena_printf(d->a, "%s on %s", v->id, where);
}

/* Where what the policies of its chart leave out goes: where they send the rest. */
static struct names policy_clusters(struct desiring *d, const struct service *v,
				    const struct chart_facts *f)
{
	struct names clusters = desired_clusters(d, v->id);

	if (!clusters.n && f->n_own_clusters && place_is_static(d->g, d->s, v))
		clusters = (struct names){f->own_clusters, f->n_own_clusters};
	return clusters;
}

/* One policy over the objects of @scope; NULL when there is none. */
static const char *add_policy(struct desiring *d, const struct service *v,
			      const struct chart_facts *f, const struct scope *scope)
{
	const char *namespace_ = scope->namespace_;
	struct node *policy =
		desired_object(d, "policy.karmada.io/v1alpha1",
			       namespace_ ? "PropagationPolicy" : "ClusterPropagationPolicy",
			       namespace_, policy_name(d, v, scope), v->id);
	struct node *spec = node_map_in(d->a, policy, "spec");
	struct node *selectors = node_list_in(d->a, spec, "resourceSelectors");
	struct names clusters = policy_clusters(d, v, f);
	const struct service_placement *sp = placement_of(d->p, v->id);
	const char *const after[] = {d->namespace_item, scope->after};

	for (size_t i = 0; i < f->n_objects; i++)
		if (in_scope(d, f, &f->objects[i], scope))
			select_object(d, selectors, &f->objects[i]);
	if (!selectors->first || !clusters.n)
		return NULL;
	node_set_bool(d->a, spec, "propagateDeps", true);
	desired_set_clusters(d, spec, &clusters);
	if (desired_divides(sp) && scope->part != PART_REST)
		set_weights(d, node_get(spec, "placement"), sp);
	set_tolerations(d, spec, v);
	return desired_add_object(d, policy, v->id, policy_summary(d, v, scope, &clusters),
				  !sp || !sp->n_shares
					  ? "what its chart's policies leave out goes along"
				  : desired_divides(sp) && scope->part != PART_REST
					  ? "divides its replicas between the clusters"
					  : "says which clusters run it",
				  after, countof(after));
}

/* Workloads beside the main one, which every copy needs whole. */
static bool has_side_workloads(const struct chart_facts *f)
{
	for (size_t i = 0; i < f->n_objects; i++) {
		const struct object_facts *o = &f->objects[i];
		if (o->pod_path && !o->hook && !o->own_policy && o != main_workload(f))
			return true;
	}
	return false;
}

/* The policies over what lives in the project's namespace. */
static void add_home_policies(struct desiring *d, const struct service *v,
			      const struct chart_facts *f, struct names *ids)
{
	bool split = desired_divides(placement_of(d->p, v->id)) && has_side_workloads(f);
	struct scope scope = {d->s->project, split ? PART_REST : PART_ALL, NULL};

	ids->at[ids->n++] = add_policy(d, v, f, &scope);
	if (!split)
		return;
	/* An object that another policy has claimed is free only when that one lets go. */
	scope = (struct scope){d->s->project, PART_MAIN, ids->at[ids->n - 1]};
	ids->at[ids->n++] = add_policy(d, v, f, &scope);
}

/* Monitoring objects outside of the project stay where Prometheus looks for them. */
static bool leaves_home(const struct desiring *d, const struct object_facts *o)
{
	return is_foreign(d, o) && !o->cluster_scoped && !o->own_policy && !stays_here(o) &&
	       (!is_monitoring(o) || d->o->allow_cluster_scoped);
}

static void add_foreign_policies(struct desiring *d, const struct service *v,
				 const struct chart_facts *f, struct names *ids)
{
	struct scope scope = {0};

	for (size_t i = 0; i < f->n_objects; i++) {
		bool first = leaves_home(d, &f->objects[i]);

		for (size_t k = 0; k < i && first; k++)
			first = !(leaves_home(d, &f->objects[k]) &&
				  str_eq(f->objects[k].namespace_, f->objects[i].namespace_));
		scope.namespace_ = f->objects[i].namespace_;
		if (first)
			ids->at[ids->n++] = add_policy(d, v, f, &scope);
	}
	scope.namespace_ = NULL;
	ids->at[ids->n++] = add_policy(d, v, f, &scope);
}

static const char *add_override(struct desiring *d, const struct service *v,
				const struct chart_facts *f)
{
	bool divided = desired_divides(placement_of(d->p, v->id));
	int64_t pinned = divided ? -1 : place_pinned(d->s, v);
	struct node *made = override_policy(d->a, v, f, d->s->project, pinned);
	struct str amounts = {.a = d->a};

	if (!made)
		return NULL;
	struct node *object = desired_object(d, "policy.karmada.io/v1alpha1", "OverridePolicy",
					     d->s->project, override_name(d->a, v->id), v->id);
	node_set(object, "spec", node_copy(d->a, node_get(made, "spec")));
	for (size_t i = 0; i < v->demand.n; i++)
		str_addf(&amounts, "%s%s %s", i ? ", " : "", v->demand.at[i].resource,
			 quantity_text(d->a, v->demand.at[i].resource, v->demand.at[i].value));
	if (pinned >= 0)
		str_addf(&amounts, "%s%lld replica%s", amounts.len ? ", " : "", (long long)pinned,
			 pinned == 1 ? "" : "s");
	return desired_add_object(d, object, v->id, v->id,
				  arena_printf(d->a, "its intents: %s", str_text(&amounts)),
				  &d->namespace_item, 1);
}

struct err *desire_policies(struct desiring *d, const struct service *v,
			    const struct chart_facts *f, struct names *ret_ids)
{
	struct names ids = {arena_new_n(d->a, const char *, f->n_objects + 4), 0};

	TRY(refuse_unasked(d, v, f));
	add_home_policies(d, v, f, &ids);
	add_foreign_policies(d, v, f, &ids);
	ids.at[ids.n++] = add_override(d, v, f);
	*ret_ids = ids;
	return NULL;
}
