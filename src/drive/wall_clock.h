// SPDX-License-Identifier: Apache-2.0
/* The time of this machine: fills clock_port. */
#pragma once

#include "port/cancel.h"
#include "port/clock_port.h"

/* Sleeping ends early when @cancel (may be NULL) is raised.  Any number of threads may use it. */
struct clock_port wall_clock_port(struct cancel *cancel);
