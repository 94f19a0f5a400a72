// SPDX-License-Identifier: Apache-2.0
/* Everything the engine needs from the world, in one hand.  Filled by app/wire.c. */
#pragma once

#include <stdbool.h>

#include "port/cancel.h"
#include "port/chart_port.h"
#include "port/clock_port.h"
#include "port/cluster_port.h"
#include "port/lock_port.h"
#include "port/object_port.h"
#include "port/release_port.h"
#include "port/store_port.h"
#include "port/watch_port.h"

struct ports {
	struct cluster_port cluster;
	struct object_port object;
	struct release_port release;
	struct chart_port chart;
	struct store_port store;
	struct lock_port lock;
	struct clock_port clock;
	struct watch_port watch;
	struct cancel *cancel; /* or NULL */
	bool simulated;
};
