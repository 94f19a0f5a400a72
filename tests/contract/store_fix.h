// SPDX-License-Identifier: Apache-2.0
/* What the contracts of the store share: a state in a directory of its own for each test. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/node.h"
#include "drive/store.h"
#include "model/snapshot.h"

struct fix {
	struct arena a;
	char *dir; /* new, removed at the end */
	const char *path;
	struct store_port s;
};

#define OK(expr)                                                                                   \
	do {                                                                                       \
		struct err *ok_err_ = (expr);                                                      \
		if (ok_err_)                                                                       \
			fail_msg("%s", ok_err_->msg);                                              \
	} while (0)

#define FAILS(kind_, expr)                                                                         \
	do {                                                                                       \
		struct err *fails_err_ = (expr);                                                   \
		assert_non_null(fails_err_);                                                       \
		assert_int_equal(fails_err_->kind, kind_);                                         \
	} while (0)

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_set_up, store_tear_down)

int store_set_up(void **state);
int store_tear_down(void **state);

/* The document in @json. */
struct node *doc(struct fix *f, const char *json);

struct graph_row graph_named(struct fix *f, const char *name);
void put_graph(struct fix *f, const char *name);

/* A second handle on the same state, as another process would have. */
struct store_port other_handle(struct fix *f);
