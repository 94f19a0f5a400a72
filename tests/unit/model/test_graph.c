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
#include "doc/json.h"
#include "doc/problems.h"
#include "doc/read.h"
#include "doc/yaml.h"
#include "model/graph.h"

/* The graph in @text, and the problems of reading it, one a line. */
static const char *read(struct arena *a, const char *text, struct graph *g)
{
	struct problems ps = {.a = a};
	struct str s = {.a = a};
	struct node *doc = NULL;
	struct err *e = doc_read(a, "g", text, strlen(text), &doc);

	if (e)
		fail_msg("%s\n%s", e->msg, text);
	graph_read(a, doc, g, &ps);
	problems_sort(&ps);
	for (size_t i = 0; i < ps.list.n; i++)
		str_addf(&s, "%s%s", i ? "\n" : "", problem_text(a, &ps.list.at[i]));
	return str_text(&s);
}

/* A graph of one service whose deployment is @deployment. */
static const char *deploying(struct arena *a, const char *deployment)
{
	return arena_printf(
		a,
		"hdaGraph: {id: g, services: [{id: s, artifact: {ociImage: c},\n deployment: %s}]}",
		deployment);
}

static const struct service *good(struct arena *a, const char *text, struct graph *g)
{
	const char *told = read(a, text, g);

	if (*told)
		fail_msg("%s\n%s", told, text);
	return g->services;
}

static const char full_text[] =
	"hdaGraph:\n"
	"  imVersion: 0.4.0\n"
	"  id: shop\n"
	"  version: '1.2.3'\n"
	"  designer: us\n"
	"  description: a shop\n"
	"  hdaGraphIntent:\n"
	"    useStaticPlacement: true\n"
	"    highPerformance: {enabled: true}\n"
	"  services:\n"
	"  - id: front\n"
	"    name: Front\n"
	"    artifact:\n"
	"      ociImage: oci://r:5000/p/front:v1@sha256:00\n"
	"      ociConfig: {type: App, implementer: HELM}\n"
	"      ociRun: {name: HELM, version: v3}\n"
	"      valuesOverwrite: {replicaCount: 2}\n"
	"      valuesMapping: {replicas: replicaCount, cpu: resources.requests.cpu}\n"
	"    deployment:\n"
	"      trigger: {auto: {dependencies: [back, back]}}\n"
	"      replicas: 3\n"
	"      intent:\n"
	"        compute: {cpu: 750m, ram: 3Gi, storage: none, gpu: {enabled: true, count: "
	"2, resource: amd.com/gpu}}\n"
	"        network:\n"
	"          deviceProximity: {enabled: false}\n"
	"          latencies: [{connectionPoint: back, qos: low}, {qos: ultralow}, "
	"{connectionPoint: ''}]\n"
	"        connectionPoints: [back, other, back]\n"
	"        coLocation: [back, {id: other}]\n"
	"        metrics: []\n"
	"        highAvailability: {enabled: true, replicasAcrossClusters: 2}\n"
	"        location: {clusters: [a], regions: [eu], zones: [z], providers: [p], "
	"tolerations: [k]}\n";

static void every_field_is_read(void **state)
{
	struct arena a scoped_arena = {0};
	struct graph g;
	const struct service *s = good(&a, full_text, &g);
	(void)state;

	assert_string_equal(g.im_version, "0.4.0");
	assert_string_equal(g.id, "shop");
	assert_string_equal(g.version, "1.2.3");
	assert_string_equal(g.designer, "us");
	assert_string_equal(g.description, "a shop");
	assert_true(g.intent.use_static_placement && g.intent.high_performance);
	assert_string_equal(s->name, "Front");
	assert_string_equal(s->oci_image, "oci://r:5000/p/front:v1@sha256:00");
	assert_string_equal(s->type, "App");
	assert_string_equal(s->run_version, "v3");
	assert_int_equal(node_int(s->values, "replicaCount", 0), 2);
	assert_string_equal(s->mapping.cpu, "resources.requests.cpu");
	assert_false(s->trigger.is_event);
	assert_int_equal(s->trigger.n_dependencies, 1);
	assert_int_equal(s->replicas, 3);
	assert_string_equal(s->cpu, "750m");
	assert_string_equal(s->storage, "none");
	assert_int_equal(s->gpu.count, 2);
	assert_string_equal(s->gpu.resource, "amd.com/gpu");
	assert_int_equal(s->n_latencies, 3);
	assert_int_equal(s->latencies[1].qos, QOS_ULTRALOW);
	assert_int_equal(s->n_connection_points, 2);
	assert_string_equal(s->connection_points[1], "other");
	assert_int_equal(s->connection_points_at[1].line, 27);
	assert_int_equal(s->n_co_locations, 2);
	assert_string_equal(s->co_locations[0].id, "back");
	assert_int_equal(s->ha.replicas_across_clusters, 2);
	assert_string_equal(s->location.tolerations[0], "k");
	assert_int_equal(s->at.line, 11);
	assert_int_equal(s->id_at.column, 9);
	assert_int_equal(g.id_at.line, 3);
	assert_ptr_equal(graph_service(&g, "front"), s);
	assert_null(graph_service(&g, "none"));
}

static void the_smallest_descriptor_is_enough(void **state)
{
	struct arena a scoped_arena = {0};
	struct graph g;
	const struct service *s = good(&a,
				       "{\"hdaGraph\":{\"id\":\"g\",\"services\":[{\"id\":\"s\","
				       "\"artifact\":{\"ociImage\":\"c\"}}]}}",
				       &g);
	(void)state;

	assert_null(s->cpu);
	assert_null(s->values);
	assert_false(s->trigger.is_event || s->gpu.enabled);
	assert_int_equal(s->gpu.count, 0);
	assert_int_equal(s->replicas, 0);
}

static void both_wrappings_are_known(void **state)
{
	static const char inner[] =
		"{hdaGraph: {id: g, services: [{id: s, artifact: {ociImage: c}}]}}";
	struct arena a scoped_arena = {0};
	struct graph g;
	(void)state;

	good(&a, inner, &g);
	good(&a, arena_printf(&a, "{hdag: %s}", inner), &g);
	assert_string_equal(g.id, "g");
	assert_string_equal(read(&a, "{}", &g),
			    "g:1:1: error: Invalid HDAG descriptor format: 'hdaGraph' is missing");
	assert_string_equal(read(&a, "", &g),
			    "g:1:1: error: Invalid HDAG descriptor format: 'hdaGraph' is missing");
	assert_string_equal(read(&a, "[1]", &g),
			    "g:1:1: error: Invalid HDAG descriptor format: 'hdaGraph' is missing");
	assert_string_equal(read(&a, "{id: g, services: []}", &g),
			    "g:1:1: error: Invalid HDAG descriptor format: 'hdaGraph' is missing "
			    "(Put the graph under "
			    "the key 'hdaGraph'.)");
	assert_string_equal(read(&a,
				 "{x: 1, hdag: {y: 1, hdaGraph: {id: g, services: [{id: s, "
				 "artifact: {ociImage: c}}]}}}",
				 &g),
			    "g:1:2: warning: 'x' beside 'hdag' is ignored\n"
			    "g:1:15: warning: 'y' beside 'hdaGraph' is ignored");
}

static void the_forms_before_history_are_read(void **state)
{
	static const char text[] = "hdag: {hdaGraph: {id: g, services: [\n"
				   "  {id: a, name: A, connectionPoints: [0, 1, 1], artifact: "
				   "{ref: oci://r/a, spec: {implementer: WOT, type: VO}}},\n"
				   "  {id: b, connectionPoints: [c], artifact: {ref: oci://r/b}},\n"
				   "  {id: c, connectionPoints: [], artifact: {ref: oci://r/c},\n"
				   "   deployment: {intent: {network: {connectionPoints: [a]}, "
				   "connectionPoints: [b, a]}}}]}}\n";
	struct arena a scoped_arena = {0};
	struct graph g;
	const struct service *s = good(&a, text, &g);
	(void)state;

	assert_string_equal(s[0].oci_image, "oci://r/a");
	assert_string_equal(s[0].implementer, "WOT");
	assert_string_equal(s[0].type, "VO");
	assert_int_equal(s[0].n_connection_points, 2);
	assert_string_equal(s[0].connection_points[0], "b");
	assert_string_equal(s[0].connection_points[1], "c");
	assert_int_equal(s[1].n_connection_points, 1);
	assert_int_equal(s[2].n_connection_points, 2);
	assert_string_equal(s[2].connection_points[0], "a");
	assert_string_equal(s[2].connection_points[1], "b");
	assert_string_equal(read(&a,
				 "hdaGraph: {id: g, services: [{id: a, connectionPoints: [0, 1], "
				 "artifact: {ref: x}}]}",
				 &g),
			    "g:1:60: error: flag 2 of 'connectionPoints' stands for no service");
}

static void a_service_starts_at_once_in_all_these_forms(void **state)
{
	static const char *const cases[] = {
		"{}",
		"{trigger: {}}",
		"{trigger: null}",
		"{trigger: {auto: {}}}",
		"{trigger: {auto: null}}",
		"{trigger: {auto: {dependencies: []}}}",
		"{trigger: {auto: {dependencies: null}}}",
		"{trigger: {type: standard}}",
		"{trigger: {type: Auto}}",
		"null",
		"{intent: null}",
		"{intent: {}}",
		"{intent: {compute: {}}}",
	};
	struct arena a scoped_arena = {0};
	struct graph g;
	(void)state;

	for (size_t i = 0; i < countof(cases); i++)
		assert_false(good(&a, deploying(&a, cases[i]), &g)->trigger.is_event);
	assert_string_equal(
		read(&a, deploying(&a, "{trigger: {type: event}}"), &g),
		"g:2:24: warning: a trigger of type 'event' without 'event' starts the service at "
		"once");
	assert_false(g.services->trigger.is_event);
	assert_string_equal(read(&a, deploying(&a, "{trigger: {type: sometimes}}"), &g),
			    "g:2:31: warning: 'type' of a trigger is standard, auto or event; "
			    "'sometimes' means "
			    "nothing");
}

static void events_are_read_in_all_their_forms(void **state)
{
	static const struct {
		const char *condition, *source;
		enum event_condition meant;
		size_t n_sources;
		const char *name, *service;
	} cases[] = {
		{"condition: ANY, ", "source: [{serviceId: vo, metricId: m}], ", EVENTS_ANY, 1,
		 NULL, "vo"},
		{"condition: AND, ", "source: prometheus, ", EVENTS_ALL, 1, "prometheus", NULL},
		{"condition: or, ", "", EVENTS_ANY, 0, NULL, NULL},
		{"condition: All, ", "source: null, ", EVENTS_ALL, 0, NULL, NULL},
		{"", "source: {serviceId: vo}, ", EVENTS_ANY, 1, NULL, "vo"},
		{"condition: null, ", "source: [prometheus, {serviceId: vo}], ", EVENTS_ANY, 2,
		 "prometheus", NULL},
		{"", "source: [], ", EVENTS_ANY, 0, NULL, NULL},
	};
	struct arena a scoped_arena = {0};
	struct graph g;
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		const char *text = arena_printf(&a,
						"{trigger: {type: event, event: {%sevents: [{id: "
						"e, %scondition: {promQuery: 'up > 0', "
						"gracePeriod: 2m, description: d}}]}}}",
						cases[i].condition, cases[i].source);
		const struct trigger *t = &good(&a, deploying(&a, text), &g)->trigger;

		assert_true(t->is_event);
		assert_int_equal(t->condition, cases[i].meant);
		assert_int_equal(t->n_events, 1);
		assert_string_equal(t->events[0].id, "e");
		assert_string_equal(t->events[0].prom_query, "up > 0");
		assert_string_equal(t->events[0].grace_period, "2m");
		assert_int_equal(t->events[0].n_sources, cases[i].n_sources);
		if (cases[i].n_sources) {
			assert_true(str_eq(t->events[0].sources[0].name, cases[i].name));
			assert_true(str_eq(t->events[0].sources[0].service_id, cases[i].service));
		}
	}
}

static void our_extensions_of_events_are_read(void **state)
{
	struct arena a scoped_arena = {0};
	struct graph g;
	const struct trigger *t = &good(&a,
					deploying(&a, "{trigger: {event: {onResolve: undeploy, "
						      "cooldown: 10m, events: [{id: e, condition: "
						      "{promQuery: up, gracePeriod: 0}}]}}}"),
					&g)
					   ->trigger;
	(void)state;

	assert_int_equal(t->on_resolve, RESOLVE_UNDEPLOY);
	assert_string_equal(t->cooldown, "10m");
	assert_string_equal(t->events[0].grace_period, "0");
}

static void a_gpu_is_wanted_or_not_in_all_these_spellings(void **state)
{
	static const struct {
		const char *text;
		int64_t count;
	} cases[] = {
		{"{enabled: true}", 1},
		{"{enabled: True}", 1},
		{"{enabled: 'True'}", 1},
		{"{enabled: 'tRUE'}", 1},
		{"{enabled: yes}", 1},
		{"{enabled: 'YES'}", 1},
		{"{enabled: 1}", 1},
		{"{enabled: '1'}", 1},
		{"{enabled: on}", 1},
		{"{enabled: 1.0}", 1},
		{"true", 1},
		{"'True'", 1},
		{"yes", 1},
		{"1", 1},
		{"{count: 2}", 2},
		{"{enabled: true, count: 4}", 4},
		{"{enabled: false}", 0},
		{"{enabled: False}", 0},
		{"{enabled: 'False'}", 0},
		{"{enabled: no}", 0},
		{"{enabled: 0}", 0},
		{"{enabled: 0.0}", 0},
		{"{enabled: off}", 0},
		{"false", 0},
		{"{}", 0},
		{"null", 0},
		{"{enabled: null}", 0},
		{"{enabled: false, count: 2}", 0},
	};
	struct arena a scoped_arena = {0};
	struct graph g;
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		const char *text =
			arena_printf(&a, "{intent: {compute: {gpu: %s}}}", cases[i].text);
		const struct gpu_intent *gpu = &good(&a, deploying(&a, text), &g)->gpu;

		assert_int_equal(gpu->enabled, cases[i].count > 0);
		assert_int_equal(gpu->count, cases[i].count);
		assert_true(str_eq(gpu->resource, cases[i].count ? "nvidia.com/gpu" : NULL));
	}
}

static void levels_and_quantities_are_kept_as_written(void **state)
{
	static const char *const cases[][2] = {
		{"light", "light"}, {"none", "none"}, {"750m", "750m"}, {"2", "2"},
		{"0.5", "0.5"},     {"'1.5'", "1.5"}, {"null", NULL},
	};
	struct arena a scoped_arena = {0};
	struct graph g;
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		const char *text = arena_printf(&a, "{intent: {compute: {cpu: %s}}}", cases[i][0]);
		assert_true(str_eq(good(&a, deploying(&a, text), &g)->cpu, cases[i][1]));
	}
	good(&a, deploying(&a, "{intent: {compute: {ram: 500MiB, storage: 10GB}}}"), &g);
	assert_string_equal(g.services->ram, "500MiB");
}

static void what_has_no_effect_is_told_when_it_is_asked_for(void **state)
{
	struct arena a scoped_arena = {0};
	struct graph g;
	(void)state;

	assert_string_equal(
		read(&a,
		     "hdaGraph:\n  id: g\n  hdaGraphIntent:\n    security: {enabled: true}\n"
		     "    highAvailability: {enabled: true, minReplicasOverall: 1, "
		     "maxReplicasOverall: 10}\n"
		     "    energyEfficiency: {enabled: true}\n"
		     "  services: [{id: s, artifact: {ociImage: c}, deployment: {intent: {\n"
		     "    network: {deviceProximity: {enabled: true}}, metrics: [m],\n"
		     "    coLocation: [{id: x, groundedGraphId: u}],\n"
		     "    highAvailability: {recoveryPolicy: manual_trigger}}}}]\n",
		     &g),
		"g:8:50: note: 'metrics' is accepted and has no effect yet");
	assert_int_equal(g.intent.max_replicas_overall, 10);
	assert_true(g.intent.high_availability);
}

/* ---- law: what was read and written reads back the same ---- */

static uint64_t below(uint64_t *r, uint64_t n)
{
	*r ^= *r << 13;
	*r ^= *r >> 7;
	*r ^= *r << 17;
	return (*r >> 11) % n;
}

static const char *pick(uint64_t *r, const char *const *from)
{
	size_t n = 0;

	while (from[n])
		n++;
	return from[below(r, n)];
}

static void random_trigger(struct str *s, uint64_t *r)
{
	static const char *const conditions[] = {"", "condition: ANY, ", "condition: And, ", NULL};
	static const char *const sources[] = {"", "source: x, ", "source: [y, {serviceId: a}], ",
					      "source: {metricId: m, serviceId: a}, ", NULL};
	static const char *const resolves[] = {"", "onResolve: undeploy, ", "cooldown: 1h, ", NULL};

	switch (below(r, 3)) {
	case 0:
		str_add(s, "trigger: {auto: {dependencies: [a, b]}}, ");
		break;
	case 1:
		str_addf(s, "trigger: {event: {%s%sevents: [", pick(r, conditions),
			 pick(r, resolves));
		for (uint64_t n = 1 + below(r, 2); n-- > 0;)
			str_addf(s, "{id: e%d, %scondition: {promQuery: 'x > 1'%s}}, ", (int)n,
				 pick(r, sources),
				 below(r, 2) ? ", gracePeriod: 1m, description: 'd: d'" : "");
		str_add(s, "]}}, ");
		break;
	default:
		break;
	}
}

static void random_intent(struct str *s, uint64_t *r)
{
	static const char *const amounts[] = {"null", "none", "light",  "small",
					      "0.5",  "3",    "'750m'", NULL};
	static const char *const gpus[] = {"null", "true", "{enabled: 'no'}",
					   "{count: 3, resource: a.b/c}", NULL};
	static const char *const words[] = {"best-effort", "low", "ultralow", NULL};

	str_addf(s, "intent: {compute: {cpu: %s, ram: %s, storage: %s, gpu: %s}, ",
		 pick(r, amounts), pick(r, amounts), pick(r, amounts), pick(r, gpus));
	if (below(r, 2))
		str_addf(s,
			 "network: {deviceProximity: {enabled: %d}, latencies: [{qos: %s}, "
			 "{connectionPoint: a}]}, ",
			 (int)below(r, 2), pick(r, words));
	if (below(r, 2))
		str_add(s,
			"connectionPoints: [a, b], coLocation: [a, {id: b, groundedGraphId: u}], ");
	if (below(r, 2))
		str_addf(s,
			 "highAvailability: {enabled: %d, replicasAcrossClusters: %d, "
			 "recoveryPolicy: manual_trigger}, ",
			 (int)below(r, 2), 1 + (int)below(r, 5));
	if (below(r, 2))
		str_add(s, "metrics: [{a: 1}], location: {clusters: [a, b], tolerations: [k], "
			   "zones: []}, ");
	str_add(s, "}, ");
}

static const char *random_graph(struct arena *a, uint64_t *r)
{
	static const char *const artifacts[] = {
		"ociImage: 'oci://h:1/p:t'", "ref: ./chart",
		"ociImage: c, ociConfig: {type: VO, implementer: WOT}", NULL};
	static const char *const values[] = {"", ", valuesOverwrite: {}",
					     ", valuesOverwrite: {a: [1, {b: 'yes'}]}",
					     ", valuesMapping: {gpu: x.y, clusters: z}", NULL};
	struct str s = {.a = a};

	str_add(&s, "hdaGraph: {id: g, ");
	if (below(r, 2))
		str_add(&s, "imVersion: 0.4.0, version: '1.0.0', designer: 'd', description: "
			    "\"x\\ny\", ");
	if (below(r, 2))
		str_addf(&s,
			 "hdaGraphIntent: {useStaticPlacement: %d, security: %d, highAvailability: "
			 "{enabled: %d, "
			 "minReplicasOverall: 2}, energyEfficiency: {enabled: true}}, ",
			 (int)below(r, 2), (int)below(r, 2), (int)below(r, 2));
	str_add(&s, "services: [");
	for (uint64_t n = 1 + below(r, 3); n-- > 0;) {
		str_addf(&s, "{id: s%d, %sartifact: {%s%s}, deployment: {", (int)n,
			 below(r, 2) ? "name: N, " : "", pick(r, artifacts), pick(r, values));
		random_trigger(&s, r);
		if (below(r, 2))
			str_addf(&s, "replicas: %d, ", 1 + (int)below(r, 9));
		random_intent(&s, r);
		str_add(&s, "}}, ");
	}
	str_add(&s, "]}");
	return str_text(&s);
}

static void any_graph_reads_back_as_it_was_written(void **state)
{
	(void)state;

	for (uint64_t seed = 1; seed <= 1000; seed++) {
		struct arena a scoped_arena = {0};
		uint64_t r = seed * 0x9e3779b97f4a7c15u;
		struct graph g, again = {0};
		struct problems ps = {.a = &a, .strict = true};
		const char *text = random_graph(&a, &r);
		struct node *doc = NULL;

		read(&a, text, &g);
		const struct node *written = bind_write(&a, &graph_shape, &g);
		const char *yaml = yaml_write(&a, written);
		assert_null(yaml_read(&a, "again", yaml, strlen(yaml), &doc));
		bind_read(&a, &graph_shape, doc, &again, &ps);
		const char *difference = NULL;
		const struct node *twice = bind_write(&a, &graph_shape, &again);
		if (ps.n_errors || !node_within(&a, written, twice, &difference) ||
		    !node_within(&a, twice, written, &difference))
			fail_msg("seed %d differs at %s:\n%s\n%s", (int)seed, difference, text,
				 yaml);
		for (size_t i = 0; i < g.n_services; i++)
			assert_int_equal(g.services[i].trigger.is_event,
					 again.services[i].trigger.is_event);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_read),
		cmocka_unit_test(the_smallest_descriptor_is_enough),
		cmocka_unit_test(both_wrappings_are_known),
		cmocka_unit_test(the_forms_before_history_are_read),
		cmocka_unit_test(a_service_starts_at_once_in_all_these_forms),
		cmocka_unit_test(events_are_read_in_all_their_forms),
		cmocka_unit_test(our_extensions_of_events_are_read),
		cmocka_unit_test(a_gpu_is_wanted_or_not_in_all_these_spellings),
		cmocka_unit_test(levels_and_quantities_are_kept_as_written),
		cmocka_unit_test(what_has_no_effect_is_told_when_it_is_asked_for),
		cmocka_unit_test(any_graph_reads_back_as_it_was_written),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
