// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"
#include "doc/node.h"
#include "drive/file.h"
#include "sim_bench.h"

/* Two clusters of one node each; a pod is ready after 3 s. */
static const char two[] = "apiVersion: smo/v1\n"
			  "kind: World\n"
			  "heartbeat: 5s\n"
			  "clusters:\n"
			  "  - {name: b, nodes: [{capacity: {cpu: 4, memory: 8Gi}}]}\n"
			  "  - {name: a, nodes: [{count: 2, capacity: {cpu: 2, memory: 4Gi}}]}\n";

static int setup(void **state)
{
	struct bench *b = malloc(sizeof(*b));

	bench_open(b, two);
	bench_namespace(b, "test");
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	bench_close(*state);
	free(*state);
	return 0;
}

static const struct cluster *cluster(struct bench *b, const char *name)
{
	struct cluster *list = NULL;
	size_t n = 0;

	assert_null(b->ports.cluster.list(b->ports.cluster.self, &b->a, &list, &n));
	for (size_t i = 0; i < n; i++) {
		if (str_eq(list[i].name, name))
			return &list[i];
	}
	fail_msg("no cluster %s", name);
	return NULL;
}

#define SMALL_POD "resources: {requests: {cpu: 500m, memory: 512Mi}}"

static void a_pod_is_ready_after_a_delay_of_the_virtual_clock(void **state)
{
	struct bench *b = *state;

	bench_policy(b, "web", "[a]");
	bench_put(b, "web", "{replicaCount: 2, " SMALL_POD "}");
	assert_string_equal(bench_fares(b, "web"), "a 0/2");
	bench_advance(b, 2999);
	assert_string_equal(bench_fares(b, "web"), "a 0/2");
	bench_advance(b, 1);
	assert_string_equal(bench_fares(b, "web"), "a 2/2");
}

static void without_a_policy_nothing_runs(void **state)
{
	struct bench *b = *state;

	bench_put(b, "web", "{}");
	assert_string_equal(bench_fares(b, "web"), "[no policy propagates it]");
	bench_policy(b, "web", "[b]");
	bench_advance(b, 3000);
	assert_string_equal(bench_fares(b, "web"), "b 1/1");
}

static void pods_take_what_they_request(void **state)
{
	struct bench *b = *state;

	bench_policy(b, "web", "[a]");
	bench_put(b, "web", "{replicaCount: 3, " SMALL_POD "}");
	assert_int_equal(amounts_get(&cluster(b, "a")->allocated, "cpu"), 1500);
	assert_int_equal(amounts_get(&cluster(b, "a")->allocatable, "cpu"), 4000);
	assert_int_equal(amounts_get(&cluster(b, "a")->largest_node, "cpu"), 2000);
	bench_remove(b, "web");
	assert_int_equal(amounts_get(&cluster(b, "a")->allocated, "cpu"), 0);
	assert_string_equal(bench_fares(b, "web"), "gone");
}

static void a_pod_that_fits_no_node_waits_and_says_why(void **state)
{
	struct bench *b = *state;
	const char **texts = NULL;
	size_t n = 0;

	bench_policy(b, "big", "[a]"); /* 3 of 4 cores are free, but no node has them */
	bench_put(b, "big", "{resources: {requests: {cpu: 3}}}");
	bench_advance(b, 60000);
	assert_string_equal(bench_fares(b, "big"), "a 0/1");
	assert_null(b->ports.object.warnings(b->ports.object.self, &b->a, "test", &texts, &n));
	assert_int_equal(n, 1);
	assert_string_equal(texts[0], "Deployment 'big': FailedScheduling on 'a': 0/2 nodes are "
				      "available: insufficient cpu");
}

static void room_that_appears_is_used(void **state)
{
	struct bench *b = *state;

	bench_policy(b, "x", "[b]");
	bench_policy(b, "y", "[b]");
	bench_put(b, "x", "{resources: {requests: {cpu: 3}}}");
	bench_put(b, "y", "{resources: {requests: {cpu: 2}}}");
	bench_advance(b, 60000);
	assert_string_equal(bench_fares(b, "y"), "b 0/1");
	bench_remove(b, "x");
	bench_advance(b, 3000);
	assert_string_equal(bench_fares(b, "y"), "b 1/1");
}

static void moving_straight_has_a_gap_and_through_both_has_none(void **state)
{
	struct bench *b = *state;

	bench_policy(b, "web", "[a]");
	bench_put(b, "web", "{}");
	bench_advance(b, 3000);
	bench_policy(b, "web", "[b]");
	assert_string_equal(bench_fares(b, "web"), "b 0/1");
	bench_advance(b, 3000);
	bench_policy(b, "web", "[a, b]");
	assert_string_equal(bench_fares(b, "web"), "a 0/1, b 1/1");
	bench_advance(b, 3000);
	bench_policy(b, "web", "[a]");
	assert_string_equal(bench_fares(b, "web"), "a 1/1");
}

static void a_new_chart_rolls_out_without_losing_the_old_pods_first(void **state)
{
	struct bench *b = *state;

	bench_policy(b, "web", "[b]");
	bench_put(b, "web", "{image: {tag: one}}");
	bench_advance(b, 3000);
	bench_put(b, "web", "{image: {tag: two}}");
	assert_string_equal(bench_fares(b, "web"), "b 1/1 old");
	bench_advance(b, 3000);
	assert_string_equal(bench_fares(b, "web"), "b 1/1");
}

static void values_that_only_steer_clusters_and_replicas_restart_nothing(void **state)
{
	struct bench *b = *state;

	bench_policy(b, "web", "[b]");
	bench_put(b, "web", "{replicaCount: 2, x: 1}");
	bench_advance(b, 3000);
	bench_put(b, "web", "{replicaCount: 1, x: 1, clustersAffinity: [a]}");
	assert_string_equal(bench_fares(b, "web"), "b 1/1");
}

static void an_upgrade_resets_replicas_to_what_the_values_say(void **state)
{
	struct bench *b = *state;
	const struct object_ref ref = {"apps/v1", "Deployment", "web", "test"};

	bench_policy(b, "web", "[b]");
	bench_put(b, "web", "{}");
	assert_null(b->ports.object.scale(b->ports.object.self, &b->a, &ref, 3));
	bench_advance(b, 3000);
	assert_string_equal(bench_fares(b, "web"), "b 3/3");
	bench_put(b, "web", "{}");
	assert_string_equal(bench_fares(b, "web"), "b 1/1");
	bench_put(b, "web", "{replicaCount: 3}");
	bench_advance(b, 3000);
	assert_string_equal(bench_fares(b, "web"), "b 3/3");
}

static void a_dead_cluster_keeps_its_last_numbers_and_hears_nothing(void **state)
{
	struct bench *b = *state;

	bench_policy(b, "web", "[a]");
	bench_put(b, "web", "{" SMALL_POD "}");
	bench_advance(b, 3000);
	assert_null(sim_cluster_down(b->sim, &b->a, "a"));
	assert_true(cluster(b, "a")->ready); /* not noticed yet */
	bench_advance(b, 5000);
	assert_false(cluster(b, "a")->ready);
	assert_string_equal(cluster(b, "a")->ready_reason,
			    "ClusterNotReachable: cluster is not reachable");
	assert_string_equal(bench_fares(b, "web"), "a 1/1");
	bench_put(b, "web", "{x: 2, " SMALL_POD "}");
	assert_string_equal(bench_fares(b, "web"), "a 1/1 old");
	bench_remove(b, "web");
	assert_string_equal(bench_fares(b, "web"), "gone");
	assert_int_equal(amounts_get(&cluster(b, "a")->allocated, "cpu"), 500);
	assert_null(sim_cluster_up(b->sim, &b->a, "a"));
	assert_int_equal(amounts_get(&cluster(b, "a")->allocated, "cpu"), 0);
}

static void a_policy_leads_straight_off_a_dead_cluster(void **state)
{
	struct bench *b = *state;

	bench_policy(b, "web", "[a]");
	bench_put(b, "web", "{" SMALL_POD "}");
	bench_advance(b, 3000);
	assert_null(sim_cluster_down(b->sim, &b->a, "a"));
	bench_advance(b, 5000);
	bench_policy(b, "web", "[b]");
	bench_advance(b, 3000);
	assert_string_equal(bench_fares(b, "web"), "b 1/1");
	assert_int_equal(amounts_get(&cluster(b, "a")->allocated, "cpu"), 500);
	assert_null(sim_cluster_up(b->sim, &b->a, "a"));
	assert_int_equal(amounts_get(&cluster(b, "a")->allocated, "cpu"), 0);
	assert_string_equal(bench_fares(b, "web"), "b 1/1");
}

static void a_dead_cluster_takes_nothing_new(void **state)
{
	struct bench *b = *state;

	assert_null(sim_cluster_down(b->sim, &b->a, "a"));
	bench_advance(b, 5000);
	bench_policy(b, "web", "[a]");
	bench_put(b, "web", "{}");
	assert_string_equal(bench_fares(b, "web"), "[NoClusterFit: 0/2 clusters are available]");
}

static void a_failing_service_is_never_ready_until_it_recovers(void **state)
{
	struct bench *b = *state;

	bench_policy(b, "web", "[b]");
	bench_put(b, "web", "{}");
	bench_advance(b, 3000);
	assert_null(sim_fail(b->sim, &b->a, "web", true));
	assert_string_equal(bench_fares(b, "web"), "b 0/1");
	bench_advance(b, 60000);
	assert_string_equal(bench_fares(b, "web"), "b 0/1");
	assert_null(sim_fail(b->sim, &b->a, "web", false));
	bench_advance(b, 3000);
	assert_string_equal(bench_fares(b, "web"), "b 1/1");
	struct err *e = sim_fail(b->sim, &b->a, "nobody", true);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_NOT_FOUND);
}

static void an_override_changes_the_pods_and_a_wrong_one_blocks_them(void **state)
{
	struct bench *b = *state;

	bench_policy(b, "web", "[b]");
	bench_put(b, "web", "{}");
	bench_apply(b, "apiVersion: policy.karmada.io/v1alpha1\n"
		       "kind: OverridePolicy\n"
		       "metadata: {name: o, namespace: test}\n"
		       "spec: {resourceSelectors: [{kind: Deployment, name: web}], overrideRules: "
		       "[{overriders: {plaintext: [{path: "
		       "/spec/template/spec/containers/0/resources, operator: replace, value: "
		       "{requests: {cpu: 1}}}]}}]}\n");
	bench_advance(b, 3000);
	assert_string_equal(bench_fares(b, "web"), "b 1/1");
	assert_int_equal(amounts_get(&cluster(b, "b")->allocated, "cpu"), 1000);
	bench_apply(b, "apiVersion: policy.karmada.io/v1alpha1\n"
		       "kind: OverridePolicy\n"
		       "metadata: {name: o, namespace: test}\n"
		       "spec: {resourceSelectors: [{kind: Deployment, name: web}], overrideRules: "
		       "[{overriders: {plaintext: [{path: "
		       "/spec/template/spec/containers/7/resources, operator: replace, value: "
		       "{}}]}}]}\n");
	assert_string_equal(bench_fares(b, "web"), "b 1/1 old");
}

static void what_happened_is_still_so_for_the_next_process(void **state)
{
	struct bench *b = *state;

	bench_policy(b, "web", "[a]");
	bench_put(b, "web", "{replicaCount: 2, " SMALL_POD "}");
	bench_advance(b, 3000);
	int64_t now = b->ports.clock.now(b->ports.clock.self);
	bench_reopen(b);
	assert_string_equal(bench_fares(b, "web"), "a 2/2");
	assert_int_equal(b->ports.clock.now(b->ports.clock.self), now);
	assert_int_equal(amounts_get(&cluster(b, "a")->allocated, "cpu"), 1000);
}

static void two_handles_see_each_others_changes(void **state)
{
	struct bench *b = *state, other = {.dir = b->dir};
	const struct sim_settings settings = {.dir = b->dir};

	assert_null(sim_open(&other.a, &settings, &other.sim));
	sim_ports(other.sim, &other.ports);
	bench_policy(b, "web", "[a]");
	bench_put(b, "web", "{}");
	bench_advance(&other, 3000);
	assert_string_equal(bench_fares(b, "web"), "a 1/1");
	bench_remove(&other, "web");
	assert_string_equal(bench_fares(b, "web"), "gone");
	sim_close(other.sim);
	arena_done(&other.a);
}

static void a_line_that_was_cut_off_by_a_crash_is_forgotten(void **state)
{
	struct bench *b = *state;
	const char *log = arena_printf(&b->a, "%s/sim.log", b->dir);

	bench_policy(b, "web", "[a]");
	bench_put(b, "web", "{}");
	int fd = open(log, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "{\"op\":\"uninst", 13), 13);
	close(fd);
	bench_advance(b, 3000);
	bench_reopen(b);
	assert_string_equal(bench_fares(b, "web"), "a 1/1");
}

static void a_damaged_state_is_told_and_not_overwritten(void **state)
{
	struct bench *b = *state;
	const char *path = arena_printf(&b->a, "%s/sim.json", b->dir), *text;
	struct cluster *list;
	size_t n, size;

	assert_null(file_write(&b->a, path, 0600, "{\"kind\": 7}", 11));
	struct err *e = b->ports.cluster.list(b->ports.cluster.self, &b->a, &list, &n);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_INPUT);
	assert_null(file_read(&b->a, path, 1000, &text, &size));
	assert_string_equal(text, "{\"kind\": 7}");
}

/* Write @garbage over the journal, at its byte @at or at its end; what the next look says. */
static const char *damage_journal(struct bench *b, long at, const char *garbage)
{
	const char *path = arena_printf(&b->a, "%s/sim.log", b->dir), *before, *after;
	struct cluster *list;
	size_t n, size, left;
	FILE *f = fopen(path, "r+");

	assert_non_null(f);
	assert_int_equal(fseek(f, at < 0 ? 0 : at, at < 0 ? SEEK_END : SEEK_SET), 0);
	fputs(garbage, f);
	fclose(f);
	assert_null(file_read(&b->a, path, 1 << 20, &before, &size));
	bench_reopen(b);
	struct err *e = b->ports.cluster.list(b->ports.cluster.self, &b->a, &list, &n);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_INPUT);
	assert_non_null(e->hint);
	assert_null(file_read(&b->a, path, 1 << 20, &after, &left));
	assert_int_equal(size, left);
	assert_memory_equal(before, after, size);
	return e->msg;
}

static void a_damaged_journal_is_told_with_its_line_and_not_cut(void **state)
{
	struct bench *b = *state;
	const char *path = arena_printf(&b->a, "%s/sim.log", b->dir), *text;
	size_t size;

	bench_policy(b, "web", "[a]");
	bench_put(b, "web", "{}");
	assert_null(file_read(&b->a, path, 1 << 20, &text, &size));
	const char *good = arena_strndup(&b->a, text, size);
	long second = (long)strcspn(text, "\n") + 1;
	long third = second + (long)strcspn(text + second, "\n") + 1;

	assert_non_null(
		strstr(damage_journal(b, third + 3, "garbage"), "sim.log:3: not valid JSON"));
	assert_null(file_write(&b->a, path, 0600, good, size));
	assert_non_null(strstr(damage_journal(b, third, "{\"op\":\"no\"}\n"),
			       "sim.log:3: 'no' is no change of a simulated world"));
	assert_null(file_write(&b->a, path, 0600, good, size));
	assert_non_null(strstr(damage_journal(b, 0, "{\"epuch"), "sim.log:1: this is no head"));
	assert_null(file_write(&b->a, path, 0600, good, size));
	assert_non_null(
		strstr(damage_journal(b, 0, "{\"epoch\":9}"), "sim.log:1: it is of a later"));
	assert_null(file_write(&b->a, path, 0600, good, size));
	assert_non_null(strstr(damage_journal(b, -1, "garbage"), "no change of a simulated world"));
	assert_null(file_write(&b->a, path, 0600, good, size));
	bench_reopen(b);
	bench_advance(b, 3000);
	assert_string_equal(bench_fares(b, "web"), "a 1/1");
}

static void a_journal_that_shrinks_under_a_reader_is_told(void **state)
{
	struct bench *b = *state;
	const char *path = arena_printf(&b->a, "%s/sim.log", b->dir);
	struct cluster *list;
	size_t n;

	bench_policy(b, "web", "[a]");
	assert_int_equal(truncate(path, 20), 0);
	struct err *e = b->ports.cluster.list(b->ports.cluster.self, &b->a, &list, &n);
	assert_non_null(e);
	assert_non_null(strstr(e->msg, "shorter than it was"));
}

static void a_long_journal_is_folded_into_the_state(void **state)
{
	struct bench *b = *state;
	const char *path = arena_printf(&b->a, "%s/sim.log", b->dir), *text;
	struct node *filler = node_new(&b->a, NODE_MAP);
	size_t size;

	char *blob = arena_alloc(&b->a, 1 << 20);
	memset(blob, 'x', (1 << 20) - 1);
	node_set_str(&b->a, filler, "blob", blob);
	bench_policy(b, "web", "[a]");
	bench_put(b, "web", "{" SMALL_POD "}");
	for (int i = 0; i < 9; i++) {
		struct arena a scoped_arena = {0};
		struct node *m = bench_yaml(b, "{apiVersion: v1, kind: ConfigMap, metadata: {name: "
					       "big, namespace: test, labels: "
					       "{app.kubernetes.io/managed-by: smo}}}");
		node_set(m, "data", node_copy(&b->a, filler));
		assert_null(b->ports.object.apply(b->ports.object.self, &a, m, true));
	}
	assert_null(file_read(&b->a, path, 64 << 20, &text, &size));
	assert_true(size < (5 << 20));
	assert_int_equal(amounts_get(&cluster(b, "a")->allocated, "cpu"), 500);
	bench_reopen(b);
	assert_int_equal(amounts_get(&cluster(b, "a")->allocated, "cpu"), 500);
	bench_advance(b, 3000);
	assert_string_equal(bench_fares(b, "web"), "a 1/1");
}

static void the_next_calls_of_a_port_can_be_told_to_fail(void **state)
{
	struct bench *b = *state;
	const struct sim_fault conflict = {
		.port = "release", .call = "put", .kind = "conflict", .skip = 1, .times = 2};
	const char *ref = "oci://registry.example/web";

	bench_policy(b, "web", "[a]");
	assert_null(sim_fault(b->sim, &b->a, &conflict));
	assert_null(bench_try_put(b, "web", ref, "{}"));
	for (int i = 0; i < 2; i++) {
		struct err *e = bench_try_put(b, "web", ref, "{replicaCount: 2}");
		assert_non_null(e);
		assert_int_equal(e->kind, ERR_CONFLICT);
	}
	assert_string_equal(bench_fares(b, "web"), "a 0/1");
	assert_null(bench_try_put(b, "web", ref, "{}"));
}

static void a_fault_can_lose_only_the_answer(void **state)
{
	struct bench *b = *state;
	const struct sim_fault lost = {
		.port = "release", .kind = "timeout", .after = true, .lag_ms = 9};
	int64_t before = b->ports.clock.now(b->ports.clock.self);

	bench_policy(b, "web", "[a]");
	assert_null(sim_fault(b->sim, &b->a, &lost));
	struct err *e = bench_try_put(b, "web", "oci://registry.example/web", "{}");
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_TIMEOUT);
	assert_string_equal(bench_fares(b, "web"), "a 0/1");
	assert_int_equal(b->ports.clock.now(b->ports.clock.self), before + 9);
}

static void a_process_killed_in_the_middle_of_an_install_leaves_it_pending(void **state)
{
	struct bench *b = *state;
	const struct sim_fault kill = {
		.port = "release", .call = "put", .kind = "kill", .stuck = true};
	struct release *list = NULL;
	size_t n = 0;
	int status = 0;

	bench_policy(b, "web", "[a]");
	assert_null(sim_fault(b->sim, &b->a, &kill));
	pid_t child = fork();
	if (!child) {
		bench_put(b, "web", "{}");
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_null(b->ports.release.list(b->ports.release.self, &b->a, "test", &list, &n));
	assert_int_equal(n, 1);
	assert_string_equal(list[0].status, "pending-install");
	assert_string_equal(bench_fares(b, "web"), "gone");
	bench_put(b, "web", "{}");
	assert_null(b->ports.release.list(b->ports.release.self, &b->a, "test", &list, &n));
	assert_string_equal(list[0].status, "deployed");
	assert_int_equal(list[0].revision, 1);
}

static void a_hook_that_nothing_runs_ends_at_the_timeout(void **state)
{
	static const char world[] = "apiVersion: smo/v1\nkind: World\nclusters:\n"
				    "  - {name: a, nodes: [{capacity: {cpu: 4, memory: 8Gi}}]}\n"
				    "charts:\n"
				    "  - ref: oci://r/hooked\n"
				    "    objects:\n"
				    "      - {kind: Deployment, name: '{release}'}\n"
				    "      - {kind: Job, name: '{release}-init', hook: true}\n";
	struct bench b;
	(void)state;

	bench_open(&b, world);
	bench_namespace(&b, "test");
	bench_policy(&b, "web", "[a]");
	int64_t before = b.ports.clock.now(b.ports.clock.self);
	struct err *e = bench_try_put(&b, "web", "oci://r/hooked:1", "{}");
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_TIMEOUT);
	assert_int_equal(b.ports.clock.now(b.ports.clock.self), before + 60000);
	bench_apply(&b, "apiVersion: policy.karmada.io/v1alpha1\nkind: PropagationPolicy\n"
			"metadata: {name: hooks, namespace: test}\n"
			"spec: {resourceSelectors: [{apiVersion: batch/v1, kind: Job, name: "
			"web-init}], placement: {clusterAffinity: {clusterNames: [a]}}}\n");
	assert_null(bench_try_put(&b, "web", "oci://r/hooked:1", "{}"));
	bench_close(&b);
}

static void the_status_tells_what_runs_and_what_is_being_cleaned_up(void **state)
{
	struct bench *b = *state;
	struct node *s = NULL;

	bench_policy(b, "web", "[a]");
	bench_put(b, "web", "{replicaCount: 2, " SMALL_POD "}");
	bench_advance(b, 3000);
	assert_null(sim_load(b->sim, &b->a, "web", 12.5));
	assert_null(sim_cluster_down(b->sim, &b->a, "a"));
	bench_policy(b, "web", "[b]");
	assert_null(sim_status(b->sim, &b->a, &s));
	const struct node *a = node_get(s, "clusters")->first;
	assert_string_equal(node_str(a, "name"), "a");
	assert_true(node_bool(a, "down", false));
	assert_int_equal(node_int(a, "leaving", 0), 2);
	const struct node *web = node_get(s, "services")->first;
	assert_string_equal(node_str(web, "service"), "web");
	assert_true(node_get(web, "load")->real == 12.5);
	assert_string_equal(node_str(node_get(web, "on")->first, "cluster"), "b");
	assert_int_equal(node_int(node_get(web, "on")->first, "replicas", 0), 2);
}

static void a_world_file_with_a_mistake_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *text, *msg;
	} wrong[] = {
		{"apiVersion: smo/v1\nkind: World\nclusters: []\n", "clusters"},
		{"apiVersion: smo/v1\nkind: World\nclusters:\n  - {name: a, nodes: [{capacity: "
		 "{cpu: 1, memory: 1Gi}}], redyAfter: 3s}\n",
		 "redyAfter"},
		{"apiVersion: smo/v1\nkind: World\nclusters:\n  - {name: a, nodes: [{capacity: "
		 "{cpu: 1}}]}\n",
		 "nodes need cpu and memory"},
		{"apiVersion: smo/v1\nkind: World\nreadyAfter: soon\nclusters:\n  - {name: a, "
		 "nodes: [{capacity: {cpu: 1, memory: 1Gi}}]}\n",
		 "soon"},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(wrong); i++) {
		struct sim_world w;
		struct err *e =
			sim_world_read(&a, "w.yaml", wrong[i].text, strlen(wrong[i].text), &w);

		assert_non_null(e);
		assert_int_equal(e->kind, ERR_INPUT);
		if (!strstr(e->msg, wrong[i].msg) || !strstr(e->msg, "w.yaml"))
			fail_msg("%s", e->msg);
	}
}

static void the_default_world_is_the_small_one(void **state)
{
	struct bench b;
	struct cluster *list = NULL;
	size_t n = 0;
	(void)state;

	bench_open(&b, NULL);
	assert_null(b.ports.cluster.list(b.ports.cluster.self, &b.a, &list, &n));
	assert_int_equal(n, 3);
	assert_string_equal(list[2].name, "gpu");
	assert_int_equal(amounts_get(&list[2].allocatable, "nvidia.com/gpu"), 2);
	assert_int_equal(amounts_get(&list[2].largest_node, "cpu"), 16000);
	assert_true(list[2].has_carbon);
	assert_int_equal(list[2].n_distances, 2);
	bench_close(&b);
}

#define SIM(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SIM(a_pod_is_ready_after_a_delay_of_the_virtual_clock),
		SIM(without_a_policy_nothing_runs),
		SIM(pods_take_what_they_request),
		SIM(a_pod_that_fits_no_node_waits_and_says_why),
		SIM(room_that_appears_is_used),
		SIM(moving_straight_has_a_gap_and_through_both_has_none),
		SIM(a_new_chart_rolls_out_without_losing_the_old_pods_first),
		SIM(values_that_only_steer_clusters_and_replicas_restart_nothing),
		SIM(an_upgrade_resets_replicas_to_what_the_values_say),
		SIM(a_dead_cluster_keeps_its_last_numbers_and_hears_nothing),
		SIM(a_policy_leads_straight_off_a_dead_cluster),
		SIM(a_dead_cluster_takes_nothing_new),
		SIM(a_failing_service_is_never_ready_until_it_recovers),
		SIM(an_override_changes_the_pods_and_a_wrong_one_blocks_them),
		SIM(what_happened_is_still_so_for_the_next_process),
		SIM(two_handles_see_each_others_changes),
		SIM(a_line_that_was_cut_off_by_a_crash_is_forgotten),
		SIM(a_damaged_state_is_told_and_not_overwritten),
		SIM(a_damaged_journal_is_told_with_its_line_and_not_cut),
		SIM(a_journal_that_shrinks_under_a_reader_is_told),
		SIM(a_long_journal_is_folded_into_the_state),
		SIM(the_next_calls_of_a_port_can_be_told_to_fail),
		SIM(a_fault_can_lose_only_the_answer),
		SIM(a_process_killed_in_the_middle_of_an_install_leaves_it_pending),
		cmocka_unit_test(a_hook_that_nothing_runs_ends_at_the_timeout),
		SIM(the_status_tells_what_runs_and_what_is_being_cleaned_up),
		cmocka_unit_test(a_world_file_with_a_mistake_is_refused_with_its_place),
		cmocka_unit_test(the_default_world_is_the_small_one),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
