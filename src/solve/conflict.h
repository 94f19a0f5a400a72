// SPDX-License-Identifier: Apache-2.0
/* The questions of a conflict: constraints as knobs that can be off or loosened.  Internal. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"
#include "solve/solve.h"

struct knob {
	struct solve_cause cause;
	bool off;
	int64_t more; /* loosened by so much */
};

struct conflict {
	struct arena *a;
	const struct solve_problem *p;
	const struct solve_options *o;
	uint64_t budget, used; /* units */
	uint64_t each;         /* of one question at most */
	vec_of(struct knob) knobs;
	bool *out;      /* [item] does not count */
	bool uncertain; /* some question was not answered */
	bool stopped;
};

enum verdict { FITS, FITS_NOT, WHO_KNOWS };

/*
 * Does the problem have an answer with the knobs as they are?  @ret_bin: where things would go, in
 * @a, when it fits; may be NULL.
 */
enum verdict conflict_ask(struct conflict *c, struct arena *a, uint32_t **ret_bin);

/* The ways out: relaxations of one constraint that is @on, else changes of a bin's capacities. */
void conflict_relax(struct conflict *c, struct arena *a, const bool *on,
		    struct solve_conflict *ret);
