// SPDX-License-Identifier: Apache-2.0
/* Why a service is where it is, and not elsewhere, in words for people.  Internal to plan/. */
#pragma once

#include "plan/place_model.h"
#include "solve/answer.h"

/* The index of the cluster called @name, or n_clusters. */
size_t place_reason_cluster(const struct place_model *m, const char *name);

/* "stays on edge", "only cloud can take it" ... */
const char *place_reason_of(const struct place_model *m, const struct placement *p, size_t v);

/* "0.04 an hour, 5 ms", or NULL when nothing is paid for. */
const char *place_reason_terms(const struct place_model *m, const int64_t term[SOLVE_TERMS]);

/* "0.02 an hour more, 5 ms less", most important first; NULL when nothing differs. */
const char *place_reason_difference(const struct place_model *m, const int64_t term[SOLVE_TERMS]);

/* The first of the differences @term that speaks against cluster @c for item @i, which is on @here;
 * NULL when none does. */
const char *place_reason_dearer(const struct place_model *m, const struct placement *p,
				const int64_t term[SOLVE_TERMS], size_t i, size_t here, size_t c);

/* What forbids a cluster that may run a service, with everything else where it is. */
const char *place_reason_excluded(const struct place_model *m, const struct solve_cause *cause);
