// SPDX-License-Identifier: Apache-2.0
#include "plan/promql_lex.h"

#include <stdarg.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "model/duration.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define DIGITS  "0123456789"

struct err *promql_error(struct promql_lexer *l, size_t at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	const char *what = arena_vprintf(l->a, fmt, ap);
	va_end(ap);
	return err_new(l->a, ERR_INPUT, "column %zu: %s", at + 1, what);
}

static void skip_space(struct promql_lexer *l)
{
	for (;;) {
		l->at += strspn(l->text + l->at, " \t\r\n");
		if (l->text[l->at] != '#')
			return;
		l->at += strcspn(l->text + l->at, "\n");
	}
}

static struct err *take(struct promql_lexer *l, enum promql_token kind, size_t len)
{
	l->kind = kind;
	l->word = arena_strndup(l->a, l->text + l->start, len);
	l->at = l->start + len;
	return NULL;
}

/* ---- strings ---- */

/* How many characters of @p are an escape of @digits digits in @base, or 0. */
static size_t digits_of(const char *p, size_t digits, bool octal)
{
	size_t n = strspn(p, octal ? "01234567" : DIGITS "abcdefABCDEF");

	return n >= digits ? digits : 0;
}

static unsigned value_of(const char *p, size_t n, unsigned base)
{
	unsigned v = 0;

	for (size_t i = 0; i < n; i++) {
		char c = p[i];
		unsigned digit = c <= '9' ? (unsigned)(c - '0') : ((unsigned)c | 32) - 'a' + 10;
		v = v * base + digit;
	}
	return v;
}

static void add_utf8(struct str *s, unsigned c)
{
	if (c < 0x80)
		str_addf(s, "%c", (int)c);
	else if (c < 0x800)
		str_addf(s, "%c%c", (int)(0xc0 | c >> 6), (int)(0x80 | (c & 63)));
	else if (c < 0x10000)
		str_addf(s, "%c%c%c", (int)(0xe0 | c >> 12), (int)(0x80 | (c >> 6 & 63)),
			 (int)(0x80 | (c & 63)));
	else
		str_addf(s, "%c%c%c%c", (int)(0xf0 | c >> 18), (int)(0x80 | (c >> 12 & 63)),
			 (int)(0x80 | (c >> 6 & 63)), (int)(0x80 | (c & 63)));
}

/* The escape after a backslash at @p; characters it takes, or 0. */
static size_t add_escape(struct str *s, const char *p, char quote)
{
	static const char plain[] = "abfnrtv\\";
	static const char meaning[] = "\a\b\f\n\r\t\v\\";
	const char *known = *p ? strchr(plain, *p) : NULL;
	size_t n;

	if (known) {
		str_addf(s, "%c", meaning[known - plain]);
		return 1;
	}
	if (*p == quote) {
		str_addf(s, "%c", quote);
		return 1;
	}
	if ((n = digits_of(p, 3, true))) {
		unsigned c = value_of(p, 3, 8);
		str_add_n(s, (const char[]){(char)c}, c < 256);
		return c < 256 ? 3 : 0;
	}
	size_t want = *p == 'x' ? 2 : *p == 'u' ? 4 : *p == 'U' ? 8 : 0;
	if (!want || !digits_of(p + 1, want, false))
		return 0;
	unsigned c = value_of(p + 1, want, 16);
	if (want == 2)
		str_add_n(s, (const char[]){(char)c}, 1);
	else if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	else
		add_utf8(s, c);
	return want + 1;
}

static struct err *lex_string(struct promql_lexer *l)
{
	char quote = l->text[l->start];
	struct str s = {.a = l->a};
	size_t i = l->start + 1;

	for (; l->text[i] != quote; i++) {
		if (!l->text[i] || (l->text[i] == '\n' && quote != '`'))
			return promql_error(l, l->start, "a text without its closing quote");
		if (l->text[i] == '\\' && quote != '`') {
			size_t n = add_escape(&s, l->text + i + 1, quote);
			if (!n)
				return promql_error(l, i, "an escape that is not known");
			i += n;
			continue;
		}
		str_add_n(&s, l->text + i, 1);
	}
	l->kind = TOKEN_STRING;
	l->word = str_text(&s);
	l->at = i + 1;
	return NULL;
}

/* ---- numbers and durations ---- */

static size_t exponent_len(const char *p)
{
	size_t sign = *p && strchr("+-", p[1]) && p[1] ? 1 : 0;
	size_t n = *p == 'e' || *p == 'E' ? strspn(p + 1 + sign, DIGITS) : 0;

	return n ? 1 + sign + n : 0;
}

static struct err *lex_number(struct promql_lexer *l)
{
	const char *p = l->text + l->start;
	size_t n;

	if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		n = strspn(p + 2, DIGITS "abcdefABCDEF");
		if (!n || (p[2 + n] && strchr(LETTERS ".", p[2 + n])))
			return promql_error(l, l->start, "a number that is none");
		return take(l, TOKEN_NUMBER, 2 + n);
	}
	size_t units = strspn(p, DIGITS "smhdwy");
	const char *text = arena_strndup(l->a, p, units);
	if (text[strspn(text, DIGITS)] && text[strspn(text, DIGITS)] != 'e') {
		if (!duration_parse(text, &l->ms) || (p[units] && strchr(LETTERS ".", p[units])))
			return promql_error(l, l->start, "'%s' is no duration", text);
		return take(l, TOKEN_DURATION, units);
	}
	n = strspn(p, DIGITS);
	if (p[n] == '.')
		n += 1 + strspn(p + n + 1, DIGITS);
	n += exponent_len(p + n);
	if (p[n] && strchr(LETTERS ".", p[n]))
		return promql_error(l, l->start, "a number that is none");
	return take(l, TOKEN_NUMBER, n);
}

/* ---- all of them ---- */

struct err *promql_next(struct promql_lexer *l)
{
	static const char *const two[] = {"==", "!=", "<=", ">=", "=~", "!~"};

	skip_space(l);
	l->start = l->at;
	const char *p = l->text + l->at;
	if (!*p)
		return take(l, TOKEN_END, 0);
	if (strchr(LETTERS ":", *p) && !(*p == ':' && !strchr(LETTERS, p[1])))
		return take(l, TOKEN_NAME, strspn(p, LETTERS DIGITS ":"));
	if (strchr(DIGITS, *p) || (*p == '.' && p[1] && strchr(DIGITS, p[1])))
		return lex_number(l);
	if (strchr("\"'`", *p))
		return lex_string(l);
	for (size_t i = 0; i < countof(two); i++)
		if (str_starts(p, two[i]))
			return take(l, TOKEN_MARK, 2);
	if (strchr("(){}[],:@+-*/%^=<>", *p))
		return take(l, TOKEN_MARK, 1);
	return promql_error(l, l->at, "'%.1s' has no meaning here", p);
}
