// SPDX-License-Identifier: Apache-2.0
/* Doing the same again and again, for hours or months. */
#pragma once

#include <stdint.h>

#include "base/attr.h"

struct app;
struct err;

struct rounds {
	int64_t every_ms; /* 0: once */
	/* With app->arena of its own: what is allocated there is gone after the round. */
	struct err *(*look)(struct app *app, void *self);
	void *self;
};

/*
 * Until interrupted (ERR_CANCELLED) or an error that the next round would meet as well; others are
 * told as warnings.  Once: whatever the error is.  Time passes in a simulated world, too.
 */
struct err *rounds_run(struct app *app, const struct rounds *r) must_check;
