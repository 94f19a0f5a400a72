// SPDX-License-Identifier: Apache-2.0
#include "drive/sim_state.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/bind.h"
#include "model/document.h"

#define VECTOR(type, member)                                                                       \
	offsetof(struct type, member.at), .count_offset = offsetof(struct type, member.n)

static const struct field pod_fields[] = {
	{"node", FIELD_TEXT, MEMBER(sim_pod, node)},
	{"readyAt", FIELD_INT, MEMBER(sim_pod, ready_at), .min = 0, .max = SIM_TIME_MAX},
	{"revision", FIELD_INT, MEMBER(sim_pod, revision)},
	{0},
};
static const struct shape pod_shape = {"pod", sizeof(struct sim_pod), pod_fields};

static const struct field part_fields[] = {
	{"cluster", FIELD_TEXT, MEMBER(sim_part, cluster), .flags = FIELD_REQUIRED},
	{"kind", FIELD_TEXT, MEMBER(sim_part, kind), .flags = FIELD_REQUIRED},
	{"name", FIELD_TEXT, MEMBER(sim_part, name), .flags = FIELD_REQUIRED},
	{"namespace", FIELD_TEXT, MEMBER(sim_part, namespace_), .flags = FIELD_REQUIRED},
	{"release", FIELD_TEXT, MEMBER(sim_part, release)},
	{"wanted", FIELD_INT, MEMBER(sim_part, wanted), .min = 0, .max = SIM_REPLICAS_MAX},
	{"succeeded", FIELD_INT, MEMBER(sim_part, succeeded), .min = 0, .max = SIM_REPLICAS_MAX},
	{"generation", FIELD_INT, MEMBER(sim_part, generation)},
	{"pod", FIELD_TEXT, MEMBER(sim_part, pod)},
	{"revision", FIELD_INT, MEMBER(sim_part, revision)},
	{"requests", FIELD_CUSTOM, MEMBER(sim_part, requests), .custom = &amounts_up},
	{"oldRequests", FIELD_CUSTOM, MEMBER(sim_part, old_requests), .custom = &amounts_up},
	{"readyAfter", FIELD_INT, MEMBER(sim_part, ready_after), .min = 0, .max = SIM_TIME_MAX},
	{"blocked", FIELD_TEXT, MEMBER(sim_part, blocked)},
	{"pods", FIELD_LIST, VECTOR(sim_part, pods), .element = &pod_shape},
	{"frozen", FIELD_BOOL, MEMBER(sim_part, frozen)},
	{"seenCurrent", FIELD_BOOL, MEMBER(sim_part, seen_current)},
	{"seenReady", FIELD_INT, MEMBER(sim_part, seen_ready)},
	{0},
};
static const struct shape part_shape = {"part", sizeof(struct sim_part), part_fields};

static const struct field template_fields[] = {
	{"facts", FIELD_STRUCT, MEMBER(sim_template, facts), .flags = FIELD_REQUIRED,
	 .element = &object_facts_shape},
	{"namespace", FIELD_TEXT, MEMBER(sim_template, namespace_), .flags = FIELD_REQUIRED},
	{"release", FIELD_TEXT, MEMBER(sim_template, release), .flags = FIELD_REQUIRED},
	{"pod", FIELD_TEXT, MEMBER(sim_template, pod)},
	{"replicas", FIELD_INT, MEMBER(sim_template, replicas), .min = 0, .max = SIM_REPLICAS_MAX},
	{"generation", FIELD_INT, MEMBER(sim_template, generation)},
	{"readyAfter", FIELD_INT, MEMBER(sim_template, ready_after), .min = 0, .max = SIM_TIME_MAX},
	{"orphan", FIELD_BOOL, MEMBER(sim_template, orphan)},
	{"scheduled", FIELD_BOOL, MEMBER(sim_template, scheduled)},
	{"reason", FIELD_TEXT, MEMBER(sim_template, reason)},
	{"clusters", FIELD_TEXTS, MEMBERS(sim_template, clusters)},
	{0},
};
static const struct shape template_shape = {"template", sizeof(struct sim_template),
					    template_fields};

static const struct field sim_release_fields[] = {
	{"name", FIELD_TEXT, MEMBER(sim_release, name), .flags = FIELD_REQUIRED},
	{"namespace", FIELD_TEXT, MEMBER(sim_release, namespace_), .flags = FIELD_REQUIRED},
	{"status", FIELD_TEXT, MEMBER(sim_release, status), .flags = FIELD_REQUIRED},
	{"revision", FIELD_INT, MEMBER(sim_release, revision)},
	{"chartRef", FIELD_TEXT, MEMBER(sim_release, chart_ref)},
	{"chartVersion", FIELD_TEXT, MEMBER(sim_release, chart_version)},
	{"values", FIELD_NODE, MEMBER(sim_release, values)},
	{"labels", FIELD_TEXTMAP, MEMBERS(sim_release, labels)},
	{0},
};
static const struct shape sim_release_shape = {"simRelease", sizeof(struct sim_release),
					       sim_release_fields};

static const struct field sim_cluster_fields[] = {
	{"name", FIELD_TEXT, MEMBER(sim_cluster, name), .flags = FIELD_REQUIRED},
	{"down", FIELD_BOOL, MEMBER(sim_cluster, down)},
	{"downAt", FIELD_INT, MEMBER(sim_cluster, down_at), .min = 0, .max = SIM_TIME_MAX},
	{"hasMcs", FIELD_BOOL, MEMBER(sim_cluster, has_mcs)},
	{0},
};
static const struct shape sim_cluster_shape = {"simClusterState", sizeof(struct sim_cluster),
					       sim_cluster_fields};

static const struct field fault_fields[] = {
	{"port", FIELD_TEXT, MEMBER(sim_fault, port)},
	{"call", FIELD_TEXT, MEMBER(sim_fault, call)},
	{"kind", FIELD_TEXT, MEMBER(sim_fault, kind)},
	{"message", FIELD_TEXT, MEMBER(sim_fault, message)},
	{"skip", FIELD_INT, MEMBER(sim_fault, skip), .min = 0, .max = 1e9},
	{"times", FIELD_INT, MEMBER(sim_fault, times), .min = 0, .max = 1e9},
	{"lagMs", FIELD_INT, MEMBER(sim_fault, lag_ms), .min = 0, .max = 1e9},
	{"after", FIELD_BOOL, MEMBER(sim_fault, after)},
	{"stuck", FIELD_BOOL, MEMBER(sim_fault, stuck)},
	{0},
};
const struct shape sim_fault_shape = {"fault", sizeof(struct sim_fault), fault_fields};

static const struct field load_fields[] = {
	{"service", FIELD_TEXT, MEMBER(sim_load, service), .flags = FIELD_REQUIRED},
	{"rate", FIELD_REAL, MEMBER(sim_load, rate), .max = 1e12},
	{0},
};
static const struct shape load_shape = {"load", sizeof(struct sim_load), load_fields};

/* A list of manifests is not a list of one shape. */
static void objects_read(struct arena *a, const struct node *n, const char *key, void *member,
			 struct problems *ps)
{
	struct sim_state *s = member;

	if (n->kind != NODE_LIST)
		problems_add(ps, SEVERITY_ERROR, n->at, "wrong-type", "'%s' must be a list", key);
	for (const struct node *c = node_first(n); c; c = c->next) {
		if (!node_str(c, "kind") || !node_str(c, "metadata.name"))
			problems_add(ps, SEVERITY_ERROR, c->at, "wrong-type",
				     "'%s' must hold objects", key);
		else
			*vec_push(a, &s->objects) = node_copy(a, c);
	}
}

static struct node *objects_write(struct arena *a, const void *member)
{
	const struct sim_state *s = member;
	struct node *list = node_new(a, NODE_LIST);

	for (size_t i = 0; i < s->objects.n; i++)
		node_add(list, node_copy(a, s->objects.at[i]));
	return list;
}

static struct node *objects_schema(struct arena *a)
{
	return document_const(a, "a list of manifests");
}

static const struct custom manifests = {"a list of manifests", objects_read, objects_write,
					objects_schema};

DOCUMENT_KIND(state, "SimState");

static const struct field state_fields[] = {
	DOCUMENT_FIELDS(state),
	{"epoch", FIELD_INT, MEMBER(sim_state, epoch), .min = 0, .max = SIM_TIME_MAX},
	{"now", FIELD_INT, MEMBER(sim_state, now), .min = 0, .max = SIM_TIME_MAX},
	{"versions", FIELD_INT, MEMBER(sim_state, versions), .min = 0, .max = SIM_TIME_MAX},
	{"world", FIELD_STRUCT, MEMBER(sim_state, world), .flags = FIELD_REQUIRED,
	 .element = &sim_world_shape},
	{"clusters", FIELD_LIST, MEMBERS(sim_state, clusters), .element = &sim_cluster_shape},
	{"releases", FIELD_LIST, VECTOR(sim_state, releases), .element = &sim_release_shape},
	{"objects", FIELD_CUSTOM, 0, .custom = &manifests},
	{"templates", FIELD_LIST, VECTOR(sim_state, templates), .element = &template_shape},
	{"parts", FIELD_LIST, VECTOR(sim_state, parts), .element = &part_shape},
	{"failing", FIELD_TEXTS, VECTOR(sim_state, failing)},
	{"loads", FIELD_LIST, VECTOR(sim_state, loads), .element = &load_shape},
	{"faults", FIELD_LIST, VECTOR(sim_state, faults), .element = &sim_fault_shape},
	{0},
};
static const struct shape state_shape = {"simState", sizeof(struct sim_state), state_fields};

/* ---- facts of clusters ---- */

static void add_nodes(struct arena *a, const struct sim_site *site, struct cluster *c)
{
	for (size_t i = 0; i < site->n_nodes; i++) {
		const struct sim_nodes *n = &site->nodes[i];
		int64_t count = n->count ? n->count : 1;

		amounts_add(a, &c->allocatable, &n->capacity, count);
		c->nodes_total += count;
		for (size_t k = 0; k < n->capacity.n; k++) {
			const struct amount *x = &n->capacity.at[k];
			if (amounts_get(&c->largest_node, x->resource) < x->value)
				amounts_set(a, &c->largest_node, x->resource, x->value);
		}
	}
	c->nodes_ready = c->nodes_total;
}

/* What the pods that are there request; of those on their way, too. */
static void add_pods(struct sim_state *s)
{
	for (size_t i = 0; i < s->parts.n; i++) {
		const struct sim_part *p = &s->parts.at[i];
		struct cluster *c = sim_state_facts(s, p->cluster);

		for (size_t k = 0; k < p->pods.n; k++)
			amounts_add(s->a, &c->allocated,
				    p->pods.at[k].revision == p->revision ? &p->requests
									  : &p->old_requests,
				    1);
	}
}

static void make_facts(struct sim_state *s)
{
	s->facts = arena_new_n(s->a, struct cluster, s->n_clusters);
	for (size_t i = 0; i < s->n_clusters; i++) {
		const struct sim_site *site = sim_world_site(&s->world, s->clusters[i].name);
		struct cluster *c = &s->facts[i];

		*c = site->facts;
		c->has_summary = true;
		c->has_carbon = c->has_carbon || c->carbon > 0;
		c->sync_mode = "Push";
		if (!c->kubernetes_version)
			c->kubernetes_version = "v1.35.0";
		c->has_mcs = s->clusters[i].has_mcs;
		add_nodes(s->a, site, c);
		amounts_add(s->a, &c->allocated, &site->base, 1);
	}
	add_pods(s);
	sim_state_notice(s);
}

void sim_state_notice(struct sim_state *s)
{
	int64_t heartbeat = sim_world_ms(s->world.heartbeat, 5000);

	for (size_t i = 0; i < s->n_clusters; i++) {
		const struct sim_cluster *c = &s->clusters[i];
		bool noticed = c->down && s->now >= c->down_at + heartbeat;

		s->facts[i].ready = !noticed;
		s->facts[i].ready_reason =
			noticed ? "ClusterNotReachable: cluster is not reachable" : NULL;
	}
}

/* ---- making one ---- */

static int by_name(const void *x, const void *y)
{
	const struct sim_cluster *a = x, *b = y;

	return str_cmp(a->name, b->name);
}

void sim_state_init(struct arena *a, const struct sim_world *world, struct sim_state *ret_state)
{
	struct sim_state s = {.a = a, .world = *world, .epoch = 1};

	s.now = sim_world_start(world);
	s.n_clusters = world->n_sites;
	s.clusters = arena_new_n(a, struct sim_cluster, world->n_sites);
	for (size_t i = 0; i < world->n_sites; i++)
		s.clusters[i] = (struct sim_cluster){.name = world->sites[i].facts.name,
						     .has_mcs = !world->sites[i].without_mcs};
	if (s.n_clusters)
		qsort(s.clusters, s.n_clusters, sizeof(s.clusters[0]), by_name);
	make_facts(&s);
	*ret_state = s;
}

/* A list that was read is full: the next push must grow it. */
#define FULL(v) ((v)->cap = (v)->n)

static void fill_up(struct sim_state *s)
{
	FULL(&s->releases);
	FULL(&s->templates);
	FULL(&s->parts);
	FULL(&s->failing);
	FULL(&s->loads);
	FULL(&s->faults);
	for (size_t i = 0; i < s->parts.n; i++)
		FULL(&s->parts.at[i].pods);
	for (size_t i = 0; i < s->objects.n; i++)
		owned_object_of(s->a, s->objects.at[i], vec_push(s->a, &s->owned));
}

static struct err *check(struct arena *a, const struct sim_state *s)
{
	TRY(sim_world_check(a, &s->world));
	if (s->n_clusters != s->world.n_sites)
		return err_new(a, ERR_INPUT, "clusters and world differ");
	for (size_t i = 0; i < s->n_clusters; i++) {
		if (!sim_world_site(&s->world, s->clusters[i].name) ||
		    (i && str_cmp(s->clusters[i - 1].name, s->clusters[i].name) >= 0))
			return err_new(a, ERR_INPUT, "clusters and world differ at '%s'",
				       s->clusters[i].name);
	}
	for (size_t i = 0; i < s->parts.n; i++) {
		if (!sim_state_cluster(s, s->parts.at[i].cluster))
			return err_new(a, ERR_INPUT, "pods on the unknown cluster '%s'",
				       s->parts.at[i].cluster);
	}
	return NULL;
}

struct err *sim_state_read(struct arena *a, const struct node *doc, struct sim_state *ret_state)
{
	struct problems ps = {.a = a, .strict = true};
	struct sim_state s = {.a = a};

	bind_read(a, &state_shape, doc, &s, &ps);
	TRY(problems_err(a, &ps));
	TRY(check(a, &s));
	fill_up(&s);
	make_facts(&s);
	*ret_state = s;
	return NULL;
}

struct node *sim_state_write(struct arena *a, const struct sim_state *s)
{
	return bind_write(a, &state_shape, s);
}

/* ---- finding ---- */

struct sim_cluster *sim_state_cluster(const struct sim_state *s, const char *name)
{
	struct sim_cluster key = {.name = name};

	return s->n_clusters && name
		       ? bsearch(&key, s->clusters, s->n_clusters, sizeof(key), by_name)
		       : NULL;
}

struct cluster *sim_state_facts(const struct sim_state *s, const char *name)
{
	const struct sim_cluster *c = sim_state_cluster(s, name);

	return c ? &s->facts[c - s->clusters] : NULL;
}

struct sim_release *sim_state_release(const struct sim_state *s, const char *namespace_,
				      const char *name)
{
	for (size_t i = 0; i < s->releases.n; i++) {
		if (str_eq(s->releases.at[i].name, name) &&
		    str_eq(s->releases.at[i].namespace_, namespace_))
			return &s->releases.at[i];
	}
	return NULL;
}

struct sim_template *sim_state_template(const struct sim_state *s, const char *kind,
					const char *namespace_, const char *name)
{
	for (size_t i = 0; i < s->templates.n; i++) {
		struct sim_template *t = &s->templates.at[i];

		if (str_eq(t->facts.name, name) && str_eq(t->namespace_, namespace_) &&
		    str_eq(t->facts.kind, kind))
			return t;
	}
	return NULL;
}

size_t sim_state_object(const struct sim_state *s, const char *kind, const char *namespace_,
			const char *name)
{
	size_t i = 0;

	while (i < s->owned.n && !(str_eq(s->owned.at[i].name, name) &&
				   str_eq(s->owned.at[i].namespace_, namespace_) &&
				   str_eq(s->owned.at[i].kind, kind)))
		i++;
	return i;
}

bool sim_state_fails(const struct sim_state *s, const char *service)
{
	for (size_t i = 0; i < s->failing.n; i++) {
		if (str_eq(s->failing.at[i], service))
			return true;
	}
	return false;
}
