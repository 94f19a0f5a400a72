// SPDX-License-Identifier: Apache-2.0
/*
 * What a command says beside its data, in the original's words: SUCCESS:, WARNING:, ERROR:.
 *
 * Success and notes are lines on stdout in text form and vanish when data is wanted; warnings,
 * errors and hints are on stderr always.  Text from outside is made printable here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct app;
struct err;

enum term_color { TERM_PLAIN, TERM_GREEN, TERM_RED, TERM_YELLOW, TERM_BLUE, TERM_DIM, TERM_BOLD };

void term_success(struct app *app, const char *fmt, ...) printf_like(2, 3); /* SUCCESS: */
void term_say(struct app *app, const char *fmt, ...) printf_like(2, 3);     /* as it is */
void term_note(struct app *app, const char *fmt, ...)
	printf_like(2, 3); /* a line on stderr, in text form only */
void term_info(struct app *app, const char *fmt, ...) printf_like(2, 3);    /* with -v, stderr */
void term_warning(struct app *app, const char *fmt, ...) printf_like(2, 3); /* WARNING: */
void term_error(struct app *app, const struct err *e);                      /* ERROR:, hint: */

/*
 * Ask @question with [y/N].  True without asking when --yes.  False (and "Aborted!") for anything
 * but y or yes, and when there is nobody to answer.
 */
bool term_confirm(struct app *app, const char *question);

/* The escape that starts @color when @on, else "".  TERM_PLAIN ends it. */
const char *term_color(bool on, enum term_color color);

/* Columns of the terminal behind @fd; 0 when it is none. */
size_t term_width(int fd);

/* The colour of a status word: green for Running, Ready ..., red for Failed ..., yellow else. */
enum term_color term_status_color(const char *status);
