// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n)   ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

enum { CHUNK = 64 * 1024, REDZONE = 16 };

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, size;
	_Alignas(max_align_t) unsigned char data[];
};

static void out_of_memory(void)
{
	fputs("smo: out of memory\n", stderr);
	abort();
}

static struct arena_chunk *chunk_push(struct arena *a, size_t need)
{
	size_t size = need > CHUNK ? need : CHUNK;
	struct arena_chunk *c = calloc(1, sizeof(*c) + size);
	if (!c)
		out_of_memory();
	c->size = size;
	c->next = a->top;
	a->top = c;
	ASAN_POISON_MEMORY_REGION(c->data, size);
	return c;
}

void *arena_alloc(struct arena *a, size_t size)
{
	const size_t align = _Alignof(max_align_t);

	if (size > SIZE_MAX / 2)
		out_of_memory();
	size_t need = (size + REDZONE + align - 1) & ~(align - 1);
	struct arena_chunk *c = a->top;
	if (!c || c->size - c->used < need)
		c = chunk_push(a, need);
	void *p = c->data + c->used;
	c->used += need;
	ASAN_UNPOISON_MEMORY_REGION(p, size);
	return p;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		out_of_memory();
	return arena_alloc(a, bytes);
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;

	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		out_of_memory();
	char *s = arena_alloc(a, (size_t)n + 1);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	return s;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char *s = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_memdup(a, s, strlen(s) + 1) : NULL;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	len = len ? strnlen(s, len) : 0;
	char *copy = arena_alloc(a, len + 1);
	if (len)
		memcpy(copy, s, len);
	return copy;
}

void *arena_memdup(struct arena *a, const void *p, size_t size)
{
	void *copy = arena_alloc(a, size);

	if (size)
		memcpy(copy, p, size);
	return copy;
}

void arena_done(struct arena *a)
{
	while (a->top) {
		struct arena_chunk *c = a->top;
		a->top = c->next;
		ASAN_UNPOISON_MEMORY_REGION(c->data, c->size);
		free(c);
	}
}
