// SPDX-License-Identifier: Apache-2.0
/*
 * What the field tables of our documents share: their first two keys and short ways to say where
 * a member is.
 *
 *     DOCUMENT_KIND(snapshot, "Snapshot");
 *     static const struct field snapshot_fields[] = {
 *             DOCUMENT_FIELDS(snapshot),
 *             {"takenAt", FIELD_TEXT, MEMBER(snapshot, taken_at), .help = "..."},
 *             {"clusters", FIELD_LIST, MEMBERS(snapshot, clusters), .element = &cluster_shape},
 *             {0},
 *     };
 */
#pragma once

#include <stddef.h>

#include "doc/bind.h"

/* `apiVersion`: reads and writes "smo/v1", anything else is an error. */
extern const struct custom document_api_version;

/* Adds an error to @ps unless @n is the text @want. */
void document_expect(const struct node *n, const char *key, const char *want, struct problems *ps);

/* The schema of a key that has one possible value. */
struct node *document_const(struct arena *a, const char *want);

#define MEMBER(type, member) offsetof(struct type, member)
#define MEMBERS(type, member)                                                                      \
	offsetof(struct type, member), .count_offset = offsetof(struct type, n_##member)

/* Defines <id>_kind: reads and writes @word. */
#define DOCUMENT_KIND(id, word)                                                                    \
	static void id##_kind_read(struct arena *a, const struct node *n, const char *key,         \
				   void *member, struct problems *ps)                              \
	{                                                                                          \
		(void)a;                                                                           \
		(void)member;                                                                      \
		document_expect(n, key, word, ps);                                                 \
	}                                                                                          \
	static struct node *id##_kind_write(struct arena *a, const void *member)                   \
	{                                                                                          \
		(void)member;                                                                      \
		return node_new_str(a, word);                                                      \
	}                                                                                          \
	static struct node *id##_kind_schema(struct arena *a)                                      \
	{                                                                                          \
		return document_const(a, word);                                                    \
	}                                                                                          \
	static const struct custom id##_kind = {"\"" word "\"", id##_kind_read, id##_kind_write,   \
						id##_kind_schema}

#define DOCUMENT_FIELDS(id)                                                                        \
	{"apiVersion",                                                                             \
	 FIELD_CUSTOM,                                                                             \
	 0,                                                                                        \
	 .flags = FIELD_REQUIRED,                                                                  \
	 .custom = &document_api_version,                                                          \
	 .help = "version of this form of document"},                                              \
	{                                                                                          \
		"kind", FIELD_CUSTOM, 0, .flags = FIELD_REQUIRED, .custom = &id##_kind,            \
					 .help = "what this document is"                           \
	}
