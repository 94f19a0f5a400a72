// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_helm.h"
#include "kube_scene.h"
#include "recorded.h"

#include "base/digest.h"
#include "drive/chart_store.h"
#include "drive/helm.h"
#include "drive/helm_cmd.h"
#include "model/desired.h"
#include "model/snapshot.h"

#define CHART "the bytes of a chart"
#define LABELS                                                                                     \
	"\"smo.nephele-project.eu/instance\":\"me\",\"smo.nephele-project.eu/graph\":\"demo\","

/* Everything that a change of a release needs. */
struct stage {
	struct fake_helm fake;
	struct scene sc;
	struct helm *helm;
	struct chart_store *store;
	struct releases *releases;
	struct release_port port;
	const char *digest;
};

static void stage_done(struct stage *st)
{
	scene_done(&st->sc);
	fake_done(&st->fake);
}

#define scoped_stage __attribute__((cleanup(stage_done)))

/* A revision of release "web", as the server lists it. */
static const char *secret(struct arena *a, const char *labels, const char *status, int version)
{
	return arena_printf(
		a,
		"{\"metadata\":{\"namespace\":\"shop\",\"labels\":{%s\"owner\":\"helm\","
		"\"name\":\"web\",\"status\":\"%s\",\"version\":\"%d\"}}}",
		labels, status, version);
}

/* The next look at the history of "web" finds @one and @two (NULL: not). */
static void history(struct stage *st, const char *one, const char *two)
{
	scene_answer(&st->sc, 200,
		     arena_printf(&st->sc.a,
				  "{\"kind\":\"PartialObjectMetadataList\",\"items\":[%s%s%s]}",
				  one ? one : "", two ? "," : "", two ? two : ""));
}

/* The policies of the namespace, asked for before an install: @one of them, or none. */
static void policies(struct stage *st, const char *one)
{
	scene_answer(&st->sc, 200,
		     arena_printf(&st->sc.a, "{\"kind\":\"PropagationPolicyList\",\"items\":[%s]}",
				  one ? one : ""));
}

static void begin(struct stage *st, const char *version)
{
	struct arena *a = &st->sc.a;

	fake_begin(&st->fake, version);
	scene_begin(&st->sc);
	struct helm_settings hs = {.program = st->fake.program,
				   .home = file_join(a, st->fake.folder, "home")};
	assert_null(helm_open(a, &hs, &st->helm));
	struct chart_store_settings cs = {.dir = file_join(a, st->fake.folder, "charts"),
					  .helm = st->helm};
	assert_null(chart_store_open(a, &cs, &st->store));
	const char *hex = sha256_hex(a, CHART, strlen(CHART));
	st->digest = arena_printf(a, "sha256:%s", hex);
	fake_write(&st->fake, arena_printf(a, "charts/%s.tgz", hex), 0600, CHART);
	struct releases_settings rs = {&st->sc.config, st->sc.k, st->helm, st->store, 0};
	assert_null(releases_open(a, &rs, &st->releases));
	st->port = helm_release_port(st->releases);
}

static struct err *put(struct stage *st, int64_t timeout_ms, bool adopt)
{
	struct arena *a = &st->sc.a;
	struct release_want want = {
		.name = "web",
		.namespace_ = "shop",
		.chart_ref = "oci://registry.example/web",
		.chart_digest = st->digest,
		.values = yaml(a, "{password: very-secret, replicaCount: 2}"),
	};
	const struct text_pair labels[] = {
		{"smo.nephele-project.eu/graph", "demo"},
		{"smo.nephele-project.eu/service", NULL},
		{"smo.nephele-project.eu/instance", "me"},
	};

	return st->port.put(st->port.self, a, &want, labels, countof(labels), timeout_ms, adopt);
}

/* Call @n was "@verb" and what belongs to it. */
static void expect_call(struct stage *st, int n, const char *text)
{
	const char *seen = fake_seen(&st->fake, "args", n);
	const char *path = arena_printf(&st->sc.a, "%s/charts/%s.tgz", st->fake.folder,
					st->digest + strlen("sha256:"));
	struct str flat = {.a = &st->sc.a};

	assert_non_null(seen);
	for (const char *p = seen; *p;) {
		size_t len = strcspn(p, "\n");
		const char *word = arena_strndup(&st->sc.a, p, len);

		str_addf(&flat, "%s%s", flat.len ? " " : "", str_eq(word, path) ? "CHART" : word);
		p += len + (p[len] == '\n');
	}
	assert_string_equal(str_text(&flat), text);
}

#define COMMON(verb) verb " --kubeconfig=/proc/self/fd/40 --namespace=shop --timeout=55000ms"
#define VALUES                                                                                     \
	" --values=/proc/self/fd/41 "                                                              \
	"--labels=smo.nephele-project.eu/graph=demo,smo.nephele-project.eu/instance=me"
#define INSTALL  COMMON("install") VALUES " web CHART"
#define UPGRADE  COMMON("upgrade") VALUES " --reset-values --history-max=5 web CHART"
#define ROLLBACK COMMON("rollback") " --history-max=5 web"

static void the_newest_revision_of_each_release_is_listed(void **state)
{
	struct arena a scoped_arena = {0};
	struct release *r;
	size_t n;
	(void)state;

	releases_read(&a,
		      yaml(&a, "- metadata: {namespace: z, labels: {owner: helm, name: a, status: "
			       "deployed, version: '1'}}\n"
			       "- metadata: {namespace: b, labels: {owner: helm, name: web, "
			       "status: superseded, version: '9'}}\n"
			       "- metadata: {namespace: b, labels: {owner: helm, name: web, "
			       "status: pending-upgrade,"
			       "    version: '10', smo.nephele-project.eu/graph: demo, "
			       "smo.nephele-project.eu/instance: me,"
			       "    smo.nephele-project.eu/service: web, "
			       "smo.nephele-project.eu/values: abc, "
			       "smo.nephele-project.eu/chart-version: 1.0.0_b2}}\n"
			       "- metadata: {namespace: b, labels: {name: other, status: deployed, "
			       "version: '1'}}\n"
			       "- metadata: {namespace: b}\n"
			       "- 5\n"),
		      &r, &n);
	assert_int_equal(n, 2);
	assert_string_equal(r[0].name, "web");
	assert_int_equal(r[0].revision, 10);
	assert_string_equal(r[0].status, "pending-upgrade");
	assert_string_equal(r[0].graph, "demo");
	assert_string_equal(r[0].values_hash, "abc");
	assert_string_equal(r[0].chart_version, "1.0.0+b2");
	assert_string_equal(r[1].namespace_, "z");
	assert_null(r[1].instance);
}

static void what_helm_says_tells_the_kind_of_the_error(void **state)
{
	static const struct {
		const char *said;
		enum err_kind kind;
		const char *msg;
	} cases[] = {
		{"Error: INSTALLATION FAILED: cannot re-use a name that is still in use\n",
		 ERR_CONFLICT,
		 "helm: INSTALLATION FAILED: cannot re-use a name that is still in use"},
		{"WARNING: x\nError: UPGRADE FAILED: another operation (install/upgrade/rollback) "
		 "is in "
		 "progress\n",
		 ERR_LOCKED, NULL},
		{"Error: UPGRADE FAILED: \"web\" has no deployed releases: release: not found\n",
		 ERR_NOT_FOUND, NULL},
		{"Error: failed post-install: 1 error occurred:\n\t* timed out waiting for the "
		 "condition\n\n",
		 ERR_TIMEOUT,
		 "helm: failed post-install: 1 error occurred: * timed out waiting for the "
		 "condition"},
		{"Error: INSTALLATION FAILED: unable to build kubernetes objects: no matches for "
		 "kind "
		 "\"X\"\n",
		 ERR_INPUT, NULL},
		{"Error: values don't meet the specifications of the schema(s)\n", ERR_INPUT, NULL},
		{"Error: Kubernetes cluster unreachable: dial tcp 127.0.0.1:1: connect: connection "
		 "refused\n",
		 ERR_REMOTE, NULL},
		{"Error: secrets is forbidden: User \"x\" cannot list\n", ERR_FORBIDDEN, NULL},
		{"panic: \x1b[31mboom\n", ERR_REMOTE, "helm: panic: ?[31mboom"},
		{"Error: YAML parse error on a/b.yaml: no\n\nUse --debug flag to render out "
		 "invalid YAML\n",
		 ERR_INPUT, "helm: YAML parse error on a/b.yaml: no"},
		{"Error: validation: chart.metadata.name is required\n", ERR_INPUT,
		 "helm: validation: chart.metadata.name is required"},
		{"", ERR_REMOTE, "helm: exit code 3 without a word"},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		struct err *e = helm_err(&a, cases[i].said, 3);

		assert_int_equal(e->kind, cases[i].kind);
		if (cases[i].msg)
			assert_string_equal(e->msg, cases[i].msg);
	}
}

static void what_is_not_there_is_installed(void **state)
{
	struct stage st scoped_stage = {0};
	(void)state;

	history(&st, NULL, NULL);
	policies(&st, NULL);
	begin(&st, "v3.21.4");
	assert_null(put(&st, 60000, false));
	expect_call(&st, 1, INSTALL);
	assert_null(fake_seen(&st.fake, "args", 2));
	assert_string_equal(fake_seen(&st.fake, "values", 1),
			    "{\"password\":\"very-secret\",\"replicaCount\":2}");
	assert_non_null(strstr(fake_seen(&st.fake, "kubeconfig", 1), st.sc.config.server));
	scene_expect(
		&st.sc, 0,
		"GET /api/v1/namespaces/shop/secrets?fieldSelector=type%3Dhelm.sh%2Frelease.v1&"
		"labelSelector=owner%3Dhelm%2Cname%3Dweb&limit=250");
}

static void what_is_there_is_upgraded(void **state)
{
	struct stage st scoped_stage = {0};
	(void)state;

	history(&st, secret(&st.sc.a, LABELS, "superseded", 1),
		secret(&st.sc.a, LABELS, "deployed", 2));
	begin(&st, "v3.21.4");
	assert_null(put(&st, 60000, false));
	expect_call(&st, 1, UPGRADE);
}

static void helm_4_applies_from_the_clients_side_too(void **state)
{
	struct stage st scoped_stage = {0};
	(void)state;

	history(&st, NULL, NULL);
	policies(&st, NULL);
	begin(&st, "v4.2.4");
	assert_int_equal(helm_major(st.helm), 4);
	assert_null(put(&st, 60000, false));
	expect_call(&st, 1, COMMON("install") VALUES " --server-side=false web CHART");
}

static void policies_of_a_former_release_are_gone_before_an_install(void **state)
{
	struct stage st scoped_stage = {0};
	(void)state;

	history(&st, NULL, NULL);
	policies(&st,
		 "{\"metadata\":{\"name\":\"p\",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\","
		 "\"annotations\":{\"meta.helm.sh/release-name\":\"web\"}}}");
	policies(&st,
		 "{\"metadata\":{\"name\":\"q\",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\","
		 "\"annotations\":{\"meta.helm.sh/release-name\":\"other\"}}}");
	begin(&st, "v3.21.4");
	assert_null(put(&st, 60000, false));
	expect_call(&st, 1, INSTALL);
}

static void nothing_of_our_environment_reaches_helm(void **state)
{
	struct stage st scoped_stage = {0};
	(void)state;

	setenv("HELM_NAMESPACE", "elsewhere", 1);
	setenv("HELM_PLUGINS", "/evil", 1);
	setenv("KUBECONFIG", "/evil", 1);
	setenv("KUBE_TOKEN", "x", 1);
	setenv("https_proxy", "http://proxy:1", 1);
	history(&st, NULL, NULL);
	policies(&st, NULL);
	begin(&st, "v3.21.4");
	assert_null(put(&st, 60000, false));
	const char *env = fake_seen(&st.fake, "env", 1);
	assert_null(strstr(env, "HELM_NAMESPACE"));
	assert_null(strstr(env, "evil"));
	assert_null(strstr(env, "KUBE_TOKEN"));
	assert_non_null(strstr(env, "https_proxy=http://proxy:1"));
	assert_non_null(strstr(
		env, arena_printf(&st.sc.a, "HELM_CONFIG_HOME=%s/home/config", st.fake.folder)));
	assert_null(strstr(fake_seen(&st.fake, "args", 1), "secret"));
	unsetenv("https_proxy");
}

static void a_release_of_somebody_else_is_left_alone_unless_adopted(void **state)
{
	static const char *const labels[] = {"", "\"smo.nephele-project.eu/instance\":\"other\","};
	(void)state;

	for (size_t i = 0; i < countof(labels); i++) {
		struct stage st scoped_stage = {0};

		history(&st, secret(&st.sc.a, labels[i], "deployed", 1), NULL);
		history(&st, secret(&st.sc.a, labels[i], "deployed", 1), NULL);
		begin(&st, "v3.21.4");
		struct err *e = put(&st, 60000, false);
		assert_non_null(e);
		assert_int_equal(e->kind, ERR_CONFLICT);
		assert_null(fake_seen(&st.fake, "args", 1));
		assert_null(put(&st, 60000, true));
		expect_call(&st, 1, UPGRADE);
	}
}

static void a_release_that_was_left_in_the_middle_is_recovered_first(void **state)
{
	static const struct {
		const char *one, *two; /* states of revisions 1 and 2 */
		const char *calls[3];
	} cases[] = {
		{"pending-install",
		 NULL,
		 {COMMON("uninstall") " --ignore-not-found web", INSTALL, NULL}},
		{"deployed", "pending-upgrade", {ROLLBACK " 1", UPGRADE, NULL}},
		{"deployed", "pending-rollback", {ROLLBACK " 1", UPGRADE, NULL}},
		{"failed",
		 "pending-upgrade",
		 {COMMON("uninstall") " --ignore-not-found web", INSTALL, NULL}},
		{"uninstalling",
		 NULL,
		 {COMMON("uninstall") " --ignore-not-found web", INSTALL, NULL}},
		{"failed", NULL, {UPGRADE, NULL}},
	};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		struct stage st scoped_stage = {0};
		const char *two = cases[i].two ? secret(&st.sc.a, LABELS, cases[i].two, 2) : NULL;
		int n = 0;

		history(&st, secret(&st.sc.a, LABELS, cases[i].one, 1), two);
		if (str_starts(cases[i].calls[0], "uninstall"))
			policies(&st, NULL);
		begin(&st, "v3.21.4");
		assert_null(put(&st, 60000, false));
		for (; cases[i].calls[n]; n++)
			expect_call(&st, n + 1, cases[i].calls[n]);
		assert_null(fake_seen(&st.fake, "args", n + 1));
	}
}

static void a_release_that_appears_meanwhile_is_upgraded(void **state)
{
	struct stage st scoped_stage = {0};
	(void)state;

	history(&st, NULL, NULL);
	policies(&st, NULL);
	for (int i = 0; i < 2; i++)
		history(&st, secret(&st.sc.a, LABELS, "deployed", 1), NULL);
	begin(&st, "v3.21.4");
	fake_act(&st.fake, 1,
		 "echo 'Error: INSTALLATION FAILED: cannot re-use a name that is still in use' "
		 ">&2; exit 1");
	assert_null(put(&st, 60000, false));
	expect_call(&st, 1, INSTALL);
	expect_call(&st, 2, UPGRADE);
}

static void a_conflict_over_something_else_is_told_at_once(void **state)
{
	struct stage st scoped_stage = {0};
	(void)state;

	history(&st, NULL, NULL);
	policies(&st, NULL);
	history(&st, NULL, NULL);
	begin(&st, "v3.21.4");
	fake_act(&st.fake, 1,
		 "echo 'Error: INSTALLATION FAILED: Service \"web\" in namespace \"shop\" exists "
		 "and "
		 "cannot be imported into the current release' >&2; exit 1");
	struct err *e = put(&st, 60000, false);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_CONFLICT);
	assert_null(fake_seen(&st.fake, "args", 2));
}

static void a_helm_that_hangs_is_stopped(void **state)
{
	struct stage st scoped_stage = {0};
	(void)state;

	history(&st, NULL, NULL);
	policies(&st, NULL);
	begin(&st, "v3.21.4");
	fake_act(&st.fake, 1, "echo 'Release web has been cancelled' >&2; exec sleep 1000");
	struct err *e = put(&st, 300, false);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_TIMEOUT);
}

static void a_helm_that_prints_megabytes_does_no_harm(void **state)
{
	struct stage st scoped_stage = {0};
	(void)state;

	history(&st, NULL, NULL);
	policies(&st, NULL);
	begin(&st, "v3.21.4");
	fake_act(&st.fake, 1,
		 "head -c 5000000 /dev/zero | tr '\\0' x; head -c 5000000 /dev/zero | tr '\\0' y "
		 ">&2;"
		 "echo >&2; echo 'Error: the end' >&2; exit 1");
	struct err *e = put(&st, 60000, false);
	assert_non_null(e);
	assert_string_equal(e->msg, "helm: the end");
}

static void labels_that_would_become_others_are_refused(void **state)
{
	static const char *const bad[] = {
		"a,b=c", "a=b", "\"a\"",
		"0123456789012345678901234567890123456789012345678901234567890123"};
	struct stage st scoped_stage = {0};
	struct release_want want = {.name = "web", .namespace_ = "shop"};
	(void)state;

	begin(&st, "v3.21.4");
	for (size_t i = 0; i < countof(bad); i++) {
		struct text_pair label = {"smo.nephele-project.eu/graph", bad[i]};
		struct err *e = st.port.put(st.port.self, &st.sc.a, &want, &label, 1, 1000, false);

		assert_non_null(e);
		assert_int_equal(e->kind, ERR_INPUT);
	}
	want.name = "--post-renderer=/bin/sh";
	struct err *e = st.port.put(st.port.self, &st.sc.a, &want, NULL, 0, 1000, false);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_INPUT);
	assert_null(fake_seen(&st.fake, "args", 1));
}

static void only_our_releases_are_removed_and_gone_is_removed(void **state)
{
	struct stage st scoped_stage = {.sc.settings.instance = "me"};
	(void)state;

	history(&st, NULL, NULL);
	history(&st, secret(&st.sc.a, "", "deployed", 1), NULL);
	history(&st, secret(&st.sc.a, LABELS, "deployed", 1), NULL);
	begin(&st, "v3.21.4");
	assert_null(st.port.remove(st.port.self, &st.sc.a, "shop", "web", 60000));
	struct err *e = st.port.remove(st.port.self, &st.sc.a, "shop", "web", 60000);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_CONFLICT);
	assert_null(fake_seen(&st.fake, "args", 1));
	assert_null(st.port.remove(st.port.self, &st.sc.a, "shop", "web", 60000));
	expect_call(&st, 1, COMMON("uninstall") " --ignore-not-found web");
}

static void the_version_is_asked_once_for_each_program(void **state)
{
	struct fake_helm fake scoped_fake;
	struct helm *h;
	(void)state;

	fake_begin(&fake, "v4.2.4");
	struct helm_settings hs = {.program = fake.program,
				   .home = file_join(&fake.a, fake.folder, "deep/home")};
	for (int i = 0; i < 3; i++) {
		assert_null(helm_open(&fake.a, &hs, &h));
		assert_string_equal(helm_version(h), "4.2.4");
	}
	assert_string_equal(fake_seen(&fake, "asked", 0), "x\n");
	fake_write(&fake, "helm", 0700, "#!/bin/sh\necho v2.17.0\n");
	struct err *e = helm_open(&fake.a, &hs, &h);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_revision_of_each_release_is_listed),
		cmocka_unit_test(what_helm_says_tells_the_kind_of_the_error),
		cmocka_unit_test(what_is_not_there_is_installed),
		cmocka_unit_test(what_is_there_is_upgraded),
		cmocka_unit_test(helm_4_applies_from_the_clients_side_too),
		cmocka_unit_test(policies_of_a_former_release_are_gone_before_an_install),
		cmocka_unit_test(nothing_of_our_environment_reaches_helm),
		cmocka_unit_test(a_release_of_somebody_else_is_left_alone_unless_adopted),
		cmocka_unit_test(a_release_that_was_left_in_the_middle_is_recovered_first),
		cmocka_unit_test(a_release_that_appears_meanwhile_is_upgraded),
		cmocka_unit_test(a_conflict_over_something_else_is_told_at_once),
		cmocka_unit_test(a_helm_that_hangs_is_stopped),
		cmocka_unit_test(a_helm_that_prints_megabytes_does_no_harm),
		cmocka_unit_test(labels_that_would_become_others_are_refused),
		cmocka_unit_test(only_our_releases_are_removed_and_gone_is_removed),
		cmocka_unit_test(the_version_is_asked_once_for_each_program),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
