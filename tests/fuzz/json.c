// SPDX-License-Identifier: Apache-2.0
/* Any bytes: JSON is read or refused, and what was read can be written and read again. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/node.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a scoped_arena = {0};
	struct node *n = NULL, *again = NULL;
	const char *path = NULL;

	struct err *e = json_read(&a, "fuzz", fuzz_text(&a, data, size), size, &n);
	must(!e || (e->kind == ERR_INPUT && *e->msg));
	for (int style = JSON_COMPACT; !e && style <= JSON_PRETTY; style++) {
		const char *text = json_write(&a, n, (enum json_style)style);
		must(!json_read(&a, "again", text, strlen(text), &again) && node_equal(n, again));
	}
	if (e)
		return 0;
	must(node_within(&a, n, again, &path) && !path);
	must(node_equal(node_sorted(&a, n), node_merge(&a, n, again)));
	return 0;
}
