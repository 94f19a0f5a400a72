// SPDX-License-Identifier: Apache-2.0
/* Any text as a query: it is refused with a column, or its facts hold; and any text becomes a
 * label's value that the parser reads. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "plan/promql.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		__builtin_trap();
}

static void as_value(struct arena *a, const char *text)
{
	struct promql_facts facts;
	const char *exact = arena_printf(a, "up{job=\"%s\"}", promql_escape(a, text));

	must(!promql_check(a, exact, &facts) && facts.type == PROMQL_INSTANT);
	must(facts.n_metrics == 1 && str_eq(facts.metrics[0], "up"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a scoped_arena = {0};
	const char *text = fuzz_text(&a, data, size);
	struct promql_facts facts = {0};
	struct err *e = promql_check(&a, text, &facts);

	if (e)
		must(e->kind == ERR_INPUT && e->msg[0] && !facts.metrics);
	else
		must(promql_type_name(facts.type)[0]);
	for (size_t i = 0; !e && i < facts.n_metrics; i++)
		must(facts.metrics[i] && *facts.metrics[i]);
	if (str_is_utf8(text, strlen(text)))
		as_value(&a, text);
	return 0;
}
