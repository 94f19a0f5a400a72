// SPDX-License-Identifier: Apache-2.0
/* Points and a line through them, drawn with characters that every terminal has.  Points that lie
 * far above the others are '^' at the upper edge. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "plan/profile.h"

struct arena;

struct plot {
	const struct profile_point *at;
	size_t n;
	double alpha, beta;          /* the line */
	const char *x_name, *y_name; /* "replicas", "requests/s" */
	size_t width, height;        /* characters in all; small ones are widened */
	bool color;
};

/* Lines that end with a newline; at least one point is given. */
const char *plot_text(struct arena *a, const struct plot *p);
