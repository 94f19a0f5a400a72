// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "kit.h"
#include "model/kinds.h"
#include "plan/desire.h"
#include "plan/diff.h"
#include "plan/make.h"
#include "plan/simulate.h"

#define CLUSTERS                                                                                   \
	"clusters: [{name: a, ready: true, hasSummary: true, allocatable: {cpu: '8', memory: "     \
	"8Gi}}, "                                                                                  \
	"{name: b, ready: true, hasSummary: true, allocatable: {cpu: '8', memory: 8Gi}}]\n"
#define CHART                                                                                      \
	"charts: [{service: web, ref: x, digest: 'sha256:1', name: web, objects: [{apiVersion: "   \
	"apps/v1, kind: Deployment, name: web, replicas: 1, podPath: /spec/template, containers: " \
	"[{name: m}]}]}]\n"
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

static const char *steps(struct arena *arena, const char *text, const struct placement *p,
			 bool removing)
{
	struct graph g = kit_graph(arena, WEB);
	struct snapshot s = kit_snapshot(arena, text);
	const struct desire_options o = {.stopped = removing};
	const struct diff_options how = {.removing = removing, .graph = &g};
	struct desired d;
	struct steps list = {0};
	struct err *e = desire(arena, &g, &s, p, &o, &d);

	if (e)
		fail_msg("%s", e->msg);
	diff(arena, &d, &s, &how, &list);
	return kit_steps(arena, list.list.at, list.list.n);
}

static void nothing_there_means_put_everything(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	struct placement p = on(&a, "a", NULL);

	assert_string_equal(steps(&a, CLUSTERS CHART, &p, false), "put namespace shop\n"
								  "put policy web on a | 1\n"
								  "put override web | 1\n"
								  "put release web on a | 1 2 3");
}

#define POLICY(clusters, more)                                                                     \
	"objects: [{apiVersion: policy.karmada.io/v1alpha1, kind: PropagationPolicy, name: "       \
	"smo-web, namespace: shop, graph: demo, service: web, instance: me, body: {spec: "         \
	"{resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: web, namespace: "      \
	"shop}], propagateDeps: true, schedulerName: x, placement: {clusterAffinity: "             \
	"{clusterNames: [" clusters "]}" more "}}}}]\n"

static void only_what_is_ours_is_compared(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	struct placement p = on(&a, "a", NULL);
	const char *base = "namespaceExists: true\n" CLUSTERS CHART;

	assert_string_equal(steps(&a, arena_printf(&a, "%s%s", base, POLICY("a", "")), &p, false),
			    "put override web\nput release web on a | 1");
	assert_string_equal(steps(&a, arena_printf(&a, "%s%s", base, POLICY("b", "")), &p, false),
			    "put policy web on a\nput override web\nput release web on a | 1 2");
	assert_string_equal(
		steps(&a,
		      arena_printf(&a, "%s%s", base,
				   POLICY("a", ", clusterTolerations: [{operator: Exists}]")),
		      &p, false),
		"put policy web on a\nput override web\nput release web on a | 1 2");
}

static void what_is_not_ours_is_never_deleted(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	struct placement p = {0};

	assert_string_equal(
		steps(&a,
		      "namespaceExists: true\nnamespaceOurs: true\nforeignInNamespace: 2\n" CLUSTERS
		      "releases: [{name: web, namespace: shop, graph: demo, service: web, "
		      "instance: me, "
		      "status: deployed}, {name: alien, namespace: shop, status: deployed}, {name: "
		      "twin, namespace: shop, graph: demo, service: twin, instance: other, status: "
		      "deployed}]\n" POLICY("a", ""),
		      &p, true),
		"delete release web\ndelete policy smo-web | 1");
}

#define LEFT                                                                                       \
	"left: [{apiVersion: monitoring.coreos.com/v1, kind: PrometheusRule, name: smo-demo, "     \
	"namespace: monitoring, place: 'files:/srv/rules'}, {apiVersion: "                         \
	"dashboard.grafana.app/v1beta1, kind: Dashboard, name: smo-g-demo, place: "                \
	"'grafana:http://g:3000'}]\n"

/* Also where an object of that name is wanted, or is there, in the place where such go now. */
static void what_is_left_in_a_former_place_goes_by_optional_steps(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	struct graph g = kit_graph(&a, WEB);
	struct snapshot s = kit_snapshot(&a, CLUSTERS LEFT);
	const struct diff_options how = {.graph = &g};
	struct desired d = {.graph = "demo", .project = "shop", .instance = "me"};
	struct steps list = {0};

	diff(&a, &d, &s, &how, &list);
	assert_string_equal(kit_steps(&a, list.list.at, list.list.n),
			    "delete rules smo-demo\ndelete dashboard smo-g-demo");
	for (size_t i = 0; i < 2; i++) {
		const struct step *st = &list.list.at[i];

		assert_true(st->optional);
		assert_string_equal(object_place(st->object), s.left[i].place);
	}
	assert_string_equal(list.list.at[0].reason,
			    "such go elsewhere now, it is left in files in /srv/rules");
	assert_string_equal(list.list.at[1].reason,
			    "such go elsewhere now, it is left in Grafana at http://g:3000");
	const struct plan p = {.steps = list.list.at, .n_steps = list.list.n};
	assert_int_equal(simulate(&a, &s, &p).n_left, 0);
	assert_int_equal(simulate_step(&a, &s, &list.list.at[0]).n_left, 1);
	assert_string_not_equal(
		plan_inputs_hash(&a, &g, &s, &(struct placement){0}),
		plan_inputs_hash(&a, &g, &(struct snapshot){0}, &(struct placement){0}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_there_means_put_everything),
		cmocka_unit_test(only_what_is_ours_is_compared),
		cmocka_unit_test(what_is_not_ours_is_never_deleted),
		cmocka_unit_test(what_is_left_in_a_former_place_goes_by_optional_steps),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
