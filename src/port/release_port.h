// SPDX-License-Identifier: Apache-2.0
/* Helm releases. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;
struct err;
struct release;
struct release_want;
struct text_pair;

struct release_port {
	/*
	 * Releases of @namespace_ (NULL: all), pending and failed ones too, newest revision of
	 * each, sorted by namespace and name; ours have their labels filled in.
	 */
	struct err *(*list)(void *self, struct arena *a, const char *namespace_,
			    struct release **ret_releases, size_t *ret_n)must_check;

	/*
	 * Install, or upgrade when it exists; idempotent.  @labels go onto the release.  A release
	 * that is stuck (killed in the middle) is recovered first.  ERR_TIMEOUT after @timeout_ms.
	 * A release that exists without our labels is ERR_CONFLICT unless @adopt.
	 */
	struct err *(*put)(void *self, struct arena *a, const struct release_want *want,
			   const struct text_pair *labels, size_t n_labels, int64_t timeout_ms,
			   bool adopt)must_check;

	/* Gone already is success. */
	struct err *(*remove)(void *self, struct arena *a, const char *namespace_, const char *name,
			      int64_t timeout_ms)must_check;
	void *self;
};
