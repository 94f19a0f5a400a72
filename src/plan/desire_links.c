// SPDX-License-Identifier: Apache-2.0
/*
 * Services across clusters, by the Multi-Cluster Services API: the callee's Service is exported
 * from its clusters and imported where its callers run.  Charts that bring their own ServiceExport
 * (the original's way) are left to it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "plan/desire_parts.h"

#define MCS "multicluster.x-k8s.io/v1alpha1"

bool desire_brings_export(const struct chart_facts *f)
{
	for (size_t i = 0; i < f->n_objects; i++)
		if (str_eq(f->objects[i].kind, "ServiceExport"))
			return true;
	return false;
}

static bool is_exportable(const struct desiring *d, const struct object_facts *o)
{
	bool here = !o->namespace_ || str_eq(o->namespace_, d->s->project);

	return str_eq(o->kind, "Service") && here && !o->hook && o->n_ports;
}

/* @x without the names of @y. */
static struct names without(struct arena *a, const struct names *x, const struct names *y)
{
	struct names out = {arena_new_n(a, const char *, x->n), 0};

	for (size_t i = 0; i < x->n; i++) {
		bool there = false;
		for (size_t k = 0; k < y->n; k++)
			there |= str_eq(x->at[i], y->at[k]);
		if (!there)
			out.at[out.n++] = x->at[i];
	}
	return out;
}

/* Clusters that must import @v: those of its callers where it does not run itself. */
static struct names import_clusters(struct desiring *d, const struct service *v)
{
	struct names own = desired_clusters(d, v->id), callers = desired_callers(d, v->id);

	return own.n ? without(d->a, &callers, &own) : own;
}

/* Whatever taints a cluster has: that it is the right one is decided. */
static void tolerate_all(struct desiring *d, struct node *spec)
{
	struct node *placement = node_map_in(d->a, spec, "placement");
	struct node *t = node_add(node_list_in(d->a, placement, "clusterTolerations"),
				  node_new(d->a, NODE_MAP));

	node_set_str(d->a, t, "operator", "Exists");
}

static struct node *policy_for(struct desiring *d, const struct service *v, const char *suffix,
			       const struct names *clusters)
{
	struct node *policy =
		desired_object(d, "policy.karmada.io/v1alpha1", "PropagationPolicy", d->s->project,
			       arena_printf(d->a, "smo-%s.%s", v->id, suffix), v->id);
	struct node *spec = node_map_in(d->a, policy, "spec");

	node_list_in(d->a, spec, "resourceSelectors");
	desired_set_clusters(d, spec, clusters);
	tolerate_all(d, spec);
	return policy;
}

static void select_in(struct desiring *d, struct node *policy, const char *kind, const char *name)
{
	struct node *s =
		node_add(node_at(policy, "spec.resourceSelectors"), node_new(d->a, NODE_MAP));

	node_set_str(d->a, s, "apiVersion", MCS);
	node_set_str(d->a, s, "kind", kind);
	node_set_str(d->a, s, "name", name);
}

static void add_port(struct desiring *d, struct node *ports, const char *text)
{
	struct node *p = node_add(ports, node_new(d->a, NODE_MAP));
	const char *slash = strchr(text, '/');

	node_set_int(d->a, p, "port", strtoll(text, NULL, 10));
	node_set_str(d->a, p, "protocol", slash ? slash + 1 : "TCP");
}

static struct node *import_of(struct desiring *d, const struct service *v,
			      const struct object_facts *o)
{
	struct node *import =
		desired_object(d, MCS, "ServiceImport", d->s->project, o->name, v->id);
	struct node *spec = node_map_in(d->a, import, "spec");

	node_set_str(d->a, spec, "type", "ClusterSetIP");
	struct node *ports = node_list_in(d->a, spec, "ports");
	for (size_t i = 0; i < o->n_ports; i++)
		add_port(d, ports, o->ports[i]);
	return import;
}

void desire_links(struct desiring *d, const struct service *v, const struct chart_facts *f)
{
	struct names to = import_clusters(d, v), own = desired_clusters(d, v->id);
	const char *const after[] = {d->namespace_item, d->mcs_item};
	size_t n = 0;

	if (!to.n || desire_brings_export(f))
		return;
	struct node *export_policy = policy_for(d, v, "export", &own);
	struct node *import_policy = policy_for(d, v, "import", &to);
	const char *reason = arena_printf(d->a, "callers on %s reach it on %s",
					  desired_joined(d->a, &to), desired_joined(d->a, &own));
	for (size_t i = 0; i < f->n_objects; i++) {
		const struct object_facts *o = &f->objects[i];

		if (!is_exportable(d, o))
			continue;
		struct node *export =
			desired_object(d, MCS, "ServiceExport", d->s->project, o->name, v->id);
		desired_add_object(d, export, v->id, v->id, reason, after, countof(after));
		desired_add_object(d, import_of(d, v, o), v->id, v->id,
				   arena_printf(d->a, "on %s it is called derived-%s.%s.svc",
						desired_joined(d->a, &to), o->name, d->s->project),
				   after, countof(after));
		select_in(d, export_policy, "ServiceExport", o->name);
		select_in(d, import_policy, "ServiceImport", o->name);
		n++;
	}
	if (!n)
		return;
	desired_add_object(
		d, export_policy, v->id,
		arena_printf(d->a, "export of %s on %s", v->id, desired_joined(d->a, &own)), reason,
		after, countof(after));
	desired_add_object(
		d, import_policy, v->id,
		arena_printf(d->a, "import of %s on %s", v->id, desired_joined(d->a, &to)), reason,
		after, countof(after));
}

/* ---- the CRDs that exports need in the members ---- */

static bool has_exportable(const struct desiring *d, const struct chart_facts *f)
{
	for (size_t i = 0; i < f->n_objects; i++)
		if (is_exportable(d, &f->objects[i]))
			return true;
	return false;
}

static bool wants_mcs(struct desiring *d)
{
	for (size_t i = 0; i < d->g->n_services; i++) {
		const struct service *v = &d->g->services[i];
		const struct chart_facts *f = snapshot_chart(d->s, v->id);

		if (f && service_is_active(d->s, v) &&
		    (desire_brings_export(f) || (import_clusters(d, v).n && has_exportable(d, f))))
			return true;
	}
	return false;
}

static bool lacks_mcs(const struct desiring *d)
{
	for (size_t i = 0; i < d->s->n_clusters; i++)
		if (!d->s->clusters[i].has_mcs && d->s->clusters[i].ready)
			return true;
	return false;
}

static bool is_there(const struct desiring *d)
{
	for (size_t i = 0; i < d->s->n_objects; i++)
		if (is_mcs_policy(d->s->objects[i].name))
			return true;
	return false;
}

const char *mcs_policy_name(struct arena *a, const char *instance)
{
	return arena_printf(a, MCS_POLICY "-%.8s", instance ? instance : "");
}

bool is_mcs_policy(const char *name)
{
	return str_starts(name, MCS_POLICY);
}

void desire_mcs(struct desiring *d)
{
	static const char *const crds[] = {"serviceexports.multicluster.x-k8s.io",
					   "serviceimports.multicluster.x-k8s.io"};

	if (!wants_mcs(d) || (!lacks_mcs(d) && !is_there(d)))
		return;
	struct node *policy =
		desired_object(d, "policy.karmada.io/v1alpha1", "ClusterPropagationPolicy", NULL,
			       mcs_policy_name(d->a, d->s->instance), NULL);
	struct node *spec = node_map_in(d->a, policy, "spec");
	struct node *selectors = node_list_in(d->a, spec, "resourceSelectors");
	for (size_t i = 0; i < countof(crds); i++) {
		struct node *s = node_add(selectors, node_new(d->a, NODE_MAP));
		node_set_str(d->a, s, "apiVersion", "apiextensions.k8s.io/v1");
		node_set_str(d->a, s, "kind", "CustomResourceDefinition");
		node_set_str(d->a, s, "name", crds[i]);
	}
	/* An empty affinity means every cluster: here that is what is wanted. */
	node_map_in(d->a, node_map_in(d->a, spec, "placement"), "clusterAffinity");
	tolerate_all(d, spec);
	d->mcs_item = desired_add_object(d, policy, NULL, MCS_POLICY,
					 "clusters need the ServiceExport and ServiceImport kinds",
					 NULL, 0);
}
