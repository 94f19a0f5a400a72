// SPDX-License-Identifier: Apache-2.0
/*
 * Errors are values.
 *
 * A function that can fail returns `struct err *`: NULL is success, anything
 * else tells what went wrong.  An error lives in the arena of the unit of work,
 * so it is never freed and never leaks.  One table (err_kind_info) says what
 * each kind means to a shell and to an HTTP client.
 */
#pragma once

#include "base/attr.h"

struct arena;

/* What the caller can do about it. */
enum err_kind {
	ERR_INPUT,      /* the request or descriptor is wrong: fix it */
	ERR_NOT_FOUND,  /* the named thing does not exist */
	ERR_CONFLICT,   /* it exists already, or changed meanwhile */
	ERR_LOCKED,     /* somebody else is changing it now: wait */
	ERR_FORBIDDEN,  /* it exists, and we may not */
	ERR_TOO_LARGE,  /* over one of our caps */
	ERR_INFEASIBLE, /* no placement can satisfy the constraints */
	ERR_REMOTE,     /* an outside system refused or failed */
	ERR_TIMEOUT,    /* an outside system did not answer in time: try again */
	ERR_CANCELLED,  /* the user asked to stop */
	ERR_PARTIAL,    /* some of it is done: resume */
	ERR_GENERIC,    /* anything else */
	ERR_BUG,        /* we broke one of our own promises */
};

struct err {
	enum err_kind kind;
	const char *msg;  /* lower case, no full stop, never empty */
	const char *hint; /* a sentence that says what to try next, or NULL */
};

struct err_kind_info {
	const char *slug;  /* "not-found": the last part of a problem type */
	const char *title; /* "Not found" */
	int exit_code;
	int http_status;
};

const struct err_kind_info *err_kind_info(enum err_kind kind);

struct err *err_new(struct arena *a, enum err_kind kind, const char *fmt, ...) printf_like(3, 4)
	must_check;

/* @e with "context: " in front.  Returns NULL when @e is NULL. */
struct err *err_wrap(struct arena *a, const struct err *e, const char *fmt, ...) printf_like(3, 4)
	must_check;

/* @e itself, now with a hint.  Returns NULL when @e is NULL. */
struct err *err_hint(struct arena *a, struct err *e, const char *fmt, ...) printf_like(3, 4)
	must_check;
