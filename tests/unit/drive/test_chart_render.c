// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "recorded.h"

#include "base/err.h"
#include "base/str.h"
#include "drive/chart_render.h"
#include "drive/chart_select.h"
#include "model/snapshot.h"

static const char *const stock =
	"- apiVersion: v1\n"
	"  kind: Service\n"
	"  metadata: {name: web}\n"
	"  spec: {ports: [{port: 80}, {port: 53, protocol: UDP}]}\n"
	"- apiVersion: apps/v1\n"
	"  kind: Deployment\n"
	"  metadata: {name: web, namespace: shop, labels: {app: web}}\n"
	"  spec:\n"
	"    replicas: 2\n"
	"    template:\n"
	"      spec:\n"
	"        containers:\n"
	"        - {name: main, resources: {requests: {cpu: 100m}, limits: {memory: 1Gi}}}\n"
	"        - {name: side}\n"
	"- apiVersion: apps/v1\n"
	"  kind: StatefulSet\n"
	"  metadata: {name: db}\n"
	"  spec: {template: {spec: {containers: []}}, volumeClaimTemplates: [{metadata: {name: "
	"d}}]}\n"
	"- apiVersion: batch/v1\n"
	"  kind: CronJob\n"
	"  metadata: {name: nightly}\n"
	"  spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c}],\n"
	"    volumes: [{hostPath: {path: /var/log}}]}}}}}\n"
	"- apiVersion: batch/v1\n"
	"  kind: Job\n"
	"  metadata: {name: migrate, annotations: {helm.sh/hook: pre-install}}\n"
	"- {apiVersion: v1, kind: Pod, metadata: {name: bare}, spec: {containers: [{name: x}],\n"
	"   volumes: [{persistentVolumeClaim: {claimName: d}}]}}\n"
	"- {apiVersion: v1, kind: Secret, metadata: {name: key}, stringData: {a: very-secret}}\n"
	"- {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: d}}\n"
	"- {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: r}}\n"
	"- {apiVersion: v1, kind: ConfigMap, metadata: {name: far, namespace: monitoring}}\n"
	"- apiVersion: v1\n"
	"  kind: List\n"
	"  items: [{apiVersion: v1, kind: ServiceAccount, metadata: {name: me}}]\n";

static const struct object_facts *find(const struct object_facts *o, size_t n, const char *kind)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(o[i].kind, kind))
			return &o[i];
	fail_msg("no %s", kind);
	return NULL;
}

static struct object_facts *facts(struct arena *a, const char *text, const char *sentinel,
				  size_t *n)
{
	struct render_context context = {.namespace_ = "shop", .sentinel = sentinel};
	struct object_facts *o;

	render_read(a, yaml(a, text), &context, &o, n);
	return o;
}

static void objects_are_told_by_kind_and_name(void **state)
{
	struct arena a scoped_arena = {0};
	size_t n;
	struct object_facts *o = facts(&a, stock, NULL, &n);
	(void)state;

	assert_int_equal(n, 11);
	for (size_t i = 1; i < n; i++)
		assert_true(str_cmp(o[i - 1].kind, o[i].kind) <= 0);
	assert_string_equal(find(o, n, "ServiceAccount")->name, "me");
	assert_null(find(o, n, "Deployment")->namespace_); /* the release's */
	assert_string_equal(find(o, n, "ConfigMap")->namespace_, "monitoring");
	assert_true(find(o, n, "ClusterRole")->cluster_scoped);
	assert_false(find(o, n, "Secret")->cluster_scoped);
	assert_true(find(o, n, "Job")->hook);
	assert_false(find(o, n, "Deployment")->hook);
	assert_int_equal(find(o, n, "Service")->n_ports, 2);
	assert_string_equal(find(o, n, "Service")->ports[0], "80/TCP");
	assert_string_equal(find(o, n, "Service")->ports[1], "53/UDP");
}

static void pods_are_found_wherever_they_stand(void **state)
{
	struct arena a scoped_arena = {0};
	size_t n;
	struct object_facts *o = facts(&a, stock, NULL, &n);
	const struct object_facts *web = find(o, n, "Deployment");
	(void)state;

	assert_string_equal(web->pod_path, "/spec/template");
	assert_int_equal(web->replicas, 2);
	assert_int_equal(web->n_containers, 2);
	assert_string_equal(web->containers[0].name, "main");
	assert_int_equal(amounts_get(&web->containers[0].requests, "cpu"), 100);
	assert_int_equal(amounts_get(&web->containers[0].limits, "memory"), 1 << 30);
	assert_string_equal(find(o, n, "CronJob")->pod_path, "/spec/jobTemplate/spec/template");
	assert_int_equal(find(o, n, "CronJob")->n_containers, 1);
	assert_string_equal(find(o, n, "Pod")->pod_path, "");
	assert_int_equal(find(o, n, "StatefulSet")->replicas, -1);
	assert_null(find(o, n, "Service")->pod_path);
	assert_int_equal(find(o, n, "Service")->replicas, -1);
}

static void what_pods_need_beside_their_containers_is_read(void **state)
{
	struct arena a scoped_arena = {0};
	size_t n;
	struct object_facts *o = facts(
		&a,
		"[{apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: {parallelism: 3,"
		"  template: {spec: {overhead: {cpu: 10m}, containers: [{name: c}], "
		"initContainers: ["
		"   {name: s, restartPolicy: Always, resources: {requests: {cpu: 100m}}},"
		"   {name: i, resources: {requests: {cpu: 400m}, limits: {memory: 1Ki}}}]}}}}]",
		NULL, &n);
	(void)state;

	assert_int_equal(o[0].replicas, 3);
	assert_int_equal(amounts_get(&o[0].besides, "cpu"), 110);
	assert_int_equal(amounts_get(&o[0].start, "cpu"), 510);
	assert_int_equal(amounts_get(&o[0].start, "memory"), 1024);
}

static void what_a_move_would_lose_is_data(void **state)
{
	struct arena a scoped_arena = {0};
	size_t n;
	struct object_facts *o = facts(&a, stock, NULL, &n);
	(void)state;

	assert_false(find(o, n, "Deployment")->data);
	assert_true(find(o, n, "StatefulSet")->data);
	assert_true(find(o, n, "CronJob")->data);
	assert_true(find(o, n, "Pod")->data);
	assert_true(find(o, n, "PersistentVolumeClaim")->data);
}

static void secrets_do_not_get_into_facts(void **state)
{
	struct arena a scoped_arena = {0};
	struct chart_facts f = {.service = "web"};
	(void)state;

	f.objects = facts(&a, stock, NULL, &f.n_objects);
	assert_null(strstr(json_write(&a, bind_write(&a, &chart_facts_shape, &f), JSON_PRETTY),
			   "very-secret"));
}

static void a_policy_covers_only_what_it_selects(void **state)
{
	static const char *const text =
		"- {apiVersion: apps/v1, kind: Deployment, metadata: {name: web, labels: {app: "
		"web}}}\n"
		"- {apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db, labels: {app: "
		"db}}}\n"
		"- {apiVersion: v1, kind: Service, metadata: {name: web, labels: {app: web, tier: "
		"front}}}\n"
		"- {apiVersion: v1, kind: ConfigMap, metadata: {name: far, namespace: other}}\n"
		"- {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: "
		"r}}\n"
		"- apiVersion: policy.karmada.io/v1alpha1\n"
		"  kind: PropagationPolicy\n"
		"  metadata: {name: placed}\n"
		"  spec:\n"
		"    resourceSelectors:\n"
		"    - {apiVersion: apps/v1, kind: Deployment, name: web}\n"
		"    - {apiVersion: v1, kind: ConfigMap}\n"
		"    - {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole}\n"
		"    placement: {clusterAffinity: {clusterNames: [smo-cluster]}}\n"
		"- apiVersion: policy.karmada.io/v1alpha1\n"
		"  kind: PropagationPolicy\n"
		"  metadata: {name: fixed}\n"
		"  spec:\n"
		"    resourceSelectors:\n"
		"    - apiVersion: v1\n"
		"      kind: Service\n"
		"      labelSelector: {matchLabels: {app: web},\n"
		"        matchExpressions: [{key: tier, operator: In, values: [front, back]}]}\n"
		"    placement: {clusterAffinity: {clusterNames: [m1]}}\n";
	struct arena a scoped_arena = {0};
	size_t n;
	struct object_facts *o = facts(&a, text, "smo-cluster", &n);
	(void)state;

	assert_true(find(o, n, "Deployment")->own_policy);
	assert_true(find(o, n, "Deployment")->policy_follows);
	assert_true(find(o, n, "Service")->own_policy);
	assert_false(find(o, n, "Service")->policy_follows);
	assert_false(find(o, n, "StatefulSet")->own_policy);
	assert_false(find(o, n, "ConfigMap")->own_policy);   /* in another namespace */
	assert_false(find(o, n, "ClusterRole")->own_policy); /* needs a policy of the cluster */
}

static void how_a_policy_divides_replicas_is_told(void **state)
{
	static const struct {
		const char *scheduling;
		enum policy_divides divides;
	} cases[] = {
		{"{}", DIVIDES_NOT},
		{"{replicaSchedulingType: Duplicated}", DIVIDES_NOT},
		{"{replicaSchedulingType: Divided, replicaDivisionPreference: Weighted}",
		 DIVIDES_EVENLY},
		{"{replicaSchedulingType: Divided}", DIVIDES_UNEVENLY},
		{"{replicaSchedulingType: Divided, replicaDivisionPreference: Aggregated}",
		 DIVIDES_UNEVENLY},
		{"{replicaSchedulingType: Divided, replicaDivisionPreference: Weighted, "
		 "weightPreference: {dynamicWeight: AvailableReplicas}}",
		 DIVIDES_UNEVENLY},
	};
	struct arena a scoped_arena = {0};
	size_t n;
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		struct object_facts *o = facts(
			&a,
			arena_printf(
				&a,
				"- {apiVersion: apps/v1, kind: Deployment, metadata: {name: "
				"web}}\n"
				"- {apiVersion: policy.karmada.io/v1alpha1, kind: "
				"PropagationPolicy, metadata: {name: p}, spec: "
				"{resourceSelectors: [{apiVersion: apps/v1, kind: Deployment}], "
				"placement: {replicaScheduling: %s}}}\n",
				cases[i].scheduling),
			NULL, &n);

		assert_int_equal(find(o, n, "Deployment")->policy_divides, cases[i].divides);
	}
}

static const char *chosen(struct arena *a, const char *policies)
{
	struct node *object =
		yaml(a, "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}");
	const struct node *p = select_policy(yaml(a, policies), object, false, "shop");

	return p ? node_str(p, "metadata.name") : "";
}

static void policies_compete_as_karmada_lets_them(void **state)
{
#define P(name, kind, spec)                                                                        \
	"- {apiVersion: policy.karmada.io/v1alpha1, kind: " kind ", metadata: {name: " name        \
	"}, spec: {" spec "}}\n"
#define ALL   "resourceSelectors: [{apiVersion: apps/v1, kind: Deployment}]"
#define NAMED "resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: web}]"
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(
		chosen(&a, P("b", "PropagationPolicy", ALL) P("a", "PropagationPolicy", ALL)), "a");
	assert_string_equal(
		chosen(&a, P("a", "PropagationPolicy", ALL) P("b", "PropagationPolicy", NAMED)),
		"b");
	assert_string_equal(chosen(&a, P("a", "PropagationPolicy", NAMED)
					       P("b", "PropagationPolicy", ALL ", priority: 2")),
			    "b");
	assert_string_equal(chosen(&a, P("a", "ClusterPropagationPolicy", NAMED)
					       P("b", "PropagationPolicy", ALL)),
			    "b");
	assert_string_equal(chosen(&a, P("a", "ClusterPropagationPolicy", ALL)), "a");
	assert_string_equal(
		chosen(&a,
		       "- {apiVersion: other.io/v1, kind: PropagationPolicy, metadata: {name: x},"
		       "   spec: {" NAMED "}}"),
		"");
}

static void kinds_that_nobody_knows_are_asked_for(void **state)
{
	struct arena a scoped_arena = {0};
	size_t n;
	const char *text =
		"- {apiVersion: example.org/v1, kind: Widget, metadata: {name: w}}\n"
		"- {apiVersion: example.org/v1, kind: Realm, metadata: {name: r}}\n"
		"- {apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition,\n"
		"   metadata: {name: realms.example.org}, spec: {scope: Cluster, names: {kind: "
		"Realm}}}\n";
	struct object_facts *o = facts(&a, text, NULL, &n);
	(void)state;

	assert_false(find(o, n, "Widget")->cluster_scoped);
	assert_true(find(o, n, "Realm")->cluster_scoped);
	assert_true(find(o, n, "CustomResourceDefinition")->cluster_scoped);
}

static void other_versions_of_known_kinds_have_the_same_scope(void **state)
{
	struct arena a scoped_arena = {0};
	size_t n;
	struct object_facts *o =
		facts(&a,
		      "[{apiVersion: apiextensions.k8s.io/v1beta1, kind: CustomResourceDefinition,"
		      "  metadata: {name: a}, spec: {names: {}}},"
		      " {apiVersion: apps/v1beta2, kind: Deployment, metadata: {name: b}},"
		      " {apiVersion: example.org/v1, kind: ClusterRole, metadata: {name: c}}]",
		      NULL, &n);
	(void)state;

	assert_true(find(o, n, "CustomResourceDefinition")->cluster_scoped);
	assert_false(find(o, n, "Deployment")->cluster_scoped);
	assert_false(find(o, n, "ClusterRole")->cluster_scoped); /* somebody else's */
}

static void an_object_without_a_name_is_refused(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_null(render_check(&a, yaml(&a, stock)));
	struct err *e = render_check(
		&a, yaml(&a, "[{kind: List, items: [{kind: Job, metadata: {generateName: x-}}]}]"));
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_INPUT);
	assert_string_equal(e->msg, "it makes a Job without a name (generateName 'x-'), which no "
				    "policy could bring to a cluster");
}

static void the_clusters_of_own_policies_are_told(void **state)
{
	struct arena a scoped_arena = {0};
	const char **names;
	size_t n;
	(void)state;

	render_own_clusters(
		&a,
		yaml(&a, "[{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}},"
			 " {apiVersion: apps/v1, kind: StatefulSet, metadata: {name: e}},"
			 " {apiVersion: v1, kind: Service, metadata: {name: s}},"
			 " {apiVersion: policy.karmada.io/v1alpha1, kind: PropagationPolicy,"
			 "  metadata: {name: p}, spec: {placement: {clusterAffinity: "
			 "{clusterNames: [x, y]}},"
			 "  resourceSelectors: [{apiVersion: apps/v1, kind: Deployment},"
			 "  {apiVersion: apps/v1, kind: StatefulSet}]}},"
			 " {apiVersion: policy.karmada.io/v1alpha1, kind: PropagationPolicy,"
			 "  metadata: {name: q}, spec: {placement: {clusterAffinity: "
			 "{clusterNames: [z]}},"
			 "  resourceSelectors: [{apiVersion: v1, kind: Service}]}}]"),
		"shop", &names, &n);
	assert_int_equal(n, 2);
	assert_string_equal(names[0], "x");
	assert_string_equal(names[1], "y");
}

static void strange_documents_are_passed_over(void **state)
{
	struct arena a scoped_arena = {0};
	size_t n;
	(void)state;

	facts(&a,
	      "[null, 5, text, {kind: X}, {metadata: {name: y}}, {kind: 5, metadata: {name: z}},"
	      " {kind: Service, metadata: {name: s}, spec: {ports: {a: b}}},"
	      " {kind: Deployment, metadata: {name: d}, spec: [1]}]",
	      NULL, &n);
	assert_int_equal(n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_are_told_by_kind_and_name),
		cmocka_unit_test(pods_are_found_wherever_they_stand),
		cmocka_unit_test(what_pods_need_beside_their_containers_is_read),
		cmocka_unit_test(what_a_move_would_lose_is_data),
		cmocka_unit_test(secrets_do_not_get_into_facts),
		cmocka_unit_test(a_policy_covers_only_what_it_selects),
		cmocka_unit_test(how_a_policy_divides_replicas_is_told),
		cmocka_unit_test(policies_compete_as_karmada_lets_them),
		cmocka_unit_test(kinds_that_nobody_knows_are_asked_for),
		cmocka_unit_test(other_versions_of_known_kinds_have_the_same_scope),
		cmocka_unit_test(an_object_without_a_name_is_refused),
		cmocka_unit_test(the_clusters_of_own_policies_are_told),
		cmocka_unit_test(strange_documents_are_passed_over),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
