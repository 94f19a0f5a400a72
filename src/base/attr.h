// SPDX-License-Identifier: Apache-2.0
/* Compiler attributes and the few macros every room uses, named for what they promise. */
#pragma once

#define must_check        __attribute__((warn_unused_result))
#define printf_like(f, a) __attribute__((format(printf, f, a)))

#define countof(a) (sizeof(a) / sizeof((a)[0]))

/* Leave the function with the error of @expr, if there is one. */
#define TRY(expr)                                                                                  \
	do {                                                                                       \
		struct err *try_err_ = (expr);                                                     \
		if (try_err_)                                                                      \
			return try_err_;                                                           \
	} while (0)
