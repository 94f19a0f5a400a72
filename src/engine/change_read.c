// SPDX-License-Identifier: Apache-2.0
#include "engine/change_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/bind.h"
#include "plan/check.h"
#include "plan/intent.h"

static int by_id(const void *x, const void *y)
{
	return str_cmp(((const struct service *)x)->id, ((const struct service *)y)->id);
}

/* Services in the order of their ids: the order in which they were written changes no decision. */
static struct err *read_graph(struct arena *a, struct node *doc, struct problems *ps,
			      struct graph *ret)
{
	struct graph g = {0};

	graph_read(a, doc, &g, ps);
	if (g.n_services)
		graph_check(a, &g, ps);
	problems_sort(ps);
	TRY(problems_err(a, ps));
	TRY(intent_apply(a, &g, NULL));
	if (g.n_services)
		qsort(g.services, g.n_services, sizeof(*g.services), by_id);
	*ret = g;
	return NULL;
}

static struct node *wrapped(struct arena *a, struct node *descriptor)
{
	struct node *doc = node_new(a, NODE_MAP);

	node_set(doc, "hdaGraph", node_copy(a, descriptor));
	return doc;
}

struct err *change_stored_graph(struct arena *a, const struct graph_row *row,
				struct graph *ret_graph)
{
	struct problems ps = {.a = a};

	graph_read(a, wrapped(a, row->descriptor), ret_graph, &ps);
	return problems_err(a, &ps);
}

/* ---- what may not be ---- */

/* RFC 1123: what a namespace may be called. */
static bool is_dns_label(const char *name)
{
	static const char edge[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n && n <= 63 && !name[n] && strchr(edge, name[0]) && strchr(edge, name[n - 1]);
}

static struct err *refuse_project(struct arena *a, const char *project)
{
	static const char *const reserved[] = {"kube-", "karmada-", "submariner-", "openshift-"};

	if (!project || !*project)
		return err_hint(a, err_new(a, ERR_INPUT, "no project was given"),
				"Say it with --project: it becomes the namespace.");
	if (!is_dns_label(project))
		return err_hint(
			a, err_new(a, ERR_INPUT, "project '%s' cannot be a namespace", project),
			"Use lower-case letters, digits and '-', at most 63.");
	for (size_t i = 0; i < countof(reserved); i++)
		if (str_starts(project, reserved[i]))
			return err_new(a, ERR_FORBIDDEN,
				       "project '%s' belongs to the system: names that start with "
				       "'%s' are not for applications",
				       project, reserved[i]);
	return NULL;
}

/* A release is unique per project and service. */
static struct err *refuse_taken_services(struct engine *e, struct arena *a,
					 const struct decision *d)
{
	struct store_port *st = &e->ports->store;

	for (size_t i = 0; i < d->graph.n_services; i++) {
		const char *owner;
		struct err *err =
			st->service_owner(st->self, a, d->project, d->graph.services[i].id, &owner);

		if (err && err->kind == ERR_NOT_FOUND)
			continue;
		TRY(err);
		if (!str_eq(owner, d->graph.id))
			return err_hint(
				a,
				err_new(a, ERR_CONFLICT,
					"service '%s' of project '%s' belongs to graph '%s'",
					d->graph.services[i].id, d->project, owner),
				"Rename the service, or deploy to another project.");
	}
	return NULL;
}

static struct err *refuse_state(struct arena *a, enum change_verb verb, const struct graph_row *row)
{
	bool stopped = str_eq(row->status, "Stopped");
	bool running = str_eq(row->status, "Running");

	if (verb == CHANGE_STOP && stopped)
		return err_new(a, ERR_CONFLICT, "Graph '%s' is already stopped", row->name);
	if (verb == CHANGE_START && running)
		return err_new(a, ERR_CONFLICT, "Graph '%s' is already running", row->name);
	if ((verb == CHANGE_REPLACE || verb == CHANGE_TRIGGER || verb == CHANGE_UNTRIGGER ||
	     verb == CHANGE_SCALE) &&
	    stopped)
		return err_hint(a, err_new(a, ERR_CONFLICT, "Graph '%s' is stopped", row->name),
				"Start it first: `smo graph start %s`.", row->name);
	return NULL;
}

/* ---- where the descriptor comes from ---- */

/* What to go on with: an unfinished stop or removal stays one; all else reconciles. */
static enum change_verb resumed(const struct graph_row *row)
{
	if (str_eq(row->status, "Removing"))
		return CHANGE_REMOVE;
	if (str_eq(row->status, "Stopping") || str_eq(row->status, "Stopped"))
		return CHANGE_STOP;
	return CHANGE_RESUME;
}

static struct err *read_pins(struct engine *e, struct arena *a, const char *graph, int64_t number,
			     struct decision *d)
{
	struct store_port *st = &e->ports->store;
	struct revision_row row;
	struct err *err = st->revision_get(st->self, a, graph, number, &row);

	if (err && err->kind == ERR_NOT_FOUND)
		return NULL;
	TRY(err);
	d->pins = row.pins;
	return NULL;
}

static struct err *read_revision(struct engine *e, struct arena *a, const struct change *c,
				 struct decision *d)
{
	struct store_port *st = &e->ports->store;
	int64_t number = c->revision ? c->revision : d->revision - 1;
	struct revision_row row = {0};
	struct err *err = number > 0 ? st->revision_get(st->self, a, c->graph, number, &row)
				     : err_new(a, ERR_NOT_FOUND, "none");

	if (err && err->kind == ERR_NOT_FOUND)
		return err_hint(a,
				err_new(a, ERR_NOT_FOUND, "graph '%s' has no revision %lld",
					c->graph, (long long)number),
				"`smo graph history %s` lists them.", c->graph);
	TRY(err);
	d->descriptor = row.descriptor;
	d->pins = row.pins;
	d->new_revision = true;
	return NULL;
}

static struct err *read_stored(struct engine *e, struct arena *a, const struct change *c,
			       struct problems *ps, struct decision *d)
{
	struct store_port *st = &e->ports->store;
	struct graph_row row;

	TRY(st->graph_get(st->self, a, c->graph, &row));
	TRY(refuse_state(a, c->verb, &row));
	d->project = row.project;
	d->revision = row.revision;
	d->cluster_scoped = c->allow_cluster_scoped || row.cluster_scoped;
	d->descriptor = row.descriptor;
	d->verb = c->verb == CHANGE_RESUME ? resumed(&row) : c->verb;
	if (c->verb == CHANGE_ROLLBACK)
		TRY(read_revision(e, a, c, d));
	else
		TRY(read_pins(e, a, c->graph, 0, d));
	return read_graph(a, wrapped(a, d->descriptor), ps, &d->graph);
}

static struct err *read_given(struct engine *e, struct arena *a, const struct change *c,
			      struct problems *ps, struct decision *d)
{
	struct store_port *st = &e->ports->store;
	struct graph_row row = {0};

	TRY(read_graph(a, c->descriptor, ps, &d->graph));
	d->descriptor = graph_unwrap(c->descriptor, ps);
	d->project = c->project;
	d->verb = CHANGE_DEPLOY;
	struct err *err = st->graph_get(st->self, a, d->graph.id, &row);
	d->is_new = err && err->kind == ERR_NOT_FOUND;
	if (!d->is_new) {
		TRY(err);
		if (!d->project)
			d->project = row.project;
		if (c->create_only)
			return err_new(a, ERR_CONFLICT, "Graph with name %s already exists",
				       d->graph.id);
		if (!str_eq(row.project, d->project))
			return err_hint(
				a,
				err_new(a, ERR_CONFLICT,
					"graph '%s' already exists in project '%s'", d->graph.id,
					row.project),
				"A graph's name is unique: give it another id, or deploy it "
				"to '%s'.",
				row.project);
		d->revision = row.revision;
	}
	d->cluster_scoped = c->allow_cluster_scoped || row.cluster_scoped;
	d->new_revision = d->is_new || !node_equal(d->descriptor, row.descriptor);
	if (!d->new_revision)
		TRY(read_pins(e, a, d->graph.id, 0, d));
	TRY(refuse_project(a, d->project));
	return refuse_taken_services(e, a, d);
}

struct err *change_read(struct engine *e, struct arena *a, const struct change *c,
			struct problems *ps, struct decision *d)
{
	ps->strict = c->strict;
	if (c->verb == CHANGE_DEPLOY)
		return read_given(e, a, c, ps, d);
	return read_stored(e, a, c, ps, d);
}
