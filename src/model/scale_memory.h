// SPDX-License-Identifier: Apache-2.0
/*
 * What is remembered of one service for scaling and placing it: what was learnt, what was wished
 * and done lately, who set its replicas, and which clusters had no node for its pods.  Kept as a
 * document with the row of the service.
 *
 * Times are milliseconds since 1970 UTC.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "doc/bind.h"

struct arena;
struct node;

/* What a model asked for, before windows and speeds. */
struct scale_wish {
	int64_t at, replicas;
};

struct scale_move {
	int64_t at, from, to;
};

/* A cluster that had no node for some of its pods. */
struct scale_refusal {
	const char *cluster;
	int64_t at; /* when that was seen last */
};

/* A model as `smo profile --save` found it. */
struct scale_learnt {
	double alpha, beta;
	double alpha_low, alpha_high; /* 95 % of such intervals hold the true value */
	int64_t at, points;
};

struct scale_memory {
	const char *by;  /* who set the replicas: "hand", "thresholds", "model"; NULL: nobody */
	int64_t said;    /* what the descriptor said then; 0: nothing */
	bool asleep;     /* they were set to none at all */
	bool given_back; /* they were set, and shall be as if they had not been; until that is done
			  */
	int64_t started; /* when the service was deployed; 0: long ago */
	struct scale_learnt *learnt;
	struct scale_wish *wishes; /* oldest first */
	size_t n_wishes;
	struct scale_move *moves; /* oldest first */
	size_t n_moves;
	struct scale_refusal *refusals;
	size_t n_refusals;
};

extern const struct shape scale_memory_shape;

/* @doc may be NULL; what does not fit the table is as if it were not there. */
struct scale_memory scale_memory_read(struct arena *a, const struct node *doc);

/* NULL when there is nothing to remember. */
struct node *scale_memory_write(struct arena *a, const struct scale_memory *m);

/* A refusal counts for an hour; forget older ones. */
void refusals_forget(struct scale_memory *m, int64_t now);

/* Remember that @cluster had no node for pods of this service at @now, or (@had) that it has. */
void refusals_note(struct arena *a, struct scale_memory *m, const char *cluster, bool had,
		   int64_t now);

/* Forget what happened before @since, and the oldest of more than a thousand. */
void scale_memory_prune(struct scale_memory *m, int64_t since);
