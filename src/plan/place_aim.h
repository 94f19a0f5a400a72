// SPDX-License-Identifier: Apache-2.0
/*
 * What a placement of this graph is judged by.  Who says so, in this order: the command line, the
 * descriptor (hdaGraphIntent.placement), its intents energyEfficiency and highPerformance, the
 * settings of the installation, the default.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/graph.h"

struct place_options;
struct snapshot;

struct place_aim {
	const char *policy;                      /* one of place_policies, or "weights" */
	const char *from;                        /* "descriptor", "settings" ... */
	const struct placement_weights *weights; /* NULL: the order of terms of the policy */
	bool final;          /* nothing moves for a better cost: highAvailability */
	double minimum_gain; /* percent */
	int64_t move_budget;
	bool limit_moves;
	const char *note; /* what a wish could not do, or NULL */
};

void place_aim_of(const struct graph *g, const struct snapshot *s, const struct place_options *o,
		  struct place_aim *ret_aim);

/* True when no cost is looked at but by the method itself: each service in turn. */
bool place_aim_is_greedy(const struct place_aim *aim);

/* True when some cluster tells its carbon, or its prices. */
bool place_knows_carbon(const struct snapshot *s);
bool place_knows_prices(const struct snapshot *s);
