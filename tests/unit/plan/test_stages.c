// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "kit.h"
#include "plan/stages.h"

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

/* "a,b>b c>" : clusters of each stage, and where arrivals are waited for. */
static const char *stages(struct arena *arena, const char *text, struct placement to)
{
	struct graph g = kit_graph(arena, WEB);
	struct snapshot s = kit_snapshot(arena, text);
	struct stages st;
	struct str out = {.a = arena};

	stages_of(arena, &g, &s, &to, &st);
	for (size_t i = 0; i < st.n; i++) {
		const struct service_placement *p = &st.at[i].placement.services[0];

		str_add(&out, i ? " " : "");
		for (size_t k = 0; k < p->n_shares; k++)
			str_addf(&out, "%s%s", k ? "," : "", p->shares[k].cluster);
		str_add(&out, ">");
		for (size_t k = 0; k < st.at[i].arrivals.n_services; k++)
			str_add(&out, st.at[i].arrivals.services[k].shares[0].cluster);
	}
	return st.n_notes ? st.notes[0] : str_text(&out);
}

static void what_stays_needs_no_stage(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(stages(&a, CLUSTERS CHART ON("a"), on(&a, "a", NULL)), "");
	assert_string_equal(stages(&a, CLUSTERS CHART, on(&a, "a", NULL)), "");
}

static void a_move_is_on_both_sides_first(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(stages(&a, CLUSTERS CHART ON("a"), on(&a, "b", NULL)), "a,b>b");
}

static void without_room_the_gap_is_told(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(stages(&a,
				   "clusters: [{name: a, ready: true, allocatable: {cpu: '8'}}, "
				   "{name: b, ready: "
				   "true, allocatable: {cpu: 500m}}]\n" CHART ON("a"),
				   on(&a, "b", NULL)),
			    "web is away from when it leaves a until its pods have started on b: "
			    "there is no room "
			    "for both");
}

static void a_chart_that_divides_by_itself_needs_replicas_for_both_sides(void **state)
{
	struct arena a scoped_arena = {0};
	static const char *const chart =
		CLUSTERS "charts: [{service: web, ref: x, digest: 'sha256:1', name: web, "
			 "readsAffinity: true, objects: [{apiVersion: apps/v1, kind: Deployment, "
			 "name: web, replicas: 1, podPath: /spec/template, containers: [{name: "
			 "m}], ownPolicy: true, policyFollows: true, policyDivides: %s}]}]\n"
			 "workloads: [{kind: Deployment, name: web, namespace: shop, graph: demo, "
			 "service: web, replicas: %d, scheduled: true, clusters: [a], requests: "
			 "{cpu: '1'}, shares: [{cluster: a, applied: true, current: true, "
			 "replicas: %d, ready: %d}]}]\n";
	struct placement to = on(&a, "b", NULL);
	(void)state;

	assert_string_equal(stages(&a, arena_printf(&a, chart, "evenly", 2, 2, 2), to), "a,b>b");
	assert_string_equal(stages(&a, arena_printf(&a, chart, "evenly", 1, 1, 1), to),
			    "web is away from when it leaves a until its pods have started on b: "
			    "its chart divides its replicas, and there are not enough");
	assert_string_equal(stages(&a, arena_printf(&a, chart, "unevenly", 2, 2, 2), to),
			    "web is away from when it leaves a until its pods have started on b: "
			    "its chart divides replicas in a way of its own");
	assert_string_equal(stages(&a, arena_printf(&a, chart, "no", 1, 1, 1), to), "a,b>b");
}

static void replicas_come_before_they_are_divided(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(stages(&a, CLUSTERS CHART ON("a"), on(&a, "a", "b")), "a>");
}

static void a_dead_cluster_is_left_at_once(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(stages(&a,
				   "clusters: [{name: a, ready: false}, {name: b, ready: true, "
				   "allocatable: {cpu: '8'}}]\n" CHART ON("a"),
				   on(&a, "b", NULL)),
			    "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_stays_needs_no_stage),
		cmocka_unit_test(a_move_is_on_both_sides_first),
		cmocka_unit_test(without_room_the_gap_is_told),
		cmocka_unit_test(a_chart_that_divides_by_itself_needs_replicas_for_both_sides),
		cmocka_unit_test(replicas_come_before_they_are_divided),
		cmocka_unit_test(a_dead_cluster_is_left_at_once),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
