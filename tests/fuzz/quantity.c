// SPDX-License-Identifier: Apache-2.0
/* Any text: a quantity is read or refused; rounding up and down differ by one at most. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "model/duration.h"
#include "model/graph.h"
#include "model/quantity.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		__builtin_trap();
}

static void check(struct arena *a, const char *text, const char *resource)
{
	int64_t scale = quantity_scale(resource), up = -1, down = -1, again = -1;
	struct err *e = quantity_parse(a, text, scale, ROUND_DOWN, &down);

	if (e) {
		must(e->kind == ERR_INPUT && down == -1);
		must(quantity_parse(a, text, scale, ROUND_UP, &up) && up == -1);
		return;
	}
	must(down >= 0);
	e = quantity_parse(a, text, scale, ROUND_UP, &up);
	must(e ? down == INT64_MAX : up == down || up == down + 1);
	must(!quantity_parse(a, quantity_text(a, resource, down), scale, ROUND_UP, &again));
	must(again == down && *quantity_human(a, resource, down));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a scoped_arena = {0};
	const char *text = fuzz_text(&a, data, size);
	int64_t value = -1;

	check(&a, text, "cpu");
	check(&a, text, "memory");
	check(&a, text, "nvidia.com/gpu");
	must(graph_amount(&a, "memory", text, &value) || value >= 0);
	value = -1;
	must(duration_parse(text, &value) == (value >= 0));
	return 0;
}
