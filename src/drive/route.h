// SPDX-License-Identifier: Apache-2.0
/* One object port over several: rules and dashboards may be kept elsewhere than the rest. */
#pragma once

#include "base/attr.h"
#include "port/object_port.h"

struct route {
	struct object_port world;  /* everything that is not below */
	struct object_port rules;  /* get NULL: the world keeps them */
	struct object_port boards; /* get NULL: nobody keeps dashboards */
	bool boards_in_world;      /* the world does */
	/* Who keeps objects of @kind in a place where they go no more. */
	struct err *(*former)(void *self, struct arena *a, const char *kind, const char *place,
			      struct object_port *ret_port)must_check;
	void *self;
};

/* @r lives as long as the port. */
struct object_port route_object_port(struct route *r);
