// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "doc/node.h"
#include "model/kinds.h"
#include "model/plan.h"
#include "model/snapshot.h"

static void a_plan_is_a_table_aligned_at_what_people_look_for(void **state)
{
	int64_t after[] = {2, 3};
	struct step steps[] = {
		{.n = 1,
		 .kind = "rule",
		 .summary = "camera/main-event",
		 .reason = "camera starts on an event"},
		{.n = 2,
		 .kind = "release",
		 .summary = "noise-reduction on edge",
		 .reason = "nothing runs yet; edge has 3.0 of 4.0 cores left"},
		{.n = 3,
		 .kind = "release",
		 .summary = "detect on cloud",
		 .reason = "needs a GPU; only cloud has one"},
		{.n = 4, .kind = "dashboard", .summary = "demo", .after = after, .n_after = 2},
	};
	struct plan p = {.graph = "demo", .steps = steps, .n_steps = countof(steps)};
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(
		plan_text(&a, &p),
		"graph demo: 4 steps\n"
		"  1  put   rule       camera/main-event          camera starts on an event\n"
		"  2  put   release    noise-reduction on edge    nothing runs yet; edge has 3.0 "
		"of "
		"4.0 cores left\n"
		"  3  put   release    detect          on cloud   needs a GPU; only cloud has one\n"
		"  4  put   dashboard  demo                       after 2 3\n");
}

static void a_plan_tells_what_is_lost_and_what_to_know(void **state)
{
	int64_t after[] = {1};
	struct step steps[] = {
		{.n = 1, .verb = STEP_WAIT, .kind = "service", .summary = "db on b"},
		{.n = 2,
		 .verb = STEP_DELETE,
		 .kind = "release",
		 .item = "Release/p/db",
		 .reason = "not wanted any more",
		 .after = after,
		 .n_after = 1,
		 .loses_data = true},
	};
	const char *notes[] = {"storage is not checked"};
	struct plan p = {.graph = "demo",
			 .steps = steps,
			 .n_steps = countof(steps),
			 .notes = notes,
			 .n_notes = 1};
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(
		plan_text(&a, &p),
		"graph demo: 2 steps\n"
		"  1  wait    service  db on b\n"
		"  2  delete  release  Release/p/db   not wanted any more; after 1 (loses "
		"data)\n"
		"note: storage is not checked\n");
}

static void an_empty_plan_says_so(void **state)
{
	struct plan p = {.graph = "demo"};
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(plan_text(&a, &p), "graph demo: nothing to do\n");
}

static void terminal_escapes_do_not_reach_the_text(void **state)
{
	struct step step = {.n = 1, .kind = "release", .summary = "a", .reason = "\x1b[31mred"};
	struct plan p = {.graph = "demo", .steps = &step, .n_steps = 1};
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(plan_text(&a, &p),
			    "graph demo: 1 step\n  1  put   release  a   ?[31mred\n");
}

static void kinds_are_found_by_name_and_by_version(void **state)
{
	(void)state;

	assert_string_equal(object_kind(NULL, "Deployment")->plural, "deployments");
	assert_true(object_kind("apps/v1", "StatefulSet")->workload);
	assert_false(object_kind(NULL, "ClusterPropagationPolicy")->namespaced);
	assert_null(object_kind("apps/v1beta1", "Deployment"));
	assert_null(object_kind(NULL, "Frobnicator"));
}

static void a_digest_becomes_a_label_of_forty_digits(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_null(chart_digest_label(&a, NULL));
	assert_string_equal(chart_digest_label(&a, "sha256:abc"), "abc");
	assert_string_equal(chart_digest_label(&a,
					       "sha256:0123456789abcdef0123456789abcdef0123456789"
					       "abcdef0123456789abcdef"),
			    "0123456789abcdef0123456789abcdef01234567");
}

static void a_version_becomes_a_label_and_comes_back(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(chart_version_label(&a, "1.2.3-rc.1+b7"), "1.2.3-rc.1_b7");
	assert_string_equal(chart_version_of_label(&a, "1.2.3-rc.1_b7"), "1.2.3-rc.1+b7");
	assert_null(chart_version_label(&a, NULL));
	assert_null(chart_version_label(&a, ""));
	assert_null(chart_version_label(&a, "1.0.0 beta"));
	assert_null(chart_version_label(&a, "1.0.0-"));
	assert_null(chart_version_label(&a,
					"1.0.0-0123456789012345678901234567890123456789012345678"
					"901234567890123456789"));
	assert_null(chart_version_of_label(&a, NULL));
}

static void a_snapshot_keeps_no_secret_of_an_object(void **state)
{
	struct arena a scoped_arena = {0};
	struct node *m = node_new(&a, NODE_MAP);
	struct owned_object o;
	(void)state;

	node_set_str(&a, m, "apiVersion", "v1");
	node_set_str(&a, m, "kind", "Secret");
	struct node *meta = node_map_in(&a, m, "metadata");
	node_set_str(&a, meta, "name", "key");
	node_set_str(&a, node_map_in(&a, meta, "labels"), LABEL_SERVICE, "db");
	node_set_str(&a, node_map_in(&a, m, "data"), "password", "aHVzaA==");
	node_set_str(&a, m, "type", "Opaque");
	owned_object_of(&a, m, &o);
	assert_string_equal(o.name, "key");
	assert_string_equal(o.service, "db");
	assert_null(o.namespace_);
	assert_null(node_get(o.body, "data"));
	assert_null(node_get(o.body, "metadata"));
	assert_string_equal(node_str(o.body, "type"), "Opaque");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plan_is_a_table_aligned_at_what_people_look_for),
		cmocka_unit_test(a_plan_tells_what_is_lost_and_what_to_know),
		cmocka_unit_test(an_empty_plan_says_so),
		cmocka_unit_test(terminal_escapes_do_not_reach_the_text),
		cmocka_unit_test(kinds_are_found_by_name_and_by_version),
		cmocka_unit_test(a_digest_becomes_a_label_of_forty_digits),
		cmocka_unit_test(a_version_becomes_a_label_and_comes_back),
		cmocka_unit_test(a_snapshot_keeps_no_secret_of_an_object),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
