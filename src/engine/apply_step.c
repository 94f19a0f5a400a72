// SPDX-License-Identifier: Apache-2.0
#include "engine/apply_step.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "model/kinds.h"
#include "plan/ready.h"

enum {
	POLL_FIRST_MS = 100,
	POLL_MAX_MS = 1000,
	LEFTOVERS_MS = 30000,
	TROUBLE_MS = 5000, /* from then on a cluster is asked why pods are not ready */
};

static struct object_ref ref_of(const struct node *object)
{
	return (struct object_ref){
		.api_version = node_str(object, "apiVersion"),
		.kind = node_str(object, "kind"),
		.name = node_str(object, "metadata.name"),
		.namespace_ = node_str(object, "metadata.namespace"),
		.place = object_place(object),
	};
}

static struct err *put_release(const struct step_context *c, struct arena *a, struct ports *ports,
			       const struct step *step)
{
	const struct release_want *w = step->release;
	int64_t timeout = c->e->step_timeout_ms ? c->e->step_timeout_ms : ENGINE_TIMEOUT_MS;

	const struct text_pair labels[] = {
		{LABEL_MANAGED_BY, MANAGED_BY},
		{LABEL_GRAPH, c->plan->graph},
		{LABEL_SERVICE, step->service},
		{LABEL_PROJECT, c->plan->project},
		{LABEL_INSTANCE, c->instance},
		{LABEL_CHART_DIGEST, chart_digest_label(a, w->chart_digest)},
		{LABEL_CHART_VERSION, chart_version_label(a, w->chart_version)},
		{LABEL_VALUES_HASH, w->values_hash},
	};
	return ports->release.put(ports->release.self, a, w, labels, countof(labels), timeout,
				  c->e->adopt);
}

static struct err *delete_release(const struct step_context *c, struct arena *a,
				  struct ports *ports, const struct step *step)
{
	int64_t timeout = c->e->step_timeout_ms ? c->e->step_timeout_ms : ENGINE_TIMEOUT_MS;

	return ports->release.remove(ports->release.self, a, step->release->namespace_,
				     step->release->name, timeout);
}

/* A former object of that name may still be leaving; what is put into it would leave with it. */
static struct err *wait_until_gone(struct arena *a, struct ports *ports,
				   const struct object_ref *ref)
{
	struct clock_port *clock = &ports->clock;
	int64_t begin = clock->now(clock->self);

	for (;;) {
		struct arena round scoped_arena = {0};
		struct node *object;
		struct err *e = ports->object.get(ports->object.self, &round, ref, &object);

		if (e && e->kind != ERR_NOT_FOUND)
			return err_new(a, e->kind, "%s", e->msg);
		if (e || !node_at(object, "metadata.deletionTimestamp"))
			return NULL;
		if (cancelled(ports->cancel))
			return err_new(a, ERR_CANCELLED, "interrupted");
		if (clock->now(clock->self) - begin > LEFTOVERS_MS)
			return err_new(a, ERR_TIMEOUT, "the former %s '%s' is still being deleted",
				       ref->kind, ref->name);
		clock->sleep(clock->self, POLL_FIRST_MS);
	}
}

static struct err *put_object(const struct step_context *c, struct arena *a, struct ports *ports,
			      const struct step *step)
{
	const struct object_ref ref = ref_of(step->object);

	TRY(wait_until_gone(a, ports, &ref));
	return ports->object.apply(ports->object.self, a, step->object, c->e->adopt);
}

static struct object_ref workload_ref(const struct readiness *r)
{
	const struct object_kind *k = object_kind(NULL, r->kind);

	return (struct object_ref){
		.api_version = k ? k->api_version : "apps/v1",
		.kind = r->kind,
		.name = r->name,
		.namespace_ = r->namespace_,
	};
}

static struct err *scale(struct arena *a, struct ports *ports, const struct step *step)
{
	const struct object_ref ref = workload_ref(&step->wait[0]);

	return ports->object.scale(ports->object.self, a, &ref, step->replicas);
}

/* ---- waiting ---- */

/* What a wait looks at: the clusters and the workloads of the namespace, nothing else. */
static struct err *look(struct arena *a, struct ports *ports, const struct step *step,
			struct snapshot *ret)
{
	struct snapshot s = {0};

	TRY(ports->cluster.list(ports->cluster.self, a, &s.clusters, &s.n_clusters));
	if (step->wait[0].namespace_)
		TRY(ports->object.workloads(ports->object.self, a, step->wait[0].namespace_,
					    &s.workloads, &s.n_workloads));
	*ret = s;
	return NULL;
}

/* The first thing that is not ready. */
struct lack {
	const char *text; /* NULL: everything is ready */
	struct object_ref ref;
	const char *cluster; /* where its pods are not ready; NULL: there are none to ask about */
};

static const struct workload_share *share_on(const struct workload *w, const char *cluster)
{
	for (size_t i = 0; i < w->n_shares; i++)
		if (str_eq(w->shares[i].cluster, cluster))
			return &w->shares[i];
	return NULL;
}

/* The first cluster of @r where @w is not all there. */
static const char *unready_cluster(const struct workload *w, const struct readiness *r)
{
	for (size_t i = 0; i < r->n_clusters; i++) {
		const struct workload_share *sh = share_on(w, r->clusters[i]);

		if (!sh || !sh->applied || !sh->current || sh->ready < sh->replicas)
			return r->clusters[i];
	}
	return r->clusters[0];
}

static void look_at_share(struct arena *a, const struct workload *w, const char *cluster,
			  struct lack *ret)
{
	const struct workload_share *sh = share_on(w, cluster);
	const char *more = sh && sh->message ? sh->message : NULL;
	const char *state;

	if (!sh)
		state = "not there yet";
	else if (!sh->applied)
		state = "not applied";
	else
		state = arena_printf(a, "%lld of %lld ready", (long long)sh->ready,
				     (long long)w->replicas);
	ret->text = arena_printf(a, "%s '%s' on %s: %s%s%s", w->kind, w->name, cluster, state,
				 more ? ": " : "", more ? more : "");
	if (sh && sh->applied)
		ret->cluster = cluster;
}

static void look_at(struct arena *a, const struct snapshot *s, const struct readiness *r,
		    struct lack *ret)
{
	const struct workload *w = ready_workload(s, r);

	ret->ref = workload_ref(r);
	if (str_eq(r->kind, "Cluster"))
		ret->text = "a cluster does not serve ServiceExport and ServiceImport yet";
	else if (!w)
		ret->text = arena_printf(a, "%s '%s' is not there", r->kind, r->name);
	else if (!w->scheduled)
		ret->text = arena_printf(a, "%s '%s' is bound to no cluster%s%s", r->kind, r->name,
					 w->reason ? ": " : "", w->reason ? w->reason : "");
	else if (r->n_clusters)
		look_at_share(a, w, unready_cluster(w, r), ret);
	else
		ret->text = arena_printf(a, "%s '%s' is not ready", r->kind, r->name);
}

static struct lack missing(struct arena *a, const struct snapshot *s, const struct step *step)
{
	struct lack found = {0};

	for (size_t i = 0; i < step->n_wait && !found.text; i++)
		if (!is_ready(s, &step->wait[i]))
			look_at(a, s, &step->wait[i], &found);
	return found;
}

/* What the cluster says about pods that take their time. */
static const char *with_trouble(struct arena *a, struct ports *ports, const struct lack *l)
{
	struct object_port *o = &ports->object;
	struct pod_trouble t = {0};

	if (!l->cluster || o->trouble(o->self, a, &l->ref, l->cluster, &t) || !t.text)
		return l->text;
	return arena_printf(a, "%s: %s", l->text, t.text);
}

static struct err *give_up(struct arena *a, struct ports *ports, const struct step *step,
			   const char *what, int64_t ms)
{
	const char **texts = NULL;
	size_t n = 0;
	struct err *e =
		err_new(a, ERR_TIMEOUT, "not ready after %lld s: %s", (long long)(ms / 1000), what);

	if (!step->wait[0].namespace_ ||
	    ports->object.warnings(ports->object.self, a, step->wait[0].namespace_, &texts, &n) ||
	    !n)
		return e;
	return err_hint(a, e, "The control plane warns: %s%s", texts[0],
			str_ends(texts[0], ".") ? "" : ".");
}

static struct err *wait_ready(const struct step_context *c, struct arena *a, struct ports *ports,
			      const struct step *step)
{
	struct clock_port *clock = &ports->clock;
	int64_t limit = c->e->wait_timeout_ms ? c->e->wait_timeout_ms : ENGINE_TIMEOUT_MS;
	int64_t begin = clock->now(clock->self), pause = POLL_FIRST_MS;

	for (;;) {
		struct arena round scoped_arena = {0};
		struct snapshot s = {0};
		struct err *e = look(&round, ports, step, &s);
		struct lack lack = e ? (struct lack){.text = e->msg} : missing(&round, &s, step);
		int64_t spent = clock->now(clock->self) - begin;

		if (!lack.text)
			return NULL;
		if (cancelled(ports->cancel))
			return err_new(a, ERR_CANCELLED, "interrupted while waiting: %s",
				       lack.text);
		if (spent >= TROUBLE_MS || spent >= limit)
			lack.text = with_trouble(&round, ports, &lack);
		if (spent >= limit)
			return give_up(a, ports, step, lack.text, limit);
		if (e && e->kind != ERR_REMOTE && e->kind != ERR_TIMEOUT)
			return err_new(a, e->kind, "%s", e->msg);
		if (c->note)
			c->note(c->self, step, lack.text);
		clock->sleep(clock->self, pause < limit - spent ? pause : limit - spent);
		pause = pause * 3 / 2 < POLL_MAX_MS ? pause * 3 / 2 : POLL_MAX_MS;
	}
}

struct err *step_run(const struct step_context *c, struct arena *a, struct ports *ports,
		     const struct step *step)
{
	struct object_port *o = &ports->object;

	switch (step->verb) {
	case STEP_PUT:
		return step->release ? put_release(c, a, ports, step)
				     : put_object(c, a, ports, step);
	case STEP_WAIT:
		return wait_ready(c, a, ports, step);
	case STEP_SCALE:
		return scale(a, ports, step);
	case STEP_DELETE: {
		if (step->release)
			return delete_release(c, a, ports, step);
		const struct object_ref ref = ref_of(step->object);
		return o->remove(o->self, a, &ref);
	}
	}
	return err_new(a, ERR_BUG, "step %lld has no verb", (long long)step->n);
}
