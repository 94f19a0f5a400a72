// SPDX-License-Identifier: Apache-2.0
#include "drive/semver.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"

#define DIGITS "0123456789"
#define IDENTIFIER                                                                                 \
	DIGITS "abcdefghijklmnopqrstuvwxyz"                                                        \
	       "ABCDEFGHIJKLMNOPQRSTUVWXYZ-"

static const char *without_v(const char *version)
{
	return version[0] == 'v' ? version + 1 : version;
}

/* Length of a number without leading zeros at @s, 0 when there is none. */
static size_t number_len(const char *s)
{
	size_t len = strspn(s, DIGITS);

	return len > 1 && s[0] == '0' ? 0 : len;
}

/* Dot-separated identifiers; numeric ones without leading zeros when @strict. */
static size_t identifiers_len(const char *s, bool strict)
{
	size_t total = 0;

	for (;;) {
		size_t len = strspn(s + total, IDENTIFIER);

		if (len == 0)
			return 0;
		if (strict && strspn(s + total, DIGITS) >= len && number_len(s + total) != len)
			return 0;
		total += len;
		if (s[total] != '.')
			return total;
		total++;
	}
}

bool semver_valid(const char *version)
{
	const char *s = without_v(version);

	for (int i = 0; i < 3; i++) {
		size_t len = number_len(s);

		if (len == 0 || (i < 2 && s[len] != '.'))
			return false;
		s += len + (i < 2 ? 1 : 0);
	}
	if (*s == '-') {
		size_t len = identifiers_len(s + 1, true);

		if (len == 0)
			return false;
		s += 1 + len;
	}
	if (*s == '+') {
		size_t len = identifiers_len(s + 1, false);

		return len > 0 && !s[1 + len];
	}
	return !*s;
}

static const char *prerelease(const char *version)
{
	const char *s = version + strcspn(version, "-+");

	return *s == '-' ? s + 1 : "";
}

bool semver_is_prerelease(const char *version)
{
	return prerelease(version)[0] != 0;
}

/* Numbers of any length: the longer one is larger. */
static int number_cmp(const char *x, size_t x_len, const char *y, size_t y_len)
{
	if (x_len != y_len)
		return x_len < y_len ? -1 : 1;
	return strncmp(x, y, x_len);
}

static int identifier_cmp(const char *x, size_t x_len, const char *y, size_t y_len)
{
	bool x_number = strspn(x, DIGITS) >= x_len, y_number = strspn(y, DIGITS) >= y_len;
	int d;

	if (x_number && y_number)
		return number_cmp(x, x_len, y, y_len);
	if (x_number != y_number)
		return x_number ? -1 : 1;
	d = strncmp(x, y, x_len < y_len ? x_len : y_len);
	return d ? d : (x_len > y_len) - (x_len < y_len);
}

static int prerelease_cmp(const char *x, const char *y)
{
	if (!x[0] || !y[0])
		return (x[0] == 0) - (y[0] == 0); /* a release is above its pre-releases */
	for (;;) {
		size_t x_len = strcspn(x, ".+"), y_len = strcspn(y, ".+");
		int d = identifier_cmp(x, x_len, y, y_len);

		if (d)
			return d;
		x += x_len;
		y += y_len;
		if (*x != '.' || *y != '.')
			return (*x == '.') - (*y == '.');
		x++;
		y++;
	}
}

int semver_cmp(const char *x, const char *y)
{
	const char *xs = without_v(x), *ys = without_v(y);

	for (int i = 0; i < 3; i++) {
		size_t x_len = strspn(xs, DIGITS), y_len = strspn(ys, DIGITS);
		int d = number_cmp(xs, x_len, ys, y_len);

		if (d)
			return d;
		xs += x_len + (i < 2);
		ys += y_len + (i < 2);
	}
	return prerelease_cmp(prerelease(x), prerelease(y));
}

const char *semver_newest(struct arena *a, const char *const *tags, size_t n)
{
	const char *best = NULL, *best_version = NULL, *latest = NULL;

	for (size_t i = 0; i < n; i++) {
		char *version = arena_strdup(a, tags[i]);
		char *build = strchr(version, '_');

		if (build)
			*build = '+';
		if (str_eq(tags[i], "latest"))
			latest = tags[i];
		if (!semver_valid(version))
			continue;
		if (best && (semver_is_prerelease(version) != semver_is_prerelease(best_version)
				     ? semver_is_prerelease(version)
				     : semver_cmp(version, best_version) < 0 ||
					       (semver_cmp(version, best_version) == 0 &&
						strcmp(tags[i], best) <= 0)))
			continue;
		best = tags[i];
		best_version = version;
	}
	return best ? best : latest;
}
