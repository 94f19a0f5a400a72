// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "drive/file.h"
#include "drive/sim_metrics.h"
#include "sim_bench.h"

/* A node of one core each, so that the page is short; a pod is ready after 3 s. */
static const char two[] = "apiVersion: smo/v1\n"
			  "kind: World\n"
			  "clusters:\n"
			  "  - {name: a, nodes: [{capacity: {cpu: 1, memory: 4Gi}}]}\n"
			  "  - {name: b, nodes: [{capacity: {cpu: 1, memory: 4Gi}}]}\n";

/* Two replicas of "web" on cluster a, at eight requests per second altogether. */
static int setup(void **state)
{
	struct bench *b = malloc(sizeof(*b));

	bench_open(b, two);
	bench_namespace(b, "test");
	bench_policy(b, "web", "[a]");
	bench_put(b, "web", "{replicaCount: 2, resources: {requests: {cpu: 100m, memory: 128Mi}}}");
	bench_advance(b, 10000);
	assert_null(sim_load(b->sim, &b->a, "web", 8));
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	bench_close(*state);
	free(*state);
	return 0;
}

static const char *page(struct bench *b, struct sim_meter *m, int64_t elapsed_ms, const char *label)
{
	const char *text = NULL;

	assert_null(sim_metrics(b->sim, &b->a, m, elapsed_ms, label, &text));
	return text;
}

/* Of all series whose line begins with @start, summed. */
static double sum(const char *text, const char *start)
{
	double total = 0;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, start, strlen(start)) == 0) {
			const char *end = strchr(line, '}');

			assert_non_null(end);
			total += strtod(end + 1, NULL);
		}
	}
	return total;
}

static bool near(double x, double y)
{
	return x > y - 1e-6 && x < y + 1e-6;
}

static void the_page_is_as_recorded(void **state)
{
	struct bench *b = *state;
	const char *want = NULL;
	size_t size = 0;

	assert_null(file_read(&b->a, TEST_DATA "/sim/metrics.txt", 1 << 20, &want, &size));
	assert_string_equal(page(b, sim_meter_new(&b->a), 15000, "cluster"), want);
}

static void requests_follow_the_load_and_the_time(void **state)
{
	struct bench *b = *state;
	struct sim_meter *m = sim_meter_new(&b->a);

	assert_true(near(sum(page(b, m, 0, "cluster"), "flask_http_request_total"), 0));
	assert_true(near(sum(page(b, m, 2500, "cluster"), "flask_http_request_total"), 20));
	assert_null(sim_load(b->sim, &b->a, "web", 2));
	const char *text = page(b, m, 1000, "cluster");
	assert_true(near(sum(text, "flask_http_request_total"), 22));
	assert_true(near(sum(text, "http_requests_total"), 22));
}

static void a_counter_never_falls(void **state)
{
	struct bench *b = *state;
	struct sim_meter *m = sim_meter_new(&b->a);
	double before = sum(page(b, m, 1000, "cluster"), "flask_http_request_total");

	assert_null(sim_load(b->sim, &b->a, "web", 0));
	assert_true(near(sum(page(b, m, 1000, "cluster"), "flask_http_request_total"), before));
}

static void pods_that_crash_take_no_requests(void **state)
{
	struct bench *b = *state;

	assert_null(sim_fail(b->sim, &b->a, "web", true));
	const char *text = page(b, sim_meter_new(&b->a), 5000, "cluster");
	assert_true(near(sum(text, "flask_http_request_total"), 0));
	assert_true(near(sum(text, "kube_deployment_status_replicas_ready"), 0));
	assert_true(near(sum(text, "kube_deployment_spec_replicas"), 2));
}

static void nothing_comes_from_a_cluster_that_is_down(void **state)
{
	struct bench *b = *state;

	assert_null(sim_cluster_down(b->sim, &b->a, "a"));
	const char *text = page(b, sim_meter_new(&b->a), 5000, "cluster");
	assert_null(strstr(text, "cluster=\"a\""));
	assert_non_null(strstr(text, "cluster=\"b\""));
	assert_null(strstr(text, "flask_http_request_total{"));
}

static void the_label_of_the_cluster_is_the_one_asked_for(void **state)
{
	struct bench *b = *state;
	const char *text = page(b, sim_meter_new(&b->a), 0, "region");

	assert_non_null(strstr(text, "machine_cpu_cores{region=\"a\""));
	assert_null(strstr(text, "cluster=\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(the_page_is_as_recorded),
		TEST(requests_follow_the_load_and_the_time),
		TEST(a_counter_never_falls),
		TEST(pods_that_crash_take_no_requests),
		TEST(nothing_comes_from_a_cluster_that_is_down),
		TEST(the_label_of_the_cluster_is_the_one_asked_for),
#undef TEST
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
