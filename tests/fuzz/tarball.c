// SPDX-License-Identifier: Apache-2.0
/* Any bytes as an archive: every entry that is handed out keeps the promises of drive/tarball.h. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "drive/bundle.h"
#include "drive/tarball.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct tar_limits limits = {.max_entries = 100, .max_size = 4 << 20, .max_ratio = 100};

static void must(bool good)
{
	if (!good)
		__builtin_trap();
}

static void must_be_known(const struct err *e)
{
	must(!e || ((e->kind == ERR_INPUT || e->kind == ERR_TOO_LARGE) && e->msg[0]));
}

static void walk(struct arena *a, struct tar_reader *r)
{
	struct tar_entry e = {0};
	int64_t total = 0;
	size_t n = 0;
	bool more;

	for (;;) {
		char buf[4096];
		size_t got = 1;
		struct err *problem = tar_next(r, &e, &more);

		must_be_known(problem);
		if (problem || !more)
			return;
		must(++n <= limits.max_entries && e.path[0] != '/' && !strstr(e.path, "../"));
		must(!tar_check_path(a, "fuzz", e.path));
		while (!problem && got > 0) {
			problem = tar_read(r, buf, sizeof(buf), &got);
			total += problem ? 0 : (int64_t)got;
			must(total <= limits.max_size);
		}
		must_be_known(problem);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a scoped_arena = {0};
	struct tar_reader *one scoped_tar = NULL, *two scoped_tar = NULL;
	struct bundle b;
	struct err *e;

	e = tar_open(&a, "fuzz", data, size, -1, &limits, &one);
	must_be_known(e);
	if (e)
		return 0;
	walk(&a, one);
	must_be_known(tar_open(&a, "fuzz", data, size, -1, &limits, &two));
	must_be_known(bundle_read_tar(&a, "fuzz", two, &b));
	return 0;
}
