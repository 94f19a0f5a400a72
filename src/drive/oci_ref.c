// SPDX-License-Identifier: Apache-2.0
#include "drive/oci_ref.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/url.h"

enum { SHA256_HEX = 64 };

static const struct {
	const char *prefix;
	enum oci_scheme scheme;
} schemes[] = {
	{"oci://", OCI_SCHEME_ANY},
	{"http://", OCI_SCHEME_PLAIN},
	{"https://", OCI_SCHEME_TLS},
};

static bool lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool tag_char(char c)
{
	return lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '-';
}

/* Between two runs of letters: one '.', one or two '_', any number of '-'. */
static bool valid_separator(const char *s, size_t len)
{
	return (len == 1 && (*s == '.' || *s == '_')) || (len == 2 && memcmp(s, "__", 2) == 0) ||
	       (len > 0 && strspn(s, "-") >= len);
}

static bool valid_component(const char *s, size_t len)
{
	size_t i = 0;

	while (i < len) {
		size_t from = i;

		while (i < len && lower_or_digit(s[i]))
			i++;
		if (i == from)
			return false;
		if (i == len)
			return true;
		from = i;
		while (i < len && !lower_or_digit(s[i]))
			i++;
		if (!valid_separator(s + from, i - from))
			return false;
	}
	return false;
}

bool oci_repo_valid(const char *repo)
{
	if (strlen(repo) > OCI_REPO_MAX)
		return false;
	for (;;) {
		size_t len = strcspn(repo, "/");

		if (!valid_component(repo, len))
			return false;
		if (!repo[len])
			return true;
		repo += len + 1;
	}
}

bool oci_tag_valid(const char *tag)
{
	size_t len = strlen(tag);

	if (len == 0 || len > OCI_TAG_MAX || tag[0] == '.' || tag[0] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!tag_char(tag[i]))
			return false;
	return true;
}

bool oci_digest_valid(const char *digest)
{
	return str_starts(digest, "sha256:") && strlen(digest) == 7 + SHA256_HEX &&
	       strspn(digest + 7, "0123456789abcdef") == SHA256_HEX;
}

bool oci_ref_has_scheme(const char *text)
{
	for (size_t i = 0; i < countof(schemes); i++)
		if (strncasecmp(text, schemes[i].prefix, strlen(schemes[i].prefix)) == 0)
			return true;
	return false;
}

static struct err *read_host(struct arena *a, const char *rest, size_t len, bool bare,
			     struct oci_ref *ref)
{
	const char *host = arena_strndup(a, rest, len);
	struct url u;

	if (bare && !strpbrk(host, ".:") && !str_eq(host, "localhost"))
		return err_hint(a,
				err_new(a, ERR_INPUT, "'%s' does not begin with a registry's host",
					str_printable(a, rest, false)),
				"Write oci://HOST/PROJECT/NAME.");
	if (strpbrk(host, "?#"))
		return err_new(a, ERR_INPUT, "'%s' is no host name", host);
	TRY(url_parse(a, arena_printf(a, "https://%s/", host), &u));
	ref->host = str_lower(a, host);
	return NULL;
}

/* "path[:tag][@digest]" */
static struct err *read_path(struct arena *a, const char *path, struct oci_ref *ref)
{
	const char *at = strchr(path, '@');
	size_t len = at ? (size_t)(at - path) : strlen(path);
	const char *slash = memrchr(path, '/', len);
	const char *tail = slash ? slash : path;
	const char *colon = memchr(tail, ':', len - (size_t)(tail - path));

	if (at) {
		ref->digest = at + 1;
		if (!oci_digest_valid(ref->digest))
			return err_new(a, ERR_INPUT, "'%s' is no sha256 digest",
				       str_printable(a, ref->digest, false));
	}
	if (colon) {
		ref->tag = arena_strndup(a, colon + 1, len - (size_t)(colon + 1 - path));
		if (!oci_tag_valid(ref->tag))
			return err_new(a, ERR_INPUT, "'%s' is no valid tag",
				       str_printable(a, ref->tag, false));
		len = (size_t)(colon - path);
	}
	ref->repo = arena_strndup(a, path, len);
	if (!oci_repo_valid(ref->repo))
		return err_new(a, ERR_INPUT, "'%s' is no valid repository name",
			       str_printable(a, ref->repo, false));
	return NULL;
}

static struct err *parse(struct arena *a, const char *text, bool prefix_ok, struct oci_ref *ret_ref)
{
	struct oci_ref ref = {.repo = ""};
	const char *rest = text, *path;
	bool bare = true;

	for (size_t i = 0; i < countof(schemes) && bare; i++) {
		if (strncasecmp(text, schemes[i].prefix, strlen(schemes[i].prefix)) != 0)
			continue;
		ref.scheme = schemes[i].scheme;
		rest = text + strlen(schemes[i].prefix);
		bare = false;
	}
	path = strchr(rest, '/');
	TRY(read_host(a, rest, path ? (size_t)(path - rest) : strlen(rest), bare && !prefix_ok,
		      &ref));
	if (path && (path[1] || !prefix_ok)) {
		const char *trimmed = path + 1;

		if (prefix_ok && str_ends(trimmed, "/")) /* "http://host:5000/project/" */
			trimmed = arena_strndup(a, trimmed, strlen(trimmed) - 1);
		TRY(read_path(a, trimmed, &ref));
	} else if (!prefix_ok) {
		return err_new(a, ERR_INPUT, "'%s' names a registry but no artifact in it",
			       str_printable(a, text, false));
	}
	*ret_ref = ref;
	return NULL;
}

struct err *oci_ref_parse(struct arena *a, const char *text, struct oci_ref *ret_ref)
{
	return parse(a, text, false, ret_ref);
}

struct err *oci_ref_parse_prefix(struct arena *a, const char *text, struct oci_ref *ret_ref)
{
	return parse(a, text, true, ret_ref);
}

const char *oci_ref_text(struct arena *a, const struct oci_ref *ref)
{
	struct str s = {.a = a};

	str_addf(&s, "oci://%s", ref->host);
	if (ref->repo[0])
		str_addf(&s, "/%s", ref->repo);
	if (ref->tag)
		str_addf(&s, ":%s", ref->tag);
	if (ref->digest)
		str_addf(&s, "@%s", ref->digest);
	return str_text(&s);
}

const char *oci_tag_of_version(struct arena *a, const char *version)
{
	char *tag = arena_strdup(a, version);

	for (char *c = tag; *c; c++)
		if (*c == '+')
			*c = '_';
	return tag;
}
