// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "kit.h"
#include "plan/make.h"

#define CLUSTERS                                                                                   \
	"clusters: [{name: a, ready: true, hasSummary: true, allocatable: {cpu: '8', memory: "     \
	"8Gi}}, "                                                                                  \
	"{name: b, ready: true, hasSummary: true, allocatable: {cpu: '8', memory: 8Gi}}]\n"
#define CHART                                                                                      \
	"charts: [{service: web, ref: x, digest: 'sha256:1', name: web, objects: [{apiVersion: "   \
	"apps/v1, kind: Deployment, name: web, replicas: 1, podPath: /spec/template, containers: " \
	"[{name: m}]}]}]\n"
#define ON(cluster)                                                                                \
	"workloads: [{kind: Deployment, name: web, namespace: shop, graph: demo, service: web, "   \
	"replicas: 1, scheduled: true, clusters: [" cluster "], requests: {cpu: '1'}, shares: "    \
	"[{cluster: " cluster ", applied: true, current: true, replicas: 1, ready: 1}]}]\n"
#define WEB                                                                                        \
	"[{id: web, artifact: {ociImage: 'oci://r/web:1'}, deployment: {intent: {compute: {cpu: "  \
	"'1'}}}}]"

static struct placement on(struct arena *arena, const char *first, const char *second)
{
	struct service_placement *p = arena_new(arena, struct service_placement);

	p->service = "web";
	p->shares = arena_new_n(arena, struct share, 2);
	p->shares[p->n_shares++] = (struct share){first, second ? 1 : 0};
	if (second)
		p->shares[p->n_shares++] = (struct share){second, 1};
	return (struct placement){p, 1};
}

static struct plan plan(struct arena *arena, const char *text, const struct placement *p,
			const struct make_options *o)
{
	struct graph g = kit_graph(arena, WEB);
	struct snapshot s = kit_snapshot(arena, text);
	struct desired d;
	struct plan made = {0};
	struct err *e = plan_make(arena, &g, &s, p, o, &d, &made);

	if (e)
		fail_msg("%s", e->msg);
	return made;
}

static void waiting_comes_last_and_waits_for_all(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	struct placement p = on(&a, "a", NULL);
	const struct make_options o = {.verb = "deploy", .wait = true};
	struct plan made = plan(&a, CLUSTERS CHART, &p, &o);
	const struct step *last = &made.steps[made.n_steps - 1];

	assert_int_equal(last->verb, STEP_WAIT);
	assert_int_equal(last->n_after, made.n_steps - 1);
}

static void a_dead_member_is_told_where_we_left_something(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	struct placement p = on(&a, "b", NULL);
	const struct make_options o = {.verb = "re-place"};
	struct plan made = plan(
		&a,
		"clusters: [{name: a, ready: false}, {name: b, ready: true, "
		"hasSummary: true, allocatable: {cpu: '8', memory: 8Gi}}, {name: c, "
		"ready: false}]\n" CHART ON(
			"a") "objects: [{apiVersion: policy.karmada.io/v1alpha1, kind: "
			     "PropagationPolicy, name: smo-web, namespace: shop, graph: demo, "
			     "service: web, instance: me, body: {spec: {resourceSelectors: [{kind: "
			     "Deployment, name: web}], placement: {clusterAffinity: {clusterNames: "
			     "[a]}}}}}]",
		&p, &o);

	assert_int_equal(made.n_notes, 1);
	assert_string_equal(made.notes[0],
			    "a is not ready: what is there is cleaned up when it returns");
}

#define RELEASES(x, y)                                                                             \
	CLUSTERS CHART "releases: [{name: " x ", graph: demo}, {name: " y ", graph: demo}]\n"

static void the_hash_tells_inputs_apart_and_not_their_order(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	struct placement p = on(&a, "a", NULL), q = on(&a, "b", NULL);
	const struct make_options o = {.verb = "deploy"};
	const char *one = plan(&a, RELEASES("x", "y"), &p, &o).inputs_hash;

	assert_string_equal(one, plan(&a, RELEASES("y", "x"), &p, &o).inputs_hash);
	assert_string_not_equal(one, plan(&a, CLUSTERS CHART, &p, &o).inputs_hash);
	assert_string_not_equal(one, plan(&a, RELEASES("x", "y"), &q, &o).inputs_hash);
	assert_string_not_equal(
		plan(&a, CLUSTERS CHART, &p, &o).inputs_hash,
		plan(&a, CLUSTERS CHART "services: [{service: web, replicas: 3}]", &p, &o)
			.inputs_hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waiting_comes_last_and_waits_for_all),
		cmocka_unit_test(a_dead_member_is_told_where_we_left_something),
		cmocka_unit_test(the_hash_tells_inputs_apart_and_not_their_order),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
