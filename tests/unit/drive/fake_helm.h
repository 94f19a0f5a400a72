// SPDX-License-Identifier: Apache-2.0
/*
 * A program that poses as helm: it notes what it was asked and does what the test says.
 *
 * Call number n (from 1) leaves its arguments, one a line, in args.n, its environment in env.n and
 * what it could read of its files in kubeconfig.n and values.n; then it runs the shell text of
 * act.n.
 */
#pragma once

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "drive/file.h"
#include "drive/untar.h"

struct fake_helm {
	struct arena a;
	char *folder;
	const char *program;
};

static inline void fake_write(struct fake_helm *f, const char *name, unsigned mode,
			      const char *text)
{
	assert_null(file_write(&f->a, file_join(&f->a, f->folder, name), mode, text, strlen(text)));
}

static inline void fake_begin(struct fake_helm *f, const char *version)
{
	char template[] = "/tmp/smo-test-helm-XXXXXX";

	*f = (struct fake_helm){0};
	assert_non_null(mkdtemp(template));
	f->folder = arena_strdup(&f->a, template);
	f->program = file_join(&f->a, f->folder, "helm");
	fake_write(f, "helm", 0700,
		   arena_printf(&f->a,
				"#!/bin/sh\n"
				"cd '%s'\n"
				"if [ \"$1\" = version ]; then echo x >>asked; echo %s; exit; fi\n"
				"n=$(($(cat count 2>/dev/null || echo 0) + 1)); echo $n >count\n"
				"printf '%%s\\n' \"$@\" >args.$n\n"
				"env >env.$n\n"
				"cat /proc/self/fd/40 >kubeconfig.$n 2>/dev/null\n"
				"cat /proc/self/fd/41 >values.$n 2>/dev/null\n"
				"if [ -f act.$n ]; then . ./act.$n; fi\n"
				"exit 0\n",
				f->folder, version));
}

static inline void fake_act(struct fake_helm *f, int call, const char *script)
{
	fake_write(f, arena_printf(&f->a, "act.%d", call), 0600, script);
}

/* What file "@what.@call" holds, NULL when that call did not happen. */
static inline const char *fake_seen(struct fake_helm *f, const char *what, int call)
{
	const char *name = call ? arena_printf(&f->a, "%s.%d", what, call) : what, *text;
	size_t size;

	return file_read(&f->a, file_join(&f->a, f->folder, name), 1 << 20, &text, &size) ? NULL
											  : text;
}

static inline void fake_done(struct fake_helm *f)
{
	if (f->folder)
		untar_remove(f->folder);
	arena_done(&f->a);
}

#define scoped_fake __attribute__((cleanup(fake_done)))
