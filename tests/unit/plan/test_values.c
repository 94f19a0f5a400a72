// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "doc/json.h"
#include "doc/node.h"
#include "kit.h"
#include "model/snapshot.h"
#include "plan/values.h"

static struct service one(struct arena *arena, const char *artifact)
{
	return kit_graph(arena,
			 arena_printf(arena,
				      "[{id: web, artifact: {ociImage: 'oci://r/web:1', %s}, "
				      "deployment: {intent: {compute: {cpu: 750m, ram: 1Gi}}}}]",
				      artifact))
		.services[0];
}

static const char * final(struct arena *arena, const struct service *v, bool legacy,
			  int64_t replicas)
{
	static const char *clusters[] = {"edge"}, *callers[] = {"cloud", "edge"};
	struct chart_facts f = {.reads_affinity = legacy, .replicas_path = "replicaCount"};
	struct decided d = {clusters, 1, callers, 2, replicas};

	return json_write(arena, values_final(arena, v, &f, &d), JSON_COMPACT);
}

static void stock_charts_are_told_nothing_of_clusters(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	struct service v = one(&a, "valuesOverwrite: {image: x}");

	assert_string_equal(final(&a, &v, false, 0), "{\"image\":\"x\"}");
	assert_string_equal(final(&a, &v, false, 2), "{\"image\":\"x\",\"replicaCount\":2}");
}

static void legacy_charts_are_told_at_the_top_or_inside_of_the_virtual_object(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	struct service v = one(&a, "ociConfig: {type: App, implementer: HELM}");
	struct service wot = one(&a, "ociConfig: {type: VO, implementer: WOT}, valuesOverwrite: "
				     "{voChartOverwrite: {x: 1, clustersAffinity: [mine]}}");

	assert_string_equal(final(&a, &v, true, 0),
			    "{\"clustersAffinity\":[\"edge\"],\"serviceImportClusters\":[\"cloud\","
			    "\"edge\"]}");
	assert_string_equal(final(&a, &wot, true, 0),
			    "{\"voChartOverwrite\":{\"x\":1,\"clustersAffinity\":[\"edge\"],"
			    "\"serviceImportClusters\":[\"cloud\",\"edge\"]}}");
}

static void a_chart_that_reads_clusters_in_one_place_is_told_there(void **state)
{
	static const char *edge[] = {"edge"};
	struct arena a scoped_arena = {0};
	struct service wot = one(&a, "ociConfig: {implementer: WOT}"), helm = one(&a, "");
	struct chart_facts top = {.reads_affinity = true, .affinity_path = "clustersAffinity"};
	struct chart_facts vo = {.reads_affinity = true,
				 .affinity_path = "voChartOverwrite.clustersAffinity"};
	struct decided d = {.clusters = edge, .n_clusters = 1};
	(void)state;

	assert_string_equal(json_write(&a, values_final(&a, &wot, &top, &d), JSON_COMPACT),
			    "{\"clustersAffinity\":[\"edge\"]}");
	assert_string_equal(json_write(&a, values_final(&a, &helm, &vo, &d), JSON_COMPACT),
			    "{\"voChartOverwrite\":{\"clustersAffinity\":[\"edge\"]}}");
}

static void clusters_are_written_as_the_chart_prints_them(void **state)
{
	static const char *both[] = {"a", "b"}, *others[] = {"cache.clustersAffinity"};
	static const char *const want[] = {
		"[\"a\",\"b\"]", "[\"a,b\"]", "\"a,b\"", "[\"a\"]", "\"a\"",
	};
	struct arena a scoped_arena = {0};
	struct service v = one(&a, "");
	struct decided d = {both, 2, both, 2, 0, false};
	(void)state;

	for (int form = 0; form < N_NAMES_FORMS; form++) {
		struct chart_facts f = {.reads_affinity = true,
					.affinity_path = "karmada.clustersAffinity",
					.other_affinity = others,
					.n_other_affinity = 1,
					.affinity_form = form};
		const char *names = arena_printf(
			&a, "{\"clustersAffinity\":%s,\"serviceImportClusters\":[\"a\",\"b\"]}",
			want[form]);

		assert_string_equal(
			json_write(&a, values_final(&a, &v, &f, &d), JSON_COMPACT),
			arena_printf(&a, "{\"karmada\":%s,\"cache\":%s}", names, names));
	}
}

static void what_helm_takes_for_true_and_false_is_so_in_values(void **state)
{
	struct arena a scoped_arena = {0};
	struct service v =
		one(&a, "valuesOverwrite: {a: yes, b: No, c: [on, OFF], d: \"no\", e: y}");
	(void)state;

	assert_string_equal(json_write(&a, values_base(&a, &v), JSON_COMPACT),
			    "{\"a\":true,\"b\":false,\"c\":[true,false],\"d\":\"no\",\"e\":\"y\"}");
}

static void mapped_intents_are_values(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	struct service v =
		one(&a, "valuesMapping: {cpu: app.res.cpu, memory: app.res.mem, clusters: "
			"where}");

	assert_string_equal(final(&a, &v, false, 0),
			    "{\"app\":{\"res\":{\"cpu\":\"750m\",\"mem\":\"1Gi\"}},\"where\":["
			    "\"edge\"]}");
}

static const char *hash(struct arena *arena, const struct service *v, int64_t replicas)
{
	struct chart_facts f = {.replicas_path = "scale.count"};
	struct decided d = {.replicas = replicas};

	return values_hash(arena, v, &f, values_final(arena, v, &f, &d));
}

static void replicas_do_not_change_the_hash_not_even_by_the_map_they_stand_in(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	struct service v = one(&a, "valuesOverwrite: {b: 1, a: 2}");
	struct service turned = one(&a, "valuesOverwrite: {a: 2, b: 1}");
	struct service other = one(&a, "valuesOverwrite: {a: 2, b: 2}");

	assert_string_equal(hash(&a, &v, 0), hash(&a, &v, 3));
	assert_string_equal(hash(&a, &v, 5), hash(&a, &turned, 3));
	assert_string_not_equal(hash(&a, &v, 0), hash(&a, &other, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stock_charts_are_told_nothing_of_clusters),
		cmocka_unit_test(legacy_charts_are_told_at_the_top_or_inside_of_the_virtual_object),
		cmocka_unit_test(a_chart_that_reads_clusters_in_one_place_is_told_there),
		cmocka_unit_test(clusters_are_written_as_the_chart_prints_them),
		cmocka_unit_test(what_helm_takes_for_true_and_false_is_so_in_values),
		cmocka_unit_test(mapped_intents_are_values),
		cmocka_unit_test(replicas_do_not_change_the_hash_not_even_by_the_map_they_stand_in),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
