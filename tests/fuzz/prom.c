// SPDX-License-Identifier: Apache-2.0
/* Any answer of Prometheus: a result whose series are whole, or an error. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "doc/json.h"
#include "drive/prom.h"
#include "port/metrics_port.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		__builtin_trap();
}

static void look(const struct metric_answer *answer)
{
	for (size_t i = 0; i < answer->n_series; i++) {
		const struct metric_series *s = &answer->series[i];

		for (size_t k = 0; k + 1 < s->n_labels; k++)
			must(strcmp(s->labels[k].key, s->labels[k + 1].key) < 0);
		for (size_t k = 0; k < s->n; k++)
			must(s->times[k] < INT64_MAX && (s->values[k] < 0 || s->values[k] >= 0 ||
							 s->values[k] != s->values[k]));
	}
	for (size_t i = 0; i < answer->n_warnings; i++)
		must(answer->warnings[i] != NULL);
	(void)prom_number(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a scoped_arena = {0};
	struct metric_answer answer = {0};
	struct metric_rule *rules;
	struct node *doc = NULL;
	size_t n = 0;

	if (json_read(&a, "fuzz", (const char *)data, size, &doc))
		return 0;
	struct err *e = prom_read_answer(&a, "it", doc, &answer);
	if (e)
		must(e->kind == ERR_REMOTE);
	else
		look(&answer);
	prom_read_rules(&a, doc, &rules, &n);
	for (size_t i = 0; i < n; i++)
		must(rules[i].name && rules[i].state);
	return 0;
}
