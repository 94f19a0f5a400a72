// SPDX-License-Identifier: Apache-2.0
#include "base/str.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"

static void reserve(struct str *s, size_t more)
{
	size_t need = s->len + more + 1;

	if (need <= s->cap)
		return;
	size_t cap = s->cap ? s->cap * 2 : 128;
	if (cap < need)
		cap = need;
	char *grown = arena_alloc(s->a, cap);
	if (s->len)
		memcpy(grown, s->text, s->len + 1);
	s->text = grown;
	s->cap = cap;
}

void str_add_n(struct str *s, const char *bytes, size_t len)
{
	reserve(s, len);
	if (len)
		memcpy(s->text + s->len, bytes, len);
	s->len += len;
	s->text[s->len] = '\0';
}

void str_add(struct str *s, const char *text)
{
	str_add_n(s, text, strlen(text));
}

void str_addf(struct str *s, const char *fmt, ...)
{
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n > 0) {
		reserve(s, (size_t)n);
		vsnprintf(s->text + s->len, (size_t)n + 1, fmt, ap);
		s->len += (size_t)n;
	}
	va_end(ap);
}

const char *str_text(const struct str *s)
{
	return s->text ? s->text : "";
}

bool str_eq(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool str_starts(const char *s, const char *prefix)
{
	return s && strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
	if (!s)
		return false;
	size_t n = strlen(s), k = strlen(suffix);

	return n >= k && strcmp(s + n - k, suffix) == 0;
}

int str_cmp(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

char *str_lower(struct arena *a, const char *s)
{
	char *copy = arena_strdup(a, s);

	for (char *p = copy; *p; p++)
		*p = lower(*p);
	return copy;
}

/* Length of the UTF-8 sequence at @p (of @left bytes), or 0 when it is malformed. */
static size_t utf8_sequence(const unsigned char *p, size_t left)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = p[0] < 0x80       ? 1
		   : p[0] >> 5 == 6  ? 2
		   : p[0] >> 4 == 14 ? 3
		   : p[0] >> 3 == 30 ? 4
				     : 0;

	if (n <= 1)
		return n;
	if (n > left)
		return 0;
	uint32_t code = p[0] & (0x7Fu >> n);
	for (size_t i = 1; i < n; i++) {
		if (p[i] >> 6 != 2)
			return 0;
		code = code << 6 | (p[i] & 0x3Fu);
	}
	bool surrogate = code >= 0xD800 && code <= 0xDFFF;
	return code < smallest[n] || surrogate || code > 0x10FFFF ? 0 : n;
}

char *str_printable(struct arena *a, const char *s, bool multiline)
{
	char *copy = arena_strdup(a, s);
	size_t left = strlen(copy), n;

	for (unsigned char *p = (unsigned char *)copy; left; p += n, left -= n) {
		bool layout = *p == '\n' || *p == '\t';

		n = utf8_sequence(p, left);
		/* C1 controls are U+0080..U+009F: bytes C2 80..9F in UTF-8. */
		if (n == 2 && *p == 0xC2 && p[1] <= 0x9F)
			p[0] = p[1] = '?';
		if (!n || *p == 0x7F || (*p < 0x20 && !(layout && multiline)))
			*p = '?';
		n = n ? n : 1;
	}
	return copy;
}

bool str_is_utf8(const char *bytes, size_t len)
{
	const unsigned char *p = (const unsigned char *)bytes;

	for (size_t i = 0; i < len;) {
		size_t n = utf8_sequence(p + i, len - i);
		if (!n)
			return false;
		i += n;
	}
	return true;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Levenshtein distance, letter case ignored (Wagner and Fischer, 1974). */
static unsigned distance(struct arena *a, const char *x, const char *y)
{
	size_t n = strlen(y);
	unsigned *row = arena_new_n(a, unsigned, n + 1);

	for (size_t j = 0; j <= n; j++)
		row[j] = (unsigned)j;
	for (size_t i = 0; x[i]; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i + 1;
		for (size_t j = 0; j < n; j++) {
			unsigned above = row[j + 1];
			bool same = lower(x[i]) == lower(y[j]);

			row[j + 1] = min3(above + 1, row[j] + 1, diagonal + !same);
			diagonal = above;
		}
	}
	return row[n];
}

const char *str_suggest(struct arena *a, const char *word, const char *const *words)
{
	size_t len = strlen(word);
	unsigned best = len < 4 ? 1 : len < 8 ? 2 : 3;
	const char *found = NULL;

	if (len > 64)
		return NULL;
	for (; *words; words++) {
		unsigned d = strlen(*words) > 64 ? best + 1 : distance(a, word, *words);
		if (d < best || (d == best && !found)) {
			best = d;
			found = *words;
		}
	}
	return found;
}
