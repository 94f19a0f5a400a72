// SPDX-License-Identifier: Apache-2.0
/*
 * Progress of steps, as they happen: rewritten in place on a terminal, a line for each change
 * otherwise, nothing when data is wanted on stdout and stderr is no terminal.
 *
 *     progress_begin(p, 5, "deploying 'demo'");
 *     progress_started(p, 1, "release noise-reduction on edge");
 *     progress_done(p, 1, NULL);
 *     progress_end(p);
 *
 * Steps may be reported from several threads at once.  Everything is written to stderr.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct app;
struct progress;

/* One for each command; lives in the app's arena.  Never fails. */
struct progress *progress_new(struct app *app);

void progress_begin(struct progress *p, size_t n_steps, const char *title);
void progress_started(struct progress *p, int64_t step, const char *what);
/* A running step says where it is: "2 of 3 replicas are ready on edge". */
void progress_note(struct progress *p, int64_t step, const char *note);
void progress_done(struct progress *p, int64_t step, const char *note);
void progress_failed(struct progress *p, int64_t step, const char *why);
void progress_skipped(struct progress *p, int64_t step, const char *why);
/* Leave the terminal as it was; later calls begin anew. */
void progress_end(struct progress *p);

/* Around other output to the terminal: take the live lines away, and put them back.  NULL is fine.
 */
void progress_hide(struct progress *p);
void progress_show(struct progress *p);

/* After the last command: stops what progress_new() started. */
void progress_free(struct progress *p);
