// SPDX-License-Identifier: Apache-2.0
/* The input as a file would be read: every byte, zeros too, and a NUL behind them. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

static inline const char *fuzz_text(struct arena *a, const uint8_t *data, size_t size)
{
	char *text = arena_alloc(a, size + 1);

	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}
