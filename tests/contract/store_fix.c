// SPDX-License-Identifier: Apache-2.0
#include "store_fix.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doc/json.h"

int store_set_up(void **state)
{
	struct fix *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->dir = arena_strdup(&f->a, "/tmp/smo-store-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->path = arena_printf(&f->a, "%s/smo.db", f->dir);
	OK(store_open(&f->a, f->path, true, &f->s));
	*state = f;
	return 0;
}

int store_tear_down(void **state)
{
	struct fix *f = *state;
	static const char *const names[] = {"smo.db", "smo.db-wal", "smo.db-shm"};

	store_close(&f->s);
	chmod(f->dir, 0700);
	for (size_t i = 0; i < countof(names); i++)
		unlink(arena_printf(&f->a, "%s/%s", f->dir, names[i]));
	rmdir(f->dir);
	arena_done(&f->a);
	free(f);
	return 0;
}

struct node *doc(struct fix *f, const char *json)
{
	struct node *n = NULL;

	OK(json_read(&f->a, "test", json, strlen(json), &n));
	return n;
}

struct graph_row graph_named(struct fix *f, const char *name)
{
	return (struct graph_row){
		.name = name,
		.project = "test",
		.status = "Running",
		.descriptor = doc(f, "{\"id\": \"demo\", \"services\": [1, 2.5, null, \"x\"]}"),
		.revision = 1,
		.created = 1755000000123,
		.updated = 1755000000456,
	};
}

void put_graph(struct fix *f, const char *name)
{
	struct graph_row row = graph_named(f, name);

	OK(f->s.graph_put(f->s.self, &f->a, &row));
}

struct store_port other_handle(struct fix *f)
{
	struct store_port p = {0};

	OK(store_open(&f->a, f->path, false, &p));
	return p;
}
