// SPDX-License-Identifier: Apache-2.0
/* Folders and packages on disk. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/node.h"
#include "doc/problems.h"
#include "drive/artifact_parts.h"
#include "drive/file.h"
#include "drive/tarball.h"
#include "model/graph.h"

/* The descriptor's own tables; what services say to each other is plan/check.h's to judge. */
static struct err *check_graph(struct arena *a, const struct bundle *b)
{
	struct problems ps = {.a = a};
	struct node *root = node_new(a, NODE_MAP);
	struct graph g;

	node_set(root, "hdaGraph", node_copy(a, b->meta));
	graph_read(a, root, &g, &ps);
	return problems_err(a, &ps);
}

static struct err *check(struct arena *a, const char *path, const struct bundle *b)
{
	if (b->kind == BUNDLE_OTHER)
		return err_hint(a,
				err_new(a, ERR_INPUT, "'%s' is neither a chart nor a graph", path),
				"A chart has a Chart.yaml, a graph a YAML file with 'hdaGraph'.");
	TRY(bundle_check_names(a, b));
	return b->kind == BUNDLE_CHART ? bundle_check_chart(a, b) : check_graph(a, b);
}

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static struct err *read_package(struct arena *a, const char *path, struct bundle *ret_bundle)
{
	int fd __attribute__((cleanup(close_fd))) = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct tar_reader *r scoped_tar = NULL;

	if (fd < 0)
		return file_err(a, errno, "read", path);
	TRY(tar_open(a, path, NULL, 0, fd, &tar_default_limits, &r));
	return bundle_read_tar(a, path, r, ret_bundle);
}

struct err *artifact_bundle_on_disk(struct arena *a, const char *path, struct bundle *ret_bundle)
{
	struct bundle b = {0};
	struct stat st;

	if (stat(path, &st) != 0)
		return file_err(a, errno, "read", path);
	if (S_ISDIR(st.st_mode))
		TRY(bundle_read_dir(a, path, &b));
	else
		TRY(read_package(a, path, &b));
	TRY(check(a, path, &b));
	*ret_bundle = b;
	return NULL;
}

struct err *artifact_local(void *self, struct arena *a, const char *path,
			   struct local_artifact *ret_local)
{
	struct bundle b = {0};
	(void)self;

	TRY(artifact_bundle_on_disk(a, path, &b));
	const struct bundle_file *d = b.descriptor;
	*ret_local = (struct local_artifact){
		.kind = bundle_kind_word(b.kind),
		.name = b.name,
		.version = b.version,
		.description = b.description,
		.descriptor_name = d ? file_join(a, path, d->path) : NULL,
		.descriptor = d ? d->bytes : NULL,
		.descriptor_size = d ? d->size : 0,
		.n_files = b.n_files,
	};
	return NULL;
}

static struct err *digest_of(struct arena *a, const struct new_file *f, const char **ret_digest)
{
	struct sha256_stream *sha = sha256_open();
	char buf[64 * 1024];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(f->fd, buf, sizeof(buf), at)) > 0) {
		sha256_add(sha, buf, (size_t)n);
		at += n;
	}
	*ret_digest = arena_printf(a, "sha256:%s", sha256_close(sha, a));
	return n < 0 ? file_err(a, errno, "read", f->path) : NULL;
}

struct err *artifact_package(void *self, struct arena *a, const char *dir, const char *dest,
			     const char **ret_path, const char **ret_digest)
{
	struct new_file f scoped_new_file = {.fd = -1};
	const char *path, *digest;
	struct bundle b = {0};
	struct stat st;
	(void)self;

	if (stat(dir, &st) != 0)
		return file_err(a, errno, "read", dir);
	if (!S_ISDIR(st.st_mode))
		return err_new(a, ERR_INPUT, "'%s' is no folder", dir);
	TRY(artifact_bundle_on_disk(a, dir, &b));
	path = file_join(a, dest, arena_printf(a, "%s-%s.tar.gz", b.name, b.version));
	TRY(file_make_dirs(a, dest ? dest : ".", 0755));
	TRY(file_new(a, path, 0644, &f));
	TRY(tar_write(a, bundle_tar_files(a, &b), b.n_files, &f));
	TRY(digest_of(a, &f, &digest));
	TRY(file_keep(a, &f, true));
	*ret_path = path;
	*ret_digest = digest;
	return NULL;
}
