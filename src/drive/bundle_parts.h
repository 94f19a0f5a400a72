// SPDX-License-Identifier: Apache-2.0
/* Between bundle.c and bundle_read.c. */
#pragma once

#include "base/attr.h"

struct arena;
struct bundle;
struct err;

/* Tell what the files are; sets everything but files and top. */
struct err *bundle_identify(struct arena *a, const char *source, struct bundle *b) must_check;
