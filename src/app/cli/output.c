// SPDX-License-Identifier: Apache-2.0
#include "app/cli/output.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/app.h"
#include "app/cli/progress.h"
#include "app/cli/span.h"
#include "app/cli/table.h"
#include "app/cli/term.h"
#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/node.h"
#include "doc/yaml.h"

bool output_is_data(const struct app *app)
{
	switch (app->form) {
	case OUTPUT_JSON:
	case OUTPUT_YAML:
	case OUTPUT_NAME:
		return true;
	case OUTPUT_TABLE:
	case OUTPUT_WIDE:
		break;
	}
	return false;
}

static int64_t now(const struct app *app)
{
	struct timespec t = {0};

	if (app->ports.clock.now)
		return app->ports.clock.now(app->ports.clock.self);
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static const char *list_text(struct arena *a, const struct node *list)
{
	struct str s = {.a = a};

	for (const struct node *n = node_first(list); n; n = n->next) {
		const char *text = n->kind == NODE_STR ? n->str : json_write(a, n, JSON_COMPACT);
		str_addf(&s, "%s%s", s.len ? ", " : "", text);
	}
	return str_text(&s);
}

/* Six digits, and a fraction, so that a column looks alike: "62.0", "27.986". */
static const char *real_text(struct arena *a, double x)
{
	const char *text = arena_printf(a, "%.6g", x);

	return strchr(text, '.') || strchr(text, 'e') || strchr(text, 'n')
		       ? text
		       : arena_printf(a, "%s.0", text);
}

static const char *value_text(const struct app *app, const struct column *c, const struct node *n)
{
	struct arena *a = app->arena;

	if (!n || n->kind == NODE_NULL)
		return NULL;
	if (c->flags & COLUMN_COUNT)
		return arena_printf(a, "%zu", node_count(n));
	switch (n->kind) {
	case NODE_BOOL:
		if (n->flag)
			return c->if_true ? c->if_true : "true";
		return c->if_false ? c->if_false : "false";
	case NODE_INT:
		if (c->flags & (COLUMN_AGE | COLUMN_TIME) && n->integer == 0)
			return NULL;
		if (c->flags & COLUMN_AGE)
			return span_text(a, now(app) - n->integer);
		if (c->flags & COLUMN_TIME)
			return span_date(a, n->integer);
		return arena_printf(a, "%" PRId64, n->integer);
	case NODE_STR:
		return n->str;
	case NODE_LIST:
		return list_text(a, n);
	case NODE_REAL:
		return real_text(a, n->real);
	case NODE_MAP:
	case NODE_NULL:
		break;
	}
	return json_write(a, n, JSON_COMPACT);
}

static const char *cell_text(const struct app *app, const struct column *c, const struct node *row)
{
	const char *text = value_text(app, c, node_at(row, c->path));

	if (!text || !*text)
		text = c->if_missing ? c->if_missing : "";
	return str_printable(app->arena, text, false);
}

static bool is_shown(const struct app *app, const struct column *c)
{
	return app->form == OUTPUT_WIDE || !(c->flags & COLUMN_WIDE);
}

static const char *cell_color(const struct app *app, const struct column *c, const char *text)
{
	enum term_color color = c->flags & COLUMN_STATUS ? term_status_color(text) : TERM_PLAIN;

	return app->color_out && color != TERM_PLAIN ? term_color(true, color) : NULL;
}

/* The rows of @doc: the children of a list, or @doc itself. */
static const struct node *rows_of(const struct node *doc, const struct view *view, bool *ret_single)
{
	const struct node *rows = view->rows ? node_at(doc, view->rows) : doc;

	*ret_single = rows && rows->kind == NODE_MAP;
	return *ret_single ? rows : node_first(rows);
}

static void print_table(struct app *app, const struct node *doc, const struct view *view)
{
	vec_of(struct table_column) columns = {0};
	vec_of(struct table_cell) cells = {0};
	bool single = false;
	size_t n_rows = 0;

	for (const struct column *c = view->columns; c->header; c++)
		if (is_shown(app, c))
			*vec_push(app->arena, &columns) =
				(struct table_column){c->header, (c->flags & COLUMN_RIGHT) != 0};
	for (const struct node *row = rows_of(doc, view, &single); row;
	     row = single ? NULL : row->next, n_rows++) {
		for (const struct column *c = view->columns; c->header; c++) {
			if (!is_shown(app, c))
				continue;
			const char *text = cell_text(app, c, row);
			*vec_push(app->arena, &cells) =
				(struct table_cell){text, cell_color(app, c, text)};
		}
	}
	if (!n_rows) {
		if (view->empty)
			term_say(app, "%s", view->empty);
		return;
	}
	if (view->title)
		fprintf(app->out, "%s%s%s\n", term_color(app->color_out, TERM_BOLD), view->title,
			term_color(app->color_out, TERM_PLAIN));
	fputs(table_text(app->arena, columns.at, columns.n, cells.at, n_rows,
			 term_width(fileno(app->out))),
	      app->out);
}

static void print_names(struct app *app, const struct node *doc, const struct view *view)
{
	bool single = false;

	for (const struct node *row = rows_of(doc, view, &single); row;
	     row = single ? NULL : row->next) {
		const struct column column = {.path = view->name ? view->name : "name"};
		const struct node *n = row->kind == NODE_STR ? row : node_at(row, column.path);
		const char *name = value_text(app, &column, n);
		if (name)
			fprintf(app->out, "%s\n", str_printable(app->arena, name, false));
	}
}

static void print_document(struct app *app, const struct node *doc)
{
	/* JSON escapes control characters itself, and so does YAML. */
	fputs(app->form == OUTPUT_YAML ? yaml_write(app->arena, doc)
				       : json_write(app->arena, doc, JSON_PRETTY),
	      app->out);
}

void output_print(struct app *app, const struct node *doc, const struct view *view)
{
	progress_hide(app->progress);
	switch (app->form) {
	case OUTPUT_TABLE:
	case OUTPUT_WIDE:
		print_table(app, doc, view);
		break;
	case OUTPUT_NAME:
		print_names(app, doc, view);
		break;
	case OUTPUT_JSON:
	case OUTPUT_YAML:
		print_document(app, doc);
		break;
	}
	fflush(app->out);
	progress_show(app->progress);
}

void output_text(struct app *app, const struct node *doc, const char *text)
{
	static const struct view names = {0};

	progress_hide(app->progress);
	if (!output_is_data(app)) {
		size_t len = strlen(text);
		fprintf(app->out, "%s%s", str_printable(app->arena, text, true),
			len && text[len - 1] != '\n' ? "\n" : "");
	} else if (app->form == OUTPUT_NAME) {
		print_names(app, doc, &names);
	} else {
		print_document(app, doc);
	}
	fflush(app->out);
	progress_show(app->progress);
}

void output_panel(struct app *app, const struct node *doc, const struct view *view)
{
	if (output_is_data(app))
		return;
	if (view->title)
		fprintf(app->out, "%s%s%s\n", term_color(app->color_out, TERM_BOLD), view->title,
			term_color(app->color_out, TERM_PLAIN));
	for (const struct column *c = view->columns; c->header; c++) {
		const char *text = is_shown(app, c) ? cell_text(app, c, doc) : "";
		const char *color = cell_color(app, c, text);

		if (*text)
			fprintf(app->out, "  %s: %s%s%s\n", c->header, color ? color : "", text,
				color ? term_color(true, TERM_PLAIN) : "");
	}
	fflush(app->out);
}
