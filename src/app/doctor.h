// SPDX-License-Identifier: Apache-2.0
/*
 * What SMO needs from its surroundings, looked at one by one: what was found, and what each lack
 * will cost.  With world.c and wire.c the only file that names drivers.
 */
#pragma once

#include <stdbool.h>

#include "base/attr.h"

struct app;
struct err;
struct node;

/*
 * A list of {check, result: ok|warning|failed, found, cost}; never an error for what is found
 * missing.  *ret_works: nothing that every change needs is missing.
 */
struct err *doctor(struct app *app, struct node **ret_list, bool *ret_works) must_check;
