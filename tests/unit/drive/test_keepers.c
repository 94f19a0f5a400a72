// SPDX-License-Identifier: Apache-2.0
/* Rules in files and in a shared object, dashboards in files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "doc/json.h"
#include "doc/node.h"
#include "drive/board_files.h"
#include "drive/file.h"
#include "drive/kube_rules.h"
#include "drive/rule_files.h"
#include "drive/selector.h"
#include "kube_scene.h"

#define INSTANCE "01234567-89ab-cdef-0123-456789abcdef"

/* ---- a Prometheus of which only reload and rules matter ---- */

struct prometheus {
	enum err_kind refuses; /* of the next reloads */
	int n_refusals, n_reloads;
	bool loads_nothing;
};

static struct err *fake_reload(void *self, struct arena *a)
{
	struct prometheus *p = self;

	p->n_reloads++;
	return p->n_refusals-- > 0 ? err_new(a, p->refuses, "no") : NULL;
}

static struct err *fake_rules(void *self, struct arena *a, struct metric_rule **ret_rules,
			      size_t *ret_n)
{
	const struct prometheus *p = self;
	struct metric_rule *r = arena_new(a, struct metric_rule);

	r->name = "shop/load";
	r->n_labels = 1;
	r->labels = arena_new(a, struct text_pair);
	*r->labels = (struct text_pair){"graph", "shop"};
	*ret_rules = r;
	*ret_n = !p->loads_nothing;
	return NULL;
}

struct files {
	struct arena a;
	struct prometheus p;
	char dir[40];
	struct object_port o;
};

static void files_begin(struct files *f)
{
	struct rule_files *files;

	*f = (struct files){.dir = "/tmp/smo-test-rules-XXXXXX"};
	assert_non_null(mkdtemp(f->dir));
	const struct rule_files_settings want = {
		.dir = f->dir,
		.namespace_ = "monitoring",
		.instance = INSTANCE,
		.metrics = {.reload = fake_reload, .rules = fake_rules, .self = &f->p},
	};
	assert_null(rule_files_open(&f->a, &want, &files));
	f->o = rule_files_port(files);
}

static void files_end(struct files *f)
{
	unlink(arena_printf(&f->a, "%s/smo-shop.01234567.yml", f->dir));
	unlink(arena_printf(&f->a, "%s/.smo-shop.01234567.yml.pending", f->dir));
	assert_int_equal(rmdir(f->dir), 0);
	arena_done(&f->a);
}

static struct node *parsed(struct arena *a, const char *text)
{
	struct node *n;

	assert_null(json_read(a, "text", text, strlen(text), &n));
	return n;
}

static struct node *rules(struct arena *a, const char *expr)
{
	return parsed(a, arena_printf(a,
				      "{\"kind\":\"PrometheusRule\",\"metadata\":{\"name\":"
				      "\"smo-shop\",\"labels\":{\"smo.nephele-project.eu/graph\":"
				      "\"shop\"}},\"spec\":{\"groups\":[{\"name\":\"smo-shop\","
				      "\"rules\":[{\"alert\":\"shop/load\",\"expr\":\"%s\","
				      "\"labels\":{\"graph\":\"shop\"}}]}]}}",
				      expr));
}

/* The expression in the file as plans see it; NULL: there are no rules. */
static const char *expr_in(struct files *f)
{
	struct node *items;
	static const struct object_filter ours = {
		.label_selector = "smo.nephele-project.eu/instance=" INSTANCE};

	assert_null(f->o.list(f->o.self, &f->a, NULL, "PrometheusRule", &ours, &items));
	const struct node *group = node_first(node_at(node_first(items), "spec.groups"));
	return node_str(node_first(node_get(group, "rules")), "expr");
}

static void rules_come_change_and_go_with_their_file(void **state)
{
	struct files f;
	static const struct object_ref ref = {NULL, "PrometheusRule", "smo-shop", "monitoring"};
	struct node *object;

	(void)state;
	files_begin(&f);
	assert_null(expr_in(&f));
	assert_null(f.o.apply(f.o.self, &f.a, rules(&f.a, "a > 1"), false));
	assert_string_equal(expr_in(&f), "a > 1");
	assert_null(f.o.apply(f.o.self, &f.a, rules(&f.a, "a > 2"), false));
	assert_string_equal(expr_in(&f), "a > 2");
	assert_null(f.o.get(f.o.self, &f.a, &ref, &object));
	assert_null(f.o.remove(f.o.self, &f.a, &ref));
	assert_null(f.o.remove(f.o.self, &f.a, &ref));
	assert_int_equal(f.p.n_reloads, 3);
	struct err *e = f.o.get(f.o.self, &f.a, &ref, &object);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_NOT_FOUND);
	files_end(&f);
}

static void what_is_refused_unheard_or_unread_is_rolled_back(void **state)
{
	static const struct {
		enum err_kind kind;
		bool loads_nothing;
	} cases[] = {{ERR_INPUT, false},
		     {ERR_REMOTE, false},
		     {ERR_TIMEOUT, false},
		     {ERR_CONFLICT, true}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct files f;

		files_begin(&f);
		assert_null(f.o.apply(f.o.self, &f.a, rules(&f.a, "a > 1"), false));
		f.p = (struct prometheus){.refuses = cases[i].kind,
					  .n_refusals = !cases[i].loads_nothing,
					  .loads_nothing = cases[i].loads_nothing};
		struct err *e = f.o.apply(f.o.self, &f.a, rules(&f.a, "a > 2"), false);
		assert_non_null(e);
		assert_int_equal(e->kind, cases[i].kind);
		assert_string_equal(expr_in(&f), "a > 1");
		files_end(&f);
	}
}

static void a_first_file_that_is_refused_leaves_nothing(void **state)
{
	struct files f;

	(void)state;
	files_begin(&f);
	f.p = (struct prometheus){.refuses = ERR_INPUT, .n_refusals = 1};
	assert_non_null(f.o.apply(f.o.self, &f.a, rules(&f.a, "a > 1"), false));
	assert_int_equal(rmdir(f.dir), 0);
	arena_done(&f.a);
}

static void a_change_that_was_killed_is_seen_and_knows_what_was_before(void **state)
{
	struct files f;

	(void)state;
	files_begin(&f);
	assert_null(f.o.apply(f.o.self, &f.a, rules(&f.a, "a > 1"), false));
	const char *path = arena_printf(&f.a, "%s/smo-shop.01234567.yml", f.dir), *bytes;
	size_t size;
	assert_null(file_read(&f.a, path, 10000, &bytes, &size));
	assert_null(file_write(&f.a, arena_printf(&f.a, "%s/.smo-shop.01234567.yml.pending", f.dir),
			       0600, bytes, size));
	assert_null(file_write(&f.a, path, 0644, "half", 4));
	assert_null(expr_in(&f)); /* there, and saying nothing: it will be put again */
	f.p = (struct prometheus){.refuses = ERR_INPUT, .n_refusals = 1};
	assert_non_null(f.o.apply(f.o.self, &f.a, rules(&f.a, "a > 2"), false));
	assert_string_equal(expr_in(&f), "a > 1");
	files_end(&f);
}

static void names_that_are_paths_are_refused(void **state)
{
	struct files f;
	static const struct object_ref ref = {NULL, "PrometheusRule", "smo-../x", "monitoring"};

	(void)state;
	files_begin(&f);
	struct err *e = f.o.remove(f.o.self, &f.a, &ref);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_INPUT);
	files_end(&f);
}

/* ---- the shared object ---- */

#define SHARED(version, more)                                                                      \
	"{\"kind\":\"PrometheusRule\",\"metadata\":{\"name\":\"k\",\"resourceVersion\":\"" version \
	"\"},\"spec\":{\"groups\":[{\"name\":\"others\",\"rules\":[{\"record\":\"r\",\"expr\":"    \
	"\"1\"}]},{\"name\":\"smo-alerts\",\"rules\":[{\"alert\":\"foreign\",\"expr\":"            \
	"\"up\"}" more "]}]}}"
#define OURS ",{\"alert\":\"shop/load\",\"expr\":\"a\",\"labels\":{\"graph\":\"shop\"}}"

static struct object_port shared_port(struct scene *sc)
{
	const struct kube_rules_settings want = {
		.kube = sc->k,
		.namespace_ = "monitoring",
		.name = "k",
		.group = "smo-alerts",
		.instance = INSTANCE,
	};

	return kube_rules_port(kube_rules_open(&sc->a, &want));
}

static void a_change_of_the_shared_object_that_met_another_one_is_made_again(void **state)
{
	struct scene sc = {0};

	(void)state;
	scene_answer(&sc, 200, SHARED("1", ""));
	scene_refuse(&sc, 409, "Conflict", "modified");
	scene_answer(&sc, 200, SHARED("2", ",{\"alert\":\"new\",\"expr\":\"x\"}"));
	scene_answer(&sc, 200, "{}");
	scene_begin(&sc);
	struct object_port o = shared_port(&sc);
	assert_null(o.apply(o.self, &sc.a, rules(&sc.a, "a > 1"), false));
	scene_end(&sc);
	assert_true(str_starts(sc.s.requests[3].head, "PUT "));
	const char *body = sc.s.requests[3].body;
	assert_non_null(strstr(body, "\"resourceVersion\":\"2\""));
	assert_non_null(strstr(body, "\"new\""));
	assert_non_null(strstr(body, "\"foreign\""));
	assert_non_null(strstr(body, "shop/load"));
	scene_done(&sc);
}

static void rules_of_graphs_are_found_in_the_shared_object_and_taken_out(void **state)
{
	struct scene sc = {0};
	static const struct object_ref ref = {NULL, "PrometheusRule", "smo-shop", "monitoring"};
	struct node *items;

	(void)state;
	scene_answer(&sc, 200, SHARED("1", OURS));
	scene_answer(&sc, 200, SHARED("1", OURS));
	scene_answer(&sc, 200, "{}");
	scene_answer(&sc, 200, SHARED("2", ""));
	scene_refuse(&sc, 404, "NotFound", "no");
	scene_begin(&sc);
	struct object_port o = shared_port(&sc);
	assert_null(o.list(o.self, &sc.a, NULL, "PrometheusRule", NULL, &items));
	assert_int_equal(node_count(items), 1);
	assert_string_equal(node_str(items->first, "metadata.name"), "smo-shop");
	assert_null(o.remove(o.self, &sc.a, &ref)); /* read, written */
	assert_null(o.remove(o.self, &sc.a, &ref)); /* read: nothing to do */
	assert_null(o.remove(o.self, &sc.a, &ref)); /* the object is gone */
	scene_end(&sc);
	assert_int_equal(sc.s.n_requests, 5);
	assert_null(strstr(sc.s.requests[2].body, "shop"));
	scene_done(&sc);
}

/* ---- dashboards in files ---- */

static void dashboards_lie_in_folders_and_others_are_left_alone(void **state)
{
	struct arena a scoped_arena = {0};
	char dir[] = "/tmp/smo-test-boards-XXXXXX";
	struct board_files *files;
	struct node *items;
	static const struct object_ref ref = {NULL, "Dashboard", "smo-s-x", NULL};

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_null(board_files_open(&a, dir, INSTANCE, &files));
	struct object_port o = board_files_port(files);
	struct node *board = parsed(
		&a, "{\"kind\":\"Dashboard\",\"metadata\":{\"name\":\"smo-s-x\",\"annotations\":{"
		    "\"smo/folder-title\":\"shop\"}},\"spec\":{\"uid\":\"smo-s-x\",\"title\":\"x\","
		    "\"tags\":[\"smo\",\"graph:g\",\"smo:01234567\"]}}");
	assert_null(o.apply(o.self, &a, board, false));
	assert_null(o.list(o.self, &a, NULL, "Dashboard", NULL, &items));
	assert_int_equal(node_count(items), 1);
	assert_true(node_equal(node_get(items->first, "spec"), node_get(board, "spec")));
	const char *path = arena_printf(&a, "%s/shop/smo-s-x.json", dir);
	assert_null(file_write(&a, path, 0644, "{\"tags\":[]}", 11));
	struct err *e = o.apply(o.self, &a, board, false);
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_CONFLICT);
	assert_null(o.remove(o.self, &a, &ref)); /* not ours: stays */
	assert_int_equal(access(path, F_OK), 0);
	assert_null(o.apply(o.self, &a, board, true));
	assert_null(o.remove(o.self, &a, &ref));
	assert_int_equal(rmdir(dir), 0);
}

static void selectors_hold_or_do_not(void **state)
{
	struct arena a scoped_arena = {0};
	const struct node *o = parsed(&a, "{\"metadata\":{\"labels\":{\"a\":\"1\",\"b\":\"2\"}}}");

	(void)state;
	assert_true(selector_matches(&a, o, NULL));
	assert_true(selector_matches(&a, o, "a=1,b!=1,b,!c"));
	assert_false(selector_matches(&a, o, "a=2"));
	assert_false(selector_matches(&a, o, "!a"));
	assert_false(selector_matches(&a, o, "c"));
	assert_string_equal(selector_value(&a, "x,a=1,b=2", "b"), "2");
	assert_null(selector_value(&a, "x,a=1", "x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_come_change_and_go_with_their_file),
		cmocka_unit_test(what_is_refused_unheard_or_unread_is_rolled_back),
		cmocka_unit_test(a_first_file_that_is_refused_leaves_nothing),
		cmocka_unit_test(a_change_that_was_killed_is_seen_and_knows_what_was_before),
		cmocka_unit_test(names_that_are_paths_are_refused),
		cmocka_unit_test(a_change_of_the_shared_object_that_met_another_one_is_made_again),
		cmocka_unit_test(rules_of_graphs_are_found_in_the_shared_object_and_taken_out),
		cmocka_unit_test(dashboards_lie_in_folders_and_others_are_left_alone),
		cmocka_unit_test(selectors_hold_or_do_not),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
