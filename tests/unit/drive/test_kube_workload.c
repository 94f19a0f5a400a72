// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "recorded.h"

#include "base/str.h"
#include "drive/kube_pod.h"
#include "drive/kube_workload.h"
#include "model/snapshot.h"

static const struct workload *find(const struct workload *w, size_t n, const char *kind,
				   const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(w[i].kind, kind) && str_eq(w[i].name, name))
			return &w[i];
	fail_msg("no %s '%s'", kind, name);
	return NULL;
}

static const struct workload *recorded_one(struct arena *a, const char *kind, const char *name)
{
	struct workload *w;
	size_t n;

	workloads_read(a, recorded(a, "karmada/workloads.json"),
		       recorded(a, "karmada/bindings.json"), &w, &n);
	return find(w, n, kind, name);
}

static void workloads_are_joined_with_their_bindings_in_order(void **state)
{
	static const char *const order[][2] = {
		{"CronJob", "nightly"}, {"DaemonSet", "agent"},    {"Deployment", "broken"},
		{"Deployment", "lost"}, {"Deployment", "pending"}, {"Deployment", "web-stock"},
		{"Job", "once"},        {"StatefulSet", "db"},
	};
	struct arena a scoped_arena = {0};
	struct workload *w;
	size_t n;
	(void)state;

	workloads_read(&a, recorded(&a, "karmada/workloads.json"),
		       recorded(&a, "karmada/bindings.json"), &w, &n);
	assert_int_equal(n, countof(order));
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(w[i].kind, order[i][0]);
		assert_string_equal(w[i].name, order[i][1]);
		assert_string_equal(w[i].namespace_, "shop");
	}
}

static void a_running_deployment_is_current_on_each_cluster(void **state)
{
	struct arena a scoped_arena = {0};
	const struct workload *w = recorded_one(&a, "Deployment", "web-stock");
	(void)state;

	assert_string_equal(w->service, "web");
	assert_true(w->scheduled);
	assert_null(w->reason);
	assert_int_equal(w->n_clusters, 2);
	assert_string_equal(w->clusters[1], "member2");
	assert_int_equal(w->n_shares, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_true(w->shares[i].applied && w->shares[i].current);
		assert_string_equal(w->shares[i].health, "Healthy");
		assert_int_equal(w->shares[i].replicas, 2);
		assert_int_equal(w->shares[i].available, 2);
	}
}

static void pods_that_do_not_start_are_wanted_and_not_available(void **state)
{
	struct arena a scoped_arena = {0};
	const struct workload *w = recorded_one(&a, "Deployment", "pending");
	(void)state;

	assert_null(w->service);
	assert_true(w->shares[0].applied && w->shares[0].current);
	assert_string_equal(w->shares[0].health, "Unhealthy");
	assert_int_equal(w->shares[0].replicas, 2);
	assert_int_equal(w->shares[0].available, 0);
	assert_int_equal(amounts_get(&w->requests, "cpu"), 100);
	assert_int_equal(amounts_get(&w->requests, "nvidia.com/gpu"), 1); /* only a limit */
}

static void a_workload_that_fits_no_cluster_says_why(void **state)
{
	struct arena a scoped_arena = {0};
	const struct workload *w = recorded_one(&a, "Deployment", "lost");
	(void)state;

	assert_false(w->scheduled);
	assert_int_equal(w->n_clusters, 0);
	assert_int_equal(w->n_shares, 0);
	assert_true(str_starts(w->reason, "NoClusterFit: 0/3 clusters are available"));
}

static void a_share_without_status_is_neither_applied_nor_current(void **state)
{
	struct arena a scoped_arena = {0};
	const struct workload *w = recorded_one(&a, "Deployment", "broken");
	(void)state;

	assert_true(w->scheduled);
	assert_int_equal(w->n_shares, 2);
	assert_false(w->shares[0].applied || w->shares[0].current);
	assert_string_equal(w->shares[0].health, "Unknown");
}

static void other_kinds_count_in_their_own_words(void **state)
{
	struct arena a scoped_arena = {0};
	const struct workload *agent = recorded_one(&a, "DaemonSet", "agent");
	const struct workload *db = recorded_one(&a, "StatefulSet", "db");
	const struct workload *once = recorded_one(&a, "Job", "once");
	const struct workload *nightly = recorded_one(&a, "CronJob", "nightly");
	(void)state;

	assert_int_equal(agent->replicas, 0);
	assert_true(agent->shares[0].current);
	assert_int_equal(agent->shares[0].replicas, 2);
	assert_int_equal(agent->shares[0].available, 2);
	assert_true(db->shares[0].current); /* it has no observedGeneration */
	assert_int_equal(db->shares[0].available, 2);
	assert_true(once->shares[0].current);
	assert_int_equal(once->shares[0].replicas, 1);
	assert_int_equal(once->shares[0].available, 1);
	assert_true(nightly->shares[0].current);
	assert_int_equal(nightly->shares[0].replicas, 0);
}

/* The only share of a Deployment of generation 5 with 3 replicas whose member says @status. */
static struct workload_share share_with(struct arena *a, const char *kind, const char *status)
{
	struct workload *w;
	size_t n;

	const char *template = arena_printf(a,
					    "- {apiVersion: apps/v1, kind: %s, metadata: {name: "
					    "web, namespace: n, generation: 5},"
					    "   spec: {replicas: 3}}",
					    kind);
	const char *binding = arena_printf(
		a,
		"- spec: {resource: {kind: %s, name: web}, clusters: [{name: edge, replicas: 3}]}\n"
		"  status: {aggregatedStatus: [{clusterName: edge, applied: true, status: %s}]}",
		kind, status);
	workloads_read(a, yaml(a, template), yaml(a, binding), &w, &n);
	assert_int_equal(n, 1);
	assert_int_equal(w->n_shares, 1);
	return w->shares[0];
}

/* What a member says and what that means. */
static const struct {
	const char *kind, *status;
	bool current;
	int64_t replicas, available;
} shares[] = {
	{"Deployment",
	 "{generation: 9, observedGeneration: 9, resourceTemplateGeneration: 5, replicas: "
	 "3,"
	 " updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3}",
	 true, 3, 3},
	/* the template has changed since */
	{"Deployment",
	 "{generation: 9, observedGeneration: 9, resourceTemplateGeneration: 4, replicas: "
	 "3,"
	 " updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3}",
	 false, 3, 3},
	/* the member has it and has not looked at it */
	{"Deployment",
	 "{generation: 9, observedGeneration: 8, resourceTemplateGeneration: 5, replicas: "
	 "3,"
	 " updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3}",
	 false, 3, 3},
	/* an old pod is still there */
	{"Deployment",
	 "{generation: 9, observedGeneration: 9, resourceTemplateGeneration: 5, replicas: "
	 "3,"
	 " updatedReplicas: 2, readyReplicas: 3, availableReplicas: 3}",
	 false, 3, 3},
	/* scaled up, the new pods do not exist yet */
	{"Deployment",
	 "{generation: 9, observedGeneration: 9, resourceTemplateGeneration: 5, replicas: "
	 "1,"
	 " updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1, "
	 "unavailableReplicas: 2}",
	 true, 3, 1},
	/* an override wants other replicas than the template */
	{"Deployment",
	 "{generation: 9, observedGeneration: 9, resourceTemplateGeneration: 5, replicas: "
	 "1,"
	 " updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1}",
	 true, 1, 1},
	{"Deployment", "{}", false, 0, 0},
	{"StatefulSet",
	 "{generation: 1, resourceTemplateGeneration: 5, replicas: 1, updatedReplicas: 1,"
	 " availableReplicas: 1}",
	 true, 3, 1},
	{"DaemonSet",
	 "{generation: 1, observedGeneration: 1, resourceTemplateGeneration: 5,"
	 " desiredNumberScheduled: 4, updatedNumberScheduled: 3, numberAvailable: 4}",
	 false, 4, 4},
	{"Job", "{active: 1}", true, 3, 0},
};

static void a_share_is_current_only_when_the_member_has_seen_the_newest_template(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(shares); i++) {
		struct workload_share s = share_with(&a, shares[i].kind, shares[i].status);

		if (s.current != shares[i].current || s.replicas != shares[i].replicas ||
		    s.available != shares[i].available)
			fail_msg("case %zu: current %d, %d of %d", i, s.current, (int)s.available,
				 (int)s.replicas);
	}
}

static void a_workload_says_whether_it_keeps_data(void **state)
{
	struct arena a scoped_arena = {0};
	static const char *const specs[] = {
		"{template: {spec: {volumes: [{name: c, configMap: {name: x}}]}}}",
		"{template: {spec: {volumes: [{name: d, persistentVolumeClaim: {claimName: x}}]}}}",
		"{template: {spec: {volumes: [{name: d, hostPath: {path: /data}}]}}}",
		"{template: {spec: {}}, volumeClaimTemplates: [{metadata: {name: data}}]}",
	};
	(void)state;

	for (size_t i = 0; i < countof(specs); i++) {
		struct workload *w;
		size_t n;
		const char *text = arena_printf(
			&a, "- {kind: StatefulSet, metadata: {name: db}, spec: %s}", specs[i]);

		workloads_read(&a, yaml(&a, text), NULL, &w, &n);
		assert_int_equal(n, 1);
		assert_int_equal(w->data, i > 0);
	}
}

static void a_cluster_that_is_being_left_is_a_share_but_not_wanted(void **state)
{
	struct arena a scoped_arena = {0};
	struct workload *w;
	size_t n;
	(void)state;

	workloads_read(
		&a, yaml(&a, "- {kind: Deployment, metadata: {name: web, generation: 1}}"),
		yaml(&a,
		     "- spec: {resource: {kind: Deployment, name: web}, clusters: [{name: new}]}\n"
		     "  status:\n"
		     "    conditions:\n"
		     "    - {type: Scheduled, status: 'True'}\n"
		     "    - {type: FullyApplied, status: 'False', reason: FullyAppliedFailed, "
		     "message: \"a\\eb\"}\n"
		     "    aggregatedStatus:\n"
		     "    - {clusterName: old, applied: true}\n"
		     "    - {clusterName: new, appliedMessage: no quota}\n"),
		&w, &n);
	assert_int_equal(w->n_clusters, 1);
	assert_int_equal(w->n_shares, 2);
	assert_string_equal(w->shares[0].cluster, "new");
	assert_string_equal(w->shares[0].message, "no quota");
	assert_false(w->shares[0].applied);
	assert_string_equal(w->shares[1].cluster, "old");
	assert_true(w->shares[1].applied);
	assert_true(w->scheduled);
	assert_string_equal(w->reason, "FullyAppliedFailed: a?b");
}

static void a_workload_that_no_policy_selects_says_so(void **state)
{
	struct arena a scoped_arena = {0};
	struct workload *w;
	size_t n;
	(void)state;

	workloads_read(&a, yaml(&a, "- {kind: Deployment, metadata: {name: web}}"), NULL, &w, &n);
	assert_int_equal(n, 1);
	assert_false(w->scheduled);
	assert_string_equal(w->reason, "no policy propagates it");
	workloads_read(&a, yaml(&a, "[null, 3, {kind: Deployment}]"), yaml(&a, "[4, {spec: x}]"),
		       &w, &n);
	assert_int_equal(n, 0);
}

static void init_containers_and_sidecars_count_as_the_scheduler_counts(void **state)
{
	static const struct {
		const char *spec;
		int64_t cpu;
	} cases[] = {
		{"containers: [{resources: {requests: {cpu: 100m}}}, {resources: {limits: {cpu: "
		 "1}}}]",
		 1100},
		{"{containers: [{resources: {requests: {cpu: 100m}}}],"
		 " initContainers: [{resources: {requests: {cpu: 2}}}, {resources: {requests: "
		 "{cpu: 1}}}]}",
		 2000},
		{"{containers: [{resources: {requests: {cpu: 100m}}}],"
		 " initContainers: [{restartPolicy: Always, resources: {requests: {cpu: 300m}}},"
		 "                  {resources: {requests: {cpu: 350m}}}]}",
		 650},
		{"{containers: [{resources: {requests: {cpu: 100m}}}], overhead: {cpu: 50m}}", 150},
		{"{containers: [{resources: {requests: {cpu: lots}}}]}", 0},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		struct amounts r = pod_requests(&a, yaml(&a, cases[i].spec));

		assert_int_equal(amounts_get(&r, "cpu"), cases[i].cpu);
	}
}

static void warnings_tell_what_still_fails_once_and_newest_first(void **state)
{
	struct arena a scoped_arena = {0};
	const char **texts;
	size_t n;
	(void)state;

	warnings_read(&a, recorded(&a, "karmada/events.json"), &texts, &n);
	assert_int_equal(n, 4);
	size_t overrides = 0, syncs = 0, schedules = 0;
	for (size_t i = 0; i < n; i++) {
		overrides +=
			str_starts(texts[i], "Deployment 'broken': ApplyOverridePolicyFailed: ");
		syncs += str_starts(texts[i], "Deployment 'broken': SyncWorkFailed: ");
		schedules += str_starts(texts[i], "Deployment 'lost': ScheduleBindingFailed: ");
	}
	assert_int_equal(overrides, 2);
	assert_int_equal(syncs, 1);
	assert_int_equal(schedules, 1);
}

/* A failure of "web" at second @failed and a success at second 5. */
static struct node *failure_at(struct arena *a, int failed)
{
	return yaml(a,
		    arena_printf(a,
				 "- {type: Warning, reason: SyncWorkFailed, message: \"no\\e[1m\","
				 "   lastTimestamp: '2026-01-01T00:00:%02dZ',"
				 "   involvedObject: {kind: Deployment, name: web}}\n"
				 "- {type: Normal, reason: SyncWorkSucceed,"
				 "   lastTimestamp: '2026-01-01T00:00:05Z',"
				 "   involvedObject: {kind: Deployment, name: web}}\n",
				 failed));
}

static void a_later_success_takes_a_failure_back(void **state)
{
	struct arena a scoped_arena = {0};
	const char **texts;
	size_t n;
	(void)state;

	warnings_read(&a, failure_at(&a, 4), &texts, &n);
	assert_int_equal(n, 0);
	warnings_read(&a, failure_at(&a, 6), &texts, &n);
	assert_int_equal(n, 1);
	assert_string_equal(texts[0], "Deployment 'web': SyncWorkFailed: no?[1m");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(workloads_are_joined_with_their_bindings_in_order),
		cmocka_unit_test(a_running_deployment_is_current_on_each_cluster),
		cmocka_unit_test(pods_that_do_not_start_are_wanted_and_not_available),
		cmocka_unit_test(a_workload_that_fits_no_cluster_says_why),
		cmocka_unit_test(a_share_without_status_is_neither_applied_nor_current),
		cmocka_unit_test(other_kinds_count_in_their_own_words),
		cmocka_unit_test(
			a_share_is_current_only_when_the_member_has_seen_the_newest_template),
		cmocka_unit_test(a_workload_says_whether_it_keeps_data),
		cmocka_unit_test(a_cluster_that_is_being_left_is_a_share_but_not_wanted),
		cmocka_unit_test(a_workload_that_no_policy_selects_says_so),
		cmocka_unit_test(init_containers_and_sidecars_count_as_the_scheduler_counts),
		cmocka_unit_test(warnings_tell_what_still_fails_once_and_newest_first),
		cmocka_unit_test(a_later_success_takes_a_failure_back),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
