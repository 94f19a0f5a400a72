// SPDX-License-Identifier: Apache-2.0
/*
 * Running another program: argv only, never a shell.
 *
 * The child gets exactly the environment it is given, the three standard descriptors and what
 * is named in `keep_fds` and `files`; nothing else of ours.  It runs in a process group of its own,
 * so a Ctrl-C on the terminal reaches us and not it, and it dies with us: the kernel kills it
 * when the thread that called proc_run() ends, even by SIGKILL.
 *
 * Secrets go to the child as `files`: they live in memory only, and there is nothing to delete when
 * either side is killed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "port/cancel.h"

struct arena;
struct err;

/* Contents that the child can open, any number of times, under PROC_FILE(index). */
struct proc_file {
	const void *data;
	size_t size;
};

/* The path under which the child sees files[@index]: a literal for 0..9. */
#define PROC_FILE(index) "/proc/self/fd/4" #index
#define PROC_FILES_MAX   10

struct proc_want {
	const char *path;        /* of the program, absolute */
	const char *const *argv; /* ends with NULL; argv[0] names the program in messages */
	const char *const *env;  /* "NAME=value", ends with NULL: all there is */
	const char *dir;         /* working directory; NULL: / */
	const void *input;       /* its standard input; NULL: nothing */
	size_t input_size;
	const struct proc_file *files;
	size_t n_files;
	const int *keep_fds; /* inherited under other numbers: what holds a lock; -1 is skipped */
	size_t n_keep_fds;
	size_t out_cap, err_cap; /* bytes of output that are kept; 0: 1 MiB */
	int64_t timeout_ms;      /* 0: none */
	int64_t grace_ms;        /* from SIGTERM to SIGKILL; 0: 5000 */
	struct cancel *cancel;   /* or NULL */
};

struct proc_result {
	int exit_code;   /* 128 + signal when a signal ended it */
	int signal;      /* that ended it, or 0 */
	const char *out; /* standard output, its first out_cap bytes; NUL-terminated */
	size_t out_size;
	size_t out_dropped; /* bytes that were not kept */
	const char *err;    /* standard error, its last err_cap bytes: the reason is at the end */
	size_t err_size;
	size_t err_dropped;
};

/*
 * Run it to its end.  An exit code that is not zero is no error here.
 *
 * ERR_NOT_FOUND: no such program.  ERR_TIMEOUT, ERR_CANCELLED: it was stopped (SIGTERM to the
 * group, a grace, SIGKILL); the message ends with the last line it wrote to its standard error.
 * ERR_GENERIC: it could not be started.  What it started itself is killed when it ends.
 */
struct err *proc_run(struct arena *a, const struct proc_want *want, struct proc_result *ret_result)
	must_check;

/* The absolute path of @name: @name itself when it holds a '/', else the first hit in $PATH.
 * ERR_NOT_FOUND. */
struct err *proc_find(struct arena *a, const char *name, const char **ret_path) must_check;

/* ERR_INPUT when @operand (a @what, for the message) is empty or would be read as an option. */
struct err *proc_operand(struct arena *a, const char *what, const char *operand) must_check;

/* The last line of @text that is not blank, printable; "" when there is none. */
const char *proc_last_line(struct arena *a, const char *text);
