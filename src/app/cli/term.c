// SPDX-License-Identifier: Apache-2.0
/* Every line has an arena of its own, so that any thread may speak. */
#include "app/cli/term.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "app/app.h"
#include "app/cli/progress.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

const char *term_color(bool on, enum term_color color)
{
	static const char *const escapes[] = {
		[TERM_PLAIN] = "\033[0m",   [TERM_GREEN] = "\033[32m", [TERM_RED] = "\033[31m",
		[TERM_YELLOW] = "\033[33m", [TERM_BLUE] = "\033[34m",  [TERM_DIM] = "\033[2m",
		[TERM_BOLD] = "\033[1m",
	};

	return on ? escapes[color] : "";
}

size_t term_width(int fd)
{
	struct winsize size = {0};

	if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0)
		return 0;
	return size.ws_col;
}

/* One message: a coloured word in front, every line of the text made printable. */
static void put(struct app *app, FILE *to, enum term_color color, const char *word,
		const char *text)
{
	struct arena a scoped_arena = {0};
	bool on = to == app->out ? app->color_out : app->color_err;

	progress_hide(app->progress);
	if (to == app->err)
		fflush(app->out);
	if (*word)
		fprintf(to, "%s%s%s ", term_color(on, color), word, term_color(on, TERM_PLAIN));
	fprintf(to, "%s\n", str_printable(&a, text, true));
	fflush(to);
	progress_show(app->progress);
}

static void vput(struct app *app, FILE *to, enum term_color color, const char *word,
		 const char *fmt, va_list ap) printf_like(5, 0);

static void vput(struct app *app, FILE *to, enum term_color color, const char *word,
		 const char *fmt, va_list ap)
{
	struct arena a scoped_arena = {0};

	put(app, to, color, word, arena_vprintf(&a, fmt, ap));
}

void term_success(struct app *app, const char *fmt, ...)
{
	va_list ap;

	if (output_is_data(app))
		return;
	va_start(ap, fmt);
	vput(app, app->out, TERM_GREEN, "SUCCESS:", fmt, ap);
	va_end(ap);
}

void term_say(struct app *app, const char *fmt, ...)
{
	va_list ap;

	if (output_is_data(app))
		return;
	va_start(ap, fmt);
	vput(app, app->out, TERM_PLAIN, "", fmt, ap);
	va_end(ap);
}

void term_note(struct app *app, const char *fmt, ...)
{
	va_list ap;

	if (output_is_data(app))
		return;
	va_start(ap, fmt);
	vput(app, app->err, TERM_PLAIN, "", fmt, ap);
	va_end(ap);
}

void term_info(struct app *app, const char *fmt, ...)
{
	va_list ap;

	if (app->verbose < 1)
		return;
	va_start(ap, fmt);
	vput(app, app->err, TERM_PLAIN, "", fmt, ap);
	va_end(ap);
}

void term_warning(struct app *app, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vput(app, app->err, TERM_YELLOW, "WARNING:", fmt, ap);
	va_end(ap);
}

void term_error(struct app *app, const struct err *e)
{
	put(app, app->err, TERM_RED, "ERROR:", e->msg);
	if (e->hint)
		put(app, app->err, TERM_BLUE, "hint:", e->hint);
	if (e->kind == ERR_BUG)
		put(app, app->err, TERM_BLUE,
		    "hint:", "This is a mistake in smo itself; please report it.");
}

bool term_confirm(struct app *app, const char *question)
{
	struct arena a scoped_arena = {0};
	FILE *to = output_is_data(app) ? app->err : app->out;
	char answer[16] = "";

	if (app->yes)
		return true;
	fprintf(to, "%s [y/N]: ", str_printable(&a, question, false));
	fflush(to);
	bool answered = fgets(answer, sizeof(answer), stdin) != NULL;
	answer[strcspn(answer, "\r\n")] = '\0';
	if (answered &&
	    (str_eq(str_lower(&a, answer), "y") || str_eq(str_lower(&a, answer), "yes")))
		return true;
	fprintf(app->err, "%sAborted!\n", answered ? "" : "\n");
	return false;
}

enum term_color term_status_color(const char *status)
{
	static const struct {
		const char *word;
		enum term_color color;
	} table[] = {
		{"Running", TERM_GREEN},   {"Deployed", TERM_GREEN},   {"Ready", TERM_GREEN},
		{"Healthy", TERM_GREEN},   {"done", TERM_GREEN},       {"Normal", TERM_GREEN},
		{"Failed", TERM_RED},      {"failed", TERM_RED},       {"Not Ready", TERM_RED},
		{"Unhealthy", TERM_RED},   {"Gone", TERM_RED},         {"Pending", TERM_YELLOW},
		{"Degraded", TERM_YELLOW}, {"Deploying", TERM_YELLOW}, {"Warning", TERM_YELLOW},
		{"running", TERM_YELLOW},  {"interrupted", TERM_RED},  {"partial", TERM_RED},
		{"Cordoned", TERM_YELLOW},
	};

	for (size_t i = 0; status && i < countof(table); i++)
		if (str_eq(table[i].word, status))
			return table[i].color;
	return TERM_PLAIN;
}
