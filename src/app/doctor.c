// SPDX-License-Identifier: Apache-2.0
#include "app/doctor.h"

#include "app/app.h"
#include "app/monitoring.h"
#include "app/settings.h"
#include "app/wire.h"
#include "app/world.h"
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/node.h"
#include "drive/helm_cmd.h"
#include "drive/http.h"
#include "drive/kube.h"
#include "model/snapshot.h"

enum { PEER_MS = 3000 };

struct doctor {
	struct app *app;
	struct arena *a;
	struct node *list;
	struct kube *kube; /* NULL when the control plane cannot be had */
	bool works;
};

enum finding { FINE, WARNING, BROKEN };

static void tell(struct doctor *d, enum finding f, const char *check, const char *found,
		 const char *cost)
{
	static const char *const results[] = {"ok", "warning", "failed"};
	struct node *n = node_add(d->list, node_new(d->a, NODE_MAP));

	node_set_str(d->a, n, "check", check);
	node_set_str(d->a, n, "result", results[f]);
	node_set_str(d->a, n, "found", found);
	if (f != FINE)
		node_set_str(d->a, n, "cost", cost);
	d->works &= f != BROKEN;
}

/* ---- the control plane ---- */

static void look_at_server(struct doctor *d)
{
	const struct kube_call call = {.path = "/version"};
	struct node *answer;
	struct err *e = kube_call(d->kube, d->a, &call, &answer, NULL);

	if (e) {
		tell(d, BROKEN, "control plane", e->msg, "nothing can be deployed");
		d->kube = NULL;
		return;
	}
	const char *version = node_str(answer, "gitVersion");
	tell(d, FINE, "control plane",
	     arena_printf(d->a, "%s, Kubernetes %s", kube_server(d->kube),
			  version ? version : "of unknown version"),
	     NULL);
}

static void look_for_kind(struct doctor *d, const char *check, const char *api_version,
			  const char *kind, enum finding if_missing, const char *cost)
{
	bool served = false;
	struct err *e = kube_serves(d->kube, d->a, api_version, kind, &served);
	const char *what = arena_printf(d->a, "%s %s", api_version, kind);

	if (e)
		tell(d, if_missing, check, e->msg, cost);
	else
		tell(d, served ? FINE : if_missing, check,
		     served ? what : arena_printf(d->a, "%s is not served", what), cost);
}

static void look_at_kinds(struct doctor *d)
{
	look_for_kind(d, "Karmada policies", "policy.karmada.io/v1alpha1", "PropagationPolicy",
		      BROKEN, "this is no Karmada: nothing reaches a cluster");
	look_for_kind(d, "Karmada bindings", "work.karmada.io/v1alpha2", "ResourceBinding", BROKEN,
		      "readiness cannot be told");
	look_for_kind(d, "service exports", "multicluster.x-k8s.io/v1alpha1", "ServiceExport",
		      WARNING, "services cannot call each other across clusters");
	look_for_kind(d, "Prometheus rules", "monitoring.coreos.com/v1", "PrometheusRule", WARNING,
		      "event-triggered services must be triggered by hand");
	look_for_kind(d, "service monitors", "monitoring.coreos.com/v1", "ServiceMonitor", WARNING,
		      "charts that bring a ServiceMonitor cannot be installed");
}

static const char *review(struct arena *a, const char *verb, const char *group,
			  const char *resource, const char *sub)
{
	struct node *doc = node_new(a, NODE_MAP);
	struct node *spec, *what;

	node_set_str(a, doc, "apiVersion", "authorization.k8s.io/v1");
	node_set_str(a, doc, "kind", "SelfSubjectAccessReview");
	spec = node_map_in(a, doc, "spec");
	what = node_map_in(a, spec, "resourceAttributes");
	node_set_str(a, what, "verb", verb);
	node_set_str(a, what, "group", group);
	node_set_str(a, what, "resource", resource);
	if (sub)
		node_set_str(a, what, "subresource", sub);
	return json_write(a, doc, JSON_COMPACT);
}

static void look_at_permissions(struct doctor *d)
{
	static const struct {
		const char *verb, *group, *resource, *sub, *cost;
	} needs[] = {
		{"list", "cluster.karmada.io", "clusters", NULL, "no cluster is known"},
		{"create", "", "namespaces", NULL, "projects must be made by somebody else"},
		{"create", "", "secrets", NULL, "helm cannot keep its releases"},
		{"create", "apps", "deployments", NULL, "helm cannot install"},
		{"patch", "apps", "deployments", "scale", "services cannot be scaled"},
		{"patch", "policy.karmada.io", "propagationpolicies", NULL, "nothing is placed"},
		{"patch", "policy.karmada.io", "overridepolicies", NULL,
		 "intents are not enforced"},
		{"list", "work.karmada.io", "resourcebindings", NULL, "readiness cannot be told"},
	};
	struct str lacks = {.a = d->a};

	for (size_t i = 0; i < countof(needs); i++) {
		const struct kube_call call = {
			.method = "POST",
			.path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
			.content_type = "application/json",
			.body = review(d->a, needs[i].verb, needs[i].group, needs[i].resource,
				       needs[i].sub),
			.repeatable = true,
		};
		struct node *answer = NULL;
		struct err *e = kube_call(d->kube, d->a, &call, &answer, NULL);

		if (e || !node_bool(answer, "status.allowed", false))
			str_addf(&lacks, "%s%s %s%s%s: %s", lacks.len ? "; " : "", needs[i].verb,
				 needs[i].resource, needs[i].sub ? "/" : "",
				 needs[i].sub ? needs[i].sub : "", needs[i].cost);
	}
	tell(d, lacks.len ? BROKEN : FINE, "permissions",
	     lacks.len ? "some are missing" : "all that SMO needs", str_text(&lacks));
}

static void look_at_clusters(struct doctor *d)
{
	struct cluster_port *p = &d->app->ports.cluster;
	struct cluster *c = NULL;
	size_t n = 0, ready = 0, without = 0, without_mcs = 0;
	struct err *e = p->list(p->self, d->a, &c, &n);

	if (e) {
		tell(d, BROKEN, "clusters", e->msg, "nothing can be placed");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		ready += c[i].ready;
		without += c[i].ready && !c[i].has_summary;
		without_mcs += c[i].ready && !c[i].has_mcs;
	}
	tell(d,
	     !ready                 ? BROKEN
	     : ready < n || without ? WARNING
				    : FINE,
	     "clusters",
	     arena_printf(d->a, "%zu, %zu ready%s", n, ready,
			  without ? ", some without reported resources" : ""),
	     ready ? "those that are not ready or report nothing get no services"
		   : "nothing can be placed");
	if (without_mcs && d->kube)
		tell(d, WARNING, "exports in clusters",
		     arena_printf(d->a, "%zu clusters lack the ServiceExport kind", without_mcs),
		     "SMO brings it to them with the first graph that needs it");
}

/* ---- helm and the rest ---- */

static void look_at_helm(struct doctor *d)
{
	struct helm *h = NULL;
	struct err *e = world_helm(wire_world_handle(d->app), &h);

	if (e)
		tell(d, BROKEN, "helm", e->msg,
		     "nothing can be installed; set helm.path or SMO_HELM");
	else
		tell(d, FINE, "helm",
		     arena_printf(d->a, "%s, version %s", helm_program(h), helm_version(h)), NULL);
}

static void look_at_peer(struct doctor *d, const char *check, const char *key, const char *path,
			 const char *cost)
{
	const char *host = settings_text(d->app->settings, key);
	struct http h scoped_http = {0};
	struct http_response r = {0};

	if (!host || !*host) {
		tell(d, WARNING, check, "not set", cost);
		return;
	}
	http_open(&h, d->app->cancel);
	const struct http_request q = {
		.url = arena_printf(d->a, "%s%s", host, path),
		.plain_ok = true,
		.connect_ms = PEER_MS,
		.total_ms = PEER_MS,
	};
	struct err *e = http_send(&h, d->a, &q, &r);
	if (e)
		tell(d, WARNING, check, e->msg, cost);
	else
		tell(d, r.status / 100 == 2 ? FINE : WARNING, check,
		     arena_printf(d->a, "%s answers %d", host, r.status), cost);
}

static void look_at_real(struct doctor *d)
{
	look_at_server(d);
	if (d->kube) {
		look_at_kinds(d);
		look_at_permissions(d);
		look_at_clusters(d);
	}
	look_at_helm(d);
	look_at_peer(d, "Prometheus", "prometheus_host", "/-/ready",
		     "no metrics: services are not scaled by load");
	if (str_eq(monitoring_boards(d->app), "grafana"))
		look_at_peer(d, "Grafana", "grafana.host", "/api/health",
			     "no dashboards: graphs are Degraded until it answers");
}

struct err *doctor(struct app *app, struct node **ret_list, bool *ret_works)
{
	struct doctor d = {.app = app, .a = app->arena, .works = true};

	d.list = node_new(app->arena, NODE_LIST);
	*ret_list = d.list;
	*ret_works = false;
	struct err *e = wire_store(app);
	if (e) {
		tell(&d, BROKEN, "state", e->msg, e->hint ? e->hint : "nothing can be done");
		return NULL;
	}
	tell(&d, FINE, "state", app->dir, NULL);
	e = wire_world(app);
	if (e) {
		tell(&d, BROKEN, "world", e->msg, e->hint ? e->hint : "nothing can be deployed");
	} else if (world_sim(wire_world_handle(app))) {
		tell(&d, FINE, "world", "a simulated federation", NULL);
		look_at_clusters(&d);
	} else {
		d.kube = world_kube(wire_world_handle(app));
		look_at_real(&d);
	}
	*ret_works = d.works;
	return NULL;
}
