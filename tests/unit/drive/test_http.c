// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/http.h"
#include "port/cancel.h"
#include "script_server.h"

#define OK_HI "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-One: 1\r\n\r\nhi"

/* A server, a client and one exchange between them. */
struct scene {
	struct arena a;
	struct script s;
	struct http h;
	struct cancel cancel;
	struct http_response res;
};

static void begin(struct scene *sc, const struct script_step *steps, size_t n)
{
	*sc = (struct scene){0};
	script_begin(&sc->s, steps, n);
	http_open(&sc->h, &sc->cancel);
}

static struct err *ask(struct scene *sc, struct http_request req)
{
	req.url = script_url(&sc->a, &sc->s, req.url ? req.url : "/");
	req.plain_ok = true;
	return http_send(&sc->h, &sc->a, &req, &sc->res);
}

static void end(struct scene *sc)
{
	http_close(&sc->h);
	script_end(&sc->s);
	script_done(&sc->s);
	arena_done(&sc->a);
}

static void an_answer_is_read_whole(void **state)
{
	const struct script_step steps[] = {{.reply = OK_HI}};
	struct scene sc;
	(void)state;

	begin(&sc, steps, countof(steps));
	assert_null(ask(&sc, (struct http_request){.url = "/a?b=c"}));
	assert_int_equal(sc.res.status, 200);
	assert_string_equal(sc.res.body, "hi");
	assert_int_equal(sc.res.length, 2);
	assert_string_equal(http_header(&sc.res, "x-ONE"), "1");
	assert_null(http_header(&sc.res, "x-two"));
	assert_true(str_starts(sc.s.requests[0].head, "GET /a?b=c HTTP/1.1\r\n"));
	assert_non_null(strstr(sc.s.requests[0].head, "User-Agent: smo/"));
	end(&sc);
}

static void connections_are_kept(void **state)
{
	const struct script_step steps[] = {{.reply = OK_HI}, {.reply = OK_HI}, {.reply = OK_HI}};
	struct scene sc;
	(void)state;

	begin(&sc, steps, countof(steps));
	for (int i = 0; i < 3; i++)
		assert_null(ask(&sc, (struct http_request){0}));
	assert_int_equal(sc.s.n_connections, 1);
	end(&sc);
}

static void bodies_and_headers_are_sent_as_given(void **state)
{
	static const struct http_header headers[] = {
		{"Content-Type", "application/json"},
		{"X-Empty", ""},
	};
	const struct script_step steps[] = {{.reply = "HTTP/1.1 201 Created\r\n"
						      "Content-Length: 0\r\n\r\n"}};
	struct scene sc;
	(void)state;

	begin(&sc, steps, countof(steps));
	assert_null(ask(&sc, (struct http_request){.method = "PATCH",
						   .headers = headers,
						   .n_headers = countof(headers),
						   .body = "{}",
						   .body_size = 2,
						   .bearer = "tok"}));
	assert_int_equal(sc.res.status, 201);
	assert_true(str_starts(sc.s.requests[0].head, "PATCH / HTTP/1.1\r\n"));
	assert_non_null(strstr(sc.s.requests[0].head, "\r\nAuthorization: Bearer tok\r\n"));
	assert_non_null(strstr(sc.s.requests[0].head, "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(sc.s.requests[0].head, "\r\nX-Empty:\r\n"));
	assert_string_equal(sc.s.requests[0].body, "{}");
	end(&sc);
}

static void credentials_do_not_outlive_their_request(void **state)
{
	const struct script_step steps[] = {{.reply = OK_HI}, {.reply = OK_HI}};
	struct scene sc;
	(void)state;

	begin(&sc, steps, countof(steps));
	assert_null(ask(&sc, (struct http_request){.user = "me", .password = "pw"}));
	assert_null(ask(&sc, (struct http_request){0}));
	assert_non_null(strstr(sc.s.requests[0].head, "Authorization: Basic bWU6cHc="));
	assert_null(strstr(sc.s.requests[1].head, "Authorization"));
	end(&sc);
}

static void a_header_cannot_smuggle_another(void **state)
{
	static const struct http_header evil[] = {
		{"X-A", "1\r\nX-B: 2"}, {"X-A\r\nX-B", "1"}, {"X:", "1"}, {"", "1"}};
	struct scene sc;
	(void)state;

	begin(&sc, NULL, 0);
	for (size_t i = 0; i < countof(evil); i++) {
		struct err *e =
			ask(&sc, (struct http_request){.headers = &evil[i], .n_headers = 1});

		assert_non_null(e);
		assert_int_equal(e->kind, ERR_INPUT);
		assert_int_equal(http_fault(&sc.h), HTTP_FAULT_REQUEST);
	}
	assert_non_null(ask(&sc, (struct http_request){.bearer = "a\nb"}));
	assert_int_equal(sc.s.n_requests, 0);
	end(&sc);
}

static void plain_http_needs_consent(void **state)
{
	struct arena a scoped_arena = {0};
	struct http h scoped_http = {0};
	struct http_response res;
	const struct http_request req = {.url = "http://127.0.0.1:1/"};
	struct err *e;
	(void)state;

	http_open(&h, NULL);
	e = http_send(&h, &a, &req, &res);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_INPUT);
	assert_string_equal(e->msg, "plain http to '127.0.0.1:1' is not allowed");
}

static void a_redirect_is_an_answer(void **state)
{
	const struct script_step steps[] = {{.reply =
						     "HTTP/1.1 307 Temporary\r\nLocation: /else\r\n"
						     "Content-Length: 0\r\n\r\n"}};
	struct scene sc;
	(void)state;

	begin(&sc, steps, countof(steps));
	assert_null(ask(&sc, (struct http_request){0}));
	assert_int_equal(sc.res.status, 307);
	assert_string_equal(http_header(&sc.res, "location"), "/else");
	end(&sc);
	assert_int_equal(sc.s.n_requests, 1);
}

static void an_error_keeps_its_body(void **state)
{
	const struct script_step steps[] = {
		{.reply = "HTTP/1.1 503 Busy\r\nContent-Length: 9\r\n\r\nso\033 busy\n"}};
	struct scene sc;
	struct err *e;
	(void)state;

	begin(&sc, steps, countof(steps));
	assert_null(ask(&sc, (struct http_request){0}));
	e = http_status_err(&sc.a, &sc.res, "registry 'x'");
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_REMOTE);
	assert_string_equal(e->msg, "registry 'x' answered 503: so? busy");
	end(&sc);
}

/* ---- failures ---- */

struct failure {
	struct script_step step;
	struct http_request req;
	enum err_kind kind;
	enum http_fault fault;
	const char *says;
};

static void every_failure_has_its_kind_and_a_clear_message(void **state)
{
	const struct failure failures[] = {
		{{.hold = true},
		 {.total_ms = 150},
		 ERR_TIMEOUT,
		 HTTP_FAULT_DEADLINE,
		 "did not answer within 150 ms"},
		{{.hold = true},
		 {.stall_ms = 150},
		 ERR_TIMEOUT,
		 HTTP_FAULT_STALLED,
		 "nothing came from"},
		{{.close = true}, {0}, ERR_REMOTE, HTTP_FAULT_DROPPED, "without an answer"},
		{{.reply = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", .close = true},
		 {0},
		 ERR_REMOTE,
		 HTTP_FAULT_DROPPED,
		 "in the middle of its answer"},
		{{.reply = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
		  .close = true},
		 {0},
		 ERR_REMOTE,
		 HTTP_FAULT_DROPPED,
		 "'127.0.0.1:"},
		{{.reply = "220 smtp.example ready\r\n", .close = true},
		 {0},
		 ERR_REMOTE,
		 HTTP_FAULT_PROTOCOL,
		 "does not answer in HTTP"},
		{{.reply = "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nabc"},
		 {.max_body = 100},
		 ERR_TOO_LARGE,
		 HTTP_FAULT_CAP,
		 "larger than 100 bytes"},
		{{.reply = "HTTP/1.1 200 OK\r\n\r\nabcdef", .close = true},
		 {.max_body = 5},
		 ERR_TOO_LARGE,
		 HTTP_FAULT_CAP,
		 "larger than 5 bytes"},
	};
	(void)state;

	for (size_t i = 0; i < countof(failures); i++) {
		const struct failure *f = &failures[i];
		struct scene sc;
		struct err *e;

		begin(&sc, &f->step, 1);
		e = ask(&sc, f->req);
		assert_non_null(e);
		assert_int_equal(e->kind, f->kind);
		assert_int_equal(http_fault(&sc.h), f->fault);
		if (!strstr(e->msg, f->says))
			fail_msg("'%s' does not say '%s'", e->msg, f->says);
		assert_null(sc.res.body);
		end(&sc);
	}
}

static void a_closed_port_is_told_as_such(void **state)
{
	struct arena a scoped_arena = {0};
	struct http h scoped_http = {0};
	struct http_response res;
	const struct http_request req = {.url = "http://127.0.0.1:1/", .plain_ok = true};
	struct err *e;
	(void)state;

	http_open(&h, NULL);
	e = http_send(&h, &a, &req, &res);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_REMOTE);
	assert_int_equal(http_fault(&h), HTTP_FAULT_CONNECT);
	assert_string_equal(e->msg, "cannot connect to '127.0.0.1:1': Connection refused");
}

static void plain_text_where_tls_is_wanted_is_a_tls_failure(void **state)
{
	const struct script_step steps[] = {{.reply = OK_HI}};
	struct arena a scoped_arena = {0};
	struct http h scoped_http = {0};
	struct script s;
	struct http_response res;
	struct http_request req = {0};
	struct err *e;
	(void)state;

	script_begin(&s, steps, 1);
	http_open(&h, NULL);
	req.url = arena_printf(&a, "https://127.0.0.1:%d/", s.port);
	req.total_ms = 2000;
	req.stall_ms = 300;
	e = http_send(&h, &a, &req, &res);
	assert_non_null(e);
	assert_true(e->kind == ERR_REMOTE || e->kind == ERR_TIMEOUT);
	assert_true(http_fault(&h) != HTTP_FAULT_NONE);
	script_end(&s);
	script_done(&s);
}

static void *raise_soon(void *self)
{
	struct cancel *c = self;
	struct timespec t = {0, 100 * 1000000};

	nanosleep(&t, NULL);
	atomic_store(&c->raised, true);
	return NULL;
}

static void a_raised_flag_ends_the_exchange(void **state)
{
	const struct script_step steps[] = {{.hold = true}};
	struct scene sc;
	pthread_t t;
	struct err *e;
	(void)state;

	begin(&sc, steps, countof(steps));
	assert_int_equal(pthread_create(&t, NULL, raise_soon, &sc.cancel), 0);
	e = ask(&sc, (struct http_request){0});
	pthread_join(t, NULL);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_CANCELLED);
	assert_int_equal(http_fault(&sc.h), HTTP_FAULT_CANCELLED);
	end(&sc);
}

static void the_next_exchange_works_after_a_failed_one(void **state)
{
	const struct script_step steps[] = {
		{.reply = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", .close = true},
		{.reply = OK_HI}};
	struct scene sc;
	(void)state;

	begin(&sc, steps, countof(steps));
	assert_non_null(ask(&sc, (struct http_request){0}));
	assert_null(ask(&sc, (struct http_request){0}));
	assert_int_equal(http_fault(&sc.h), HTTP_FAULT_NONE);
	assert_string_equal(sc.res.body, "hi");
	end(&sc);
}

/* ---- streams ---- */

struct taken {
	int begun, status;
	struct str text;
	bool refuse_begin, refuse_write;
};

static struct err *take_begin(void *self, struct arena *a, const struct http_response *head)
{
	struct taken *t = self;

	t->begun++;
	t->status = head->status;
	return t->refuse_begin ? err_new(a, ERR_CONFLICT, "not this one") : NULL;
}

static struct err *take_write(void *self, struct arena *a, const void *bytes, size_t size)
{
	struct taken *t = self;

	if (t->refuse_write)
		return err_new(a, ERR_GENERIC, "disk full");
	str_add_n(&t->text, bytes, size);
	return NULL;
}

static void a_sink_gets_the_body_of_a_good_answer_only(void **state)
{
	const struct script_step steps[] = {
		{.reply = "HTTP/1.1 206 Partial\r\nTransfer-Encoding: chunked\r\n\r\n"
			  "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"},
		{.reply = "HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\ngone"},
		{.reply = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}};
	struct scene sc;
	struct taken t = {0};
	const struct http_sink sink = {take_begin, take_write, &t};
	(void)state;

	begin(&sc, steps, countof(steps));
	t.text.a = &sc.a;
	assert_null(ask(&sc, (struct http_request){.sink = &sink}));
	assert_string_equal(str_text(&t.text), "abcdef");
	assert_int_equal(t.status, 206);
	assert_string_equal(sc.res.body, "");

	assert_null(ask(&sc, (struct http_request){.sink = &sink}));
	assert_int_equal(t.begun, 1);
	assert_string_equal(sc.res.body, "gone");

	assert_null(ask(&sc, (struct http_request){.sink = &sink}));
	assert_int_equal(t.begun, 2);
	end(&sc);
}

static void a_refusing_sink_ends_the_exchange_with_its_own_error(void **state)
{
	const struct script_step steps[] = {{.reply = OK_HI}, {.reply = OK_HI}};
	struct scene sc;
	struct taken t = {.refuse_begin = true};
	const struct http_sink sink = {take_begin, take_write, &t};
	struct err *e;
	(void)state;

	begin(&sc, steps, countof(steps));
	e = ask(&sc, (struct http_request){.sink = &sink});
	assert_non_null(e);
	assert_string_equal(e->msg, "not this one");
	assert_int_equal(http_fault(&sc.h), HTTP_FAULT_LOCAL);
	t = (struct taken){.refuse_write = true};
	e = ask(&sc, (struct http_request){.sink = &sink});
	assert_non_null(e);
	assert_string_equal(e->msg, "disk full");
	end(&sc);
}

struct given {
	const char *text;
	size_t at;
	int rewound;
	bool fail;
};

static struct err *give(void *self, struct arena *a, void *buf, size_t cap, size_t *ret_n)
{
	struct given *g = self;
	size_t left = strlen(g->text) - g->at;

	if (g->fail)
		return err_new(a, ERR_GENERIC, "cannot read the file");
	if (left > cap)
		left = cap;
	memcpy(buf, g->text + g->at, left);
	g->at += left;
	*ret_n = left;
	return NULL;
}

static struct err *rewind_given(void *self, struct arena *a)
{
	struct given *g = self;
	(void)a;

	g->at = 0;
	g->rewound++;
	return NULL;
}

static void a_source_is_sent_with_its_length_or_chunked(void **state)
{
	const struct script_step steps[] = {{.reply = OK_HI}, {.reply = OK_HI}};
	struct scene sc;
	struct given g = {.text = "stream"};
	struct http_source source = {6, give, rewind_given, &g};
	(void)state;

	begin(&sc, steps, countof(steps));
	assert_null(ask(&sc, (struct http_request){.method = "PUT", .source = &source}));
	assert_non_null(strstr(sc.s.requests[0].head, "Content-Length: 6\r\n"));
	assert_string_equal(sc.s.requests[0].body, "stream");
	g.at = 0;
	source.size = -1;
	assert_null(ask(&sc, (struct http_request){.method = "PUT", .source = &source}));
	assert_string_equal(sc.s.requests[1].body, "6\r\nstream\r\n0\r\n\r\n");
	end(&sc);
}

static void a_source_that_fails_ends_the_exchange_with_its_own_error(void **state)
{
	const struct script_step steps[] = {{.reply = OK_HI}};
	struct scene sc;
	struct given g = {.text = "stream", .fail = true};
	const struct http_source source = {6, give, rewind_given, &g};
	struct err *e;
	(void)state;

	begin(&sc, steps, countof(steps));
	e = ask(&sc, (struct http_request){.method = "PUT", .source = &source});
	assert_non_null(e);
	assert_string_equal(e->msg, "cannot read the file");
	end(&sc);
}

static void a_source_is_rewound_when_a_kept_connection_died(void **state)
{
	const struct script_step steps[] = {{.reply = OK_HI}, /* promises to keep the connection */
					    {.close = true},  /* and hangs up on the next request */
					    {.reply = OK_HI}};
	struct scene sc;
	struct given g = {.text = "stream"};
	const struct http_source source = {6, give, rewind_given, &g};
	(void)state;

	begin(&sc, steps, countof(steps));
	assert_null(ask(&sc, (struct http_request){0}));
	assert_null(ask(&sc, (struct http_request){.method = "PUT", .source = &source}));
	assert_int_equal(g.rewound, 1);
	assert_string_equal(sc.s.requests[2].body, "stream");
	end(&sc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_read_whole),
		cmocka_unit_test(connections_are_kept),
		cmocka_unit_test(bodies_and_headers_are_sent_as_given),
		cmocka_unit_test(credentials_do_not_outlive_their_request),
		cmocka_unit_test(a_header_cannot_smuggle_another),
		cmocka_unit_test(plain_http_needs_consent),
		cmocka_unit_test(a_redirect_is_an_answer),
		cmocka_unit_test(an_error_keeps_its_body),
		cmocka_unit_test(every_failure_has_its_kind_and_a_clear_message),
		cmocka_unit_test(a_closed_port_is_told_as_such),
		cmocka_unit_test(plain_text_where_tls_is_wanted_is_a_tls_failure),
		cmocka_unit_test(a_raised_flag_ends_the_exchange),
		cmocka_unit_test(the_next_exchange_works_after_a_failed_one),
		cmocka_unit_test(a_sink_gets_the_body_of_a_good_answer_only),
		cmocka_unit_test(a_refusing_sink_ends_the_exchange_with_its_own_error),
		cmocka_unit_test(a_source_is_sent_with_its_length_or_chunked),
		cmocka_unit_test(a_source_that_fails_ends_the_exchange_with_its_own_error),
		cmocka_unit_test(a_source_is_rewound_when_a_kept_connection_died),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
