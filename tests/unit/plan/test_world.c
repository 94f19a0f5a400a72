// SPDX-License-Identifier: Apache-2.0
/* What was seen on a real Karmada, case by case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/yaml.h"
#include "plan/world.h"

static struct taint gpu_only = {"gpu", "yes", "NoSchedule"};
static struct text_pair edge_labels[] = {{"tier", "edge"}};

static const struct cluster clusters[] = {
	{.name = "m1", .ready = true, .region = "eu", .labels = edge_labels, .n_labels = 1},
	{.name = "m2", .ready = true, .region = "us"},
	{.name = "m3", .ready = true, .region = "eu", .taints = &gpu_only, .n_taints = 1},
};

static struct container_facts web_container = {.name = "web"};
static const struct object_facts web = {
	.kind = "Deployment",
	.name = "web",
	.replicas = 1,
	.pod_path = "/spec/template",
	.containers = &web_container,
	.n_containers = 1,
};

static struct node *yaml(struct arena *a, const char *text)
{
	struct node *n = NULL;
	struct err *e = yaml_read(a, "test", text, strlen(text), &n);

	if (e)
		fail_msg("%s", e->msg);
	return n;
}

static struct owned_object object(struct arena *a, const char *kind, const char *name,
				  const char *body)
{
	return (struct owned_object){
		.kind = kind, .name = name, .namespace_ = "test", .body = yaml(a, body)};
}

/* "m1:2 m2:1", "m1:2!" where blocked, or the reason in brackets. */
static const char *bound(struct arena *a, const struct owned_object *objects, size_t n,
			 const struct world_subject *subject)
{
	struct world w = {clusters, countof(clusters), objects, n};
	struct str out = {.a = a};
	struct world_binding b;

	world_bind(a, &w, subject, &b);
	for (size_t i = 0; i < b.n_parts; i++)
		str_addf(&out, "%s%s:%d%s", i ? " " : "", b.parts[i].cluster,
			 (int)b.parts[i].replicas, b.parts[i].blocked ? "!" : "");
	if (!b.scheduled)
		str_addf(&out, "[%s]", b.reason);
	return str_text(&out);
}

/* A Deployment with @replicas that is nowhere yet, under one policy with @placement. */
static const char *fresh(struct arena *a, int64_t replicas, const char *placement)
{
	const char *body = arena_printf(
		a, "{spec: {resourceSelectors: [{kind: Deployment, name: web}], placement: %s}}",
		placement);
	struct owned_object policy = object(a, "PropagationPolicy", "p", body);
	struct workload now = {
		.kind = "Deployment", .name = "web", .namespace_ = "test", .replicas = replicas};
	struct world_subject s = {.facts = &web, .release = "web", .now = &now};

	return bound(a, &policy, 1, &s);
}

static void a_policy_sends_a_workload_to_the_clusters_it_names(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(fresh(&a, 3, "{clusterAffinity: {clusterNames: [m2, m1]}}"),
			    "m1:3 m2:3");
	assert_string_equal(fresh(&a, 3, "{clusterAffinity: {exclude: [m2]}}"), "m1:3");
	assert_string_equal(fresh(&a, 1,
				  "{clusterAffinity: {labelSelector: {matchLabels: {tier: "
				  "edge}}}}"),
			    "m1:1");
	assert_string_equal(fresh(&a, 1,
				  "{clusterAffinity: {fieldSelector: {matchExpressions: "
				  "[{key: region, operator: In, values: [us]}]}}}"),
			    "m2:1");
}

static void no_names_mean_every_cluster_that_is_not_tainted(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(fresh(&a, 1, "{}"), "m1:1 m2:1");
	assert_string_equal(fresh(&a, 1, "{clusterAffinity: {clusterNames: []}}"), "m1:1 m2:1");
	assert_string_equal(fresh(&a, 1, "{clusterTolerations: [{key: gpu, operator: Exists}]}"),
			    "m1:1 m2:1 m3:1");
}

static void an_unknown_cluster_fits_nothing_and_removes_what_is_there(void **state)
{
	struct arena a scoped_arena = {0};
	const char *m1[] = {"m1"};
	struct workload now = {.kind = "Deployment",
			       .name = "web",
			       .namespace_ = "test",
			       .replicas = 1,
			       .clusters = m1,
			       .n_clusters = 1};
	struct world_subject s = {.facts = &web, .now = &now};
	struct owned_object p =
		object(&a, "PropagationPolicy", "p",
		       "{spec: {resourceSelectors: [{kind: Deployment, name: web}], placement: "
		       "{clusterAffinity: {clusterNames: [mars]}}}}");
	(void)state;

	assert_string_equal(bound(&a, &p, 1, &s), "[NoClusterFit: 0/3 clusters are available]");
	assert_string_equal(fresh(&a, 1, "{clusterAffinity: {clusterNames: [mars, m2]}}"), "m2:1");
}

static void replicas_are_divided_by_weight_with_the_rest_to_the_heaviest(void **state)
{
	static const struct {
		int64_t replicas;
		const char *want;
	} cases[] = {{3, "m1:2 m2:1"}, {7, "m1:5 m2:2"}, {1, "m1:1"}, {0, "m1:0 m2:0"}};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++)
		assert_string_equal(
			fresh(&a, cases[i].replicas,
			      "{clusterAffinity: {clusterNames: [m1, m2]}, replicaScheduling: "
			      "{replicaSchedulingType: Divided, replicaDivisionPreference: "
			      "Weighted, weightPreference: {staticWeightList: [{targetCluster: "
			      "{clusterNames: [m1]}, weight: 2}, {targetCluster: {clusterNames: "
			      "[m2]}, weight: 1}]}}}"),
			cases[i].want);
}

static void without_a_policy_nothing_happens(void **state)
{
	struct arena a scoped_arena = {0};
	struct workload now = {.kind = "Deployment", .name = "web", .namespace_ = "test"};
	struct world_subject s = {.facts = &web, .now = &now};
	struct owned_object elsewhere =
		object(&a, "PropagationPolicy", "p",
		       "{spec: {resourceSelectors: [{kind: Deployment, name: web}]}}");
	(void)state;

	elsewhere.namespace_ = "other";
	assert_string_equal(bound(&a, &elsewhere, 1, &s), "[no policy propagates it]");
}

static void what_runs_goes_on_when_its_policy_goes(void **state)
{
	struct arena a scoped_arena = {0};
	const char *m2[] = {"m2"};
	struct workload_share share = {.cluster = "m2", .replicas = 2};
	struct workload now = {.kind = "Deployment",
			       .name = "web",
			       .namespace_ = "test",
			       .replicas = 2,
			       .clusters = m2,
			       .n_clusters = 1,
			       .shares = &share,
			       .n_shares = 1};
	struct world_subject s = {.facts = &web, .now = &now};
	(void)state;

	assert_string_equal(bound(&a, NULL, 0, &s), "m2:2");
}

static void a_taint_keeps_newcomers_away_and_drives_nobody_out(void **state)
{
	struct arena a scoped_arena = {0};
	const char *m3[] = {"m3"};
	struct workload now = {.kind = "Deployment",
			       .name = "web",
			       .namespace_ = "test",
			       .replicas = 1,
			       .clusters = m3,
			       .n_clusters = 1};
	struct world_subject s = {.facts = &web, .now = &now};
	struct owned_object p =
		object(&a, "PropagationPolicy", "p",
		       "{spec: {resourceSelectors: [{kind: Deployment, name: web}], placement: "
		       "{clusterAffinity: {clusterNames: [m3]}}}}");
	(void)state;

	assert_string_equal(bound(&a, &p, 1, &s), "m3:1");
	assert_string_equal(fresh(&a, 1, "{clusterAffinity: {clusterNames: [m3]}}"),
			    "[NoClusterFit: 0/3 clusters are available]");
}

static void a_charts_own_policy_follows_its_value(void **state)
{
	struct arena a scoped_arena = {0};
	struct object_facts own = web;
	struct workload now = {
		.kind = "Deployment", .name = "web", .namespace_ = "test", .replicas = 1};
	struct world_subject s = {.facts = &own, .now = &now};
	(void)state;

	own.own_policy = own.policy_follows = true;
	s.values = yaml(&a, "{clustersAffinity: [m2]}");
	assert_string_equal(bound(&a, NULL, 0, &s), "m2:1");
	s.values = yaml(&a, "{voChartOverwrite: {clustersAffinity: [m1]}}");
	assert_string_equal(bound(&a, NULL, 0, &s), "m1:1");
	s.values = yaml(&a, "{clustersAffinity: []}");
	assert_string_equal(bound(&a, NULL, 0, &s), "m1:1 m2:1");
	s.values = yaml(&a, "{clustersAffinity: ['m1,m2']}");
	assert_string_equal(bound(&a, NULL, 0, &s), "m1:1 m2:1");
	s.values = yaml(&a, "{clustersAffinity: m2}");
	assert_string_equal(bound(&a, NULL, 0, &s), "m2:1");
	s.affinity_path = "karmada.clustersAffinity";
	s.values = yaml(&a, "{clustersAffinity: m2, karmada: {clustersAffinity: [m1]}}");
	assert_string_equal(bound(&a, NULL, 0, &s), "m1:1");
	own.policy_divides = DIVIDES_EVENLY;
	now.replicas = 4;
	s.values = yaml(&a, "{karmada: {clustersAffinity: [m1, m2]}}");
	assert_string_equal(bound(&a, NULL, 0, &s), "m1:2 m2:2");
}

static struct world_part overridden(struct arena *a, const char *plaintext, bool *ret_any)
{
	struct owned_object objects[] = {
		object(a, "PropagationPolicy", "p",
		       "{spec: {resourceSelectors: [{kind: Deployment, name: web}], placement: "
		       "{clusterAffinity: {clusterNames: [m1]}}}}"),
		object(a, "OverridePolicy", "o",
		       arena_printf(a,
				    "{spec: {resourceSelectors: [{kind: Deployment, name: web}], "
				    "overrideRules: [{overriders: {plaintext: [%s]}}]}}",
				    plaintext)),
	};
	struct workload now = {
		.kind = "Deployment", .name = "web", .namespace_ = "test", .replicas = 1};
	struct world_subject s = {.facts = &web, .now = &now};
	struct world w = {clusters, countof(clusters), objects, countof(objects)};
	struct world_binding b;

	world_bind(a, &w, &s, &b);
	*ret_any = b.n_parts == 1;
	return *ret_any ? b.parts[0] : (struct world_part){0};
}

static void an_override_changes_what_a_pod_takes(void **state)
{
	struct arena a scoped_arena = {0};
	struct world_part p;
	bool any;
	(void)state;

	p = overridden(&a,
		       "{path: /spec/template/spec/containers/0/resources, operator: replace, "
		       "value: {requests: {cpu: 500m}, limits: {cpu: 1, memory: 1Gi}}}",
		       &any);
	assert_true(any);
	assert_null(p.blocked);
	assert_int_equal(amounts_get(&p.requests, "cpu"), 500);
	assert_int_equal(amounts_get(&p.requests, "memory"), 1 << 30); /* its limit */
	p = overridden(&a, "{path: /spec/replicas, operator: replace, value: 4}", &any);
	assert_int_equal(p.replicas, 4);
}

static void an_override_that_fails_blocks_the_whole_object(void **state)
{
	static const char *const failing[] = {
		"{path: /spec/template/spec/containers/0/resources/limits/cpu, value: 1}",
		"{path: /spec/template/spec/containers/3/resources, operator: replace, value: {}}",
		"{path: '/spec/template/spec/containers/*/resources', operator: add, value: {}}",
	};
	struct arena a scoped_arena = {0};
	bool any;
	(void)state;

	for (size_t i = 0; i < countof(failing); i++) {
		struct world_part p = overridden(&a, failing[i], &any);

		assert_true(any);
		assert_non_null(p.blocked);
		assert_int_equal(p.replicas, 1);
	}
}

static void of_two_policies_the_more_important_then_the_closer_one_claims(void **state)
{
	struct arena a scoped_arena = {0};
	struct owned_object objects[] = {
		object(&a, "PropagationPolicy", "a-all",
		       "{spec: {resourceSelectors: [{kind: Deployment}], placement: "
		       "{clusterAffinity: {clusterNames: [m1]}}}}"),
		object(&a, "PropagationPolicy", "b-named",
		       "{spec: {resourceSelectors: [{kind: Deployment, name: web}], placement: "
		       "{clusterAffinity: {clusterNames: [m2]}}}}"),
	};
	struct workload now = {
		.kind = "Deployment", .name = "web", .namespace_ = "test", .replicas = 1};
	struct world_subject s = {.facts = &web, .now = &now};
	(void)state;

	assert_string_equal(bound(&a, objects, 2, &s), "m2:1");
	node_set_int(&a, node_get(objects[0].body, "spec"), "priority", 5);
	assert_string_equal(bound(&a, objects, 2, &s), "m1:1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_policy_sends_a_workload_to_the_clusters_it_names),
		cmocka_unit_test(no_names_mean_every_cluster_that_is_not_tainted),
		cmocka_unit_test(an_unknown_cluster_fits_nothing_and_removes_what_is_there),
		cmocka_unit_test(replicas_are_divided_by_weight_with_the_rest_to_the_heaviest),
		cmocka_unit_test(without_a_policy_nothing_happens),
		cmocka_unit_test(what_runs_goes_on_when_its_policy_goes),
		cmocka_unit_test(a_taint_keeps_newcomers_away_and_drives_nobody_out),
		cmocka_unit_test(a_charts_own_policy_follows_its_value),
		cmocka_unit_test(an_override_changes_what_a_pod_takes),
		cmocka_unit_test(an_override_that_fails_blocks_the_whole_object),
		cmocka_unit_test(of_two_policies_the_more_important_then_the_closer_one_claims),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
