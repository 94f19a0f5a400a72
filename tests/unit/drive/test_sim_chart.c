// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/yaml.h"
#include "drive/file.h"
#include "drive/sim_chart.h"

static const char world_text[] =
	"apiVersion: smo/v1\n"
	"kind: World\n"
	"clusters: [{name: a, nodes: [{capacity: {cpu: 1, memory: 1Gi}}]}]\n"
	"charts:\n"
	"  - {ref: oci://r/legacy, legacy: true, version: 2.0.0, replicasPath: replicas}\n"
	"  - {ref: oci://r/broken, error: it does not render}\n"
	"  - ref: oci://r/many\n"
	"    readyAfter: 9s\n"
	"    objects:\n"
	"      - {kind: StatefulSet, name: '{release}-db', data: true, replicas: 3}\n"
	"      - {kind: ClusterRole, name: '{release}'}\n"
	"      - {kind: Deployment, name: '{release}', replicas: -1}\n";

static struct sim_world world(struct arena *a)
{
	struct sim_world w;
	struct err *e = sim_world_read(a, "world", world_text, strlen(world_text), &w);

	if (e)
		fail_msg("%s", e->msg);
	return w;
}

static struct node *yaml(struct arena *a, const char *text)
{
	struct node *n = NULL;

	assert_null(yaml_read(a, "test", text, strlen(text), &n));
	return n;
}

static struct err *render(struct arena *a, const char *ref, const char *values,
			  struct sim_rendered *ret)
{
	struct sim_world w = world(a);
	const struct sim_chart_request r = {
		.ref = ref, .release = "web", .values = yaml(a, values)};

	return sim_chart_render(a, &w, &r, ret);
}

static void an_unknown_chart_is_a_deployment_and_a_service(void **state)
{
	struct arena a scoped_arena = {0};
	struct sim_rendered r;
	(void)state;

	assert_null(render(&a, "oci://r/x/shop:1.2",
			   "{replicaCount: 3, service: {port: 8080}, resources: {limits: {cpu: 1, "
			   "memory: 1Gi}, requests: {cpu: 250m}}}",
			   &r));
	assert_int_equal(r.facts.n_objects, 2);
	const struct object_facts *d = &r.facts.objects[0];
	assert_string_equal(d->kind, "Deployment");
	assert_string_equal(d->api_version, "apps/v1");
	assert_string_equal(d->name, "web");
	assert_int_equal(d->replicas, 3);
	assert_int_equal(amounts_get(&d->containers[0].requests, "cpu"), 250);
	assert_int_equal(amounts_get(&d->containers[0].limits, "memory"), 1 << 30);
	assert_string_equal(r.facts.objects[1].ports[0], "8080/TCP");
	assert_string_equal(r.facts.name, "shop");
	assert_string_equal(r.facts.replicas_path, "replicaCount");
	assert_int_equal(strlen(r.facts.digest), 71);
	assert_false(r.facts.reads_affinity);
}

static void the_same_chart_has_the_same_digest_and_a_pin_is_kept(void **state)
{
	struct arena a scoped_arena = {0};
	struct sim_world w = world(&a);
	struct sim_rendered x, y, z;
	struct sim_chart_request pinned = {
		.ref = "oci://r/shop:1", .release = "web", .pin = "sha256:feed"};
	(void)state;

	assert_null(render(&a, "oci://r/shop:1", "{}", &x));
	assert_null(render(&a, "oci://r/shop:1", "{a: 1}", &y));
	assert_string_equal(x.facts.digest, y.facts.digest);
	assert_null(render(&a, "oci://r/shop:2", "{}", &y));
	assert_string_not_equal(x.facts.digest, y.facts.digest);
	assert_null(sim_chart_render(&a, &w, &pinned, &z));
	assert_string_equal(z.facts.digest, "sha256:feed");
}

static void the_worlds_table_is_asked_first_with_any_tag(void **state)
{
	struct arena a scoped_arena = {0};
	struct sim_rendered r;
	(void)state;

	assert_null(render(&a, "oci://r/legacy:7", "{replicas: 2}", &r));
	assert_true(r.facts.reads_affinity);
	assert_string_equal(r.facts.version, "2.0.0");
	assert_true(r.facts.objects[0].own_policy && r.facts.objects[0].policy_follows);
	assert_int_equal(r.facts.objects[0].replicas, 2);
	assert_null(render(&a, "oci://r/many@sha256:aa", "{}", &r));
	assert_int_equal(r.ready_after, 9000);
	assert_string_equal(r.facts.objects[0].name, "web-db");
	assert_true(r.facts.objects[0].data);
	assert_int_equal(r.facts.objects[0].replicas, 3);
	assert_true(r.facts.objects[1].cluster_scoped);
	assert_int_equal(r.facts.objects[2].replicas, -1);
}

static void a_chart_can_be_told_to_fail(void **state)
{
	struct arena a scoped_arena = {0};
	struct sim_rendered r;
	struct err *e = render(&a, "oci://r/broken:1", "{}", &r);
	(void)state;

	assert_non_null(e);
	assert_int_equal(e->kind, ERR_REMOTE);
	assert_string_equal(e->msg, "chart 'oci://r/broken:1': it does not render");
}

static const char *folder(struct arena *a, const char *chart, const char *values,
			  const char *template)
{
	char dir[] = "/tmp/smo-chart-XXXXXX";
	const struct {
		const char *name, *text;
	} files[] = {
		{"Chart.yaml", chart}, {"values.yaml", values}, {"templates/all.yaml", template}};

	assert_non_null(mkdtemp(dir));
	assert_null(file_make_dirs(a, arena_printf(a, "%s/templates", dir), 0700));
	for (size_t i = 0; i < countof(files); i++)
		if (files[i].text)
			assert_null(file_write(a, arena_printf(a, "%s/%s", dir, files[i].name),
					       0600, files[i].text, strlen(files[i].text)));
	return arena_strdup(a, dir);
}

static void take_away(struct arena *a, const char *dir)
{
	static const char *const names[] = {"Chart.yaml", "values.yaml", "templates/all.yaml"};

	for (size_t i = 0; i < countof(names); i++)
		unlink(arena_printf(a, "%s/%s", dir, names[i]));
	rmdir(arena_printf(a, "%s/templates", dir));
	rmdir(dir);
}

static void a_local_chart_is_read_with_its_own_values_under_the_users(void **state)
{
	struct arena a scoped_arena = {0};
	struct sim_rendered r;
	const char *dir = folder(&a, "{name: shop, version: 1.2.3}",
				 "{replicas: 4, resources: {requests: {cpu: 100m}}}",
				 "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {}\n---\n"
				 "kind: Service\n");
	(void)state;

	assert_null(render(&a, dir, "{resources: {requests: {cpu: 200m}}}", &r));
	assert_string_equal(r.facts.name, "shop");
	assert_string_equal(r.facts.version, "1.2.3");
	assert_string_equal(r.facts.objects[0].kind, "StatefulSet");
	assert_string_equal(r.facts.objects[0].name, "web-shop");
	assert_true(r.facts.objects[0].data);
	assert_int_equal(r.facts.objects[0].replicas, 4);
	assert_string_equal(r.facts.replicas_path, "replicas");
	assert_int_equal(amounts_get(&r.facts.objects[0].containers[0].requests, "cpu"), 200);
	take_away(&a, dir);
}

static void a_template_behind_a_false_value_is_left_out(void **state)
{
	struct arena a scoped_arena = {0};
	struct sim_rendered r;
	const char *dir =
		folder(&a, "{name: web, version: 1.0.0}", "{job: {enabled: false}}",
		       "# a comment\n{{- if .Values.job.enabled }}\nkind: Job\n{{- end }}\n");
	(void)state;

	assert_null(render(&a, dir, "{}", &r));
	assert_string_equal(r.facts.objects[0].kind, "Deployment");
	assert_null(render(&a, dir, "{job: {enabled: true}}", &r));
	assert_string_equal(r.facts.objects[0].kind, "Job");
	take_away(&a, dir);
}

static void a_local_chart_of_the_originals_kind_is_known_by_its_policy(void **state)
{
	struct arena a scoped_arena = {0};
	struct sim_rendered r;
	const char *dir = folder(&a, "{name: vo, version: 1.0.0}",
				 "{voChartOverwrite: {clustersAffinity: [a]}}",
				 "kind: Deployment\n---\nkind: PropagationPolicy\n");
	(void)state;

	assert_null(render(&a, dir, "{}", &r));
	assert_true(r.facts.reads_affinity);
	assert_string_equal(r.facts.objects[0].name, "vo");
	assert_true(r.facts.objects[0].policy_follows);
	assert_false(r.facts.objects[1].own_policy);
	take_away(&a, dir);
}

static void what_is_no_chart_is_refused(void **state)
{
	struct arena a scoped_arena = {0};
	struct sim_rendered r;
	struct err *e = render(&a, "/nonexistent/chart", "{}", &r);
	const char *dir = folder(&a, NULL, NULL, NULL);
	(void)state;

	assert_non_null(e);
	assert_int_equal(e->kind, ERR_NOT_FOUND);
	e = render(&a, "/etc/passwd", "{}", &r);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_INPUT);
	assert_non_null(render(&a, dir, "{}", &r));
	take_away(&a, dir);
	dir = folder(&a, "{version: 1.0.0}", NULL, NULL);
	e = render(&a, dir, "{}", &r);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_INPUT);
	take_away(&a, dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unknown_chart_is_a_deployment_and_a_service),
		cmocka_unit_test(the_same_chart_has_the_same_digest_and_a_pin_is_kept),
		cmocka_unit_test(the_worlds_table_is_asked_first_with_any_tag),
		cmocka_unit_test(a_chart_can_be_told_to_fail),
		cmocka_unit_test(a_local_chart_is_read_with_its_own_values_under_the_users),
		cmocka_unit_test(a_template_behind_a_false_value_is_left_out),
		cmocka_unit_test(a_local_chart_of_the_originals_kind_is_known_by_its_policy),
		cmocka_unit_test(what_is_no_chart_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
