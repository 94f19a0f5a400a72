// SPDX-License-Identifier: Apache-2.0
/* EVP calls fail only when memory is out or the library has no SHA-256: both end the process. */
#include "base/digest.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "base/arena.h"

static const char *hex(struct arena *a, const unsigned char *digest)
{
	static const char digits[] = "0123456789abcdef";
	char *text = arena_alloc(a, SHA256_HEX_LEN + 1);

	for (size_t i = 0; i < SHA256_SIZE; i++) {
		text[2 * i] = digits[digest[i] >> 4];
		text[2 * i + 1] = digits[digest[i] & 15];
	}
	return text;
}

struct sha256_stream *sha256_open(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx || !EVP_DigestInit_ex(ctx, EVP_sha256(), NULL))
		abort();
	return (struct sha256_stream *)ctx;
}

void sha256_add(struct sha256_stream *s, const void *data, size_t size)
{
	if (!EVP_DigestUpdate((EVP_MD_CTX *)s, data, size))
		abort();
}

const char *sha256_close(struct sha256_stream *s, struct arena *a)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx = (EVP_MD_CTX *)s;
	const char *text = NULL;

	if (a && !EVP_DigestFinal_ex(ctx, digest, NULL))
		abort();
	if (a)
		text = hex(a, digest);
	EVP_MD_CTX_free(ctx);
	return text;
}

const char *sha256_hex(struct arena *a, const void *data, size_t size)
{
	struct sha256_stream *s = sha256_open();

	sha256_add(s, data, size);
	return sha256_close(s, a);
}
