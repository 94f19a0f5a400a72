// SPDX-License-Identifier: Apache-2.0
/*
 * One document, printed as the user wants it: -o table, wide, json, yaml or name.
 *
 * A handler builds a document and says with a view how its table looks; JSON and YAML are the
 * document itself.  Everything else that a command has to tell goes through cli/term.h, which
 * keeps it off stdout when data is wanted there.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct app;
struct node;

enum output_form { OUTPUT_TABLE, OUTPUT_WIDE, OUTPUT_JSON, OUTPUT_YAML, OUTPUT_NAME };

enum column_flag {
	COLUMN_RIGHT = 1,   /* numbers */
	COLUMN_WIDE = 2,    /* only with -o wide */
	COLUMN_COUNT = 4,   /* how many children the value has */
	COLUMN_AGE = 8,     /* milliseconds since 1970, shown as "5m" ago */
	COLUMN_TIME = 16,   /* milliseconds since 1970, shown as a UTC time */
	COLUMN_STATUS = 32, /* a status word, coloured by what it means */
};

struct column {
	const char *header;
	const char *path; /* dotted, in the row */
	unsigned flags;
	const char *if_true, *if_false; /* for booleans: "Yes", "No" */
	const char *if_missing;         /* NULL: "" */
};

struct view {
	const char *title;
	const char *rows;  /* path of the list in the document; NULL: the document is the list */
	const char *name;  /* path in a row that -o name prints; NULL: "name" */
	const char *empty; /* said (in text form) when there are no rows */
	const struct column *columns; /* ends with header NULL */
};

/* True when stdout is for data only (json, yaml, name). */
bool output_is_data(const struct app *app);

/* Print @doc: a table by @view, or the document. */
void output_print(struct app *app, const struct node *doc, const struct view *view);

/* The same, but in text form @text (multi-line; made printable) is printed as it is. */
void output_text(struct app *app, const struct node *doc, const char *text);

/* In text form only: a titled box of "Key: value" lines, one for each column. */
void output_panel(struct app *app, const struct node *doc, const struct view *view);
