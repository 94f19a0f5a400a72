// SPDX-License-Identifier: Apache-2.0
/*
 * The problem as the search sees it: one linear cost per pair, cross-references from items to
 * what concerns them, and the purse of work units.  Internal to solve/.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "solve/problem.h"

struct arena;

/* The purse.  One unit is WORK_OPS elementary steps (an addition and a comparison or so). */
enum { WORK_OPS = 2000 };

struct work {
	uint64_t used, limit; /* elementary steps */
	uint64_t next_look;   /* when to look at the flag again */
	const atomic_bool *stop;
	bool stopped;
};

/* Spend @ops; false once the purse is empty or the flag is up. */
static inline bool work_spend(struct work *w, uint64_t ops)
{
	w->used += ops;
	if (w->used >= w->next_look) {
		w->next_look = w->used + 2000 * (uint64_t)WORK_OPS;
		if (w->stop && atomic_load_explicit(w->stop, memory_order_relaxed))
			w->stopped = true;
	}
	return !w->stopped && w->used < w->limit;
}

static inline bool work_left(const struct work *w)
{
	return !w->stopped && w->used < w->limit;
}

/* What is left of the purse. */
static inline uint64_t work_rest(const struct work *w)
{
	return w->used < w->limit ? w->limit - w->used : 0;
}

/* A part of the purse: spends into the same account, with a nearer limit. */
static inline struct work work_part(const struct work *w, uint64_t ops)
{
	struct work part = *w;

	part.limit = ops < work_rest(w) ? w->used + ops : w->limit;
	return part;
}

static inline void work_join(struct work *w, const struct work *part)
{
	w->used = part->used;
	w->next_look = part->next_look;
	w->stopped |= part->stopped;
}

/* A list of uint32 per something: those of x are at[first[x]] .. at[first[x + 1] - 1]. */
struct lists {
	size_t *first;
	uint32_t *at;
};

struct core {
	const struct solve_problem *p;
	size_t n, m, R;
	int64_t w[SOLVE_TERMS]; /* weights with the levels multiplied in */
	const int64_t *cost;    /* [pair] weighted, moves included; NULL: all 0 */
	double *scale;          /* [r] 1 / mean use: makes excesses comparable */
	struct lists link_of;   /* item -> links */
	struct lists group_of;  /* item -> groups */
	struct lists dep_of;    /* group -> dependencies, as group or as needs */
	size_t *group_at; /* group -> offset of its place counts; [n_groups] is their number */
	size_t *dep_at;   /* dependency -> offset of its unit counts */
	bool bin_terms;   /* bin_cost, soft or balance are there */
	bool linear;      /* nothing but pair costs and capacities (move costs included) */
	bool moving;      /* some item has a place now */
	bool transient;
};

/* Fails only for problems solve_problem_check() refuses. */
void core_init(struct arena *a, const struct solve_problem *p, struct core *ret_core);

/* Weights with levels multiplied in; false when they do not fit 62 bits. */
bool core_weights(const struct solve_problem *p, int64_t ret_w[SOLVE_TERMS]);

static inline int64_t core_cost(const struct core *c, size_t pair)
{
	return c->cost ? c->cost[pair] : 0;
}

static inline uint32_t core_now(const struct core *c, size_t i)
{
	return c->moving ? c->p->now[i] : SOLVE_NOWHERE;
}

static inline uint32_t core_place(const uint32_t *place, uint32_t b)
{
	return place ? place[b] : b;
}

/* @x to the 256th: with x = 1 - t / 256 nearly exp(-t), and the same on every machine. */
static inline double core_power256(double x)
{
	for (int i = 0; i < 8; i++)
		x *= x;
	return x;
}

/* A deterministic stream of numbers (xorshift64*), for perturbation. */
static inline uint32_t core_dice(uint64_t *seed, uint32_t sides)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (uint32_t)(((*seed * UINT64_C(2685821657736338717)) >> 32) * sides >> 32);
}
