// SPDX-License-Identifier: Apache-2.0
/*
 * kubeconfig files: where the control plane is and who we are there.
 *
 * Read like kubectl does: a list of files, the first that names a thing wins, paths in a file are
 * relative to it.  What would run another program to get credentials (exec, auth-provider) is
 * refused, as are proxies and impersonation: ignoring them would mean another server or other
 * rights.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct arena;
struct err;

/* One context, ready to use.  All text NULL when absent; certificates are PEM. */
struct kube_config {
	const char *context; /* its name */
	const char *server;  /* URL */
	const char *namespace_;
	const char *tls_server_name;
	bool insecure; /* insecure-skip-tls-verify */
	const char *ca, *cert, *key;
	const char *ca_file, *cert_file, *key_file; /* only until kubeconfig_load() has read them */
	const char *token, *token_file; /* the file wins, and is read again when it changes */
	const char *username, *password;
	const char **notes; /* what the user should know: sentences */
	size_t n_notes;
};

/*
 * The context @context (NULL: the current one) of the files @paths, a list separated by ':' (NULL:
 * $KUBECONFIG, else ~/.kube/config).  Files of a list that do not exist are skipped.
 *
 * ERR_NOT_FOUND: no file at all.  ERR_INPUT: malformed, no such context, or refused.
 */
struct err *kubeconfig_load(struct arena *a, const char *paths, const char *context,
			    struct kube_config *ret_config) must_check;

/* The same from text that stood in a file of directory @dir (absolute); nothing else is read. */
struct err *kubeconfig_parse(struct arena *a, const char *source, const char *text, size_t size,
			     const char *dir, const char *context, struct kube_config *ret_config)
	must_check;

/* A kubeconfig of this one context, all certificates embedded: for a child process. */
const char *kubeconfig_text(struct arena *a, const struct kube_config *config);

/* The token to use now: that of the file, read anew, or the literal one; NULL when there is none.
 */
struct err *kubeconfig_token(struct arena *a, const struct kube_config *config,
			     const char **ret_token) must_check;
