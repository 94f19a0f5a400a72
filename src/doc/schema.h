// SPDX-License-Identifier: Apache-2.0
/* A JSON Schema (draft 2020-12) from the same tables that read the document. */
#pragma once

struct arena;
struct node;
struct shape;

/* The schema of @shape with @title and @id; nested shapes go to $defs. */
struct node *schema_of(struct arena *a, const struct shape *shape, const char *id,
		       const char *title);
