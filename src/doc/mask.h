// SPDX-License-Identifier: Apache-2.0
/*
 * Documents for other eyes: values that look like secrets become hashes, so that a change of one
 * can be seen and the secret cannot.
 */
#pragma once

struct arena;
struct node;

/*
 * A copy of @n in which scalars under secret-looking keys (password, token, secret, credential,
 * private or API key ...), the `value` beside such a `name`, and the data of objects of kind Secret
 * read "sha256:<16 hex digits>".
 */
struct node *mask_secrets(struct arena *a, const struct node *n);
