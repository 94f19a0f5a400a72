// SPDX-License-Identifier: Apache-2.0
/* Dashboards as others keep them, and the objects that plans speak of. */
#pragma once

#include <stdbool.h>

struct arena;
struct node;

/* Does the dashboard @board carry @tag? */
bool board_has_tag(const struct node *board, const char *tag);

/* The object of @board (a copy of it is its spec): labels are read from its tags. */
struct node *board_object(struct arena *a, const struct node *board, const char *uid,
			  const char *instance);
