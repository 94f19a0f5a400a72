// SPDX-License-Identifier: Apache-2.0
#include "drive/sim_op.h"

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/bind.h"
#include "drive/sim_bind.h"
#include "drive/sim_pods.h"
#include "model/kinds.h"
#include "plan/world.h"

struct node *sim_op_new(struct arena *a, const char *op)
{
	struct node *n = node_new(a, NODE_MAP);

	node_set_str(a, n, "op", op);
	return n;
}

static int64_t between(int64_t x, int64_t least, int64_t most)
{
	return x < least ? least : x > most ? most : x;
}

/* ---- objects ---- */

static bool steers(const struct owned_object *o)
{
	return str_eq(o->kind, "PropagationPolicy") || str_eq(o->kind, "OverridePolicy") ||
	       str_eq(o->kind, "ClusterPropagationPolicy") ||
	       str_eq(o->kind, "ClusterOverridePolicy");
}

/* The definitions of exports and imports reach the clusters like any other object. */
static void spread_definitions(struct sim_state *s, const struct owned_object *o)
{
	const struct node *affinity = node_at(o->body, "spec.placement.clusterAffinity");

	if (!str_eq(o->kind, "ClusterPropagationPolicy") ||
	    !world_selects(o, "CustomResourceDefinition", "serviceexports.multicluster.x-k8s.io",
			   NULL, NULL))
		return;
	for (size_t i = 0; i < s->n_clusters; i++) {
		if (s->clusters[i].down || !world_allows(affinity, &s->facts[i]))
			continue;
		s->clusters[i].has_mcs = true;
		s->facts[i].has_mcs = true;
	}
}

/* What the server adds to an object. */
static void stamp(struct sim_state *s, struct node *object, const struct node *before)
{
	struct node *meta = node_map_in(s->a, object, "metadata");
	const char *uid = node_str(before, "metadata.uid");
	int64_t generation = node_int(before, "metadata.generation", 0);
	bool changed = !before || !node_equal(node_get(before, "spec"), node_get(object, "spec"));

	s->versions++;
	if (!uid)
		uid = arena_printf(s->a, "00000000-0000-4000-8000-%012llx",
				   (unsigned long long)s->versions);
	node_set_str(s->a, meta, "uid", uid);
	node_set_str(s->a, meta, "resourceVersion",
		     arena_printf(s->a, "%lld", (long long)s->versions));
	node_set_int(s->a, meta, "generation", generation + changed);
}

static void apply(struct sim_state *s, const struct node *manifest)
{
	struct node *object = node_copy(s->a, manifest);
	struct owned_object owned, before = {0};

	owned_object_of(s->a, object, &owned);
	size_t i = sim_state_object(s, owned.kind, owned.namespace_, owned.name);
	stamp(s, object, i < s->objects.n ? s->objects.at[i] : NULL);
	if (i == s->objects.n) {
		*vec_push(s->a, &s->objects) = object;
		*vec_push(s->a, &s->owned) = owned;
	} else {
		before = s->owned.at[i];
		s->objects.at[i] = object;
		s->owned.at[i] = owned;
	}
	if (steers(&owned)) {
		if (before.kind && !node_equal(before.body, owned.body))
			sim_bind_selected(s, &before);
		sim_bind_selected(s, &owned);
	}
	spread_definitions(s, &owned);
}

static void remove_object(struct sim_state *s, size_t i)
{
	struct owned_object gone = s->owned.at[i];

	s->objects.n--;
	s->owned.n--;
	for (; i < s->objects.n; i++) {
		s->objects.at[i] = s->objects.at[i + 1];
		s->owned.at[i] = s->owned.at[i + 1];
	}
	if (steers(&gone))
		sim_bind_selected(s, &gone);
}

/* ---- releases ---- */

/* Take away the templates of the release that @keep (NULL: nothing) does not render. */
static void drop_templates(struct sim_state *s, const char *namespace_, const char *release,
			   const struct chart_facts *keep)
{
	for (size_t i = s->templates.n; i-- > 0;) {
		const struct sim_template *t = &s->templates.at[i];
		bool kept = false;

		if (!str_eq(t->release, release) || !str_eq(t->namespace_, namespace_))
			continue;
		for (size_t k = 0; keep && k < keep->n_objects; k++)
			kept |= !keep->objects[k].hook &&
				str_eq(keep->objects[k].kind, t->facts.kind) &&
				str_eq(keep->objects[k].name, t->facts.name);
		if (!kept)
			sim_unbind(s, i);
	}
}

static void uninstall(struct sim_state *s, const char *namespace_, const char *name)
{
	struct sim_release *r = sim_state_release(s, namespace_, name);

	if (!r)
		return;
	size_t i = (size_t)(r - s->releases.at);
	s->releases.n--;
	for (; i < s->releases.n; i++)
		s->releases.at[i] = s->releases.at[i + 1];
	drop_templates(s, namespace_, name, NULL);
}

static void remove_namespace(struct sim_state *s, const char *name)
{
	for (size_t i = s->releases.n; i-- > 0;) {
		if (str_eq(s->releases.at[i].namespace_, name))
			uninstall(s, name, s->releases.at[i].name);
	}
	for (size_t i = s->objects.n; i-- > 0;) {
		if (str_eq(s->owned.at[i].namespace_, name))
			remove_object(s, i);
	}
}

static void do_remove(struct sim_state *s, const struct node *op)
{
	const char *kind = node_str(op, "kind"), *name = node_str(op, "name");
	size_t i = sim_state_object(s, kind, node_str(op, "namespace"), name);

	if (i == s->objects.n)
		return;
	remove_object(s, i);
	if (str_eq(kind, "Namespace"))
		remove_namespace(s, name);
}

static const struct field put_fields[] = {
	{"name", FIELD_TEXT, offsetof(struct sim_release, name), .flags = FIELD_REQUIRED},
	{"namespace", FIELD_TEXT, offsetof(struct sim_release, namespace_),
	 .flags = FIELD_REQUIRED},
	{"status", FIELD_TEXT, offsetof(struct sim_release, status), .flags = FIELD_REQUIRED},
	{"chartRef", FIELD_TEXT, offsetof(struct sim_release, chart_ref)},
	{"chartVersion", FIELD_TEXT, offsetof(struct sim_release, chart_version)},
	{"values", FIELD_NODE, offsetof(struct sim_release, values)},
	{"labels", FIELD_TEXTMAP, offsetof(struct sim_release, labels),
	 offsetof(struct sim_release, n_labels)},
	{0},
};
static const struct shape put_shape = {"putRelease", sizeof(struct sim_release), put_fields};

/* What @op has under @key, by its field table. */
static struct err *read_part(struct sim_state *s, const struct node *op, const char *key,
			     const struct shape *shape, void *out)
{
	const struct node *part = node_get(op, key);
	struct problems ps = {.a = s->a};

	if (!part)
		return err_new(s->a, ERR_INPUT, "a change without '%s'", key);
	bind_read(s->a, shape, part, out, &ps);
	return problems_err(s->a, &ps);
}

/* The release as it will be after @op: the next revision of what is there. */
static struct err *put_release(struct sim_state *s, const struct node *op)
{
	struct sim_release next = {0};

	TRY(read_part(s, op, "release", &put_shape, &next));
	struct sim_release *now = sim_state_release(s, next.namespace_, next.name);
	/* What was killed while it was installed first is installed anew. */
	bool fresh = !now || str_eq(now->status, "pending-install");
	next.revision = fresh ? 1 : now->revision + 1;
	if (!now)
		now = vec_push(s->a, &s->releases);
	*now = next;
	return NULL;
}

/* Claims of a chart are there to be mounted by its pods. */
static bool has_claim(const struct chart_facts *f)
{
	for (size_t i = 0; i < f->n_objects; i++)
		if (str_eq(f->objects[i].kind, "PersistentVolumeClaim"))
			return true;
	return false;
}

static void put_template(struct sim_state *s, const struct chart_facts *f,
			 const struct object_facts *o, const struct sim_release *r,
			 const struct node *op)
{
	const char *namespace_ = o->namespace_ ? o->namespace_ : r->namespace_;
	struct sim_template *t = sim_state_template(s, o->kind, namespace_, o->name);
	struct workload now = {.replicas = t ? t->replicas : 0};
	int64_t replicas =
		between(world_replicas(f, o, r->values, t ? &now : NULL), 0, SIM_REPLICAS_MAX);
	const char *pod = node_str(op, "pod");

	if (!t) {
		t = vec_push(s->a, &s->templates);
		*t = (struct sim_template){.namespace_ = namespace_, .release = r->name};
	}
	if (!t->generation || t->replicas != replicas || !str_eq(t->pod, pod))
		t->generation++;
	t->facts = *o;
	t->facts.data |= has_claim(f);
	t->release = r->name;
	t->replicas = replicas;
	t->pod = pod;
	t->ready_after = between(node_int(op, "readyAfter", 0), 0, SIM_TIME_MAX);
	sim_bind(s, (size_t)(t - s->templates.at));
}

static struct err *do_put(struct sim_state *s, const struct node *op)
{
	const char *namespace_ = node_str(op, "release.namespace");
	const char *name = node_str(op, "release.name");
	struct chart_facts f = {0};

	TRY(read_part(s, op, "facts", &chart_facts_shape, &f));
	TRY(put_release(s, op));
	drop_templates(s, namespace_, name, &f);
	for (size_t i = 0; i < f.n_objects; i++) {
		const struct object_kind *k = object_kind(NULL, f.objects[i].kind);
		const struct sim_release *r = sim_state_release(s, namespace_, name);

		if (k && k->workload && !f.objects[i].hook)
			put_template(s, &f, &f.objects[i], r, op);
	}
	return NULL;
}

static void do_scale(struct sim_state *s, const struct node *op)
{
	struct sim_template *t = sim_state_template(
		s, node_str(op, "kind"), node_str(op, "namespace"), node_str(op, "name"));
	int64_t replicas = between(node_int(op, "replicas", 0), 0, SIM_REPLICAS_MAX);

	if (!t || t->replicas == replicas)
		return;
	t->replicas = replicas;
	t->generation++;
	sim_bind(s, (size_t)(t - s->templates.at));
}

/* ---- the world ---- */

static void do_down(struct sim_state *s, struct sim_cluster *c)
{
	if (c->down)
		return;
	for (size_t i = 0; i < s->parts.n; i++) {
		struct sim_part *p = &s->parts.at[i];

		if (!str_eq(p->cluster, c->name))
			continue;
		p->frozen = true;
		p->seen_ready = sim_pods_ready(s, p);
		p->seen_current = sim_pods_current(p);
	}
	c->down = true;
	c->down_at = s->now;
	sim_state_notice(s);
}

static void do_up(struct sim_state *s, struct sim_cluster *c)
{
	if (!c->down)
		return;
	c->down = false;
	sim_state_notice(s);
	sim_catch_up(s, c->name);
}

static void do_fail(struct sim_state *s, const char *service, bool on)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->failing.n; i++) {
		if (!str_eq(s->failing.at[i], service))
			s->failing.at[kept++] = s->failing.at[i];
	}
	s->failing.n = kept;
	if (on)
		*vec_push(s->a, &s->failing) = service;
	else
		sim_pods_restart(s, service);
}

static void do_load(struct sim_state *s, const char *service, double rate)
{
	for (size_t i = 0; i < s->loads.n; i++) {
		if (str_eq(s->loads.at[i].service, service)) {
			s->loads.at[i].rate = rate;
			return;
		}
	}
	*vec_push(s->a, &s->loads) = (struct sim_load){service, rate};
}

static struct err *do_fault(struct sim_state *s, const struct node *op)
{
	struct sim_fault f = {0};

	TRY(read_part(s, op, "fault", &sim_fault_shape, &f));
	f.times = f.times ? f.times : 1;
	*vec_push(s->a, &s->faults) = f;
	return NULL;
}

/* A call matched fault @n: it lets through, or fails once; used up, it goes. */
static void do_hit(struct sim_state *s, int64_t n)
{
	if (n < 0 || (size_t)n >= s->faults.n)
		return;
	struct sim_fault *f = &s->faults.at[n];
	if (f->skip) {
		f->skip--;
		return;
	}
	if (--f->times > 0)
		return;
	s->faults.n--;
	for (size_t i = (size_t)n; i < s->faults.n; i++)
		s->faults.at[i] = s->faults.at[i + 1];
}

static double number(const struct node *n)
{
	return !n                     ? 0
	       : n->kind == NODE_REAL ? n->real
	       : n->kind == NODE_INT  ? (double)n->integer
				      : 0;
}

static bool change_world(struct sim_state *s, const char *op, const struct node *n)
{
	const char *service = node_str(n, "service");
	struct sim_cluster *c = sim_state_cluster(s, node_str(n, "cluster"));

	if (str_eq(op, "advance"))
		sim_pods_advance(s, between(node_int(n, "to", s->now), 0, SIM_TIME_MAX));
	else if (str_eq(op, "down") && c)
		do_down(s, c);
	else if (str_eq(op, "up") && c)
		do_up(s, c);
	else if (str_eq(op, "fail") && service)
		do_fail(s, service, node_bool(n, "on", true));
	else if (str_eq(op, "load") && service)
		do_load(s, service, number(node_get(n, "rate")));
	else if (str_eq(op, "hit"))
		do_hit(s, node_int(n, "n", -1));
	else
		return false;
	return true;
}

struct err *sim_op(struct sim_state *s, const struct node *op)
{
	const char *what = node_str(op, "op");

	if (str_eq(what, "apply") && node_str(op, "object.metadata.name") &&
	    node_str(op, "object.kind"))
		apply(s, node_get(op, "object"));
	else if (str_eq(what, "remove"))
		do_remove(s, op);
	else if (str_eq(what, "scale"))
		do_scale(s, op);
	else if (str_eq(what, "put"))
		return do_put(s, op);
	else if (str_eq(what, "stuck"))
		return put_release(s, op);
	else if (str_eq(what, "uninstall"))
		uninstall(s, node_str(op, "namespace"), node_str(op, "name"));
	else if (str_eq(what, "fault"))
		return do_fault(s, op);
	else if (!change_world(s, what, op))
		return err_new(s->a, ERR_INPUT, "'%s' is no change of a simulated world",
			       what ? what : "");
	return NULL;
}
