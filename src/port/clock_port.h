// SPDX-License-Identifier: Apache-2.0
/* Time.  In the simulated world it is virtual, and waiting advances it. */
#pragma once

#include <stdint.h>

struct clock_port {
	/* Milliseconds since 1970-01-01 UTC. */
	int64_t (*now)(void *self);
	/* Wait @ms; returns early when the cancel flag of the driver is raised. */
	void (*sleep)(void *self, int64_t ms);
	void *self;
};
