// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "drive/url.h"

static void an_address_is_taken_apart_and_put_together_again(void **state)
{
	static const struct {
		const char *text, *host, *path, *again;
		unsigned port;
		bool tls;
	} cases[] = {
		{"http://Host.Example", "host.example", "/", "http://host.example/", 80, false},
		{"https://h:5000/v2/?n=1#frag", "h", "/v2/?n=1", "https://h:5000/v2/?n=1", 5000,
		 true},
		{"HTTPS://h:443/a", "h", "/a", "https://h/a", 443, true},
		{"http://[::1]:80/x", "[::1]", "/x", "http://[::1]/x", 80, false},
		{"http://h?q=1", "h", "/?q=1", "http://h/?q=1", 80, false},
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		struct url u = {0};

		assert_null(url_parse(&a, cases[i].text, &u));
		assert_string_equal(u.host, cases[i].host);
		assert_string_equal(u.path, cases[i].path);
		assert_int_equal(u.port, cases[i].port);
		assert_true(u.tls == cases[i].tls);
		assert_string_equal(url_text(&a, &u), cases[i].again);
	}
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"h",
		"ftp://h",
		"http://",
		"http:///x",
		"http://h:0",
		"http://h:",
		"http://h:99999",
		"http://u:p@h/",
		"http://u@h",
		"http://h /",
		"http://h\n",
		"http://-h/",
		"http://h\\x",
		"file:///etc/passwd",
		"http://[::1",
		"http://[]",
		"http://h:8a",
		"http://..",
	};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(bad); i++) {
		struct url u = {0};
		struct err *e = url_parse(&a, bad[i], &u);

		assert_non_null(e);
		assert_int_equal(e->kind, ERR_INPUT);
		assert_null(u.host);
	}
}

static void a_password_in_an_address_is_not_repeated(void **state)
{
	struct arena a scoped_arena = {0};
	struct url u;
	struct err *e = url_parse(&a, "https://me:s3cret@host/", &u);
	(void)state;

	assert_non_null(e);
	assert_null(strstr(e->msg, "s3cret"));
}

static void a_location_is_seen_from_where_it_was_told(void **state)
{
	static const struct {
		const char *location, *want;
	} cases[] = {
		{"https://other/x", "https://other/x"},    {"//other:81/x", "http://other:81/x"},
		{"/v2/up?s=1", "http://h:5000/v2/up?s=1"}, {"next", "http://h:5000/a/b/next"},
		{"../next?x", "http://h:5000/a/next?x"},   {"../../../../x", "http://h:5000/x"},
		{"./x/.", "http://h:5000/a/b/x/"},         {"?n=2", "http://h:5000/a/b/c?n=2"},
	};
	struct arena a scoped_arena = {0};
	struct url base, u;
	(void)state;

	assert_null(url_parse(&a, "http://h:5000/a/b/c?n=1", &base));
	for (size_t i = 0; i < countof(cases); i++) {
		assert_null(url_resolve(&a, &base, cases[i].location, &u));
		assert_string_equal(url_text(&a, &u), cases[i].want);
	}
	assert_non_null(url_resolve(&a, &base, "file:///etc/passwd", &u));
	assert_non_null(url_resolve(&a, &base, "http://h/\r\nX: y", &u));
}

static void scheme_host_and_port_make_an_origin(void **state)
{
	static const struct {
		const char *other;
		bool same;
	} cases[] = {
		{"https://h/else", true},  {"https://H:443", true},    {"http://h/", false},
		{"https://h:444/", false}, {"https://h.evil/", false},
	};
	struct arena a scoped_arena = {0};
	struct url base, u;
	(void)state;

	assert_null(url_parse(&a, "https://h/x", &base));
	for (size_t i = 0; i < countof(cases); i++) {
		assert_null(url_parse(&a, cases[i].other, &u));
		assert_true(url_same_origin(&base, &u) == cases[i].same);
	}
}

static void loopback_is_known_by_name_and_number(void **state)
{
	static const struct {
		const char *text;
		bool loopback;
	} cases[] = {
		{"http://localhost:1", true}, {"http://127.0.0.1", true},
		{"http://[::1]/", true},      {"http://127.evil.example", false},
		{"http://10.0.0.1", false},
	};
	struct arena a scoped_arena = {0};
	struct url u;
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		assert_null(url_parse(&a, cases[i].text, &u));
		assert_true(url_is_loopback(&u) == cases[i].loopback);
	}
}

static void queries_are_escaped(void **state)
{
	struct arena a scoped_arena = {0};
	(void)state;

	assert_string_equal(url_with_query(&a, "/x", "scope", "repository:a/b:pull,push"),
			    "/x?scope=repository%3Aa%2Fb%3Apull%2Cpush");
	assert_string_equal(url_with_query(&a, "/x?y=1", "d", "a b"), "/x?y=1&d=a%20b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_taken_apart_and_put_together_again),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(a_password_in_an_address_is_not_repeated),
		cmocka_unit_test(a_location_is_seen_from_where_it_was_told),
		cmocka_unit_test(scheme_host_and_port_make_an_origin),
		cmocka_unit_test(loopback_is_known_by_name_and_number),
		cmocka_unit_test(queries_are_escaped),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
