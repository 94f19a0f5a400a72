// SPDX-License-Identifier: Apache-2.0
#include "model/kinds.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "doc/node.h"

#define POLICY "policy.karmada.io/v1alpha1"
#define WORK1  "work.karmada.io/v1alpha1"
#define WORK2  "work.karmada.io/v1alpha2"
#define MCS    "multicluster.x-k8s.io/v1alpha1"
#define RBAC   "rbac.authorization.k8s.io/v1"
#define PROM   "monitoring.coreos.com/v1"

/* Where two kinds share a name, the one that object_kind(NULL, ...) should find stands first. */
const struct object_kind object_kinds[] = {
	{POLICY, "PropagationPolicy", "propagationpolicies", true, false, "policy"},
	{POLICY, "ClusterPropagationPolicy", "clusterpropagationpolicies", false, false, "policy"},
	{POLICY, "OverridePolicy", "overridepolicies", true, false, "override"},
	{POLICY, "ClusterOverridePolicy", "clusteroverridepolicies", false, false, "override"},
	{WORK2, "ResourceBinding", "resourcebindings", true, false, "binding"},
	{WORK2, "ClusterResourceBinding", "clusterresourcebindings", false, false, "binding"},
	{WORK1, "Work", "works", true, false, "work"},
	{"networking.karmada.io/v1alpha1", "MultiClusterService", "multiclusterservices", true,
	 false, "shared service"},
	{MCS, "ServiceExport", "serviceexports", true, false, "export"},
	{MCS, "ServiceImport", "serviceimports", true, false, "import"},
	{"cluster.karmada.io/v1alpha1", "Cluster", "clusters", false, false, "cluster"},
	{"v1", "Namespace", "namespaces", false, false, "namespace"},
	{"v1", "Node", "nodes", false, false, "node"},
	{"v1", "Event", "events", true, false, "event"},
	{"v1", "Pod", "pods", true, true, "pod"},
	{"v1", "Service", "services", true, false, "service"},
	{"v1", "Secret", "secrets", true, false, "secret"},
	{"v1", "ConfigMap", "configmaps", true, false, "config"},
	{"v1", "ServiceAccount", "serviceaccounts", true, false, "account"},
	{"v1", "PersistentVolumeClaim", "persistentvolumeclaims", true, false, "volume claim"},
	{"v1", "PersistentVolume", "persistentvolumes", false, false, "volume"},
	{"v1", "Endpoints", "endpoints", true, false, "endpoints"},
	{"v1", "ResourceQuota", "resourcequotas", true, false, "quota"},
	{"v1", "LimitRange", "limitranges", true, false, "limits"},
	{"apps/v1", "Deployment", "deployments", true, true, "workload"},
	{"apps/v1", "StatefulSet", "statefulsets", true, true, "workload"},
	{"apps/v1", "DaemonSet", "daemonsets", true, true, "workload"},
	{"apps/v1", "ReplicaSet", "replicasets", true, true, "workload"},
	{"batch/v1", "Job", "jobs", true, true, "job"},
	{"batch/v1", "CronJob", "cronjobs", true, true, "job"},
	{"networking.k8s.io/v1", "Ingress", "ingresses", true, false, "ingress"},
	{"networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", true, false, "network policy"},
	{"networking.k8s.io/v1", "IngressClass", "ingressclasses", false, false, "ingress class"},
	{"discovery.k8s.io/v1", "EndpointSlice", "endpointslices", true, false, "endpoints"},
	{"autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", true, false,
	 "autoscaler"},
	{"policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", true, false, "budget"},
	{RBAC, "Role", "roles", true, false, "role"},
	{RBAC, "RoleBinding", "rolebindings", true, false, "role binding"},
	{RBAC, "ClusterRole", "clusterroles", false, false, "role"},
	{RBAC, "ClusterRoleBinding", "clusterrolebindings", false, false, "role binding"},
	{"storage.k8s.io/v1", "StorageClass", "storageclasses", false, false, "storage class"},
	{"scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", false, false, "priority"},
	{"apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", false,
	 false, "definition"},
	{"admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration",
	 "validatingwebhookconfigurations", false, false, "webhook"},
	{"admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration",
	 "mutatingwebhookconfigurations", false, false, "webhook"},
	{RULES_API, RULES_KIND, "prometheusrules", true, false, "rules"},
	{PROM, "ServiceMonitor", "servicemonitors", true, false, "monitor"},
	{DASHBOARD_API, DASHBOARD_KIND, "dashboards", false, false, "dashboard"},
	{PROM, "PodMonitor", "podmonitors", true, false, "monitor"},
	{0},
};

const struct object_kind *object_kind(const char *api_version, const char *kind)
{
	for (const struct object_kind *k = object_kinds; k->kind; k++) {
		if (str_eq(k->kind, kind) && (!api_version || str_eq(k->api_version, api_version)))
			return k;
	}
	return NULL;
}

const char *chart_digest_label(struct arena *a, const char *digest)
{
	if (!digest)
		return NULL;
	const char *colon = strchr(digest, ':');
	const char *hex = colon ? colon + 1 : digest;
	size_t len = strlen(hex);
	return arena_strndup(a, hex, len < 40 ? len : 40);
}

static const char *swapped(struct arena *a, const char *text, char from, char to)
{
	char *out = arena_strdup(a, text);

	for (char *p = out; p && *p; p++)
		if (*p == from)
			*p = to;
	return out;
}

const char *chart_version_label(struct arena *a, const char *version)
{
	static const char inside[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789.-+";
	size_t len = version ? strspn(version, inside) : 0;

	if (!len || len > 63 || version[len] || strchr(".-+", version[0]) ||
	    strchr(".-+", version[len - 1]))
		return NULL;
	return swapped(a, version, '+', '_');
}

const char *chart_version_of_label(struct arena *a, const char *label)
{
	return label ? swapped(a, label, '_', '+') : NULL;
}

const char *instance_short(struct arena *a, const char *instance)
{
	return arena_printf(a, "%.8s", instance ? instance : "");
}

const char *instance_tag(struct arena *a, const char *instance)
{
	return arena_printf(a, "smo:%s", instance_short(a, instance));
}

const char *rules_name(struct arena *a, const char *graph)
{
	return arena_printf(a, "smo-%s", graph);
}

const char *place_name(struct arena *a, const char *place)
{
	static const struct {
		const char *start, *text;
	} names[] = {
		{PLACE_OBJECTS, "objects of the control plane"},
		{PLACE_SHARED, "the shared object "},
		{PLACE_FILES, "files in "},
		{PLACE_GRAFANA, "Grafana at "},
	};

	for (size_t i = 0; i < countof(names); i++)
		if (str_starts(place, names[i].start))
			return arena_printf(a, "%s%s", names[i].text,
					    place + strlen(names[i].start));
	return place;
}

const char *object_place(const struct node *object)
{
	const struct node *p = node_get(node_at(object, "metadata.annotations"), PLACE);

	return p && p->kind == NODE_STR ? p->str : NULL;
}
