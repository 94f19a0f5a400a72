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
#include "drive/file.h"
#include "drive/kube_base64.h"
#include "drive/kubeconfig.h"

/* Two contexts; what stands in %s belongs to the cluster or the user of the current one. */
static const char *config_with(struct arena *a, const char *cluster, const char *user)
{
	return arena_printf(
		a,
		"apiVersion: v1\n"
		"kind: Config\n"
		"current-context: karmada\n"
		"contexts:\n"
		"- {name: host, context: {cluster: other, user: nobody}}\n"
		"- {name: karmada, context: {cluster: main, user: admin, namespace: shop}}\n"
		"clusters:\n"
		"- {name: other, cluster: {server: 'https://other:6443'}}\n"
		"- {name: main, cluster: {server: 'https://karmada.example:5443'%s}}\n"
		"users:\n"
		"- {name: nobody, user: {}}\n"
		"- {name: admin, user: {%s}}\n",
		cluster, user);
}

static struct err *parse(struct arena *a, const char *text, const char *context,
			 struct kube_config *c)
{
	return kubeconfig_parse(a, "config", text, strlen(text), "/etc/kube", context, c);
}

static void the_current_context_is_taken_unless_another_is_named(void **state)
{
	struct arena a scoped_arena = {0};
	const char *text = config_with(&a, "", "token: secret");
	struct kube_config c;
	(void)state;

	assert_null(parse(&a, text, NULL, &c));
	assert_string_equal(c.context, "karmada");
	assert_string_equal(c.server, "https://karmada.example:5443");
	assert_string_equal(c.namespace_, "shop");
	assert_string_equal(c.token, "secret");
	assert_int_equal(c.n_notes, 0);
	assert_null(parse(&a, text, "host", &c));
	assert_string_equal(c.server, "https://other:6443");
	assert_null(c.token);
}

static void an_unknown_context_is_refused_with_those_there_are(void **state)
{
	struct arena a scoped_arena = {0};
	struct kube_config c = {.server = "untouched"};
	(void)state;

	struct err *e = parse(&a, config_with(&a, "", ""), "karmda", &c);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_INPUT);
	assert_string_equal(e->msg, "config: there is no context 'karmda'");
	assert_string_equal(e->hint, "It has the contexts 'host', 'karmada'.");
	assert_string_equal(c.server, "untouched");
}

static void certificates_are_embedded_or_in_files_beside_the_config(void **state)
{
	struct arena a scoped_arena = {0};
	struct kube_config c;
	(void)state;

	assert_null(parse(&a,
			  config_with(&a, ", certificate-authority-data: Q0EgUEVN",
				      "client-certificate: pki/me.crt, client-key: /keys/me.key"),
			  NULL, &c));
	assert_string_equal(c.ca, "CA PEM");
	assert_null(c.ca_file);
	assert_string_equal(c.cert_file, "/etc/kube/pki/me.crt");
	assert_string_equal(c.key_file, "/keys/me.key");
	/* data goes before a file */
	assert_null(parse(&a,
			  config_with(&a,
				      ", certificate-authority: ca.crt, "
				      "certificate-authority-data: Q0EgUEVN",
				      ""),
			  NULL, &c));
	assert_string_equal(c.ca, "CA PEM");
	assert_null(c.ca_file);
}

static void what_would_need_another_program_server_or_identity_is_refused(void **state)
{
	static const struct {
		const char *cluster, *user, *msg;
	} cases[] = {
		{"", "exec: {command: aws, args: [eks, get-token]}",
		 "config: 'exec' of 'admin' is not supported: it would run another program"},
		{"", "auth-provider: {name: gcp}",
		 "config: 'auth-provider' of 'admin' is not supported: it would run another "
		 "program"},
		{"", "as: root, token: x",
		 "config: 'as' of 'admin' is not supported: it would act as somebody else"},
		{"", "as-groups: ['system:masters']",
		 "config: 'as-groups' of 'admin' is not supported: it would act as somebody else"},
		{", proxy-url: 'http://proxy:3128'", "",
		 "config: 'proxy-url' of 'main' is not supported: requests would go another way"},
		{", certificate-authority-data: 'not base64!'", "",
		 "config: 'certificate-authority-data' of 'main' is no base64 of PEM text"},
		{"", "client-certificate: me.crt",
		 "config: user 'admin' has a client certificate but no key"},
		{"", "token: {a: b}", "config: 'token' of 'admin' must be text, not a mapping"},
	};
	struct arena a scoped_arena = {0};
	struct kube_config c;
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		struct err *e =
			parse(&a, config_with(&a, cases[i].cluster, cases[i].user), NULL, &c);

		assert_non_null(e);
		assert_int_equal(e->kind, ERR_INPUT);
		assert_string_equal(e->msg, cases[i].msg);
	}
	/* The other context is fine all the same. */
	assert_null(parse(&a, config_with(&a, "", "exec: {command: x}"), "host", &c));
}

static void skipped_checks_and_plain_http_are_told(void **state)
{
	struct arena a scoped_arena = {0};
	const char *plain = "{current-context: x, contexts: [{name: x, context: {cluster: x}}],"
			    " clusters: [{name: x, cluster: {server: 'http://127.0.0.1:8080'}}]}";
	struct kube_config c;
	(void)state;

	assert_null(parse(&a, config_with(&a, ", insecure-skip-tls-verify: true", ""), NULL, &c));
	assert_true(c.insecure);
	assert_int_equal(c.n_notes, 1);
	assert_non_null(strstr(c.notes[0], "not checked"));
	assert_null(parse(&a, plain, NULL, &c));
	assert_int_equal(c.n_notes, 1);
	assert_non_null(strstr(c.notes[0], "plain HTTP"));
}

static void what_is_no_kubeconfig_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"just text",
		"- a\n- b\n",
		"{current-context: x}",
		"contexts: 5",
		"{current-context: x, contexts: [{name: x}]}",
		"{current-context: x, contexts: [{name: x, context: {cluster: y}}]}",
		"{current-context: x, contexts: [{name: x, context: {cluster: y}}],"
		" clusters: [{name: y, cluster: {}}]}",
		"{current-context: x, contexts: [{name: x, context: {cluster: y}}],"
		" clusters: [{name: y, cluster: {server: 'ftp://x'}}]}",
		"{current-context: x, contexts: [{name: x, context: {cluster: y, user: z}}],"
		" clusters: [{name: y, cluster: {server: 'https://x'}}]}",
	};
	struct arena a scoped_arena = {0};
	struct kube_config c;
	(void)state;

	for (size_t i = 0; i < countof(texts); i++) {
		struct err *e = parse(&a, texts[i], NULL, &c);

		if (!e || e->kind != ERR_INPUT)
			fail_msg("accepted: %s", texts[i]);
	}
}

/* ---- with files ---- */

static const char *folder; /* of one test */

static int make_folder(void **state)
{
	static char path[] = "/tmp/smo-test-kubeconfig-XXXXXX";
	(void)state;

	folder = mkdtemp(path);
	return folder ? 0 : 1;
}

static int remove_folder(void **state)
{
	static const char *const names[] = {"a", "b", "token", "ca.crt"};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(names); i++)
		unlink(file_join(&a, folder, names[i]));
	return rmdir(folder);
}

static const char *put(struct arena *a, const char *name, const char *text)
{
	const char *path = file_join(a, folder, name);

	assert_null(file_write(a, path, 0600, text, strlen(text)));
	return path;
}

static void a_list_of_files_is_read_as_one(void **state)
{
	struct arena a scoped_arena = {0};
	const char *one =
		put(&a, "a",
		    "{current-context: x, contexts: [{name: x, context: {cluster: y, user: z}}],"
		    " users: [{name: z, user: {token: first}}]}");
	const char *two = put(&a, "b",
			      "{current-context: other, clusters: [{name: y, cluster: {server:"
			      " 'https://y', certificate-authority: ca.crt}}],"
			      " users: [{name: z, user: {token: second}}]}");
	const char *list = arena_printf(&a, "%s/missing:%s::%s", folder, one, two);
	struct kube_config c;
	(void)state;

	put(&a, "ca.crt", "PEM of y");
	assert_null(kubeconfig_load(&a, list, NULL, &c));
	assert_string_equal(c.server, "https://y");
	assert_string_equal(c.token, "first");
	assert_string_equal(c.ca, "PEM of y");
	assert_null(c.ca_file);
	setenv("KUBECONFIG", list, 1);
	assert_null(kubeconfig_load(&a, NULL, "x", &c));
	assert_string_equal(c.server, "https://y");
	unsetenv("KUBECONFIG");
	struct err *e = kubeconfig_load(&a, "/nonexistent/a:/nonexistent/b", NULL, &c);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_NOT_FOUND);
}

static void a_token_file_is_read_each_time(void **state)
{
	struct arena a scoped_arena = {0};
	const char *path = put(&a, "token", "one\n"), *token;
	struct kube_config c = {.token = "literal", .token_file = path};
	(void)state;

	assert_null(kubeconfig_token(&a, &c, &token));
	assert_string_equal(token, "one");
	put(&a, "token", "two\n");
	assert_null(kubeconfig_token(&a, &c, &token));
	assert_string_equal(token, "two");
	unlink(path);
	assert_null(kubeconfig_token(&a, &c, &token));
	assert_string_equal(token, "literal");
	c.token = NULL;
	assert_non_null(kubeconfig_token(&a, &c, &token));
}

static void what_a_child_gets_says_the_same(void **state)
{
	struct arena a scoped_arena = {0};
	struct kube_config c = {.server = "https://y:1/prefix",
				.namespace_ = "shop",
				.tls_server_name = "inner",
				.ca = "CA: \"PEM\"\n",
				.cert = "CERT\n",
				.key = "KEY\n",
				.token = "no: 1",
				.username = "u",
				.password = "p'w\"d"},
			   back;
	(void)state;

	assert_null(parse(&a, kubeconfig_text(&a, &c), NULL, &back));
	assert_string_equal(back.server, c.server);
	assert_string_equal(back.namespace_, c.namespace_);
	assert_string_equal(back.tls_server_name, c.tls_server_name);
	assert_string_equal(back.ca, c.ca);
	assert_string_equal(back.cert, c.cert);
	assert_string_equal(back.key, c.key);
	assert_string_equal(back.token, c.token);
	assert_string_equal(back.username, c.username);
	assert_string_equal(back.password, c.password);
	assert_false(back.insecure);
	c.insecure = true;
	assert_null(parse(&a, kubeconfig_text(&a, &c), NULL, &back));
	assert_true(back.insecure);
	assert_null(back.ca);
}

static void base64_is_read_and_written_as_rfc_4648_says(void **state)
{
	static const struct {
		const char *plain, *coded;
	} cases[] = {
		{"", ""},
		{"f", "Zg=="},
		{"fo", "Zm8="},
		{"foo", "Zm9v"},
		{"foob", "Zm9vYg=="},
		{"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"},
		{"\xFB\xEF\xFF", "++//"},
	};
	static const char *const bad[] = {"Z", "Zg=", "Zg==x", "Zm9vY", "Z*==", "====", "Zm9v="};
	struct arena a scoped_arena = {0};
	char *bytes;
	size_t size;
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		assert_string_equal(base64_encode(&a, cases[i].plain, strlen(cases[i].plain)),
				    cases[i].coded);
		assert_true(base64_decode(&a, cases[i].coded, &bytes, &size));
		assert_int_equal(size, strlen(cases[i].plain));
		assert_string_equal(bytes, cases[i].plain);
	}
	assert_true(base64_decode(&a, " Zm9v\r\nYmE ", &bytes, &size)); /* padding left out */
	assert_string_equal(bytes, "fooba");
	for (size_t i = 0; i < countof(bad); i++)
		if (base64_decode(&a, bad[i], &bytes, &size))
			fail_msg("accepted: %s", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_current_context_is_taken_unless_another_is_named),
		cmocka_unit_test(an_unknown_context_is_refused_with_those_there_are),
		cmocka_unit_test(certificates_are_embedded_or_in_files_beside_the_config),
		cmocka_unit_test(what_would_need_another_program_server_or_identity_is_refused),
		cmocka_unit_test(skipped_checks_and_plain_http_are_told),
		cmocka_unit_test(what_is_no_kubeconfig_is_refused),
		cmocka_unit_test(a_list_of_files_is_read_as_one),
		cmocka_unit_test(a_token_file_is_read_each_time),
		cmocka_unit_test(what_a_child_gets_says_the_same),
		cmocka_unit_test(base64_is_read_and_written_as_rfc_4648_says),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
