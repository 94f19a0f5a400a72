// SPDX-License-Identifier: Apache-2.0
/* release_port and chart_port: helm, as far as the control plane can tell. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/bind.h"
#include "doc/json.h"
#include "drive/sim_chart.h"
#include "drive/sim_op.h"
#include "drive/sim_parts.h"
#include "model/desired.h"
#include "model/kinds.h"
#include "plan/world.h"

static const char *label_in(const struct text_pair *labels, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(labels[i].key, key))
			return labels[i].value;
	}
	return NULL;
}

static const char *label_of(struct arena *a, const struct sim_release *r, const char *key)
{
	return arena_strdup(a, label_in(r->labels, r->n_labels, key));
}

/* ---- listing ---- */

static struct release release_of(struct arena *a, const struct sim_release *r)
{
	struct release out = {
		.name = arena_strdup(a, r->name),
		.namespace_ = arena_strdup(a, r->namespace_),
		.status = arena_strdup(a, r->status),
		.revision = r->revision,
		.chart_version = arena_strdup(a, r->chart_version),
	};

	if (!str_eq(label_in(r->labels, r->n_labels, LABEL_MANAGED_BY), MANAGED_BY))
		return out;
	out.graph = label_of(a, r, LABEL_GRAPH);
	out.service = label_of(a, r, LABEL_SERVICE);
	out.project = label_of(a, r, LABEL_PROJECT);
	out.instance = label_of(a, r, LABEL_INSTANCE);
	out.chart_digest = label_of(a, r, LABEL_CHART_DIGEST);
	out.values_hash = label_of(a, r, LABEL_VALUES_HASH);
	return out;
}

static int by_namespace_and_name(const void *x, const void *y)
{
	const struct release *a = x, *b = y;
	int c = str_cmp(a->namespace_, b->namespace_);

	return c ? c : str_cmp(a->name, b->name);
}

static struct err *release_list(void *self, struct arena *a, const char *namespace_,
				struct release **ret_releases, size_t *ret_n)
{
	vec_of(struct release) found = {0};
	struct sim_call c;

	TRY(sim_enter(self, a, "release", "list", &c));
	const struct sim_state *s = sim_state_of(&c);
	for (size_t i = 0; i < s->releases.n; i++) {
		const struct sim_release *r = &s->releases.at[i];

		if (!namespace_ || str_eq(r->namespace_, namespace_))
			*vec_push(a, &found) = release_of(a, r);
	}
	TRY(sim_leave(&c, NULL));
	if (found.n)
		qsort(found.at, found.n, sizeof(found.at[0]), by_namespace_and_name);
	*ret_releases = found.at;
	*ret_n = found.n;
	return NULL;
}

/* ---- putting ---- */

struct put {
	struct sim_call *call;
	const struct release_want *want;
	const struct text_pair *labels;
	size_t n_labels;
	struct sim_rendered rendered;
};

/* Whose release is it?  As the real driver, by the labels of the release. */
static struct err *check_ours(const struct put *p, const struct sim_release *now)
{
	const char *instance = label_in(p->labels, p->n_labels, LABEL_INSTANCE);

	if (!str_eq(label_in(now->labels, now->n_labels, LABEL_MANAGED_BY), MANAGED_BY))
		return err_hint(p->call->a,
				err_new(p->call->a, ERR_CONFLICT,
					"release '%s' exists and is not ours", now->name),
				"It was made by somebody else; --adopt takes it over.");
	if (instance && !str_eq(label_in(now->labels, now->n_labels, LABEL_INSTANCE), instance))
		return err_hint(p->call->a,
				err_new(p->call->a, ERR_CONFLICT,
					"release '%s' belongs to another SMO", now->name),
				"--adopt takes it over.");
	return NULL;
}

/* What makes pods anew: the chart, and values other than replicas and clusters. */
static const char *pod_hash(const struct put *p)
{
	struct arena *a = p->call->a;
	static const char *const beside[] = {"clustersAffinity", "serviceImportClusters"};
	struct node *values =
		p->rendered.values ? node_copy(a, p->rendered.values) : node_new(a, NODE_MAP);
	const char *path = p->rendered.facts.replicas_path;
	const char *dot = path ? strrchr(path, '.') : NULL;

	for (size_t i = 0; i < countof(beside); i++) {
		node_unset(values, beside[i]);
		if (node_get(values, "voChartOverwrite"))
			node_unset(node_get(values, "voChartOverwrite"), beside[i]);
	}
	if (dot && node_at(values, arena_strndup(a, path, (size_t)(dot - path))))
		node_unset(node_at(values, arena_strndup(a, path, (size_t)(dot - path))), dot + 1);
	else if (path && !dot)
		node_unset(values, path);
	const char *text = arena_printf(a, "%s %s", p->rendered.facts.digest,
					json_write(a, node_sorted(a, values), JSON_COMPACT));
	return arena_strndup(a, sha256_hex(a, text, strlen(text)), 16);
}

static struct node *release_node(const struct put *p, const char *status)
{
	struct arena *a = p->call->a;
	struct node *r = node_new(a, NODE_MAP);

	node_set_str(a, r, "name", p->want->name);
	node_set_str(a, r, "namespace", p->want->namespace_);
	node_set_str(a, r, "status", status);
	if (p->want->chart_ref)
		node_set_str(a, r, "chartRef", p->want->chart_ref);
	const char *version =
		p->want->chart_version ? p->want->chart_version : p->rendered.facts.version;
	if (version)
		node_set_str(a, r, "chartVersion", version);
	if (p->rendered.values)
		node_set(r, "values", node_copy(a, p->rendered.values));
	for (size_t i = 0; i < p->n_labels; i++)
		node_set_str(a, node_map_in(a, r, "labels"), p->labels[i].key, p->labels[i].value);
	return r;
}

static struct err *change(const struct put *p, const char *what, const char *status)
{
	struct arena *a = p->call->a;
	struct node *op = sim_op_new(a, what);

	node_set(op, "release", release_node(p, status));
	node_set(op, "facts", node_copy(a, bind_write(a, &chart_facts_shape, &p->rendered.facts)));
	node_set_int(a, op, "readyAfter", p->rendered.ready_after);
	node_set_str(a, op, "pod", pod_hash(p));
	return sim_change(p->call, op);
}

/* A hook Job that no policy sends to a cluster never ends: nothing runs it. */
static const char *endless_hook(const struct put *p)
{
	const struct sim_state *s = sim_state_of(p->call);

	for (size_t i = 0; i < p->rendered.facts.n_objects; i++) {
		const struct object_facts *o = &p->rendered.facts.objects[i];
		bool covered = o->own_policy;

		if (!o->hook || !str_eq(o->kind, "Job"))
			continue;
		for (size_t k = 0; k < s->owned.n && !covered; k++)
			covered = strstr(s->owned.at[k].kind, "PropagationPolicy") &&
				  world_selects(&s->owned.at[k], o->kind, o->name,
						p->want->namespace_, p->want->name);
		if (!covered)
			return arena_strdup(p->call->a, o->name);
	}
	return NULL;
}

static struct err *wait_in_vain(const struct put *p, const char *hook, int64_t timeout_ms)
{
	struct node *op = sim_op_new(p->call->a, "advance");

	TRY(change(p, "stuck", "failed"));
	node_set_int(p->call->a, op, "to", sim_state_of(p->call)->now + timeout_ms);
	TRY(sim_change(p->call, op));
	return err_new(p->call->a, ERR_TIMEOUT,
		       "release '%s': its hook '%s' did not end: no policy sends it to a cluster",
		       p->want->name, hook);
}

static struct err *put(struct put *p, int64_t timeout_ms, bool adopt)
{
	struct sim_call *c = p->call;
	const struct sim_state *s = sim_state_of(c);
	const struct release_want *want = p->want;
	const struct sim_release *now = sim_state_release(s, want->namespace_, want->name);
	const struct sim_chart_request request = {.ref = want->chart_ref,
						  .pin = want->chart_digest,
						  .release = want->name,
						  .values = want->values};

	if (sim_state_object(s, "Namespace", NULL, want->namespace_) == s->objects.n)
		return err_new(c->a, ERR_NOT_FOUND, "release '%s': namespaces \"%s\" not found",
			       want->name, want->namespace_);
	if (now && !adopt)
		TRY(check_ours(p, now));
	TRY(sim_chart_render(c->a, &s->world, &request, &p->rendered));
	if (c->faulty && c->fault.stuck)
		return change(p, "stuck", now ? "pending-upgrade" : "pending-install");
	const char *hook = endless_hook(p);
	if (hook)
		return wait_in_vain(p, hook, timeout_ms);
	return change(p, "put", "deployed");
}

static struct err *release_put(void *self, struct arena *a, const struct release_want *want,
			       const struct text_pair *labels, size_t n_labels, int64_t timeout_ms,
			       bool adopt)
{
	struct sim_call c;
	struct put p = {.call = &c, .want = want, .labels = labels, .n_labels = n_labels};

	TRY(sim_enter(self, a, "release", "put", &c));
	return sim_leave(&c, put(&p, timeout_ms, adopt));
}

static struct err *uninstall(struct sim_call *c, const char *namespace_, const char *name)
{
	struct node *op = sim_op_new(c->a, "uninstall");

	if (!sim_state_release(sim_state_of(c), namespace_, name))
		return NULL;
	node_set_str(c->a, op, "namespace", namespace_);
	node_set_str(c->a, op, "name", name);
	return sim_change(c, op);
}

static struct err *release_remove(void *self, struct arena *a, const char *namespace_,
				  const char *name, int64_t timeout_ms)
{
	struct sim_call c;

	(void)timeout_ms;
	TRY(sim_enter(self, a, "release", "remove", &c));
	return sim_leave(&c, uninstall(&c, namespace_, name));
}

struct release_port sim_release_port(struct sim *s)
{
	return (struct release_port){
		.list = release_list, .put = release_put, .remove = release_remove, .self = s};
}

/* ---- charts ---- */

static struct err *facts(struct sim_call *c, const struct sim_chart_request *r,
			 struct chart_facts *ret_facts)
{
	struct sim_rendered rendered;

	TRY(sim_chart_render(c->a, &sim_state_of(c)->world, r, &rendered));
	*ret_facts = (struct chart_facts){0};
	sim_clone_as(c->a, &chart_facts_shape, &rendered.facts, ret_facts);
	return NULL;
}

static struct err *chart_facts(void *self, struct arena *a, const char *ref, const char *pin,
			       const char *release, const char *namespace_,
			       const struct node *values, struct chart_facts *ret_facts)
{
	const struct sim_chart_request r = {ref, pin, release, values};
	struct sim_call c;

	(void)namespace_;
	TRY(sim_enter(self, a, "chart", "facts", &c));
	return sim_leave(&c, facts(&c, &r, ret_facts));
}

static struct err *chart_digest(void *self, struct arena *a, const char *ref, bool hurry,
				const char **ret_digest)
{
	const struct sim_chart_request r = {.ref = ref, .release = "any"};
	struct chart_facts f = {0};
	struct sim_call c;

	(void)hurry; /* nothing takes long here */
	TRY(sim_enter(self, a, "chart", "digest", &c));
	TRY(sim_leave(&c, facts(&c, &r, &f)));
	*ret_digest = f.digest;
	return NULL;
}

struct chart_port sim_chart_port(struct sim *s)
{
	return (struct chart_port){.facts = chart_facts, .digest = chart_digest, .self = s};
}

/* ---- clusters and time ---- */

static struct err *cluster_list(void *self, struct arena *a, struct cluster **ret_clusters,
				size_t *ret_n)
{
	struct sim_call c;

	TRY(sim_enter(self, a, "cluster", "list", &c));
	const struct sim_state *s = sim_state_of(&c);
	size_t n = s->n_clusters;
	struct cluster *list = arena_new_n(a, struct cluster, n);
	for (size_t i = 0; i < n; i++)
		sim_clone_as(a, &cluster_shape, &s->facts[i], &list[i]);
	TRY(sim_leave(&c, NULL));
	*ret_clusters = list;
	*ret_n = n;
	return NULL;
}

struct cluster_port sim_cluster_port(struct sim *s)
{
	return (struct cluster_port){.list = cluster_list, .self = s};
}

static int64_t clock_now(void *self)
{
	struct arena a scoped_arena = {0};
	struct sim_call c;

	if (sim_enter(self, &a, "clock", "now", &c))
		return 0;
	int64_t now = sim_state_of(&c)->now;
	return sim_leave(&c, NULL) ? 0 : now;
}

/* Cut short only when the world cannot be reached; the next call will say so. */
static void clock_sleep(void *self, int64_t ms)
{
	struct arena a scoped_arena = {0};
	struct sim *s = self;
	struct sim_call c;

	if (ms <= 0 || cancelled(s->cancel) || sim_enter(self, &a, "clock", "sleep", &c))
		return;
	struct node *op = sim_op_new(&a, "advance");
	node_set_int(&a, op, "to", sim_state_of(&c)->now + ms);
	struct err *e = sim_leave(&c, sim_change(&c, op));
	(void)e;
}

struct clock_port sim_clock_port(struct sim *s)
{
	return (struct clock_port){.now = clock_now, .sleep = clock_sleep, .self = s};
}
