// SPDX-License-Identifier: Apache-2.0
#include "drive/oci_login.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/node.h"
#include "drive/file.h"
#include "drive/kube_base64.h"
#include "drive/proc.h"

enum { CONFIG_MAX = 1 << 20, HELPER_OUT_MAX = 64 * 1024, HELPER_MS = 20000 };

static struct err *read_config(struct arena *a, const char *path, struct node **ret_root)
{
	const char *text;
	size_t size;
	struct err *e = file_read(a, path, CONFIG_MAX, &text, &size);

	if (e && e->kind == ERR_NOT_FOUND) {
		*ret_root = node_new(a, NODE_MAP);
		return NULL;
	}
	TRY(e);
	TRY(json_read(a, path, text, size, ret_root));
	if ((*ret_root)->kind != NODE_MAP)
		return err_new(a, ERR_INPUT, "'%s' is no registry configuration", path);
	return NULL;
}

/* "https://host:port/v1/" and "host:port" name the same registry. */
static bool same_host(struct arena *a, const char *key, const char *host)
{
	const char *bare = strstr(key, "://");

	bare = bare ? bare + 3 : key;
	if (str_eq(host, "docker.io") || str_eq(host, "registry-1.docker.io"))
		host = "index.docker.io";
	return str_eq(str_lower(a, arena_strndup(a, bare, strcspn(bare, "/"))), host);
}

static struct node *entry_of(struct arena *a, const struct node *map, const char *host)
{
	struct node *exact = node_get(map, host);

	for (struct node *n = node_first(map); n && !exact; n = n->next)
		if (same_host(a, n->key, host))
			exact = n;
	return exact;
}

static const char *text_of(const struct node *map, const char *key)
{
	const struct node *n = node_get(map, key);

	return n && n->kind == NODE_STR && n->str[0] ? n->str : NULL;
}

static struct err *read_entry(struct arena *a, const char *path, const struct node *entry,
			      struct oci_login *login)
{
	const char *packed = text_of(entry, "auth");
	char *pair, *colon;
	size_t size;

	login->identity_token = text_of(entry, "identitytoken");
	login->registry_token = text_of(entry, "registrytoken");
	login->user = text_of(entry, "username");
	login->password = login->user ? text_of(entry, "password") : NULL;
	if (!packed)
		return NULL;
	if (!base64_decode(a, packed, &pair, &size) || strlen(pair) != size ||
	    !(colon = strchr(pair, ':')))
		return err_new(a, ERR_INPUT, "'%s' holds an 'auth' that is not user:password",
			       path);
	*colon = 0;
	login->user = pair;
	login->password = colon + 1;
	return NULL;
}

static bool valid_helper(const char *name)
{
	return name[0] != '-' && name[0] &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
		       strlen(name);
}

static const char *const *helper_env(struct arena *a)
{
	static const char *const passed[] = {"HOME",
					     "PATH",
					     "USER",
					     "XDG_RUNTIME_DIR",
					     "DBUS_SESSION_BUS_ADDRESS",
					     "GNUPGHOME",
					     "PASSWORD_STORE_DIR"};
	const char **env = arena_new_n(a, const char *, countof(passed) + 1);
	size_t n = 0;

	for (size_t i = 0; i < countof(passed); i++) {
		const char *value = getenv(passed[i]);

		if (value)
			env[n++] = arena_printf(a, "%s=%s", passed[i], value);
	}
	return env;
}

/* docker-credential-NAME get < host > {"Username": ..., "Secret": ...} */
static struct err *ask_helper(struct arena *a, const char *name, const char *host,
			      struct cancel *cancel, struct oci_login *login)
{
	const char *program = arena_printf(a, "docker-credential-%s", name);
	const char *const argv[] = {program, "get", NULL};
	struct proc_want want = {.argv = argv, .input = host, .input_size = strlen(host)};
	struct proc_result out;
	struct node *answer;
	const char *user, *secret;

	if (!valid_helper(name))
		return err_new(a, ERR_INPUT, "'%s' is no name of a credential helper",
			       str_printable(a, name, false));
	TRY(proc_find(a, program, &want.path));
	want.env = helper_env(a);
	want.out_cap = HELPER_OUT_MAX;
	want.timeout_ms = HELPER_MS;
	want.cancel = cancel;
	TRY(proc_run(a, &want, &out));
	if (out.exit_code != 0) {
		/* The protocol has one message for "I know nobody there", on either stream. */
		if (strstr(out.out, "credentials not found") ||
		    strstr(out.err, "credentials not found"))
			return NULL;
		return err_new(a, ERR_REMOTE, "%s failed: %s", program,
			       proc_last_line(a, out.err[0] ? out.err : out.out));
	}
	TRY(json_read(a, program, out.out, out.out_size, &answer));
	user = text_of(answer, "Username");
	secret = text_of(answer, "Secret");
	if (!user || !secret)
		return err_new(a, ERR_REMOTE, "%s did not tell a user and a secret", program);
	if (str_eq(user, "<token>"))
		login->identity_token = secret;
	else
		*login = (struct oci_login){.user = user, .password = secret};
	return NULL;
}

static bool is_set(const struct oci_login *l)
{
	return l->user || l->identity_token || l->registry_token;
}

static struct err *find_in(struct arena *a, const char *path, const char *host,
			   struct cancel *cancel, struct oci_login *login)
{
	const struct node *entry;
	const char *store;
	struct node *root;

	TRY(read_config(a, path, &root));
	entry = entry_of(a, node_get(root, "credHelpers"), host);
	if (entry && entry->kind == NODE_STR)
		return ask_helper(a, entry->str, host, cancel, login);
	entry = entry_of(a, node_get(root, "auths"), host);
	if (entry)
		TRY(read_entry(a, path, entry, login));
	store = text_of(root, "credsStore");
	if (!is_set(login) && store)
		return ask_helper(a, store, host, cancel, login);
	return NULL;
}

struct err *oci_login_find(struct arena *a, const struct oci_login_files *files, const char *host,
			   struct cancel *cancel, struct oci_login *ret_login)
{
	struct oci_login login = {0};

	if (files->own)
		TRY(find_in(a, files->own, host, cancel, &login));
	for (size_t i = 0; i < files->n_others && !is_set(&login); i++)
		TRY(find_in(a, files->others[i], host, cancel, &login));
	*ret_login = login;
	return NULL;
}

static struct err *write_config(struct arena *a, const char *path, const struct node *root)
{
	const char *text = json_write(a, root, JSON_PRETTY);

	TRY(file_make_dirs(a, file_dir(a, path), 0700));
	return file_write(a, path, 0600, text, strlen(text));
}

struct err *oci_login_keep(struct arena *a, const char *path, const char *host,
			   const struct oci_login *login)
{
	struct node *root, *entry = node_new(a, NODE_MAP);
	const char *pair;

	TRY(read_config(a, path, &root));
	if (strchr(login->user, ':'))
		return err_new(a, ERR_INPUT, "a user name must not hold a ':'");
	pair = arena_printf(a, "%s:%s", login->user, login->password ? login->password : "");
	node_set_str(a, entry, "auth", base64_encode(a, pair, strlen(pair)));
	if (login->identity_token)
		node_set_str(a, entry, "identitytoken", login->identity_token);
	node_set(node_map_in(a, root, "auths"), host, entry);
	return write_config(a, path, root);
}

struct err *oci_login_forget(struct arena *a, const char *path, const char *host, bool *ret_had)
{
	struct node *root, *auths, *entry;

	TRY(read_config(a, path, &root));
	auths = node_get(root, "auths");
	entry = entry_of(a, auths, host);
	*ret_had = entry != NULL;
	if (!entry)
		return NULL;
	node_unset(auths, entry->key);
	return write_config(a, path, root);
}
