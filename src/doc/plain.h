// SPDX-License-Identifier: Apache-2.0
/* What a word that stands in YAML without quotes means. */
#pragma once

struct arena;
struct node;

/*
 * Give the text @n the kind that YAML's core schema gives it: nothing, true or false, a number, or
 * text as before.  NULL, or why it is refused (infinities, numbers beyond a double).
 */
const char *plain_resolve(struct arena *a, struct node *n);
