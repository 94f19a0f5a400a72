// SPDX-License-Identifier: Apache-2.0
/* What a change writes to the store: before its first step, and when it has ended. */
#pragma once

#include "engine/change.h"

/* Graph, services, revision, reservations and operation, in one transaction. */
struct err *change_store_begin(struct engine *e, struct arena *a, const struct change *c,
			       const struct decision *d, const char *operation) must_check;

/* The end of it: states of graph and services, the operation's end; @why NULL: all went well. */
struct err *change_store_end(struct engine *e, struct arena *a, const struct decision *d,
			     const char *operation, const struct err *why) must_check;
