// SPDX-License-Identifier: Apache-2.0
/* A bar for the blob that is on its way: only on a terminal, and gone when it is done. */
#pragma once

#include <stdint.h>

struct app;
struct transfer;

/* Lives in the app's arena.  Draws nothing when stderr is no terminal. */
struct transfer *transfer_new(struct app *app);

/* @done of @total bytes of @what have moved; drawn at most ten times a second. */
void transfer_tell(struct transfer *t, const char *what, int64_t done, int64_t total);

/* Leave the terminal as it was. */
void transfer_end(struct transfer *t);
