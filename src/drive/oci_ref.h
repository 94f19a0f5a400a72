// SPDX-License-Identifier: Apache-2.0
/*
 * Names of artifacts in registries, as the OCI distribution specification and Docker write them:
 *
 *	oci://HOST[:PORT]/PATH[:TAG][@sha256:DIGEST]
 *	http://...    the same, and consent to talk plain HTTP with that host
 *	https://...   the same, never plain HTTP
 *	HOST[:PORT]/PATH...   when HOST has a dot or a port, or is localhost
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct arena;
struct err;

enum oci_scheme { OCI_SCHEME_ANY, OCI_SCHEME_PLAIN, OCI_SCHEME_TLS };

struct oci_ref {
	enum oci_scheme scheme;
	const char *host; /* "registry.example" or "registry.example:5000", lower case */
	const char *repo; /* "project/name"; "" when only a host was written and that is allowed */
	const char *tag, *digest; /* or NULL */
};

enum { OCI_TAG_MAX = 128, OCI_REPO_MAX = 255 };

/* ERR_INPUT, quoting what is wrong. */
struct err *oci_ref_parse(struct arena *a, const char *text, struct oci_ref *ret_ref) must_check;

/* A registry only, or a prefix of repositories: PATH may be missing. */
struct err *oci_ref_parse_prefix(struct arena *a, const char *text, struct oci_ref *ret_ref)
	must_check;

/* Does @text look like a reference rather than a file: one of the schemes in front? */
bool oci_ref_has_scheme(const char *text);

/* "oci://host/repo:tag@digest", whatever scheme was written. */
const char *oci_ref_text(struct arena *a, const struct oci_ref *ref);

bool oci_repo_valid(const char *repo);
bool oci_tag_valid(const char *tag);
bool oci_digest_valid(const char *digest); /* sha256 only */

/* A version as a tag: Helm writes '+', which tags must not hold, as '_'. */
const char *oci_tag_of_version(struct arena *a, const char *version);
