// SPDX-License-Identifier: Apache-2.0
/* One step of a plan, done through the ports of the thread that runs it. */
#pragma once

#include "base/attr.h"
#include "engine/engine.h"
#include "model/plan.h"

struct arena;
struct err;

struct step_context {
	const struct engine *e;
	const struct plan *plan;
	const char *instance;
	/* Called while waiting, from the worker's thread; may be NULL. */
	void (*note)(void *self, const struct step *step, const char *text);
	void *self;
};

/* Idempotent: doing it again ends in the same world. */
struct err *step_run(const struct step_context *c, struct arena *a, struct ports *ports,
		     const struct step *step) must_check;
