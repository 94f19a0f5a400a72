// SPDX-License-Identifier: Apache-2.0
#include "kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/bind.h"
#include "doc/problems.h"
#include "doc/yaml.h"
#include "plan/intent.h"

static struct node *yaml(struct arena *a, const char *text)
{
	struct node *n = NULL;
	struct err *e = yaml_read(a, "test", text, strlen(text), &n);

	if (e)
		fail_msg("%s in\n%s", e->msg, text);
	return n;
}

struct graph kit_graph(struct arena *a, const char *services)
{
	struct problems ps = {.a = a};
	struct graph g;

	graph_read(a, yaml(a, arena_printf(a, "hdaGraph: {id: demo, services: %s}", services)), &g,
		   &ps);
	struct err *e = problems_err(a, &ps);
	if (!e)
		e = intent_apply(a, &g, NULL);
	if (e)
		fail_msg("%s", e->msg);
	return g;
}

struct snapshot kit_snapshot(struct arena *a, const char *text)
{
	struct problems ps = {.a = a};
	struct snapshot s = {0};
	const char *whole = arena_printf(a,
					 "apiVersion: smo/v1\nkind: Snapshot\ninstance: me\n"
					 "project: shop\ngraph: demo\n%s",
					 text);

	bind_read(a, &snapshot_shape, yaml(a, whole), &s, &ps);
	struct err *e = problems_err(a, &ps);
	if (e)
		fail_msg("%s", e->msg);
	return s;
}

const char *kit_amounts(struct arena *a, const struct amounts *r)
{
	struct str out = {.a = a};

	for (size_t i = 0; i < r->n; i++)
		str_addf(&out, "%s%s %s", i ? ", " : "", r->at[i].resource,
			 quantity_text(a, r->at[i].resource, r->at[i].value));
	return str_text(&out);
}

const char *kit_steps(struct arena *a, const struct step *steps, size_t n)
{
	static const char *const verbs[] = {"put", "wait", "scale", "delete"};
	struct str out = {.a = a};

	for (size_t i = 0; i < n; i++) {
		str_addf(&out, "%s%s %s %s", i ? "\n" : "", verbs[steps[i].verb], steps[i].kind,
			 steps[i].summary);
		for (size_t k = 0; k < steps[i].n_after; k++)
			str_addf(&out, "%s%lld", k ? " " : " | ", (long long)steps[i].after[k]);
	}
	return str_text(&out);
}
