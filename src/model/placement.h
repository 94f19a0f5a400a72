// SPDX-License-Identifier: Apache-2.0
/* Which clusters run which service, and with how many replicas. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "doc/bind.h"

struct share {
	const char *cluster;
	int64_t replicas; /* >= 0; 0 means "as many as the chart says" (replicas unknown) */
};

struct service_placement {
	const char *service;
	struct share *shares; /* sorted by cluster; empty: not placed (pending) */
	size_t n_shares;
};

/* Sorted by service. */
struct placement {
	struct service_placement *services;
	size_t n_services;
};

/* A document of its own (apiVersion smo/v1, kind Placement), and as a part of another one. */
extern const struct shape placement_shape, placement_part_shape;
extern const struct shape service_placement_shape;

/* The placement of @service, or NULL. */
const struct service_placement *placement_of(const struct placement *p, const char *service);

/* True when @p has a share on @cluster. */
bool placement_on(const struct service_placement *p, const char *cluster);
