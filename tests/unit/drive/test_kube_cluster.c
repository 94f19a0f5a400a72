// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "recorded.h"

#include "drive/kube_cluster.h"
#include "model/snapshot.h"

#define GIB ((int64_t)1 << 30)

static struct cluster read_yaml(struct arena *a, const char *text)
{
	struct cluster c;

	cluster_read(a, yaml(a, text), &c);
	return c;
}

static void a_recorded_cluster_is_read_whole(void **state)
{
	struct arena a scoped_arena = {0};
	struct node *third = node_first(recorded(&a, "karmada/clusters.json"))->next->next;
	struct cluster c;
	(void)state;

	cluster_read(&a, third, &c);
	assert_string_equal(c.name, "member3");
	assert_true(c.ready);
	assert_null(c.ready_reason);
	assert_string_equal(c.region, "eu-north");
	assert_string_equal(c.provider, "testbed");
	assert_string_equal(c.sync_mode, "Push");
	assert_string_equal(c.kubernetes_version, "v1.35.8");
	assert_int_equal(c.n_zones, 1);
	assert_string_equal(c.zones[0], "eu-north-1");
	assert_int_equal(c.n_labels, 1);
	assert_string_equal(c.labels[0].value, "cloud");
	assert_true(c.has_summary);
	assert_int_equal(amounts_get(&c.allocatable, "cpu"), 24000);
	assert_int_equal(amounts_get(&c.allocatable, "memory"), 96 * GIB);
	assert_int_equal(amounts_get(&c.allocatable, "nvidia.com/gpu"), 2);
	assert_int_equal(c.nodes_total, 2);
	assert_int_equal(c.nodes_ready, 2);
	assert_false(c.has_mcs);
	assert_int_equal(c.largest_node.n, 0);
}

static void the_largest_node_is_the_most_of_each_resource(void **state)
{
	struct arena a scoped_arena = {0};
	struct cluster c = {0};
	(void)state;

	cluster_read_nodes(&a, recorded(&a, "karmada/nodes.json"), &c);
	assert_int_equal(amounts_get(&c.largest_node, "cpu"), 16000);
	assert_int_equal(amounts_get(&c.largest_node, "memory"), 64 * GIB);
	assert_int_equal(amounts_get(&c.largest_node, "nvidia.com/gpu"), 2);
}

static void nodes_that_take_no_pods_do_not_count(void **state)
{
	struct arena a scoped_arena = {0};
	struct cluster c = {0};
	(void)state;

	cluster_read_nodes(
		&a,
		yaml(&a,
		     "- {status: {allocatable: {cpu: 64}, conditions: [{type: Ready, status: "
		     "Unknown}]}}\n"
		     "- {spec: {unschedulable: true}, status: {allocatable: {cpu: 32}, conditions:"
		     "   [{type: Ready, status: 'True'}]}}\n"
		     "- {status: {allocatable: {cpu: 3999m, memory: 1Gi}, conditions:"
		     "   [{type: MemoryPressure, status: 'False'}, {type: Ready, status: "
		     "'True'}]}}\n"),
		&c);
	assert_int_equal(amounts_get(&c.largest_node, "cpu"), 3999);
}

static void readiness_is_the_condition_of_type_ready(void **state)
{
	static const struct {
		const char *text;
		bool ready;
		const char *reason;
	} cases[] = {
		{"status: {conditions: [{type: Ready, status: 'True', reason: Whatever}]}", true,
		 NULL},
		{"status: {conditions: [{type: CompleteAPIEnablements, status: 'True'},"
		 " {type: Ready, status: 'False', reason: ClusterNotReachable, message: \"no\\e "
		 "route\"}]}",
		 false, "ClusterNotReachable: no? route"},
		{"status: {conditions: [{type: Ready, status: Unknown}]}", false, "not Ready: "},
		{"status: {}", false, "it has not reported yet"},
		{"metadata: {deletionTimestamp: '2026-01-01T00:00:00Z'}\n"
		 "status: {conditions: [{type: Ready, status: 'True'}]}",
		 false, "it is leaving the federation"},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		struct cluster c = read_yaml(&a, cases[i].text);

		assert_int_equal(c.ready, cases[i].ready);
		if (cases[i].reason)
			assert_string_equal(c.ready_reason, cases[i].reason);
		else
			assert_null(c.ready_reason);
	}
}

static void capacity_is_rounded_down_and_use_up(void **state)
{
	struct arena a scoped_arena = {0};
	struct cluster c = read_yaml(
		&a,
		"status: {resourceSummary: {allocatable: {cpu: 1999999u, memory: 2000m, pods: 110},"
		" allocated: {cpu: 1000001u, memory: 100m}, allocating: {cpu: 1u, pods: 1}}}");
	(void)state;

	assert_true(c.has_summary);
	assert_int_equal(amounts_get(&c.allocatable, "cpu"), 1999);
	assert_int_equal(amounts_get(&c.allocatable, "memory"), 2);
	assert_int_equal(amounts_get(&c.allocated, "cpu"), 1001 + 1);
	assert_int_equal(amounts_get(&c.allocated, "memory"), 1);
	assert_int_equal(amounts_get(&c.allocated, "pods"), 1);
}

static void a_cluster_that_reports_nothing_has_no_summary(void **state)
{
	static const char *const texts[] = {
		"status: {}",
		"{}",
		"status: {resourceSummary: {}}",
		"status: {resourceSummary: {allocatable: {cpu: 4}}}",
		"status: {resourceSummary: {allocatable: {cpu: broken, memory: 1Gi}}}",
		"status: {resourceSummary: [1]}",
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(texts); i++)
		assert_false(read_yaml(&a, texts[i]).has_summary);
}

static void taints_zones_and_services_across_clusters_are_read(void **state)
{
	struct arena a scoped_arena = {0};
	struct cluster c = read_yaml(
		&a,
		"spec: {zone: old-zone, taints: [{key: b, effect: NoExecute}, {key: a, value: x,"
		" effect: NoSchedule}]}\n"
		"status: {apiEnablements: [{groupVersion: multicluster.x-k8s.io/v1alpha1, "
		"resources:"
		" [{kind: ServiceExport}, {kind: ServiceImport}]}]}");
	(void)state;

	assert_int_equal(c.n_taints, 2);
	assert_string_equal(c.taints[0].key, "a");
	assert_string_equal(c.taints[0].value, "x");
	assert_string_equal(c.taints[1].effect, "NoExecute");
	assert_int_equal(c.n_zones, 1);
	assert_string_equal(c.zones[0], "old-zone");
	assert_true(c.has_mcs);
	c = read_yaml(&a, "status: {apiEnablements: [{groupVersion: multicluster.x-k8s.io/v1alpha1,"
			  " resources: [{kind: ServiceExport}]}]}");
	assert_false(c.has_mcs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recorded_cluster_is_read_whole),
		cmocka_unit_test(the_largest_node_is_the_most_of_each_resource),
		cmocka_unit_test(nodes_that_take_no_pods_do_not_count),
		cmocka_unit_test(readiness_is_the_condition_of_type_ready),
		cmocka_unit_test(capacity_is_rounded_down_and_use_up),
		cmocka_unit_test(a_cluster_that_reports_nothing_has_no_summary),
		cmocka_unit_test(taints_zones_and_services_across_clusters_are_read),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
