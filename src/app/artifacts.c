// SPDX-License-Identifier: Apache-2.0
/* With wire.c and world.c the only file that names drivers. */
#include "app/artifacts.h"

#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/cli/transfer.h"
#include "app/settings.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/read.h"
#include "drive/artifact.h"
#include "drive/file.h"

enum { CA_MAX = 4 << 20, LOGIN_FILES = 3 };

struct artifacts_handle {
	struct artifact_config config;
	const char *files[LOGIN_FILES];
	struct artifacts driver;
	struct transfer *bars;
};

bool artifacts_is_ref(const char *ref)
{
	return oci_ref_has_scheme(ref);
}

/* What docker, helm and others keep their logins in. */
static void add_login_files(struct app *app, struct artifacts_handle *h)
{
	struct oci_login_files *logins = &h->config.oci.logins;
	const char *home = getenv("HOME"), *docker = getenv("DOCKER_CONFIG");
	const char *helm = getenv("HELM_REGISTRY_CONFIG"), *set;

	logins->own = file_join(app->arena, app->dir, "registry.json");
	logins->others = h->files;
	set = settings_text(app->settings, "registry.credentials");
	if (set)
		h->files[logins->n_others++] = set;
	if (docker && docker[0])
		h->files[logins->n_others++] = file_join(app->arena, docker, "config.json");
	if (helm && helm[0])
		h->files[logins->n_others++] = helm;
	else if (home && home[0])
		h->files[logins->n_others++] =
			file_join(app->arena, home, ".config/helm/registry/config.json");
}

struct err *artifacts_authorities(struct app *app, const char *path, struct http_blob *ret_ca)
{
	const char *bytes;
	size_t size;

	if (!path)
		path = settings_text(app->settings, "registry.ca");
	if (!path || !path[0])
		return NULL;
	TRY(file_read(app->arena, path, CA_MAX, &bytes, &size));
	if (!strstr(bytes, "-----BEGIN CERTIFICATE-----"))
		return err_new(app->arena, ERR_INPUT, "'%s' holds no PEM certificate", path);
	*ret_ca = (struct http_blob){bytes, size};
	return NULL;
}

static void tell(void *self, const char *what, int64_t done, int64_t total)
{
	transfer_tell(self, what, done, total);
}

struct err *artifacts_acquire(struct app *app, const struct artifacts_want *want,
			      struct artifacts_handle **ret_handle, struct artifact_port *ret_port)
{
	struct artifacts_handle *h = arena_new(app->arena, struct artifacts_handle);
	struct oci_config *oci = &h->config.oci;

	add_login_files(app, h);
	TRY(artifacts_authorities(app, want->ca_file, &oci->ca));
	oci->n_insecure = settings_list(app->settings, "helm.insecure_registries", &oci->insecure);
	oci->all_insecure =
		!oci->n_insecure && settings_bool(app->settings, "helm.insecure_registry");
	oci->chunk_size = want->chunk_size;
	oci->stall_ms = settings_ms(app->settings, "registry.timeout");
	oci->cancel = app->cancel;
	if (want->progress) {
		h->bars = transfer_new(app);
		oci->progress = (struct oci_progress){tell, h->bars};
	}
	h->config.cache =
		file_join(app->arena, settings_text(app->settings, "cache.dir"), "artifacts");
	artifacts_open(&h->driver, app->arena, &h->config);
	*ret_handle = h;
	*ret_port = artifacts_port(&h->driver);
	return NULL;
}

void artifacts_release(struct artifacts_handle *handle)
{
	if (!handle)
		return;
	if (handle->bars)
		transfer_end(handle->bars);
	artifacts_close(&handle->driver);
}

struct err *artifacts_descriptor(struct app *app, const char *ref, struct node **ret_doc,
				 const char **ret_pinned)
{
	const struct artifacts_want want = {.progress = true};
	struct artifacts_handle *handle;
	struct graph_artifact graph;
	struct artifact_port port;
	struct err *e;

	TRY(artifacts_acquire(app, &want, &handle, &port));
	e = port.graph(port.self, app->arena, ref, &graph);
	artifacts_release(handle);
	TRY(e);
	if (ret_pinned)
		*ret_pinned = graph.ref;
	return doc_read(app->arena, graph.name, graph.text, graph.size, ret_doc);
}
