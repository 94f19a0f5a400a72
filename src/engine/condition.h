// SPDX-License-Identifier: Apache-2.0
/* What a change leaves to be known: why the graph is not all that it should be, and a mark on its
 * dashboards. */
#pragma once

#include <stdint.h>

#include "engine/change.h"

/*
 * Conditions of the graph after @d: a list of {type, status, reason, message, since}.  `Degraded`
 * for what failed (@why) and for each kind of step that was passed over.  Never NULL.
 */
struct node *condition_list(struct engine *e, struct arena *a, const struct decision *d,
			    const struct err *why);

/* Tell the dashboards what was done from @began until now.  A failure changes nothing. */
void condition_mark(struct engine *e, struct arena *a, const struct decision *d, int64_t began,
		    const struct err *why);
