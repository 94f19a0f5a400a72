// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/prom.h"
#include "port/clock_port.h"
#include "script_server.h"

struct scene {
	struct arena a;
	struct script s;
	struct prom *p;
	struct metrics_port m;
	struct arena replies; /* what the server says: as long as it lives */
};

static int64_t no_now(void *self)
{
	(void)self;
	return 0;
}

static void no_sleep(void *self, int64_t ms)
{
	(void)self;
	(void)ms;
}

static const struct clock_port no_clock = {no_now, no_sleep, NULL};

static void begin(struct scene *sc, const struct script_step *steps, size_t n,
		  struct prom_settings settings)
{
	*sc = (struct scene){0};
	script_begin(&sc->s, steps, n);
	settings.url = script_url(&sc->a, &sc->s, "/");
	settings.retry.clock = &no_clock;
	assert_null(prom_open(&sc->a, &settings, &sc->p));
	sc->m = prom_metrics_port(sc->p);
}

static void finish(struct scene *sc)
{
	prom_close(sc->p);
	script_end(&sc->s);
	script_done(&sc->s);
	arena_done(&sc->a);
	arena_done(&sc->replies);
}

static struct script_step answer(struct arena *a, const char *status, const char *body)
{
	return (struct script_step){
		.reply = arena_printf(a, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", status,
				      strlen(body), body)};
}

static struct err *ask_once(struct scene *sc, const char *status, const char *body, double *ret)
{
	struct arena a = {0};
	const struct script_step reply = answer(&a, status, body);
	const struct script_step steps[] = {reply, reply};
	struct metric_answer got = {0};

	begin(sc, steps, 2, (struct prom_settings){0});
	sc->replies = a;
	struct err *err = sc->m.instant(sc->m.self, &sc->a, "up", 0, &got);
	if (!err)
		*ret = prom_number(&got);
	return err;
}

#define VECTOR(series)                                                                             \
	"{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[" series "]}}"
#define ONE(value) "{\"metric\":{\"job\":\"x\"},\"value\":[1700000000.5,\"" value "\"]}"

static void the_query_goes_where_and_as_the_original_sent_it(void **state)
{
	struct scene sc;
	double v;

	(void)state;
	struct arena a = {0};
	const struct script_step steps[] = {answer(&a, "200 OK", VECTOR(ONE("15.5")))};
	struct metric_answer got;
	begin(&sc, steps, 1, (struct prom_settings){.user = "u", .password = "p"});
	assert_null(sc.m.instant(sc.m.self, &sc.a,
				 "sum(rate(http_requests_total{job=\"test-job\"}[1m]))", 0, &got));
	v = prom_number(&got);
	assert_float_equal(v, 15.5, 0);
	assert_int_equal(got.series[0].times[0], 1700000000500);
	assert_string_equal(got.series[0].labels[0].value, "x");
	script_end(&sc.s);
	assert_true(
		str_starts(sc.s.requests[0].head,
			   "GET /api/v1/query?query=sum%28rate%28http_requests_total%7Bjob%3D%22"
			   "test-job%22%7D%5B1m%5D%29%29 HTTP/1.1"));
	assert_non_null(strstr(sc.s.requests[0].head, "Authorization: Basic dTpw"));
	script_done(&sc.s);
	prom_close(sc.p);
	arena_done(&sc.a);
	arena_done(&a);
}

static void nothing_many_nan_and_infinity_are_told_apart(void **state)
{
	static const struct {
		const char *body;
		double want;
	} cases[] = {
		{VECTOR(""), (double)NAN},
		{VECTOR(ONE("NaN")), (double)NAN},
		{VECTOR(ONE("+Inf")), (double)INFINITY},
		{VECTOR(ONE("-Inf")), -(double)INFINITY},
		{VECTOR(ONE("10") "," ONE("0.5")), 10.5},
		{"{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[1,\"7\"]}"
		 "}",
		 7},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene sc;
		double v = 0;

		assert_null(ask_once(&sc, "200 OK", cases[i].body, &v));
		if (isnan(cases[i].want))
			assert_true(isnan(v));
		else
			assert_true(v >= cases[i].want && v <= cases[i].want);
		finish(&sc);
	}
}

static void wrong_answers_are_errors_of_the_peer(void **state)
{
	static const struct {
		const char *status, *body;
		enum err_kind kind;
	} cases[] = {
		{"200 OK", "<html>", ERR_REMOTE},
		{"200 OK", "[]", ERR_REMOTE},
		{"200 OK", "{\"status\":\"success\"}", ERR_REMOTE},
		{"200 OK", VECTOR("1"), ERR_REMOTE},
		{"200 OK", VECTOR("{\"metric\":{},\"value\":[1]}"), ERR_REMOTE},
		{"200 OK", VECTOR("{\"metric\":{},\"value\":[1,\"x\"]}"), ERR_REMOTE},
		{"200 OK", VECTOR("{\"metric\":{},\"value\":[1e99,\"1\"]}"), ERR_REMOTE},
		{"200 OK", "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\"}}",
		 ERR_REMOTE},
		{"500 No", "oops", ERR_REMOTE},
		{"400 Bad",
		 "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"parse error\"}",
		 ERR_INPUT},
		{"503 Slow", "{\"status\":\"error\",\"errorType\":\"timeout\",\"error\":\"slow\"}",
		 ERR_TIMEOUT},
		{"401 Who", "", ERR_FORBIDDEN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene sc;
		double v;
		struct err *err = ask_once(&sc, cases[i].status, cases[i].body, &v);

		assert_non_null(err);
		assert_int_equal(err->kind, cases[i].kind);
		assert_true(str_starts(err->msg, "Prometheus at 127.0.0.1:"));
		finish(&sc);
	}
}

static void a_peer_that_is_silent_or_breaks_off_is_left_in_time(void **state)
{
	static const struct script_step broken[][2] = {
		{{.hold = true}, {.hold = true}},
		{{.close = true}, {.close = true}},
		{{.reply = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"sta", .close = true},
		 {.reply = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"sta", .close = true}},
		{{.reply = "no http at all", .close = true},
		 {.reply = "no http at all", .close = true}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct scene sc;
		struct metric_answer got;

		begin(&sc, broken[i], 2, (struct prom_settings){.timeout_ms = 300});
		struct err *err = sc.m.instant(sc.m.self, &sc.a, "up", 0, &got);
		assert_non_null(err);
		assert_int_equal(err->kind, i ? ERR_REMOTE : ERR_TIMEOUT);
		finish(&sc);
	}
}

static void a_bad_moment_is_passed_over(void **state)
{
	struct scene sc;
	struct arena a = {0};
	const struct script_step steps[] = {answer(&a, "503 Busy", ""),
					    answer(&a, "200 OK", VECTOR(ONE("3")))};
	struct metric_answer got;

	(void)state;
	begin(&sc, steps, 2, (struct prom_settings){0});
	assert_null(sc.m.instant(sc.m.self, &sc.a, "up", 0, &got));
	assert_float_equal(prom_number(&got), 3, 0);
	finish(&sc);
	arena_done(&a);
}

static void a_range_gives_all_its_points_and_warnings(void **state)
{
	struct scene sc;
	struct arena a = {0};
	const struct script_step steps[] = {
		answer(&a, "200 OK",
		       "{\"status\":\"success\",\"warnings\":[\"slow\"],\"data\":{\"resultType\":"
		       "\"matrix\","
		       "\"result\":[{\"metric\":{},\"values\":[[1,\"2\"],[2,\"NaN\"]]}]}}")};
	struct metric_answer got;

	(void)state;
	begin(&sc, steps, 1, (struct prom_settings){0});
	assert_non_null(sc.m.range(sc.m.self, &sc.a, "up", 0, 100000000, 1, &got));
	assert_null(sc.m.range(sc.m.self, &sc.a, "up", 0, 60000, 15000, &got));
	assert_int_equal(got.series[0].n, 2);
	assert_int_equal(got.series[0].times[1], 2000);
	assert_true(isnan(got.series[0].values[1]));
	assert_string_equal(got.warnings[0], "slow");
	script_end(&sc.s);
	assert_non_null(strstr(sc.s.requests[0].head, "&start=0.000&end=60.000&step=15.000 "));
	script_done(&sc.s);
	prom_close(sc.p);
	arena_done(&sc.a);
	arena_done(&a);
}

static void states_of_alerting_rules_are_read(void **state)
{
	struct scene sc;
	struct arena a = {0};
	const struct script_step steps[] = {answer(
		&a, "200 OK",
		"{\"status\":\"success\",\"data\":{\"groups\":[{\"name\":\"smo-demo\",\"rules\":[{"
		"\"name\":\"demo/x\",\"state\":\"firing\",\"query\":\"a > "
		"1\",\"labels\":{\"graph\":"
		"\"demo\"},\"alerts\":[{\"activeAt\":\"2026-03-01T12:00:00Z\",\"value\":\"5e+00\"}]"
		"},"
		"{\"name\":\"demo/y\",\"state\":\"inactive\",\"alerts\":[]}]}]}}")};
	struct metric_rule *rules;
	size_t n;

	(void)state;
	begin(&sc, steps, 1, (struct prom_settings){0});
	assert_null(sc.m.rules(sc.m.self, &sc.a, &rules, &n));
	assert_int_equal(n, 2);
	assert_string_equal(rules[0].state, "firing");
	assert_int_equal(rules[0].since, 1772366400000);
	assert_float_equal(rules[0].value, 5, 0);
	assert_int_equal(rules[1].n_active, 0);
	finish(&sc);
	arena_done(&a);
}

static void a_refused_reload_is_told_and_not_repeated(void **state)
{
	struct scene sc;
	struct arena a = {0};
	const struct script_step steps[] = {
		answer(&a, "500 No", "failed to reload config: bad rule"),
		answer(&a, "403 No", "Lifecycle API is not enabled."), answer(&a, "200 OK", "")};

	(void)state;
	begin(&sc, steps, 3, (struct prom_settings){0});
	struct err *err = sc.m.reload(sc.m.self, &sc.a);
	assert_int_equal(err->kind, ERR_INPUT);
	assert_non_null(strstr(err->msg, "bad rule"));
	err = sc.m.reload(sc.m.self, &sc.a);
	assert_non_null(strstr(err->hint, "--web.enable-lifecycle"));
	assert_null(sc.m.reload(sc.m.self, &sc.a));
	finish(&sc);
	arena_done(&a);
}

static void a_long_query_is_posted(void **state)
{
	struct scene sc;
	struct arena a = {0};
	const struct script_step steps[] = {answer(&a, "200 OK", VECTOR(ONE("1")))};
	char query[5001];
	struct metric_answer got;

	(void)state;
	memset(query, 'x', 5000);
	query[5000] = '\0';
	begin(&sc, steps, 1, (struct prom_settings){.bearer = "token"});
	assert_null(sc.m.instant(sc.m.self, &sc.a, query, 0, &got));
	script_end(&sc.s);
	assert_true(str_starts(sc.s.requests[0].head, "POST /api/v1/query HTTP/1.1"));
	assert_non_null(strstr(sc.s.requests[0].head, "Authorization: Bearer token"));
	assert_int_equal(sc.s.requests[0].body_size, 5006);
	script_done(&sc.s);
	prom_close(sc.p);
	arena_done(&sc.a);
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_query_goes_where_and_as_the_original_sent_it),
		cmocka_unit_test(nothing_many_nan_and_infinity_are_told_apart),
		cmocka_unit_test(wrong_answers_are_errors_of_the_peer),
		cmocka_unit_test(a_peer_that_is_silent_or_breaks_off_is_left_in_time),
		cmocka_unit_test(a_bad_moment_is_passed_over),
		cmocka_unit_test(a_range_gives_all_its_points_and_warnings),
		cmocka_unit_test(states_of_alerting_rules_are_read),
		cmocka_unit_test(a_refused_reload_is_told_and_not_repeated),
		cmocka_unit_test(a_long_query_is_posted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
