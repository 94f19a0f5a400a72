// SPDX-License-Identifier: Apache-2.0
/*
 * What the optimiser answers: where each item goes, what that costs, and how much better any
 * other answer could be at most.
 *
 * Everything lives in the arena given to solve().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "solve/problem.h"

enum solve_status {
	SOLVE_OPTIMAL,    /* proved: bound == total */
	SOLVE_FEASIBLE,   /* within gap of the optimum; the budget ended the search */
	SOLVE_INFEASIBLE, /* proved: no assignment keeps all constraints */
	SOLVE_UNKNOWN,    /* none was found within the budget and none was excluded */
};

struct solve_answer {
	enum solve_status status;
	bool stopped;   /* the stop flag ended it: another run may answer otherwise */
	bool canonical; /* of all optima it is the first: fewest moves, then lowest bins */
	size_t n_items;
	uint32_t *bin;  /* [item]; NULL when there is none */
	int64_t total;  /* weighted sum of terms, levels combined; meaningful with bin */
	int64_t bound;  /* no assignment costs less; INT64_MIN when nothing is known */
	double gap;     /* (total - bound) / max(1, |total|), 0 when optimal, 1 when unknown */
	uint64_t work;  /* units used */
	uint64_t moves; /* items that leave their bin */
	int64_t term[SOLVE_TERMS]; /* unweighted */
};

/* What a constraint is about; indices that do not apply are UINT32_MAX. */
enum solve_rule {
	SOLVE_RULE_NONE,
	SOLVE_RULE_ELIGIBLE,   /* item i may not go to bin b */
	SOLVE_RULE_CAPACITY,   /* bin b has too little of resource r */
	SOLVE_RULE_DISTANCE,   /* link k (group field) is limited in distance */
	SOLVE_RULE_MAX_PER,    /* group: too many in one place */
	SOLVE_RULE_MIN_PER,    /* group: too few in one place */
	SOLVE_RULE_MAX_PLACES, /* group: too many places */
	SOLVE_RULE_MIN_PLACES, /* group: too few places */
	SOLVE_RULE_DEPENDENCY, /* dependency k (group field) has nothing near */
	SOLVE_RULE_MOVES,      /* the move budget */
	SOLVE_RULES
};

struct solve_cause {
	enum solve_rule rule;
	uint32_t item, bin, res, group;
};

/*
 * The independent check: does @bin ([item]) keep every constraint, and what does it cost?
 *
 * Written against the definition in problem.h alone, shares no code with the search.  True when
 * feasible; false with the first broken constraint in @ret_cause.  @ret_term (unweighted) is
 * filled in both cases, unless a bin is out of range.  Both may be NULL.
 */
bool solve_check(const struct solve_problem *p, const uint32_t *bin, struct solve_cause *ret_cause,
		 int64_t ret_term[SOLVE_TERMS]);

/* The objective of @term: levels are combined so that one int64 compares lexicographically. */
int64_t solve_total(const struct solve_problem *p, const int64_t term[SOLVE_TERMS]);

/* @cause in words: "bin 'edge' has too little 'cpu'". */
const char *solve_cause_text(struct arena *a, const struct solve_problem *p,
			     const struct solve_cause *cause);

const char *solve_status_name(enum solve_status status);
const char *solve_term_name(enum solve_term term);
