// SPDX-License-Identifier: Apache-2.0
/* One pass over the text, straight into the arena (RFC 8259). */
#include "doc/json.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "doc/node.h"

enum {
	MAX_DEPTH = 512,
	FEW_KEYS = 16, /* compared one by one; more are found by hash */
	SHOWN = 40,    /* of a token, in messages */
};

struct reader {
	struct arena *a;
	const char *source, *text;
	size_t size, at;
	size_t token; /* where the one begins that was read last */
	struct err *err;
};

/* ---- errors: where the last token ends ---- */

static struct node *fail(struct reader *r, const char *fmt, ...) printf_like(2, 3);

static struct node *fail(struct reader *r, const char *fmt, ...)
{
	size_t line = 1, column = 0;
	const char *near = "end of file";
	va_list ap;

	for (size_t i = 0; i < r->at; i++) {
		if (r->text[i] == '\n') {
			line++;
			column = 0;
		} else if (((unsigned char)r->text[i] & 0xC0) != 0x80) {
			column++;
		}
	}
	if (r->token < r->at) {
		size_t len = r->at - r->token;
		near = arena_printf(r->a, "'%.*s'", (int)(len < SHOWN ? len : SHOWN),
				    r->text + r->token);
	}
	va_start(ap, fmt);
	const char *what = arena_vprintf(r->a, fmt, ap);
	va_end(ap);
	r->err = err_new(r->a, ERR_INPUT, "%s:%zu:%zu: not valid JSON: %s near %s", r->source, line,
			 column, what, str_printable(r->a, near, false));
	return NULL;
}

/* ---- tokens ---- */

static int peek(struct reader *r)
{
	while (r->at < r->size && (r->text[r->at] == ' ' || r->text[r->at] == '\t' ||
				   r->text[r->at] == '\n' || r->text[r->at] == '\r'))
		r->at++;
	r->token = r->at;
	return r->at < r->size ? (unsigned char)r->text[r->at] : -1;
}

static bool is_letter(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* Read past a token that may not stand here. */
static struct node *unexpected(struct reader *r, const char *wanted)
{
	int c = peek(r);
	bool known = c >= 0 && strchr("{}[]:,\"-", c);

	if (c >= 0)
		r->at++;
	while (is_letter(c) && r->at < r->size && is_letter((unsigned char)r->text[r->at]))
		r->at++;
	if (wanted)
		return fail(r, "%s expected", wanted);
	return fail(r, "%s token", known || c < 0 ? "unexpected" : "invalid");
}

static bool take(struct reader *r, char c)
{
	if (peek(r) != (unsigned char)c)
		return false;
	r->at++;
	return true;
}

static size_t digits(struct reader *r)
{
	size_t from = r->at;

	while (r->at < r->size && is_digit((unsigned char)r->text[r->at]))
		r->at++;
	return r->at - from;
}

static bool has(const struct reader *r, const char *any)
{
	return r->at < r->size && r->text[r->at] && strchr(any, r->text[r->at]);
}

static struct node *number(struct reader *r)
{
	bool real = false, good;

	r->at += has(r, "-");
	bool zero = has(r, "0");
	good = zero ? (r->at++, !(r->at < r->size && is_digit((unsigned char)r->text[r->at])))
		    : digits(r) > 0;
	if (good && has(r, ".")) {
		real = true;
		r->at++;
		good = digits(r) > 0;
	}
	if (good && has(r, "eE")) {
		real = true;
		r->at++;
		r->at += has(r, "+-");
		good = digits(r) > 0;
	}
	if (!good)
		return fail(r, "invalid token");
	const char *text = arena_strndup(r->a, r->text + r->token, r->at - r->token);
	errno = 0;
	if (!real) {
		long long i = strtoll(text, NULL, 10);
		return errno ? fail(r, "too big%s integer", *text == '-' ? " negative" : "")
			     : node_new_int(r->a, i);
	}
	double d = strtod(text, NULL);
	return isfinite(d) ? node_new_real(r->a, d) : fail(r, "real number overflow");
}

static struct node *word(struct reader *r)
{
	static const struct {
		const char *text;
		size_t len;
	} words[] = {{"true", 4}, {"false", 5}, {"null", 4}};

	for (size_t i = 0; i < countof(words); i++) {
		size_t end = r->at + words[i].len;

		if (end > r->size || memcmp(r->text + r->at, words[i].text, words[i].len) != 0 ||
		    (end < r->size && is_letter((unsigned char)r->text[end])))
			continue;
		r->at = end;
		return i == 2 ? node_new(r->a, NODE_NULL) : node_new_bool(r->a, !i);
	}
	return unexpected(r, NULL);
}

/* ---- strings ---- */

static int hex(struct reader *r, size_t at)
{
	int value = 0;

	for (size_t i = 0; i < 4; i++) {
		int c = at + i < r->size ? (unsigned char)r->text[at + i] : 0;
		int digit = is_digit(c)            ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
			    : c >= 'A' && c <= 'F' ? c - 'A' + 10
						   : -1;
		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

static void add_utf8(struct str *s, unsigned long c)
{
	char bytes[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};

	for (size_t i = n; i-- > 1; c >>= 6)
		bytes[i] = (char)(0x80 | (c & 0x3F));
	bytes[0] = (char)(lead[n] | c);
	str_add_n(s, bytes, n);
}

/* The end of the string that begins at the quote, for a message about its inside. */
static void skip_string(struct reader *r)
{
	while (r->at < r->size && r->text[r->at] != '"' && (unsigned char)r->text[r->at] >= 0x20)
		r->at += r->text[r->at] == '\\' && r->at + 1 < r->size ? 2 : 1;
	r->at += r->at < r->size && r->text[r->at] == '"';
}

/* Behind "\u"; false after an error. */
static bool unicode(struct reader *r, struct str *s)
{
	int high = hex(r, r->at), low = -1;
	bool pair = high >= 0xD800 && high <= 0xDBFF;

	if (pair && r->at + 6 <= r->size && memcmp(r->text + r->at + 4, "\\u", 2) == 0)
		low = hex(r, r->at + 6);
	bool good = high > 0 && !(high >= 0xDC00 && high <= 0xDFFF) &&
		    (!pair || (low >= 0xDC00 && low <= 0xDFFF));
	if (!good) {
		skip_string(r);
		if (!high)
			fail(r, "\\u0000 is not allowed");
		else if (high < 0)
			fail(r, "invalid escape");
		else
			fail(r, "invalid Unicode '\\u%04X'", (unsigned)high);
		return false;
	}
	r->at += pair ? 10 : 4;
	add_utf8(s, pair ? 0x10000 + (((unsigned long)high & 0x3FF) << 10) +
				    ((unsigned long)low & 0x3FF)
			 : (unsigned long)high);
	return true;
}

/* Behind a backslash; false after an error. */
static bool escape(struct reader *r, struct str *s)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char c = r->at < r->size ? r->text[r->at] : '\0';
	const char *p = c ? strchr(from, c) : NULL;

	r->at += r->at < r->size;
	if (c == 'u')
		return unicode(r, s);
	if (p) {
		str_add_n(s, &to[p - from], 1);
		return true;
	}
	skip_string(r);
	fail(r, "invalid escape");
	return false;
}

static size_t plain_run(const struct reader *r)
{
	size_t end = r->at;

	while (end < r->size && r->text[end] != '"' && r->text[end] != '\\' &&
	       (unsigned char)r->text[end] >= 0x20)
		end++;
	return end - r->at;
}

static const char *undecodable(struct reader *r)
{
	size_t end = r->at;

	for (r->at = r->token + 1; r->at < end; r->at++) {
		size_t len = 1;
		while ((unsigned char)r->text[r->at] >= 0x80 && len < 4 && r->at + len < end &&
		       ((unsigned char)r->text[r->at + len] & 0xC0) == 0x80)
			len++;
		if (!str_is_utf8(r->text + r->at, len))
			break;
		r->at += len - 1;
	}
	fail(r, "unable to decode byte 0x%02x", (unsigned)(unsigned char)r->text[r->at]);
	return NULL;
}

/* From its quote on; NULL after an error. */
static const char *string(struct reader *r)
{
	struct str s = {.a = r->a};
	size_t from = ++r->at, run = plain_run(r);
	bool whole = from + run < r->size && r->text[from + run] == '"';

	while (!whole) {
		str_add_n(&s, r->text + r->at, run);
		r->at += run;
		if (r->at < r->size && r->text[r->at] == '"')
			break;
		if (r->at >= r->size || r->text[r->at] != '\\') {
			fail(r,
			     r->at < r->size ? "control character 0x%x" : "premature end of input",
			     r->at < r->size ? (unsigned)(unsigned char)r->text[r->at] : 0);
			return NULL;
		}
		r->at++;
		if (!escape(r, &s))
			return NULL;
		run = plain_run(r);
	}
	if (whole)
		r->at += run;
	r->at++;
	if (!str_is_utf8(r->text + from, r->at - 1 - from))
		return undecodable(r);
	return whole ? arena_strndup(r->a, r->text + from, run) : str_text(&s);
}

/* ---- values ---- */

static struct node *value(struct reader *r, int depth);

static struct node *list(struct reader *r, int depth)
{
	struct node *n = node_new(r->a, NODE_LIST);

	r->at++;
	if (take(r, ']'))
		return n;
	for (;;) {
		struct node *child = value(r, depth);

		if (!child)
			return NULL;
		node_add(n, child);
		if (take(r, ']'))
			return n;
		if (!take(r, ','))
			return unexpected(r, "']'");
	}
}

/* Has @n the key already?  @seen holds all keys as soon as there are many. */
static bool is_twice(struct map *seen, const struct node *n, size_t n_keys, const char *key)
{
	if (n_keys < FEW_KEYS) {
		for (const struct node *c = n->first; c; c = c->next)
			if (str_eq(c->key, key))
				return true;
		return false;
	}
	if (n_keys == FEW_KEYS)
		for (struct node *c = n->first; c; c = c->next)
			map_put(seen, c->key, c);
	bool twice = map_get(seen, key);
	map_put(seen, key, seen);
	return twice;
}

static struct node *object(struct reader *r, int depth)
{
	struct node *n = node_new(r->a, NODE_MAP);
	struct map seen = {.a = r->a};

	r->at++;
	if (take(r, '}'))
		return n;
	for (size_t keys = 0;; keys++) {
		if (peek(r) != '"')
			return unexpected(r, "string or '}'");
		const char *key = string(r);
		if (!key)
			return NULL;
		if (is_twice(&seen, n, keys, key))
			return fail(r, "duplicate object key");
		if (!take(r, ':'))
			return unexpected(r, "':'");
		struct node *child = value(r, depth);
		if (!child)
			return NULL;
		node_append(n, key, child);
		if (take(r, '}'))
			return n;
		if (!take(r, ','))
			return unexpected(r, "'}'");
	}
}

/* NULL after an error. */
static struct node *value(struct reader *r, int depth)
{
	int c = peek(r);

	if ((c == '{' || c == '[') && depth == 0) {
		r->err =
			err_new(r->a, ERR_INPUT, "%s: nested deeper than %d", r->source, MAX_DEPTH);
		return NULL;
	}
	if (c == '{')
		return object(r, depth - 1);
	if (c == '[')
		return list(r, depth - 1);
	if (c == '"') {
		const char *text = string(r);
		return text ? node_new_str(r->a, text) : NULL;
	}
	if (c == '-' || is_digit(c))
		return number(r);
	return word(r);
}

struct err *json_read(struct arena *a, const char *source, const char *text, size_t size,
		      struct node **ret_root)
{
	struct reader r = {.a = a, .source = source, .text = text, .size = size};
	struct node *root = value(&r, MAX_DEPTH);

	if (root && peek(&r) >= 0)
		root = unexpected(&r, "end of file");
	if (!root)
		return r.err;
	*ret_root = root;
	return NULL;
}
