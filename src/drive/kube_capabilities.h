// SPDX-License-Identifier: Apache-2.0
/* What a Kubernetes server is and serves: what charts see as .Capabilities. */
#pragma once

#include <stddef.h>

#include "base/attr.h"

struct arena;
struct err;
struct kube;

struct kube_capabilities {
	const char *version; /* "v1.35.8" */
	const char **apis;   /* "apps/v1" and "apps/v1/Deployment"; sorted */
	size_t n_apis;
};

/*
 * Asked from the server each time.  What it served lately is kept in the file @known (or NULL) with
 * the server's own word for that state of it (ETag), and is not sent and read again while it holds.
 */
struct err *kube_capabilities(struct kube *k, struct arena *a, const char *known,
			      struct kube_capabilities *ret_capabilities) must_check;
