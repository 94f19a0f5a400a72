// SPDX-License-Identifier: Apache-2.0
/*
 * Binding: a table says which key of a document fills which member of a struct.
 *
 * The same table reads a document (bind_read), writes it back (bind_write) and
 * prints the JSON schema (doc/schema.h) and the reference manual, so the four can
 * never disagree.  Law: bind_read(bind_write(v)) equals v for every shape.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "doc/node.h"
#include "doc/problems.h"

struct arena;

enum field_type {
	FIELD_TEXT,    /* const char * */
	FIELD_BOOL,    /* bool */
	FIELD_INT,     /* int64_t, checked against min..max */
	FIELD_REAL,    /* double, checked against min..max */
	FIELD_ENUM,    /* int: the index into words[] */
	FIELD_STRUCT,  /* a struct embedded in this one */
	FIELD_PTR,     /* pointer to such a struct in the arena; NULL when the key is absent */
	FIELD_LIST,    /* T *member and size_t count: element is a shape */
	FIELD_TEXTS,   /* const char **member and size_t count: a list of text */
	FIELD_TEXTMAP, /* struct text_pair *member and size_t count: a map of text to text */
	FIELD_NODE,    /* struct node *: any value, kept as it is */
	FIELD_CUSTOM,  /* whatever custom->read and ->write do */
};

struct text_pair {
	const char *key, *value;
};

/* A value with more than one spelling (a quantity, a loose boolean, a trigger). */
struct custom {
	const char *name; /* "a quantity such as 500m or 2" */
	/* Fill @member from @n or add to @ps. */
	void (*read)(struct arena *a, const struct node *n, const char *key, void *member,
		     struct problems *ps);
	struct node *(*write)(struct arena *a, const void *member); /* NULL: leave the key out */
	struct node *(*schema)(struct arena *a);                    /* a JSON Schema */
};

enum field_flag {
	FIELD_REQUIRED = 1,
	FIELD_NON_EMPTY = 2,    /* text or list must not be empty */
	FIELD_WRITE_ALWAYS = 4, /* bind_write writes it even when it is zero, false or NULL */
	FIELD_NO_EFFECT =
		8, /* accepted, kept, but nothing acts on it yet: told as a note when set */
	FIELD_NULLABLE = 16, /* an explicit null counts as absent (absent is always allowed unless
				REQUIRED) */
	FIELD_ALIAS = 32,    /* an old key of a member that has a newer one: read, never written */
};

struct field {
	const char *key;
	enum field_type type;
	size_t offset;       /* of the member; for lists and maps, of the pointer */
	size_t count_offset; /* lists and maps: of the count */
	unsigned flags;
	double min, max;             /* numbers only, when max > min */
	const char *const *words;    /* FIELD_ENUM: NULL-terminated */
	const struct shape *element; /* FIELD_STRUCT, FIELD_PTR, FIELD_LIST */
	const struct custom *custom;
	const char *help;    /* one line of the reference manual */
	size_t at_offset;    /* offset + 1 of a struct mark that takes the value's position, or 0 */
	size_t given_offset; /* offset + 1 of a bool that tells whether the key is there, or 0 */
	const char
		*instead_of; /* FIELD_ALIAS: the required key that this one may replace, or NULL */
};

struct shape {
	const char *name; /* "service" */
	size_t size;
	const struct field *fields; /* ends with key NULL */
	bool open;                  /* unknown keys are fine and ignored without a word */
	/*
	 * Other ways to write the whole value: called before a node that is not a map is
	 * refused; may return a map in its place (pre-history forms, a scalar for a list), or NULL.
	 */
	struct node *(*rewrite)(struct arena *a, const struct node *n);
	/* A JSON Schema of what rewrite() understands besides maps, or NULL. */
	struct node *(*rewrite_schema)(struct arena *a);
	size_t at_offset; /* offset + 1 of a struct mark that takes the position of the whole value,
			     or 0 */
	/* What follows from the members just read (defaults, sums); may add problems.  @n is the
	 * map. */
	void (*finish)(struct arena *a, const struct node *n, void *out, struct problems *ps);
};

/*
 * Fill the zeroed struct @out from the map @n.  Every problem is added to @ps; reading goes on
 * after each.  Unknown keys: a warning with a suggestion, an error when ps->strict.
 */
void bind_read(struct arena *a, const struct shape *shape, const struct node *n, void *out,
	       struct problems *ps);

/*
 * The document of @in; members that are zero, NULL or an empty list are left out unless flagged
 * (REQUIRED ones are written).  Text and nodes are shared with @in.
 */
struct node *bind_write(struct arena *a, const struct shape *shape, const void *in);
