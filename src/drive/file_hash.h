// SPDX-License-Identifier: Apache-2.0
/*
 * The SHA-256 of a file while it is being written, by a thread of its own: hashing takes as long as
 * receiving, and so both go on side by side.
 */
#pragma once

#include <stdint.h>

struct arena;
struct file_hash;

/* Of the file @fd from its start; nothing is read before file_hash_grow(). */
struct file_hash *file_hash_begin(int fd);

/* The first @size bytes have been written and will not change. */
void file_hash_grow(struct file_hash *h, int64_t size);

/* Wait for the rest; 64 hex digits, or NULL when the file could not be read.  Frees @h. */
const char *file_hash_end(struct file_hash *h, struct arena *a);

/* Give up.  NULL is fine. */
void file_hash_drop(struct file_hash *h);
