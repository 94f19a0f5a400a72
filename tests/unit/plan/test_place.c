// SPDX-License-Identifier: Apache-2.0
/*
 * Placement: the numeric cases of the original, who decides on the policy, and that what is wrong
 * is seen.  Ties are broken as plan/place.h has it: fewest moves, then services in the order of
 * their names, each on the first cluster by name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "kit.h"
#include "plan/place.h"
#include "plan/place_aim.h"
#include "plan/reserve.h"

enum { MOST = 3 };

/* Cores, "" where unused; a service "2*3" has 3 replicas. */
struct original_case {
	const char *cap[MOST];
	int acc[MOST];
	const char *cpu[MOST];
	int replicas[MOST], need[MOST];
	int now[MOST]; /* cluster, or -1 */
	int want[MOST];
	int error; /* enum err_kind */
};

static struct graph graph_of(struct arena *a, const struct original_case *c)
{
	struct str s = {.a = a};

	for (int i = 0; i < MOST && c->cpu[i]; i++)
		str_addf(&s,
			 "%s{id: s%d, artifact: {ociImage: 'oci://r/x:1'}, deployment: {replicas: "
			 "%d, intent: {compute: {cpu: '%s', gpu: {enabled: %s}}}}}",
			 i ? ", " : "", i, c->replicas[i] ? c->replicas[i] : 1, c->cpu[i],
			 c->need[i] ? "true" : "false");
	return kit_graph(a, arena_printf(a, "[%s]", str_text(&s)));
}

/* As in the original, replicas stay together and GPUs are there or not. */
static struct snapshot world_of(struct arena *a, const struct original_case *c, bool with_state)
{
	struct str s = {.a = a}, charts = {.a = a}, state = {.a = a};

	for (int i = 0; i < MOST && c->cap[i]; i++)
		str_addf(&s,
			 "  - {name: c%d, ready: true, hasSummary: true, allocatable: {cpu: '%s', "
			 "memory: 64Gi%s}}\n",
			 i, c->cap[i], c->acc[i] ? ", nvidia.com/gpu: '9'" : "");
	for (int i = 0; i < MOST && c->cpu[i]; i++) {
		str_addf(
			&charts,
			"  - {service: s%d, ref: x, name: s%d, digest: 'sha256:1', objects: "
			"[{apiVersion: apps/v1, kind: Deployment, name: s%d, replicas: 1, podPath: "
			"/spec/template, ownPolicy: true, policyFollows: true, containers: "
			"[{name: m}]}]}\n",
			i, i, i);
		if (c->now[i] >= 0)
			str_addf(&state, "  - {service: s%d, status: Deployed, clusters: [c%d]}\n",
				 i, c->now[i]);
	}
	return kit_snapshot(a, arena_printf(a, "clusters:\n%scharts:\n%s%s%s", str_text(&s),
					    str_text(&charts),
					    with_state && state.len ? "services:\n" : "",
					    with_state && state.len ? str_text(&state) : ""));
}

static void check_case(const struct original_case *c, const char *policy, bool with_state)
{
	struct arena a scoped_arena = {0};
	struct graph g = graph_of(&a, c);
	struct snapshot s = world_of(&a, c, with_state);
	const struct place_options o = {.policy = policy};
	struct placement p = {0};
	struct place_why why = {0};
	struct err *e = place(&a, &g, &s, &o, &p, &why);

	if (c->error) {
		assert_non_null(e);
		assert_int_equal(e->kind, c->error);
		return;
	}
	if (e)
		fail_msg("%s", e->msg);
	for (int i = 0; i < MOST && c->cpu[i]; i++) {
		assert_int_equal(p.services[i].n_shares, 1);
		assert_string_equal(p.services[i].shares[0].cluster,
				    arena_printf(&a, "c%d", c->want[i]));
	}
	assert_null(place_check(&a, &g, &s, &p));
}

static void first_fit_is_the_originals(void **state)
{
	static const struct original_case cases[] = {
		{{"4", "4"}, {1, 0}, {"2", "1"}, {1, 2}, {1, 0}, .want = {0, 0}},
		{{"3", "4"}, {1, 0}, {"2", "1"}, {1, 2}, {1, 0}, .want = {0, 1}},
		{{"6", "7"}, {0, 1}, {"2", "3", "1"}, {1, 1, 2}, {0, 1, 0}, .want = {0, 1, 0}},
		{{"12", "22"}, {1, 0}, {"0.5", "1", "1"}, {1, 1, 1}, {0, 1, 0}, .want = {0, 0, 0}},
		{{"2"}, {1}, {"3"}, .error = ERR_INFEASIBLE},
		{{"2", "2"}, {1, 1}, {"2", "3"}, {1, 1}, {0, 1}, .error = ERR_INFEASIBLE},
		{{"5", "4"}, {0, 0}, {"6"}, .error = ERR_INFEASIBLE},
		{{"7"}, {0}, {"5", "5"}, .error = ERR_INFEASIBLE},
		{{"5", "5"}, {0, 0}, {"4", "4", "3"}, .error = ERR_INFEASIBLE},
		{{"10", "10"}, {0, 0}, {"6", "6", "6"}, .error = ERR_INFEASIBLE},
		{{"2", "8"}, {0, 0}, {"4"}, .want = {1}},
	};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++)
		check_case(&cases[i], "first-fit", false);
}

/* The tie of the first case: the service that comes first by name stays. */
static void reoptimise_is_the_originals(void **state)
{
	static const struct original_case cases[] = {
		{{"4", "4"}, {1, 1}, {"2", "2"}, {1, 2}, {0, 1}, {0, 0}, .want = {0, 1}},
		{{"5", "5"}, {1, 0}, {"2", "3"}, {1, 1}, {1, 0}, {1, 0}, .want = {0, 0}},
		{{"10", "10"},
		 {0, 1},
		 {"2", "1", "2"},
		 {1, 2, 3},
		 {0, 1, 0},
		 {0, 0, 0},
		 .want = {0, 1, 0}},
		{{"10", "10"},
		 {0, 1},
		 {"2", "1", "2"},
		 {1, 2, 3},
		 {0, 1, 0},
		 {-1, -1, -1},
		 .want = {0, 1, 0}},
		{{"4", "6"},
		 {0, 0},
		 {"0.5", "1", "1"},
		 {1, 1, 1},
		 {0, 0, 0},
		 {0, 0, 0},
		 .want = {0, 0, 0}},
		{{"1", "1"}, {1, 1}, {"2", "2"}, {1, 1}, {0, 0}, {0, 1}, .error = ERR_INFEASIBLE},
	};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++)
		check_case(&cases[i], "reoptimise", true);
}

/* Hybrid 0.5, Fossil 1, Green 0, ten cores each; services of 6, 5 and 5 cores. */
static void green_policies_are_the_originals(void **state)
{
	static const struct {
		const char *policy;
		const char *want[3];
		double score; /* cores x carbon */
	} cases[] = {
		{"first-fit", {"c0", "c1", "c1"}, 13},
		{"green-heuristic", {"c2", "c0", "c0"}, 5},
		{"carbon-aware", {"c0", "c2", "c2"}, 3},
		{"greenest", {"c0", "c2", "c2"}, 3},
	};
	static const double carbon[] = {0.5, 1, 0}, cores[] = {6, 5, 5};
	static const struct original_case c = {
		{"10", "10", "10"}, {0}, {"6", "5", "5"}, .now = {-1, -1, -1}};
	(void)state;

	for (size_t k = 0; k < countof(cases); k++) {
		struct arena a scoped_arena = {0};
		struct graph g = graph_of(&a, &c);
		struct snapshot s = world_of(&a, &c, false);
		const struct place_options o = {.policy = cases[k].policy};
		struct placement p = {0};
		struct place_why why = {0};
		double score = 0;

		for (size_t i = 0; i < 3; i++) {
			s.clusters[i].carbon = carbon[i];
			s.clusters[i].has_carbon = true;
		}
		assert_null(place(&a, &g, &s, &o, &p, &why));
		for (size_t i = 0; i < 3; i++) {
			const char *on = p.services[i].shares[0].cluster;

			assert_string_equal(on, cases[k].want[i]);
			score += cores[i] * carbon[on[1] - '0'];
		}
		assert_true(score > cases[k].score - 1e-9 && score < cases[k].score + 1e-9);
	}
}

/* ---- who decides on the policy ---- */

static const char *aim_text(struct arena *a, const struct graph *g, const struct snapshot *s,
			    const struct place_options *o)
{
	struct place_aim aim;

	place_aim_of(g, s, o, &aim);
	return arena_printf(a, "%s by %s", aim.policy, aim.from);
}

static void the_nearest_word_decides_on_the_policy(void **state)
{
	struct arena a scoped_arena = {0};
	struct placement_weights w = {.price = 1};
	struct placement_intent settings = {.policy = "balanced"}, weighty = {.weights = &w};
	struct place_options o = {0};
	struct graph g = {.id = "g"};
	struct cluster cl = {.name = "c", .price_cpu = 1};
	struct snapshot s = {.clusters = &cl, .n_clusters = 1};
	(void)state;

	assert_string_equal(aim_text(&a, &g, &s, &o), "stable by default");
	o.settings = &settings;
	assert_string_equal(aim_text(&a, &g, &s, &o), "balanced by settings");
	o.settings = &weighty;
	assert_string_equal(aim_text(&a, &g, &s, &o), "weights by settings");
	g.intent.high_performance = true;
	assert_string_equal(aim_text(&a, &g, &s, &o), "fastest by highPerformance");
	g.intent.energy_efficiency = true;
	assert_true(str_starts(aim_text(&a, &g, &s, &o), "cheapest by energyEfficiency"));
	cl.has_carbon = true;
	assert_string_equal(aim_text(&a, &g, &s, &o), "greenest by energyEfficiency");
	g.intent.placement.policy = "first-fit";
	assert_string_equal(aim_text(&a, &g, &s, &o), "first-fit by descriptor");
	o.policy = "reoptimise";
	assert_string_equal(aim_text(&a, &g, &s, &o), "reoptimise by --policy");
}

/* ---- the checker ---- */

#define PAIR(intent)                                                                               \
	"[{id: a, artifact: {ociImage: 'oci://r/a:1'}, deployment: {replicas: 4, intent: "         \
	"{compute: {cpu: '1'}, connectionPoints: [b]}}}, {id: b, artifact: {ociImage: "            \
	"'oci://r/b:1'}, deployment: {intent: {compute: {cpu: '2'}, " intent "}}}]"
#define TWO                                                                                        \
	"clusters: [{name: x, ready: true, hasSummary: true, region: eu, allocatable: {cpu: '3', " \
	"memory: 8Gi}}, {name: y, ready: true, hasSummary: true, region: us, allocatable: {cpu: "  \
	"'5', memory: 8Gi}}]\n"

static const char *verdict(struct arena *a, const char *services, const char *world, int64_t ax,
			   int64_t ay, const char *b)
{
	struct graph g = kit_graph(a, services);
	struct snapshot s = kit_snapshot(a, world);
	struct share of_a[2], of_b[1] = {{b, 0}};
	struct service_placement list[2] = {{"a", of_a, 0}, {"b", of_b, 1}};
	struct placement p = {list, 2};

	if (ax)
		of_a[list[0].n_shares++] = (struct share){"x", ax};
	if (ay)
		of_a[list[0].n_shares++] = (struct share){"y", ay};
	struct err *e = place_check(a, &g, &s, &p);
	return e ? e->msg : "fine";
}

static void a_placement_that_breaks_something_is_refused(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(verdict(&a, PAIR(""), TWO, 0, 4, "x"), "fine");
	assert_string_equal(verdict(&a, PAIR(""), TWO, 1, 3, "x"), "fine");
	assert_string_equal(verdict(&a, PAIR(""), TWO, 2, 2, "x"),
			    "cluster 'x' is short of cpu: 4 cores wanted, 3 cores free");
	assert_string_equal(verdict(&a, PAIR(""), TWO, 1, 2, "y"),
			    "service 'a' has 3 replicas on all clusters and shall have 4");
	assert_string_equal(verdict(&a, PAIR("coLocation: [a]"), TWO, 0, 4, "x"),
			    "service 'b' is not on the same cluster as 'a'");
	assert_string_equal(
		verdict(&a, PAIR("location: {regions: [us]}"), TWO, 0, 4, "x"),
		"service 'b': cluster 'x' is in region 'eu', which it does not ask for");
}

/* ---- what others are kept from ---- */

static void side_workloads_and_daemons_are_reserved(void **state)
{
	struct arena a scoped_arena = {0};
	struct graph g = kit_graph(&a, PAIR(""));
	struct snapshot s = kit_snapshot(
		&a,
		"clusters: [{name: x, ready: true, nodesTotal: 3}]\n"
		"charts: [{service: a, ref: r, digest: 'sha256:1', name: a, objects: [{apiVersion: "
		"apps/v1, kind: Deployment, name: a, replicas: 1, podPath: /spec/template, "
		"containers: [{name: m}]}, {apiVersion: apps/v1, kind: Deployment, name: redis, "
		"replicas: 2, podPath: /spec/template, containers: [{name: m, requests: {cpu: "
		"'1'}}]}, {apiVersion: apps/v1, kind: DaemonSet, name: log, podPath: "
		"/spec/template, containers: [{name: m, requests: {cpu: 100m}}]}]}]\n");
	struct share x = {"x", 0};
	struct service_placement list[] = {{"a", &x, 1}};
	struct placement p = {list, 1};
	struct reservation *rows;
	size_t n;
	(void)state;

	reservations_of(&a, &g, &s, &p, &rows, &n);
	assert_int_equal(n, 3);
	assert_string_equal(rows[0].service, "a");
	assert_int_equal(rows[0].replicas, 4);
	assert_string_equal(rows[1].service, "a/redis");
	assert_int_equal(rows[1].replicas, 2);
	assert_int_equal(amounts_get(&rows[1].per_replica, "cpu"), 1000);
	assert_string_equal(rows[2].service, "a/log");
	assert_int_equal(rows[2].replicas, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_fit_is_the_originals),
		cmocka_unit_test(reoptimise_is_the_originals),
		cmocka_unit_test(green_policies_are_the_originals),
		cmocka_unit_test(the_nearest_word_decides_on_the_policy),
		cmocka_unit_test(a_placement_that_breaks_something_is_refused),
		cmocka_unit_test(side_workloads_and_daemons_are_reserved),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
