// SPDX-License-Identifier: Apache-2.0
/* Text: a builder that grows in an arena, and the string helpers C lacks. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct arena;

/* struct str s = {.a = arena};   text is NUL-terminated once something was added. */
struct str {
	struct arena *a;
	char *text;
	size_t len, cap;
};

void str_add(struct str *s, const char *text);
void str_add_n(struct str *s, const char *bytes, size_t len);
void str_addf(struct str *s, const char *fmt, ...) printf_like(2, 3);

/* The text so far, "" when nothing was added. */
const char *str_text(const struct str *s);

/* NULL-tolerant: two NULLs are equal, NULL differs from text. */
bool str_eq(const char *a, const char *b);
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);

/* Byte order; NULL sorts first. */
int str_cmp(const char *a, const char *b);

/* @s in lower case (ASCII). */
char *str_lower(struct arena *a, const char *s);

/*
 * Text from outside, safe to print on a terminal: control characters (escape
 * sequences among them) and malformed UTF-8 become '?', newlines and tabs stay
 * when @multiline.
 */
char *str_printable(struct arena *a, const char *s, bool multiline);

/* True when the @len bytes are well-formed UTF-8 (no surrogates, no overlong forms). */
bool str_is_utf8(const char *bytes, size_t len);

/* Of NULL-terminated @words the one most like @word, or NULL when none is close. */
const char *str_suggest(struct arena *a, const char *word, const char *const *words);
