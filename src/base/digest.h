// SPDX-License-Identifier: Apache-2.0
/* SHA-256 (FIPS 180-4), whole or in pieces; the only user of libcrypto for digests. */
#pragma once

#include <stddef.h>

struct arena;

enum { SHA256_SIZE = 32, SHA256_HEX_LEN = 64 };

/* 64 lower-case hex digits. */
const char *sha256_hex(struct arena *a, const void *data, size_t size);

struct sha256_stream;

/* In pieces: open, add ..., close.  Closing frees the stream; NULL for @a only frees it. */
struct sha256_stream *sha256_open(void);
void sha256_add(struct sha256_stream *s, const void *data, size_t size);
const char *sha256_close(struct sha256_stream *s, struct arena *a);
