// SPDX-License-Identifier: Apache-2.0
/* Any bytes: a descriptor is read with its problems told; a good one reads back as written. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "doc/problems.h"
#include "doc/read.h"
#include "doc/yaml.h"
#include "model/graph.h"
#include "plan/check.h"
#include "plan/intent.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		__builtin_trap();
}

static void goes_round(struct arena *a, struct graph *g)
{
	const struct node *written = bind_write(a, &graph_shape, g);
	const char *text = yaml_write(a, written);
	struct problems ps = {.a = a};
	struct graph again = {0};
	struct node *doc = NULL;

	must(!yaml_read(a, "again", text, strlen(text), &doc));
	bind_read(a, &graph_shape, doc, &again, &ps);
	must(!ps.n_errors && node_equal(written, bind_write(a, &graph_shape, &again)));
	must(!intent_apply(a, g, NULL));
	must(!intent_apply(a, &again, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a scoped_arena = {0};
	struct problems ps = {.a = &a};
	struct node *doc = NULL;
	struct graph g;

	if (doc_read(&a, "fuzz", fuzz_text(&a, data, size), size, &doc))
		return 0;
	graph_read(&a, doc, &g, &ps);
	bool readable = !ps.n_errors;
	graph_check(&a, &g, &ps);
	problems_sort(&ps);
	for (size_t i = 0; i < ps.list.n; i++)
		must(*problem_text(&a, &ps.list.at[i]) && ps.list.at[i].code);
	must(!problems_err(&a, &ps) == !ps.n_errors);
	if (readable)
		goes_round(&a, &g);
	return 0;
}
