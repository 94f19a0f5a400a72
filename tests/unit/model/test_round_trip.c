// SPDX-License-Identifier: Apache-2.0
/* Law: reading what was written gives the same value, for every shape, as YAML and as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "any.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/problems.h"
#include "doc/yaml.h"
#include "model/desired.h"
#include "model/placement.h"
#include "model/plan.h"
#include "model/snapshot.h"

enum { ROUNDS = 200 };

static void read_again(struct arena *a, const struct shape *shape, const struct node *doc,
		       const void *value)
{
	void *again = arena_alloc(a, shape->size);
	struct problems ps = {.a = a, .strict = true};
	const char *where = NULL;

	bind_read(a, shape, doc, again, &ps);
	if (ps.list.n)
		fail_msg("%s: %s", shape->name, problem_text(a, &ps.list.at[0]));
	if (!any_equal(a, shape, value, again, &where))
		fail_msg("%s differs at %s:\n%s", shape->name, where,
			 json_write(a, doc, JSON_PRETTY));
}

static void goes_round(const struct shape *shape)
{
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		struct arena a scoped_arena = {0};
		struct any r = {.a = &a, .state = seed * 0x9e3779b97f4a7c15u};
		void *value = arena_alloc(&a, shape->size);
		struct node *doc = NULL;

		any_value(&r, shape, value);
		const struct node *written = bind_write(&a, shape, value);
		read_again(&a, shape, written, value);
		const char *yaml = yaml_write(&a, written);
		struct err *e = yaml_read(&a, "yaml", yaml, strlen(yaml), &doc);
		if (e)
			fail_msg("%s: %s\n%s", shape->name, e->msg, yaml);
		read_again(&a, shape, doc, value);
		const char *json = json_write(&a, written, JSON_COMPACT);
		e = json_read(&a, "json", json, strlen(json), &doc);
		if (e)
			fail_msg("%s: %s\n%s", shape->name, e->msg, json);
		read_again(&a, shape, doc, value);
	}
}

static void a_snapshot_reads_back_as_it_was_written(void **state)
{
	(void)state;
	goes_round(&snapshot_shape);
}

static void a_placement_reads_back_as_it_was_written(void **state)
{
	(void)state;
	goes_round(&placement_shape);
}

static void a_desired_world_reads_back_as_it_was_written(void **state)
{
	(void)state;
	goes_round(&desired_shape);
}

static void a_plan_reads_back_as_it_was_written(void **state)
{
	(void)state;
	goes_round(&plan_shape);
}

static void documents_begin_with_what_they_are(void **state)
{
	static const struct {
		const struct shape *shape;
		const char *kind;
	} documents[] = {{&snapshot_shape, "Snapshot"},
			 {&plan_shape, "Plan"},
			 {&desired_shape, "Desired"},
			 {&placement_shape, "Placement"}};
	struct arena a scoped_arena = {0};
	(void)state;

	for (size_t i = 0; i < countof(documents); i++) {
		const void *empty = arena_alloc(&a, documents[i].shape->size);
		struct node *doc = bind_write(&a, documents[i].shape, empty);

		assert_string_equal(doc->first->key, "apiVersion");
		assert_string_equal(doc->first->str, "smo/v1");
		assert_string_equal(doc->first->next->key, "kind");
		assert_string_equal(doc->first->next->str, documents[i].kind);
	}
}

static void another_kind_of_document_is_refused(void **state)
{
	struct arena a scoped_arena = {0};
	struct problems ps = {.a = &a};
	struct plan empty = {0};
	struct snapshot s = {0};
	(void)state;

	bind_read(&a, &snapshot_shape, bind_write(&a, &plan_shape, &empty), &s, &ps);
	assert_true(ps.n_errors > 0);
	assert_string_equal(ps.list.at[0].code, "wrong-document");
	assert_string_equal(ps.list.at[0].msg, "'kind' must be 'Snapshot', not 'Plan'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_snapshot_reads_back_as_it_was_written),
		cmocka_unit_test(a_placement_reads_back_as_it_was_written),
		cmocka_unit_test(a_desired_world_reads_back_as_it_was_written),
		cmocka_unit_test(a_plan_reads_back_as_it_was_written),
		cmocka_unit_test(documents_begin_with_what_they_are),
		cmocka_unit_test(another_kind_of_document_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
