// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "doc/yaml.h"
#include "drive/kube_trouble.h"

static void the_trouble_of_most_pods_is_told(void **state)
{
	static const struct {
		const char *pods, *text;
	} cases[] = {
		{"[]", NULL},
		{"[{status: {phase: Running, conditions: [{type: ContainersReady, status: "
		 "'True'}]}}]",
		 NULL},
		{"[{status: {containerStatuses: [{state: {waiting: {reason: "
		 "ContainerCreating}}}]}}]",
		 NULL},
		{"[{status: {containerStatuses: [{state: {waiting: {reason: ImagePullBackOff, "
		 "message: no such image}}}]}}]",
		 "ImagePullBackOff: no such image"},
		{"[{status: {containerStatuses: [{state: {waiting: {reason: CrashLoopBackOff}}}]}},"
		 " {status: {containerStatuses: [{state: {waiting: {reason: CrashLoopBackOff}}}]}},"
		 " {status: {containerStatuses: [{state: {waiting: {reason: ErrImagePull}}}]}}]",
		 "2 pods: CrashLoopBackOff"},
		{"[{status: {containerStatuses: [{state: {terminated: {reason: OOMKilled, "
		 "exitCode: "
		 "137}}}]}}]",
		 "OOMKilled, exit code 137"},
		{"[{status: {phase: Succeeded, containerStatuses: [{state: {terminated: {exitCode: "
		 "1}}}]}}]",
		 NULL},
		{"[{metadata: {deletionTimestamp: x}, status: {containerStatuses: [{state: "
		 "{waiting: "
		 "{reason: CrashLoopBackOff}}}]}}]",
		 NULL},
		{"[{status: {conditions: [{type: PodScheduled, status: 'False', reason: "
		 "Unschedulable, message: 0/2 nodes are available}]}}]",
		 "Unschedulable: 0/2 nodes are available"},
		{"[{status: {initContainerStatuses: [{state: {waiting: {reason: ErrImagePull}}}], "
		 "containerStatuses: [{state: {waiting: {reason: PodInitializing}}}]}}]",
		 "ErrImagePull"},
		{"[7, null, {status: [1]}, {status: {containerStatuses: {a: b}}}]", NULL},
	};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		struct arena a scoped_arena = {0};
		struct node *pods;

		assert_null(yaml_read(&a, "pods", cases[i].pods, strlen(cases[i].pods), &pods));
		const char *text = pods_trouble(&a, pods, 0).text;
		if (cases[i].text)
			assert_string_equal(text, cases[i].text);
		else
			assert_null(text);
	}
}

#define SCHEDULED(status, reason, since)                                                           \
	"{status: {conditions: [{type: PodScheduled, status: '" status "', reason: " reason        \
	", lastTransitionTime: '" since "'}]}}"

static void pods_are_unplaced_when_they_have_waited_for_a_node(void **state)
{
	static const char text[] = "[" SCHEDULED("False", "Unschedulable", "1970-01-01T00:00:10Z") ", " SCHEDULED(
		"False", "Unschedulable",
		"1970-01-01T00:01:10Z") ", " SCHEDULED("True", "",
						       "1970-01-01T00:00:10Z") ", " SCHEDULED("Fals"
											      "e",
											      "Sche"
											      "duli"
											      "ngGa"
											      "ted",
											      "1970"
											      "-01-"
											      "01T0"
											      "0:"
											      "00:"
											      "10Z") ", " SCHEDULED("False",
														    "Unschedulable",
														    "soon") ", {status: 1}]";
	struct arena a scoped_arena = {0};
	struct node *pods;
	(void)state;

	assert_null(yaml_read(&a, "pods", text, strlen(text), &pods));
	assert_int_equal(pods_trouble(&a, pods, 69999).unplaced, 0);
	assert_int_equal(pods_trouble(&a, pods, 70000).unplaced, 1);
	assert_int_equal(pods_trouble(&a, pods, 130000).unplaced, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_trouble_of_most_pods_is_told),
		cmocka_unit_test(pods_are_unplaced_when_they_have_waited_for_a_node),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
