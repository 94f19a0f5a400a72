// SPDX-License-Identifier: Apache-2.0
#include "model/duration.h"

#include <stddef.h>
#include <string.h>

#include "base/attr.h"

struct unit {
	const char *name;
	int64_t ms;
};

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

static const struct unit units[] = {
	{"y", 365 * (int64_t)DAY},
	{"w", 7 * (int64_t)DAY},
	{"d", DAY},
	{"h", HOUR},
	{"m", MINUTE},
	{"s", SECOND},
	{"ms", 1},
};

/* The index of the unit at @s, or countof(units). */
static size_t unit_at(const char *s)
{
	size_t i = 0;

	if (strncmp(s, "ms", 2) == 0)
		return countof(units) - 1;
	while (i < countof(units) && *s != units[i].name[0])
		i++;
	return i;
}

bool duration_parse(const char *text, int64_t *ret_ms)
{
	int64_t sum = 0;
	size_t next = 0; /* the largest unit still allowed */

	if (strcmp(text, "0") == 0) {
		*ret_ms = 0;
		return true;
	}
	for (const char *s = text; *s;) {
		int64_t n = 0;
		const char *digits = s;

		for (; *s >= '0' && *s <= '9'; s++)
			if (__builtin_mul_overflow(n, (int64_t)10, &n) ||
			    __builtin_add_overflow(n, (int64_t)(*s - '0'), &n))
				return false;
		size_t unit = unit_at(s);
		if (s == digits || unit < next || unit == countof(units))
			return false;
		if (__builtin_mul_overflow(n, units[unit].ms, &n) ||
		    __builtin_add_overflow(sum, n, &sum))
			return false;
		s += strlen(units[unit].name);
		next = unit + 1;
	}
	if (!*text)
		return false;
	*ret_ms = sum;
	return true;
}
