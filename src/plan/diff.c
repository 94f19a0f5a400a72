// SPDX-License-Identifier: Apache-2.0
/*
 * Creation follows the order of desired.items, in which everything stands after what it waits for.
 * Deletion mirrors it: releases first, because Helm needs what they refer to, then exports,
 * imports and policies, last the namespace.
 */
#include "plan/diff.h"

#include "base/arena.h"
#include "base/str.h"
#include "model/kinds.h"
#include "plan/desire.h"
#include "plan/diff_parts.h"
#include "plan/ready.h"
#include "plan/signals.h"

static int64_t next_number(const struct steps *steps)
{
	return (int64_t)steps->list.n + 1;
}

void diff_after(struct arena *a, struct step *st, int64_t n)
{
	for (size_t i = 0; i < st->n_after; i++)
		if (st->after[i] == n)
			return;
	int64_t *grown = arena_new_n(a, int64_t, st->n_after + 1);
	size_t k = st->n_after++;
	for (; k > 0 && st->after[k - 1] > n; k--)
		grown[k] = st->after[k - 1];
	grown[k] = n;
	while (k-- > 0)
		grown[k] = st->after[k];
	st->after = grown;
}

struct step *diff_step(struct differ *f, enum step_verb verb)
{
	int64_t n = next_number(f->steps);
	struct step *st = vec_push(f->a, &f->steps->list);

	st->n = n;
	st->verb = verb;
	for (size_t i = 0; i < f->o->n_barrier; i++)
		diff_after(f->a, st, f->o->barrier[i]);
	return st;
}

void diff_after_earlier(struct differ *f, struct step *st)
{
	for (size_t i = 0; i < f->n_earlier; i++) {
		const struct step *e = &f->steps->list.at[i];

		if (!e->service || str_eq(e->service, st->service) || str_eq(e->item, st->item))
			diff_after(f->a, st, e->n);
	}
}

/* ---- objects ---- */

static const struct owned_object *find_object(const struct snapshot *s, const struct node *want)
{
	for (size_t i = 0; i < s->n_objects; i++) {
		const struct owned_object *o = &s->objects[i];

		if (str_eq(o->kind, node_str(want, "kind")) &&
		    str_eq(o->name, node_str(want, "metadata.name")) &&
		    str_eq(o->namespace_, node_str(want, "metadata.namespace")))
			return o;
	}
	return NULL;
}

/* Parts of a spec that are ours alone: nothing else may stand in them. */
static const char *not_ours(struct arena *a, const struct node *want, const struct owned_object *o)
{
	static const char *const keys[] = {"clusterAffinity", "clusterTolerations",
					   "replicaScheduling"};
	const struct node *rules = node_at(o->body, "spec.overrideRules");
	const struct node *have = node_at(o->body, "spec.placement");
	const struct node *placement = node_at(want, "spec.placement");

	for (size_t i = 0; placement && i < countof(keys); i++)
		if (node_get(have, keys[i]) && !node_get(placement, keys[i]))
			return arena_printf(a, "spec.placement.%s", keys[i]);
	if (rules && !node_within(a, rules, node_at(want, "spec.overrideRules"), NULL))
		return "spec.overrideRules";
	return NULL;
}

/* Where @o differs from @want in what we own, or NULL. */
static const char *object_differs(struct arena *a, const struct node *want,
				  const struct owned_object *o)
{
	const struct node *labels = node_at(want, "metadata.labels");
	const struct node *service = node_get(labels, LABEL_SERVICE);
	const char *path = NULL;

	if (service && !str_eq(o->service, service->str))
		return "label " LABEL_SERVICE;
	for (const struct node *c = node_first(want); c; c = c->next) {
		if (str_eq(c->key, "apiVersion") || str_eq(c->key, "kind") ||
		    str_eq(c->key, "metadata"))
			continue;
		if (!node_within(a, c, node_get(o->body, c->key), &path))
			return path && *path ? arena_printf(a, "%s.%s", c->key, path) : c->key;
	}
	return not_ours(a, want, o);
}

const char *diff_kind_word(const char *kind)
{
	const struct object_kind *k = object_kind(NULL, kind);

	return k && k->word ? k->word : kind;
}

/* Why the service of @it is where it shall be: what its release says, or NULL. */
static const char *place_reason(const struct differ *f, const struct item *it)
{
	for (size_t i = 0; it->service && i < f->d->n_items; i++)
		if (f->d->items[i].kind == ITEM_RELEASE &&
		    str_eq(f->d->items[i].service, it->service))
			return f->d->items[i].reason;
	return NULL;
}

/* Why @it must be put now, or NULL when it is as it should be. */
static const char *object_reason(struct differ *f, const struct item *it)
{
	const struct owned_object *o = find_object(f->s, it->object);
	const char *path;

	if (it->kind == ITEM_NAMESPACE)
		return f->s->namespace_exists ? NULL : it->reason;
	if (!o)
		return it->reason;
	path = object_differs(f->a, it->object, o);
	if (!path)
		return NULL;
	if (str_starts(path, "spec.placement.clusterAffinity") && place_reason(f, it))
		return arena_printf(f->a, "%s; it names other clusters now", place_reason(f, it));
	return arena_printf(f->a, "%s; %s differs", it->reason, path);
}

/* ---- releases ---- */

static const char *chart_reason(struct arena *a, const struct release_want *w,
				const struct release *r)
{
	const char *to = w->chart_version ? w->chart_version : "another one";

	if (str_eq(r->chart_version, w->chart_version) && r->chart_version)
		return arena_printf(a, "its chart changed; its version is still %s", to);
	if (r->chart_version)
		return arena_printf(a, "its chart changed from %s to %s", r->chart_version, to);
	return arena_printf(a, "its chart changed to %s", to);
}

static const char *release_reason(struct differ *f, const struct item *it)
{
	const struct release_want *w = it->release;
	const struct release *r = snapshot_release(f->s, w->namespace_, w->name);
	const char *why = it->reason ? it->reason : "it is wanted";

	if (!r)
		return why;
	if (!str_eq(r->graph, f->d->graph) || !str_eq(r->instance, f->d->instance))
		return arena_printf(f->a, "%s; a release of that name exists and is not ours", why);
	if (!str_eq(r->status, "deployed"))
		return arena_printf(f->a, "its release is %s: it was interrupted or failed",
				    r->status);
	if (w->chart_digest && !str_eq(chart_digest_label(f->a, w->chart_digest), r->chart_digest))
		return chart_reason(f->a, w, r);
	if (!str_eq(w->values_hash, r->values_hash))
		return arena_printf(f->a, "its values changed; %s", why);
	return NULL;
}

/* ---- waiting ---- */

struct step *diff_wait(struct arena *a, const struct desired *d, const char *service,
		       const int64_t *after, size_t n_after, struct steps *steps)
{
	vec_of(struct readiness) wait = {0};
	struct str where = {.a = a};

	for (size_t i = 0; i < d->n_readiness; i++) {
		if (service && !str_eq(d->readiness[i].service, service))
			continue;
		*vec_push(a, &wait) = d->readiness[i];
		for (size_t k = 0; !where.len && k < d->readiness[i].n_clusters; k++)
			str_addf(&where, "%s%s", k ? ", " : " on ", d->readiness[i].clusters[k]);
	}
	if (!wait.n)
		return NULL;
	int64_t n = next_number(steps);
	struct step *st = vec_push(a, &steps->list);
	st->n = n;
	st->verb = STEP_WAIT;
	st->kind = "ready";
	st->service = service;
	st->summary =
		service ? arena_printf(a, "%s%s", service, str_text(&where)) : "every service";
	st->wait = wait.at;
	st->n_wait = wait.n;
	for (size_t i = 0; i < n_after; i++)
		diff_after(a, st, after[i]);
	return st;
}

static bool service_ready(const struct differ *f, const char *service)
{
	for (size_t i = 0; i < f->d->n_readiness; i++)
		if (str_eq(f->d->readiness[i].service, service) &&
		    !is_ready(f->s, &f->d->readiness[i]))
			return false;
	return true;
}

/* Numbers of the steps that put something for @service, waits left out. */
static size_t puts_of(const struct differ *f, const char *service, int64_t *ret_after)
{
	size_t n = 0;

	for (size_t k = 0; k < f->d->n_items; k++)
		if (f->put_of[k] && str_eq(f->d->items[k].service, service))
			ret_after[n++] = f->put_of[k];
	return n;
}

/* The step after which the service of item @k is ready: made when first asked for. */
static int64_t wait_for(struct differ *f, size_t k)
{
	const char *service = f->d->items[k].service;
	int64_t *after = arena_new_n(f->a, int64_t, f->d->n_items);

	if (f->wait_of[k] || (!f->put_of[k] && service_ready(f, service)))
		return f->wait_of[k];
	size_t n = puts_of(f, service, after);
	struct step *st = diff_wait(f->a, f->d, service, after, n, f->steps);
	if (!st)
		return f->put_of[k];
	st->reason = "another service starts after it";
	f->wait_of[k] = st->n;
	return st->n;
}

static size_t item_index(const struct desired *d, const char *id)
{
	size_t k = 0;

	while (k < d->n_items && !str_eq(d->items[k].id, id))
		k++;
	return k;
}

/* True when the graph uses @cluster, or may: charts that place themselves tell nothing. */
static bool is_used(const struct desired *d, const char *cluster)
{
	for (size_t i = 0; i < d->placement.n_services; i++)
		if (!d->placement.services[i].n_shares ||
		    placement_on(&d->placement.services[i], cluster))
			return true;
	return !d->placement.n_services;
}

/*
 * The MCS CRDs reach the members a moment after their policy, which is item @k; what needs them and
 * comes before them would not be tried again.  The step that waits for them is made when first
 * asked for.
 */
static int64_t wait_for_mcs(struct differ *f, size_t k)
{
	const char **clusters = arena_new_n(f->a, const char *, f->s->n_clusters);
	struct readiness *r = arena_new(f->a, struct readiness);
	size_t n = 0;

	for (size_t i = 0; i < f->s->n_clusters; i++)
		if (f->s->clusters[i].ready && !f->s->clusters[i].has_mcs &&
		    is_used(f->d, f->s->clusters[i].name))
			clusters[n++] = f->s->clusters[i].name;
	if (!n || f->wait_of[k])
		return n ? f->wait_of[k] : f->put_of[k];
	*r = (struct readiness){.kind = "Cluster",
				.name = "multicluster.x-k8s.io",
				.clusters = clusters,
				.n_clusters = n};
	struct step *st = diff_step(f, STEP_WAIT);
	st->kind = "ready";
	st->summary = "ServiceExport and ServiceImport kinds";
	st->reason = "what needs them would not be tried again";
	st->wait = r;
	st->n_wait = 1;
	if (f->put_of[k])
		diff_after(f->a, st, f->put_of[k]);
	f->wait_of[k] = st->n;
	return st->n;
}

/* The step after which item @k is there, for another item of @service; 0: it is there now. */
static int64_t step_of(struct differ *f, size_t k, const char *service)
{
	const struct item *it = &f->d->items[k];

	if (it->kind == ITEM_RELEASE && !str_eq(it->service, service))
		return wait_for(f, k);
	if (it->kind == ITEM_OBJECT && is_mcs_policy(node_str(it->object, "metadata.name")))
		return wait_for_mcs(f, k);
	return f->put_of[k];
}

/* Numbers of the steps that @it must wait for; waits for other services are made here. */
static size_t collect_after(struct differ *f, const struct item *it, int64_t *ret_after)
{
	size_t n = 0;

	for (size_t i = 0; i < it->n_after; i++) {
		size_t k = item_index(f->d, it->after[i]);
		int64_t step = k < f->d->n_items ? step_of(f, k, it->service) : 0;

		if (step)
			ret_after[n++] = step;
	}
	return n;
}

/* ---- putting ---- */

static void put_item(struct differ *f, size_t k)
{
	const struct item *it = &f->d->items[k];
	bool release = it->kind == ITEM_RELEASE;
	const char *reason = release ? release_reason(f, it) : object_reason(f, it);
	int64_t *after = arena_new_n(f->a, int64_t, it->n_after + 1);

	if (!reason)
		return;
	size_t n_after = collect_after(f, it, after);
	struct step *st = diff_step(f, STEP_PUT);
	st->kind = release ? "release" : diff_kind_word(node_str(it->object, "kind"));
	st->item = it->id;
	st->service = it->service;
	st->summary = it->summary;
	st->reason = reason;
	st->object = it->object;
	st->release = it->release;
	st->optional = !release && signal_is_optional(node_str(it->object, "kind"));
	diff_after_earlier(f, st);
	for (size_t i = 0; i < n_after; i++)
		diff_after(f->a, st, after[i]);
	f->put_of[k] = st->n;
}

/* What the template of @r will want after the steps so far; -1: it will not be there. */
static int64_t replicas_then(const struct differ *f, const struct readiness *r, int64_t put,
			     const struct workload *w)
{
	const struct chart_facts *c = snapshot_chart(f->s, r->service);

	if (!put)
		return w ? w->replicas : -1;
	if (f->steps->list.at[put - 1].release->sets_replicas)
		return r->asleep ? 0 : r->replicas;
	for (size_t i = 0; c && i < c->n_objects; i++)
		if (str_eq(c->objects[i].kind, r->kind) && str_eq(c->objects[i].name, r->name) &&
		    c->objects[i].replicas >= 0)
			return c->objects[i].replicas;
	return w ? w->replicas : 1;
}

/* Replicas that are not as wanted, or that the upgrade just planned would reset. */
static void scale_workloads(struct differ *f)
{
	for (size_t i = 0; i < f->d->n_readiness; i++) {
		const struct readiness *r = &f->d->readiness[i];
		const struct workload *w = ready_workload(f->s, r);
		size_t k = item_index(
			f->d, arena_printf(f->a, "Release/%s/%s", r->namespace_, r->service));
		int64_t put = k < f->d->n_items ? f->put_of[k] : 0;
		int64_t then = replicas_then(f, r, put, w), now = r->asleep ? 0 : r->replicas;

		if (!r->replicas || then < 0 || then == now)
			continue;
		struct step *st = diff_step(f, STEP_SCALE);
		st->kind = "replicas";
		st->item = arena_printf(f->a, "%s/%s/%s", r->kind, r->namespace_, r->name);
		st->service = r->service;
		st->summary = arena_printf(f->a, "%s to %lld", r->name, (long long)now);
		st->reason =
			arena_printf(f->a, "%s%s%s %lld", r->why ? r->why : "", r->why ? "; " : "",
				     put ? "its chart says" : "it has", (long long)then);
		st->replicas = now;
		st->wait = arena_memdup(f->a, r, sizeof(*r));
		st->n_wait = 1;
		diff_after_earlier(f, st);
		if (put)
			diff_after(f->a, st, put);
	}
}

void diff(struct arena *a, const struct desired *d, const struct snapshot *s,
	  const struct diff_options *o, struct steps *steps)
{
	struct differ f = {
		.a = a,
		.d = d,
		.s = s,
		.o = o,
		.steps = steps,
		.n_earlier = steps->list.n,
		.put_of = arena_new_n(a, int64_t, d->n_items),
		.wait_of = arena_new_n(a, int64_t, d->n_items),
	};

	for (size_t k = 0; k < d->n_items; k++)
		if (!(o->removing && d->items[k].kind == ITEM_NAMESPACE))
			put_item(&f, k);
	scale_workloads(&f);
	diff_delete(&f);
}
