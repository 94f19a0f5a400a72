// SPDX-License-Identifier: Apache-2.0
/* Semantic Versioning 2.0.0, as charts and graphs use it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* MAJOR.MINOR.PATCH with optional -PRERELEASE and +BUILD; a leading 'v' is tolerated. */
bool semver_valid(const char *version);

/* True when there is a "-prerelease" part.  @version must be valid. */
bool semver_is_prerelease(const char *version);

/* Precedence of two valid versions: below, equal to or above 0. */
int semver_cmp(const char *x, const char *y);

/*
 * The tag that stands for "the newest": the highest release; without one, the highest
 * pre-release; without any version, "latest" when it is there.  '_' in a tag counts as '+'.
 * NULL when nothing fits.
 */
const char *semver_newest(struct arena *a, const char *const *tags, size_t n);
