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
#include "plan/desire.h"

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

static struct desired desired(struct arena *arena, const char *services, const char *text,
			      struct placement p, bool stopped)
{
	struct graph *g = arena_new(arena, struct graph);
	struct snapshot *s = arena_new(arena, struct snapshot);
	const struct desire_options o = {.stopped = stopped};
	struct desired d = {0};

	*g = kit_graph(arena, services);
	*s = kit_snapshot(arena, text);
	struct err *e = desire(arena, g, s, &p, &o, &d);
	if (e)
		fail_msg("%s", e->msg);
	return d;
}

static const char *ids(struct arena *arena, const struct desired *d)
{
	struct str out = {.a = arena};

	for (size_t i = 0; i < d->n_items; i++)
		str_addf(&out, "%s%s", i ? " " : "", d->items[i].id);
	return str_text(&out);
}

static void a_service_is_a_policy_an_override_and_a_release_in_that_order(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	struct desired d = desired(&a, WEB, CLUSTERS CHART, on(&a, "a", NULL), false);

	assert_string_equal(ids(&a, &d), "Namespace/shop PropagationPolicy/shop/smo-web "
					 "OverridePolicy/shop/smo-web Release/shop/web");
	assert_int_equal(d.items[3].n_after, 3);
	assert_int_equal(d.n_readiness, 1);
	assert_false(d.readiness[0].divided);
}

static void divided_copies_say_so_in_their_readiness(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	struct desired d = desired(&a, WEB, CLUSTERS CHART, on(&a, "a", "b"), false);

	assert_true(d.readiness[0].divided);
	assert_int_equal(d.readiness[0].n_clusters, 2);
}

static void stopping_makes_no_namespace(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	struct desired d = desired(&a, WEB, CLUSTERS CHART, on(&a, "a", NULL), true);

	assert_int_equal(d.n_items, 0);
}

static void a_namespace_of_others_is_not_ours_to_want(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	struct desired d = desired(&a, WEB, "namespaceExists: true\n" CLUSTERS CHART,
				   on(&a, "a", NULL), false);

	assert_null(desired_item(&d, "Namespace/shop"));
}

static void a_service_without_a_place_gets_no_policy(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	struct placement nowhere = on(&a, "a", NULL);

	nowhere.services[0].n_shares = 0;
	struct desired d = desired(&a, WEB, CLUSTERS CHART, nowhere, false);
	assert_null(desired_item(&d, "PropagationPolicy/shop/smo-web"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_service_is_a_policy_an_override_and_a_release_in_that_order),
		cmocka_unit_test(divided_copies_say_so_in_their_readiness),
		cmocka_unit_test(stopping_makes_no_namespace),
		cmocka_unit_test(a_namespace_of_others_is_not_ours_to_want),
		cmocka_unit_test(a_service_without_a_place_gets_no_policy),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
