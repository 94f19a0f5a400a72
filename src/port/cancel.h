// SPDX-License-Identifier: Apache-2.0
/* A flag that says "stop as soon as you can"; raised by a signal handler or another thread. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

struct cancel {
	atomic_bool raised;
};

static inline bool cancelled(struct cancel *c)
{
	return c && atomic_load_explicit(&c->raised, memory_order_relaxed);
}
