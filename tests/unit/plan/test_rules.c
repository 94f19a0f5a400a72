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
#include "doc/yaml.h"
#include "model/snapshot.h"
#include "plan/dashboards.h"
#include "plan/promql.h"
#include "plan/rules.h"
#include "plan/signals.h"

static struct event events[] = {
	{.id = "high-load",
	 .prom_query = "some_metric > 100",
	 .grace_period = "1m",
	 .description = "High load alert"},
	{.id = "night", .prom_query = "absent(sun)"},
};
static struct service services[] = {
	{.id = "a"},
	{.id = "c", .trigger = {.is_event = true, .events = events, .n_events = 2}},
};
static const struct graph graph = {.id = "demo", .services = services, .n_services = 2};
static const struct rule_options options = {.namespace_ = "monitoring"};

static void every_event_becomes_a_rule_with_its_labels(void **state)
{
	struct arena a scoped_arena = {0};
	const struct node *group = rules_group(&a, &graph, "p", &options);
	const struct node *rule = node_first(node_get(group, "rules"));

	(void)state;
	assert_string_equal(node_str(group, "name"), "smo-demo");
	assert_int_equal(node_count(node_get(group, "rules")), 2);
	assert_string_equal(json_write(&a, rule, JSON_COMPACT),
			    "{\"alert\":\"demo/high-load\",\"expr\":\"some_metric > 100\",\"for\":"
			    "\"1m\",\"labels\":{\"severity\":\"critical\",\"service\":\"c\","
			    "\"graph\":\"demo\",\"project\":\"p\",\"event\":\"high-load\"},"
			    "\"annotations\":{\"description\":\"High load alert\",\"summary\":"
			    "\"High load alert\"}}");
	assert_null(node_get(rule->next, "for"));
}

static void a_graph_without_events_has_no_rules(void **state)
{
	struct arena a scoped_arena = {0};
	const struct graph none = {.id = "demo", .services = services, .n_services = 1};

	(void)state;
	assert_null(rules_group(&a, &none, "p", &options));
}

static void the_original_named_alerts_after_their_events(void **state)
{
	struct arena a scoped_arena = {0};
	const struct rule_options plain = {.plain_names = true};
	const struct node *group = rules_group(&a, &graph, "p", &plain);

	(void)state;
	assert_string_equal(node_str(node_first(node_get(group, "rules")), "alert"), "high-load");
}

static void a_query_is_checked_before_anything_is_sent(void **state)
{
	static const struct {
		const char *query, *code;
	} cases[] = {{"up{", "bad-promql"}, {"up[5m]", "promql-type"}, {"up", "promql-always"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena a scoped_arena = {0};
		struct problems ps = {.a = &a};
		struct event e = {.id = "e", .prom_query = cases[i].query};
		struct service v = {.id = "s",
				    .trigger = {.is_event = true, .events = &e, .n_events = 1}};
		const struct graph g = {.id = "g", .services = &v, .n_services = 1};

		rules_check(&a, &g, &ps);
		assert_int_equal(ps.list.n, 1);
		assert_string_equal(ps.list.at[0].code, cases[i].code);
	}
}

static struct node *shared(struct arena *a)
{
	static const char text[] = "spec: {groups: [{name: other, rules: [{alert: x}]},"
				   " {name: smo-alerts, rules: [{alert: y, labels: {graph: b}}]}]}";
	struct node *n;

	assert_null(yaml_read(a, "t", text, strlen(text), &n));
	return n;
}

static void merging_touches_only_the_rules_of_the_graph(void **state)
{
	struct arena a scoped_arena = {0};
	struct node *before = shared(&a);
	struct node *rules = node_get(rules_group(&a, &graph, "p", &options), "rules");
	bool changed;

	(void)state;
	struct node *with = rules_merge(&a, before, RULES_GROUP, "demo", rules, &changed);
	assert_true(changed);
	assert_int_equal(node_count(rules_extract(&a, with, RULES_GROUP, "demo")), 2);
	assert_int_equal(node_count(rules_extract(&a, with, RULES_GROUP, "b")), 1);
	struct node *again = rules_merge(&a, with, RULES_GROUP, "demo", rules, &changed);
	assert_false(changed);
	struct node *gone = rules_merge(&a, again, RULES_GROUP, "demo", NULL, &changed);
	assert_true(changed);
	assert_true(node_equal(gone, before));
}

static void taking_out_what_is_not_there_changes_nothing(void **state)
{
	struct arena a scoped_arena = {0};
	bool changed;

	(void)state;
	rules_merge(&a, shared(&a), "no-such-group", "demo", NULL, &changed);
	assert_false(changed);
	rules_merge(&a, shared(&a), RULES_GROUP, "demo", NULL, &changed);
	assert_false(changed);
}

/* ---- dashboards ---- */

static const struct dashboard_options boards = {.instance = "i"};

static void check_queries(struct arena *a, const struct node *board)
{
	const char **queries;
	size_t n = dashboard_queries(a, board, &queries);

	assert_true(n > 0);
	for (size_t i = 0; i < n; i++) {
		struct promql_facts f;
		struct err *err = promql_check(a, queries[i], &f);
		if (err)
			print_message("# %s: %s\n", err->msg, queries[i]);
		assert_null(err);
	}
}

static size_t count_panels(const struct node *board, const char *type)
{
	size_t n = 0;

	for (const struct node *p = node_first(node_get(board, "panels")); p; p = p->next)
		n += str_eq(node_str(p, "type"), type);
	return n;
}

static void a_service_dashboard_starts_with_the_four_panels_of_the_original(void **state)
{
	struct arena a scoped_arena = {0};
	const struct node *board = dashboard_service(&a, &graph, "p", "c", &boards);
	const struct node *p = node_first(node_get(board, "panels"));

	(void)state;
	assert_string_equal(node_str(board, "title"), "c");
	for (int i = 0; i < 4; i++, p = p->next) {
		assert_string_equal(node_str(p, "type"), "timeseries");
		assert_true(str_starts(node_str(p, "title"), "c "));
		assert_null(node_get(p, "repeat"));
	}
	assert_string_equal(node_str(p, "title"), "Decisions");
	check_queries(&a, board);
}

static void a_graph_dashboard_chooses_among_its_services(void **state)
{
	struct arena a scoped_arena = {0};
	const struct node *board = dashboard_graph(&a, &graph, "p", &boards);
	const struct node *v = node_first(node_at(board, "templating.list"))->next;

	(void)state;
	assert_string_equal(node_str(v, "query"), "a, c");
	assert_int_equal(node_count(node_get(v, "options")), 2);
	assert_string_equal(node_str(v, "current.value"), "a");
	assert_string_equal(node_str(node_first(node_get(board, "panels")), "repeat"), "service");
	check_queries(&a, board);
}

static void a_cluster_dashboard_has_nine_panels(void **state)
{
	struct arena a scoped_arena = {0};
	const struct node *board = dashboard_cluster(&a, "edge\"x", &boards);

	(void)state;
	assert_int_equal(node_count(node_get(board, "panels")), 9);
	assert_int_equal(count_panels(board, "timeseries"), 5);
	assert_int_equal(count_panels(board, "gauge"), 3);
	assert_int_equal(count_panels(board, "stat"), 1);
	check_queries(&a, board);
}

static void uids_never_clash_nor_exceed_what_grafana_allows(void **state)
{
	struct arena a scoped_arena = {0};
	const char *name = "a-name-that-is-as-long-as-a-label-may-be-which-is-63-characters";
	const char *uids[] = {
		dashboard_uid(&a, DASHBOARD_GRAPH, "i", NULL, "x"),
		dashboard_uid(&a, DASHBOARD_SERVICE, "i", "p", "x"),
		dashboard_uid(&a, DASHBOARD_SERVICE, "i", "q", "x"),
		dashboard_uid(&a, DASHBOARD_CLUSTER, "i", NULL, "x"),
		dashboard_uid(&a, DASHBOARD_GRAPH, "k", NULL, "x"),
		dashboard_uid(&a, DASHBOARD_GRAPH, "i", NULL, name),
		dashboard_uid(&a, DASHBOARD_GRAPH, "i", NULL, name + 1),
		dashboard_folder(&a, "i", "x"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(uids) / sizeof(uids[0]); i++) {
		assert_true(strlen(uids[i]) <= DASHBOARD_UID_MAX);
		assert_int_equal(strspn(uids[i], "abcdefghijklmnopqrstuvwxyz0123456789-"),
				 strlen(uids[i]));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(uids[i], uids[k]);
	}
}

static void rules_stay_out_where_nobody_keeps_them_and_that_is_told(void **state)
{
	const struct snapshot kept = {0}, not_kept = {.no_rules = "no such kind"};
	const struct graph none = {.id = "g"};
	struct signal_options o = {.rules = true, .rules_if_kept = true};

	(void)state;
	assert_true(signal_wants_rules(&o, &graph, &kept));
	assert_null(signal_no_rules(&o, &graph, &kept));
	assert_false(signal_wants_rules(&o, &graph, &not_kept));
	assert_string_equal(signal_no_rules(&o, &graph, &not_kept), "no such kind");
	assert_null(signal_no_rules(&o, &none, &not_kept));
	assert_false(signal_wants_rules(&o, &none, &kept));
	o.rules_if_kept = false; /* asked for by name: tried, whatever is said */
	assert_true(signal_wants_rules(&o, &graph, &not_kept));
	assert_false(signal_wants_rules(NULL, &graph, &kept));
}

static void a_service_called_as_its_graph_leaves_the_titles_apart(void **state)
{
	struct arena a scoped_arena = {0};
	struct service same[] = {{.id = "web"}};
	const struct graph g = {.id = "web", .services = same, .n_services = 1};

	(void)state;
	assert_string_equal(node_str(dashboard_service(&a, &g, "p", "web", &boards), "title"),
			    "web");
	assert_string_equal(node_str(dashboard_graph(&a, &g, "p", &boards), "title"), "graph web");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_becomes_a_rule_with_its_labels),
		cmocka_unit_test(a_graph_without_events_has_no_rules),
		cmocka_unit_test(the_original_named_alerts_after_their_events),
		cmocka_unit_test(a_query_is_checked_before_anything_is_sent),
		cmocka_unit_test(merging_touches_only_the_rules_of_the_graph),
		cmocka_unit_test(taking_out_what_is_not_there_changes_nothing),
		cmocka_unit_test(a_service_dashboard_starts_with_the_four_panels_of_the_original),
		cmocka_unit_test(a_graph_dashboard_chooses_among_its_services),
		cmocka_unit_test(a_cluster_dashboard_has_nine_panels),
		cmocka_unit_test(rules_stay_out_where_nobody_keeps_them_and_that_is_told),
		cmocka_unit_test(a_service_called_as_its_graph_leaves_the_titles_apart),
		cmocka_unit_test(uids_never_clash_nor_exceed_what_grafana_allows),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
