// SPDX-License-Identifier: Apache-2.0
/* Texts that people and servers write: references, addresses, challenges, versions. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/http.h"
#include "drive/oci_auth.h"
#include "drive/oci_ref.h"
#include "drive/semver.h"
#include "drive/url.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		__builtin_trap();
}

static void references(struct arena *a, const char *text)
{
	struct oci_ref ref = {0}, again = {0};

	if (oci_ref_parse(a, text, &ref))
		return;
	must(oci_repo_valid(ref.repo) && (!ref.tag || oci_tag_valid(ref.tag)));
	must(!oci_ref_parse(a, oci_ref_text(a, &ref), &again));
	must(str_eq(ref.host, again.host) && str_eq(ref.repo, again.repo));
	must(str_eq(ref.tag, again.tag) && str_eq(ref.digest, again.digest));
}

static void addresses(struct arena *a, const char *text)
{
	struct url base, u = {0}, again = {0};

	must(!url_parse(a, "http://h:5000/a/b?c", &base));
	if (url_resolve(a, &base, text, &u))
		return;
	must(u.host && u.path[0] == '/' && u.port > 0);
	must(!url_parse(a, url_text(a, &u), &again) && url_same_origin(&u, &again));
	must(str_eq(u.path, again.path));
}

static void challenges(struct arena *a, const char *text)
{
	const struct http_header h = {"WWW-Authenticate", text};
	const struct http_response r = {.status = 401, .headers = &h, .n_headers = 1};
	struct oci_challenge c;

	oci_challenge_read(a, &r, &c);
	must(!c.bearer || c.realm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a scoped_arena = {0};
	const char *text = fuzz_text(&a, data, size);

	references(&a, text);
	addresses(&a, text);
	challenges(&a, text);
	if (semver_valid(text))
		must(semver_cmp(text, text) == 0);
	return 0;
}
