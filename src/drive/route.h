// SPDX-License-Identifier: Apache-2.0
/* One object port over several: rules and dashboards may be kept elsewhere than the rest. */
#pragma once

#include "port/object_port.h"

struct route {
	struct object_port world;  /* everything that is not below */
	struct object_port rules;  /* get NULL: the world keeps them */
	struct object_port boards; /* get NULL: nobody keeps dashboards */
	bool boards_in_world;      /* the world does */
};

/* @r lives as long as the port. */
struct object_port route_object_port(struct route *r);
