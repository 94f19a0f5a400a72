// SPDX-License-Identifier: Apache-2.0
/*
 * Fetching and rendering a chart takes a registry round trip and some helm runs, so each service
 * gets a thread of its own, a few at a time.  A thread works in an arena of its own; what it found
 * is copied out as text.
 */
#include "engine/observe_charts.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/bind.h"
#include "doc/json.h"
#include "plan/demand.h"
#include "plan/values.h"

struct look {
	struct engine *e;
	const struct observe_want *want;
	atomic_size_t next;
	struct chart_facts *facts; /* [service] */
};

struct looker {
	pthread_t thread;
	struct look *look;
	struct arena *a;
	bool first; /* it takes the caller's handles, who waits: they are connected already */
};

/* Does the chart heed the path that artifact.valuesMapping names for the replicas?  Then an upgrade
 * sets them by itself. */
static void try_mapping(struct look *l, struct arena *a, struct ports *ports,
			const struct service *v, const char *pin, struct chart_facts *f)
{
	const struct object_facts *main = main_workload(f), *then;
	struct chart_facts other = {0};

	if (!v->mapping.replicas || str_eq(v->mapping.replicas, f->replicas_path) || !main ||
	    main->replicas < 0)
		return;
	struct decided decided = {.replicas = main->replicas + 1};
	struct err *err =
		ports->chart.facts(ports->chart.self, a, v->oci_image, pin ? pin : f->digest, v->id,
				   l->want->project, values_final(a, v, NULL, &decided), &other);
	other.service = v->id;
	then = err ? NULL : main_workload(&other);
	if (then && then->replicas == decided.replicas)
		f->replicas_path = v->mapping.replicas;
}

static const char *pin_of(const struct node *pins, const struct service *v)
{
	const struct node *pinned = node_get(pins, v->id);

	return pinned && pinned->kind == NODE_STR ? pinned->str : NULL;
}

/* The digest of what @ref stands for by now, when that is not @pin.  Nobody waits for an answer. */
static struct err *newer(struct arena *a, struct ports *ports, const char *ref, const char *pin,
			 bool hurry, const char **ret_digest)
{
	const char *now = NULL;

	if (!ports->chart.digest || strstr(ref, "@sha256:"))
		return NULL;
	TRY(ports->chart.digest(ports->chart.self, a, ref, hurry, &now));
	if (now && !str_eq(now, pin))
		*ret_digest = now;
	return NULL;
}

const char **observe_newer_charts(struct engine *e, struct arena *a, const struct graph *g,
				  const struct node *pins)
{
	const char **digests = arena_new_n(a, const char *, g->n_services);
	struct err *away = NULL; /* a registry that does not answer one does not answer the next */

	for (size_t i = 0; i < g->n_services && !away && !cancelled(e->ports->cancel); i++) {
		const struct service *v = &g->services[i];

		if (pin_of(pins, v))
			away = newer(a, e->ports, v->oci_image, pin_of(pins, v), true, &digests[i]);
	}
	return digests;
}

static void look_at(struct look *l, struct arena *a, struct ports *ports, size_t i)
{
	const struct service *v = &l->want->graph->services[i];
	const char *pin = pin_of(l->want->pins, v);
	struct err *err = ports->chart.facts(ports->chart.self, a, v->oci_image, pin, v->id,
					     l->want->project, values_base(a, v), &l->facts[i]);

	if (err)
		l->facts[i] = (struct chart_facts){
			.ref = v->oci_image,
			.error = err->hint ? arena_printf(a, "%s (%s)", err->msg, err->hint)
					   : err->msg,
			.refused = err->kind == ERR_INPUT,
		};
	l->facts[i].service = v->id;
	if (err)
		return;
	try_mapping(l, a, ports, v, pin, &l->facts[i]);
	if (pin && l->want->compare) {
		struct err *unknown = newer(a, ports, v->oci_image, pin, false, &l->facts[i].now);
		(void)unknown; /* what is deployed does not depend on it */
	}
}

static void *look_around(void *arg)
{
	struct looker *me = arg;
	struct look *l = me->look;
	struct ports own = *l->e->ports;
	bool opened = false;
	size_t n = l->want->graph->n_services, i;

	if (l->e->open_worker && !me->first) {
		struct err *err = l->e->open_worker(l->e->worker_self, me->a, &own);
		opened = !err;
	}
	while ((i = atomic_fetch_add(&l->next, 1)) < n)
		if (opened || me->first || !l->e->open_worker)
			look_at(l, me->a, &own, i);
		else
			l->facts[i] = (struct chart_facts){
				.service = l->want->graph->services[i].id,
				.error = "no connection for looking at its chart",
			};
	if (opened)
		l->e->close_worker(l->e->worker_self, &own);
	return NULL;
}

/* By way of text: a document made from @from would still point into its arena. */
static struct err *copy_out(struct arena *a, const struct chart_facts *from, struct chart_facts *to)
{
	struct problems ps = {.a = a};
	const char *text = json_write(a, bind_write(a, &chart_facts_shape, from), JSON_COMPACT);
	struct node *doc;

	TRY(json_read(a, "chart facts", text, strlen(text), &doc));
	bind_read(a, &chart_facts_shape, doc, to, &ps);
	return problems_err(a, &ps);
}

struct err *observe_charts(struct engine *e, struct arena *a, const struct observe_want *want,
			   struct snapshot *s)
{
	size_t n = want->graph->n_services;
	size_t n_threads =
		!e->open_worker ? 1 : (size_t)(e->parallel ? e->parallel : ENGINE_PARALLEL);
	struct look l = {.e = e, .want = want};

	n_threads = n_threads > n ? n : n_threads;
	l.facts = arena_new_n(a, struct chart_facts, n);
	struct looker *lookers = arena_new_n(a, struct looker, n_threads);
	struct arena *arenas = arena_new_n(a, struct arena, n_threads);
	size_t started = 0;
	for (; started < n_threads; started++) {
		lookers[started].look = &l;
		lookers[started].first = !started;
		lookers[started].a = &arenas[started];
		if (n_threads == 1 || pthread_create(&lookers[started].thread, NULL, look_around,
						     &lookers[started]) != 0)
			break;
	}
	if (!started && n_threads)
		look_around(&lookers[0]);
	for (size_t i = 0; i < started; i++)
		pthread_join(lookers[i].thread, NULL);
	s->charts = arena_new_n(a, struct chart_facts, n);
	s->n_charts = n;
	struct err *broken = NULL;
	for (size_t i = 0; i < n && !broken; i++)
		broken = copy_out(a, &l.facts[i], &s->charts[i]);
	for (size_t i = 0; i < n_threads; i++)
		arena_done(&arenas[i]);
	TRY(broken);
	return cancelled(e->ports->cancel) ? err_new(a, ERR_CANCELLED, "interrupted") : NULL;
}
