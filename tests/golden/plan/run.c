// SPDX-License-Identifier: Apache-2.0
/*
 * Golden plans: each folder NNN-what-it-shows holds graph.yaml and snapshot.yaml, and what is
 * decided from them: plan.txt and why.txt (or error.txt).  options.yaml may say {policy, verb, wait}.
 *
 *     plan_golden DIR            compare, TAP on standard output
 *     plan_golden --update DIR   write the results
 *
 * Each case is also a case for the laws: the plan simulated leaves nothing to do, steps wait for
 * earlier ones only, services in another order give the same bytes, and placing the resulting world
 * anew moves nothing.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/bind.h"
#include "doc/read.h"
#include "doc/yaml.h"
#include "model/graph.h"
#include "model/plan.h"
#include "model/snapshot.h"
#include "plan/check.h"
#include "plan/explain.h"
#include "plan/intent.h"
#include "plan/make.h"
#include "plan/place.h"
#include "plan/simulate.h"

struct golden {
	struct arena *a;
	const char *dir;
	struct graph g;
	struct snapshot s;
	struct place_options place;
	struct make_options make;
};

struct outcome {
	struct placement placement;
	struct place_why why;
	struct desired desired;
	struct plan plan;
	struct err *err;
};

static char *slurp(struct arena *a, const char *path, size_t *ret_size)
{
	FILE *f = fopen(path, "rb");
	struct str s = {.a = a};
	char buffer[4096];
	size_t n;

	if (!f)
		return NULL;
	while ((n = fread(buffer, 1, sizeof(buffer), f)) > 0)
		str_add_n(&s, buffer, n);
	fclose(f);
	*ret_size = s.len;
	return s.text ? s.text : arena_strdup(a, "");
}

static struct err *read_doc(struct golden *t, const char *name, struct node **ret)
{
	const char *path = arena_printf(t->a, "%s/%s", t->dir, name);
	size_t size = 0;
	const char *text = slurp(t->a, path, &size);

	if (!text)
		return err_new(t->a, ERR_NOT_FOUND, "%s is not there", path);
	return doc_read(t->a, name, text, size, ret);
}

static int by_id(const void *x, const void *y)
{
	return strcmp(((const struct service *)x)->id, ((const struct service *)y)->id);
}

static struct err *read_options(struct golden *t)
{
	struct node *o = NULL;
	struct err *e = read_doc(t, "options.yaml", &o);
	const char *verb = node_str(o, "verb");

	if (e && e->kind != ERR_NOT_FOUND)
		return e;
	t->place.policy = node_str(o, "policy");
	t->place.allow_data_loss = node_bool(o, "allowDataLoss", false);
	t->make.verb = verb ? verb : "deploy";
	t->make.stopped = str_eq(verb, "stop");
	t->make.removing = str_eq(verb, "remove");
	t->make.wait = node_bool(o, "wait", false);
	t->make.allow_cluster_scoped = node_bool(o, "allowClusterScoped", false);
	return NULL;
}

static struct err *read_case(struct golden *t)
{
	struct problems ps = {.a = t->a};
	struct node *graph, *snapshot;

	TRY(read_doc(t, "graph.yaml", &graph));
	TRY(read_doc(t, "snapshot.yaml", &snapshot));
	graph_read(t->a, graph, &t->g, &ps);
	if (!ps.n_errors)
		graph_check(t->a, &t->g, &ps);
	bind_read(t->a, &snapshot_shape, snapshot, &t->s, &ps);
	TRY(problems_err(t->a, &ps));
	TRY(intent_apply(t->a, &t->g, NULL));
	if (t->g.n_services)
		qsort(t->g.services, t->g.n_services, sizeof(*t->g.services), by_id);
	t->s.graph = t->g.id;
	return read_options(t);
}

static struct outcome decide(struct golden *t, const struct graph *g, const struct snapshot *s)
{
	struct outcome o = {0};
	struct make_options make = t->make;

	if (!make.stopped && !make.removing) {
		o.err = place(t->a, g, s, &t->place, &o.placement, &o.why);
		make.why = &o.why;
	}
	if (!o.err)
		o.err = plan_make(t->a, g, s, &o.placement, &make, &o.desired, &o.plan);
	return o;
}

/* ---- the laws ---- */

static const char *broken_order(struct golden *t, const struct plan *p)
{
	for (size_t i = 0; i < p->n_steps; i++) {
		if (p->steps[i].n != (int64_t)i + 1)
			return arena_printf(t->a, "step %zu is numbered %lld", i + 1,
					    (long long)p->steps[i].n);
		for (size_t k = 0; k < p->steps[i].n_after; k++)
			if (p->steps[i].after[k] < 1 || p->steps[i].after[k] >= p->steps[i].n)
				return arena_printf(t->a, "step %zu waits for step %lld", i + 1,
						    (long long)p->steps[i].after[k]);
	}
	return NULL;
}

/* The snapshot after the plan, with the state that the store would hold by then. */
static struct snapshot after(struct golden *t, const struct outcome *o)
{
	struct snapshot s = simulate(t->a, &t->s, &o->plan);

	if (t->make.stopped || t->make.removing)
		return s;
	s.services = arena_new_n(t->a, struct service_state, t->g.n_services);
	s.n_services = t->g.n_services;
	for (size_t i = 0; i < t->g.n_services; i++) {
		const char *id = t->g.services[i].id;
		const struct service_placement *p = placement_of(&o->placement, id);
		struct service_state *st = &s.services[i];

		*st = (struct service_state){.service = id, .status = "Deployed"};
		if (t->g.services[i].trigger.is_event)
			st->status = "Pending";
		for (size_t k = 0; k < t->s.n_services; k++)
			if (str_eq(t->s.services[k].service, id))
				*st = t->s.services[k];
		st->clusters = arena_new_n(t->a, const char *, p ? p->n_shares : 0);
		st->n_clusters = 0;
		for (size_t k = 0; p && k < p->n_shares; k++)
			st->clusters[st->n_clusters++] = p->shares[k].cluster;
	}
	return s;
}

static const char *broken_fixpoint(struct golden *t, const struct outcome *o)
{
	struct snapshot s = after(t, o);
	struct outcome again = decide(t, &t->g, &s);

	if (again.err)
		return arena_printf(t->a, "planning the result anew fails: %s", again.err->msg);
	if (again.plan.n_steps)
		return arena_printf(t->a, "the result is not as wanted:\n%s",
				    plan_text(t->a, &again.plan));
	return NULL;
}

/* Services written in the opposite order, sorted again on entry as the engine does. */
static const char *broken_permutation(struct golden *t, const struct outcome *o)
{
	struct graph turned = t->g;

	turned.services = arena_new_n(t->a, struct service, t->g.n_services);
	for (size_t i = 0; i < t->g.n_services; i++)
		turned.services[i] = t->g.services[t->g.n_services - 1 - i];
	if (turned.n_services)
		qsort(turned.services, turned.n_services, sizeof(*turned.services), by_id);
	struct outcome again = decide(t, &turned, &t->s);
	if (again.err || !str_eq(plan_text(t->a, &o->plan), plan_text(t->a, &again.plan)))
		return "services in another order give another plan";
	return NULL;
}

static const char *broken_law(struct golden *t, const struct outcome *o)
{
	const char *why = broken_order(t, &o->plan);

	why = why ? why : broken_fixpoint(t, o);
	return why ? why : broken_permutation(t, o);
}

/* ---- comparing ---- */

static const char *compare(struct golden *t, const char *name, const char *text, bool update)
{
	const char *path = arena_printf(t->a, "%s/%s", t->dir, name);
	size_t size = 0;
	const char *want = slurp(t->a, path, &size);

	if (update) {
		if (!text) {
			remove(path);
			return NULL;
		}
		FILE *f = fopen(path, "wb");
		if (!f)
			return arena_printf(t->a, "cannot write %s", path);
		fputs(text, f);
		fclose(f);
		return NULL;
	}
	if (!text && !want)
		return NULL;
	if (!text || !want || strcmp(text, want) != 0)
		return arena_printf(t->a, "%s differs; now:\n%s", name, text ? text : "(nothing)");
	return NULL;
}

static const char *run_case(struct golden *t, bool update)
{
	struct outcome o = {0};
	const char *why;

	o.err = read_case(t);
	if (!o.err)
		o = decide(t, &t->g, &t->s);
	const char *error = o.err ? arena_printf(t->a, "exit %d\n%s\n%s%s",
						 err_kind_info(o.err->kind)->exit_code, o.err->msg,
						 o.err->hint ? o.err->hint : "",
						 o.err->hint ? "\n" : "")
				  : NULL;
	bool placed = !o.err && o.why.n_reasons;
	why = compare(t, "error.txt", error, update);
	if (!why)
		why = compare(t, "plan.txt", o.err ? NULL : plan_text(t->a, &o.plan), update);
	if (!why)
		why = compare(t, "why.txt",
			      placed ? explain_text(t->a, t->g.id, &o.placement, &o.why) : NULL,
			      update);
	return why || o.err ? why : broken_law(t, &o);
}

static void comment(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		printf("# %.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static int by_text(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

int main(int argc, char **argv)
{
	struct arena names scoped_arena = {0};
	bool update = argc == 3 && strcmp(argv[1], "--update") == 0;
	const char *root = argv[argc - 1];
	DIR *d = argc < 2 ? NULL : opendir(root);
	vec_of(const char *) cases = {0};
	const struct dirent *entry;
	int failed = 0;

	while (d && (entry = readdir(d)))
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
			*vec_push(&names, &cases) = arena_strdup(&names, entry->d_name);
	if (d)
		closedir(d);
	if (!cases.n) {
		fprintf(stderr, "usage: plan_golden [--update] DIR (with cases in it)\n");
		return 2;
	}
	qsort(cases.at, cases.n, sizeof(*cases.at), by_text);
	printf("1..%zu\n", cases.n);
	for (size_t i = 0; i < cases.n; i++) {
		struct arena a scoped_arena = {0};
		struct golden t = {.a = &a};

		t.dir = arena_printf(&a, "%s/%s", root, cases.at[i]);
		const char *why = run_case(&t, update);
		printf("%sok %zu - %s\n", why ? "not " : "", i + 1, cases.at[i]);
		if (why)
			comment(why);
		failed += why != NULL;
	}
	return failed != 0;
}
