// SPDX-License-Identifier: Apache-2.0
/* The program called as hdarctl: the same verbs in hdarctl's spelling. */
#pragma once

#include <stdbool.h>

struct arena;

/* Is @program (argv[0] without its folder) hdarctl? */
bool hdarctl_called(const char *program);

/* The arguments as smo takes them: "push F U" becomes "artifact push F U".  Ends with NULL. */
char **hdarctl_argv(struct arena *a, int argc, char **argv, int *ret_argc);
