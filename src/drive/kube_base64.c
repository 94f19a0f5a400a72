// SPDX-License-Identifier: Apache-2.0
#include "drive/kube_base64.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The value of @c, or -1. */
static int value_of(char c)
{
	const char *p = c ? strchr(digits, c) : NULL;

	return p ? (int)(p - digits) : -1;
}

bool base64_decode(struct arena *a, const char *text, char **ret_bytes, size_t *ret_size)
{
	size_t len = strlen(text), n = 0, n_digits = 0, n_pad = 0;
	char *bytes = arena_alloc(a, len / 4 * 3 + 4);
	uint32_t bits = 0;

	for (const char *p = text; *p; p++) {
		int v = value_of(*p);

		if (strchr(" \t\r\n", *p))
			continue;
		n_pad += *p == '=';
		if (*p == '=')
			continue;
		if (v < 0 || n_pad)
			return false;
		bits = bits << 6 | (uint32_t)v;
		if (++n_digits % 4 != 1)
			bytes[n++] = (char)(bits >> (8 - n_digits % 4 * 2) % 8 & 0xFF);
	}
	size_t rest = n_digits % 4;
	if (rest == 1 || (n_pad && (rest == 0 || n_pad != 4 - rest)))
		return false;
	bytes[n] = '\0';
	*ret_bytes = bytes;
	*ret_size = n;
	return true;
}

const char *base64_encode(struct arena *a, const void *bytes, size_t size)
{
	const unsigned char *p = bytes;
	char *text = arena_alloc(a, (size + 2) / 3 * 4 + 1), *out = text;

	for (size_t i = 0; i < size; i += 3) {
		size_t left = size - i;
		uint32_t bits = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
				(left > 2 ? p[i + 2] : 0);

		*out++ = digits[bits >> 18 & 63];
		*out++ = digits[bits >> 12 & 63];
		*out++ = left > 1 ? digits[bits >> 6 & 63] : '=';
		*out++ = left > 2 ? digits[bits & 63] : '=';
	}
	*out = '\0';
	return text;
}
