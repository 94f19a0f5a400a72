// SPDX-License-Identifier: Apache-2.0
/*
 * The optimiser: a problem in, an answer with a proven bound out.
 *
 * Pure and deterministic: the same problem and the same budget give the same answer on every
 * machine.  Only the stop flag, raised by somebody else, makes an answer depend on time, and such
 * an answer says so.  docs/optimiser.md tells the method and its sources.
 *
 *     struct solve_options o = {.budget = 2 * SOLVE_SECOND};
 *     TRY(solve(a, &problem, &o, &answer));
 *
 * Ties: lowest cost, then fewest moves, then first-fit order (item 0 in the lowest bin, then item
 * 1 ...).  Proved optima of small problems keep all three (answer.canonical); larger ones the
 * first, and the second where it is cheap.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "solve/answer.h"
#include "solve/problem.h"

/* Work is counted in units of about a microsecond of one thread on a machine of 2024. */
#define SOLVE_SECOND UINT64_C(1000000)

enum solve_method {
	SOLVE_BEST, /* the least cost */
	/*
	 * The original's first placement: items in order, each in the first bin that fits, nothing
	 * reconsidered.  No cost is looked at; hard constraints are kept.
	 */
	SOLVE_FIRST_FIT,
	/*
	 * The original's green heuristic: items in order, each in the fitting bin of least
	 * pair_cost, of equals the fullest (use of resource 0), of equals the lowest.
	 */
	SOLVE_CHEAPEST_FIT,
};

struct solve_options {
	enum solve_method method;
	uint64_t budget;         /* work units; 0: SOLVE_SECOND */
	double enough_gap;       /* stop when the gap is no larger; 0: prove */
	const uint32_t *hint;    /* [item] an assignment to start from, feasible or not, or NULL */
	bool any;                /* stop at the first feasible answer */
	const atomic_bool *stop; /* looked at every few milliseconds, or NULL */
};

/*
 * Solve @p.  Fails with ERR_INPUT for a problem that makes no sense and with ERR_BUG when the
 * answer does not survive solve_check(); infeasibility is an answer, not an error.
 */
struct err *solve(struct arena *a, const struct solve_problem *p, const struct solve_options *o,
		  struct solve_answer *ret_answer) must_check;

/* ---- Why: the answer, explained ------------------------------------------------------------ */

/* Bin @bin for one item, everything else as in the answer. */
struct solve_choice {
	uint32_t bin;
	struct solve_cause excluded; /* rule NONE: it would be allowed */
	int64_t extra;               /* what it would cost more, 0 for the chosen; when allowed */
};

struct solve_item_why {
	uint32_t bin;              /* chosen */
	int64_t term[SOLVE_TERMS]; /* what removing the item would save, by term, unweighted */
	uint32_t runner_up;        /* cheapest other allowed bin, SOLVE_NOWHERE when none is */
	int64_t runner_up_extra;
	struct solve_choice *choice; /* [n_bins] */
};

struct solve_why {
	struct solve_item_why *item; /* [n_items] */
	struct solve_cause *binding; /* capacities, groups and limits with no room for one more */
	size_t n_binding;
};

struct err *solve_explain(struct arena *a, const struct solve_problem *p, const uint32_t *bin,
			  struct solve_why *ret_why) must_check;

/* ---- Why not: the smallest conflict and the smallest ways out ------------------------------- */

/* One change that makes the problem feasible. */
struct solve_relaxation {
	struct solve_cause what; /* CAPACITY: bin, res; ELIGIBLE: item, bin; group rules ... */
	int64_t amount;          /* capacity to add; distance, count or moves to allow */
	double size;             /* amount relative to what is there: they are ranked by it */
	uint32_t *bin;           /* [item] an assignment that it makes possible: the proof */
};

/* One of several changes that only together help. */
struct solve_change {
	struct solve_cause what; /* CAPACITY: bin, res */
	int64_t amount;
};

struct solve_conflict {
	bool proved;               /* the problem is infeasible, not just not solved */
	struct solve_cause *cause; /* irreducible: without any one of them it has an answer */
	size_t n_causes;
	uint32_t *item; /* the items that suffice for the conflict */
	size_t n_items;
	bool irreducible; /* false: the budget ended before each was tried */
	struct solve_relaxation *relaxation;
	size_t n_relaxations; /* smallest first */
	/* Where no single relaxation was found: what one bin lacks, and the assignment that proves
	 * it. */
	struct solve_change *change;
	size_t n_changes;
	uint32_t *change_bin;
};

/* For a problem without an answer; every relaxation was verified by solving again. */
struct err *solve_conflict(struct arena *a, const struct solve_problem *p,
			   const struct solve_options *o, struct solve_conflict *ret_conflict)
	must_check;

/* ---- Order: from where things are to where they shall be ------------------------------------ */

enum solve_step_kind {
	SOLVE_STEP_MOVE,  /* start in @to, then stop in @from: both fit */
	SOLVE_STEP_STOP,  /* stop in @from; away until its START */
	SOLVE_STEP_START, /* start in @to: a new item, or one that was stopped */
};

struct solve_step {
	enum solve_step_kind kind;
	uint32_t item, from, to; /* SOLVE_NOWHERE where it does not apply */
	bool stop_over;          /* a MOVE to a bin that is not the item's last */
};

struct solve_order {
	struct solve_step *step;
	size_t n;
	size_t n_stop_overs, n_downtimes; /* downtime: items that are away for a while */
	size_t away_steps;                /* sum over these of the steps they are away */
};

/*
 * Steps from problem.now to @bin so that after each one no hard capacity is exceeded (during a
 * MOVE the item counts in both bins) and no dependency or distance limit that held is broken.
 * A downtime is used only when no sequence with stop-overs was found.
 */
struct err *solve_order(struct arena *a, const struct solve_problem *p, const uint32_t *bin,
			struct solve_order *ret_order) must_check;
