// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_helm.h"
#include "recorded.h"
#include "script_server.h"

#include "base/digest.h"
#include "base/str.h"
#include "drive/chart.h"
#include "drive/chart_archive.h"
#include "drive/chart_store.h"
#include "drive/helm_cmd.h"
#include "drive/tarball.h"
#include "model/snapshot.h"

/* ---- archives ---- */

#define MEMBER_OF(path, text)                                                                      \
	{                                                                                          \
		path, false, text, sizeof(text) - 1                                                \
	}

static const struct tar_file chart_files[] = {
	MEMBER_OF("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.2.3\nappVersion: '4'\n"),
	MEMBER_OF("web/values.yaml", "replicaCount: 1\n"),
	MEMBER_OF("web/templates/a.yaml", "{{ .Values.clustersAffinity }}"),
	MEMBER_OF("web/charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 9.9.9\n"),
	MEMBER_OF("web/values.schema.json", "{}"),
};

/* A chart of the first @n files. */
static const char *pack(struct arena *a, struct fake_helm *fake, size_t n, size_t *size)
{
	struct new_file out scoped_new_file = {.fd = -1};
	const char *path = file_join(a, fake->folder, "packed.tgz"), *bytes;

	assert_null(file_new(a, path, 0600, &out));
	assert_null(tar_write(a, chart_files, n, &out));
	assert_null(file_keep(a, &out, true));
	assert_null(file_read(a, path, 1 << 20, &bytes, size));
	return bytes;
}

static void the_head_of_a_chart_is_read_from_its_archive(void **state)
{
	struct fake_helm fake scoped_fake;
	struct chart_archive c;
	size_t size;
	(void)state;

	fake_begin(&fake, "v3.21.4");
	const char *bytes = pack(&fake.a, &fake, 4, &size);
	assert_null(chart_archive_read(&fake.a, bytes, size, &c));
	assert_string_equal(c.name, "web");
	assert_string_equal(c.version, "1.2.3");
	assert_string_equal(c.app_version, "4");
	assert_int_equal(node_int(c.values, "replicaCount", 0), 1);
	assert_true(c.names_affinity);
	assert_false(c.has_schema);
	bytes = pack(&fake.a, &fake, 2, &size);
	assert_null(chart_archive_read(&fake.a, bytes, size, &c));
	assert_false(c.names_affinity);
	struct err *e = chart_archive_read(&fake.a, "<html>", 6, &c);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_INPUT);
}

static void a_zero_byte_in_a_chart_is_refused_and_nothing_is_read_beyond(void **state)
{
	static const char values[] = "a: 1\0b: 2 and more of it\n";
	const struct tar_file files[] = {
		chart_files[0],
		{"web/values.yaml", false, values, sizeof(values) - 1},
	};
	struct fake_helm fake scoped_fake;
	struct new_file out scoped_new_file = {.fd = -1};
	struct chart_archive c;
	const char *bytes;
	size_t size;
	(void)state;

	fake_begin(&fake, "v3.21.4");
	const char *path = file_join(&fake.a, fake.folder, "packed.tgz");
	assert_null(file_new(&fake.a, path, 0600, &out));
	assert_null(tar_write(&fake.a, files, countof(files), &out));
	assert_null(file_keep(&fake.a, &out, true));
	assert_null(file_read(&fake.a, path, 1 << 20, &bytes, &size));
	struct err *e = chart_archive_read(&fake.a, bytes, size, &c);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_INPUT);
}

/* ---- the store ---- */

struct shop {
	struct fake_helm fake;
	struct helm *helm;
	struct chart_store *store;
};

static void shop_begin(struct shop *s)
{
	fake_begin(&s->fake, "v3.21.4");
	struct helm_settings hs = {.program = s->fake.program,
				   .home = file_join(&s->fake.a, s->fake.folder, "home")};
	assert_null(helm_open(&s->fake.a, &hs, &s->helm));
	struct chart_store_settings cs = {.dir = file_join(&s->fake.a, s->fake.folder, "charts"),
					  .helm = s->helm};
	assert_null(chart_store_open(&s->fake.a, &cs, &s->store));
}

static void shop_done(struct shop *s)
{
	fake_done(&s->fake);
}

#define scoped_shop __attribute__((cleanup(shop_done)))

/* Lets call @n of helm write "@bytes" as the chart it packed. */
static void helm_writes(struct shop *s, int n, const char *bytes, size_t size)
{
	const char *name = arena_printf(&s->fake.a, "pull.%d", n);

	assert_null(file_write(&s->fake.a, file_join(&s->fake.a, s->fake.folder, name), 0600, bytes,
			       size));
	fake_act(&s->fake, n,
		 arena_printf(&s->fake.a,
			      "for w in \"$@\"; do case $w in --destination=*) cp pull.%d "
			      "\"${w#--destination=}/x-1.tgz\";; esac; done",
			      n));
}

/* A local package with these bytes. */
static const char *package(struct shop *s, const char *bytes)
{
	fake_write(&s->fake, "a.tgz", 0600, bytes);
	return file_join(&s->fake.a, s->fake.folder, "a.tgz");
}

static void a_chart_is_kept_under_its_digest(void **state)
{
	struct shop s scoped_shop;
	struct chart_file one, two;
	(void)state;

	shop_begin(&s);
	assert_null(chart_store_fetch(s.store, &s.fake.a, package(&s, "first"), NULL, &one));
	assert_string_equal(one.digest, arena_printf(&s.fake.a, "sha256:%s",
						     sha256_hex(&s.fake.a, "first", 5)));
	/* it has changed meanwhile: the pin brings the bytes of then */
	const char *ref = package(&s, "second");
	assert_null(chart_store_fetch(s.store, &s.fake.a, ref, NULL, &two));
	assert_string_not_equal(two.digest, one.digest);
	assert_null(chart_store_fetch(s.store, &s.fake.a, ref, one.digest, &two));
	assert_string_equal(two.path, one.path);
	assert_memory_equal(two.bytes, "first", 5);
}

static void kept_bytes_that_were_changed_are_not_used(void **state)
{
	struct shop s scoped_shop;
	struct chart_file one, two;
	(void)state;

	shop_begin(&s);
	const char *ref = package(&s, "first");
	assert_null(chart_store_fetch(s.store, &s.fake.a, ref, NULL, &one));
	assert_null(file_write(&s.fake.a, one.path, 0600, "evil!", 5));
	assert_null(chart_store_fetch(s.store, &s.fake.a, ref, one.digest, &two));
	assert_memory_equal(two.bytes, "first", 5);
	assert_null(file_write(&s.fake.a, one.path, 0600, "evil!", 5));
	package(&s, "other");
	struct err *e = chart_store_fetch(s.store, &s.fake.a, ref, one.digest, &two);
	assert_non_null(e); /* gone here, and another one there */
	assert_int_equal(e->kind, ERR_CONFLICT);
}

/* "HTTP/1.1 200 ..." with @size bytes of @body. */
static struct script_step answer(struct arena *a, const char *type, const char *body, size_t size)
{
	const char *head = arena_printf(a,
					"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: "
					"%zu\r\n\r\n",
					type, size);
	char *reply = arena_alloc(a, strlen(head) + size);

	memcpy(reply, head, strlen(head));
	memcpy(reply + strlen(head), body, size);
	return (struct script_step){.reply = reply, .reply_size = strlen(head) + size};
}

static void a_chart_in_a_registry_has_the_digest_of_its_layer(void **state)
{
	struct shop s scoped_shop;
	struct script server;
	struct script_step steps[3];
	struct chart_file f, again;
	size_t size;
	(void)state;

	shop_begin(&s);
	struct arena *a = &s.fake.a;
	const char *bytes = pack(a, &s.fake, 4, &size);
	const char *hex = sha256_hex(a, bytes, size);
	const char *manifest = arena_printf(
		a,
		"{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
		"\"config\":{\"mediaType\":\"application/vnd.cncf.helm.config.v1+json\",\"digest\":"
		"\"sha256:%s\",\"size\":2},\"layers\":[{\"mediaType\":"
		"\"application/vnd.cncf.helm.chart.content.v1.tar+gzip\",\"digest\":\"sha256:%s\","
		"\"size\":%zu}]}",
		sha256_hex(a, "{}", 2), hex, size);
	steps[0] = answer(a, "application/json", "{}", 2); /* is it plain HTTP? */
	steps[1] =
		answer(a, "application/vnd.oci.image.manifest.v1+json", manifest, strlen(manifest));
	steps[2] = answer(a, "application/octet-stream", bytes, size);
	script_begin(&server, steps, 3);
	const char *ref = arena_printf(a, "oci://127.0.0.1:%d/demo/web:1.2.3", server.port);
	struct err *e = chart_store_fetch(s.store, a, ref, NULL, &f);
	if (e)
		fail_msg("%s", e->msg);
	assert_string_equal(f.digest, arena_printf(a, "sha256:%s", hex));
	assert_int_equal(f.size, size);
	assert_memory_equal(f.bytes, bytes, size);
	script_end(&server);
	/* the registry is gone, the pin is enough */
	assert_null(chart_store_fetch(s.store, a, ref, f.digest, &again));
	assert_string_equal(again.path, f.path);
	e = chart_store_fetch(s.store, a, ref, NULL, &again);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_REMOTE);
	/* without oci:// it is the same registry, not a file */
	e = chart_store_fetch(s.store, a, ref + strlen("oci://"), NULL, &again);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_REMOTE);
	script_done(&server);
}

static void local_folders_pack_to_the_same_bytes_again(void **state)
{
	struct shop s scoped_shop;
	struct chart_file one, two;
	size_t size;
	(void)state;

	shop_begin(&s);
	const char *bytes = pack(&s.fake.a, &s.fake, 4, &size);
	char *later = arena_memdup(&s.fake.a, bytes, size);
	helm_writes(&s, 1, bytes, size);
	later[4] = 77; /* the time in the gzip header */
	helm_writes(&s, 2, later, size);
	fake_write(&s.fake, "Chart.yaml", 0600, "name: web\n");
	assert_null(chart_store_fetch(s.store, &s.fake.a, s.fake.folder, NULL, &one));
	assert_null(chart_store_fetch(s.store, &s.fake.a, s.fake.folder, NULL, &two));
	assert_string_equal(one.digest, two.digest);
	assert_non_null(strstr(fake_seen(&s.fake, "args", 1), "package\n"));
}

static void what_is_no_chart_is_not_found_or_refused(void **state)
{
	static const struct {
		const char *ref, *pin;
		enum err_kind kind;
	} cases[] = {
		{"/nonexistent/chart", NULL, ERR_NOT_FOUND},
		{"nonexistent/chart", NULL, ERR_NOT_FOUND},
		{"./a.b/chart", NULL, ERR_NOT_FOUND},
		{"/", NULL, ERR_INPUT},
		{"", NULL, ERR_INPUT},
		{NULL, "sha256:0000000000000000000000000000000000000000000000000000000000000000",
		 ERR_INPUT},
		{"x", "../../etc/passwd", ERR_INPUT},
		{"oci://", NULL, ERR_INPUT},
	};
	struct shop s scoped_shop;
	struct chart_file f;
	(void)state;

	shop_begin(&s);
	for (size_t i = 0; i < countof(cases); i++) {
		struct err *e =
			chart_store_fetch(s.store, &s.fake.a, cases[i].ref, cases[i].pin, &f);

		assert_non_null(e);
		assert_int_equal(e->kind, cases[i].kind);
	}
}

static void an_address_of_an_archive_is_downloaded(void **state)
{
	static const struct script_step steps[] = {
		{.reply = "HTTP/1.1 302 Found\r\nLocation: /b.tgz\r\nContent-Length: 0\r\n\r\n"},
		{.reply = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nchart"},
		{.reply = "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"},
	};
	struct shop s scoped_shop;
	struct script server;
	struct chart_file f;
	(void)state;

	shop_begin(&s);
	script_begin(&server, steps, countof(steps));
	const char *ref = script_url(&s.fake.a, &server, "/a.tgz");
	assert_null(chart_store_fetch(s.store, &s.fake.a, ref, NULL, &f));
	assert_memory_equal(f.bytes, "chart", 5);
	struct err *e = chart_store_fetch(s.store, &s.fake.a, ref, NULL, &f);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_NOT_FOUND);
	script_end(&server);
	script_done(&server);
}

/* ---- facts ---- */

static const char *const render_deployment =
	"r=1; for w in 11 12 13; do if grep -q \"replicaCount\\\":$w\" /proc/self/fd/40; then "
	"r=$w; fi; done\n"
	"a=$(grep -o 'smo-cluster[a-z-]*' /proc/self/fd/40 | tr '\\n' ' ')\n"
	"cat <<END\n"
	"---\n"
	"apiVersion: apps/v1\n"
	"kind: Deployment\n"
	"metadata: {name: web, labels: {to: '$a'}}\n"
	"spec: {replicas: $r}\n"
	"END\n";

static void facts_are_found_by_rendering_and_kept(void **state)
{
	struct shop s scoped_shop;
	struct charts *charts;
	struct chart_facts f;
	size_t size;
	(void)state;

	shop_begin(&s);
	const char *bytes = pack(&s.fake.a, &s.fake, 4, &size);
	assert_non_null(bytes);
	for (int n = 1; n <= 2; n++)
		fake_act(&s.fake, n, render_deployment);
	struct charts_settings settings = {.store = s.store,
					   .helm = s.helm,
					   .facts_dir =
						   file_join(&s.fake.a, s.fake.folder, "facts")};
	assert_null(charts_open(&s.fake.a, &settings, &charts));
	struct chart_port port = helm_chart_port(charts);
	const char *ref = file_join(&s.fake.a, s.fake.folder, "packed.tgz");
	for (int again = 0; again < 2; again++) {
		assert_null(port.facts(port.self, &s.fake.a, ref, NULL, "web", "shop",
				       yaml(&s.fake.a, "{a: 1, b: 2}"), &f));
		assert_string_equal(f.service, "web");
		assert_string_equal(f.ref, ref);
		assert_string_equal(f.name, "web");
		assert_true(f.reads_affinity);
		assert_null(f.affinity_path); /* it heeds both places */
		assert_string_equal(f.replicas_path, "replicaCount");
		assert_int_equal(f.n_objects, 1);
		assert_int_equal(f.objects[0].replicas, 1);
		assert_null(fake_seen(&s.fake, "args", 3)); /* the second time nobody asks helm */
	}
	assert_non_null(
		strstr(fake_seen(&s.fake, "args", 1), "template\n--include-crds\n--skip-tests\n"));
	/* other values: looked at anew */
	fake_act(&s.fake, 3, "echo 'Error: execution error at (web/a.yaml:1:1): no' >&2; exit 1");
	for (int n = 4; n <= 5; n++)
		fake_act(&s.fake, n,
			 "echo 'Error: execution error at (web/a.yaml:1:1): no' >&2; exit 1");
	struct err *e = port.facts(port.self, &s.fake.a, ref, NULL, "web", "shop",
				   yaml(&s.fake.a, "{a: 2}"), &f);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_INPUT);
}

static void where_a_strict_schema_allows_clusters_is_found_out(void **state)
{
	struct shop s scoped_shop;
	struct charts *charts;
	struct chart_facts f;
	size_t size;
	(void)state;

	shop_begin(&s);
	assert_non_null(pack(&s.fake.a, &s.fake, 5, &size));
	fake_act(&s.fake, 1, "echo \"Error: values don't meet the specifications\" >&2; exit 1");
	fake_act(&s.fake, 2, "echo \"Error: values don't meet the specifications\" >&2; exit 1");
	fake_act(&s.fake, 3, render_deployment);
	fake_act(&s.fake, 4, render_deployment);
	struct charts_settings settings = {.store = s.store, .helm = s.helm};
	assert_null(charts_open(&s.fake.a, &settings, &charts));
	struct chart_port port = helm_chart_port(charts);
	assert_null(port.facts(port.self, &s.fake.a,
			       file_join(&s.fake.a, s.fake.folder, "packed.tgz"), NULL, "web",
			       "shop", NULL, &f));
	assert_true(f.reads_affinity);
	assert_string_equal(f.affinity_path, "voChartOverwrite.clustersAffinity");
	assert_string_equal(f.replicas_path, "replicaCount");
}

static void what_helm_takes_is_taken(void **state)
{
	static const struct tar_file odd[] = {
		MEMBER_OF("web/Chart.yaml", "name: web\nversion: 1.0.0\n"),
		MEMBER_OF("web/values.yaml",
			  "a: {replicas: 1}\na: {b: {replicas: 2}}\nc: !!str 1\n"),
	};
	struct shop s scoped_shop;
	struct charts *charts;
	struct chart_facts f;
	(void)state;

	shop_begin(&s);
	const char *path = file_join(&s.fake.a, s.fake.folder, "odd.tgz");
	struct new_file out scoped_new_file = {.fd = -1};
	assert_null(file_new(&s.fake.a, path, 0600, &out));
	assert_null(tar_write(&s.fake.a, odd, countof(odd), &out));
	assert_null(file_keep(&s.fake.a, &out, true));
	for (int n = 1; n <= 2; n++)
		fake_act(&s.fake, n,
			 "r=2; if grep -q 11 /proc/self/fd/40; then r=11; fi\n"
			 "echo \"{kind: Deployment, kind: Deployment, metadata: {name: web},"
			 " spec: {replicas: 1, replicas: $r}}\"");
	struct charts_settings settings = {.store = s.store, .helm = s.helm};
	assert_null(charts_open(&s.fake.a, &settings, &charts));
	struct chart_port port = helm_chart_port(charts);
	assert_null(port.facts(port.self, &s.fake.a, path, NULL, "web", "shop", NULL, &f));
	assert_int_equal(f.objects[0].replicas, 2);
	assert_string_equal(f.replicas_path, "a.b.replicas");
}

static void a_value_that_only_looks_like_replicas_is_not_taken_for_them(void **state)
{
	struct shop s scoped_shop;
	struct charts *charts;
	struct chart_facts f;
	size_t size;
	(void)state;

	shop_begin(&s);
	assert_non_null(pack(&s.fake.a, &s.fake, 2, &size)); /* replicaCount in its values */
	for (int n = 1; n <= 2; n++)
		fake_act(&s.fake, n,
			 "echo '{kind: Deployment, metadata: {name: web}, spec: {replicas: 3}}'");
	struct charts_settings settings = {.store = s.store, .helm = s.helm};
	assert_null(charts_open(&s.fake.a, &settings, &charts));
	struct chart_port port = helm_chart_port(charts);
	assert_null(port.facts(port.self, &s.fake.a,
			       file_join(&s.fake.a, s.fake.folder, "packed.tgz"), NULL, "web",
			       "shop", NULL, &f));
	assert_null(f.replicas_path);
	assert_false(f.reads_affinity);
	assert_int_equal(f.objects[0].replicas, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_head_of_a_chart_is_read_from_its_archive),
		cmocka_unit_test(a_zero_byte_in_a_chart_is_refused_and_nothing_is_read_beyond),
		cmocka_unit_test(a_chart_is_kept_under_its_digest),
		cmocka_unit_test(kept_bytes_that_were_changed_are_not_used),
		cmocka_unit_test(a_chart_in_a_registry_has_the_digest_of_its_layer),
		cmocka_unit_test(local_folders_pack_to_the_same_bytes_again),
		cmocka_unit_test(what_is_no_chart_is_not_found_or_refused),
		cmocka_unit_test(an_address_of_an_archive_is_downloaded),
		cmocka_unit_test(facts_are_found_by_rendering_and_kept),
		cmocka_unit_test(where_a_strict_schema_allows_clusters_is_found_out),
		cmocka_unit_test(what_helm_takes_is_taken),
		cmocka_unit_test(a_value_that_only_looks_like_replicas_is_not_taken_for_them),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
