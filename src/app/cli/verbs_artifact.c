// SPDX-License-Identifier: Apache-2.0
/* smo artifact ...: packages, registries, and what is in them. */
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/artifacts.h"
#include "app/cli/args.h"
#include "app/cli/output.h"
#include "app/cli/secret.h"
#include "app/cli/term.h"
#include "app/cli/verbs.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/node.h"
#include "doc/problems.h"
#include "doc/read.h"
#include "doc/yaml.h"
#include "model/graph.h"
#include "plan/check.h"

/* One command with an open port; what it does is @act. */
static struct err *with_port(struct app *app, const struct artifacts_want *want,
			     struct err *(*act)(struct app *, const struct artifact_port *))
{
	struct artifacts_handle *handle = NULL;
	struct artifact_port port;
	struct err *e = artifacts_acquire(app, want, &handle, &port);

	if (!e)
		e = act(app, &port);
	artifacts_release(handle);
	return e;
}

static struct err *with_registry(struct app *app,
				 struct err *(*act)(struct app *, const struct artifact_port *))
{
	const struct artifacts_want want = {
		.ca_file = args_text(app->args, "ca-file"),
		.progress = true,
	};

	return with_port(app, &want, act);
}

/* ---- package ---- */

/* What services say to each other; the port has checked the rest. */
static struct err *check_graph(struct app *app, const struct local_artifact *local)
{
	struct problems ps = {.a = app->arena};
	struct node *root;
	struct graph g;

	TRY(doc_read(app->arena, local->descriptor_name, local->descriptor, local->descriptor_size,
		     &root));
	graph_read(app->arena, root, &g, &ps);
	if (!ps.n_errors)
		graph_check(app->arena, &g, &ps);
	for (size_t i = 0; i < ps.list.n; i++)
		if (ps.list.at[i].severity == SEVERITY_WARNING)
			term_warning(app, "%s", problem_text(app->arena, &ps.list.at[i]));
	return problems_err(app->arena, &ps);
}

static struct err *package_act(struct app *app, const struct artifact_port *port)
{
	const char *dir = args_operand(app->args, 0), *path, *digest;
	struct node *doc = node_new(app->arena, NODE_MAP);
	struct local_artifact local;

	TRY(port->local(port->self, app->arena, dir, &local));
	if (str_eq(local.kind, "graph"))
		TRY(check_graph(app, &local));
	TRY(port->package(port->self, app->arena, dir, args_text(app->args, "destination"), &path,
			  &digest));
	node_set_str(app->arena, doc, "kind", local.kind);
	node_set_str(app->arena, doc, "name", local.name);
	node_set_str(app->arena, doc, "version", local.version);
	node_set_str(app->arena, doc, "path", path);
	node_set_str(app->arena, doc, "digest", digest);
	output_text(app, doc,
		    arena_printf(app->arena, "Packaged %s '%s' %s: %s", local.kind, local.name,
				 local.version, path));
	return NULL;
}

static struct err *package_run(struct app *app)
{
	const struct artifacts_want nothing_remote = {0};

	return with_port(app, &nothing_remote, package_act);
}

/* ---- push, pull, remove ---- */

static struct err *push_act(struct app *app, const struct artifact_port *port)
{
	const struct artifact_push what = {
		.file = args_operand(app->args, 0),
		.ref = args_operand(app->args, 1),
		.mount_from = args_text(app->args, "mount-from"),
		.force = args_flag(app->args, "force"),
		.dry_run = args_flag(app->args, "dry-run"),
	};
	struct node *doc = node_new(app->arena, NODE_MAP);
	struct artifact_pushed done;

	TRY(port->push(port->self, app->arena, &what, &done));
	node_set_str(app->arena, doc, "ref", done.ref);
	node_set_str(app->arena, doc, "digest", done.digest);
	node_set_str(app->arena, doc, "kind", done.kind);
	node_set_str(app->arena, doc, "name", done.name);
	node_set_str(app->arena, doc, "version", done.version);
	node_set_int(app->arena, doc, "size", done.size);
	node_set_bool(app->arena, doc, "unchanged", done.unchanged);
	node_set_bool(app->arena, doc, "dryRun", what.dry_run);
	node_set_int(app->arena, doc, "blobsSent", (int64_t)done.n_sent);
	node_set_int(app->arena, doc, "blobsPresent", (int64_t)done.n_there);
	output_text(app, doc,
		    arena_printf(app->arena, "%s %s",
				 done.unchanged ? "Unchanged:"
				 : what.dry_run ? "Would push:"
						: "Pushed:",
				 done.ref));
	return NULL;
}

static struct err *push_run(struct app *app)
{
	const struct artifacts_want want = {
		.ca_file = args_text(app->args, "ca-file"),
		.chunk_size = args_int(app->args, "chunk-size") << 20,
		.progress = true,
	};

	return with_port(app, &want, push_act);
}

static struct err *pull_act(struct app *app, const struct artifact_port *port)
{
	const struct artifact_pull what = {
		.ref = args_operand(app->args, 0),
		.destination = args_text(app->args, "destination"),
		.digest = args_text(app->args, "digest"),
		.untar = args_flag(app->args, "untar"),
	};
	struct node *doc = node_new(app->arena, NODE_MAP), *paths;
	struct str text = {.a = app->arena};
	struct artifact_pulled done;

	TRY(port->pull(port->self, app->arena, &what, &done));
	node_set_str(app->arena, doc, "ref", done.ref);
	node_set_str(app->arena, doc, "digest", done.digest);
	node_set_str(app->arena, doc, "kind", done.kind);
	node_set_int(app->arena, doc, "size", done.size);
	paths = node_list_in(app->arena, doc, "paths");
	str_addf(&text, "Pulled: %s", done.ref);
	for (size_t i = 0; i < done.n_paths; i++) {
		node_add(paths, node_new_str(app->arena, done.paths[i]));
		str_addf(&text, "\n%s", done.paths[i]);
	}
	output_text(app, doc, str_text(&text));
	return NULL;
}

static struct err *pull_run(struct app *app)
{
	return with_registry(app, pull_act);
}

static struct err *remove_act(struct app *app, const struct artifact_port *port)
{
	struct node *doc = node_new(app->arena, NODE_MAP);
	const char *ref = args_operand(app->args, 0), *digest;

	TRY(port->remove(port->self, app->arena, ref, &digest));
	node_set_str(app->arena, doc, "ref", ref);
	node_set_str(app->arena, doc, "digest", digest);
	output_text(app, doc, arena_printf(app->arena, "Removed: %s (%s)", ref, digest));
	return NULL;
}

static struct err *remove_run(struct app *app)
{
	return with_registry(app, remove_act);
}

/* ---- looking ---- */

static struct err *manifest_act(struct app *app, const struct artifact_port *port)
{
	const char *text, *digest;
	struct node *doc;

	TRY(port->manifest(port->self, app->arena, args_operand(app->args, 0), &text, &digest));
	TRY(json_read(app->arena, args_operand(app->args, 0), text, strlen(text), &doc));
	output_text(app, doc, json_write(app->arena, doc, JSON_PRETTY));
	return NULL;
}

static struct err *manifest_run(struct app *app)
{
	return with_registry(app, manifest_act);
}

static const struct view tags_view = {
	.title = "Tags",
	.name = "tag",
	.empty = "No tags.",
	.columns = (const struct column[]){{"Tag", "tag"}, {0}},
};

static struct err *list_act(struct app *app, const struct artifact_port *port)
{
	struct node *list = node_new(app->arena, NODE_LIST);
	const char **tags;
	size_t n;

	TRY(port->tags(port->self, app->arena, args_operand(app->args, 0), &tags, &n));
	for (size_t i = 0; i < n; i++)
		node_set_str(app->arena, node_add(list, node_new(app->arena, NODE_MAP)), "tag",
			     tags[i]);
	output_print(app, list, &tags_view);
	return NULL;
}

static struct err *list_run(struct app *app)
{
	return with_registry(app, list_act);
}

static struct err *inspect_act(struct app *app, const struct artifact_port *port)
{
	struct node *doc;

	TRY(port->inspect(port->self, app->arena, args_operand(app->args, 0), &doc));
	output_text(app, doc, yaml_write(app->arena, doc));
	return NULL;
}

static struct err *inspect_run(struct app *app)
{
	return with_registry(app, inspect_act);
}

/* ---- logins ---- */

static struct err *login_act(struct app *app, const struct artifact_port *port)
{
	const char *registry = args_operand(app->args, 0), *user = args_text(app->args, "username");
	const char *password = args_text(app->args, "password");

	if (password)
		term_warning(app, "a password on the command line can be seen by others; use "
				  "--password-stdin");
	if (!user)
		TRY(secret_ask(app, "Username: ", true, &user));
	if (!password && args_flag(app->args, "password-stdin"))
		TRY(secret_from_stdin(app, &password));
	else if (!password)
		TRY(secret_ask(app, "Password: ", false, &password));
	TRY(port->login(port->self, app->arena, registry, user, password));
	term_success(app, "Logged in to '%s' as '%s'.", registry, user);
	return NULL;
}

static struct err *login_run(struct app *app)
{
	return with_registry(app, login_act);
}

static struct err *logout_act(struct app *app, const struct artifact_port *port)
{
	const char *registry = args_operand(app->args, 0);
	bool had;

	TRY(port->logout(port->self, app->arena, registry, &had));
	if (had)
		term_success(app, "Logged out of '%s'.", registry);
	else
		term_warning(app, "There was no login for '%s'.", registry);
	return NULL;
}

static struct err *logout_run(struct app *app)
{
	const struct artifacts_want nothing_remote = {0};

	return with_port(app, &nothing_remote, logout_act);
}

/* ---- the table ---- */

static const struct option registry_options[] = {
	{"ca-file", ARG_FILE, "FILE", "certificate authorities to trust as well, PEM"},
	{0},
};

static const struct option destination[] = {
	{"destination", ARG_DIR, "DIR", "folder to write into", ".", .letter = 'd'},
	{0},
};

#define REF_OPERAND                                                                                \
	{                                                                                          \
		"REF", ARG_TEXT, .help = "oci://HOST/PROJECT/NAME[:TAG][@DIGEST]"                  \
	}

const struct verb verbs_artifact[] = {
	{.path = "artifact", .brief = "charts and graphs in packages and OCI registries"},
	{.path = "artifact package", .brief = "make a package of a folder"},
	{.path = "artifact package tar",
	 .brief = "write NAME-VERSION.tar.gz of a chart's or a graph's folder",
	 .text = "The content is checked first. The same files give the same bytes everywhere.",
	 .operands = {{"DIR", ARG_DIR, .help = "the folder with Chart.yaml or hdag.yaml"}},
	 .options = {destination},
	 .examples = {{"artifact package tar -d build hdag/", "package a graph"}},
	 .run = package_run},
	{.path = "artifact push",
	 .brief = "push a package",
	 .text = "REF with a tag is taken as it is; without one, /NAME:VERSION of the package is "
		 "added to it.",
	 .operands = {{"FILE", ARG_FILE, .help = "a package"}, REF_OPERAND},
	 .options = {registry_options,
		     OPTIONS({"force", .help = "move a tag that names something else"},
			     {"dry-run", .help = "check everything, send nothing"},
			     {"mount-from", ARG_TEXT, "REPO",
			      "repository of the registry that may hold the same blobs"},
			     {"chunk-size", ARG_INT, "MIB", "upload in pieces of this size"})},
	 .examples = {{"artifact push demo-1.0.0.tar.gz oci://registry.example/test",
		       "push to test/demo:1.0.0"}},
	 .run = push_run},
	{.path = "artifact pull",
	 .brief = "fetch a package",
	 .text = "Without tag and digest the newest version is taken. Nothing is left behind when "
		 "it "
		 "fails.",
	 .operands = {REF_OPERAND},
	 .options = {registry_options, destination,
		     OPTIONS({"untar", .help = "unpack it"},
			     {"digest", ARG_TEXT, "DIGEST", "refuse anything else"})},
	 .examples = {{"artifact pull oci://registry.example/test/demo:1.0.0 -d .", NULL}},
	 .run = pull_run},
	{.path = "artifact manifest",
	 .brief = "print a manifest",
	 .operands = {REF_OPERAND},
	 .options = {registry_options},
	 .examples = {{"artifact manifest oci://registry.example/test/demo:1.0.0", NULL}},
	 .run = manifest_run},
	{.path = "artifact list",
	 .brief = "list the tags of a repository",
	 .operands = {REF_OPERAND},
	 .options = {registry_options},
	 .examples = {{"artifact list oci://registry.example/test", NULL}},
	 .run = list_run},
	{.path = "artifact inspect",
	 .brief = "show what is in an artifact, a package or a folder",
	 .operands = {{"REF", ARG_FILE, .help = "a reference with oci://, a package or a folder"}},
	 .options = {registry_options},
	 .examples = {{"artifact inspect demo-1.0.0.tar.gz", "what is in it, and is it whole"}},
	 .run = inspect_run},
	{.path = "artifact remove",
	 .brief = "delete a manifest with all its tags",
	 .operands = {REF_OPERAND},
	 .options = {registry_options},
	 .confirm = "Are you sure you want to remove '%s'?",
	 .examples = {{"artifact remove oci://registry.example/test/demo:1.0.0 --yes", NULL}},
	 .run = remove_run},
	{.path = "artifact login",
	 .brief = "try a login and keep it",
	 .operands = {{"REGISTRY", ARG_TEXT, .help = "HOST or HOST:PORT"}},
	 .options = {registry_options,
		     OPTIONS({"username", ARG_TEXT, "USER", "asked for when missing",
			      .letter = 'u'},
			     {"password", ARG_TEXT, "PASSWORD", "better: --password-stdin",
			      .flags = ARG_HIDDEN, .letter = 'p'},
			     {"password-stdin", .help = "read the password from standard input"})},
	 .examples = {{"artifact login registry.example -u robot", "the password is asked for"}},
	 .run = login_run},
	{.path = "artifact logout",
	 .brief = "forget a login",
	 .operands = {{"REGISTRY", ARG_TEXT, .help = "HOST or HOST:PORT"}},
	 .examples = {{"artifact logout registry.example", NULL}},
	 .run = logout_run},
	{0},
};
