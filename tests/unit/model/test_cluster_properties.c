// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"
#include "model/cluster_properties.h"

static void each_key_sets_its_property_and_its_origin(void **state)
{
	static const char *const given[][2] = {
		{"priceCpu", "0.04"},     {"priceMemory", "0.01"}, {"carbon", "0"},
		{"devices", "true"},      {"location", "Athens"},  {"region", "eu"},
		{"zones", "a,b"},         {"provider", "own"},     {"latency.cloud", "12.5"},
		{"egress.cloud", "0.08"}, {"latency.cloud", "13"},
	};
	struct arena a scoped_arena = {0};
	struct cluster c = {.name = "edge"};
	(void)state;

	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
		assert_null(cluster_property_set(&a, &c, given[i][0], given[i][1], "label"));
	assert_true(c.price_cpu > 0.039 && c.price_cpu < 0.041);
	assert_true(c.has_carbon && c.devices);
	assert_string_equal(c.location, "Athens");
	assert_int_equal(c.n_zones, 2);
	assert_int_equal(c.n_distances, 1);
	assert_string_equal(c.distances[0].to, "cloud");
	assert_true(c.distances[0].latency_ms > 12.9 && c.distances[0].egress_price > 0);
	assert_int_equal(c.n_origins, 10);
	for (size_t i = 1; i < c.n_origins; i++)
		assert_true(str_cmp(c.origins[i - 1].key, c.origins[i].key) < 0);
}

static void what_makes_no_sense_is_told(void **state)
{
	static const char *const wrong[][2] = {
		{"priceCpu", "much"}, {"carbon", "-1"}, {"devices", "maybe"}, {"latency.x", "0"},
		{"latency.", "5"},    {"price", "1"},   {"carbon", "nan"},    {"priceCpu", "1e30"},
	};
	struct arena a scoped_arena = {0};
	struct cluster c = {.name = "edge"};
	(void)state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_non_null(cluster_property_set(&a, &c, wrong[i][0], wrong[i][1], "label"));
	assert_int_equal(c.n_origins, 0);
	assert_false(c.has_carbon);
}

static void annotations_overrule_labels_and_both_the_topology(void **state)
{
	struct text_pair labels[] = {{"smo.nephele-project.eu/price-cpu", "0.04"},
				     {"smo.nephele-project.eu/carbon", "dirty"},
				     {"topology.kubernetes.io/region", "eu"},
				     {"topology.kubernetes.io/zone", "eu-1"}};
	struct text_pair notes[] = {{"smo.nephele-project.eu/price-cpu", "0.05"},
				    {"smo.nephele-project.eu/latency.cloud", "9"},
				    {"smo.nephele-project.eu/zones", "x,y"}};
	struct arena a scoped_arena = {0};
	struct cluster c = {
		.labels = labels, .n_labels = 4, .annotations = notes, .n_annotations = 3};
	(void)state;

	cluster_properties_from_labels(&a, &c);
	assert_true(c.price_cpu > 0.049);
	assert_false(c.has_carbon);
	assert_string_equal(c.region, "eu");
	assert_int_equal(c.n_zones, 2);
	assert_int_equal(c.n_distances, 1);
	assert_int_equal(c.n_origins, 4);
	assert_string_equal(c.origins[1].key, "priceCpu");
	assert_string_equal(c.origins[1].value, "annotation");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_sets_its_property_and_its_origin),
		cmocka_unit_test(what_makes_no_sense_is_told),
		cmocka_unit_test(annotations_overrule_labels_and_both_the_topology),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
