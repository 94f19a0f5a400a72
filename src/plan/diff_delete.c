// SPDX-License-Identifier: Apache-2.0
/* What is ours, is there, and is wanted no more. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "model/graph.h"
#include "model/kinds.h"
#include "plan/desire.h"
#include "plan/desire_parts.h"
#include "plan/diff_parts.h"
#include "plan/signals.h"

static struct node *bare_object(struct arena *a, const struct owned_object *o)
{
	struct node *n = node_new(a, NODE_MAP);

	node_set_str(a, n, "apiVersion", o->api_version);
	node_set_str(a, n, "kind", o->kind);
	struct node *meta = node_map_in(a, n, "metadata");
	node_set_str(a, meta, "name", o->name);
	if (o->namespace_)
		node_set_str(a, meta, "namespace", o->namespace_);
	return n;
}

static bool ours(const struct differ *f, const char *graph, const char *instance)
{
	return str_eq(graph, f->d->graph) && str_eq(instance, f->d->instance);
}

static const char *reason_to_go(const struct differ *f, const struct release *r)
{
	if (f->o->removing)
		return "the graph is removed";
	for (size_t i = 0; i < f->d->n_items; i++)
		if (f->d->items[i].kind == ITEM_RELEASE)
			return f->o->graph && graph_service(f->o->graph, r->service)
				       ? "it shall not run now"
				       : "the graph has no such service any more";
	return "the graph shall not run now";
}

struct deleting {
	struct differ *f;
	struct steps *deleted;
	int64_t *step_of; /* [release] number of its delete step, 0: none */
};

static bool depends(const struct graph *g, const char *service, const char *on)
{
	const struct service *v = g && service ? graph_service(g, service) : NULL;

	for (size_t i = 0; v && i < v->trigger.n_dependencies; i++)
		if (str_eq(v->trigger.dependencies[i], on))
			return true;
	return false;
}

/* Delete release @i after those that started after it; the descriptor has no cycle. */
static void delete_release(struct deleting *d, size_t i)
{
	const struct differ *f = d->f;
	const struct release *r = &f->s->releases[i];
	const char *id = arena_printf(f->a, "Release/%s/%s", r->namespace_, r->name);

	if (d->step_of[i] || !ours(f, r->graph, r->instance) || desired_item(f->d, id))
		return;
	for (size_t k = 0; k < f->s->n_releases; k++)
		if (k != i && depends(f->o->graph, f->s->releases[k].service, r->service))
			delete_release(d, k);
	struct step *st = diff_step(d->f, STEP_DELETE);
	struct release_want *w = arena_new(f->a, struct release_want);
	w->name = r->name;
	w->namespace_ = r->namespace_;
	st->kind = "release";
	st->item = id;
	st->service = r->service;
	st->summary = r->name;
	st->reason = reason_to_go(f, r);
	st->release = w;
	diff_after_earlier(d->f, st);
	for (size_t k = 0; k < f->s->n_releases; k++)
		if (d->step_of[k] && depends(f->o->graph, f->s->releases[k].service, r->service))
			diff_after(f->a, st, d->step_of[k]);
	d->step_of[i] = st->n;
	*vec_push(f->a, &d->deleted->list) = *st;
}

static void delete_releases(struct differ *f, struct steps *deleted)
{
	struct deleting d = {f, deleted, arena_new_n(f->a, int64_t, f->s->n_releases)};

	for (size_t i = 0; i < f->s->n_releases; i++)
		delete_release(&d, i);
}

static bool is_shared_leftover(const struct differ *f, const struct owned_object *o)
{
	return f->o->removing && !f->s->other_graphs && is_mcs_policy(o->name) &&
	       str_eq(o->instance, f->d->instance);
}

/* @shared: only what was made for all graphs, after everything that needs it; else the rest. */
static void delete_objects(struct differ *f, bool shared, struct steps *deleted)
{
	size_t n_before = deleted->list.n;

	for (size_t i = 0; i < f->s->n_objects; i++) {
		const struct owned_object *o = &f->s->objects[i];
		struct node *bare = bare_object(f->a, o);
		const char *id = desired_object_id(f->a, bare);

		if (str_eq(o->kind, "Namespace") || desired_item(f->d, id) ||
		    !(shared ? is_shared_leftover(f, o) : ours(f, o->graph, o->instance)))
			continue;
		struct step *st = diff_step(f, STEP_DELETE);
		st->kind = diff_kind_word(o->kind);
		st->item = id;
		st->service = o->service;
		st->summary = o->name;
		st->reason =
			shared ? "no graph is left that needs it" : "nothing needs it any more";
		st->object = bare;
		st->optional = signal_is_optional(o->kind);
		diff_after_earlier(f, st);
		for (size_t k = 0; k < n_before; k++)
			if (shared || str_eq(deleted->list.at[k].service, o->service))
				diff_after(f->a, st, deleted->list.at[k].n);
		*vec_push(f->a, &deleted->list) = *st;
	}
}

/* What lies where such go no more: nothing takes its place there. */
static void delete_left(struct differ *f, struct steps *deleted)
{
	for (size_t i = 0; i < f->s->n_left; i++) {
		const struct left_object *o = &f->s->left[i];
		const struct owned_object like = {.api_version = o->api_version,
						  .kind = o->kind,
						  .name = o->name,
						  .namespace_ = o->namespace_};
		struct step *st = diff_step(f, STEP_DELETE);

		st->kind = diff_kind_word(o->kind);
		st->object = bare_object(f->a, &like);
		st->item = arena_printf(f->a, "%s@%.*s", desired_object_id(f->a, st->object),
					(int)strcspn(o->place, ":"), o->place);
		node_set_str(f->a,
			     node_map_in(f->a, node_get(st->object, "metadata"), "annotations"),
			     PLACE, o->place);
		st->summary = o->name;
		st->reason = arena_printf(f->a, "%s in %s",
					  f->o->removing ? "nothing needs it any more,"
							 : "such go elsewhere now, it is left",
					  place_name(f->a, o->place));
		st->optional = true;
		diff_after_earlier(f, st);
		*vec_push(f->a, &deleted->list) = *st;
	}
}

static void delete_namespace(struct differ *f, const struct steps *deleted)
{
	if (!f->o->removing || !f->s->namespace_exists || !f->s->namespace_ours ||
	    f->s->foreign_in_namespace)
		return;
	struct owned_object ns = {.api_version = "v1", .kind = "Namespace", .name = f->d->project};
	struct step *st = diff_step(f, STEP_DELETE);
	st->kind = "namespace";
	st->item = arena_printf(f->a, "Namespace/%s", f->d->project);
	st->summary = f->d->project;
	st->reason = "made for this project, and nothing else is in it";
	st->object = bare_object(f->a, &ns);
	for (size_t k = 0; k < deleted->list.n; k++)
		diff_after(f->a, st, deleted->list.at[k].n);
}

void diff_delete(struct differ *f)
{
	struct steps deleted = {0};

	delete_releases(f, &deleted);
	delete_objects(f, false, &deleted);
	delete_objects(f, true, &deleted);
	delete_left(f, &deleted);
	delete_namespace(f, &deleted);
}
