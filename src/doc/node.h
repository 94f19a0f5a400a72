// SPDX-License-Identifier: Apache-2.0
/*
 * A document: what YAML and JSON have in common, plus where each part stood in
 * the file.  Nodes live in an arena and never move; a document that came from
 * outside is not changed any more, one that is being built grows by node_set()
 * and node_add().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;

enum node_kind { NODE_NULL, NODE_BOOL, NODE_INT, NODE_REAL, NODE_STR, NODE_LIST, NODE_MAP };

/* A place in a source file; line 0 means unknown (it came from the network or was built). */
struct mark {
	const char *source;
	unsigned line, column;
};

struct node {
	enum node_kind kind;
	bool plain; /* text that stood in YAML without quotes */
	struct mark at;
	union {
		bool flag;
		int64_t integer;
		double real;
		const char *str;
	};
	const char *key;                  /* set when the parent is a map */
	struct mark key_at;               /* where the key stood */
	struct node *first, *last, *next; /* children in the order they were written */
};

const char *node_kind_name(enum node_kind kind); /* "a mapping", "text" ... */

/* ---- reading: all of these accept NULL and answer NULL, false, 0 or the default ---- */

/* The value of @key in the map @n, or NULL (also when @n is no map). */
struct node *node_get(const struct node *n, const char *key);

/*
 * Follow dotted keys: node_at(n, "spec.placement.clusterAffinity").  A key that holds dots
 * itself cannot be reached this way: use node_get.
 */
struct node *node_at(const struct node *n, const char *path);

/* The text at @path, or NULL when it is missing or not text. */
const char *node_str(const struct node *n, const char *path);
int64_t node_int(const struct node *n, const char *path, int64_t otherwise);
bool node_bool(const struct node *n, const char *path, bool otherwise);
size_t node_count(const struct node *n); /* children of a list or map */

/* for (struct node *c = node_first(list); c; c = c->next) -- NULL-tolerant */
struct node *node_first(const struct node *n);

/*
 * A scalar in the shortest spelling that reads back as the same value: "0.5", "12", "true",
 * "null".  NULL when @n is a list or a map.
 */
const char *node_text(struct arena *a, const struct node *n);

/* ---- building ---- */
struct node *node_new(struct arena *a, enum node_kind kind);
struct node *node_new_str(struct arena *a,
			  const char *text); /* keeps @text; NULL makes NODE_NULL */
struct node *node_new_int(struct arena *a, int64_t i);
struct node *node_new_bool(struct arena *a, bool flag);

/*
 * Put @child under @key of @map (replacing what was there, in its place) or at the end of @list,
 * and return it.  @child must not be part of another document: its links are used here.
 */
struct node *node_set(struct node *map, const char *key, struct node *child);
struct node *node_add(struct node *list, struct node *child);

/* node_set() for a @key that @map surely does not hold yet: does not look for it. */
struct node *node_append(struct node *map, const char *key, struct node *child);

struct node *node_new_real(struct arena *a, double d);
struct node *node_set_str(struct arena *a, struct node *map, const char *key, const char *text);
struct node *node_set_int(struct arena *a, struct node *map, const char *key, int64_t i);
struct node *node_set_bool(struct arena *a, struct node *map, const char *key, bool flag);

/* The map (list) under @key, made when it is not there yet. */
struct node *node_map_in(struct arena *a, struct node *map, const char *key);
struct node *node_list_in(struct arena *a, struct node *map, const char *key);

/* Take @key out of @map; nothing happens when it is not there. */
void node_unset(struct node *map, const char *key);

/* ---- comparing and combining ---- */
struct node *node_copy(struct arena *a, const struct node *n); /* deep */

/* @over laid on @under: maps merge deeply, everything else is replaced (Helm's rule for values). */
struct node *node_merge(struct arena *a, const struct node *under, const struct node *over);

/* Same content; the order of map keys does not count, positions neither.  1 equals 1.0. */
bool node_equal(const struct node *x, const struct node *y);

/*
 * Is everything that @want says also in @have?  Maps: every key of @want; lists: same length,
 * element by element.  On a difference *ret_path (when not NULL) tells where, as
 * "spec.placement.clusterNames[0]".
 */
bool node_within(struct arena *a, const struct node *want, const struct node *have,
		 const char **ret_path);

/* The same document with the keys of every map in byte order: for hashing. */
struct node *node_sorted(struct arena *a, const struct node *n);
