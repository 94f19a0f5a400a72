// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "recorded.h"

#include "base/err.h"
#include "base/str.h"
#include "drive/chart_affinity.h"
#include "model/snapshot.h"

/* A chart as far as it concerns us: it prints the value at @path in one way or another. */
struct toy {
	struct arena *a;
	const char *path, *imports;
	enum style {
		TO_JSON,
		GO_PRINT,
		FIRST_ITEM,
		BRACKETS,
		QUOTED_FIRST,
		QUOTED_TEXT,
		ONE_ITEM
	} style;
	int n_renders;
};

/* What Go's templates print of @n. */
static const char *printed(struct arena *a, const struct node *n)
{
	struct str s = {.a = a};

	if (n->kind != NODE_LIST)
		return node_text(a, n);
	for (struct node *c = node_first(n); c; c = c->next)
		str_addf(&s, "%s%s", s.len ? " " : "[", node_text(a, c));
	str_add(&s, "]");
	return s.text;
}

static const char *names_in_brackets(const struct toy *t, const struct node *n)
{
	struct arena *a = t->a;
	bool list = n->kind == NODE_LIST;

	switch (t->style) {
	case TO_JSON:
		return list ? json_write(a, n, JSON_COMPACT) : NULL;
	case GO_PRINT:
		return printed(a, n);
	case FIRST_ITEM:
		return list ? arena_printf(a, "[%s]", node_text(a, n->first)) : NULL;
	case BRACKETS:
		return arena_printf(a, "[%s]", printed(a, n));
	case QUOTED_FIRST:
		return list ? arena_printf(a, "['%s']", node_text(a, n->first)) : NULL;
	case ONE_ITEM: /* a schema says maxItems: 1 */
		return node_count(n) == 1 ? json_write(a, n, JSON_COMPACT) : NULL;
	case QUOTED_TEXT:
		return list ? NULL : arena_printf(a, "['%s']", n->str);
	}
	return NULL;
}

static struct err *toy_render(void *self, const struct node *values, struct node **ret_documents)
{
	struct toy *t = self;
	const struct node *n = node_at(values, t->path);
	const struct node *m = t->imports ? node_at(values, t->imports) : NULL;
	const char *names = n ? names_in_brackets(t, n) : "[]";

	t->n_renders++;
	if (!names)
		return err_new(t->a, ERR_INPUT, "wrong type for value");
	*ret_documents = yaml(
		t->a, arena_printf(t->a,
				   "[{kind: PropagationPolicy, spec: {placement: {clusterAffinity: "
				   "{clusterNames: %s}}}}, {kind: PropagationPolicy, spec: "
				   "{placement: {clusterAffinity: {clusterNames: %s}}}}]",
				   names, m ? json_write(t->a, m, JSON_COMPACT) : "[]"));
	return NULL;
}

static bool look(struct toy *t, const char *defaults, struct chart_facts *f)
{
	static const char *const subcharts[] = {"cache"};
	struct affinity_probe p = {.render = toy_render,
				   .self = t,
				   .values = yaml(t->a, "{image: x}"),
				   .defaults = yaml(t->a, defaults),
				   .subcharts = subcharts,
				   .n_subcharts = 1,
				   .has_schema = t->style == ONE_ITEM};
	const struct node *values = NULL;
	struct node *documents = NULL;

	*f = (struct chart_facts){0};
	t->n_renders = 0;
	bool heeds = chart_affinity(t->a, &p, f, &documents, &values);
	assert_int_equal(heeds, documents && values);
	assert_int_equal(heeds, f->reads_affinity);
	return heeds;
}

static void the_form_is_the_one_that_names_two_clusters(void **state)
{
	static const struct {
		enum style style;
		enum names_form form;
	} cases[] = {
		{TO_JSON, NAMES_LIST},  {GO_PRINT, NAMES_JOINED},  {FIRST_ITEM, NAMES_JOINED},
		{BRACKETS, NAMES_TEXT}, {QUOTED_FIRST, NAMES_ONE}, {QUOTED_TEXT, NAMES_ONE_TEXT},
		{ONE_ITEM, NAMES_ONE},
	};
	struct arena a scoped_arena = {0};
	struct chart_facts f;
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		struct toy t = {.a = &a, .path = "clustersAffinity", .style = cases[i].style};

		assert_true(look(&t, "{clustersAffinity: x}", &f));
		assert_int_equal(f.affinity_form, cases[i].form);
		assert_string_equal(f.affinity_path, "clustersAffinity");
	}
}

static void callers_have_a_form_of_their_own(void **state)
{
	struct arena a scoped_arena = {0};
	struct toy t = {.a = &a,
			.path = "voChartOverwrite.clustersAffinity",
			.imports = "voChartOverwrite.serviceImportClusters",
			.style = GO_PRINT};
	struct chart_facts f;
	(void)state;

	assert_true(look(&t, "{}", &f));
	assert_int_equal(f.affinity_form, NAMES_JOINED);
	assert_int_equal(f.imports_form, NAMES_LIST);
	assert_string_equal(f.affinity_path, "voChartOverwrite.clustersAffinity");
	t.style = TO_JSON;
	assert_true(look(&t, "{}", &f));
	assert_int_equal(t.n_renders, 1); /* the usual way costs nothing more */
}

static void deeper_values_and_those_of_subcharts_are_found(void **state)
{
	static const struct {
		const char *path, *defaults;
	} cases[] = {
		{"karmada.clustersAffinity", "{karmada: {clustersAffinity: [x]}}"},
		{"global.placement.clustersAffinity",
		 "{global: {placement: {clustersAffinity: []}}, karmada: {clustersAffinity: []}}"},
		{"cache.clustersAffinity", "{}"},
	};
	struct arena a scoped_arena = {0};
	struct chart_facts f;
	(void)state;

	for (size_t i = 0; i < countof(cases); i++) {
		struct toy t = {.a = &a, .path = cases[i].path};

		assert_true(look(&t, cases[i].defaults, &f));
		assert_string_equal(f.affinity_path, cases[i].path);
		assert_int_equal(f.n_other_affinity, 0);
	}
	struct toy deaf = {.a = &a, .path = "elsewhere"};
	assert_false(look(&deaf, "{a: {clustersAffinity: [x]}}", &f));
}

static void a_chart_that_does_not_render_is_not_asked_for_long(void **state)
{
	struct arena a scoped_arena = {0};
	struct toy t = {.a = &a, .path = "image", .style = TO_JSON};
	struct chart_facts f;
	(void)state;

	assert_false(look(&t, "{}", &f));
	assert_true(t.n_renders <= 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_form_is_the_one_that_names_two_clusters),
		cmocka_unit_test(callers_have_a_form_of_their_own),
		cmocka_unit_test(deeper_values_and_those_of_subcharts_are_found),
		cmocka_unit_test(a_chart_that_does_not_render_is_not_asked_for_long),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
