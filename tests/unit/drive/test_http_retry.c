// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "drive/http_retry.h"
#include "port/cancel.h"
#include "port/clock_port.h"
#include "script_server.h"

#define OK_HI    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
#define BUSY     "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
#define MISSING  "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"
#define LATER(s) "HTTP/1.1 429 Slow down\r\nRetry-After: " s "\r\nContent-Length: 0\r\n\r\n"

/* A clock that writes down how long it was asked to wait. */
struct fake_clock {
	int64_t now, waits[8];
	int n;
	struct cancel *raise;
};

static int64_t fake_now(void *self)
{
	return ((struct fake_clock *)self)->now;
}

static void fake_sleep(void *self, int64_t ms)
{
	struct fake_clock *c = self;

	c->waits[c->n++] = ms;
	c->now += ms;
	if (c->raise)
		atomic_store(&c->raise->raised, true);
}

struct scene {
	struct arena a;
	struct script s;
	struct http h;
	struct cancel cancel;
	struct fake_clock fake;
	struct clock_port clock;
	struct http_retry retry;
	struct http_response res;
};

static void begin(struct scene *sc, const struct script_step *steps, size_t n)
{
	*sc = (struct scene){0};
	sc->clock = (struct clock_port){fake_now, fake_sleep, &sc->fake};
	sc->retry.clock = &sc->clock;
	script_begin(&sc->s, steps, n);
	http_open(&sc->h, &sc->cancel);
}

static struct err *ask(struct scene *sc, struct http_request req)
{
	req.url = script_url(&sc->a, &sc->s, "/");
	req.plain_ok = true;
	return http_send_retrying(&sc->h, &sc->a, &req, &sc->retry, &sc->res);
}

static void end(struct scene *sc)
{
	http_close(&sc->h);
	script_end(&sc->s);
	script_done(&sc->s);
	arena_done(&sc->a);
}

static void waits_double_until_the_peer_answers(void **state)
{
	const struct script_step steps[] = {
		{.close = true}, {.reply = BUSY}, {.reply = BUSY}, {.reply = OK_HI}};
	struct scene sc;
	(void)state;

	begin(&sc, steps, countof(steps));
	assert_null(ask(&sc, (struct http_request){0}));
	assert_int_equal(sc.res.status, 200);
	assert_int_equal(sc.fake.n, 3);
	assert_int_equal(sc.fake.waits[0], 250);
	assert_int_equal(sc.fake.waits[1], 500);
	assert_int_equal(sc.fake.waits[2], 1000);
	end(&sc);
}

static void the_last_answer_is_the_result(void **state)
{
	const struct script_step steps[] = {{.reply = BUSY}, {.reply = BUSY}, {.reply = OK_HI}};
	struct scene sc;
	(void)state;

	begin(&sc, steps, countof(steps));
	sc.retry.attempts = 2;
	assert_null(ask(&sc, (struct http_request){0}));
	assert_int_equal(sc.res.status, 503);
	assert_int_equal(sc.fake.n, 1);
	end(&sc);
}

static void the_last_error_is_the_result(void **state)
{
	const struct script_step steps[] = {{.close = true}, {.close = true}};
	struct scene sc;
	struct err *e;
	(void)state;

	begin(&sc, steps, countof(steps));
	sc.retry.attempts = 2;
	e = ask(&sc, (struct http_request){0});
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_REMOTE);
	end(&sc);
}

static void the_peer_says_when_to_come_again(void **state)
{
	const struct script_step steps[] = {{.reply = LATER("7")}, {.reply = OK_HI}};
	struct scene sc;
	(void)state;

	begin(&sc, steps, countof(steps));
	assert_null(ask(&sc, (struct http_request){0}));
	assert_int_equal(sc.res.status, 200);
	assert_int_equal(sc.fake.waits[0], 7000);
	end(&sc);
}

static void a_peer_that_wants_an_hour_is_not_waited_for(void **state)
{
	const struct script_step steps[] = {{.reply = LATER("3600")}, {.reply = OK_HI}};
	struct scene sc;
	(void)state;

	begin(&sc, steps, countof(steps));
	assert_null(ask(&sc, (struct http_request){0}));
	assert_int_equal(sc.res.status, 429);
	assert_int_equal(sc.fake.n, 0);
	end(&sc);
}

static void a_final_answer_is_not_asked_for_again(void **state)
{
	const struct script_step steps[] = {{.reply = MISSING}, {.reply = OK_HI}};
	struct scene sc;
	(void)state;

	begin(&sc, steps, countof(steps));
	assert_null(ask(&sc, (struct http_request){0}));
	assert_int_equal(sc.res.status, 404);
	end(&sc);
}

static void a_post_is_repeated_only_when_it_may_be(void **state)
{
	const struct script_step steps[] = {{.reply = BUSY}, {.reply = BUSY}, {.reply = OK_HI}};
	struct scene sc;
	(void)state;

	begin(&sc, steps, countof(steps));
	assert_null(ask(&sc, (struct http_request){.method = "POST"}));
	assert_int_equal(sc.res.status, 503);
	sc.retry.repeatable = true;
	assert_null(ask(&sc, (struct http_request){.method = "POST"}));
	assert_int_equal(sc.res.status, 200);
	end(&sc);
}

static struct err *swallow(void *self, struct arena *a, const void *bytes, size_t size)
{
	(void)self, (void)a, (void)bytes, (void)size;
	return NULL;
}

static void a_stream_that_has_begun_is_not_begun_again(void **state)
{
	const struct script_step steps[] = {
		{.reply = BUSY},
		{.reply = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", .close = true},
		{.reply = OK_HI}};
	const struct http_sink sink = {NULL, swallow, NULL};
	struct scene sc;
	(void)state;

	begin(&sc, steps, countof(steps));
	assert_non_null(ask(&sc, (struct http_request){.sink = &sink}));
	assert_int_equal(sc.s.n_requests, 2);
	end(&sc);
}

static void a_raised_flag_ends_the_trying(void **state)
{
	const struct script_step steps[] = {{.reply = BUSY}, {.reply = OK_HI}};
	struct scene sc;
	struct err *e;
	(void)state;

	begin(&sc, steps, countof(steps));
	sc.fake.raise = &sc.cancel;
	e = ask(&sc, (struct http_request){0});
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_CANCELLED);
	end(&sc);
}

static void retry_after_is_seconds_or_a_date(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{"0", 0},
		{"120", 120000},
		{"Sun, 06 Nov 1994 08:49:37 GMT", 7000},
		{"Sun, 06 Nov 1994 08:49:00 GMT", 0},
		{"soon", -1},
		{"-5", -1},
		{"", -1},
	};
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		const struct http_header h = {"retry-after", cases[i].text};
		const struct http_response r = {.headers = &h, .n_headers = 1};

		assert_int_equal(http_retry_after(&r, 784111770000), cases[i].ms);
	}
	assert_int_equal(http_retry_after(&(struct http_response){0}, 0), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_double_until_the_peer_answers),
		cmocka_unit_test(the_last_answer_is_the_result),
		cmocka_unit_test(the_last_error_is_the_result),
		cmocka_unit_test(the_peer_says_when_to_come_again),
		cmocka_unit_test(a_peer_that_wants_an_hour_is_not_waited_for),
		cmocka_unit_test(a_final_answer_is_not_asked_for_again),
		cmocka_unit_test(a_post_is_repeated_only_when_it_may_be),
		cmocka_unit_test(a_stream_that_has_begun_is_not_begun_again),
		cmocka_unit_test(a_raised_flag_ends_the_trying),
		cmocka_unit_test(retry_after_is_seconds_or_a_date),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
