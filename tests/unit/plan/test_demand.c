// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "kit.h"
#include "plan/demand.h"

static struct container_facts containers[2] = {{.name = "app"}, {.name = "side"}};
static struct amount side_cpu[] = {{"cpu", 300}};

static struct object_facts deployment(const char *kind, const char *name)
{
	return (struct object_facts){.kind = kind,
				     .name = name,
				     .replicas = 1,
				     .pod_path = "/spec/template",
				     .containers = containers,
				     .n_containers = 2};
}

static void the_main_workload_is_named_like_the_service_and_serves(void **state)
{
	(void)state;

	struct object_facts objects[] = {deployment("Deployment", "cache"),
					 deployment("Job", "web"),
					 deployment("StatefulSet", "web")};
	struct chart_facts f = {.service = "web", .objects = objects, .n_objects = 3};

	assert_ptr_equal(main_workload(&f), &objects[2]);
	f.service = "other";
	assert_ptr_equal(main_workload(&f), &objects[0]);
	objects[0].hook = objects[2].hook = true;
	assert_ptr_equal(main_workload(&f), &objects[1]);
	f.n_objects = 0;
	assert_null(main_workload(&f));
}

static struct demand demand(struct arena *arena, const char *compute, int64_t replicas)
{
	struct graph g = kit_graph(
		arena, arena_printf(arena,
				    "[{id: web, artifact: {ociImage: 'oci://r/web:1'}, deployment: "
				    "{intent: {compute: %s}}}]",
				    compute));
	struct object_facts *o = arena_new_n(arena, struct object_facts, 2);
	struct chart_facts f = {.service = "web", .objects = o, .n_objects = 2};
	struct demand d;

	o[0] = deployment("Deployment", "web");
	o[1] = deployment("Deployment", "cache");
	o[1].replicas = 2;
	demand_of(arena, &g.services[0], &f, replicas, &d);
	return d;
}

static void side_workloads_are_counted_once_and_the_intent_is_for_the_main_pod(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	containers[1].requests = (struct amounts){side_cpu, 1};
	struct demand d = demand(&a, "{cpu: '1', ram: 1Gi}", 3);

	assert_string_equal(kit_amounts(&a, &d.per_replica), "cpu 1, memory 1Gi");
	assert_string_equal(kit_amounts(&a, &d.fixed), "cpu 600m");
	assert_string_equal(kit_amounts(&a, &d.total), "cpu 3600m, memory 3Gi");
	assert_int_equal(d.n_pods, 2);
}

static void an_intent_below_what_others_request_changes_nothing(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	containers[1].requests = (struct amounts){side_cpu, 1};
	struct demand d = demand(&a, "{cpu: 200m}", 0);

	assert_string_equal(kit_amounts(&a, &d.per_replica), "cpu 300m");
	assert_int_equal(d.replicas, 1);
}

static void limits_count_where_nothing_is_requested(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	struct amount limit[] = {{"memory", 1024}};

	containers[1].requests = (struct amounts){side_cpu, 1};
	containers[1].limits = (struct amounts){limit, 1};
	struct demand d = demand(&a, "{}", 0);
	containers[1].limits = (struct amounts){0};
	assert_string_equal(kit_amounts(&a, &d.per_replica), "cpu 300m, memory 1Ki");
}

static void init_containers_and_sidecars_need_room_too(void **state)
{
	struct arena a scoped_arena = {0};
	struct amount besides[] = {{"cpu", 50}}, start[] = {{"cpu", 2000}, {"memory", 1024}};
	struct graph g =
		kit_graph(&a, "[{id: web, artifact: {ociImage: 'oci://r/web:1'}, deployment: "
			      "{intent: {compute: {cpu: small}}}}]");
	struct object_facts o = deployment("Deployment", "web");
	struct chart_facts f = {.service = "web", .objects = &o, .n_objects = 1};
	struct demand d;
	(void)state;

	o.besides = (struct amounts){besides, 1};
	demand_of(&a, &g.services[0], &f, 1, &d);
	assert_string_equal(kit_amounts(&a, &d.per_replica), "cpu 1050m");
	o.start = (struct amounts){start, 2};
	demand_of(&a, &g.services[0], &f, 1, &d);
	assert_string_equal(kit_amounts(&a, &d.per_replica), "cpu 2, memory 1Ki");
}

static void an_unknown_chart_needs_what_its_intents_say(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	struct graph g =
		kit_graph(&a, "[{id: web, artifact: {ociImage: 'oci://r/web:1'}, deployment: "
			      "{intent: {compute: {cpu: small}}}}]");
	struct demand d;

	demand_of(&a, &g.services[0], NULL, 2, &d);
	assert_string_equal(kit_amounts(&a, &d.total), "cpu 2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_main_workload_is_named_like_the_service_and_serves),
		cmocka_unit_test(
			side_workloads_are_counted_once_and_the_intent_is_for_the_main_pod),
		cmocka_unit_test(an_intent_below_what_others_request_changes_nothing),
		cmocka_unit_test(limits_count_where_nothing_is_requested),
		cmocka_unit_test(init_containers_and_sidecars_need_room_too),
		cmocka_unit_test(an_unknown_chart_needs_what_its_intents_say),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
