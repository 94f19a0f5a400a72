// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "kit.h"
#include "plan/capacity.h"

#define CLUSTERS                                                                                   \
	"clusters: [{name: c, ready: true, hasSummary: true, allocatable: {cpu: '8', memory: "     \
	"8Gi}, "                                                                                   \
	"allocated: {cpu: '5', memory: 2Gi}}]\n"
#define OURS(kind)                                                                                 \
	"workloads: [{kind: " kind ", name: web, namespace: shop, graph: demo, service: web, "     \
	"replicas: 2, clusters: [c], requests: {cpu: '1', memory: 1Gi}, shares: [{cluster: c, "    \
	"replicas: 2, ready: 2}]}]\n"

static const char *free_of(struct arena *arena, const char *text, bool with_own)
{
	struct snapshot s = kit_snapshot(arena, text);
	struct amounts left = capacity_free(arena, &s, &s.clusters[0], with_own);

	return kit_amounts(arena, &left);
}

static void what_we_run_is_counted_back_on_demand(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(free_of(&a, CLUSTERS OURS("Deployment"), false), "cpu 3, memory 6Gi");
	assert_string_equal(free_of(&a, CLUSTERS OURS("Deployment"), true), "cpu 5, memory 8Gi");
	assert_string_equal(free_of(&a, CLUSTERS OURS("Job"), true), "cpu 3, memory 6Gi");
}

static void more_than_is_allocated_is_never_counted_back(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(
		free_of(&a,
			"clusters: [{name: c, hasSummary: true, allocatable: {cpu: '8'}, "
			"allocated: "
			"{cpu: '1'}}]\n"
			"reservations: [{graph: other, service: x, cluster: c, replicas: 1, "
			"perReplica: {cpu: '3'}}]\n" OURS("Deployment"),
			true),
		"cpu 5");
}

static void reservations_of_others_count_and_our_own_do_not(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(free_of(&a,
				    CLUSTERS
				    "reservations: [{graph: demo, service: web, cluster: c, "
				    "replicas: 1, perReplica: {cpu: '1'}}, {graph: other, "
				    "service: x, cluster: c, replicas: 2, perReplica: {cpu: "
				    "'1'}}, {graph: other, service: x, cluster: d, replicas: "
				    "2, perReplica: {cpu: '1'}}]",
				    false),
			    "cpu 1, memory 6Gi");
}

static void overrides_tell_what_our_pods_really_request(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(
		free_of(&a,
			CLUSTERS OURS(
				"Deployment") "objects: [{apiVersion: policy.karmada.io/v1alpha1, "
					      "kind: OverridePolicy, name: smo-web, namespace: "
					      "shop, body: {spec: "
					      "{resourceSelectors: [{kind: Deployment, name: "
					      "web}], overrideRules: "
					      "[{overriders: {plaintext: [{path: "
					      "/spec/template/spec/containers/0/resources, "
					      "operator: replace, value: "
					      "{requests: {cpu: 500m}, limits: {cpu: '1', memory: "
					      "512Mi}}}]}}]}}}]",
			true),
		"cpu 4, memory 7Gi");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_we_run_is_counted_back_on_demand),
		cmocka_unit_test(more_than_is_allocated_is_never_counted_back),
		cmocka_unit_test(reservations_of_others_count_and_our_own_do_not),
		cmocka_unit_test(overrides_tell_what_our_pods_really_request),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
