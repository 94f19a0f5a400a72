// SPDX-License-Identifier: Apache-2.0
#include "base/err.h"

#include <stdarg.h>

#include "base/arena.h"

const struct err_kind_info *err_kind_info(enum err_kind kind)
{
	static const struct err_kind_info infos[] = {
		[ERR_INPUT] = {"bad-request", "Bad request", 2, 400},
		[ERR_NOT_FOUND] = {"not-found", "Not found", 3, 404},
		[ERR_CONFLICT] = {"conflict", "Conflict", 4, 409},
		[ERR_LOCKED] = {"locked", "Locked", 4, 409},
		[ERR_FORBIDDEN] = {"forbidden", "Forbidden", 6, 403},
		[ERR_TOO_LARGE] = {"too-large", "Too large", 2, 413},
		[ERR_INFEASIBLE] = {"infeasible", "Infeasible", 5, 422},
		[ERR_REMOTE] = {"bad-gateway", "A peer failed", 6, 502},
		[ERR_TIMEOUT] = {"timeout", "Timeout", 7, 504},
		[ERR_CANCELLED] = {"cancelled", "Cancelled", 130, 409},
		[ERR_PARTIAL] = {"partial", "Partly done", 9, 500},
		[ERR_GENERIC] = {"error", "Error", 1, 500},
		[ERR_BUG] = {"bug", "Internal error", 70, 500},
	};

	return &infos[(unsigned)kind < countof(infos) ? kind : ERR_BUG];
}

struct err *err_new(struct arena *a, enum err_kind kind, const char *fmt, ...)
{
	struct err *e = arena_new(a, struct err);
	va_list ap;

	va_start(ap, fmt);
	*e = (struct err){.kind = kind, .msg = arena_vprintf(a, fmt, ap)};
	va_end(ap);
	return e;
}

struct err *err_wrap(struct arena *a, const struct err *e, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return NULL;
	va_start(ap, fmt);
	const char *context = arena_vprintf(a, fmt, ap);
	va_end(ap);
	struct err *w = arena_new(a, struct err);
	*w = (struct err){e->kind, arena_printf(a, "%s: %s", context, e->msg), e->hint};
	return w;
}

struct err *err_hint(struct arena *a, struct err *e, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return NULL;
	va_start(ap, fmt);
	e->hint = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return e;
}
