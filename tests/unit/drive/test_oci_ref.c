// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/oci_ref.h"
#include "drive/semver.h"

#define DIGEST "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"

static void every_spelling_of_a_reference_is_understood(void **state)
{
	static const struct {
		const char *text;
		enum oci_scheme scheme;
		const char *host, *repo, *tag, *digest;
	} cases[] = {
		{"oci://h/p/n", OCI_SCHEME_ANY, "h", "p/n", NULL, NULL},
		{"oci://h:5000/p/n:1.0.0", OCI_SCHEME_ANY, "h:5000", "p/n", "1.0.0", NULL},
		{"http://H:5000/test/image-detection-graph", OCI_SCHEME_PLAIN, "h:5000",
		 "test/image-detection-graph", NULL, NULL},
		{"https://h/n@" DIGEST, OCI_SCHEME_TLS, "h", "n", NULL, DIGEST},
		{"h.example/n:v1.0_b@" DIGEST, OCI_SCHEME_ANY, "h.example", "n", "v1.0_b", DIGEST},
		{"localhost/n", OCI_SCHEME_ANY, "localhost", "n", NULL, NULL},
		{"oci://[::1]:5000/a__b/c--d.e", OCI_SCHEME_ANY, "[::1]:5000", "a__b/c--d.e", NULL,
		 NULL},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		struct oci_ref ref = {0};

		assert_null(oci_ref_parse(&a, cases[i].text, &ref));
		assert_int_equal(ref.scheme, cases[i].scheme);
		assert_string_equal(ref.host, cases[i].host);
		assert_string_equal(ref.repo, cases[i].repo);
		assert_true(str_eq(ref.tag, cases[i].tag));
		assert_true(str_eq(ref.digest, cases[i].digest));
	}
}

static void what_is_no_reference_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"project/name",
		"oci://",
		"oci:///n",
		"oci://h",
		"oci://h/",
		"oci://h/N",
		"oci://h/a//b",
		"oci://h/a/",
		"oci://h/../b",
		"oci://h/a..b",
		"oci://h/a___b",
		"oci://h/-a",
		"oci://h/a-",
		"oci://h/a:",
		"oci://h/a:.x",
		"oci://h/a:b c",
		"oci://h/a@",
		"oci://h/a@sha256:12",
		"oci://h/a@md5:44136fa355b3678a1146ad16f7e8649e",
		"oci://u:p@h/a",
		"oci://h:x/a",
		"oci://h?x/a",
		"ftp://h.example/a",
		"oci://h/a?b",
		"oci://h/a#b",
		"oci://h/a%2e",
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(bad); i++) {
		struct oci_ref ref = {0};
		struct err *e = oci_ref_parse(&a, bad[i], &ref);

		if (!e)
			fail_msg("'%s' was taken", bad[i]);
		assert_int_equal(e->kind, ERR_INPUT);
		assert_null(ref.host);
	}
}

static void a_prefix_may_be_a_registry_alone(void **state)
{
	struct arena a scoped_arena = {0};
	struct oci_ref ref;
	(void)state;

	assert_null(oci_ref_parse_prefix(&a, "http://127.0.0.1:5000/test/", &ref));
	assert_string_equal(ref.repo, "test");
	assert_null(oci_ref_parse_prefix(&a, "registry", &ref));
	assert_string_equal(ref.host, "registry");
	assert_string_equal(ref.repo, "");
	assert_null(oci_ref_parse_prefix(&a, "https://h/", &ref));
	assert_string_equal(ref.repo, "");
}

static void a_reference_is_written_as_it_was_meant(void **state)
{
	struct arena a scoped_arena = {0};
	struct oci_ref ref;
	(void)state;

	assert_null(oci_ref_parse(&a, "http://h:1/p/n:t@" DIGEST, &ref));
	assert_string_equal(oci_ref_text(&a, &ref), "oci://h:1/p/n:t@" DIGEST);
	assert_string_equal(oci_tag_of_version(&a, "1.0.0+b.1"), "1.0.0_b.1");
}

static void versions_follow_their_rule(void **state)
{
	/* The order that semver.org gives as its example, and numbers beyond any integer. */
	static const char *const ordered[] = {
		"0.9.9",
		"1.0.0-alpha",
		"1.0.0-alpha.1",
		"1.0.0-alpha.beta",
		"1.0.0-beta",
		"1.0.0-beta.2",
		"1.0.0-beta.11",
		"1.0.0-rc.1",
		"1.0.0",
		"1.2.0",
		"1.10.0",
		"v2.0.0",
		"99999999999999999999999.0.0",
	};
	static const char *const bad[] = {"",       "1",        "1.0",    "01.0.0", "1.0.0-",
					  "1.0.0+", "1.0.0-01", "1.0.0 ", "a.b.c",  "1.0.0-a..b"};
	(void)state;

	for (size_t i = 0; i < countof(ordered); i++) {
		assert_true(semver_valid(ordered[i]));
		for (size_t j = 0; j < countof(ordered); j++) {
			int d = semver_cmp(ordered[i], ordered[j]);

			assert_int_equal((d > 0) - (d < 0), (i > j) - (i < j));
		}
	}
	assert_int_equal(semver_cmp("1.0.0+a", "1.0.0+b"), 0);
	for (size_t i = 0; i < countof(bad); i++)
		assert_false(semver_valid(bad[i]));
}

static void the_newest_tag_is_the_highest_release(void **state)
{
	static const struct {
		const char *tags[4];
		size_t n;
		const char *newest;
	} cases[] = {
		{{"0.9.0", "0.10.0", "0.2.0"}, 3, "0.10.0"},
		{{"1.0.0-rc.1", "0.1.0", "latest"}, 3, "0.1.0"},
		{{"1.0.0-rc.1", "1.0.0-rc.2"}, 2, "1.0.0-rc.2"},
		{{"stable", "latest"}, 2, "latest"},
		{{"1.0.0_b1", "1.0.0_b2"}, 2, "1.0.0_b2"},
		{{"stable"}, 1, NULL},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++)
		assert_true(str_eq(semver_newest(&a, cases[i].tags, cases[i].n), cases[i].newest));
	assert_null(semver_newest(&a, NULL, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_spelling_of_a_reference_is_understood),
		cmocka_unit_test(what_is_no_reference_is_refused),
		cmocka_unit_test(a_prefix_may_be_a_registry_alone),
		cmocka_unit_test(a_reference_is_written_as_it_was_meant),
		cmocka_unit_test(versions_follow_their_rule),
		cmocka_unit_test(the_newest_tag_is_the_highest_release),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
