// SPDX-License-Identifier: Apache-2.0
/* What every test of this room begins with. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/node.h"
#include "doc/yaml.h"

/* The document of @text; fails the test when it is none. */
static inline struct node *yaml(struct arena *a, const char *text)
{
	struct node *n = NULL;
	struct err *e = yaml_read(a, "t", text, strlen(text), &n);

	if (e)
		fail_msg("%s\n%s", e->msg, text);
	return n;
}

#define run_group(tests)                                                                           \
	(cmocka_set_message_output(CM_OUTPUT_TAP), cmocka_run_group_tests(tests, NULL, NULL))
