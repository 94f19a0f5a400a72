// SPDX-License-Identifier: Apache-2.0
/*
 * Any bytes: a snapshot (or a plan) is read with its problems told; a good one reads back as
 * written, and taking everything in it away step by step ends in an empty world.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "doc/bind.h"
#include "doc/read.h"
#include "doc/yaml.h"
#include "model/plan.h"
#include "model/snapshot.h"
#include "plan/simulate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		__builtin_trap();
}

static void goes_round(struct arena *a, const struct shape *shape, const void *value)
{
	const struct node *written = bind_write(a, shape, value);
	const char *text = yaml_write(a, written);
	struct problems ps = {.a = a};
	void *again = arena_alloc(a, shape->size);
	struct node *doc = NULL;

	must(!yaml_read(a, "again", text, strlen(text), &doc));
	bind_read(a, shape, doc, again, &ps);
	must(!ps.n_errors && node_equal(written, bind_write(a, shape, again)));
}

static const char *id_of(struct arena *a, const struct owned_object *o)
{
	return arena_printf(a, "%s/%s%s%s", o->kind, o->namespace_ ? o->namespace_ : "",
			    o->namespace_ ? "/" : "", o->name);
}

static bool is_plain(const char *text)
{
	return text && *text && !strchr(text, '/');
}

/* Put every release again, then take it and every object away. */
static void is_emptied(struct arena *a, const struct snapshot *s)
{
	struct snapshot now = *s;

	for (size_t i = 0; i < s->n_releases; i++) {
		struct release_want want = {.name = s->releases[i].name,
					    .namespace_ = s->releases[i].namespace_};
		const struct step put = {
			.verb = STEP_PUT, .service = s->releases[i].service, .release = &want};
		const struct step gone = {
			.verb = STEP_DELETE,
			.item = arena_printf(a, "Release/%s/%s", want.namespace_, want.name)};

		if (!is_plain(want.name) || !is_plain(want.namespace_))
			continue;
		now = simulate_step(a, &now, &put);
		must(snapshot_release(&now, want.namespace_, want.name) != NULL);
		now = simulate_step(a, &now, &gone);
		while (snapshot_release(&now, want.namespace_, want.name))
			now = simulate_step(a, &now, &gone); /* it was there twice */
	}
	for (size_t i = 0; i < s->n_objects; i++) {
		const struct step gone = {.verb = STEP_DELETE, .item = id_of(a, &s->objects[i])};
		now = simulate_step(a, &now, &gone);
	}
	bind_write(a, &snapshot_shape, &now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a scoped_arena = {0};
	struct problems ps = {.a = &a}, plan_ps = {.a = &a};
	struct snapshot s = {0};
	struct plan p = {0};
	struct node *doc;
	struct err *e = doc_read(&a, "fuzz", (const char *)data, size, &doc);

	if (e)
		return 0;
	bind_read(&a, &snapshot_shape, doc, &s, &ps);
	if (!ps.n_errors) {
		goes_round(&a, &snapshot_shape, &s);
		is_emptied(&a, &s);
	}
	bind_read(&a, &plan_shape, doc, &p, &plan_ps);
	if (!plan_ps.n_errors) {
		goes_round(&a, &plan_shape, &p);
		must(plan_text(&a, &p) != NULL);
	}
	return 0;
}
