// SPDX-License-Identifier: Apache-2.0
/*
 * Both languages share the \uXXXX form; besides what JSON asks for (controls, quote, backslash)
 * it is used for what YAML calls unprintable or takes for a line break: DEL, the C1 controls,
 * U+2028, U+2029, U+FEFF, U+FFFE and U+FFFF.
 */
#include "doc/quote.h"

#include <string.h>

#include "base/str.h"

unsigned quote_needs_escape(const char *p)
{
	static const char *const threes[] = {"\xE2\x80\xA8", "\xE2\x80\xA9", "\xEF\xBB\xBF",
					     "\xEF\xBF\xBE", "\xEF\xBF\xBF"};
	unsigned char c = (unsigned char)p[0];

	if (c < 0x20 || c == 0x7F || c == '"' || c == '\\')
		return 1;
	if (c == 0xC2 && (unsigned char)p[1] < 0xA0)
		return 2;
	if (c != 0xE2 && c != 0xEF)
		return 0;
	for (size_t i = 0; i < countof(threes); i++)
		if (strncmp(p, threes[i], 3) == 0)
			return 3;
	return 0;
}

static void add_escape(struct str *s, const char *p, unsigned len)
{
	static const char short_forms[] = "\"\\\n\t\r\b\f", letters[] = "\"\\ntrbf";
	const char *found = len == 1 ? strchr(short_forms, *p) : NULL;
	const unsigned char *u = (const unsigned char *)p;
	unsigned code = u[0];

	if (found) {
		str_addf(s, "\\%c", letters[found - short_forms]);
		return;
	}
	if (len == 2)
		code = (u[0] & 0x1Fu) << 6 | (u[1] & 0x3Fu);
	if (len == 3)
		code = (u[0] & 0x0Fu) << 12 | (u[1] & 0x3Fu) << 6 | (u[2] & 0x3Fu);
	str_addf(s, "\\u%04x", code);
}

void quote_add(struct str *s, const char *text)
{
	const char *from = text;

	str_add_n(s, "\"", 1);
	for (const char *p = text; *p;) {
		unsigned len = quote_needs_escape(p);
		if (!len) {
			p++;
			continue;
		}
		str_add_n(s, from, (size_t)(p - from));
		add_escape(s, p, len);
		p += len;
		from = p;
	}
	str_add(s, from);
	str_add_n(s, "\"", 1);
}
