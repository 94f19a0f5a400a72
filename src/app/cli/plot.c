// SPDX-License-Identifier: Apache-2.0
/*
 * A grid of characters: 'o' is a point, 'O' several at one place, '-' the line, '*' both, '^' what
 * is higher than the grid, which ends where a twentieth of the points is higher.  Both
 * axes begin at zero, because that is where replicas and rates begin.
 */
#include "app/cli/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/cli/term.h"
#include "base/arena.h"
#include "base/str.h"

enum { MARGIN = 10, LEAST_WIDTH = 30, MOST_WIDTH = 100, LEAST_HEIGHT = 6, MOST_HEIGHT = 40 };

struct grid {
	char *cells; /* [rows][columns] */
	size_t rows, columns;
	double x_max, y_max;
};

static size_t within(size_t n, size_t low, size_t high)
{
	return n < low ? low : n > high ? high : n;
}

/* 1, 2 or 5 times a power of ten, not below @x. */
static double round_up(double x)
{
	double unit = pow(10, floor(log10(x)));

	return x <= unit ? unit : x <= 2 * unit ? 2 * unit : x <= 5 * unit ? 5 * unit : 10 * unit;
}

/* The cell of a place, or NULL outside of the grid. */
static char *cell(const struct grid *g, double x, double y)
{
	double c = x / g->x_max * (double)(g->columns - 1);
	double r = y / g->y_max * (double)(g->rows - 1);

	if (!(c > -0.5) || !(r > -0.5) || c > (double)g->columns - 0.5 || r > (double)g->rows - 0.5)
		return NULL;
	return &g->cells[(g->rows - 1 - (size_t)lround(r)) * g->columns + (size_t)lround(c)];
}

static void draw(const struct grid *g, const struct plot *p)
{
	for (size_t i = 0; i < p->n; i++) {
		bool high = p->at[i].y > g->y_max;
		char *c = cell(g, p->at[i].x, high ? g->y_max : p->at[i].y);
		if (c && high)
			*c = '^';
		else if (c)
			*c = "oO"[*c != ' '];
	}
	for (size_t k = 0; k < g->columns; k++) {
		double x = (double)k / (double)(g->columns - 1) * g->x_max;
		char *c = cell(g, x, p->alpha * x + p->beta);
		if (c)
			*c = *c == ' ' ? '-' : '*';
	}
}

static void add_row(struct str *out, const struct grid *g, size_t row, bool color)
{
	char now = ' ';

	for (size_t k = 0; k < g->columns; k++) {
		char c = g->cells[row * g->columns + k];
		char kind = "o-"[c == '-'];

		if (c == ' ')
			kind = now;

		if (kind != now)
			str_add(out, term_color(color, kind == '-' ? TERM_BLUE : TERM_GREEN));
		now = kind;
		str_add_n(out, &c, 1);
	}
	if (now != ' ')
		str_add(out, term_color(color, TERM_PLAIN));
	while (!color && out->len && out->text[out->len - 1] == ' ')
		out->text[--out->len] = '\0';
	str_add(out, "\n");
}

static void add_axis(struct arena *a, struct str *out, const struct grid *g, const struct plot *p)
{
	const char *last = arena_printf(a, "%g %s", g->x_max, p->x_name);
	size_t len = strlen(last), pad = g->columns > len + 1 ? g->columns - len - 1 : 1;

	str_addf(out, "%*s +", MARGIN - 2, "0");
	for (size_t k = 0; k < g->columns; k++)
		str_add(out, "-");
	str_addf(out, "\n%*s0%*s%s\n", MARGIN, "", (int)pad, "", last);
}

static int by_value(const void *p, const void *q)
{
	double a = *(const double *)p, b = *(const double *)q;

	return a < b ? -1 : a > b;
}

/* What 95 % of the points, and the line, do not exceed. */
static double top(struct arena *a, const struct plot *p, double x_max)
{
	double *y = arena_new_n(a, double, p->n);

	for (size_t i = 0; i < p->n; i++)
		y[i] = p->at[i].y;
	qsort(y, p->n, sizeof(*y), by_value);
	return fmax(y[(size_t)ceil(0.95 * (double)p->n) - 1], p->alpha * x_max + p->beta);
}

const char *plot_text(struct arena *a, const struct plot *p)
{
	struct grid g = {.rows = within(p->height, LEAST_HEIGHT, MOST_HEIGHT) | 1,
			 .columns = within(p->width, LEAST_WIDTH, MOST_WIDTH) - MARGIN};
	struct str out = {.a = a};

	for (size_t i = 0; i < p->n; i++)
		g.x_max = fmax(g.x_max, p->at[i].x);
	g.x_max = g.x_max > 0 ? g.x_max + 1 : 1;
	g.y_max = top(a, p, g.x_max);
	g.y_max = g.y_max > 0 ? round_up(g.y_max) : 1;
	g.cells = arena_alloc(a, g.rows * g.columns);
	memset(g.cells, ' ', g.rows * g.columns);
	draw(&g, p);
	str_addf(&out, "%*s %s\n", MARGIN - 2, "", p->y_name);
	for (size_t r = 0; r < g.rows; r++) {
		bool half = r == g.rows / 2;
		double y = g.y_max * (double)(g.rows - 1 - r) / (double)(g.rows - 1);

		if (r == 0 || half)
			str_addf(&out, "%*.4g |", MARGIN - 2, y);
		else
			str_addf(&out, "%*s |", MARGIN - 2, "");
		add_row(&out, &g, r, p->color);
	}
	add_axis(a, &out, &g, p);
	return str_text(&out);
}
