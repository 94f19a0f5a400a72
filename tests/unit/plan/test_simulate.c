// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/bind.h"
#include "doc/yaml.h"
#include "plan/simulate.h"

static const char before[] =
	"apiVersion: smo/v1\n"
	"kind: Snapshot\n"
	"instance: us\n"
	"graph: demo\n"
	"project: test\n"
	"namespaceExists: true\n"
	"namespaceOurs: true\n"
	"clusters:\n"
	"  - {name: a, ready: true, hasSummary: true, allocatable: {cpu: 8}, allocated: {cpu: 1}}\n"
	"  - {name: b, ready: true, hasSummary: true, allocatable: {cpu: 8}}\n"
	"  - {name: dead, ready: false, hasSummary: true, allocatable: {cpu: 8}, allocated: {cpu: "
	"2}}\n"
	"charts:\n"
	"  - service: web\n"
	"    replicasPath: replicaCount\n"
	"    objects:\n"
	"      - kind: Deployment\n"
	"        name: web\n"
	"        replicas: 2\n"
	"        podPath: /spec/template\n"
	"        containers: [{name: web, requests: {cpu: 500m}}]\n"
	"      - {kind: Service, name: web}\n"
	"  - service: old\n"
	"    readsAffinity: true\n"
	"    objects:\n"
	"      - {kind: Deployment, name: old, replicas: 1, podPath: /spec/template,\n"
	"         ownPolicy: true, policyFollows: true}\n";

static struct node *yaml(struct arena *a, const char *text)
{
	struct node *n = NULL;
	struct err *e = yaml_read(a, "test", text, strlen(text), &n);

	if (e)
		fail_msg("%s", e->msg);
	return n;
}

static struct snapshot start(struct arena *a)
{
	struct problems ps = {.a = a, .strict = true};
	struct snapshot s = {0};

	bind_read(a, &snapshot_shape, yaml(a, before), &s, &ps);
	if (ps.list.n)
		fail_msg("%s", problem_text(a, &ps.list.at[0]));
	return s;
}

static struct step put_policy(struct arena *a, const char *clusters)
{
	return (struct step){
		.verb = STEP_PUT,
		.item = "PropagationPolicy/test/smo-web",
		.service = "web",
		.object = yaml(a, arena_printf(a,
					       "apiVersion: policy.karmada.io/v1alpha1\n"
					       "kind: PropagationPolicy\n"
					       "metadata: {name: smo-web, namespace: test}\n"
					       "spec: {resourceSelectors: [{kind: Deployment, "
					       "name: web}], placement: {clusterAffinity: "
					       "{clusterNames: %s}}}\n",
					       clusters)),
	};
}

static struct step put_release(struct arena *a, const char *name, const char *values)
{
	struct release_want *want = arena_new(a, struct release_want);

	*want = (struct release_want){.name = name,
				      .namespace_ = "test",
				      .chart_ref = "oci://x/y",
				      .chart_digest = "sha256:abc",
				      .values = yaml(a, values),
				      .values_hash = "h1"};
	return (struct step){.verb = STEP_PUT,
			     .item = arena_printf(a, "Release/test/%s", name),
			     .service = name,
			     .release = want};
}

static struct step delete_item(const char *id)
{
	return (struct step){.verb = STEP_DELETE, .item = id};
}

/* The world after @n steps: "a 2/2" ... of the Deployment @name. */
static const char *fares(struct arena *a, const struct snapshot *s, const char *name)
{
	struct str out = {.a = a};

	for (size_t i = 0; i < s->n_workloads; i++) {
		const struct workload *w = &s->workloads[i];

		if (!str_eq(w->name, name))
			continue;
		for (size_t k = 0; k < w->n_shares; k++)
			str_addf(&out, "%s%s %d/%d%s", k ? ", " : "", w->shares[k].cluster,
				 (int)w->shares[k].ready, (int)w->shares[k].replicas,
				 w->shares[k].current ? "" : " old");
		return w->n_shares ? str_text(&out) : arena_printf(a, "[%s]", w->reason);
	}
	return "gone";
}

static struct snapshot after(struct arena *a, struct step *steps, size_t n)
{
	struct snapshot s = start(a);
	struct plan p = {.graph = "demo", .steps = steps, .n_steps = n};

	return simulate(a, &s, &p);
}

static int64_t cpu_of(const struct snapshot *s, const char *cluster)
{
	return amounts_get(&snapshot_cluster(s, cluster)->allocated, "cpu");
}

static void a_release_and_its_policy_make_a_workload_that_takes_room(void **state)
{
	struct arena a scoped_arena = {0};
	struct step steps[] = {put_policy(&a, "[a]"), put_release(&a, "web", "{}")};
	struct snapshot s = after(&a, steps, countof(steps));
	(void)state;

	assert_string_equal(fares(&a, &s, "web"), "a 2/2");
	assert_int_equal(cpu_of(&s, "a"), 2000);
	assert_int_equal(cpu_of(&s, "b"), 0);
	const struct release *r = snapshot_release(&s, "test", "web");
	assert_string_equal(r->status, "deployed");
	assert_string_equal(r->graph, "demo");
	assert_string_equal(r->instance, "us");
	assert_string_equal(r->chart_digest, "abc");
	assert_int_equal(r->revision, 1);
	assert_int_equal(s.n_objects, 1);
	assert_string_equal(s.objects[0].name, "smo-web");
}

static void the_order_of_policy_and_release_does_not_matter(void **state)
{
	struct arena a scoped_arena = {0};
	struct step steps[] = {put_release(&a, "web", "{replicaCount: 3}"), put_policy(&a, "[b]")};
	struct snapshot s = after(&a, steps, countof(steps));
	(void)state;

	assert_string_equal(fares(&a, &s, "web"), "b 3/3");
	assert_int_equal(cpu_of(&s, "b"), 1500);
}

static void a_move_gives_back_what_it_took(void **state)
{
	struct arena a scoped_arena = {0};
	struct step steps[] = {put_policy(&a, "[a]"), put_release(&a, "web", "{}"),
			       put_policy(&a, "[a, b]"), put_policy(&a, "[b]")};
	struct snapshot s = after(&a, steps, 3);
	(void)state;

	assert_string_equal(fares(&a, &s, "web"), "a 2/2, b 2/2");
	s = after(&a, steps, 4);
	assert_string_equal(fares(&a, &s, "web"), "b 2/2");
	assert_int_equal(cpu_of(&s, "a"), 1000);
	assert_int_equal(cpu_of(&s, "b"), 1000);
}

static void a_deleted_release_leaves_nothing(void **state)
{
	struct arena a scoped_arena = {0};
	struct step steps[] = {put_policy(&a, "[a]"), put_release(&a, "web", "{}"),
			       delete_item("Release/test/web"),
			       delete_item("PropagationPolicy/test/smo-web")};
	struct snapshot s = after(&a, steps, countof(steps));
	(void)state;

	assert_string_equal(fares(&a, &s, "web"), "gone");
	assert_int_equal(cpu_of(&s, "a"), 1000);
	assert_int_equal(s.n_releases, 0);
	assert_int_equal(s.n_objects, 0);
}

static void without_its_policy_it_goes_on_and_hears_of_nothing(void **state)
{
	struct arena a scoped_arena = {0};
	struct step steps[] = {put_policy(&a, "[a]"), put_release(&a, "web", "{}"),
			       delete_item("PropagationPolicy/test/smo-web")};
	struct snapshot s = after(&a, steps, countof(steps));
	(void)state;

	assert_string_equal(fares(&a, &s, "web"), "a 2/2 old");
}

static void a_dead_cluster_takes_nothing_new(void **state)
{
	struct arena a scoped_arena = {0};
	struct step steps[] = {put_policy(&a, "[dead]"), put_release(&a, "web", "{}")};
	struct snapshot s = after(&a, steps, countof(steps));
	(void)state;

	assert_string_equal(fares(&a, &s, "web"), "[NoClusterFit: 0/3 clusters are available]");
	assert_int_equal(cpu_of(&s, "dead"), 2000);
}

static void an_override_counts_in_what_is_taken(void **state)
{
	struct arena a scoped_arena = {0};
	struct step override = {
		.verb = STEP_PUT,
		.item = "OverridePolicy/test/smo-web",
		.object = yaml(&a, "apiVersion: policy.karmada.io/v1alpha1\n"
				   "kind: OverridePolicy\n"
				   "metadata: {name: smo-web, namespace: test}\n"
				   "spec: {resourceSelectors: [{kind: Deployment, name: web}], "
				   "overrideRules: [{overriders: {plaintext: [{path: "
				   "/spec/template/spec/containers/0/resources, operator: replace, "
				   "value: {requests: {cpu: 2}}}]}}]}\n"),
	};
	struct step steps[] = {put_policy(&a, "[b]"), override, put_release(&a, "web", "{}"),
			       delete_item("OverridePolicy/test/smo-web")};
	struct snapshot s = after(&a, steps, 3);
	(void)state;

	assert_int_equal(cpu_of(&s, "b"), 4000);
	s = after(&a, steps, 4);
	assert_int_equal(cpu_of(&s, "b"), 1000);
}

static void scaling_holds_until_the_values_say_otherwise(void **state)
{
	struct arena a scoped_arena = {0};
	struct readiness web = {.kind = "Deployment", .name = "web", .namespace_ = "test"};
	struct step scale = {.verb = STEP_SCALE, .replicas = 4, .wait = &web, .n_wait = 1};
	struct step steps[] = {put_policy(&a, "[a]"), put_release(&a, "web", "{}"), scale,
			       put_release(&a, "web", "{}")};
	struct snapshot s = after(&a, steps, 3);
	(void)state;

	assert_string_equal(fares(&a, &s, "web"), "a 4/4");
	assert_int_equal(cpu_of(&s, "a"), 3000);
	s = after(&a, steps, 4);
	assert_string_equal(fares(&a, &s, "web"), "a 2/2");
	assert_int_equal(snapshot_release(&s, "test", "web")->revision, 2);
}

static void a_legacy_chart_goes_where_its_values_say(void **state)
{
	struct arena a scoped_arena = {0};
	struct step steps[] = {
		put_release(&a, "old", "{clustersAffinity: [b]}"),
		put_release(&a, "old", "{voChartOverwrite: {clustersAffinity: [a]}}")};
	struct snapshot s = after(&a, steps, 1);
	(void)state;

	assert_string_equal(fares(&a, &s, "old"), "b 1/1");
	s = after(&a, steps, 2);
	assert_string_equal(fares(&a, &s, "old"), "a 1/1");
}

static void a_namespace_takes_all_that_is_in_it_along(void **state)
{
	struct arena a scoped_arena = {0};
	struct step steps[] = {put_policy(&a, "[a]"), put_release(&a, "web", "{}"),
			       delete_item("Namespace/test")};
	struct snapshot s = after(&a, steps, countof(steps));
	(void)state;

	assert_false(s.namespace_exists || s.namespace_ours);
	assert_int_equal(s.n_releases + s.n_objects + s.n_workloads, 0);
	assert_int_equal(cpu_of(&s, "a"), 1000);
}

static void one_step_at_a_time_ends_in_the_same_world(void **state)
{
	struct arena a scoped_arena = {0};
	struct step steps[] = {
		put_policy(&a, "[a]"),    put_release(&a, "web", "{}"),
		put_policy(&a, "[a, b]"), put_release(&a, "old", "{clustersAffinity: [b]}"),
		put_policy(&a, "[b]"),    delete_item("Release/test/old")};
	struct snapshot s = start(&a), all = after(&a, steps, countof(steps));
	(void)state;

	for (size_t i = 0; i < countof(steps); i++)
		s = simulate_step(&a, &s, &steps[i]);
	assert_true(node_equal(bind_write(&a, &snapshot_shape, &s),
			       bind_write(&a, &snapshot_shape, &all)));
}

static void what_is_simulated_stays_as_it_was(void **state)
{
	struct arena a scoped_arena = {0};
	struct step steps[] = {put_policy(&a, "[a]"), put_release(&a, "web", "{}")};
	struct snapshot s = start(&a), same = start(&a);
	struct plan p = {.steps = steps, .n_steps = countof(steps)};
	(void)state;

	simulate(&a, &s, &p);
	assert_true(node_equal(bind_write(&a, &snapshot_shape, &s),
			       bind_write(&a, &snapshot_shape, &same)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_release_and_its_policy_make_a_workload_that_takes_room),
		cmocka_unit_test(the_order_of_policy_and_release_does_not_matter),
		cmocka_unit_test(a_move_gives_back_what_it_took),
		cmocka_unit_test(a_deleted_release_leaves_nothing),
		cmocka_unit_test(without_its_policy_it_goes_on_and_hears_of_nothing),
		cmocka_unit_test(a_dead_cluster_takes_nothing_new),
		cmocka_unit_test(an_override_counts_in_what_is_taken),
		cmocka_unit_test(scaling_holds_until_the_values_say_otherwise),
		cmocka_unit_test(a_legacy_chart_goes_where_its_values_say),
		cmocka_unit_test(a_namespace_takes_all_that_is_in_it_along),
		cmocka_unit_test(one_step_at_a_time_ends_in_the_same_world),
		cmocka_unit_test(what_is_simulated_stays_as_it_was),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
