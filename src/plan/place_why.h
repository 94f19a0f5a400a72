// SPDX-License-Identifier: Apache-2.0
/* Why a service is where it is, why not elsewhere, and what is short when nothing fits. */
#pragma once

#include "base/attr.h"
#include "plan/place_model.h"
#include "solve/solve.h"

/* Verdicts and notes that are known before anything is solved. */
void place_why_init(const struct place_model *m, struct place_why *ret_why);

/* Add a note. */
void place_why_note(struct arena *a, struct place_why *why, const char *text);

/* Reasons of the answer. */
struct err *place_why_fill(const struct place_model *m, const struct solve_answer *answer,
			   const struct placement *p, struct place_why *why) must_check;
