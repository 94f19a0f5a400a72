// SPDX-License-Identifier: Apache-2.0
#include "drive/chart_store.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/artifact.h"
#include "drive/chart_archive.h"
#include "drive/file.h"
#include "drive/helm_cmd.h"
#include "drive/http.h"
#include "drive/http_retry.h"
#include "drive/oci_ref.h"
#include "drive/url.h"

enum {
	CHART_MAX = 20 << 20, /* bytes of a .tgz; HTTP_BODY_MAX may be less for addresses */
	PACK_MS = 60000,
	HURRY_MS = 2000, /* without an answer, where nothing waits for it */
};

struct chart_store {
	struct chart_store_settings settings;
	bool impatient; /* for the call that is being made */
};

struct err *chart_store_open(struct arena *a, const struct chart_store_settings *settings,
			     struct chart_store **ret_store)
{
	struct chart_store *s = arena_new(a, struct chart_store);

	TRY(file_make_dirs(a, settings->dir, 0700));
	s->settings = *settings;
	*ret_store = s;
	return NULL;
}

/* ---- the folder ---- */

static const char *kept_path(struct chart_store *s, struct arena *a, const char *digest)
{
	return arena_printf(a, "%s/%s.tgz", s->settings.dir, digest + strlen("sha256:"));
}

/* *ret_file untouched when it is not there, or not what its name says. */
static bool find_kept(struct chart_store *s, struct arena *a, const char *digest,
		      struct chart_file *ret_file)
{
	struct chart_file f = {.path = kept_path(s, a, digest), .digest = digest};

	if (file_read(a, f.path, CHART_MAX, &f.bytes, &f.size))
		return false;
	if (!str_eq(sha256_hex(a, f.bytes, f.size), digest + strlen("sha256:")))
		return false;
	*ret_file = f;
	return true;
}

static struct err *keep(struct chart_store *s, struct arena *a, const char *bytes, size_t size,
			struct chart_file *ret_file)
{
	struct chart_file f = {.bytes = bytes, .size = size};

	f.digest = arena_printf(a, "sha256:%s", sha256_hex(a, bytes, size));
	f.path = kept_path(s, a, f.digest);
	if (!find_kept(s, a, f.digest, &f))
		TRY(file_write(a, f.path, 0600, bytes, size));
	*ret_file = f;
	return NULL;
}

/* ---- a folder for helm to write into ---- */

struct workdir {
	char *path; /* NULL: none */
};

static void workdir_done(struct workdir *w)
{
	DIR *d = w->path ? opendir(w->path) : NULL;

	for (struct dirent *e; d && (e = readdir(d));)
		unlinkat(dirfd(d), e->d_name, 0); /* "." and ".." refuse */
	if (d)
		closedir(d);
	if (w->path)
		rmdir(w->path);
}

static struct err *workdir_open(struct chart_store *s, struct arena *a, struct workdir *w)
{
	char *path = arena_printf(a, "%s/new-XXXXXX", s->settings.dir);

	if (!mkdtemp(path))
		return err_new(a, ERR_GENERIC, "cannot write to '%s'", s->settings.dir);
	w->path = path;
	return NULL;
}

/* The bytes of the one .tgz in @w. */
static struct err *take_archive(struct arena *a, const struct workdir *w, const char **ret_bytes,
				size_t *ret_size)
{
	DIR *d = opendir(w->path);
	const char *path = NULL;

	for (struct dirent *e; d && (e = readdir(d));)
		if (str_ends(e->d_name, ".tgz"))
			path = arena_printf(a, "%s/%s", w->path, e->d_name);
	if (d)
		closedir(d);
	if (!path)
		return err_new(a, ERR_REMOTE, "helm wrote no chart");
	return file_read(a, path, CHART_MAX, ret_bytes, ret_size);
}

/* ---- registries ---- */

static struct err *pull(struct chart_store *s, struct arena *a, const char *ref,
			const char **ret_bytes, size_t *ret_size)
{
	const struct chart_store_settings *w = &s->settings;
	const struct artifact_config config = {
		.oci = {.logins = {w->own_logins, &w->registry_config, w->registry_config ? 1 : 0},
			.insecure = w->insecure,
			.n_insecure = w->n_insecure,
			.all_insecure = w->all_insecure,
			.ca = w->ca,
			.connect_ms = s->impatient ? HURRY_MS : 0,
			.stall_ms = s->impatient ? HURRY_MS : 0,
			.retry = {.attempts = s->impatient ? 1 : 0},
			.cancel = w->cancel},
		.cache = file_join(a, w->dir, "registry"),
	};
	struct artifacts x scoped_artifacts = {0};
	struct chart_artifact chart;

	artifacts_open(&x, a, &config);
	struct artifact_port port = artifacts_port(&x);
	TRY(port.chart(port.self, a, ref, NULL, &chart));
	return file_read(a, chart.path, CHART_MAX, ret_bytes, ret_size);
}

/* ---- addresses of archives ---- */

static struct err *download(struct chart_store *s, struct arena *a, const char *address,
			    const char **ret_bytes, size_t *ret_size)
{
	struct http h scoped_http = {0};
	struct http_retry retry = {.attempts = s->impatient ? 1 : 0};
	struct url url;

	http_open(&h, s->settings.cancel);
	TRY(url_parse(a, address, &url));
	for (int hops = 0; hops < 6; hops++) {
		struct http_request req = {.url = url_text(a, &url),
					   .plain_ok = !url.tls,
					   .connect_ms = s->impatient ? HURRY_MS : 0,
					   .stall_ms = s->impatient ? HURRY_MS : 0};
		struct http_response r;

		TRY(http_send_retrying(&h, a, &req, &retry, &r));
		const char *to = http_header(&r, "Location");
		if (r.status >= 301 && r.status <= 308 && r.status != 304 && to) {
			bool was_tls = url.tls;

			TRY(url_resolve(a, &url, to, &url));
			if (was_tls && !url.tls)
				return err_new(a, ERR_REMOTE, "'%s' leads to plain HTTP", address);
			continue;
		}
		TRY(http_status_err(a, &r, url_authority(a, &url)));
		*ret_bytes = r.body;
		*ret_size = r.body_size;
		return NULL;
	}
	return err_new(a, ERR_REMOTE, "'%s' redirects without end", address);
}

/* ---- local charts ---- */

static struct err *pack_folder(struct chart_store *s, struct arena *a, const char *folder,
			       const char **ret_bytes, size_t *ret_size)
{
	struct workdir w __attribute__((cleanup(workdir_done))) = {0};
	const char *packed;
	size_t size;

	TRY(workdir_open(s, a, &w));
	const char *args[] = {"package", arena_printf(a, "--destination=%s", w.path), folder, NULL};
	struct helm_call call = {.args = args, .timeout_ms = PACK_MS};
	TRY(helm_run(s->settings.helm, a, &call, NULL));
	TRY(take_archive(a, &w, &packed, &size));
	const char *settled = arena_printf(a, "%s/settled", w.path);
	TRY(chart_archive_settle(a, packed, size, settled));
	return file_read(a, settled, CHART_MAX, ret_bytes, ret_size);
}

static struct err *local(struct chart_store *s, struct arena *a, const char *ref,
			 const char **ret_bytes, size_t *ret_size)
{
	char *full = realpath(str_starts(ref, "file://") ? ref + strlen("file://") : ref, NULL);
	const char *path = arena_strdup(a, full);
	struct stat st;

	free(full);
	if (!path || stat(path, &st) != 0)
		return err_hint(a, err_new(a, ERR_NOT_FOUND, "there is no chart '%s'", ref),
				"Write oci://REGISTRY/NAME, the path of a chart folder, or that of "
				"a .tgz.");
	/* Helm would first read whatever is in it. */
	if (S_ISDIR(st.st_mode) && access(file_join(a, path, "Chart.yaml"), F_OK) != 0)
		return err_new(a, ERR_INPUT, "'%s' is no chart: it has no Chart.yaml", ref);
	if (S_ISDIR(st.st_mode))
		return err_wrap(a, pack_folder(s, a, path, ret_bytes, ret_size), "chart '%s'", ref);
	return file_read(a, path, CHART_MAX, ret_bytes, ret_size);
}

/* ---- all of them ---- */

/* "registry.example:5000/shop/web", as some write it: the host of a registry in front, and no such
 * file here. */
static bool names_registry(struct arena *a, const char *ref)
{
	const char *slash = strchr(ref, '/');
	const char *host = slash ? arena_strndup(a, ref, (size_t)(slash - ref)) : "";

	return *host && *host != '.' && strpbrk(host, ".:") && access(ref, F_OK) != 0;
}

static bool is_web(const char *ref)
{
	return str_starts(ref, "http://") || str_starts(ref, "https://");
}

static bool is_local(struct arena *a, const char *ref)
{
	return !is_web(ref) && !oci_ref_has_scheme(ref) &&
	       (strstr(ref, "://") || !names_registry(a, ref));
}

static struct err *fetch_now(struct chart_store *s, struct arena *a, const char *ref,
			     const char **ret_bytes, size_t *ret_size)
{
	bool web = is_web(ref);

	if (is_local(a, ref))
		return local(s, a, ref, ret_bytes, ret_size);
	if (web && str_ends(ref, ".tgz"))
		return err_wrap(a, download(s, a, ref, ret_bytes, ret_size), "chart '%s'", ref);
	if (!web && !oci_ref_has_scheme(ref))
		ref = arena_printf(a, "oci://%s", ref);
	return pull(s, a, ref, ret_bytes, ret_size);
}

struct err *chart_store_fetch(struct chart_store *s, struct arena *a, const char *ref,
			      const char *pin, struct chart_file *ret_file)
{
	struct chart_file f;
	const char *bytes = NULL;
	size_t size = 0;

	if (pin && !oci_digest_valid(pin))
		return err_new(a, ERR_INPUT, "'%s' is no digest of a chart",
			       str_printable(a, pin, false));
	if (pin && find_kept(s, a, pin, ret_file))
		return NULL;
	if (!ref || !*ref)
		return err_new(a, ERR_INPUT, "there is no reference to a chart");
	TRY(fetch_now(s, a, ref, &bytes, &size));
	TRY(keep(s, a, bytes, size, &f));
	if (pin && !str_eq(f.digest, pin))
		return err_hint(a,
				err_new(a, ERR_CONFLICT,
					"chart '%s' is not what it was: now %s, planned "
					"with %s",
					ref, f.digest, pin),
				"Plan again, or refer to a version that does not change.");
	*ret_file = f;
	return NULL;
}

struct err *chart_store_digest(struct chart_store *s, struct arena *a, const char *ref, bool hurry,
			       const char **ret_digest)
{
	const char *bytes;
	size_t size;

	if (hurry && is_local(a, ref)) {
		*ret_digest = NULL;
		return NULL;
	}
	s->impatient = true;
	struct err *e = fetch_now(s, a, ref, &bytes, &size);
	s->impatient = false;
	TRY(e);
	*ret_digest = arena_printf(a, "sha256:%s", sha256_hex(a, bytes, size));
	return NULL;
}
