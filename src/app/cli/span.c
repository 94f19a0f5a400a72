// SPDX-License-Identifier: Apache-2.0
#include "app/cli/span.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "model/duration.h"

static const int64_t minute = INT64_C(60) * 1000, hour = 60 * INT64_C(60000),
		     day = 24 * INT64_C(3600000);

bool span_parse(const char *text, int64_t *ret_ms)
{
	size_t digits = strspn(text, "0123456789");
	int64_t ms = 0;

	if (digits > 12)
		return false;
	if (digits > 0 && !text[digits]) {
		for (size_t i = 0; i < digits; i++)
			ms = ms * 10 + (text[i] - '0');
		ms *= 1000;
	} else if (!*text || !duration_parse(text, &ms)) {
		return false;
	}
	if (ms > 3653 * day)
		return false;
	*ret_ms = ms;
	return true;
}

const char *span_text(struct arena *a, int64_t ms)
{
	if (ms < 0)
		ms = 0;
	if (ms < INT64_C(10) * 1000)
		return arena_printf(a, "%" PRId64 ".%" PRId64 "s", ms / 1000, ms % 1000 / 100);
	if (ms < 2 * minute)
		return arena_printf(a, "%" PRId64 "s", ms / 1000);
	if (ms < 2 * hour)
		return arena_printf(a, "%" PRId64 "m", ms / minute);
	if (ms < 2 * day)
		return arena_printf(a, "%" PRId64 "h", ms / hour);
	return arena_printf(a, "%" PRId64 "d", ms / day);
}

const char *span_date(struct arena *a, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	return arena_strdup(a, text);
}
