// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "doc/json.h"
#include "doc/node.h"
#include "doc/yaml.h"
#include "kit.h"
#include "plan/overrides.h"

/* The value for container 0 of a chart that limits it to @limits. */
static const char *value(struct arena *arena, const char *service, struct amounts limits)
{
	struct graph g =
		kit_graph(arena, arena_printf(arena,
					      "[{id: web, artifact: {ociImage: 'oci://r/w:1'}, "
					      "deployment: {intent: {compute: %s}}}]",
					      service));
	struct container_facts c = {.name = "app", .limits = limits};
	struct object_facts o = {.api_version = "apps/v1",
				 .kind = "Deployment",
				 .name = "web",
				 .pod_path = "/spec/template",
				 .containers = &c,
				 .n_containers = 1};
	struct chart_facts f = {.service = "web", .objects = &o, .n_objects = 1};
	struct node *policy = override_policy(arena, &g.services[0], &f, "shop", -1);
	struct node *rule = node_first(node_at(policy, "spec.overrideRules"));

	return policy ? json_write(arena,
				   node_get(node_first(node_at(rule, "overriders.plaintext")),
					    "value"),
				   JSON_COMPACT)
		      : "none";
}

static void an_intent_is_request_and_limit_but_storage_is_a_request(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(value(&a, "{cpu: '1', storage: 1Gi}", (struct amounts){0}),
			    "{\"limits\":{\"cpu\":\"1\"},\"requests\":{\"cpu\":\"1\","
			    "\"ephemeral-storage\":\"1Gi\"}}");
	struct amount own[] = {{"ephemeral-storage", 512 << 20}};
	assert_string_equal(value(&a, "{storage: 1Gi}", (struct amounts){own, 1}),
			    "{\"limits\":{\"ephemeral-storage\":\"1Gi\"},\"requests\":{"
			    "\"ephemeral-storage\":\"1Gi\"}}");
}

static void limits_of_cpu_may_be_larger_and_those_of_devices_may_not(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	struct amount cpu[] = {{"cpu", 4000}}, gpu[] = {{"nvidia.com/gpu", 2}};

	assert_string_equal(value(&a, "{cpu: '1'}", (struct amounts){cpu, 1}),
			    "{\"limits\":{\"cpu\":\"4\"},\"requests\":{\"cpu\":\"1\"}}");
	assert_string_equal(value(&a, "{gpu: {enabled: true}}", (struct amounts){gpu, 1}),
			    "{\"limits\":{\"nvidia.com/gpu\":\"1\"},\"requests\":{\"nvidia.com/"
			    "gpu\":\"1\"}}");
}

static void no_intent_is_no_override(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(value(&a, "{}", (struct amounts){0}), "none");
}

static void what_a_pod_asks_for_beside_its_containers_stays_in_the_sum(void **state)
{
	struct arena a scoped_arena = {0};
	struct amount besides[] = {{"cpu", 50}}, start[] = {{"memory", 1 << 20}};
	struct node *body = NULL;
	static const char text[] =
		"{spec: {resourceSelectors: [{kind: Deployment, name: web}], overrideRules: "
		"[{overriders: {plaintext: [{value: {requests: {cpu: '1'}}}]}}]}}";
	(void)state;

	assert_null(yaml_read(&a, "body", text, sizeof(text) - 1, &body));
	struct object_facts o = {
		.kind = "Deployment", .name = "web", .besides = {besides, 1}, .start = {start, 1}};
	struct chart_facts f = {.service = "web", .objects = &o, .n_objects = 1};
	struct owned_object override = {
		.kind = "OverridePolicy", .namespace_ = "shop", .body = body};
	struct workload w = {
		.kind = "Deployment", .name = "web", .namespace_ = "shop", .service = "web"};
	struct snapshot s = {.charts = &f, .n_charts = 1, .objects = &override, .n_objects = 1};
	struct amounts sum = override_requests(&a, &s, &w);

	assert_string_equal(kit_amounts(&a, &sum), "cpu 1050m, memory 1Mi");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_intent_is_request_and_limit_but_storage_is_a_request),
		cmocka_unit_test(limits_of_cpu_may_be_larger_and_those_of_devices_may_not),
		cmocka_unit_test(what_a_pod_asks_for_beside_its_containers_stays_in_the_sum),
		cmocka_unit_test(no_intent_is_no_override),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
