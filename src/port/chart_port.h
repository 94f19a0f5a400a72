// SPDX-License-Identifier: Apache-2.0
/* Charts: from a reference to pinned bytes, and from bytes and values to facts. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct arena;
struct chart_facts;
struct err;
struct node;

struct chart_port {
	/*
	 * Fetch @ref (oci://..., an https URL of a .tgz, a local .tgz or chart folder) and render
	 * it with @values as release @release of namespace @namespace_.  @pin is the digest to use
	 * instead of what the tag says now, or NULL.  What was fetched stays in the cache under its
	 * digest, so that release_port installs the very bytes that were looked at.
	 *
	 * ret_facts->service is @release.  ERR_NOT_FOUND, ERR_REMOTE, ERR_TIMEOUT, ERR_INPUT (no
	 * chart, or it does not render with these values).
	 */
	struct err *(*facts)(void *self, struct arena *a, const char *ref, const char *pin,
			     const char *release, const char *namespace_, const struct node *values,
			     struct chart_facts *ret_facts)must_check;
	/*
	 * The digest of what @ref stands for now, looked up with little patience: nothing waits for
	 * it.  @hurry: NULL where that takes work, as with a chart folder, which has to be packed.
	 */
	struct err *(*digest)(void *self, struct arena *a, const char *ref, bool hurry,
			      const char **ret_digest)must_check;
	void *self;
};
