// SPDX-License-Identifier: Apache-2.0
/* The reasons of a placement as text for people; the golden file why.txt. */
#pragma once

#include "model/placement.h"
#include "plan/place.h"

struct arena;

/* "edge", "c1 x2, c2 x1", "-" when it has no place. */
const char *explain_where(struct arena *a, const struct placement *p, const char *service);

const char *explain_text(struct arena *a, const char *graph, const struct placement *p,
			 const struct place_why *why);
