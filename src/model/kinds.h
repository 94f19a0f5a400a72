// SPDX-License-Identifier: Apache-2.0
/* Names that several rooms must agree on: labels, field manager, kinds of Kubernetes objects. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct node;

#define SMO_DOMAIN          "smo.nephele-project.eu"
#define LABEL_MANAGED_BY    "app.kubernetes.io/managed-by"
#define MANAGED_BY          "smo"
#define LABEL_GRAPH         SMO_DOMAIN "/graph"
#define LABEL_SERVICE       SMO_DOMAIN "/service"
#define LABEL_PROJECT       SMO_DOMAIN "/project"
#define LABEL_INSTANCE      SMO_DOMAIN "/instance" /* UUID of the SMO state */
#define LABEL_CHART_DIGEST  SMO_DOMAIN "/chart"    /* on releases: 40 hex digits of the digest */
#define LABEL_CHART_VERSION SMO_DOMAIN "/chart-version" /* on releases: chart_version_label() */
#define LABEL_VALUES_HASH   SMO_DOMAIN "/values"        /* on releases: release_want.values_hash */
#define FIELD_MANAGER       "smo"

/* Alerting rules and dashboards are objects like all others, wherever they are kept. */
#define RULES_API        "monitoring.coreos.com/v1"
#define RULES_KIND       "PrometheusRule"
#define RULES_GROUP      "smo-alerts" /* of the shared object, as the original names it */
#define DASHBOARD_API    "dashboard.grafana.app/v1beta1"
#define DASHBOARD_KIND   "Dashboard"
#define DASHBOARD_FOLDER "grafana.app/folder" /* annotation: uid of the folder */
#define DASHBOARD_TITLE  "smo/folder-title"   /* annotation: title of the folder */

/*
 * Where rules and dashboards go: "objects" (of the control plane), "shared:NAMESPACE/NAME" (one
 * object with the rules of many), "files:FOLDER", "grafana:URL".  Of objects that are not where
 * such go now, the annotation PLACE says where they are.
 */
#define PLACE         "smo/place"
#define PLACE_OBJECTS "objects"
#define PLACE_SHARED  "shared:"
#define PLACE_FILES   "files:"
#define PLACE_GRAFANA "grafana:"

/* The place for people: "files in /srv/rules". */
const char *place_name(struct arena *a, const char *place);

/* What the annotation PLACE of @object says, or NULL. */
const char *object_place(const struct node *object);

#define API_VERSION "smo/v1" /* of our own documents */

struct object_kind {
	const char *api_version; /* "policy.karmada.io/v1alpha1" */
	const char *kind;        /* "PropagationPolicy" */
	const char *plural;      /* "propagationpolicies" */
	bool namespaced;
	bool workload;    /* has pods and, but for DaemonSet and Job, replicas */
	const char *word; /* what plans call it: "policy" */
};

/* Every kind that SMO itself writes or reads; ends with kind NULL. */
extern const struct object_kind object_kinds[];

/* The entry of @kind (@api_version NULL: any), or NULL. */
const struct object_kind *object_kind(const char *api_version, const char *kind);

/* What the label LABEL_CHART_DIGEST says for "sha256:<hex>": the first 40 hex digits.  NULL of
 * NULL. */
const char *chart_digest_label(struct arena *a, const char *digest);

/* What LABEL_CHART_VERSION says for a version, and back: a label cannot hold the "+" of build
 * metadata, so "_" stands for it, which no version has.  NULL of NULL and of what no label holds.
 */
const char *chart_version_label(struct arena *a, const char *version);
const char *chart_version_of_label(struct arena *a, const char *label);

/* What the SMO state @instance is called in names and tags: its first 8 digits. */
const char *instance_short(struct arena *a, const char *instance);

/* The tag that every dashboard of the SMO state @instance carries: "smo:01234567". */
const char *instance_tag(struct arena *a, const char *instance);

/* "smo-<graph>": what the rules of a graph are called. */
const char *rules_name(struct arena *a, const char *graph);
