// SPDX-License-Identifier: Apache-2.0
#include "app/cli/hdarctl.h"

#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

/* Options and operands are spelled alike: one table of verbs serves both. */
static const char *const verbs[] = {"package", "push",  "pull",   "manifest", "list",
				    "inspect", "login", "logout", "remove"};

bool hdarctl_called(const char *program)
{
	return str_eq(program, "hdarctl") || str_eq(program, "smo-hdarctl");
}

char **hdarctl_argv(struct arena *a, int argc, char **argv, int *ret_argc)
{
	char **out = arena_new_n(a, char *, (size_t)argc + 2);
	bool ours = argc < 2 || str_eq(argv[1], "-h") || str_eq(argv[1], "--help");
	int n = 0;

	for (size_t i = 0; argc > 1 && i < countof(verbs); i++)
		ours |= str_eq(argv[1], verbs[i]);
	if (argc > 0)
		out[n++] = argv[0];
	if (ours)
		out[n++] = arena_strdup(a, "artifact");
	for (int i = 1; i < argc; i++)
		out[n++] = argv[i];
	*ret_argc = n;
	return out;
}
