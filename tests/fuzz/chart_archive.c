// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a chart's archive: what is read has a name and values; the rest is refused. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "doc/node.h"
#include "drive/chart_archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a scoped_arena = {0};
	struct chart_archive chart = {0};
	struct err *e = chart_archive_read(&a, data, size, &chart);

	if (e)
		must((e->kind == ERR_INPUT || e->kind == ERR_TOO_LARGE) && e->msg[0]);
	else
		must(chart.name && chart.name[0] && chart.values && chart.values->kind == NODE_MAP);
	return 0;
}
