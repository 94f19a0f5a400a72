// SPDX-License-Identifier: Apache-2.0
/* Why a service is where it is, why not elsewhere, and what is short when nothing fits. */
#pragma once

#include "base/attr.h"
#include "plan/place_model.h"
#include "solve/solve.h"

/* Verdicts and notes that are known before anything is solved. */
void place_why_init(const struct place_model *m, struct place_why *ret_why);

/* ERR_INFEASIBLE when some service fits no cluster even alone: all such services, all reasons. */
struct err *place_why_hopeless(const struct place_model *m) must_check;

/* ERR_INFEASIBLE: what is short together, and the smallest changes that would help. */
struct err *place_why_infeasible(const struct place_model *m, const struct solve_options *o,
				 const struct solve_answer *answer) must_check;

/* Reasons of the answer. */
struct err *place_why_fill(const struct place_model *m, const struct solve_answer *answer,
			   const struct placement *p, struct place_why *why) must_check;
