// SPDX-License-Identifier: Apache-2.0
#include "drive/kubeconfig.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/node.h"
#include "doc/yaml.h"
#include "drive/file.h"
#include "drive/kube_base64.h"
#include "drive/url.h"

#define FILE_MAX (4 << 20) /* bytes of a kubeconfig or certificate file */

/* One file of the list. */
struct source {
	const char *name, *dir;
	const struct node *doc;
};

struct sources {
	vec_of(struct source) list;
};

/* A named entry of `clusters`, `users` or `contexts`, and the file it came from. */
struct entry {
	const struct node *body; /* NULL: there is none */
	const struct source *from;
	const char *name;
};

/* ---- files ---- */

static const char *dir_of(struct arena *a, const char *path)
{
	char *full = realpath(path, NULL);
	char *copy = arena_strdup(a, full ? full : path);
	char *slash = strrchr(copy, '/');

	free(full);
	if (!slash)
		return "/";
	slash[slash == copy ? 1 : 0] = '\0';
	return copy;
}

/* @path as seen from directory @dir; NULL stays NULL. */
static const char *path_in(struct arena *a, const char *dir, const char *path)
{
	return !path || *path == '/' ? path : arena_printf(a, "%s/%s", dir, path);
}

/* ---- entries ---- */

static void note(struct arena *a, struct kube_config *c, const char *text)
{
	const char **notes = arena_new_n(a, const char *, c->n_notes + 1);

	for (size_t i = 0; i < c->n_notes; i++)
		notes[i] = c->notes[i];
	notes[c->n_notes++] = text;
	c->notes = notes;
}

/* The first entry called @name of @list ("clusters"), whose body stands under @key ("cluster"). */
static struct entry find(const struct sources *s, const char *list, const char *key,
			 const char *name)
{
	for (size_t i = 0; i < s->list.n; i++) {
		const struct node *items = node_get(s->list.at[i].doc, list);

		for (struct node *c = node_first(items); c; c = c->next)
			if (c->kind == NODE_MAP && str_eq(node_str(c, "name"), name))
				return (struct entry){node_get(c, key), &s->list.at[i], name};
	}
	return (struct entry){.name = name};
}

/* *ret_text the text under @key, NULL when it is absent, null or empty. */
static struct err *text_in(struct arena *a, const struct entry *e, const char *key,
			   const char **ret_text)
{
	const struct node *n = node_get(e->body, key);

	if (n && n->kind != NODE_NULL && n->kind != NODE_STR)
		return err_new(a, ERR_INPUT, "%s: '%s' of '%s' must be text, not %s", e->from->name,
			       key, e->name, node_kind_name(n->kind));
	*ret_text = n && n->kind == NODE_STR && *n->str ? n->str : NULL;
	return NULL;
}

/* PEM from "@key-data", or else the path in "@key". */
static struct err *pem_in(struct arena *a, const struct entry *e, const char *key,
			  const char **ret_pem, const char **ret_path)
{
	const char *data = NULL, *path = NULL;
	char *bytes;
	size_t size;

	TRY(text_in(a, e, arena_printf(a, "%s-data", key), &data));
	TRY(text_in(a, e, key, &path));
	if (!data) {
		*ret_path = path_in(a, e->from->dir, path);
		return NULL;
	}
	if (!base64_decode(a, data, &bytes, &size) || strlen(bytes) != size)
		return err_new(a, ERR_INPUT, "%s: '%s-data' of '%s' is no base64 of PEM text",
			       e->from->name, key, e->name);
	*ret_pem = bytes;
	return NULL;
}

static struct err *refuse(struct arena *a, const struct entry *e, const char *key, const char *why)
{
	const struct node *n = node_get(e->body, key);

	if (!n || n->kind == NODE_NULL || (n->kind == NODE_STR && !*n->str) ||
	    (n->kind != NODE_STR && node_count(n) == 0))
		return NULL;
	return err_new(a, ERR_INPUT, "%s: '%s' of '%s' is not supported: %s", e->from->name, key,
		       e->name, why);
}

static struct err *read_cluster(struct arena *a, const struct entry *e, struct kube_config *c)
{
	struct url url;

	TRY(text_in(a, e, "server", &c->server));
	if (!c->server)
		return err_new(a, ERR_INPUT, "%s: cluster '%s' has no 'server'", e->from->name,
			       e->name);
	TRY(err_wrap(a, url_parse(a, c->server, &url), "%s: cluster '%s'", e->from->name, e->name));
	TRY(text_in(a, e, "tls-server-name", &c->tls_server_name));
	TRY(pem_in(a, e, "certificate-authority", &c->ca, &c->ca_file));
	TRY(err_hint(a, refuse(a, e, "proxy-url", "requests would go another way"),
		     "Take it out and set https_proxy in the environment."));
	c->insecure = node_bool(e->body, "insecure-skip-tls-verify", false);
	if (c->insecure)
		note(a, c,
		     arena_printf(a,
				  "The certificate of cluster '%s' is not checked "
				  "(insecure-skip-tls-verify).",
				  e->name));
	if (!url.tls)
		note(a, c,
		     arena_printf(a,
				  "Cluster '%s' is reached over plain HTTP: credentials can be "
				  "read on the way.",
				  e->name));
	return NULL;
}

static struct err *read_user(struct arena *a, const struct entry *e, struct kube_config *c)
{
	static const char *const programs[] = {"exec", "auth-provider"};
	static const char *const others[] = {"as", "as-uid", "as-groups", "as-user-extra"};
	const char *token_file;

	for (size_t i = 0; i < countof(programs); i++)
		TRY(err_hint(a, refuse(a, e, programs[i], "it would run another program"),
			     "Use a user with a client certificate, a token or a tokenFile, for "
			     "example a service account token."));
	for (size_t i = 0; i < countof(others); i++)
		TRY(refuse(a, e, others[i], "it would act as somebody else"));
	TRY(pem_in(a, e, "client-certificate", &c->cert, &c->cert_file));
	TRY(pem_in(a, e, "client-key", &c->key, &c->key_file));
	TRY(text_in(a, e, "token", &c->token));
	TRY(text_in(a, e, "tokenFile", &token_file));
	c->token_file = path_in(a, e->from->dir, token_file);
	TRY(text_in(a, e, "username", &c->username));
	TRY(text_in(a, e, "password", &c->password));
	if ((c->cert || c->cert_file) && !(c->key || c->key_file))
		return err_new(a, ERR_INPUT, "%s: user '%s' has a client certificate but no key",
			       e->from->name, e->name);
	return NULL;
}

/* ---- contexts ---- */

static const char *current_context(const struct sources *s)
{
	for (size_t i = 0; i < s->list.n; i++) {
		const char *name = node_str(s->list.at[i].doc, "current-context");

		if (name && *name)
			return name;
	}
	return NULL;
}

static struct err *no_context(struct arena *a, const struct sources *s, const char *name)
{
	struct str names = {.a = a};

	for (size_t i = 0; i < s->list.n; i++) {
		const struct node *items = node_get(s->list.at[i].doc, "contexts");

		for (struct node *c = node_first(items); c; c = c->next)
			if (node_str(c, "name"))
				str_addf(&names, "%s'%s'", names.len ? ", " : "",
					 str_printable(a, node_str(c, "name"), false));
	}
	const char *file = s->list.at[0].name;
	struct err *e = name ? err_new(a, ERR_INPUT, "%s: there is no context '%s'", file,
				       str_printable(a, name, false))
			     : err_new(a, ERR_INPUT, "%s: there is no current context", file);
	return names.len ? err_hint(a, e, "It has the contexts %s.", str_text(&names)) : e;
}

static struct err *resolve(struct arena *a, const struct sources *s, const char *context,
			   struct kube_config *ret_config)
{
	struct kube_config c = {.context = context ? context : current_context(s)};
	const char *cluster_name = NULL, *user_name = NULL;

	if (!c.context)
		return no_context(a, s, NULL);
	struct entry e = find(s, "contexts", "context", c.context);
	if (!e.body)
		return no_context(a, s, c.context);
	TRY(text_in(a, &e, "cluster", &cluster_name));
	TRY(text_in(a, &e, "user", &user_name));
	TRY(text_in(a, &e, "namespace", &c.namespace_));
	struct entry cluster = find(s, "clusters", "cluster", cluster_name);
	if (!cluster.body)
		return err_new(a, ERR_INPUT, "%s: context '%s' names no known cluster ('%s')",
			       e.from->name, c.context, cluster_name ? cluster_name : "");
	TRY(read_cluster(a, &cluster, &c));
	struct entry user = find(s, "users", "user", user_name);
	if (user_name && !user.from)
		return err_new(a, ERR_INPUT, "%s: context '%s' names no known user ('%s')",
			       e.from->name, c.context, user_name);
	if (user.from)
		TRY(read_user(a, &user, &c));
	*ret_config = c;
	return NULL;
}

static struct err *add_source(struct arena *a, struct sources *s, const char *name,
			      const char *text, size_t size, const char *dir)
{
	struct node *doc;

	TRY(yaml_read(a, name, text, size, &doc));
	if (doc->kind != NODE_MAP)
		return err_new(a, ERR_INPUT, "%s: this is no kubeconfig", name);
	*vec_push(a, &s->list) = (struct source){name, dir, doc};
	return NULL;
}

struct err *kubeconfig_parse(struct arena *a, const char *source, const char *text, size_t size,
			     const char *dir, const char *context, struct kube_config *ret_config)
{
	struct sources s = {0};

	TRY(add_source(a, &s, source, text, size, dir));
	return resolve(a, &s, context, ret_config);
}

/* The files named by @paths that exist. */
static struct err *read_sources(struct arena *a, const char *paths, struct sources *s)
{
	for (const char *p = paths; *p;) {
		size_t len = strcspn(p, ":");
		const char *path = arena_strndup(a, p, len);
		const char *text;
		size_t size;

		p += len;
		p += *p == ':';
		if (!len)
			continue;
		struct err *e = file_read(a, path, FILE_MAX, &text, &size);
		if (e && e->kind == ERR_NOT_FOUND)
			continue;
		TRY(e);
		TRY(add_source(a, s, path, text, size, dir_of(a, path)));
	}
	if (s->list.n == 0)
		return err_hint(a,
				err_new(a, ERR_NOT_FOUND, "there is no kubeconfig at '%s'", paths),
				"Name it with KARMADA_KUBECONFIG or --kubeconfig, or try 'smo init "
				"--sim'.");
	return NULL;
}

static struct err *read_pem(struct arena *a, const char **path, const char **pem)
{
	const char *text;
	size_t size;

	if (*path && !*pem) {
		TRY(file_read(a, *path, FILE_MAX, &text, &size));
		if (strlen(text) != size)
			return err_new(a, ERR_INPUT, "'%s' is no PEM text", *path);
		*pem = text;
	}
	*path = NULL;
	return NULL;
}

struct err *kubeconfig_load(struct arena *a, const char *paths, const char *context,
			    struct kube_config *ret_config)
{
	struct sources s = {0};
	struct kube_config c;
	const char *home = getenv("HOME"), *env = getenv("KUBECONFIG");

	if (!paths || !*paths)
		paths = env && *env ? env : arena_printf(a, "%s/.kube/config", home ? home : "");
	TRY(read_sources(a, paths, &s));
	TRY(resolve(a, &s, context, &c));
	TRY(read_pem(a, &c.ca_file, &c.ca));
	TRY(read_pem(a, &c.cert_file, &c.cert));
	TRY(read_pem(a, &c.key_file, &c.key));
	*ret_config = c;
	return NULL;
}

struct err *kubeconfig_token(struct arena *a, const struct kube_config *config,
			     const char **ret_token)
{
	const char *text;
	size_t size;

	*ret_token = config->token;
	if (!config->token_file)
		return NULL;
	struct err *e = file_read(a, config->token_file, FILE_MAX, &text, &size);
	if (e && config->token)
		return NULL;
	if (e) /* its own kind would speak of the control plane: not there, not allowed */
		return err_new(a, ERR_INPUT, "the token of the control plane: %s", e->msg);
	*ret_token = arena_strndup(a, text, strcspn(text, " \t\r\n"));
	return NULL;
}

static void set_pem(struct arena *a, struct node *map, const char *key, const char *pem)
{
	if (pem)
		node_set_str(a, map, key, base64_encode(a, pem, strlen(pem)));
}

static void set_text(struct arena *a, struct node *map, const char *key, const char *text)
{
	if (text)
		node_set_str(a, map, key, text);
}

/* The list @list of @root with one entry called "smo", whose body is returned. */
static struct node *sole(struct arena *a, struct node *root, const char *list, const char *key)
{
	struct node *item = node_add(node_list_in(a, root, list), node_new(a, NODE_MAP));

	node_set_str(a, item, "name", "smo");
	return node_map_in(a, item, key);
}

const char *kubeconfig_text(struct arena *a, const struct kube_config *config)
{
	struct node *root = node_new(a, NODE_MAP);

	node_set_str(a, root, "apiVersion", "v1");
	node_set_str(a, root, "kind", "Config");
	node_set_str(a, root, "current-context", "smo");
	struct node *context = sole(a, root, "contexts", "context");
	node_set_str(a, context, "cluster", "smo");
	node_set_str(a, context, "user", "smo");
	set_text(a, context, "namespace", config->namespace_);
	struct node *cluster = sole(a, root, "clusters", "cluster");
	node_set_str(a, cluster, "server", config->server);
	set_text(a, cluster, "tls-server-name", config->tls_server_name);
	/* Both together are refused by Kubernetes' own clients. */
	if (config->insecure)
		node_set_bool(a, cluster, "insecure-skip-tls-verify", true);
	else
		set_pem(a, cluster, "certificate-authority-data", config->ca);
	struct node *user = sole(a, root, "users", "user");
	set_pem(a, user, "client-certificate-data", config->cert);
	set_pem(a, user, "client-key-data", config->key);
	set_text(a, user, "token", config->token);
	set_text(a, user, "tokenFile", config->token_file);
	set_text(a, user, "username", config->username);
	set_text(a, user, "password", config->password);
	return yaml_write(a, root);
}
