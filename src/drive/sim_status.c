// SPDX-License-Identifier: Apache-2.0
/* What `smo sim` shows and does. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "drive/sim_bind.h"
#include "drive/sim_op.h"
#include "drive/sim_parts.h"
#include "drive/sim_pods.h"
#include "model/quantity.h"

static int by_text(const void *x, const void *y)
{
	return str_cmp(*(const char *const *)x, *(const char *const *)y);
}

static const char *time_text(struct arena *a, int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	char text[32];

	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return arena_strdup(a, text);
}

static struct node *amounts_node(struct arena *a, const struct amounts *r)
{
	struct node *map = node_new(a, NODE_MAP);

	for (size_t i = 0; i < r->n; i++)
		node_set_str(a, map, arena_strdup(a, r->at[i].resource),
			     quantity_text(a, r->at[i].resource, r->at[i].value));
	return map;
}

static bool is_wanted(const struct sim_state *s, const struct sim_part *p)
{
	const struct sim_template *t = sim_state_template(s, p->kind, p->namespace_, p->name);

	return t && sim_wanted_on(t, p->cluster);
}

/* Pods of @cluster, of all or only of those that no template wants any more. */
static int64_t pods_on(const struct sim_state *s, const char *cluster, bool leaving_only)
{
	int64_t n = 0;

	for (size_t i = 0; i < s->parts.n; i++) {
		const struct sim_part *p = &s->parts.at[i];

		if (str_eq(p->cluster, cluster) && !(leaving_only && is_wanted(s, p)))
			n += (int64_t)p->pods.n;
	}
	return n;
}

static struct node *cluster_node(struct arena *a, const struct sim_state *s, size_t i)
{
	const struct cluster *f = &s->facts[i];
	struct node *n = node_new(a, NODE_MAP);

	node_set_str(a, n, "name", arena_strdup(a, f->name));
	node_set_bool(a, n, "down", s->clusters[i].down);
	node_set_bool(a, n, "ready", f->ready);
	node_set_int(a, n, "nodes", f->nodes_total);
	node_set_int(a, n, "pods", pods_on(s, f->name, false));
	if (pods_on(s, f->name, true))
		node_set_int(a, n, "leaving", pods_on(s, f->name, true));
	node_set(n, "allocatable", amounts_node(a, &f->allocatable));
	node_set(n, "allocated", amounts_node(a, &f->allocated));
	return n;
}

static double load_of(const struct sim_state *s, const char *service)
{
	for (size_t i = 0; i < s->loads.n; i++) {
		if (str_eq(s->loads.at[i].service, service))
			return s->loads.at[i].rate;
	}
	return 0;
}

/* One cluster's share: in the list "on" of @n, and as text. */
static void add_share(struct arena *a, const struct sim_state *s, const struct sim_template *t,
		      const char *cluster, struct node *n, struct str *where)
{
	struct workload_share share = sim_share_of(a, s, t, cluster);
	const struct sim_part *p = sim_part_of(s, t, cluster);
	const char *pending = p ? sim_pods_pending(a, s, p) : NULL;
	struct node *on = node_add(node_list_in(a, n, "on"), node_new(a, NODE_MAP));

	node_set_str(a, on, "cluster", share.cluster);
	node_set_int(a, on, "ready", share.ready);
	node_set_int(a, on, "replicas", share.replicas);
	if (pending)
		node_set_str(a, on, "pending", pending);
	str_addf(where, "%s%s %lld/%lld%s%s%s", where->len ? ", " : "", share.cluster,
		 (long long)share.ready, (long long)share.replicas, pending ? " (" : "",
		 pending ? pending : "", pending ? ")" : "");
}

static struct node *template_node(struct arena *a, const struct sim_state *s,
				  const struct sim_template *t)
{
	struct node *n = node_new(a, NODE_MAP);

	node_set_str(a, n, "service", arena_strdup(a, t->release));
	node_set_str(a, n, "project", arena_strdup(a, t->namespace_));
	node_set_str(a, n, "kind", arena_strdup(a, t->facts.kind));
	node_set_str(a, n, "name", arena_strdup(a, t->facts.name));
	node_set_int(a, n, "replicas", t->replicas);
	if (sim_state_fails(s, t->release))
		node_set_bool(a, n, "failing", true);
	if (load_of(s, t->release) > 0) {
		struct node *rate = node_new(a, NODE_REAL);
		rate->real = load_of(s, t->release);
		node_set(n, "load", rate);
	}
	struct str where = {.a = a};
	for (size_t i = 0; i < t->n_clusters; i++)
		add_share(a, s, t, t->clusters[i], n, &where);
	node_set_str(a, n, "where",
		     t->n_clusters ? str_text(&where)
		     : t->reason   ? arena_strdup(a, t->reason)
				   : "nowhere");
	return n;
}

/* "PropagationPolicy shop/smo-web" of every object, and "Release shop/web" of every release. */
static void add_objects(struct arena *a, const struct sim_state *s, struct node *list)
{
	vec_of(const char *) names = {0};

	for (size_t i = 0; i < s->objects.n; i++) {
		const struct node *o = s->objects.at[i];
		const char *namespace_ = node_str(o, "metadata.namespace");

		*vec_push(a, &names) = arena_printf(
			a, "%s %s%s%s", node_str(o, "kind"), namespace_ ? namespace_ : "",
			namespace_ ? "/" : "", node_str(o, "metadata.name"));
	}
	for (size_t i = 0; i < s->releases.n; i++)
		*vec_push(a, &names) = arena_printf(
			a, "Release %s/%s", s->releases.at[i].namespace_, s->releases.at[i].name);
	if (names.n)
		qsort(names.at, names.n, sizeof(names.at[0]), by_text);
	for (size_t i = 0; i < names.n; i++)
		node_add(list, node_new_str(a, names.at[i]));
}

struct err *sim_status(struct sim *s, struct arena *a, struct node **ret_status)
{
	struct node *n = node_new(a, NODE_MAP);
	struct sim_call c;

	TRY(sim_enter(s, a, "sim", "status", &c));
	const struct sim_state *st = sim_state_of(&c);
	node_set_bool(a, n, "simulated", true);
	if (st->world.name)
		node_set_str(a, n, "world", arena_strdup(a, st->world.name));
	node_set_str(a, n, "now", time_text(a, st->now));
	struct node *clusters = node_list_in(a, n, "clusters");
	for (size_t i = 0; i < st->n_clusters; i++)
		node_add(clusters, cluster_node(a, st, i));
	struct node *services = node_list_in(a, n, "services");
	for (size_t i = 0; i < st->templates.n; i++)
		node_add(services, template_node(a, st, &st->templates.at[i]));
	add_objects(a, st, node_list_in(a, n, "objects"));
	node_set_int(a, n, "faults", (int64_t)st->faults.n);
	TRY(sim_leave(&c, NULL));
	*ret_status = n;
	return NULL;
}

/* ---- changes ---- */

static struct err *change_cluster(struct sim *s, struct arena *a, const char *what,
				  const char *cluster)
{
	struct sim_call c;
	struct node *op = sim_op_new(a, what);

	node_set_str(a, op, "cluster", cluster);
	TRY(sim_enter(s, a, "sim", what, &c));
	if (!sim_state_cluster(sim_state_of(&c), cluster))
		return sim_leave(&c, err_new(a, ERR_NOT_FOUND,
					     "the simulated world has no cluster '%s'", cluster));
	return sim_leave(&c, sim_change(&c, op));
}

struct err *sim_cluster_down(struct sim *s, struct arena *a, const char *cluster)
{
	return change_cluster(s, a, "down", cluster);
}

struct err *sim_cluster_up(struct sim *s, struct arena *a, const char *cluster)
{
	return change_cluster(s, a, "up", cluster);
}

/* What fails is known even when its release is gone for now: it would fail again. */
static bool knows_service(const struct sim_state *s, const char *service)
{
	if (sim_state_fails(s, service))
		return true;
	for (size_t i = 0; i < s->releases.n; i++) {
		if (str_eq(s->releases.at[i].name, service))
			return true;
	}
	return false;
}

static struct err *change_service(struct sim *s, struct arena *a, const char *service,
				  struct node *op)
{
	struct sim_call c;

	node_set_str(a, op, "service", service);
	TRY(sim_enter(s, a, "sim", node_str(op, "op"), &c));
	if (!knows_service(sim_state_of(&c), service))
		return sim_leave(&c, err_new(a, ERR_NOT_FOUND,
					     "the simulated world runs no service '%s'", service));
	return sim_leave(&c, sim_change(&c, op));
}

struct err *sim_fail(struct sim *s, struct arena *a, const char *service, bool on)
{
	struct node *op = sim_op_new(a, "fail");

	node_set_bool(a, op, "on", on);
	return change_service(s, a, service, op);
}

struct err *sim_load(struct sim *s, struct arena *a, const char *service, double rate)
{
	struct node *op = sim_op_new(a, "load"), *value = node_new(a, NODE_REAL);

	if (!(rate >= 0) || rate > 1e12)
		return err_new(a, ERR_INPUT, "%g is no rate of requests", rate);
	value->real = rate;
	node_set(op, "rate", value);
	return change_service(s, a, service, op);
}

struct err *sim_advance(struct sim *s, struct arena *a, int64_t ms)
{
	const int64_t year = INT64_C(366) * 86400000;
	struct node *op = sim_op_new(a, "advance");
	struct sim_call c;

	if (ms < 0 || ms > year)
		return err_new(a, ERR_INPUT, "time advances by at most a year, and never back");
	TRY(sim_enter(s, a, "sim", "advance", &c));
	node_set_int(a, op, "to", sim_state_of(&c)->now + ms);
	return sim_leave(&c, sim_change(&c, op));
}

struct err *sim_fault(struct sim *s, struct arena *a, const struct sim_fault *f)
{
	struct node *op = sim_op_new(a, "fault");
	struct sim_call c;

	node_set(op, "fault", bind_write(a, &sim_fault_shape, f));
	TRY(sim_enter(s, a, "sim", "fault", &c));
	return sim_leave(&c, sim_change(&c, op));
}
