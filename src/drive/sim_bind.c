// SPDX-License-Identifier: Apache-2.0
#include "drive/sim_bind.h"

#include "base/arena.h"
#include "base/str.h"
#include "drive/sim_pods.h"
#include "plan/world.h"

static bool part_is_of(const struct sim_part *p, const struct sim_template *t)
{
	return str_eq(p->name, t->facts.name) && str_eq(p->namespace_, t->namespace_) &&
	       str_eq(p->kind, t->facts.kind);
}

struct sim_part *sim_part_of(const struct sim_state *s, const struct sim_template *t,
			     const char *cluster)
{
	for (size_t i = 0; i < s->parts.n; i++) {
		struct sim_part *p = &s->parts.at[i];

		if (str_eq(p->cluster, cluster) && part_is_of(p, t))
			return p;
	}
	return NULL;
}

bool sim_wanted_on(const struct sim_template *t, const char *cluster)
{
	for (size_t i = 0; i < t->n_clusters; i++) {
		if (str_eq(t->clusters[i], cluster))
			return true;
	}
	return false;
}

static bool reached(const struct sim_state *s, const char *cluster)
{
	const struct sim_cluster *c = sim_state_cluster(s, cluster);

	return c && !c->down;
}

/* ---- telling ---- */

static bool same_amounts(const struct amounts *x, const struct amounts *y)
{
	if (x->n != y->n)
		return false;
	for (size_t i = 0; i < x->n; i++) {
		if (!str_eq(x->at[i].resource, y->at[i].resource) ||
		    x->at[i].value != y->at[i].value)
			return false;
	}
	return true;
}

static struct sim_part *new_part(struct sim_state *s, const struct sim_template *t,
				 const char *cluster)
{
	struct sim_part *p = vec_push(s->a, &s->parts);

	*p = (struct sim_part){
		.cluster = sim_state_cluster(s, cluster)->name,
		.kind = t->facts.kind,
		.name = t->facts.name,
		.namespace_ = t->namespace_,
		.release = t->release,
	};
	return p;
}

static int64_t ready_after(const struct sim_state *s, const struct sim_template *t,
			   const char *cluster)
{
	const struct sim_site *site = sim_world_site(&s->world, cluster);

	if (t->ready_after)
		return t->ready_after;
	return sim_world_ms(site->ready_after, sim_world_ms(s->world.ready_after, 3000));
}

static void tell(struct sim_state *s, const struct sim_template *t, const struct world_part *w)
{
	struct sim_part *p = sim_part_of(s, t, w->cluster);
	bool is_new = !p;

	if (is_new)
		p = new_part(s, t, w->cluster);
	if (!reached(s, w->cluster)) {
		p->frozen = true;
		return;
	}
	p->blocked = arena_strdup(s->a, w->blocked);
	if (w->blocked)
		return;
	if (!same_amounts(&p->requests, &w->requests) || !str_eq(p->pod, t->pod)) {
		p->old_requests = p->requests;
		p->requests = (struct amounts){0};
		amounts_add(s->a, &p->requests, &w->requests, 1);
		p->revision++;
		p->succeeded = 0;
	}
	p->pod = t->pod;
	p->wanted = w->replicas < SIM_REPLICAS_MAX ? w->replicas : SIM_REPLICAS_MAX;
	p->generation = t->generation;
	p->ready_after = ready_after(s, t, w->cluster);
	p->frozen = false;
	sim_pods_settle(s, p->cluster);
}

/* Pods of @t go from every reachable cluster that it does not want (any more). */
static void withdraw(struct sim_state *s, const struct sim_template *t)
{
	for (size_t i = s->parts.n; i-- > 0;) {
		struct sim_part *p = &s->parts.at[i];
		const char *cluster = p->cluster;

		if (!part_is_of(p, t) || sim_wanted_on(t, cluster) || !reached(s, cluster))
			continue;
		s->parts.n--;
		for (size_t k = i; k < s->parts.n; k++)
			s->parts.at[k] = s->parts.at[k + 1];
		sim_pods_settle(s, cluster);
	}
}

/* ---- deciding ---- */

/* Where and how large the template is now, as the derivation wants to know it. */
static struct workload now_of(struct arena *a, const struct sim_state *s,
			      const struct sim_template *t)
{
	struct workload w = {
		.kind = t->facts.kind,
		.name = t->facts.name,
		.namespace_ = t->namespace_,
		.service = t->release,
		.replicas = t->replicas,
		.clusters = t->clusters,
		.n_clusters = t->n_clusters,
	};

	w.shares = arena_new_n(a, struct workload_share, t->n_clusters);
	for (size_t i = 0; i < t->n_clusters; i++) {
		const struct sim_part *p = sim_part_of(s, t, t->clusters[i]);

		if (p)
			w.shares[w.n_shares++] = (struct workload_share){.cluster = t->clusters[i],
									 .replicas = p->wanted};
	}
	return w;
}

void sim_bind(struct sim_state *s, size_t i)
{
	struct arena scratch scoped_arena = {0};
	struct sim_template *t = &s->templates.at[i];
	const struct sim_release *release = sim_state_release(s, t->namespace_, t->release);
	struct workload now = now_of(&scratch, s, t);
	struct world w = {s->facts, s->n_clusters, s->owned.at, s->owned.n};
	struct world_subject subject = {
		.facts = &t->facts,
		.release = t->release,
		.now = &now,
		.values = release ? release->values : NULL,
	};
	struct world_binding b;

	world_bind(&scratch, &w, &subject, &b);
	if (b.orphan) {
		/* The marks of the policy vanish from the template, which is a change of it. */
		t->generation += !t->orphan;
		t->orphan = true;
		return;
	}
	t->orphan = false;
	t->scheduled = b.scheduled;
	t->reason = arena_strdup(s->a, b.reason);
	t->clusters = arena_new_n(s->a, const char *, b.n_parts);
	t->n_clusters = b.n_parts;
	for (size_t k = 0; k < b.n_parts; k++)
		t->clusters[k] = sim_state_cluster(s, b.parts[k].cluster)->name;
	withdraw(s, t);
	for (size_t k = 0; k < b.n_parts; k++)
		tell(s, t, &b.parts[k]);
}

void sim_bind_selected(struct sim_state *s, const struct owned_object *o)
{
	for (size_t i = 0; i < s->templates.n; i++) {
		const struct sim_template *t = &s->templates.at[i];

		if (world_selects(o, t->facts.kind, t->facts.name, t->namespace_, t->release))
			sim_bind(s, i);
	}
}

void sim_unbind(struct sim_state *s, size_t i)
{
	struct sim_template gone = s->templates.at[i];

	gone.n_clusters = 0;
	s->templates.n--;
	for (; i < s->templates.n; i++)
		s->templates.at[i] = s->templates.at[i + 1];
	withdraw(s, &gone);
}

/* Is there a template that wants @p where it is? */
static bool is_wanted(const struct sim_state *s, const struct sim_part *p)
{
	const struct sim_template *t = sim_state_template(s, p->kind, p->namespace_, p->name);

	return t && sim_wanted_on(t, p->cluster);
}

void sim_catch_up(struct sim_state *s, const char *cluster)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->parts.n; i++) {
		if (!str_eq(s->parts.at[i].cluster, cluster) || is_wanted(s, &s->parts.at[i])) {
			s->parts.at[kept] = s->parts.at[i];
			s->parts.at[kept].frozen &= !str_eq(s->parts.at[i].cluster, cluster);
			kept++;
		}
	}
	s->parts.n = kept;
	for (size_t i = 0; i < s->templates.n; i++) {
		if (sim_wanted_on(&s->templates.at[i], cluster))
			sim_bind(s, i);
	}
	sim_pods_settle(s, cluster);
}
