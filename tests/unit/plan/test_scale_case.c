// SPDX-License-Identifier: Apache-2.0
/* Who is scaled by what, and what the clusters have for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "kit.h"
#include "plan/scale_case.h"
#include "plan/scale_policy.h"

#define ARTIFACT "artifact: {ociImage: c, ociConfig: {type: App, implementer: HELM}}"
#define CPU      "compute: {cpu: '1', ram: none}"
#define CHART(id)                                                                                  \
	"{service: " id ", ref: c, name: " id ", objects: [{apiVersion: apps/v1, kind: "           \
	"Deployment, name: " id ", replicas: 1, podPath: /spec/template, containers: [{name: "     \
	"main}]}]}"
#define RUNS(id, n, cluster)                                                                       \
	"{kind: Deployment, name: " id ", namespace: shop, graph: demo, service: " id              \
	", replicas: " n ", clusters: [" cluster                                                   \
	"], requests: {cpu: '1'}, shares: [{cluster: " cluster ", replicas: " n ", ready: " n      \
	"}]}"

static const struct scaling settings = {.query = "x", .window = "30s"};

/* ---- policies ---- */

/* A list of services, in flow form. */
static struct graph graph_of(struct arena *a, const char *services)
{
	return kit_graph(a, arena_printf(a, "[%s]", services));
}

static struct scale_policy policy_of(struct arena *a, const char *scaling,
				     const struct scale_learnt *learnt, const struct scaling *s)
{
	struct graph g =
		graph_of(a, arena_printf(a, "{id: web, " ARTIFACT ", deployment: {%s%s}}",
					 scaling ? "scaling: " : "", scaling ? scaling : ""));

	return scale_policy_of(a, &g.services[0], learnt, s);
}

static void the_descriptor_comes_before_what_was_learnt_and_that_before_the_settings(void **state)
{
	struct arena a scoped_arena = {0};
	struct scaling_model model = {3, -1};
	const struct scale_learnt learnt = {.alpha = 2, .beta = -0.5};
	struct scaling with = settings;

	(void)state;
	with.model = &model;
	struct scale_policy p = policy_of(&a, "{model: {alpha: 5}}", &learnt, &with);
	assert_float_equal(p.model.alpha, 5, 0);
	assert_string_equal(p.model.origin, "descriptor");
	p = policy_of(&a, "{max: 3}", &learnt, &with);
	assert_float_equal(p.model.beta, -0.5, 0);
	assert_string_equal(p.model.origin, "learnt");
	p = policy_of(&a, NULL, NULL, &with);
	assert_float_equal(p.model.alpha, 3, 0);
	assert_string_equal(p.model.origin, "settings");
	assert_false(policy_of(&a, "{}", NULL, &settings).has_model);
}

static void a_target_uses_a_part_of_what_is_sustained(void **state)
{
	struct arena a scoped_arena = {0};

	(void)state;
	struct scale_policy p =
		policy_of(&a, "{model: {alpha: 10, beta: -2}, target: 0.5}", NULL, &settings);
	assert_float_equal(p.model.alpha, 5, 0);
	assert_float_equal(p.model.beta, -1, 0);
	assert_string_equal(p.model.origin, "descriptor, used to 50 %");
}

static void what_is_left_out_comes_from_the_settings_and_else_from_the_defaults(void **state)
{
	struct arena a scoped_arena = {0};
	struct scaling_way down = {.stabilization = "1m", .replicas = 2, .period = "10s"};
	struct scaling_tolerance t = {0.2, 0.3};
	struct scaling with = settings;

	(void)state;
	with.down = &down;
	with.tolerance = &t;
	with.cooldown = "20s";
	struct scale_manners m =
		policy_of(&a, "{down: {stabilization: 2m}, up: {percent: 50}, initial: 0s}", NULL,
			  &with)
			.manners;
	assert_int_equal(m.window_down_ms, 120000);
	assert_int_equal(m.down.replicas, 2);
	assert_int_equal(m.down.period_ms, 10000);
	assert_float_equal(m.down.percent, 0, 0);
	assert_int_equal(m.up.replicas, 0);
	assert_float_equal(m.up.percent, 50, 0);
	assert_int_equal(m.up.period_ms, 15000);
	assert_int_equal(m.initial_ms, 0);
	assert_int_equal(m.cooldown_ms, 20000);
	assert_float_equal(m.tolerance_up, 0.2, 0);
	m = policy_of(&a, "{}", NULL, &settings).manners;
	assert_int_equal(m.window_down_ms, scale_manners_default.window_down_ms);
	assert_int_equal(m.up.replicas, scale_manners_default.up.replicas);
	assert_float_equal(m.tolerance_down, scale_manners_default.tolerance_down, 0);
}

static void to_zero_is_asked_for_and_copies_on_clusters_forbid_it(void **state)
{
	struct arena a scoped_arena = {0};
	struct scaling with = settings;

	(void)state;
	with.min = 1;
	assert_true(policy_of(&a, "{toZero: true}", NULL, &with).to_zero);
	assert_false(policy_of(&a, "{toZero: true, min: 2}", NULL, &with).to_zero);
	assert_false(policy_of(&a, "{}", NULL, &with).to_zero);
	struct graph g = graph_of(
		&a, "{id: web, " ARTIFACT ", deployment: {scaling: {toZero: true}, intent: "
		    "{highAvailability: {enabled: true, replicasAcrossClusters: 2}}}}");
	struct scale_policy p = scale_policy_of(&a, &g.services[0], NULL, &with);
	assert_false(p.to_zero);
	assert_int_equal(p.min, 2);
}

/* ---- cases ---- */

struct scene {
	struct graph g;
	struct snapshot s;
	struct scale_subject subjects[4];
	struct scale_case c;
};

static void make(struct arena *a, struct scene *sc, const char *services, const char *world)
{
	sc->g = graph_of(a, services);
	sc->s = kit_snapshot(a, world);
	for (size_t i = 0; i < sc->g.n_services; i++)
		sc->subjects[i] = (struct scale_subject){
			.service = &sc->g.services[i],
			.policy = scale_policy_of(a, &sc->g.services[i], NULL, &settings)};
	scale_subjects_look(a, &sc->g, &sc->s, sc->subjects, sc->g.n_services);
	scale_case_of(a, &sc->g, &sc->s, sc->subjects, sc->g.n_services, &sc->c);
}

#define WORLD(more)                                                                                \
	"clusters: [{name: a, ready: true, hasSummary: true, allocatable: {cpu: '10'}, "           \
	"allocated: {cpu: '6'}}]\n"                                                                \
	"charts: [" CHART("web") ", " CHART("api") ", " CHART(                                     \
		"jobs") "]\n"                                                                      \
			"workloads: [" RUNS("web", "2", "a") ", " RUNS("api", "1", "a") "]\n" more

#define SCALED(id)                                                                                 \
	"{id: " id ", " ARTIFACT ", deployment: {scaling: {model: {alpha: 1}}, "                   \
	"intent: {" CPU "}}}, "

/* 10 cores, 6 of them allocated, 3 of these ours: 7 for what is scaled. */
static void a_cluster_has_what_is_free_and_what_is_used_by_those_that_are_scaled(void **state)
{
	struct arena a scoped_arena = {0};
	struct scene sc = {0};

	(void)state;
	make(&a, &sc, SCALED("web") SCALED("api"), WORLD(""));
	assert_int_equal(sc.c.n_services, 2);
	assert_int_equal(sc.c.n_bins, 1);
	assert_string_equal(sc.c.bins[0].resource, "cpu");
	assert_int_equal(sc.c.bins[0].room, 7000);
	assert_int_equal(sc.c.services[0].uses[0].amount, 1000);
}

static void what_other_graphs_intend_is_not_theirs_to_take(void **state)
{
	struct arena a scoped_arena = {0};
	struct scene sc = {0};

	(void)state;
	make(&a, &sc, SCALED("web") SCALED("api"),
	     WORLD("reservations: [{graph: other, service: x, cluster: a, replicas: 2, perReplica: "
		   "{cpu: '1'}}]\n"));
	assert_int_equal(sc.c.bins[0].room, 5000);
}

/* A service without a model is held, and keeps what it has: the others may not take it. */
static void those_that_are_held_keep_their_room(void **state)
{
	struct arena a scoped_arena = {0};
	struct scene sc = {0};
	double load = 100;

	(void)state;
	make(&a, &sc, SCALED("web") "{id: api, " ARTIFACT ", deployment: {intent: {" CPU "}}}, ",
	     WORLD(""));
	assert_string_equal(sc.subjects[1].held,
			    "no model says what a replica sustains: see `smo profile`");
	sc.c.services[0].rates = &load;
	sc.c.services[0].n_rates = 1;
	sc.c.services[0].manners = (struct scale_manners){0};
	struct scale_result r = scale_case_decide(&a, &sc.c, false, 0);
	assert_int_equal(r.at[0].to, 6);
	assert_int_equal(r.at[0].limit, SCALE_CAPACITY);
	assert_int_equal(r.at[1].to, 1);
}

static void who_is_left_alone_is_told_why(void **state)
{
	struct arena a scoped_arena = {0};
	struct scene sc = {0};

	(void)state;
	make(&a, &sc,
	     SCALED("web") "{id: api, " ARTIFACT ", deployment: {scaling: {paused: true, model: "
			   "{alpha: 1}}}}, " SCALED("jobs"),
	     WORLD("services: [{service: web, status: Deployed, replicas: 2, setBy: hand}]\n"));
	assert_string_equal(sc.subjects[0].held,
			    "set to 2 by hand: `smo graph scale demo web=auto` gives it back");
	assert_string_equal(sc.subjects[1].held, "scaling is paused");
	assert_string_equal(sc.subjects[2].held, "it is not deployed");
	assert_false(sc.subjects[2].here);
	make(&a, &sc, SCALED("web"),
	     WORLD("services: [{service: web, status: Deployed, replicas: 2, setBy: model}]\n"));
	assert_null(sc.subjects[0].held);
}

static void the_graph_as_a_whole_may_have_a_limit(void **state)
{
	struct arena a scoped_arena = {0};
	struct scene sc = {0};
	double load = 100;

	(void)state;
	sc.g = graph_of(&a, SCALED("web") SCALED("api"));
	sc.s = kit_snapshot(&a, WORLD(""));
	sc.g.intent.max_replicas_overall = 5;
	for (size_t i = 0; i < 2; i++)
		sc.subjects[i] = (struct scale_subject){
			.service = &sc.g.services[i],
			.policy = scale_policy_of(&a, &sc.g.services[i], NULL, &settings),
			.rates = &load,
			.n_rates = 1};
	scale_subjects_look(&a, &sc.g, &sc.s, sc.subjects, 2);
	scale_case_of(&a, &sc.g, &sc.s, sc.subjects, 2, &sc.c);
	for (size_t i = 0; i < 2; i++)
		sc.c.services[i].manners = (struct scale_manners){0};
	struct scale_result r = scale_case_decide(&a, &sc.c, false, 0);
	assert_true(r.fits);
	assert_int_equal(r.at[0].to + r.at[1].to, 5);
}

/* Divided replicas take a share of each cluster. */
static void divided_replicas_are_not_counted_whole_on_each_cluster(void **state)
{
	struct arena a scoped_arena = {0};
	struct scene sc = {0};

	(void)state;
	make(&a, &sc,
	     "{id: web, " ARTIFACT ", deployment: {scaling: {model: {alpha: 1}}, intent: {" CPU
	     ", highAvailability: {enabled: true, replicasAcrossClusters: 2}}}}, ",
	     "clusters: [{name: a, ready: true, hasSummary: true, allocatable: {cpu: '10'}, "
	     "allocated: {cpu: '2'}}, {name: b, ready: true, hasSummary: true, allocatable: {cpu: "
	     "'4'}, allocated: {cpu: '2'}}]\n"
	     "charts: [" CHART("web") "]\n"
				      "workloads: [{kind: Deployment, name: web, namespace: shop, "
				      "graph: demo, service: "
				      "web, replicas: 4, clusters: [a, b], requests: {cpu: '1'}, "
				      "shares: [{cluster: a, "
				      "replicas: 2}, {cluster: b, replicas: 2}]}]\n");
	assert_int_equal(sc.c.n_bins, 2);
	assert_int_equal(sc.c.services[0].uses[0].amount, 500);
	assert_int_equal(sc.c.bins[0].room, 10000);
	assert_int_equal(sc.c.bins[1].room, 4000);
}

static void the_original_decides_each_cluster_by_itself(void **state)
{
	struct arena a scoped_arena = {0};
	struct scene sc = {0};
	double load = 3;

	(void)state;
	make(&a, &sc, SCALED("web") SCALED("api"), WORLD(""));
	for (size_t i = 0; i < 2; i++) {
		sc.c.services[i].rates = &load;
		sc.c.services[i].n_rates = 1;
	}
	struct scale_result r = scale_case_decide(&a, &sc.c, true, 0);
	assert_true(r.fits);
	assert_int_equal(r.at[0].to, 3);
	assert_int_equal(r.at[1].to, 3);
	load = 5;
	r = scale_case_decide(&a, &sc.c, true, 0);
	assert_false(r.fits);
	assert_string_equal(r.problem, "the cluster lacks 3 cores");
	assert_int_equal(r.at[0].to, 2);
	load = (double)NAN;
	r = scale_case_decide(&a, &sc.c, true, 0);
	assert_int_equal(r.at[0].to, 2);
	assert_int_equal(r.at[0].limit, SCALE_NO_METRIC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_descriptor_comes_before_what_was_learnt_and_that_before_the_settings),
		cmocka_unit_test(a_target_uses_a_part_of_what_is_sustained),
		cmocka_unit_test(
			what_is_left_out_comes_from_the_settings_and_else_from_the_defaults),
		cmocka_unit_test(to_zero_is_asked_for_and_copies_on_clusters_forbid_it),
		cmocka_unit_test(
			a_cluster_has_what_is_free_and_what_is_used_by_those_that_are_scaled),
		cmocka_unit_test(what_other_graphs_intend_is_not_theirs_to_take),
		cmocka_unit_test(those_that_are_held_keep_their_room),
		cmocka_unit_test(who_is_left_alone_is_told_why),
		cmocka_unit_test(the_graph_as_a_whole_may_have_a_limit),
		cmocka_unit_test(divided_replicas_are_not_counted_whole_on_each_cluster),
		cmocka_unit_test(the_original_decides_each_cluster_by_itself),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
