// SPDX-License-Identifier: Apache-2.0
/* Lengths and points of time for people. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct arena;

/* "90s", "5m", "1h30m" (model/duration.h); a bare number is seconds.  False: none of these, or
 * longer than ten years. */
bool span_parse(const char *text, int64_t *ret_ms);

/* Short: "3.2s", "5m", "2h", "4d". */
const char *span_text(struct arena *a, int64_t ms);

/* Milliseconds since 1970 as "2025-08-14 09:30:00" (UTC). */
const char *span_date(struct arena *a, int64_t ms);
