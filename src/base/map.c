// SPDX-License-Identifier: Apache-2.0
/* Open addressing with linear probing over indices into the ordered array; FNV-1a hash. */
#include "base/map.h"

#include <string.h>

#include "base/arena.h"
#include "base/vec.h"

static uint32_t hash(const char *key)
{
	uint32_t h = 2166136261u;

	for (; *key; key++)
		h = (h ^ (unsigned char)*key) * 16777619u;
	return h;
}

/* The slot that holds @key, or the free one where it belongs. */
static uint32_t *slot_of(const struct map *m, const char *key)
{
	size_t mask = m->n_slots - 1;
	size_t i = hash(key) & mask;

	while (m->slots[i] && strcmp(m->at[m->slots[i] - 1].key, key) != 0)
		i = (i + 1) & mask;
	return &m->slots[i];
}

static void rehash(struct map *m)
{
	m->n_slots = m->n_slots ? m->n_slots * 2 : 16;
	m->slots = arena_new_n(m->a, uint32_t, m->n_slots);
	for (size_t i = 0; i < m->n; i++)
		*slot_of(m, m->at[i].key) = (uint32_t)i + 1;
}

void map_put(struct map *m, const char *key, void *value)
{
	if ((m->n + 1) * 2 > m->n_slots)
		rehash(m);
	uint32_t *slot = slot_of(m, key);
	if (*slot) {
		m->at[*slot - 1].value = value;
		return;
	}
	*vec_push(m->a, m) = (struct map_entry){key, value};
	*slot = (uint32_t)m->n;
}

void *map_get(const struct map *m, const char *key)
{
	if (!m->n_slots)
		return NULL;
	uint32_t slot = *slot_of(m, key);
	return slot ? m->at[slot - 1].value : NULL;
}
