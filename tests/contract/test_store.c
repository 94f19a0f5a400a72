// SPDX-License-Identifier: Apache-2.0
/* What every implementation of store_port promises of graphs, services, clusters, revisions. */
#include "store_fix.h"

static void an_instance_is_a_uuid_that_stays(void **state)
{
	struct fix *f = *state;
	const char *first = NULL, *again = NULL;

	OK(f->s.instance(f->s.self, &f->a, &first));
	assert_int_equal(strlen(first), 36);
	assert_int_equal(first[14], '4');
	store_close(&f->s);
	OK(store_open(&f->a, f->path, true, &f->s));
	OK(f->s.instance(f->s.self, &f->a, &again));
	assert_string_equal(first, again);
}

static void a_graph_comes_back_as_it_was_put(void **state)
{
	struct fix *f = *state;
	struct graph_row row = graph_named(f, "demo"), got = {0};

	row.grafana = "http://g/d/demo";
	row.placement = doc(f, "{\"camera\": {\"edge\": 2}}");
	row.places = doc(f, "[{\"kind\": \"Dashboard\", \"place\": \"files:/srv\"}]");
	row.cluster_scoped = true;
	OK(f->s.graph_put(f->s.self, &f->a, &row));
	OK(f->s.graph_get(f->s.self, &f->a, "demo", &got));
	assert_string_equal(got.name, "demo");
	assert_string_equal(got.project, "test");
	assert_string_equal(got.status, "Running");
	assert_string_equal(got.grafana, row.grafana);
	assert_true(node_equal(got.descriptor, row.descriptor));
	assert_true(node_equal(got.placement, row.placement));
	assert_true(node_equal(got.places, row.places));
	assert_true(got.cluster_scoped);
	assert_int_equal(got.revision, 1);
	assert_int_equal(got.created, row.created);
	assert_int_equal(got.updated, row.updated);

	row.status = "Stopped";
	row.placement = NULL;
	row.grafana = NULL;
	OK(f->s.graph_put(f->s.self, &f->a, &row));
	OK(f->s.graph_get(f->s.self, &f->a, "demo", &got));
	assert_string_equal(got.status, "Stopped");
	assert_null(got.placement);
	assert_null(got.grafana);
}

static void an_unknown_graph_is_not_found(void **state)
{
	struct fix *f = *state;
	struct graph_row got;
	struct err *e = f->s.graph_get(f->s.self, &f->a, "nope", &got);

	FAILS(ERR_NOT_FOUND, e);
	assert_string_equal(e->msg, "Graph 'nope' not found");
	FAILS(ERR_NOT_FOUND, f->s.graph_delete(f->s.self, &f->a, "nope"));
}

static void graphs_are_listed_by_name_and_project(void **state)
{
	struct fix *f = *state;
	struct graph_row c = graph_named(f, "c"), *rows = NULL;
	size_t n = 0;

	put_graph(f, "b");
	put_graph(f, "a");
	c.project = "other";
	OK(f->s.graph_put(f->s.self, &f->a, &c));
	OK(f->s.graph_list(f->s.self, &f->a, NULL, &rows, &n));
	assert_int_equal(n, 3);
	assert_string_equal(rows[0].name, "a");
	assert_string_equal(rows[2].name, "c");
	OK(f->s.graph_list(f->s.self, &f->a, "other", &rows, &n));
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].name, "c");
	OK(f->s.graph_list(f->s.self, &f->a, "none", &rows, &n));
	assert_int_equal(n, 0);
}

static void names_are_data_and_never_sql(void **state)
{
	struct fix *f = *state;
	const char *name = "x'); DROP TABLE graph; --";
	struct graph_row row = graph_named(f, name), got = {0};

	OK(f->s.graph_put(f->s.self, &f->a, &row));
	OK(f->s.graph_get(f->s.self, &f->a, name, &got));
	assert_string_equal(got.name, name);
}

static void the_services_of_a_graph_are_replaced_as_a_whole(void **state)
{
	struct fix *f = *state;
	struct service_row two[] = {
		{.name = "zoom",
		 .status = "Pending",
		 .cluster_affinity = "edge,cloud",
		 .artifact_ref = "oci://h/p/zoom",
		 .artifact_type = "App",
		 .artifact_implementer = "HELM",
		 .cpu = "0.5",
		 .memory = "1GiB",
		 .storage = "10GB",
		 .gpu = "1",
		 .values_overwrite = doc(f, "{\"a\": {\"b\": [true]}}"),
		 .alert = doc(f, "{\"alert\": \"x\"}"),
		 .replicas = 3,
		 .digest = "sha256:00"},
		{.name = "camera", .status = "Deployed"},
	};
	struct service_row *rows = NULL;
	size_t n = 0;

	FAILS(ERR_NOT_FOUND, f->s.services_put(f->s.self, &f->a, "demo", two, 2));
	put_graph(f, "demo");
	OK(f->s.services_put(f->s.self, &f->a, "demo", two, 2));
	OK(f->s.service_list(f->s.self, &f->a, "demo", &rows, &n));
	assert_int_equal(n, 2);
	assert_string_equal(rows[0].name, "zoom"); /* in the order they were put */
	assert_string_equal(rows[0].graph, "demo");
	assert_string_equal(rows[0].status, "Pending");
	assert_string_equal(rows[0].cluster_affinity, "edge,cloud");
	assert_string_equal(rows[0].artifact_ref, "oci://h/p/zoom");
	assert_string_equal(rows[0].artifact_type, "App");
	assert_string_equal(rows[0].artifact_implementer, "HELM");
	assert_string_equal(rows[0].cpu, "0.5");
	assert_string_equal(rows[0].memory, "1GiB");
	assert_string_equal(rows[0].storage, "10GB");
	assert_string_equal(rows[0].gpu, "1");
	assert_true(node_equal(rows[0].values_overwrite, two[0].values_overwrite));
	assert_true(node_equal(rows[0].alert, two[0].alert));
	assert_int_equal(rows[0].replicas, 3);
	assert_string_equal(rows[0].digest, "sha256:00");
	assert_null(rows[1].values_overwrite);
	assert_null(rows[1].grafana);

	OK(f->s.services_put(f->s.self, &f->a, "demo", two + 1, 1));
	OK(f->s.service_list(f->s.self, &f->a, "demo", &rows, &n));
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].name, "camera");
}

static void two_services_of_one_name_are_refused_and_nothing_changes(void **state)
{
	struct fix *f = *state;
	struct service_row one = {.name = "camera"}, *rows = NULL;
	struct service_row twice[] = {{.name = "x"}, {.name = "x"}};
	size_t n = 0;

	put_graph(f, "demo");
	OK(f->s.services_put(f->s.self, &f->a, "demo", &one, 1));
	FAILS(ERR_CONFLICT, f->s.services_put(f->s.self, &f->a, "demo", twice, 2));
	OK(f->s.service_list(f->s.self, &f->a, "demo", &rows, &n));
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].name, "camera");
}

static void a_service_is_found_by_project_and_name(void **state)
{
	struct fix *f = *state;
	struct service_row one = {.name = "camera"};
	const char *owner = NULL;

	put_graph(f, "demo");
	OK(f->s.services_put(f->s.self, &f->a, "demo", &one, 1));
	OK(f->s.service_owner(f->s.self, &f->a, "test", "camera", &owner));
	assert_string_equal(owner, "demo");
	FAILS(ERR_NOT_FOUND, f->s.service_owner(f->s.self, &f->a, "other", "camera", &owner));
	FAILS(ERR_NOT_FOUND, f->s.service_owner(f->s.self, &f->a, "test", "micro", &owner));
}

static void a_cluster_is_updated_in_place(void **state)
{
	struct fix *f = *state;
	struct cluster_row row = {
		.name = "member1",
		.location = "Unknown",
		.available_cpu = 6.95,
		.available_ram = "14.77 GiB",
		.availability = true,
		.acceleration = true,
		.grafana = "http://g/d/member1",
		.properties = doc(f, "{\"priceCpu\": 0.5}"),
		.facts = doc(f, "{\"name\": \"member1\"}"),
		.last_seen = 1755000000000,
	};
	struct cluster_row *rows = NULL;
	size_t n = 0;

	OK(f->s.cluster_put(f->s.self, &f->a, &row));
	OK(f->s.cluster_list(f->s.self, &f->a, &rows, &n));
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].location, "Unknown");
	assert_true(rows[0].available_cpu == 6.95);
	assert_string_equal(rows[0].available_ram, "14.77 GiB");
	assert_true(rows[0].availability && rows[0].acceleration);
	assert_false(rows[0].cordoned || rows[0].gone);
	assert_string_equal(rows[0].grafana, "http://g/d/member1");
	assert_true(node_equal(rows[0].properties, row.properties));
	assert_true(node_equal(rows[0].facts, row.facts));
	assert_int_equal(rows[0].last_seen, 1755000000000);

	row.cordoned = row.gone = true;
	row.availability = row.acceleration = false;
	row.available_cpu = 4; /* a whole number stays a number */
	OK(f->s.cluster_put(f->s.self, &f->a, &row));
	row.name = "edge";
	OK(f->s.cluster_put(f->s.self, &f->a, &row));
	OK(f->s.cluster_list(f->s.self, &f->a, &rows, &n));
	assert_int_equal(n, 2);
	assert_string_equal(rows[0].name, "edge");
	assert_true(rows[1].cordoned && rows[1].gone);
	assert_true(rows[1].available_cpu == 4);
}

static void revisions_are_numbered_and_the_newest_is_zero(void **state)
{
	struct fix *f = *state;
	struct revision_row row = {.graph = "demo", .number = 1, .message = "first"};
	struct revision_row got = {0}, *rows = NULL;
	size_t n = 0;

	row.descriptor = doc(f, "{\"id\": \"demo\"}");
	row.pins = doc(f, "{\"camera\": \"sha256:1\"}");
	row.created = 5;
	FAILS(ERR_NOT_FOUND, f->s.revision_put(f->s.self, &f->a, &row));
	put_graph(f, "demo");
	FAILS(ERR_NOT_FOUND, f->s.revision_get(f->s.self, &f->a, "demo", 0, &got));
	OK(f->s.revision_put(f->s.self, &f->a, &row));
	row.number = 2;
	row.message = NULL;
	row.placement = doc(f, "{}");
	OK(f->s.revision_put(f->s.self, &f->a, &row));
	OK(f->s.revision_get(f->s.self, &f->a, "demo", 0, &got));
	assert_int_equal(got.number, 2);
	assert_null(got.message);
	OK(f->s.revision_get(f->s.self, &f->a, "demo", 1, &got));
	assert_string_equal(got.graph, "demo");
	assert_string_equal(got.message, "first");
	assert_true(node_equal(got.pins, row.pins));
	assert_null(got.placement);
	FAILS(ERR_NOT_FOUND, f->s.revision_get(f->s.self, &f->a, "demo", 3, &got));
	OK(f->s.revision_list(f->s.self, &f->a, "demo", &rows, &n));
	assert_int_equal(n, 2);
	assert_int_equal(rows[0].number, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_instance_is_a_uuid_that_stays),
		TEST(a_graph_comes_back_as_it_was_put),
		TEST(an_unknown_graph_is_not_found),
		TEST(graphs_are_listed_by_name_and_project),
		TEST(names_are_data_and_never_sql),
		TEST(the_services_of_a_graph_are_replaced_as_a_whole),
		TEST(two_services_of_one_name_are_refused_and_nothing_changes),
		TEST(a_service_is_found_by_project_and_name),
		TEST(a_cluster_is_updated_in_place),
		TEST(revisions_are_numbered_and_the_newest_is_zero),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
