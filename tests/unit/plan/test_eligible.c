// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "kit.h"
#include "plan/eligible.h"

/* Why a service of 1 cpu and @intent may not run on @cluster, or "". */
static const char *why(struct arena *arena, const char *intent, const char *cluster, bool home)
{
	struct graph g =
		kit_graph(arena, arena_printf(arena,
					      "[{id: web, artifact: {ociImage: 'oci://r/w:1'}, "
					      "deployment: {intent: {%s}}}]",
					      intent));
	struct snapshot s =
		kit_snapshot(arena, arena_printf(arena, "clusters: [{name: c, %s}]", cluster));
	struct demand d;

	demand_of(arena, &g.services[0], NULL, 0, &d);
	const char *text = eligible_not(arena, &g.services[0], &d, &s.clusters[0],
					&s.clusters[0].allocatable, home);
	return text ? text : "";
}

#define TAINT(effect) "taints: [{key: k, effect: " effect "}], " UP
#define UP            "ready: true, hasSummary: true, allocatable: {cpu: '4', memory: 4Gi}"

static void a_cluster_must_be_there_and_tell_what_it_has(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(why(&a, "", UP, false), "");
	assert_string_equal(why(&a, "", "ready: true", false),
			    "does not report its cpu and memory");
	assert_string_equal(why(&a, "", "ready: false, readyReason: Down", false),
			    "is not ready: Down");
	assert_string_equal(why(&a, "", "gone: true, " UP, false), "has left the federation");
}

static void cordons_and_taints_drive_nobody_out_but_noexecute_does(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(why(&a, "", "cordoned: true, " UP, false), "is cordoned");
	assert_string_equal(why(&a, "", "cordoned: true, " UP, true), "");
	assert_string_equal(why(&a, "", TAINT("NoSchedule"), true), "");
	assert_string_equal(why(&a, "", TAINT("PreferNoSchedule"), false), "");
	assert_string_equal(why(&a, "", TAINT("NoExecute"), true),
			    "has the taint 'k' (NoExecute), which it does not tolerate");
	assert_string_equal(why(&a, "location: {tolerations: [k]}", TAINT("NoExecute"), false), "");
}

static void the_largest_node_counts_and_a_single_node_is_the_cluster(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	const char *three = "compute: {cpu: '3'}";

	assert_string_equal(why(&a, three, "largestNode: {cpu: '2'}, " UP, false),
			    "has no node for a pod of 3 cores: its largest has 2 cores");
	assert_string_equal(why(&a, "compute: {cpu: '5'}", "nodesTotal: 1, " UP, false),
			    "has no node for a pod of 5 cores: its largest has 4 cores");
	assert_string_equal(why(&a, three, "nodesTotal: 2, " UP, false), "");
}

static void storage_may_be_unknown_and_devices_may_not(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(why(&a, "compute: {storage: small}", UP, false), "");
	assert_string_equal(why(&a, "compute: {gpu: {enabled: true}}", UP, false),
			    "has no nvidia.com/gpu");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cluster_must_be_there_and_tell_what_it_has),
		cmocka_unit_test(cordons_and_taints_drive_nobody_out_but_noexecute_does),
		cmocka_unit_test(the_largest_node_counts_and_a_single_node_is_the_cluster),
		cmocka_unit_test(storage_may_be_unknown_and_devices_may_not),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
