// SPDX-License-Identifier: Apache-2.0
/* When nothing fits: what is in conflict, and the smallest changes that would end it. */
#pragma once

#include "base/attr.h"
#include "plan/place_model.h"
#include "solve/solve.h"

/* ERR_INFEASIBLE when some service fits no cluster even alone: all such services, all reasons, and
 * what would help. */
struct err *place_why_hopeless(const struct place_model *m) must_check;

/* ERR_INFEASIBLE: what is short together, and what would help; each was tried. */
struct err *place_why_infeasible(const struct place_model *m, const struct solve_options *o,
				 const struct solve_answer *answer) must_check;
