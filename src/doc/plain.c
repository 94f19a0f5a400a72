// SPDX-License-Identifier: Apache-2.0
#include "doc/plain.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "doc/node.h"

static bool one_of(const char *s, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(s, *words) == 0)
			return true;
	return false;
}

/* Nothing but @digits, at least one. */
static bool is_digits(const char *s, const char *digits)
{
	return *s && s[strspn(s, digits)] == '\0';
}

/*
 * Core schema, but for one thing: 0644 is octal, as Kubernetes, Helm and YAML 1.1 read it, since it
 * is nearly always a file mode.
 */
static bool is_int(const char *s, int *ret_base, const char **ret_digits)
{
	const char *bare = s + (*s == '-' || *s == '+');

	if (str_starts(s, "0x") && is_digits(s + 2, "0123456789abcdefABCDEF")) {
		*ret_base = 16;
		*ret_digits = s + 2;
		return true;
	}
	if (str_starts(s, "0o") && is_digits(s + 2, "01234567")) {
		*ret_base = 8;
		*ret_digits = s + 2;
		return true;
	}
	if (!is_digits(bare, "0123456789"))
		return false;
	*ret_base = bare[0] == '0' && is_digits(bare, "01234567") ? 8 : 10;
	*ret_digits = s;
	return true;
}

/* The core schema's: [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool is_real(const char *s)
{
	static const char digits[] = "0123456789";

	s += *s == '-' || *s == '+';
	size_t whole = strspn(s, digits), part = 0;
	s += whole;
	if (*s == '.') {
		part = strspn(s + 1, digits);
		s += part + 1;
	}
	if (!whole && !part)
		return false;
	if (*s == 'e' || *s == 'E') {
		s++;
		s += *s == '-' || *s == '+';
		return is_digits(s, digits);
	}
	return *s == '\0';
}

static bool is_infinite(const char *s)
{
	static const char *const words[] = {".inf", ".Inf", ".INF", NULL};
	static const char *const nans[] = {".nan", ".NaN", ".NAN", NULL};

	return one_of(s, nans) || one_of(s + (*s == '-' || *s == '+'), words);
}

static const char *resolve_number(struct arena *a, struct node *n)
{
	const char *s = n->str, *digits = s;
	int base = 10;
	bool whole = is_int(s, &base, &digits);

	if (!whole && !is_real(s)) {
		if (!is_infinite(s))
			return NULL;
		return arena_printf(a, "'%s' is no number here: quote it when text is meant", s);
	}
	errno = 0;
	long long i = whole ? strtoll(digits, NULL, base) : 0;
	if (whole && errno == 0) {
		n->kind = NODE_INT;
		n->integer = i;
		return NULL;
	}
	double d = base == 10 ? strtod(s, NULL) : HUGE_VAL;
	if (!isfinite(d))
		return arena_printf(a, "number '%s' is too large: quote it when text is meant", s);
	n->kind = NODE_REAL;
	n->real = d;
	return NULL;
}

const char *plain_resolve(struct arena *a, struct node *n)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
	static const char *const yes[] = {"true", "True", "TRUE", NULL};
	static const char *const no[] = {"false", "False", "FALSE", NULL};
	const char *s = n->str;

	n->plain = true;
	if (one_of(s, nulls)) {
		n->kind = NODE_NULL;
		return NULL;
	}
	if (one_of(s, yes) || one_of(s, no)) {
		bool flag = one_of(s, yes);
		n->kind = NODE_BOOL;
		n->flag = flag;
		return NULL;
	}
	return strchr("+-.0123456789", *s) ? resolve_number(a, n) : NULL;
}
