// SPDX-License-Identifier: Apache-2.0
/*
 * Any lines: the first is a world or a state of a simulated federation, the rest are changes.
 * What cannot be is refused; what can be done is done, and the state reads back as written.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "doc/bind.h"
#include "doc/json.h"
#include "doc/node.h"
#include "drive/sim_op.h"
#include "drive/sim_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		__builtin_trap();
}

/* The next line of *text, or NULL. */
static const struct node *next(struct arena *a, const char **text, size_t *left)
{
	const char *end = memchr(*text, '\n', *left);
	size_t len = end ? (size_t)(end - *text) : *left;
	struct node *n = NULL;

	if (!*left)
		return NULL;
	struct err *e = json_read(a, "line", *text, len, &n);
	*text += len + (end != NULL);
	*left -= len + (end != NULL);
	return e ? node_new(a, NODE_NULL) : n;
}

static bool begin(struct arena *a, const struct node *doc, struct sim_state *s)
{
	struct problems ps = {.a = a};
	struct sim_world w = {0};

	if (!sim_state_read(a, doc, s))
		return true;
	bind_read(a, &sim_world_shape, doc, &w, &ps);
	if (ps.n_errors || sim_world_check(a, &w))
		return false;
	sim_state_init(a, &w, s);
	return true;
}

static void reads_back(struct arena *a, const struct sim_state *s)
{
	const struct node *written = sim_state_write(a, s);
	const char *text = json_write(a, written, JSON_COMPACT);
	struct sim_state again;
	struct node *doc = NULL;

	must(!json_read(a, "again", text, strlen(text), &doc));
	must(!sim_state_read(a, doc, &again));
	must(node_equal(written, sim_state_write(a, &again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a scoped_arena = {0};
	const char *text = (const char *)data;
	struct sim_state s;
	const struct node *n = next(&a, &text, &size);

	if (!n || !begin(&a, n, &s))
		return 0;
	for (int i = 0; i < 50 && (n = next(&a, &text, &size)); i++) {
		struct err *e = sim_op(&s, n);
		if (e)
			break;
	}
	reads_back(&a, &s);
	return 0;
}
