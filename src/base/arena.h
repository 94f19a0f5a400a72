// SPDX-License-Identifier: Apache-2.0
/*
 * Arena: memory that lives and dies with one unit of work.
 *
 * A unit of work is one command, one HTTP request, one step of a plan or one
 * tick of the control loop.  Everything it computes, errors included, comes
 * from its arena; nothing is freed one by one.  An arena belongs to one thread.
 * Running out of memory ends the process.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "base/attr.h"

struct arena {
	struct arena_chunk *top;
};

/* Release everything that came from @a.  Safe on an arena that is all zeros. */
void arena_done(struct arena *a);

/* @size zeroed bytes, aligned for any type.  Never NULL. */
void *arena_alloc(struct arena *a, size_t size);

/* The same for an array; an overflow of @n times @size ends the process. */
void *arena_array(struct arena *a, size_t n, size_t size);

char *arena_printf(struct arena *a, const char *fmt, ...) printf_like(2, 3);
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap) printf_like(2, 0);

/* Copies.  arena_strdup(NULL) is NULL; arena_strndup copies at most @len bytes of a text and
 * adds the NUL. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t len);
void *arena_memdup(struct arena *a, const void *p, size_t size);

#define arena_new(a, type)      ((type *)arena_alloc((a), sizeof(type)))
#define arena_new_n(a, type, n) ((type *)arena_array((a), (n), sizeof(type)))

/* struct arena a scoped_arena = {0};   is released at the end of its block. */
#define scoped_arena __attribute__((cleanup(arena_done)))
