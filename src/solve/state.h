// SPDX-License-Identifier: Apache-2.0
/*
 * A partial or complete assignment, with its cost and what is broken kept up to date by every
 * change.  The one place where all constraint kinds are evaluated incrementally.  Internal.
 *
 * Broken constraints come in two kinds: *upper* ones only get worse when items are added
 * (capacity, too many, too far), *lower* ones may be mended by adding more (too few, nothing
 * near).  hurt is a real-valued measure of both, comparable between kinds, for the search to
 * climb down; only the integers decide.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "solve/core.h"

struct arena;

struct state {
	const struct core *c;
	uint32_t *bin; /* [i], SOLVE_NOWHERE while unplaced */
	size_t *pair;  /* [i] valid while placed */
	size_t n_placed;
	int64_t *use;    /* [b][r] */
	int64_t *left;   /* [b][r] transient leftovers, NULL when there are none */
	uint32_t *count; /* [b] items */

	uint32_t *at_place;           /* group counts, see core.group_at */
	uint32_t *n_used;             /* [g] places with any */
	uint32_t *n_members;          /* [g] placed members */
	uint32_t *n_moved;            /* [g] */
	uint32_t *lack;               /* [g] sum over places of members missing to min_per_place */
	uint32_t *wave;               /* [k] groups that count moves with exactly k moved */
	uint32_t worst;               /* the largest k with wave[k] > 0 */
	uint32_t *dep_has, *dep_near; /* dependency units, see core.dep_at */

	size_t moves;
	int64_t balance;      /* the part of total that is SOLVE_BALANCE */
	int64_t total;        /* combined objective of what is placed */
	int64_t upper, lower; /* how much is broken; 0 and 0 is feasible */
	double hurt;
};

void state_init(struct arena *a, const struct core *c, struct state *ret_state);

void state_add(struct state *s, size_t i, size_t pair);
void state_remove(struct state *s, size_t i);

/* Everything out again. */
void state_clear(struct state *s);

/* Place the unplaced items of @bin, ineligible ones stay out. */
void state_load(struct state *s, const uint32_t *bin);

/* What adding @pair of unplaced @i would do to total, upper and hurt. */
struct state_delta {
	int64_t total, upper, lower;
	double hurt;
};
void state_try(struct state *s, size_t i, size_t pair, struct state_delta *ret_delta);

/* Elementary steps of one state_try of @i, for the purse. */
uint64_t state_try_ops(const struct state *s, size_t i);

/* Do only pair costs, capacities and links concern @i?  Then state_shift can tell without a change.
 */
bool state_is_plain(const struct state *s, size_t i);

/* What moving the placed, plain @i to @pair would do. */
void state_shift(const struct state *s, size_t i, size_t pair, struct state_delta *ret_delta);

/* Does @pair of @i fit the capacities?  Cheaper than state_try. */
bool state_fits(const struct state *s, size_t i, size_t pair);

static inline bool state_feasible(const struct state *s)
{
	return s->n_placed == s->c->n && !s->upper && !s->lower;
}
