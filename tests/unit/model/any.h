// SPDX-License-Identifier: Apache-2.0
/* Random values of any shape, made and compared by walking its field table. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "doc/bind.h"

struct any {
	struct arena *a;
	uint64_t state; /* seed */
	unsigned depth;
};

/* Below @n, which is not 0. */
uint64_t any_below(struct any *r, uint64_t n);

/* Fill the zeroed @out. */
void any_value(struct any *r, const struct shape *shape, void *out);

/* Deep comparison; *ret_where names the first member that differs. */
bool any_equal(struct arena *a, const struct shape *shape, const void *x, const void *y,
	       const char **ret_where);
