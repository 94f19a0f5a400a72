// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "plan/alerts.h"

enum { NOW = 1000000 };

struct scene {
	struct event events[2];
	struct service v;
	struct alert_service s;
};

static void scene_init(struct scene *sc, enum event_condition condition)
{
	*sc = (struct scene){
		.events = {{.id = "high-load", .description = "High load alert"}, {.id = "night"}},
		.v = {.id = "c",
		      .trigger = {.is_event = true, .condition = condition, .n_events = 2}},
	};
	sc->v.trigger.events = sc->events;
	sc->s = (struct alert_service){.graph = "demo",
				       .project = "p",
				       .graph_runs = true,
				       .service = &sc->v,
				       .status = "Pending"};
}

static struct alert make(struct arena *a, const char *name, int status, int64_t starts)
{
	const struct text_pair labels[] = {{"alertname", name}, {"service", "c"}};

	return (struct alert){.status = status,
			      .labels = arena_memdup(a, labels, sizeof(labels)),
			      .n_labels = 2,
			      .starts_at = starts,
			      .ends_at = status == ALERT_RESOLVED ? starts + 1 : 0,
			      .fingerprint = name};
}

static struct alert_outcome send_at(struct arena *a, struct scene *sc, struct alert alert,
				    int64_t now)
{
	const struct alert_body body = {.alerts = &alert, .n_alerts = 1};
	struct alert_outcome o = alerts_take(a, &body, &sc->s, 1, now);

	if (o.states[0])
		sc->s.state = o.states[0];
	return o;
}

static struct alert_outcome send(struct arena *a, struct scene *sc, struct alert alert)
{
	return send_at(a, sc, alert, NOW);
}

static void any_of_the_events_deploys_a_pending_service(void **state)
{
	struct arena a scoped_arena = {0};
	struct scene sc;

	(void)state;
	scene_init(&sc, EVENTS_ANY);
	struct alert_outcome o = send(&a, &sc, make(&a, "high-load", ALERT_FIRING, 5));
	assert_int_equal(o.n_actions, 1);
	assert_int_equal(o.actions[0].kind, ALERT_DEPLOY);
	assert_string_equal(o.actions[0].reason, "ANY of 2 events must fire: high-load");
	assert_string_equal(o.notes[0].reason, "AlertFiring");
	assert_string_equal(o.notes[0].message, "event high-load fires: High load alert");
}

static void all_of_the_events_must_fire_together(void **state)
{
	struct arena a scoped_arena = {0};
	struct scene sc;

	(void)state;
	scene_init(&sc, EVENTS_ALL);
	assert_int_equal(send(&a, &sc, make(&a, "high-load", ALERT_FIRING, 5)).n_actions, 0);
	assert_int_equal(send(&a, &sc, make(&a, "high-load", ALERT_RESOLVED, 5)).n_actions, 0);
	assert_int_equal(send(&a, &sc, make(&a, "night", ALERT_FIRING, 6)).n_actions, 0);
	assert_int_equal(send(&a, &sc, make(&a, "high-load", ALERT_FIRING, 7)).n_actions, 1);
}

static void a_running_service_is_not_deployed_again(void **state)
{
	struct arena a scoped_arena = {0};
	struct scene sc;

	(void)state;
	scene_init(&sc, EVENTS_ANY);
	send(&a, &sc, make(&a, "high-load", ALERT_FIRING, 5));
	sc.s.status = "Deployed";
	struct alert_outcome o = send(&a, &sc, make(&a, "high-load", ALERT_FIRING, 5));
	assert_int_equal(o.n_actions, 0);
	assert_string_equal(o.notes[0].reason, "AlertIgnored");
}

static void a_repeated_alert_tries_a_failed_deployment_again(void **state)
{
	struct arena a scoped_arena = {0};
	struct scene sc;

	(void)state;
	scene_init(&sc, EVENTS_ANY);
	send(&a, &sc, make(&a, "high-load", ALERT_FIRING, 5));
	assert_int_equal(send(&a, &sc, make(&a, "high-load", ALERT_FIRING, 5)).n_actions, 1);
}

static void an_alert_that_comes_after_its_end_is_harmless(void **state)
{
	struct arena a scoped_arena = {0};
	struct scene sc;

	(void)state;
	scene_init(&sc, EVENTS_ANY);
	send(&a, &sc, make(&a, "high-load", ALERT_RESOLVED, 5));
	assert_int_equal(send(&a, &sc, make(&a, "high-load", ALERT_FIRING, 5)).n_actions, 0);
	assert_int_equal(send(&a, &sc, make(&a, "high-load", ALERT_FIRING, 3)).n_actions, 0);
	assert_int_equal(send(&a, &sc, make(&a, "high-load", ALERT_FIRING, 9)).n_actions, 1);
}

static void resolved_alone_deploys_nothing(void **state)
{
	struct arena a scoped_arena = {0};
	struct scene sc;

	(void)state;
	scene_init(&sc, EVENTS_ANY);
	assert_int_equal(send(&a, &sc, make(&a, "high-load", ALERT_RESOLVED, 5)).n_actions, 0);
}

static void what_is_not_registered_is_ignored_with_a_warning(void **state)
{
	struct arena a scoped_arena = {0};
	struct scene sc;
	struct alert alert = make(&a, "other", ALERT_FIRING, 5);

	(void)state;
	scene_init(&sc, EVENTS_ANY);
	struct alert_outcome o = send(&a, &sc, alert);
	assert_int_equal(o.n_actions, 0);
	assert_true(o.notes[0].warning);
	assert_string_equal(o.notes[0].message,
			    "alert other of service c: the service waits for no such event");
	alert.labels[1].value = "x";
	o = send(&a, &sc, alert);
	assert_string_equal(o.notes[0].message,
			    "alert other of service x: no graph has that service");
	alert.n_labels = 1;
	o = send(&a, &sc, alert);
	assert_string_equal(o.notes[0].message, "alert other of service none: it names no service");
	assert_null(o.states[0]);
}

static void graph_and_project_must_fit_when_they_are_given(void **state)
{
	struct arena a scoped_arena = {0};
	struct scene sc;
	struct text_pair labels[] = {{"alertname", "demo/high-load"},
				     {"service", "c"},
				     {"graph", "demo"},
				     {"project", "q"}};
	struct alert alert = make(&a, "high-load", ALERT_FIRING, 5);

	(void)state;
	scene_init(&sc, EVENTS_ANY);
	alert.labels = labels;
	alert.n_labels = 4;
	assert_int_equal(send(&a, &sc, alert).n_actions, 0);
	labels[3].value = "p";
	assert_int_equal(send(&a, &sc, alert).n_actions, 1);
}

static void a_stopped_graph_deploys_nothing_but_remembers(void **state)
{
	struct arena a scoped_arena = {0};
	struct scene sc;

	(void)state;
	scene_init(&sc, EVENTS_ANY);
	sc.s.graph_runs = false;
	struct alert_outcome o = send(&a, &sc, make(&a, "high-load", ALERT_FIRING, 5));
	assert_int_equal(o.n_actions, 0);
	assert_true(alerts_hold(&a, &sc.v, sc.s.state, NULL));
}

static void the_end_of_the_events_undeploys_after_a_cooldown(void **state)
{
	struct arena a scoped_arena = {0};
	struct scene sc;

	(void)state;
	scene_init(&sc, EVENTS_ANY);
	sc.v.trigger.on_resolve = RESOLVE_UNDEPLOY;
	sc.v.trigger.cooldown = "2m";
	send(&a, &sc, make(&a, "high-load", ALERT_FIRING, 5));
	sc.s.status = "Deployed";
	assert_false(alerts_over(&sc.v, sc.s.state, NOW + 1000000));
	struct alert_outcome o = send(&a, &sc, make(&a, "high-load", ALERT_RESOLVED, 5));
	assert_int_equal(o.n_actions, 1);
	assert_int_equal(o.actions[0].kind, ALERT_UNDEPLOY);
	assert_int_equal(o.actions[0].at, NOW + 120000);
	assert_false(alerts_over(&sc.v, sc.s.state, NOW + 119999));
	assert_true(alerts_over(&sc.v, sc.s.state, NOW + 120000));
	assert_int_equal(send(&a, &sc, make(&a, "high-load", ALERT_RESOLVED, 5)).n_actions, 0);
	send_at(&a, &sc, make(&a, "night", ALERT_FIRING, 8), NOW + 60000);
	assert_false(alerts_over(&sc.v, sc.s.state, NOW + 120000));
}

static void without_on_resolve_the_service_stays(void **state)
{
	struct arena a scoped_arena = {0};
	struct scene sc;

	(void)state;
	scene_init(&sc, EVENTS_ANY);
	send(&a, &sc, make(&a, "high-load", ALERT_FIRING, 5));
	sc.s.status = "Deployed";
	assert_int_equal(send(&a, &sc, make(&a, "high-load", ALERT_RESOLVED, 5)).n_actions, 0);
	assert_false(alerts_over(&sc.v, sc.s.state, NOW + 100000000));
}

static void the_memory_of_series_is_bounded(void **state)
{
	struct arena a scoped_arena = {0};
	struct scene sc;

	(void)state;
	scene_init(&sc, EVENTS_ANY);
	for (int i = 0; i < 300; i++) {
		struct alert alert =
			make(&a, "high-load", i % 2 ? ALERT_FIRING : ALERT_RESOLVED, i);
		alert.fingerprint = arena_printf(&a, "%d", i);
		send(&a, &sc, alert);
	}
	assert_int_equal(node_count(node_at(sc.s.state, "events.high-load")), 64);
}

/* ---- order and repetition do not matter ---- */

static uint64_t seed = 3;

static size_t pick(size_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (size_t)(seed >> 33) % n;
}

static void any_order_and_any_repetition_ends_in_the_same_state(void **state)
{
	enum { MOST = 24 };

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct arena a scoped_arena = {0};
		struct scene sc;
		struct alert sent[MOST * 2];
		size_t n = 0;
		bool fires[2] = {false, false};

		scene_init(&sc, pick(2) ? EVENTS_ALL : EVENTS_ANY);
		for (int e = 0; e < 2; e++) {
			size_t episodes = pick(4);
			for (size_t k = 1; k <= episodes; k++) {
				bool over = k < episodes || pick(2);
				sent[n++] = make(&a, sc.events[e].id, ALERT_FIRING, (int64_t)k);
				if (over)
					sent[n++] = make(&a, sc.events[e].id, ALERT_RESOLVED,
							 (int64_t)k);
				fires[e] = !over;
			}
		}
		for (size_t i = 0, once = n; i < once; i++)
			sent[n++] = sent[pick(once)];
		for (size_t i = n; i > 1; i--) {
			size_t k = pick(i);
			struct alert x = sent[i - 1];
			sent[i - 1] = sent[k];
			sent[k] = x;
		}
		for (size_t i = 0; i < n; i++)
			send(&a, &sc, sent[i]);
		bool want = sc.v.trigger.condition == EVENTS_ALL ? fires[0] && fires[1]
								 : fires[0] || fires[1];
		assert_int_equal(alerts_hold(&a, &sc.v, sc.s.state, NULL), want);
	}
}

/* ---- the body ---- */

static const char captured[] =
	"{\"receiver\":\"hook\",\"status\":\"firing\",\"alerts\":[{\"status\":\"firing\","
	"\"labels\":{"
	"\"alertname\":\"high-load\",\"service\":\"c\",\"severity\":\"critical\"},\"annotations\":{"
	"\"description\":\"High load alert\"},\"startsAt\":\"2026-03-01T12:00:00.123456789Z\","
	"\"endsAt\":\"0001-01-01T00:00:00Z\",\"generatorURL\":\"http://h/graph\",\"fingerprint\":"
	"\"c9b3\"}],\"groupLabels\":{\"alertname\":\"high-load\"},\"commonLabels\":{},"
	"\"commonAnnotations\":{},\"externalURL\":\"http://h:9093\",\"version\":\"4\","
	"\"groupKey\":\"{}:{}\",\"truncatedAlerts\":0,\"notification_reason\":\"new\"}";

static void the_body_of_alertmanager_is_read_whole(void **state)
{
	struct arena a scoped_arena = {0};
	struct node *doc;
	struct alert_body b;

	(void)state;
	assert_null(json_read(&a, "alert", captured, strlen(captured), &doc));
	assert_null(alert_read(&a, doc, &b));
	assert_int_equal(b.n_alerts, 1);
	assert_int_equal(b.alerts[0].status, ALERT_FIRING);
	assert_int_equal(b.alerts[0].starts_at, 1772366400123);
	assert_int_equal(b.alerts[0].ends_at, 0);
	assert_string_equal(alert_label(&b.alerts[0], "service"), "c");
	assert_string_equal(b.alerts[0].fingerprint, "c9b3");
	assert_null(alert_label(&b.alerts[0], "none"));
}

/* A body that an Alertmanager 0.25 sent (tests/e2e/signals.py --save), hosts renamed. */
static void recorded_body(struct arena *a, const char *path, struct alert_body *ret_body)
{
	char text[8192];
	struct node *doc;
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	size_t n = fread(text, 1, sizeof(text), f);
	(void)fclose(f);
	assert_in_range(n, 1, sizeof(text) - 1);
	assert_null(json_read(a, path, text, n, &doc));
	assert_null(alert_read(a, doc, ret_body));
}

static void what_a_real_alertmanager_sent_is_read(void **state)
{
	struct arena a scoped_arena = {0};
	struct alert_body fired, over;

	(void)state;
	recorded_body(&a, TEST_DATA "/alertmanager/firing.json", &fired);
	recorded_body(&a, TEST_DATA "/alertmanager/resolved.json", &over);
	assert_int_equal(fired.n_alerts, 1);
	assert_int_equal(fired.alerts[0].status, ALERT_FIRING);
	assert_int_equal(fired.alerts[0].ends_at, 0);
	assert_string_equal(alert_label(&fired.alerts[0], "graph"), "shop");
	assert_string_equal(alert_label(&fired.alerts[0], "service"), "helper");
	assert_string_equal(alert_label(&fired.alerts[0], "event"), "high-load");
	assert_int_equal(over.n_alerts, 1);
	assert_int_equal(over.alerts[0].status, ALERT_RESOLVED);
	assert_int_equal(over.alerts[0].starts_at, fired.alerts[0].starts_at);
	assert_int_equal(over.alerts[0].ends_at, over.alerts[0].starts_at + 5000);
	assert_string_equal(over.alerts[0].fingerprint, fired.alerts[0].fingerprint);
}

static void the_shortest_body_of_the_original_is_understood(void **state)
{
	struct arena a scoped_arena = {0};
	static const char text[] = "{\"alerts\": [{\"labels\": {\"service\": \"c\"}}]}";
	struct node *doc;
	struct alert_body b;

	(void)state;
	assert_null(json_read(&a, "alert", text, strlen(text), &doc));
	assert_null(alert_read(&a, doc, &b));
	assert_int_equal(strlen(b.alerts[0].fingerprint), 16);
}

static void a_wrong_body_is_refused(void **state)
{
	static const char *const wrong[] = {
		"[]",
		"{}",
		"{\"alerts\": 1}",
		"{\"alerts\": [1]}",
		"{\"version\": \"5\", \"alerts\": []}",
		"{\"alerts\": [{\"status\": \"maybe\"}]}",
		"{\"alerts\": [{\"startsAt\": \"noon\"}]}",
		"{\"alerts\": [{\"labels\": {\"a\": [1]}}]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct arena a scoped_arena = {0};
		struct node *doc;
		struct alert_body b;

		assert_null(json_read(&a, "alert", wrong[i], strlen(wrong[i]), &doc));
		struct err *err = alert_read(&a, doc, &b);
		assert_non_null(err);
		assert_int_equal(err->kind, ERR_INPUT);
	}
}

static void times_are_read_and_written(void **state)
{
	struct arena a scoped_arena = {0};
	int64_t ms;

	(void)state;
	assert_true(time_parse("1970-01-01T00:00:00Z", &ms));
	assert_int_equal(ms, 0);
	assert_true(time_parse("2024-02-29T23:59:59.5+01:30", &ms));
	assert_string_equal(time_text(&a, ms), "2024-02-29T22:29:59.5Z");
	assert_true(time_parse("0001-01-01T00:00:00Z", &ms));
	assert_true(ms < 0);
	for (int64_t t = -100000000000; t < 4000000000000; t += 86399999 * INT64_C(37)) {
		assert_true(time_parse(time_text(&a, t), &ms));
		assert_int_equal(ms, t);
	}
	assert_false(time_parse("2024-13-01T00:00:00Z", &ms));
	assert_false(time_parse("2024-01-01", &ms));
	assert_false(time_parse("2024-01-01T00:00:00", &ms));
	assert_false(time_parse("2024-01-01T00:00:00Zx", &ms));
	assert_false(time_parse("", &ms));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_of_the_events_deploys_a_pending_service),
		cmocka_unit_test(all_of_the_events_must_fire_together),
		cmocka_unit_test(a_running_service_is_not_deployed_again),
		cmocka_unit_test(a_repeated_alert_tries_a_failed_deployment_again),
		cmocka_unit_test(an_alert_that_comes_after_its_end_is_harmless),
		cmocka_unit_test(resolved_alone_deploys_nothing),
		cmocka_unit_test(what_is_not_registered_is_ignored_with_a_warning),
		cmocka_unit_test(graph_and_project_must_fit_when_they_are_given),
		cmocka_unit_test(a_stopped_graph_deploys_nothing_but_remembers),
		cmocka_unit_test(the_end_of_the_events_undeploys_after_a_cooldown),
		cmocka_unit_test(without_on_resolve_the_service_stays),
		cmocka_unit_test(the_memory_of_series_is_bounded),
		cmocka_unit_test(any_order_and_any_repetition_ends_in_the_same_state),
		cmocka_unit_test(the_body_of_alertmanager_is_read_whole),
		cmocka_unit_test(what_a_real_alertmanager_sent_is_read),
		cmocka_unit_test(the_shortest_body_of_the_original_is_understood),
		cmocka_unit_test(a_wrong_body_is_refused),
		cmocka_unit_test(times_are_read_and_written),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
