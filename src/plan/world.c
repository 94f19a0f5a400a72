// SPDX-License-Identifier: Apache-2.0
/*
 * Select a policy, filter the clusters, divide the replicas, apply the overrides.
 *
 * Where Karmada would toss a coin (equal weights), the order of names decides.
 */
#include "plan/world.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/node.h"
#include "plan/demand.h"
#include "plan/world_override.h"

bool world_counts_replicas(const char *kind)
{
	return !str_eq(kind, "DaemonSet") && !str_eq(kind, "Job") && !str_eq(kind, "CronJob");
}

int64_t world_replicas(const struct chart_facts *f, const struct object_facts *o,
		       const struct node *values, const struct workload *now)
{
	const struct object_facts *main = f ? main_workload(f) : NULL;
	bool is_main = main && str_eq(main->kind, o->kind) && str_eq(main->name, o->name);

	if (!world_counts_replicas(o->kind))
		return str_eq(o->kind, "Job") ? 1 : 0;
	if (is_main && f->replicas_path && o->replicas >= 0) {
		int64_t said = node_int(values, f->replicas_path, -1);
		if (said >= 0)
			return said;
	}
	if (o->replicas >= 0)
		return o->replicas;
	return now ? now->replicas : 1;
}

/* ---- selection ---- */

/* How closely @selector picks the object: 0 not at all, 1 its kind, 2 its labels, 3 its name. */
static int closeness(const struct node *selector, const char *kind, const char *name,
		     const char *namespace_, const char *release)
{
	const char *ns = node_str(selector, "namespace");
	const char *want = node_str(selector, "name");
	const struct node *labels = node_at(selector, "labelSelector.matchLabels");

	if (!str_eq(node_str(selector, "kind"), kind) || (ns && *ns && !str_eq(ns, namespace_)))
		return 0;
	if (want && *want)
		return str_eq(want, name) ? 3 : 0;
	if (!node_count(node_get(selector, "labelSelector")))
		return 1;
	/* Of the labels that charts set only the release's name is known here. */
	const struct node *instance = node_get(labels, "app.kubernetes.io/instance");
	return instance && node_count(labels) == 1 && instance->kind == NODE_STR &&
			       str_eq(instance->str, release)
		       ? 2
		       : 0;
}

static int closest(const struct owned_object *p, const char *kind, const char *name,
		   const char *namespace_, const char *release)
{
	const struct node *selectors = node_at(p->body, "spec.resourceSelectors");
	bool everything = !node_count(selectors) && strstr(p->kind, "Override");
	int best = everything ? 1 : 0; /* an override without selectors is for all objects */

	if (!str_starts(p->kind, "Cluster") && !str_eq(p->namespace_, namespace_))
		return 0;
	for (const struct node *s = node_first(selectors); s; s = s->next) {
		int c = closeness(s, kind, name, namespace_, release);
		best = c > best ? c : best;
	}
	return best;
}

bool world_selects(const struct owned_object *p, const char *kind, const char *name,
		   const char *namespace_, const char *release)
{
	return closest(p, kind, name, namespace_, release) > 0;
}

static bool is_policy(const struct owned_object *o)
{
	return str_eq(o->kind, "PropagationPolicy") || str_eq(o->kind, "ClusterPropagationPolicy");
}

/* Does @x claim the object before @y?  Namespaced, higher priority, closer, first by name. */
static bool claims_before(const struct owned_object *x, int cx, const struct owned_object *y,
			  int cy)
{
	bool nx = str_eq(x->kind, "PropagationPolicy"), ny = str_eq(y->kind, "PropagationPolicy");
	int64_t px = node_int(x->body, "spec.priority", 0);
	int64_t py = node_int(y->body, "spec.priority", 0);

	if (nx != ny)
		return nx;
	if (px != py)
		return px > py;
	if (cx != cy)
		return cx > cy;
	return str_cmp(x->name, y->name) < 0;
}

static const struct owned_object *policy_of(const struct world *w, const struct world_subject *s)
{
	const struct owned_object *best = NULL;
	int best_closeness = 0;

	for (size_t i = 0; i < w->n_objects; i++) {
		const struct owned_object *o = &w->objects[i];

		if (!is_policy(o))
			continue;
		int c = closest(o, s->facts->kind, s->facts->name, s->now->namespace_, s->release);
		if (c && (!best || claims_before(o, c, best, best_closeness))) {
			best = o;
			best_closeness = c;
		}
	}
	return best;
}

/* ---- filtering ---- */

static bool is_now_on(const struct workload *now, const char *cluster)
{
	for (size_t i = 0; i < now->n_clusters; i++) {
		if (str_eq(now->clusters[i], cluster))
			return true;
	}
	return false;
}

static bool tolerated(const struct node *tolerations, const struct taint *t)
{
	for (const struct node *n = node_first(tolerations); n; n = n->next) {
		const char *key = node_str(n, "key"), *effect = node_str(n, "effect");
		bool exists = str_eq(node_str(n, "operator"), "Exists");

		if (effect && *effect && !str_eq(effect, t->effect))
			continue;
		if (exists && (!key || !*key))
			return true;
		if (str_eq(key, t->key) &&
		    (exists || str_eq(node_str(n, "value") ? node_str(n, "value") : "",
				      t->value ? t->value : "")))
			return true;
	}
	return false;
}

/* Taints keep new work away; the control plane taints what it cannot reach. */
static bool repels(const struct cluster *c, const struct node *tolerations)
{
	static const struct taint unreachable = {"cluster.karmada.io/unreachable", NULL,
						 "NoSchedule"};

	if (!c->ready && !tolerated(tolerations, &unreachable))
		return true;
	for (size_t i = 0; i < c->n_taints; i++) {
		if (!str_eq(c->taints[i].effect, "PreferNoSchedule") &&
		    !tolerated(tolerations, &c->taints[i]))
			return true;
	}
	return false;
}

/* The clusters of w that pass, as a list of indices into w->clusters, in their order. */
struct candidates {
	size_t *at, n;
};

static struct candidates filter(struct arena *a, const struct world *w, const struct workload *now,
				const struct node *affinity, const struct node *tolerations)
{
	struct candidates r = {arena_new_n(a, size_t, w->n_clusters), 0};

	for (size_t i = 0; i < w->n_clusters; i++) {
		const struct cluster *c = &w->clusters[i];

		if (c->gone || !world_allows(affinity, c))
			continue;
		if (is_now_on(now, c->name) || !repels(c, tolerations))
			r.at[r.n++] = i;
	}
	return r;
}

/* clusterAffinity, or the first of clusterAffinities that leaves any cluster. */
static struct candidates candidates_of(struct arena *a, const struct world *w,
				       const struct workload *now, const struct node *placement)
{
	const struct node *groups = node_get(placement, "clusterAffinities");
	const struct node *tolerations = node_get(placement, "clusterTolerations");

	for (const struct node *g = node_first(groups); g; g = g->next) {
		struct candidates r = filter(a, w, now, g, tolerations);
		if (r.n)
			return r;
	}
	if (node_count(groups))
		return (struct candidates){0};
	return filter(a, w, now, node_get(placement, "clusterAffinity"), tolerations);
}

/* ---- division ---- */

enum { MAX_WEIGHT = 1000000 };

struct slot {
	const struct cluster *cluster;
	int64_t weight, last, replicas;
};

static int64_t now_there(const struct workload *now, const char *cluster)
{
	for (size_t i = 0; i < now->n_shares; i++) {
		if (str_eq(now->shares[i].cluster, cluster))
			return now->shares[i].replicas;
	}
	return 0;
}

/* How many more pods of that size the cluster could take. */
static int64_t room(struct arena *a, const struct cluster *c, const struct amounts *requests)
{
	struct amounts free = amounts_minus(a, &c->allocatable, &c->allocated);
	int64_t most = MAX_WEIGHT;

	for (size_t i = 0; i < requests->n; i++) {
		int64_t need = requests->at[i].value;
		if (need <= 0)
			continue;
		int64_t fit = amounts_get(&free, requests->at[i].resource) / need;
		most = fit < most ? fit : most;
	}
	return most;
}

static int heavier(const void *x, const void *y)
{
	const struct slot *a = x, *b = y;

	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	if (a->last != b->last)
		return a->last > b->last ? -1 : 1;
	return str_cmp(a->cluster->name, b->cluster->name);
}

/* Add @replicas to the slots in proportion to their weights, the rest to the heaviest. */
static void dispense(struct slot *slots, size_t n, int64_t replicas)
{
	int64_t sum = 0, left = replicas;

	for (size_t i = 0; i < n; i++)
		sum += slots[i].weight;
	if (!n || sum <= 0)
		return;
	qsort(slots, n, sizeof(*slots), heavier);
	for (size_t i = 0; i < n; i++) {
		int64_t part = slots[i].weight * replicas / sum;
		slots[i].replicas += part;
		left -= part;
	}
	for (size_t i = 0; left > 0; i = (i + 1) % n, left--)
		slots[i].replicas++;
}

static int64_t static_weight(const struct node *list, const struct cluster *c)
{
	int64_t most = 0;

	for (const struct node *e = node_first(list); e; e = e->next) {
		int64_t weight = node_int(e, "weight", 0);

		if (world_allows(node_get(e, "targetCluster"), c) && weight > most)
			most = weight;
	}
	return most < MAX_WEIGHT ? most : MAX_WEIGHT;
}

static void divide_static(const struct node *list, struct slot *slots, size_t n, int64_t replicas)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		slots[i].weight = static_weight(list, slots[i].cluster);
		any = any || slots[i].weight;
	}
	for (size_t i = 0; i < n && !any; i++)
		slots[i].weight = 1;
	dispense(slots, n, replicas);
}

/* Fewest clusters: those that have it first, then the roomiest. */
static void gather(struct slot *slots, size_t n, int64_t replicas)
{
	for (size_t i = 0; i < n; i++) {
		if (slots[i].last)
			slots[i].weight += MAX_WEIGHT + 1;
	}
	qsort(slots, n, sizeof(*slots), heavier);
	for (size_t i = 0; i < n && replicas > 0; i++) {
		int64_t fit = slots[i].weight % (MAX_WEIGHT + 1);
		int64_t part = fit < replicas ? fit : replicas;

		slots[i].replicas += part;
		replicas -= part;
	}
}

/* By room, or gathered: what runs stays, only the difference moves. */
static void divide_by_room(struct arena *a, const struct world_subject *s, bool gathered,
			   struct slot *slots, size_t n)
{
	struct amounts requests = world_requests(a, s->facts);
	int64_t running = 0, wanted = s->now->replicas;

	for (size_t i = 0; i < n; i++) {
		slots[i].last = now_there(s->now, slots[i].cluster->name);
		running += slots[i].last;
	}
	if (wanted <= running) {
		for (size_t i = 0; i < n; i++)
			slots[i].weight = slots[i].last;
		dispense(slots, n, wanted);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		slots[i].replicas = slots[i].last;
		slots[i].weight = room(a, slots[i].cluster, &requests);
	}
	if (gathered)
		gather(slots, n, wanted - running);
	else
		dispense(slots, n, wanted - running);
}

static void divide(struct arena *a, const struct world_subject *s, const struct node *scheduling,
		   struct slot *slots, size_t n)
{
	const struct node *preference = node_get(scheduling, "weightPreference");
	bool gathered = str_eq(node_str(scheduling, "replicaDivisionPreference"), "Aggregated");

	if (gathered || node_str(preference, "dynamicWeight"))
		divide_by_room(a, s, gathered, slots, n);
	else
		divide_static(node_get(preference, "staticWeightList"), slots, n, s->now->replicas);
}

/* ---- together ---- */

static int by_cluster(const void *x, const void *y)
{
	const struct slot *a = x, *b = y;

	return str_cmp(a->cluster->name, b->cluster->name);
}

/* Replicas of a workload that is copied whole to each cluster. */
static int64_t whole(const struct world_subject *s, const struct cluster *c)
{
	if (str_eq(s->facts->kind, "DaemonSet"))
		return c->nodes_ready ? c->nodes_ready : 1;
	return s->now->replicas;
}

static void fill(struct arena *a, const struct world *w, const struct world_subject *s,
		 const struct candidates *chosen, const struct node *scheduling,
		 struct world_binding *b)
{
	bool divided = str_eq(node_str(scheduling, "replicaSchedulingType"), "Divided") &&
		       world_counts_replicas(s->facts->kind);
	struct slot *slots = arena_new_n(a, struct slot, chosen->n);

	for (size_t i = 0; i < chosen->n; i++)
		slots[i].cluster = &w->clusters[chosen->at[i]];
	if (divided)
		divide(a, s, scheduling, slots, chosen->n);
	for (size_t i = 0; i < chosen->n && !divided; i++)
		slots[i].replicas = whole(s, slots[i].cluster);
	if (chosen->n)
		qsort(slots, chosen->n, sizeof(*slots), by_cluster);
	b->parts = arena_new_n(a, struct world_part, chosen->n);
	for (size_t i = 0; i < chosen->n; i++) {
		if (divided && !slots[i].replicas && s->now->replicas)
			continue;
		struct world_part *part = &b->parts[b->n_parts++];
		*part = (struct world_part){.cluster = slots[i].cluster->name,
					    .replicas = slots[i].replicas};
		world_override(a, w, s, slots[i].cluster, part);
	}
}

/* Where it is now, which no policy decides (any more): it stays, with the replicas it has. */
static void stay(struct arena *a, const struct world *w, const struct world_subject *s,
		 struct world_binding *b)
{
	const struct workload *now = s->now;

	b->parts = arena_new_n(a, struct world_part, now->n_clusters);
	for (size_t i = 0; i < w->n_clusters; i++) {
		const struct cluster *c = &w->clusters[i];

		if (!is_now_on(now, c->name))
			continue;
		int64_t had = now_there(now, c->name);
		struct world_part *part = &b->parts[b->n_parts++];
		*part = (struct world_part){.cluster = c->name,
					    .replicas = had ? had : whole(s, c)};
		world_override(a, w, s, c, part);
	}
	b->scheduled = b->n_parts > 0;
}

/* The names in @told, in whichever form (see enum names_form). */
static void add_names(struct arena *a, const struct node *told, struct node *names)
{
	for (struct node *c = told && told->kind == NODE_LIST ? told->first : NULL; c; c = c->next)
		add_names(a, c, names);
	const char *text = told && told->kind == NODE_STR ? told->str : "";
	while (*text) {
		size_t n = strcspn(text, ",");

		if (n)
			node_add(names, node_new_str(a, arena_strndup(a, text, n)));
		text += n + (text[n] == ',');
	}
}

/* The placement of a policy that the chart itself brings. */
static const struct node *own_placement(struct arena *a, const struct world_subject *s)
{
	const struct node *told =
		node_at(s->values, s->affinity_path ? s->affinity_path : "clustersAffinity");
	struct node *placement = node_new(a, NODE_MAP);
	struct node *names = node_new(a, NODE_LIST);

	if (!told && !s->affinity_path)
		told = node_at(s->values, "voChartOverwrite.clustersAffinity");
	add_names(a, told, names);
	if (names->first)
		node_set(node_map_in(a, placement, "clusterAffinity"), "clusterNames", names);
	if (s->facts->policy_divides) {
		struct node *scheduling = node_map_in(a, placement, "replicaScheduling");

		node_set_str(a, scheduling, "replicaSchedulingType", "Divided");
		node_set_str(a, scheduling, "replicaDivisionPreference", "Weighted");
	}
	return placement;
}

void world_bind(struct arena *a, const struct world *w, const struct world_subject *subject,
		struct world_binding *ret_binding)
{
	const struct object_facts *f = subject->facts;
	const struct owned_object *policy = f->own_policy ? NULL : policy_of(w, subject);
	bool known = f->own_policy && f->policy_follows && subject->values;
	const struct node *placement = NULL;

	*ret_binding = (struct world_binding){.bound = true};
	if (policy) {
		placement = node_at(policy->body, "spec.placement");
	} else if (known) {
		placement = own_placement(a, subject);
	} else if (subject->now->n_clusters) {
		stay(a, w, subject, ret_binding);
		ret_binding->orphan = !f->own_policy;
		return;
	} else if (!f->own_policy) {
		*ret_binding = (struct world_binding){.reason = "no policy propagates it"};
		return;
	}
	struct candidates chosen = candidates_of(a, w, subject->now, placement);
	fill(a, w, subject, &chosen, node_get(placement, "replicaScheduling"), ret_binding);
	ret_binding->scheduled = ret_binding->n_parts > 0;
	if (!ret_binding->scheduled)
		ret_binding->reason = arena_printf(a, "NoClusterFit: 0/%zu clusters are available",
						   w->n_clusters);
}
