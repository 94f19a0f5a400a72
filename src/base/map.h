// SPDX-License-Identifier: Apache-2.0
/*
 * A map from text to pointers that remembers the order of insertion.
 *
 * Look-ups are by hash; iteration is map.at[0 .. n): the order in which keys were first put,
 * so that equal inputs give equal outputs.  Keys are kept by reference.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct arena;

struct map_entry {
	const char *key;
	void *value;
};

/* struct map m = {.a = arena}; */
struct map {
	struct arena *a;
	struct map_entry *at;
	size_t n, cap;
	uint32_t *slots; /* index + 1 into at[], 0 is free; a power of two of them */
	size_t n_slots;
};

/* Set @key to @value; an existing key keeps its place. */
void map_put(struct map *m, const char *key, void *value);

/* The value of @key, or NULL. */
void *map_get(const struct map *m, const char *key);
