// SPDX-License-Identifier: Apache-2.0
#include "base/vec.h"

#include <string.h>

#include "base/arena.h"

void *vec_grow(struct arena *a, const void *at, size_t size, size_t *cap)
{
	size_t old = *cap;
	size_t new_cap = old ? old * 2 : 8;
	void *grown = arena_array(a, new_cap, size);

	if (old)
		memcpy(grown, at, old * size);
	*cap = new_cap;
	return grown;
}
