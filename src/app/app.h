// SPDX-License-Identifier: Apache-2.0
/*
 * One command being run: what its handler may use.
 *
 * The store and the world are opened when a handler first asks (app/wire.h), so that a command
 * pays only for what it needs.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "app/cli/output.h"
#include "port/ports.h"

struct arena;
struct args;
struct cancel;
struct progress;
struct settings;

struct app {
	struct arena *arena;
	const struct args *args;
	struct settings *settings;
	struct ports ports; /* valid after wire_store() or wire_world() */
	struct progress *progress;
	struct cancel *cancel; /* raised by SIGINT and SIGTERM */

	FILE *out, *err;
	enum output_form form;
	bool color_out, color_err; /* escapes are welcome there */
	bool yes;                  /* answer every question with yes */
	int verbose;               /* 0: results; 1: what is done as well */
	const char *program;       /* "smo", "smo-cli" */
	const char *dir;           /* SMO_DIR */

	int exit_code; /* of a handler that succeeded: 0, or EXIT_CHANGES */

	struct wire *wire; /* what has been opened */
};

enum { EXIT_CHANGES = 8 }; /* --detailed-exitcode: there are changes */
