// SPDX-License-Identifier: Apache-2.0
/* What the settings say of scaling: what counts for services that say nothing themselves. */
#pragma once

#include "base/attr.h"
#include "model/graph.h"

struct app;
struct err;

/* ERR_INPUT when the query of the settings is none. */
struct err *scaling_settings(struct app *app, struct scaling *ret_scaling) must_check;
