// SPDX-License-Identifier: Apache-2.0
/* The parts of diff(): internal to plan/. */
#pragma once

#include "plan/diff.h"

struct differ {
	struct arena *a;
	const struct desired *d;
	const struct snapshot *s;
	const struct diff_options *o;
	struct steps *steps;
	size_t n_earlier; /* steps of the stages before */
	int64_t *put_of;  /* [item] number of its put step, 0: none */
	int64_t *wait_of; /* [item] number of the step that waits for its readiness, 0: none */
};

/* A new step after the barrier; numbers grow by one. */
struct step *diff_step(struct differ *f, enum step_verb verb);

/* @st waits for step @n too. */
void diff_after(struct arena *a, struct step *st, int64_t n);

/* What plans call a kind: "policy" for PropagationPolicy. */
const char *diff_kind_word(const char *kind);

/* Delete what is ours in the snapshot and not desired. */
void diff_delete(struct differ *f);

/* @st waits for the steps of earlier stages for the same service, item, or the whole graph: two
 * steps never work on one thing at a time. */
void diff_after_earlier(struct differ *f, struct step *st);
