// SPDX-License-Identifier: Apache-2.0
/*
 * Completion: a short script for the shell that asks the program itself what could come next.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "app/cli/verb.h"
#include "base/vec.h"

struct arena;

struct candidate {
	const char *word, *help; /* help may be NULL */
};

struct candidates {
	vec_of(struct candidate) list;
	/* What the shell shall offer in addition: names of files or directories. */
	bool files, dirs;
	enum arg_kind names; /* what only the state knows: ARG_GRAPH ...; ARG_NONE */
};

/* What may stand for the last of @words (which may be ""); words[0] is the program. */
void completion_of(struct arena *a, const char *const *words, size_t n,
		   struct candidates *ret_candidates);

/* The script for "bash" or "zsh"; NULL for another shell. */
const char *completion_script(const char *shell);
