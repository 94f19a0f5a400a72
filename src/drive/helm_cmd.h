// SPDX-License-Identifier: Apache-2.0
/*
 * The program helm, version 3 or 4, as a child process.
 *
 * It sees none of our environment but proxies and CA settings, uses configuration, cache and data
 * directories of its own (no plugins, no repositories, no registry logins of the user), and gets
 * kubeconfig and values from memory.  Used for what only helm can do: installing, rendering,
 * packing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "drive/proc.h"

struct arena;
struct cancel;
struct err;
struct helm;

struct helm_settings {
	const char *program; /* name or path; NULL: "helm" */
	const char *home;    /* directory for its caches, made when missing; absolute */
	const int *keep_fds; /* what locks us: the child holds them too */
	size_t n_keep_fds;
	struct cancel *cancel; /* or NULL */
};

/* Any number of threads may use one handle.  ERR_NOT_FOUND, ERR_INPUT (another version, or no
 * helm). */
struct err *helm_open(struct arena *a, const struct helm_settings *settings, struct helm **ret_helm)
	must_check;

const char *helm_program(const struct helm *h); /* absolute path */
const char *helm_version(const struct helm *h); /* "3.21.4" */
int helm_major(const struct helm *h);           /* 3 or 4 */

struct helm_call {
	const char *const *args;       /* without "helm"; ends with NULL */
	const struct proc_file *files; /* under PROC_FILE(0), ... */
	size_t n_files;
	const char *dir;    /* working directory, or NULL */
	int64_t timeout_ms; /* 0: 60000 */
	size_t out_cap;     /* largest output; 0: 1 MiB */
};

/*
 * Run it; *ret_out (may be NULL) is its standard output.  An exit code that is not 0 is an error of
 * the kind that its words tell, "helm: " in front of them.  ERR_TOO_LARGE when the output is over
 * the cap.
 */
struct err *helm_run(const struct helm *h, struct arena *a, const struct helm_call *call,
		     const char **ret_out) must_check;

/* The kind and message for what helm wrote to its standard error. */
struct err *helm_err(struct arena *a, const char *errors, int exit_code) must_check;
