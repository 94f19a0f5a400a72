// SPDX-License-Identifier: Apache-2.0
#include "plan/desire.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "model/kinds.h"
#include "plan/demand.h"
#include "plan/desire_parts.h"
#include "plan/place_model.h"
#include "plan/values.h"
#include "plan/world.h"

bool service_is_active(const struct snapshot *s, const struct service *v)
{
	if (!v->trigger.is_event)
		return true;
	for (size_t i = 0; i < s->n_services; i++)
		if (str_eq(s->services[i].service, v->id))
			return str_eq(s->services[i].status, "Deployed") ||
			       str_eq(s->services[i].status, "Deploying");
	return false;
}

struct node *desired_object(struct desiring *d, const char *api_version, const char *kind,
			    const char *namespace_, const char *name, const char *service)
{
	struct node *object = node_new(d->a, NODE_MAP);

	node_set_str(d->a, object, "apiVersion", api_version);
	node_set_str(d->a, object, "kind", kind);
	struct node *meta = node_map_in(d->a, object, "metadata");
	node_set_str(d->a, meta, "name", name);
	if (namespace_)
		node_set_str(d->a, meta, "namespace", namespace_);
	struct node *labels = node_map_in(d->a, meta, "labels");
	node_set_str(d->a, labels, LABEL_MANAGED_BY, MANAGED_BY);
	node_set_str(d->a, labels, LABEL_INSTANCE, d->s->instance);
	if (service) {
		node_set_str(d->a, labels, LABEL_GRAPH, d->g->id);
		node_set_str(d->a, labels, LABEL_PROJECT, d->s->project);
		node_set_str(d->a, labels, LABEL_SERVICE, service);
	}
	return object;
}

const char *desired_object_id(struct arena *a, const struct node *object)
{
	const char *ns = node_str(object, "metadata.namespace");

	return arena_printf(a, "%s/%s%s%s", node_str(object, "kind"), ns ? ns : "", ns ? "/" : "",
			    node_str(object, "metadata.name"));
}

const char *desired_add_object(struct desiring *d, struct node *object, const char *service,
			       const char *summary, const char *reason, const char *const *after,
			       size_t n_after)
{
	struct item *it = vec_push(d->a, &d->items);

	it->id = desired_object_id(d->a, object);
	it->kind = str_eq(node_str(object, "kind"), "Namespace") ? ITEM_NAMESPACE : ITEM_OBJECT;
	it->service = service;
	it->summary = summary;
	it->reason = reason;
	it->object = object;
	it->after = arena_new_n(d->a, const char *, n_after);
	for (size_t i = 0; i < n_after; i++)
		if (after[i])
			it->after[it->n_after++] = after[i];
	return it->id;
}

struct names desired_clusters(struct desiring *d, const char *service)
{
	const struct service_placement *sp = placement_of(d->p, service);
	struct names out = {arena_new_n(d->a, const char *, sp ? sp->n_shares : 0), 0};

	for (size_t i = 0; sp && i < sp->n_shares; i++)
		out.at[out.n++] = sp->shares[i].cluster;
	return out;
}

static bool calls(const struct service *v, const char *callee)
{
	for (size_t i = 0; i < v->n_connection_points; i++)
		if (str_eq(v->connection_points[i], callee))
			return true;
	return false;
}

/* Insert @name in order unless it is there. */
static void add_name(struct names *names, const char *name)
{
	size_t i = 0;

	while (i < names->n && str_cmp(names->at[i], name) < 0)
		i++;
	if (i < names->n && str_eq(names->at[i], name))
		return;
	for (size_t k = names->n; k > i; k--)
		names->at[k] = names->at[k - 1];
	names->at[i] = name;
	names->n++;
}

struct names desired_callers(struct desiring *d, const char *service)
{
	struct names out = {arena_new_n(d->a, const char *, d->s->n_clusters + 1), 0};

	for (size_t i = 0; i < d->g->n_services; i++) {
		const struct service *v = &d->g->services[i];
		const struct service_placement *sp = placement_of(d->p, v->id);

		for (size_t k = 0; calls(v, service) && sp && k < sp->n_shares; k++)
			if (out.n < d->s->n_clusters)
				add_name(&out, sp->shares[k].cluster);
	}
	return out;
}

static const char *reason_of(const struct desiring *d, const char *service)
{
	for (size_t i = 0; d->o->why && i < d->o->why->n_reasons; i++)
		if (str_eq(d->o->why->reasons[i].service, service))
			return d->o->why->reasons[i].reason;
	return NULL;
}

const char *desired_joined(struct arena *a, const struct names *names)
{
	struct str s = {.a = a};

	for (size_t i = 0; i < names->n; i++)
		str_addf(&s, "%s%s", i ? ", " : "", names->at[i]);
	return str_text(&s);
}

/* Where @o must be ready; nothing when that is for its chart to say. */
static struct names ready_clusters(const struct desiring *d, const struct service *v,
				   const struct object_facts *o, const struct names *clusters)
{
	bool follows = place_steers(v, o) && (!o->own_policy || !d->g->intent.use_static_placement);

	return follows ? *clusters : (struct names){0};
}

/* Who wants the replicas of @v, for the steps that bring them about; NULL: nothing to tell. */
static const char *replicas_why(const struct desiring *d, const struct service *v)
{
	const struct service_state *st = NULL;

	for (size_t i = 0; i < d->s->n_services; i++)
		if (str_eq(d->s->services[i].service, v->id))
			st = &d->s->services[i];
	if (st && place_overruled(d->s, v))
		return arena_printf(d->a,
				    "the descriptor says %lld now, newer than the %lld set by %s%s",
				    (long long)place_said(d->s, v), (long long)st->replicas,
				    str_eq(st->set_by, "model") ? "the " : "", st->set_by);
	if (st && st->given_back)
		return "its replicas are not set by hand any more";
	if (!st || !st->set_by || st->set_why)
		return st ? st->set_why : NULL;
	return str_eq(st->set_by, "model") ? "its load asks for it"
					   : arena_printf(d->a, "set by %s", st->set_by);
}

static void add_readiness(struct desiring *d, const struct service *v, const struct chart_facts *f,
			  const struct names *clusters, int64_t replicas)
{
	const struct object_facts *main = main_workload(f);
	bool divided = desired_divides(placement_of(d->p, v->id));

	for (size_t i = 0; i < f->n_objects; i++) {
		const struct object_facts *o = &f->objects[i];
		bool here = !o->namespace_ || str_eq(o->namespace_, d->s->project);
		bool counts = world_counts_replicas(o->kind);

		if (!o->pod_path || o->hook || !here || str_eq(o->kind, "Pod") ||
		    (!counts && !str_eq(o->kind, "DaemonSet")))
			continue;
		struct names on = ready_clusters(d, v, o, clusters);
		*vec_push(d->a, &d->readiness) = (struct readiness){
			.service = v->id,
			.kind = o->kind,
			.name = o->name,
			.namespace_ = d->s->project,
			.clusters = on.at,
			.n_clusters = on.n,
			.replicas = o == main && counts ? replicas : 0,
			.asleep = o == main && counts && place_sleeps(d->s, v),
			.why = o == main ? replicas_why(d, v) : NULL,
			.divided = counts && on.n && (o->policy_divides || (o == main && divided)),
		};
	}
}

/* Ids of what the release of @v waits for: @before, and the releases that it depends on. */
static void set_after(struct desiring *d, struct item *it, const struct service *v,
		      const struct names *before)
{
	it->after = arena_new_n(d->a, const char *, before->n + v->trigger.n_dependencies);
	for (size_t i = 0; i < before->n; i++)
		if (before->at[i])
			it->after[it->n_after++] = before->at[i];
	for (size_t i = 0; i < v->trigger.n_dependencies; i++) {
		const struct service *dep = graph_service(d->g, v->trigger.dependencies[i]);
		if (dep && service_is_active(d->s, dep))
			it->after[it->n_after++] =
				arena_printf(d->a, "Release/%s/%s", d->s->project, dep->id);
	}
}

/* What SMO tells the chart: nothing about clusters when the graph leaves them to the charts. */
static struct decided decide(struct desiring *d, const struct service *v)
{
	struct names clusters = desired_clusters(d, v->id), imports = desired_callers(d, v->id);
	struct decided decided = {.replicas = place_replicas(d->s, v),
				  .asleep = place_sleeps(d->s, v)};

	if (d->g->intent.use_static_placement || !clusters.n)
		return decided;
	decided.clusters = clusters.at;
	decided.n_clusters = clusters.n;
	decided.import_clusters = imports.n ? imports.at : clusters.at;
	decided.n_import_clusters = imports.n ? imports.n : clusters.n;
	return decided;
}

static void add_release(struct desiring *d, const struct service *v, const struct chart_facts *f,
			const struct names *before)
{
	struct names clusters = desired_clusters(d, v->id);
	struct decided decided = decide(d, v);
	struct release_want *want = arena_new(d->a, struct release_want);
	struct item *it = vec_push(d->a, &d->items);

	want->name = v->id;
	want->namespace_ = d->s->project;
	want->chart_ref = v->oci_image;
	want->chart_digest = f->digest;
	want->chart_version = f->version;
	want->values = values_final(d->a, v, f, &decided);
	want->sets_replicas = decided.replicas && f->replicas_path &&
			      str_eq(values_replicas_path(v, f), f->replicas_path);
	want->values_hash = values_hash(d->a, v, f, want->values);
	it->id = arena_printf(d->a, "Release/%s/%s", d->s->project, v->id);
	it->kind = ITEM_RELEASE;
	it->service = v->id;
	it->summary =
		clusters.n ? arena_printf(d->a, "%s on %s", v->id, desired_joined(d->a, &clusters))
			   : v->id;
	it->reason = reason_of(d, v->id);
	it->release = want;
	set_after(d, it, v, before);
	add_readiness(d, v, f, &clusters, decided.replicas);
}

static void add_namespace(struct desiring *d)
{
	if (d->s->namespace_exists ? !d->s->namespace_ours : d->o->stopped)
		return;
	struct node *ns = desired_object(d, "v1", "Namespace", NULL, d->s->project, NULL);
	d->namespace_item =
		desired_add_object(d, ns, NULL, d->s->project, "the project's namespace", NULL, 0);
}

static struct err *desire_service(struct desiring *d, const struct service *v)
{
	const struct chart_facts *f = snapshot_chart(d->s, v->id);
	struct names policies, before = {0};

	if (!f)
		return err_hint(d->a,
				err_new(d->a, ERR_INPUT,
					"service '%s': its chart was not looked at", v->id),
				"A snapshot for this graph holds what its charts are: "
				"`smo snapshot DESCRIPTOR`.");
	if (f->error)
		return err_new(d->a, f->refused ? ERR_INPUT : ERR_REMOTE, "service '%s': %s", v->id,
			       f->error);
	TRY(desire_policies(d, v, f, &policies));
	before.at = arena_new_n(d->a, const char *, policies.n + 2);
	before.at[before.n++] = d->namespace_item;
	before.at[before.n++] = desire_brings_export(f) ? d->mcs_item : NULL;
	for (size_t i = 0; i < policies.n; i++)
		before.at[before.n++] = policies.at[i];
	add_release(d, v, f, &before);
	desire_links(d, v, f);
	return NULL;
}

/* Services in an order in which dependencies come first; the descriptor has no cycle. */
static void visit(struct desiring *d, const struct service *v, bool *seen,
		  const struct service **order, size_t *n)
{
	size_t index = (size_t)(v - d->g->services);

	if (seen[index])
		return;
	seen[index] = true;
	for (size_t i = 0; i < v->trigger.n_dependencies; i++) {
		const struct service *dep = graph_service(d->g, v->trigger.dependencies[i]);
		if (dep)
			visit(d, dep, seen, order, n);
	}
	order[(*n)++] = v;
}

/* Every active service, or what is wrong with the charts of all of them. */
static struct err *desire_services(struct desiring *d, const struct service *const *order, size_t n)
{
	struct err *first = NULL;
	struct str list = {.a = d->a};
	size_t wrong = 0;

	for (size_t i = 0; i < n; i++) {
		struct err *e =
			service_is_active(d->s, order[i]) ? desire_service(d, order[i]) : NULL;
		if (!e)
			continue;
		first = first ? first : e;
		str_addf(&list, "\n  %s%s%s%s", e->msg, e->hint ? " (" : "", e->hint ? e->hint : "",
			 e->hint ? ")" : "");
		wrong++;
	}
	if (wrong < 2)
		return first;
	return err_new(d->a, first->kind, "the charts of %zu services cannot be used%s", wrong,
		       str_text(&list));
}

struct err *desire(struct arena *a, const struct graph *g, const struct snapshot *s,
		   const struct placement *p, const struct desire_options *o,
		   struct desired *ret_desired)
{
	struct desiring d = {.a = a, .g = g, .s = s, .p = p, .o = o};
	bool *seen = arena_new_n(a, bool, g->n_services);
	const struct service **order = arena_new_n(a, const struct service *, g->n_services);
	size_t n = 0;

	add_namespace(&d);
	for (size_t i = 0; i < g->n_services; i++)
		visit(&d, &g->services[i], seen, order, &n);
	if (!o->stopped) {
		desire_mcs(&d);
		TRY(desire_services(&d, order, n));
		desire_signals(&d);
	}
	*ret_desired = (struct desired){
		.graph = g->id,
		.project = s->project,
		.instance = s->instance,
		.placement = *p,
		.items = d.items.at,
		.n_items = d.items.n,
		.readiness = d.readiness.at,
		.n_readiness = d.readiness.n,
	};
	return NULL;
}
