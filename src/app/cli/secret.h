// SPDX-License-Identifier: Apache-2.0
/* Asking for names and passwords. */
#pragma once

#include <stdbool.h>

#include "base/attr.h"

struct app;
struct err;

/* Ask on the terminal; what is typed is shown only when @echo.  ERR_INPUT when there is none. */
struct err *secret_ask(struct app *app, const char *prompt, bool echo, const char **ret_text)
	must_check;

/* All of standard input, without the line break at its end. */
struct err *secret_from_stdin(struct app *app, const char **ret_text) must_check;
