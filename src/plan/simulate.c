// SPDX-License-Identifier: Apache-2.0
/*
 * A private copy of the snapshot is changed in place, step by step.  After each step only the
 * workloads that it touches are bound anew, so that plans with thousands of steps stay cheap.
 */
#include "plan/simulate.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "model/kinds.h"
#include "plan/overrides.h"

struct run {
	struct arena *a;
	struct snapshot s; /* but for the lists below */
	vec_of(struct release) releases;
	vec_of(struct owned_object) objects;
	vec_of(struct workload) workloads;
};

static struct world world_of(const struct run *r)
{
	return (struct world){r->s.clusters, r->s.n_clusters, r->objects.at, r->objects.n};
}

static struct cluster *cluster_of(const struct run *r, const char *name)
{
	for (size_t i = 0; i < r->s.n_clusters; i++) {
		if (str_eq(r->s.clusters[i].name, name))
			return &r->s.clusters[i];
	}
	return NULL;
}

static const struct object_facts *facts_of(const struct run *r, const struct workload *w)
{
	const struct chart_facts *f = w->service ? snapshot_chart(&r->s, w->service) : NULL;

	for (size_t i = 0; f && i < f->n_objects; i++) {
		if (str_eq(f->objects[i].kind, w->kind) && str_eq(f->objects[i].name, w->name))
			return &f->objects[i];
	}
	return NULL;
}

static const struct workload_share *share_of(const struct workload *w, const char *cluster)
{
	for (size_t i = 0; i < w->n_shares; i++) {
		if (str_eq(w->shares[i].cluster, cluster))
			return &w->shares[i];
	}
	return NULL;
}

/* ---- what pods take ---- */

/*
 * Add (or take back) what the pods of @w request, as its template and our override say; clusters
 * that are not ready report old figures.
 */
static void account(struct run *r, const struct workload *w, bool add)
{
	struct snapshot known = {.objects = r->objects.at, .n_objects = r->objects.n};

	if (str_eq(w->kind, "Job") || str_eq(w->kind, "CronJob"))
		return;
	for (size_t i = 0; i < w->n_shares; i++) {
		struct cluster *c = cluster_of(r, w->shares[i].cluster);

		if (!c || !c->ready)
			continue;
		struct amounts use = {0}, requests = override_requests(r->a, &known, w);
		amounts_add(r->a, &use, &requests, w->shares[i].replicas);
		if (add) {
			struct amounts sum = {0};
			amounts_add(r->a, &sum, &c->allocated, 1);
			amounts_add(r->a, &sum, &use, 1);
			c->allocated = sum;
		} else {
			c->allocated = amounts_minus(r->a, &c->allocated, &use);
		}
	}
}

/* ---- binding ---- */

struct workload simulate_settled(struct arena *a, const struct world *w, const struct workload *now,
				 const struct world_binding *b)
{
	struct workload next = *now;

	next.scheduled = b->scheduled;
	next.reason = b->reason;
	next.clusters = arena_new_n(a, const char *, b->n_parts);
	next.shares = arena_new_n(a, struct workload_share, b->n_parts);
	next.n_clusters = next.n_shares = b->n_parts;
	for (size_t i = 0; i < b->n_parts; i++) {
		const struct world_part *p = &b->parts[i];
		const struct workload_share *had = share_of(now, p->cluster);
		bool ready = true;

		for (size_t c = 0; c < w->n_clusters; c++) {
			if (str_eq(w->clusters[c].name, p->cluster))
				ready = w->clusters[c].ready;
		}
		next.clusters[i] = p->cluster;
		if (had && (!ready || p->blocked || b->orphan))
			next.shares[i] = *had;
		else
			next.shares[i] = (struct workload_share){.applied = !p->blocked,
								 .current = !p->blocked,
								 .health = "Healthy",
								 .replicas = p->replicas,
								 .ready = p->replicas,
								 .available = p->replicas};
		next.shares[i].cluster = p->cluster;
		next.shares[i].current &= !b->orphan;
		if (!p->blocked)
			continue;
		next.shares[i].current = false;
		next.shares[i].message = p->blocked;
		if (!had)
			next.shares[i].replicas = next.shares[i].ready = next.shares[i].available =
				0;
	}
	return next;
}

static void rebind(struct run *r, size_t i, const struct node *values)
{
	struct workload *w = &r->workloads.at[i];
	const struct object_facts *f = facts_of(r, w);
	const struct chart_facts *chart = w->service ? snapshot_chart(&r->s, w->service) : NULL;
	struct world world = world_of(r);
	struct world_subject subject = {.facts = f,
					.release = w->service,
					.now = w,
					.values = values,
					.affinity_path = chart ? chart->affinity_path : NULL};
	struct world_binding b;

	if (!f)
		return;
	world_bind(r->a, &world, &subject, &b);
	*w = simulate_settled(r->a, &world, w, &b);
}

/* ---- releases ---- */

static size_t release_index(const struct run *r, const char *namespace_, const char *name)
{
	size_t i = 0;

	while (i < r->releases.n && !(str_eq(r->releases.at[i].name, name) &&
				      str_eq(r->releases.at[i].namespace_, namespace_)))
		i++;
	return i;
}

static bool renders(const struct chart_facts *f, const struct workload *w)
{
	for (size_t i = 0; f && i < f->n_objects; i++) {
		if (!f->objects[i].hook && str_eq(f->objects[i].kind, w->kind) &&
		    str_eq(f->objects[i].name, w->name))
			return true;
	}
	return false;
}

/* Take away the workloads of @service that @f (NULL: nothing) does not render. */
static void drop_workloads(struct run *r, const char *namespace_, const char *service,
			   const struct chart_facts *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->workloads.n; i++) {
		struct workload *w = &r->workloads.at[i];

		if (str_eq(w->namespace_, namespace_) && str_eq(w->service, service) &&
		    !renders(f, w))
			account(r, w, false);
		else
			r->workloads.at[kept++] = *w;
	}
	r->workloads.n = kept;
}

static size_t workload_index(struct run *r, const struct object_facts *o, const char *namespace_,
			     const char *service)
{
	for (size_t i = 0; i < r->workloads.n; i++) {
		const struct workload *w = &r->workloads.at[i];
		if (str_eq(w->kind, o->kind) && str_eq(w->name, o->name) &&
		    str_eq(w->namespace_, namespace_))
			return i;
	}
	*vec_push(r->a, &r->workloads) = (struct workload){
		.kind = o->kind,
		.name = o->name,
		.namespace_ = namespace_,
		.graph = r->s.graph,
		.service = service,
		.replicas = -1,
	};
	return r->workloads.n - 1;
}

static void put_workloads(struct run *r, const struct release_want *want, const char *service)
{
	const struct chart_facts *f = snapshot_chart(&r->s, service);

	drop_workloads(r, want->namespace_, service, f);
	for (size_t i = 0; f && i < f->n_objects; i++) {
		const struct object_facts *o = &f->objects[i];
		const struct object_kind *kind = object_kind(NULL, o->kind);

		if (o->hook || !kind || !kind->workload)
			continue;
		size_t at = workload_index(r, o, o->namespace_ ? o->namespace_ : want->namespace_,
					   service);
		struct workload *w = &r->workloads.at[at];
		bool is_new = w->replicas < 0;
		account(r, w, false);
		w->service = service;
		w->requests = world_requests(r->a, o);
		w->replicas = world_replicas(f, o, want->values, is_new ? NULL : w);
		rebind(r, at, want->values);
		account(r, &r->workloads.at[at], true);
	}
}

static void put_release(struct run *r, const struct step *step)
{
	const struct release_want *want = step->release;
	size_t i = release_index(r, want->namespace_, want->name);

	if (i == r->releases.n)
		*vec_push(r->a, &r->releases) =
			(struct release){.name = want->name, .namespace_ = want->namespace_};
	struct release *have = &r->releases.at[i];
	have->graph = r->s.graph;
	have->service = step->service ? step->service : want->name;
	have->project = r->s.project;
	have->instance = r->s.instance;
	have->status = "deployed";
	have->revision++;
	have->chart_digest = chart_digest_label(r->a, want->chart_digest);
	have->values_hash = want->values_hash;
	have->chart_version = want->chart_version;
	put_workloads(r, want, have->service);
}

static void delete_release(struct run *r, const char *namespace_, const char *name)
{
	size_t i = release_index(r, namespace_, name);

	if (i == r->releases.n)
		return;
	const char *service = r->releases.at[i].service;
	r->releases.n--;
	for (; i < r->releases.n; i++)
		r->releases.at[i] = r->releases.at[i + 1];
	drop_workloads(r, namespace_, service ? service : name, NULL);
}

/* ---- objects ---- */

static size_t object_index(const struct run *r, const char *kind, const char *namespace_,
			   const char *name)
{
	size_t i = 0;

	while (i < r->objects.n &&
	       !(str_eq(r->objects.at[i].kind, kind) && str_eq(r->objects.at[i].name, name) &&
		 str_eq(r->objects.at[i].namespace_, namespace_)))
		i++;
	return i;
}

static bool steers(const char *kind)
{
	return str_eq(kind, "PropagationPolicy") || str_eq(kind, "ClusterPropagationPolicy") ||
	       str_eq(kind, "OverridePolicy") || str_eq(kind, "ClusterOverridePolicy");
}

/* Marks and takes back the pods of all workloads that @o selects. */
static void mark_selected(struct run *r, const struct owned_object *o, bool *marks)
{
	for (size_t i = 0; i < r->workloads.n && o && steers(o->kind); i++) {
		const struct workload *w = &r->workloads.at[i];

		if (marks[i] || !world_selects(o, w->kind, w->name, w->namespace_, w->service))
			continue;
		marks[i] = true;
		account(r, w, false);
	}
}

static void rebind_marked(struct run *r, const bool *marks)
{
	for (size_t i = 0; i < r->workloads.n; i++) {
		if (!marks[i])
			continue;
		rebind(r, i, NULL);
		account(r, &r->workloads.at[i], true);
	}
}

/* The definitions of exports and imports reach the members like any other object. */
static void spread_definitions(struct run *r, const struct owned_object *o)
{
	const char *const export = "serviceexports.multicluster.x-k8s.io";

	if (!str_eq(o->kind, "ClusterPropagationPolicy") ||
	    !world_selects(o, "CustomResourceDefinition", export, NULL, NULL))
		return;
	for (size_t i = 0; i < r->s.n_clusters; i++) {
		struct cluster *c = &r->s.clusters[i];
		const struct node *affinity = node_at(o->body, "spec.placement.clusterAffinity");
		if (c->ready && world_allows(affinity, c))
			c->has_mcs = true;
	}
}

static void put_object(struct run *r, const struct node *manifest)
{
	struct owned_object o;
	bool *marks = arena_new_n(r->a, bool, r->workloads.n);

	owned_object_of(r->a, manifest, &o);
	size_t i = object_index(r, o.kind, o.namespace_, o.name);
	mark_selected(r, i < r->objects.n ? &r->objects.at[i] : NULL, marks);
	mark_selected(r, &o, marks);
	if (i == r->objects.n)
		vec_push(r->a, &r->objects);
	r->objects.at[i] = o;
	rebind_marked(r, marks);
	spread_definitions(r, &o);
	if (str_eq(o.kind, "Namespace") && str_eq(o.name, r->s.project))
		r->s.namespace_exists = r->s.namespace_ours = true;
}

static void delete_object(struct run *r, const char *kind, const char *namespace_, const char *name)
{
	size_t i = object_index(r, kind, namespace_, name);
	bool *marks = arena_new_n(r->a, bool, r->workloads.n);

	if (i == r->objects.n)
		return;
	mark_selected(r, &r->objects.at[i], marks);
	r->objects.n--;
	for (; i < r->objects.n; i++)
		r->objects.at[i] = r->objects.at[i + 1];
	rebind_marked(r, marks);
}

static void delete_namespace(struct run *r, const char *name)
{
	for (size_t i = r->releases.n; i-- > 0;) {
		if (str_eq(r->releases.at[i].namespace_, name))
			delete_release(r, name, r->releases.at[i].name);
	}
	for (size_t i = r->objects.n; i-- > 0;) {
		if (str_eq(r->objects.at[i].namespace_, name))
			delete_object(r, r->objects.at[i].kind, name, r->objects.at[i].name);
	}
	delete_object(r, "Namespace", NULL, name);
	if (str_eq(name, r->s.project))
		r->s.namespace_exists = r->s.namespace_ours = false;
}

/* ---- steps ---- */

/* "Kind/namespace/name" or "Kind/name". */
struct item_id {
	const char *kind, *namespace_, *name;
};

static struct item_id split_id(struct arena *a, const char *id)
{
	char *text = arena_strdup(a, id ? id : "");
	char *first = strchr(text, '/');
	char *last = strrchr(text, '/');
	struct item_id r = {.kind = text, .name = text};

	if (!first)
		return r;
	*first = '\0';
	r.name = last + 1;
	if (last != first) {
		*last = '\0';
		r.namespace_ = first + 1;
	}
	return r;
}

/* Where each cluster has all replicas of @w, each gets as many as it shall have now. */
static void resize_copies(struct run *r, struct workload *w, int64_t replicas)
{
	struct workload_share *shares = arena_new_n(r->a, struct workload_share, w->n_shares);

	for (size_t i = 0; i < w->n_shares; i++) {
		if (w->shares[i].replicas != w->replicas)
			return;
		shares[i] = w->shares[i];
		shares[i].replicas = shares[i].ready = shares[i].available = replicas;
	}
	w->shares = shares;
}

static void scale(struct run *r, const struct readiness *which, int64_t replicas)
{
	for (size_t i = 0; i < r->workloads.n; i++) {
		struct workload *w = &r->workloads.at[i];

		if (!str_eq(w->kind, which->kind) || !str_eq(w->name, which->name) ||
		    !str_eq(w->namespace_, which->namespace_))
			continue;
		account(r, w, false);
		resize_copies(r, w, replicas);
		w->replicas = replicas;
		rebind(r, i, NULL);
		account(r, &r->workloads.at[i], true);
	}
}

/* What is taken from where such go no more. */
static void delete_left(struct run *r, const struct node *object)
{
	struct left_object *kept = arena_new_n(r->a, struct left_object, r->s.n_left);
	size_t n = 0;

	for (size_t i = 0; i < r->s.n_left; i++)
		if (!str_eq(r->s.left[i].place, object_place(object)) ||
		    !str_eq(r->s.left[i].name, node_str(object, "metadata.name")))
			kept[n++] = r->s.left[i];
	r->s.left = kept;
	r->s.n_left = n;
}

static void apply_step(struct run *r, const struct step *step)
{
	struct item_id id = split_id(r->a, step->item);
	bool is_release = str_eq(id.kind, "Release");

	switch (step->verb) {
	case STEP_PUT:
		if (step->release)
			put_release(r, step);
		else if (step->object)
			put_object(r, step->object);
		break;
	case STEP_DELETE:
		if (object_place(step->object))
			delete_left(r, step->object);
		else if (is_release)
			delete_release(r, id.namespace_, id.name);
		else if (str_eq(id.kind, "Namespace"))
			delete_namespace(r, id.name);
		else
			delete_object(r, id.kind, id.namespace_, id.name);
		break;
	case STEP_SCALE:
		for (size_t i = 0; i < step->n_wait; i++)
			scale(r, &step->wait[i], step->replicas);
		break;
	case STEP_WAIT:
		break;
	}
}

/* ---- from snapshot to snapshot ---- */

static int by_release(const void *x, const void *y)
{
	const struct release *p = x, *q = y;
	int c = str_cmp(p->namespace_, q->namespace_);

	return c ? c : str_cmp(p->name, q->name);
}

static int by_object(const void *x, const void *y)
{
	const struct owned_object *p = x, *q = y;
	int c = str_cmp(p->kind, q->kind);

	if (!c)
		c = str_cmp(p->namespace_, q->namespace_);
	return c ? c : str_cmp(p->name, q->name);
}

static int by_workload(const void *x, const void *y)
{
	const struct workload *p = x, *q = y;
	int c = str_cmp(p->namespace_, q->namespace_);

	if (!c)
		c = str_cmp(p->kind, q->kind);
	return c ? c : str_cmp(p->name, q->name);
}

static void run_init(struct run *r, struct arena *a, const struct snapshot *s)
{
	*r = (struct run){.a = a, .s = *s};
	r->s.clusters = arena_new_n(a, struct cluster, s->n_clusters);
	for (size_t i = 0; i < s->n_clusters; i++)
		r->s.clusters[i] = s->clusters[i];
	for (size_t i = 0; i < s->n_releases; i++)
		*vec_push(a, &r->releases) = s->releases[i];
	for (size_t i = 0; i < s->n_objects; i++)
		*vec_push(a, &r->objects) = s->objects[i];
	for (size_t i = 0; i < s->n_workloads; i++)
		*vec_push(a, &r->workloads) = s->workloads[i];
}

static struct snapshot run_end(struct run *r)
{
	struct snapshot s = r->s;

	s.releases = r->releases.at;
	s.n_releases = r->releases.n;
	s.objects = r->objects.at;
	s.n_objects = r->objects.n;
	s.workloads = r->workloads.at;
	s.n_workloads = r->workloads.n;
	if (s.n_releases)
		qsort(s.releases, s.n_releases, sizeof(*s.releases), by_release);
	if (s.n_objects)
		qsort(s.objects, s.n_objects, sizeof(*s.objects), by_object);
	if (s.n_workloads)
		qsort(s.workloads, s.n_workloads, sizeof(*s.workloads), by_workload);
	return s;
}

struct snapshot simulate_step(struct arena *a, const struct snapshot *s, const struct step *step)
{
	struct run r;

	run_init(&r, a, s);
	apply_step(&r, step);
	return run_end(&r);
}

struct snapshot simulate(struct arena *a, const struct snapshot *s, const struct plan *p)
{
	struct run r;

	run_init(&r, a, s);
	for (size_t i = 0; i < p->n_steps; i++)
		apply_step(&r, &p->steps[i]);
	return run_end(&r);
}
