// SPDX-License-Identifier: Apache-2.0
/*
 * Growing arrays in an arena.
 *
 *     vec_of(struct step) steps = {0};
 *     *vec_push(a, &steps) = (struct step){...};
 *     for (size_t i = 0; i < steps.n; i++)  use(&steps.at[i]);
 *
 * A push may move the array: keep indices, not pointers.
 */
#pragma once

#include <stddef.h>

struct arena;

#define vec_of(type)                                                                               \
	struct {                                                                                   \
		type *at;                                                                          \
		size_t n, cap;                                                                     \
	}

/* Make room for one more element and return its zeroed slot. */
#define vec_push(a, v)                                                                             \
	((v)->n == (v)->cap                                                                        \
		 ? (void)((v)->at = vec_grow((a), (v)->at, sizeof((v)->at[0]), &(v)->cap))         \
		 : (void)0,                                                                        \
	 &(v)->at[(v)->n++])

/* At least double @cap; the old elements are copied, the new ones are zero. */
void *vec_grow(struct arena *a, const void *at, size_t size, size_t *cap);
