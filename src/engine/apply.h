// SPDX-License-Identifier: Apache-2.0
/*
 * Carry a plan out: journalled, several independent steps at a time, resumable.
 *
 * The calling thread keeps the journal and hands ready steps to workers; a worker only talks to the
 * world.  Before a step starts the lease is checked, so that somebody who lost it changes nothing
 * any more.  A failed step lets running ones end and starts no other; a step marked optional is
 * told and passed over.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "engine/engine.h"
#include "model/plan.h"

struct arena;
struct err;

/* An optional step that failed. */
struct apply_skip {
	const struct step *step;
	const struct err *why;
};

struct apply_result {
	const struct apply_skip *skipped; /* [n_skipped] */
	size_t n_done, n_failed, n_skipped, n_left;
	const struct step *failed; /* the first, or NULL */
	const struct err *why;     /* of it */
};

/*
 * @operation: id of the stored operation.  ERR_PARTIAL when a step failed after others were done,
 * the step's own error when none was; ERR_CANCELLED when the user stopped it; the message says
 * which step, what was done and what remains.
 */
struct err *apply(struct engine *e, struct arena *a, const struct plan *plan, const char *operation,
		  struct lease *lease, struct apply_result *ret_result) must_check;
