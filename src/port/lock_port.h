// SPDX-License-Identifier: Apache-2.0
/*
 * One changer of a graph at a time on this machine.
 *
 * The lock is held by an open file, which the helm children inherit: while one that outlived us is
 * still running, nobody else starts.  Between machines the lease in the store does the same.
 */
#pragma once

#include <stdint.h>

#include "base/attr.h"

struct arena;
struct err;

struct lock_port {
	/* Wait up to @wait_ms; then ERR_LOCKED, which names the holder. */
	struct err *(*take)(void *self, struct arena *a, const char *graph,
			    int64_t wait_ms)must_check;
	/* Nothing happens when it is not held. */
	void (*drop)(void *self);
	void *self;
};
