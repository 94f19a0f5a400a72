// SPDX-License-Identifier: Apache-2.0
/* Any bytes: YAML is read or refused, and what was read can be written and read again. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/node.h"
#include "doc/read.h"
#include "doc/yaml.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		__builtin_trap();
}

static void goes_round(struct arena *a, const struct node *n)
{
	struct node *again = NULL;
	const char *text = yaml_write(a, n);

	must(!yaml_read(a, "again", text, strlen(text), &again) && node_equal(n, again));
	text = json_write(a, n, JSON_COMPACT);
	must(!json_read(a, "again", text, strlen(text), &again) && node_equal(n, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a scoped_arena = {0};
	struct node *n = NULL;
	const char *text = fuzz_text(&a, data, size);

	struct err *e = yaml_read(&a, "fuzz", text, size, &n);
	must(!e || (e->kind == ERR_INPUT && *e->msg));
	if (!e)
		goes_round(&a, n);
	e = yaml_read_chart(&a, "fuzz", text, size, &n);
	must(!e || e->kind == ERR_INPUT);
	e = doc_read(&a, "fuzz", text, size, &n);
	must(!e || e->kind == ERR_INPUT);
	return 0;
}
