// SPDX-License-Identifier: Apache-2.0
/* The charts of a graph, looked at side by side. */
#pragma once

#include "engine/observe.h"

struct err *observe_charts(struct engine *e, struct arena *a, const struct observe_want *want,
			   struct snapshot *s) must_check;
