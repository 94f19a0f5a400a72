// SPDX-License-Identifier: Apache-2.0
/* Base64 (RFC 4648, the standard alphabet) as kubeconfig files and Kubernetes objects carry it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* False when @text is no base64; white space between the digits is skipped, padding may be left
 * out.  The bytes are NUL-terminated beyond their size. */
bool base64_decode(struct arena *a, const char *text, char **ret_bytes, size_t *ret_size);

const char *base64_encode(struct arena *a, const void *bytes, size_t size);
