// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/node.h"
#include "drive/grafana.h"
#include "port/clock_port.h"
#include "script_server.h"

#define INSTANCE "01234567-89ab-cdef-0123-456789abcdef"

enum { MOST = 16 };

struct scene {
	struct arena a;
	struct script_step steps[MOST];
	size_t n;
	struct script s;
	struct grafana *g;
	struct object_port o;
	bool ended;
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

static void answer(struct scene *sc, int status, const char *body)
{
	sc->steps[sc->n++].reply =
		arena_printf(&sc->a, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n\r\n%s", status,
			     strlen(body), body);
}

static void begin(struct scene *sc, struct grafana_settings settings)
{
	script_begin(&sc->s, sc->steps, sc->n);
	settings.url = script_url(&sc->a, &sc->s, "/sub/");
	settings.instance = INSTANCE;
	settings.retry.clock = &no_clock;
	assert_null(grafana_open(&sc->a, &settings, &sc->g));
	sc->o = grafana_object_port(sc->g);
}

/* Then requests can be looked at. */
static void end(struct scene *sc)
{
	if (!sc->ended)
		script_end(&sc->s);
	sc->ended = true;
}

static void finish(struct scene *sc)
{
	grafana_close(sc->g);
	end(sc);
	script_done(&sc->s);
	arena_done(&sc->a);
}

static struct node *board(struct arena *a)
{
	static const char text[] =
		"{\"apiVersion\":\"dashboard.grafana.app/v1beta1\",\"kind\":\"Dashboard\","
		"\"metadata\":{\"name\":\"smo-s-x\",\"annotations\":{\"grafana.app/folder\":"
		"\"smo-f-1\",\"smo/folder-title\":\"shop\"}},"
		"\"spec\":{\"uid\":\"smo-s-x\",\"title\":\"x\",\"tags\":[\"smo\"]}}";
	struct node *n;

	assert_null(json_read(a, "board", text, strlen(text), &n));
	return n;
}

static const char *there(struct arena *a, int version, const char *tag)
{
	return arena_printf(a,
			    "{\"meta\":{\"folderUid\":\"elsewhere\",\"version\":%d},"
			    "\"dashboard\":{\"id\":7,\"uid\":\"smo-s-x\",\"title\":\"old\","
			    "\"version\":%d,\"tags\":[\"smo\",\"graph:shop\",\"%s\"]}}",
			    version, version, tag);
}

static const struct object_ref ref = {"dashboard.grafana.app/v1beta1", "Dashboard", "smo-s-x",
				      NULL};

static void a_new_dashboard_comes_with_its_folder(void **state)
{
	struct scene sc = {0};

	(void)state;
	answer(&sc, 404, "{\"message\":\"Dashboard not found\"}");
	answer(&sc, 404, "{\"message\":\"folder not found\"}");
	answer(&sc, 200, "{\"uid\":\"smo-f-1\"}");
	answer(&sc, 200, "{\"uid\":\"smo-s-x\",\"version\":1}");
	begin(&sc, (struct grafana_settings){.user = "u", .password = "p"});
	assert_null(sc.o.apply(sc.o.self, &sc.a, board(&sc.a), false));
	end(&sc);
	assert_true(str_starts(sc.s.requests[0].head, "GET /sub/api/dashboards/uid/smo-s-x HTTP"));
	assert_non_null(strstr(sc.s.requests[0].head, "Authorization: Basic dTpw"));
	assert_string_equal(sc.s.requests[2].body, "{\"uid\":\"smo-f-1\",\"title\":\"shop\"}");
	assert_non_null(strstr(sc.s.requests[3].body, "\"folderUid\":\"smo-f-1\""));
	assert_non_null(strstr(sc.s.requests[3].body, "\"overwrite\":false"));
	finish(&sc);
}

static void a_save_that_met_another_one_is_made_again_on_what_is_there_then(void **state)
{
	struct scene sc = {0};

	(void)state;
	answer(&sc, 200, there(&sc.a, 3, "smo:01234567"));
	answer(&sc, 412, "{\"message\":\"changed\",\"status\":\"version-mismatch\"}");
	answer(&sc, 200, there(&sc.a, 4, "smo:01234567"));
	answer(&sc, 200, "{\"version\":5}");
	begin(&sc, (struct grafana_settings){.bearer = "glsa_x"});
	assert_null(sc.o.apply(sc.o.self, &sc.a, board(&sc.a), false));
	end(&sc);
	assert_int_equal(sc.s.n_requests, 4);
	assert_non_null(strstr(sc.s.requests[0].head, "Authorization: Bearer glsa_x"));
	assert_non_null(strstr(sc.s.requests[1].body, "\"version\":3"));
	assert_non_null(strstr(sc.s.requests[3].body, "\"version\":4"));
	assert_non_null(strstr(sc.s.requests[3].body, "\"folderUid\":\"elsewhere\""));
	finish(&sc);
}

static void an_endless_conflict_is_told(void **state)
{
	struct scene sc = {0};

	(void)state;
	for (int i = 0; i < 4; i++) {
		answer(&sc, 200, there(&sc.a, 3, "smo:01234567"));
		answer(&sc, 412, "{\"message\":\"changed by someone else\"}");
	}
	begin(&sc, (struct grafana_settings){0});
	struct err *e = sc.o.apply(sc.o.self, &sc.a, board(&sc.a), false);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_CONFLICT);
	assert_non_null(strstr(e->msg, "changed by someone else"));
	finish(&sc);
}

static void what_is_not_ours_is_neither_changed_nor_deleted(void **state)
{
	struct scene sc = {0};

	(void)state;
	answer(&sc, 200, there(&sc.a, 3, "smo:76543210"));
	answer(&sc, 200, there(&sc.a, 3, "smo:76543210"));
	answer(&sc, 200, there(&sc.a, 3, "smo:76543210"));
	answer(&sc, 200, "{\"version\":4}");
	begin(&sc, (struct grafana_settings){0});
	struct err *e = sc.o.apply(sc.o.self, &sc.a, board(&sc.a), false);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_CONFLICT);
	e = sc.o.remove(sc.o.self, &sc.a, &ref);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_CONFLICT);
	assert_null(sc.o.apply(sc.o.self, &sc.a, board(&sc.a), true));
	finish(&sc);
}

static void a_list_is_of_one_graph_and_a_stale_index_harms_nothing(void **state)
{
	struct scene sc = {0};
	const struct object_filter filter = {.label_selector =
						     "smo.nephele-project.eu/instance=" INSTANCE
						     ",smo.nephele-project.eu/graph=shop"};
	struct node *items;

	(void)state;
	answer(&sc, 200, "[{\"uid\":\"gone\"},{\"uid\":\"smo-s-x\"},{\"nouid\":1}]");
	answer(&sc, 404, "{\"message\":\"Dashboard not found\"}");
	answer(&sc, 200, there(&sc.a, 3, "smo:01234567"));
	begin(&sc, (struct grafana_settings){0});
	assert_null(sc.o.list(sc.o.self, &sc.a, NULL, "Dashboard", &filter, &items));
	assert_int_equal(node_count(items), 1);
	assert_string_equal(node_str(items->first, "spec.title"), "old");
	end(&sc);
	assert_non_null(
		strstr(sc.s.requests[0].head, "tag=smo%3A01234567&tag=graph%3Ashop&page=1"));
	finish(&sc);
}

static void the_last_dashboard_takes_its_folder_along_but_only_one_of_ours(void **state)
{
	struct scene sc = {0};

	(void)state;
	answer(&sc, 200,
	       "{\"meta\":{\"folderUid\":\"smo-f-1\"},\"dashboard\":{\"tags\":[\"smo:01234567\"]}"
	       "}");
	answer(&sc, 200, "{\"message\":\"deleted\"}");
	answer(&sc, 200, "[]");
	answer(&sc, 200, "{\"message\":\"deleted\"}");
	answer(&sc, 200, there(&sc.a, 3, "smo:01234567"));
	answer(&sc, 200, "{\"message\":\"deleted\"}");
	answer(&sc, 404, "{\"message\":\"Dashboard not found\"}");
	begin(&sc, (struct grafana_settings){0});
	assert_null(sc.o.remove(sc.o.self, &sc.a, &ref));
	assert_null(sc.o.remove(sc.o.self, &sc.a, &ref));
	assert_null(sc.o.remove(sc.o.self, &sc.a, &ref));
	end(&sc);
	assert_true(str_starts(sc.s.requests[3].head, "DELETE /sub/api/folders/smo-f-1 "));
	assert_int_equal(sc.s.n_requests, 7);
	finish(&sc);
}

static void wrong_answers_are_errors_that_name_the_peer_and_no_secret(void **state)
{
	static const struct {
		int status;
		const char *body;
		enum err_kind kind;
	} cases[] = {
		{200, "<html>login</html>", ERR_REMOTE},
		{200, "[]", ERR_REMOTE},
		{200, "{\"dashboard\":7}", ERR_REMOTE},
		{200, "{}", ERR_REMOTE},
		{500, "oops", ERR_REMOTE},
		{500, "{\"message\":\"database \\u001b[31mis locked\"}", ERR_REMOTE},
		{401, "{\"message\":\"Invalid API key\"}", ERR_FORBIDDEN},
		{403, "{\"message\":\"Permissions needed\"}", ERR_FORBIDDEN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene sc = {0};
		struct node *object;

		answer(&sc, cases[i].status, cases[i].body);
		answer(&sc, cases[i].status, cases[i].body);
		begin(&sc, (struct grafana_settings){.bearer = "glsa_secret"});
		struct err *e = sc.o.get(sc.o.self, &sc.a, &ref, &object);
		assert_non_null(e);
		assert_int_equal(e->kind, cases[i].kind);
		assert_true(str_starts(e->msg, "Grafana at 127.0.0.1:"));
		assert_null(strstr(e->msg, "secret"));
		assert_null(strchr(e->msg, '\033'));
		finish(&sc);
	}
}

static void a_peer_that_is_silent_or_breaks_off_is_left_in_time_and_not_asked_again(void **state)
{
	static const struct script_step broken[] = {
		{.hold = true},
		{.close = true},
		{.reply = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"das", .close = true},
		{.reply = "no http at all", .close = true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct grafana_fuse fuse = {.lock = PTHREAD_MUTEX_INITIALIZER};
		struct scene sc = {0};
		struct node *object;

		sc.steps[0] = sc.steps[1] = broken[i];
		sc.n = 2;
		begin(&sc, (struct grafana_settings){.timeout_ms = 300, .fuse = &fuse});
		struct err *e = sc.o.get(sc.o.self, &sc.a, &ref, &object);
		assert_non_null(e);
		assert_int_equal(e->kind, i ? ERR_REMOTE : ERR_TIMEOUT);
		end(&sc);
		size_t asked = sc.s.n_connections;
		struct err *again = sc.o.get(sc.o.self, &sc.a, &ref, &object);
		assert_non_null(again);
		assert_int_equal(again->kind, e->kind);
		assert_string_equal(again->msg, e->msg);
		assert_int_equal(sc.s.n_connections, asked);
		finish(&sc);
	}
}

static void a_refusal_of_one_dashboard_leaves_the_fuse_whole(void **state)
{
	struct grafana_fuse fuse = {.lock = PTHREAD_MUTEX_INITIALIZER};
	struct scene sc = {0};
	struct node *object;

	(void)state;
	answer(&sc, 404, "{\"message\":\"Dashboard not found\"}");
	answer(&sc, 200, there(&sc.a, 1, "x"));
	begin(&sc, (struct grafana_settings){.fuse = &fuse});
	struct err *e = sc.o.get(sc.o.self, &sc.a, &ref, &object);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_NOT_FOUND);
	assert_null(sc.o.get(sc.o.self, &sc.a, &ref, &object));
	finish(&sc);
}

static void marks_carry_the_tags_that_dashboards_ask_for(void **state)
{
	struct scene sc = {0};
	const struct watch_mark m = {.graph = "shop", .text = "deploy", .from = 1000, .to = 2000};

	(void)state;
	answer(&sc, 200, "{\"id\":1}");
	begin(&sc, (struct grafana_settings){0});
	struct watch_port w = grafana_watch_port(sc.g);
	assert_null(w.mark(w.self, &sc.a, &m));
	end(&sc);
	assert_string_equal(sc.s.requests[0].body,
			    "{\"time\":1000,\"timeEnd\":2000,\"tags\":[\"smo\",\"graph:shop\","
			    "\"smo:01234567\"],\"text\":\"deploy\"}");
	finish(&sc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_dashboard_comes_with_its_folder),
		cmocka_unit_test(a_save_that_met_another_one_is_made_again_on_what_is_there_then),
		cmocka_unit_test(an_endless_conflict_is_told),
		cmocka_unit_test(what_is_not_ours_is_neither_changed_nor_deleted),
		cmocka_unit_test(a_list_is_of_one_graph_and_a_stale_index_harms_nothing),
		cmocka_unit_test(the_last_dashboard_takes_its_folder_along_but_only_one_of_ours),
		cmocka_unit_test(wrong_answers_are_errors_that_name_the_peer_and_no_secret),
		cmocka_unit_test(
			a_peer_that_is_silent_or_breaks_off_is_left_in_time_and_not_asked_again),
		cmocka_unit_test(a_refusal_of_one_dashboard_leaves_the_fuse_whole),
		cmocka_unit_test(marks_carry_the_tags_that_dashboards_ask_for),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
