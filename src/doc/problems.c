// SPDX-License-Identifier: Apache-2.0
#include "doc/problems.h"

#include <stdarg.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum { MAX_PROBLEMS = 1000 };

struct problem *problems_add(struct problems *ps, enum severity severity, struct mark at,
			     const char *code, const char *fmt, ...)
{
	va_list ap;

	if (severity == SEVERITY_ERROR)
		ps->n_errors++;
	struct problem *p = ps->list.n < MAX_PROBLEMS ? vec_push(ps->a, &ps->list)
						      : arena_new(ps->a, struct problem);
	va_start(ap, fmt);
	const char *msg = arena_vprintf(ps->a, fmt, ap);
	va_end(ap);
	*p = (struct problem){severity, at, code, str_printable(ps->a, msg, false), NULL};
	return p;
}

static int mark_cmp(const struct mark *x, const struct mark *y)
{
	if (!x->line || !y->line)
		return (x->line == 0) - (y->line == 0);
	int c = str_cmp(x->source, y->source);
	if (c)
		return c;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (x->column > y->column) - (x->column < y->column);
}

/* Insertion sort: stable, and quick on what is nearly in order. */
void problems_sort(struct problems *ps)
{
	for (size_t i = 1; i < ps->list.n; i++) {
		struct problem p = ps->list.at[i];
		size_t j = i;
		for (; j > 0 && mark_cmp(&ps->list.at[j - 1].at, &p.at) > 0; j--)
			ps->list.at[j] = ps->list.at[j - 1];
		ps->list.at[j] = p;
	}
}

static const char *position(struct arena *a, const struct problem *p)
{
	if (!p->at.line)
		return "";
	return arena_printf(a, "%s:%u:%u: ", p->at.source, p->at.line, p->at.column);
}

const char *problem_text(struct arena *a, const struct problem *p)
{
	static const char *const words[] = {
		[SEVERITY_ERROR] = "error",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_NOTE] = "note",
	};
	const char *text = arena_printf(a, "%s%s: %s", position(a, p), words[p->severity], p->msg);

	return p->hint ? arena_printf(a, "%s (%s)", text, p->hint) : text;
}

struct err *problems_err(struct arena *a, const struct problems *ps)
{
	struct str all = {.a = a};
	size_t told = 0;

	if (!ps->n_errors)
		return NULL;
	for (size_t i = 0; i < ps->list.n; i++) {
		const struct problem *p = &ps->list.at[i];
		if (p->severity != SEVERITY_ERROR)
			continue;
		if (ps->n_errors == 1) {
			struct err *e = err_new(a, ERR_INPUT, "%s%s", position(a, p), p->msg);
			return p->hint ? err_hint(a, e, "%s", p->hint) : e;
		}
		str_addf(&all, "%s%s%s", told++ ? "\n" : "", position(a, p), p->msg);
		if (p->hint)
			str_addf(&all, " (%s)", p->hint);
	}
	if (told < ps->n_errors)
		str_addf(&all, "%sand %zu more", told ? "\n" : "", ps->n_errors - told);
	return err_new(a, ERR_INPUT, "%s", str_text(&all));
}
