// SPDX-License-Identifier: Apache-2.0
/* Label selectors, for those who keep objects that no API server filters. */
#pragma once

#include <stdbool.h>

struct arena;
struct node;

/* "a=b,c!=d,e,!f": all of it holds for the labels of @object.  @selector NULL: everything does. */
bool selector_matches(struct arena *a, const struct node *object, const char *selector);

/* What @selector wants the label @key to be, or NULL. */
const char *selector_value(struct arena *a, const char *selector, const char *key);
