// SPDX-License-Identifier: Apache-2.0
/* The parts that graph_shape is made of: internal to model/. */
#pragma once

#include "doc/bind.h"

/* graph_text.c: one value in every spelling that was ever seen.  The member's type is in brackets.
 */
extern const struct custom loose_bool;      /* true, "False", yes, 0 ... (bool) */
extern const struct custom loose_text;      /* text; a number with a warning (const char *) */
extern const struct custom graph_id;        /* a DNS-1123 label (const char *) */
extern const struct custom service_id;      /* the same, 53 characters at most (const char *) */
extern const struct custom cpu_level;       /* a level or a quantity (const char *) */
extern const struct custom bytes_level;     /* (const char *) */
extern const struct custom duration_text;   /* of Prometheus (const char *) */
extern const struct custom resource_name;   /* an extended resource (const char *) */
extern const struct custom chart_reference; /* (const char *) */
extern const struct custom chart_values;    /* a mapping (struct node *) */

/* `x: true` for `x: {enabled: true}`. */
struct node *enabled_rewrite(struct arena *a, const struct node *n);
struct node *enabled_schema(struct arena *a);
extern const struct shape enabled_shape; /* one bool */

/* graph_links.c: ids of services.  The member is the whole struct. */
extern const struct custom connection_points;    /* of struct service; adds to what is there */
extern const struct custom trigger_dependencies; /* of struct trigger */

struct graph;
/* Give the 0/1 flags of old descriptors, kept by connection_points, the ids they stand for. */
void connection_flags_resolve(struct arena *a, struct graph *g, struct problems *ps);

/* graph_trigger.c */
extern const struct shape trigger_shape;

/* graph_intents.c */
extern const struct shape network_shape, co_location_shape, ha_shape; /* of struct service ... */
extern const struct shape graph_intent_shape;

/* graph_scaling.c */
extern const struct shape scaling_shape;
