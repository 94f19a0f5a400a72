// SPDX-License-Identifier: Apache-2.0
#include "engine/status.h"

#include "base/arena.h"
#include "base/str.h"
#include "doc/node.h"
#include "plan/desire.h"

/* From well to badly. */
enum health { HEALTHY, STOPPED, PENDING, PROGRESSING, DEGRADED, MISSING };

static const char *const health_names[] = {"Healthy",     "Stopped",  "Pending",
					   "Progressing", "Degraded", "Missing"};

struct view_of {
	enum health health;
	int64_t ready, wanted;
	const char *message;
};

static const struct service_state *state_of(const struct snapshot *s, const char *service)
{
	for (size_t i = 0; i < s->n_services; i++)
		if (str_eq(s->services[i].service, service))
			return &s->services[i];
	return NULL;
}

static void worsen(struct view_of *v, enum health health, const char *message)
{
	if (health <= v->health)
		return;
	v->health = health;
	v->message = message;
}

/* One cluster's share of @w; a cluster that does not answer keeps its last numbers. */
static void look_at_share(struct arena *a, const struct snapshot *s, const struct workload *w,
			  const struct workload_share *sh, struct view_of *v)
{
	const struct cluster *c = snapshot_cluster(s, sh->cluster);
	/* How many pods a DaemonSet has is for its cluster to say. */
	bool told = w->n_shares > 1 || str_eq(w->kind, "DaemonSet");
	int64_t wanted = told ? sh->replicas : w->replicas;
	const char *why = sh->trouble ? sh->trouble : sh->message;

	v->wanted += wanted;
	if (!c || !c->ready) {
		worsen(v, DEGRADED, arena_printf(a, "cluster '%s' is not ready", sh->cluster));
		return;
	}
	v->ready += sh->ready;
	if (!sh->applied)
		worsen(v, DEGRADED,
		       arena_printf(a, "not applied on '%s': %s", sh->cluster,
				    sh->message ? sh->message : "no reason given"));
	else if (!sh->current || sh->ready < wanted)
		worsen(v, sh->unplaced ? DEGRADED : PROGRESSING,
		       arena_printf(a, "%lld of %lld ready on '%s'%s%s", (long long)sh->ready,
				    (long long)wanted, sh->cluster, why ? ": " : "",
				    why ? why : ""));
}

static struct view_of look_at(struct arena *a, const struct graph *g, const struct snapshot *s,
			      const struct service *svc)
{
	struct view_of v = {.health = HEALTHY};
	bool found = false;

	if (str_eq(s->graph_status, "Stopped"))
		return (struct view_of){.health = STOPPED};
	if (!service_is_active(s, svc))
		return (struct view_of){.health = PENDING, .message = "waits for its event"};
	for (size_t i = 0; i < s->n_workloads; i++) {
		const struct workload *w = &s->workloads[i];

		if (!str_eq(w->service, svc->id) || !str_eq(w->graph, g->id))
			continue;
		found = true;
		if (!w->scheduled)
			worsen(&v, DEGRADED, w->reason ? w->reason : "bound to no cluster");
		for (size_t k = 0; k < w->n_shares; k++)
			look_at_share(a, s, w, &w->shares[k], &v);
		if (w->scheduled && !w->n_shares)
			worsen(&v, PROGRESSING, "no cluster reports it yet");
	}
	const struct release *release = snapshot_release(s, s->project, svc->id);
	if (!found && !release)
		worsen(&v, MISSING, "its release is not there: `smo graph resume` repairs that");
	if (release && str_eq(release->status, "failed"))
		worsen(&v, DEGRADED, "its release failed: `smo graph resume` tries it again");
	return v;
}

/* Where its pods really are, for those that choose their clusters themselves. */
static const struct workload *first_workload(const struct snapshot *s, const char *graph,
					     const char *service)
{
	for (size_t i = 0; i < s->n_workloads; i++)
		if (str_eq(s->workloads[i].service, service) &&
		    str_eq(s->workloads[i].graph, graph))
			return &s->workloads[i];
	return NULL;
}

static const char *clusters_text(struct arena *a, const struct snapshot *s, const char *graph,
				 const struct service_state *st)
{
	const struct workload *w =
		st && !st->n_clusters ? first_workload(s, graph, st->service) : NULL;
	struct str text = {.a = a};

	for (size_t i = 0; st && i < st->n_clusters; i++)
		str_addf(&text, "%s%s", i ? ", " : "", st->clusters[i]);
	for (size_t i = 0; w && i < w->n_shares; i++)
		str_addf(&text, "%s%s", i ? ", " : "", w->shares[i].cluster);
	return text.len ? str_text(&text) : NULL;
}

struct node *status_document(struct arena *a, const struct graph *g, const struct snapshot *s)
{
	struct node *doc = node_new(a, NODE_MAP);
	enum health worst = HEALTHY;

	node_set_str(a, doc, "name", g->id);
	node_set_str(a, doc, "project", s->project);
	node_set_str(a, doc, "status", s->graph_status);
	node_set_bool(a, doc, "simulated", s->simulated);
	struct node *health = node_set_str(a, doc, "health", "");
	struct node *services = node_list_in(a, doc, "services");
	for (size_t i = 0; i < g->n_services; i++) {
		const struct service *svc = &g->services[i];
		const struct service_state *st = state_of(s, svc->id);
		struct view_of v = look_at(a, g, s, svc);
		struct node *n = node_add(services, node_new(a, NODE_MAP));
		const char *clusters = clusters_text(a, s, g->id, st);

		worst = v.health > worst ? v.health : worst;
		node_set_str(a, n, "name", svc->id);
		node_set_str(a, n, "status", st && st->status ? st->status : "Not deployed");
		node_set_str(a, n, "health", health_names[v.health]);
		if (clusters)
			node_set_str(a, n, "cluster", clusters);
		node_set_str(a, n, "ready",
			     arena_printf(a, "%lld/%lld", (long long)v.ready, (long long)v.wanted));
		if (v.message)
			node_set_str(a, n, "message", v.message);
	}
	health->str = health_names[worst];
	return doc;
}
