// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/file.h"
#include "drive/helmignore.h"
#include "drive/http.h"
#include "drive/oci_auth.h"
#include "drive/oci_login.h"
#include "drive/untar.h"

static struct oci_challenge challenge_of(struct arena *a, const char *header)
{
	const struct http_header h = {"www-authenticate", header};
	const struct http_response r = {.status = 401, .headers = &h, .n_headers = 1};
	struct oci_challenge c;

	oci_challenge_read(a, &r, &c);
	return c;
}

static void challenges_are_read_in_every_form(void **state)
{
	static const struct {
		const char *header;
		bool basic, bearer;
		const char *realm, *service, *scope;
	} cases[] = {
		{"Basic realm=\"x\"", true, false, NULL, NULL, NULL},
		{"Bearer "
		 "realm=\"https://t/token\",service=\"s\",scope=\"repository:a/b:pull,push\"",
		 false, true, "https://t/token", "s", "repository:a/b:pull,push"},
		{"bearer realm=https://t , service = \"a\\\"b\"", false, true, "https://t", "a\"b",
		 NULL},
		{"Negotiate dG9rZW4=, Basic realm=\"a\", Bearer realm=\"https://t\"", true, true,
		 "https://t", NULL, NULL},
		{"Bearer", false, false, NULL, NULL, NULL},
		{"Bearer realm=\"unfinished", false, true, "unfinished", NULL, NULL},
		{"", false, false, NULL, NULL, NULL},
		{",,,=\"", false, false, NULL, NULL, NULL},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		struct oci_challenge c = challenge_of(&a, cases[i].header);

		assert_true(c.basic == cases[i].basic && c.bearer == cases[i].bearer);
		assert_true(str_eq(c.realm, cases[i].realm));
		assert_true(str_eq(c.service, cases[i].service));
		assert_true(str_eq(c.scope, cases[i].scope));
	}
}

/* ---- logins ---- */

static const char *temporary_dir(struct arena *a)
{
	char *dir = arena_strdup(a, "/tmp/test-login-XXXXXX");

	assert_non_null(mkdtemp(dir));
	return dir;
}

static void logins_are_found_however_the_host_is_written(void **state)
{
	/* alice:s3cret, bob:pa:ss */
	static const char config[] =
		"{\"auths\": {\"https://Index.docker.io/v1/\": {\"auth\": \"YWxpY2U6czNjcmV0\"},"
		"\"h:5000\": {\"username\": \"u\", \"password\": \"p\"},"
		"\"http://other.example/v2\": {\"auth\": \"Ym9iOnBhOnNz\", \"identitytoken\": "
		"\"t\"},"
		"\"bad\": {\"auth\": \"!!!\"}}}";
	struct arena a scoped_arena = {0};
	const char *dir = temporary_dir(&a), *path = file_join(&a, dir, "config.json");
	const char *others[] = {"/nonexistent/config.json", path};
	const struct oci_login_files files = {NULL, others, 2};
	struct oci_login l;
	(void)state;

	assert_null(file_write(&a, path, 0600, config, strlen(config)));
	assert_null(oci_login_find(&a, &files, "docker.io", NULL, &l));
	assert_string_equal(l.user, "alice");
	assert_string_equal(l.password, "s3cret");
	assert_null(oci_login_find(&a, &files, "h:5000", NULL, &l));
	assert_string_equal(l.user, "u");
	assert_null(oci_login_find(&a, &files, "other.example", NULL, &l));
	assert_string_equal(l.password, "pa:ss");
	assert_string_equal(l.identity_token, "t");
	assert_null(oci_login_find(&a, &files, "h", NULL, &l));
	assert_null(l.user);
	assert_non_null(oci_login_find(&a, &files, "bad", NULL, &l));
	untar_remove(dir);
}

static void a_login_is_kept_for_its_owner_only_and_forgotten_again(void **state)
{
	struct arena a scoped_arena = {0};
	const char *dir = temporary_dir(&a), *path = file_join(&a, dir, "sub/registry.json");
	const struct oci_login_files files = {path, NULL, 0};
	const struct oci_login one = {.user = "u", .password = "p:q"}, two = {.user = "v"};
	struct oci_login l;
	struct stat st;
	bool had;
	(void)state;

	assert_null(oci_login_keep(&a, path, "h", &one));
	assert_null(oci_login_keep(&a, path, "i", &two));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_null(oci_login_find(&a, &files, "h", NULL, &l));
	assert_string_equal(l.password, "p:q");
	assert_null(oci_login_forget(&a, path, "h", &had));
	assert_true(had);
	assert_null(oci_login_forget(&a, path, "h", &had));
	assert_false(had);
	assert_null(oci_login_find(&a, &files, "i", NULL, &l));
	assert_string_equal(l.user, "v");
	untar_remove(dir);
}

/* ---- .helmignore ---- */

static void files_are_ignored_by_helms_rules(void **state)
{
	static const struct {
		const char *rules, *path;
		bool is_dir, ignored;
	} cases[] = {
		{"", "Chart.yaml", false, false},
		{"", "templates/.hidden", false, true},
		{"# *.yaml\n\n", "a.yaml", false, false},
		{"*.bak", "deep/down/x.bak", false, true},
		{"/*.bak", "deep/x.bak", false, false},
		{"/*.bak", "x.bak", false, true},
		{"ci/", "ci", true, true},
		{"ci/", "ci", false, false},
		{"ci/x", "ci/x", false, true},
		{"ci/x", "other/ci/x", false, false},
		{"  *.tmp \r\n", "a.tmp", false, true},
		{".git", ".git", true, true},
		{"!keep.txt", "keep.txt", false, false},
		{"!keep.txt", "other.txt", false, true},
		{"a?c", "abc", false, true},
		{"[ab].c", "b.c", false, true},
	};
	struct arena a scoped_arena = {0};
	struct helmignore ignore;
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		assert_null(helmignore_read(&a, cases[i].rules, &ignore));
		if (helmignore_match(&ignore, cases[i].path, cases[i].is_dir) != cases[i].ignored)
			fail_msg("'%s' on '%s'", cases[i].rules, cases[i].path);
	}
	assert_non_null(helmignore_read(&a, "a/**/b", &ignore));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(challenges_are_read_in_every_form),
		cmocka_unit_test(logins_are_found_however_the_host_is_written),
		cmocka_unit_test(a_login_is_kept_for_its_owner_only_and_forgotten_again),
		cmocka_unit_test(files_are_ignored_by_helms_rules),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
