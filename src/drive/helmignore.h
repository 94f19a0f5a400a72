// SPDX-License-Identifier: Apache-2.0
/* .helmignore: which files of a chart's folder stay out of its package, by Helm's own rules. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct arena;
struct err;

struct helmignore_rule {
	const char *pattern;
	bool negate, dirs_only;
	bool whole_path; /* matched against the path, not the last part of it */
};

struct helmignore {
	struct helmignore_rule *rules;
	size_t n_rules;
};

/* @text may be "".  Hidden files in templates/ are always left out.  ERR_INPUT for "**". */
struct err *helmignore_read(struct arena *a, const char *text, struct helmignore *ret_ignore)
	must_check;

/*
 * @path is relative to the chart.  A folder that is left out takes with it what is in it.  As in
 * Helm, a rule "!x" leaves out everything that is not x.
 */
bool helmignore_match(const struct helmignore *ignore, const char *path, bool is_dir);
