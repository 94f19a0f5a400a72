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
#include "base/str.h"
#include "doc/problems.h"
#include "doc/yaml.h"
#include "model/graph.h"
#include "plan/check.h"

/* What graph_check() says of the services @services and the other keys @more. */
static const char *check(struct arena *a, const char *more, const char *services)
{
	const char *text =
		arena_printf(a, "hdaGraph: {id: g, %s services: [\n%s]}", more, services);
	struct problems reading = {.a = a}, ps = {.a = a};
	struct node *doc = NULL;
	struct str s = {.a = a};
	struct graph g;
	struct err *e = yaml_read(a, "g", text, strlen(text), &doc);

	if (e)
		fail_msg("%s\n%s", e->msg, text);
	graph_read(a, doc, &g, &reading);
	if (reading.n_errors)
		fail_msg("%s\n%s", problem_text(a, &reading.list.at[0]), text);
	graph_check(a, &g, &ps);
	problems_sort(&ps);
	for (size_t i = 0; i < ps.list.n; i++)
		str_addf(&s, "%s%s [%s]", i ? "\n" : "", problem_text(a, &ps.list.at[i]),
			 ps.list.at[i].code);
	return str_text(&s);
}

/* "{id: X, artifact: ..., Y}" */
#define SERVICE(id, more) "{id: " id ", artifact: {ociImage: c}, deployment: {" more "}}"

static void a_good_graph_has_no_problem(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(
		check(&a, "version: '1.0.0-rc.1+b.7', imVersion: '0.4.0',",
		      SERVICE("a",
			      "intent: {connectionPoints: [b], network: {latencies: "
			      "[{connectionPoint: b, qos: "
			      "low}, {connectionPoint: ''}]}, coLocation: [b]}") ", " SERVICE("b",
											      "trig"
											      "ger:"
											      " {"
											      "auto"
											      ": "
											      "{dep"
											      "ende"
											      "ncie"
											      "s: "
											      "[a]}"
											      "}, "
											      "inte"
											      "nt: "
											      "{con"
											      "nect"
											      "ionP"
											      "oint"
											      "s: "
											      "[a]"
											      "}") ", " SERVICE("c",
														"trigger: {auto: {dependencies: [a, b]}}")),
		"");
}

static void ids_appear_once(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(
		check(&a, "", SERVICE("a", "") ",\n" SERVICE("a", "") ",\n" SERVICE("7a", "")),
		"g:3:6: error: service 'a' appears twice (The first one is at line 2.) "
		"[duplicate-id]\n"
		"g:4:6: warning: service '7a' begins with a digit (Kubernetes refuses Services "
		"with such "
		"names before 1.34.) [leading-digit]");
}

static const char bad_links[] =
	SERVICE("front", "intent: {connectionPoints: [bakc, zzz, front]}") ",\n" SERVICE(
		"back", "intent: {network: {latencies: [{connectionPoint: frnt}, "
			"{connectionPoint: front, "
			"qos: low}]}}") ",\n" SERVICE("other", "intent: {coLocation: "
							       "[{id: bck}, {id: x, "
							       "groundedGraphId: u}, "
							       "other]}") ",\n" SERVICE("l"
											"a"
											"s"
											"t",
											"t"
											"r"
											"i"
											"g"
											"g"
											"e"
											"r"
											":"
											" "
											"{"
											"a"
											"u"
											"t"
											"o"
											":"
											" "
											"{"
											"d"
											"e"
											"p"
											"e"
											"n"
											"d"
											"e"
											"n"
											"c"
											"i"
											"e"
											"s"
											":"
											" "
											"["
											"o"
											"t"
											"h"
											"r"
											"]"
											"}"
											"}");
static const char bad_links_told[] =
	"g:2:79: error: connection point 'bakc' is not a service of this graph "
	"(Did you mean 'back'?) "
	"[unknown-service]\n"
	"g:2:85: error: connection point 'zzz' is not a service of this graph "
	"[unknown-service]\n"
	"g:2:90: warning: service 'front' names itself as a connection point "
	"[self-link]\n"
	"g:3:81: error: connection point 'frnt' is not a service of this graph "
	"(Did you mean 'front'?) "
	"[unknown-service]\n"
	"g:3:106: warning: service 'back' wants to be near 'front' but does "
	"not call it (Name it in "
	"connectionPoints too.) [unlinked-latency]\n"
	"g:4:73: error: co-located service 'bck' is not a service of this "
	"graph (Did you mean 'back'?) "
	"[unknown-service]\n"
	"g:4:113: warning: service 'other' shares a location with itself "
	"[self-link]\n"
	"g:5:82: error: dependency 'othr' is not a service of this graph (Did "
	"you mean 'other'?) "
	"[unknown-service]";

static void links_lead_to_services(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(check(&a, "", bad_links), bad_links_told);
}

/* clang-format off */
#define AFTER(ids) "trigger: {auto: {dependencies: [" ids "]}}"
#define FOUR SERVICE("a", AFTER("b")) ",\n" SERVICE("b", AFTER("c, d")) ",\n" \
	     SERVICE("c", AFTER("b")) ",\n" SERVICE("d", AFTER("d"))
#define WAITING(id, events) SERVICE(id, "trigger: {event: {" events "}}")
/* clang-format on */

static void cycles_of_dependencies_are_told_in_full(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(
		check(&a, "", FOUR),
		"g:3:56: error: services wait for each other: b -> c -> b (Take one of "
		"these dependencies away.) [dependency-cycle]\n"
		"g:5:56: error: services wait for each other: d -> d (Take one of these "
		"dependencies away.) [dependency-cycle]");
}

static void long_chains_of_dependencies_are_no_trouble(void **state)
{
	enum { N = 20000 };
	struct arena a scoped_arena = {0};
	struct graph g = {.services = arena_new_n(&a, struct service, N), .n_services = N};
	struct problems ps = {.a = &a};
	(void)state;

	for (size_t i = 0; i < N; i++)
		g.services[i].id = arena_printf(&a, "s%zu", i);
	for (size_t i = 0; i < N; i++) {
		g.services[i].trigger.dependencies = &g.services[(i + 1) % N].id;
		g.services[i].trigger.n_dependencies = i + 1 < N;
	}
	graph_check(&a, &g, &ps);
	assert_int_equal(ps.list.n, 0);
	g.services[N - 1].trigger.n_dependencies = 1;
	graph_check(&a, &g, &ps);
	assert_int_equal(ps.n_errors, 1);
	assert_string_equal(ps.list.at[0].code, "dependency-cycle");
}

/* clang-format off */
#define EVENT(id, source) "{id: " id ", source: " source ", condition: {promQuery: q > 1}}"
#define EVENTS \
	WAITING("a", "cooldown: 1m, events: [" EVENT("x", "prometheus") ",\n" \
		     EVENT("x", "[{serviceId: vo}]") "]") ",\n" \
	WAITING("b", "events: [" EVENT("x", "{serviceId: a}") "]") ",\n" SERVICE("c", AFTER("a"))
/* clang-format on */

static void events_appear_once_and_come_from_somewhere(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(
		check(&a, "", EVENTS),
		"g:2:56: note: 'cooldown' has no effect without 'onResolve: undeploy' "
		"[no-undeploy]\n"
		"g:3:1: error: event 'x' appears twice (The first one is at line 2.) "
		"[duplicate-event]\n"
		"g:3:1: note: event 'x' comes from 'vo', which is not a service of this graph "
		"[unknown-source]\n"
		"g:4:74: error: event 'x' appears twice (The first one is at line 2.) "
		"[duplicate-event]\n"
		"g:5:79: warning: service 'c' waits for 'a', which starts on an event "
		"[waits-for-event]");
}

static void replica_bounds_can_be_met(void **state)
{
#define BOUNDS(min, max)                                                                           \
	"hdaGraphIntent: {highAvailability: {minReplicasOverall: " min                             \
	", maxReplicasOverall: " max "}},"
	struct arena a scoped_arena = {0};
	const char *three = SERVICE("a", "replicas: 2") ", " SERVICE(
		"b", "intent: {highAvailability: {enabled: true, "
		     "replicasAcrossClusters: 3}}");
	(void)state;

	assert_string_equal(check(&a, BOUNDS("1", "10"), three), "");
	assert_string_equal(check(&a, BOUNDS("1", "5"), three), "");
	assert_string_equal(check(&a, BOUNDS("1", "4"), three),
			    "g:1:35: error: the services have 5 replicas, maxReplicasOverall "
			    "allows 4 [replica-bounds]");
	assert_string_equal(check(&a, BOUNDS("3", "2"), three),
			    "g:1:35: error: minReplicasOverall 3 is above maxReplicasOverall 2 "
			    "[replica-bounds]");
}

static void versions_are_semantic(void **state)
{
	static const struct {
		const char *version;
		bool good;
	} cases[] = {
		{"1.0.0", true},         {"0.0.0", true},   {"1.2.3-alpha", true},
		{"1.2.3-a.1.b-c", true}, {"1.2.3+x", true}, {"1.2.3-0+01", true},
		{"1.0", false},          {"1", false},      {"v1.0.0", false},
		{"1.0.0.0", false},      {"01.0.0", false}, {"1.0.0-", false},
		{"1.0.0-01", false},     {"1.0.0+", false}, {"1.0.0-a..b", false},
		{"1.0.0 ", false},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		const char *said = check(&a, arena_printf(&a, "version: '%s',", cases[i].version),
					 SERVICE("a", ""));
		assert_string_equal(
			said,
			cases[i].good
				? ""
				: arena_printf(&a,
					       "g:1:28: warning: version '%s' is not a semantic "
					       "version (Write three numbers, such as 1.0.0.) "
					       "[bad-version]",
					       cases[i].version));
	}
	assert_string_equal(
		check(&a, "imVersion: '0.5',", SERVICE("a", "")),
		"g:1:30: warning: version '0.5' of the information model is unknown, read as 0.4.0 "
		"[model-version]");
}

static void what_smo_will_not_heed_is_told(void **state)
{
	struct arena a scoped_arena = {0};
	const char *values =
		"{id: a, artifact: {ociImage: c, valuesOverwrite: {clustersAffinity: [x]}}},\n"
		"{id: b, artifact: {ociImage: c, ociConfig: {implementer: WOT}, valuesOverwrite: "
		"{\n"
		"clustersAffinity: [x], voChartOverwrite: {serviceImportClusters: [y]}}}},\n"
		"{id: c, artifact: {ociImage: c, ociConfig: {implementer: Wot}}}";
	(void)state;

	assert_string_equal(
		check(&a, "", values),
		"g:2:51: note: 'clustersAffinity' is set by SMO: what stands here is overwritten "
		"[overwritten-value]\n"
		"g:4:43: note: 'serviceImportClusters' is set by SMO: what stands here is "
		"overwritten "
		"[overwritten-value]\n"
		"g:5:1: warning: implementer 'Wot' of service 'c' is not WOT (Capitals count: "
		"write WOT "
		"for a virtual object.) [implementer]");
	assert_string_equal(
		check(&a, "hdaGraphIntent: {useStaticPlacement: true},",
		      "{id: a, artifact: {ociImage: c, valuesOverwrite: {clustersAffinity: "
		      "[x]}}},\n" SERVICE("b", "intent: {location: {regions: [eu]}}")),
		"g:3:1: note: 'location' of service 'b' has no effect: the placement is static "
		"[static-placement]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_graph_has_no_problem),
		cmocka_unit_test(ids_appear_once),
		cmocka_unit_test(links_lead_to_services),
		cmocka_unit_test(cycles_of_dependencies_are_told_in_full),
		cmocka_unit_test(long_chains_of_dependencies_are_no_trouble),
		cmocka_unit_test(events_appear_once_and_come_from_somewhere),
		cmocka_unit_test(replica_bounds_can_be_met),
		cmocka_unit_test(versions_are_semantic),
		cmocka_unit_test(what_smo_will_not_heed_is_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
