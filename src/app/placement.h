// SPDX-License-Identifier: Apache-2.0
/* From settings and options to what placements are judged by. */
#pragma once

#include <stddef.h>

#include "base/attr.h"

struct app;
struct err;
struct placement_intent;

/* Of the installation (settings placement.*); NULL when they say nothing. */
struct err *placement_settings(struct app *app, const struct placement_intent **ret_intent)
	must_check;

/* Of this command (--move-budget, --minimum-gain); NULL when it says nothing. */
const struct placement_intent *placement_asked(struct app *app);

/* The setting clusters.properties, checked: CLUSTER:KEY=VALUE. */
struct err *placement_properties(struct app *app, const char *const **ret_texts, size_t *ret_n)
	must_check;
