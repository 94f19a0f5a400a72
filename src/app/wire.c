// SPDX-License-Identifier: Apache-2.0
#include "app/wire.h"

#include <stdio.h>

#include "app/app.h"
#include "app/cli/output.h"
#include "app/settings.h"
#include "app/world.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/file.h"
#include "drive/store.h"
#include "drive/wall_clock.h"

struct wire {
	bool has_store;
	struct world_handle *world;
};

static struct wire *wire_of(struct app *app)
{
	if (!app->wire)
		app->wire = arena_new(app->arena, struct wire);
	return app->wire;
}

static void has_store(struct app *app)
{
	app->ports.clock = wall_clock_port(app->cancel);
	app->ports.cancel = app->cancel;
	wire_of(app)->has_store = true;
}

static struct err *open_store(struct app *app, bool create)
{
	if (wire_of(app)->has_store)
		return NULL;
	struct err *e = store_open(app->arena, settings_text(app->settings, "db.url"), create,
				   &app->ports.store);
	if (e && e->kind == ERR_NOT_FOUND)
		return err_hint(app->arena, e,
				"Run `%s init` first, or `%s init --sim` to try it on a "
				"simulated federation.",
				app->program, app->program);
	TRY(e);
	has_store(app);
	return NULL;
}

static bool is_simulated(const struct app *app)
{
	return str_eq(settings_text(app->settings, "world"), "simulated");
}

struct err *wire_names(struct app *app)
{
	return open_store(app, false);
}

struct err *wire_store(struct app *app)
{
	bool is_first = !wire_of(app)->has_store;

	TRY(open_store(app, false));
	if (is_first && is_simulated(app) && !output_is_data(app))
		fprintf(app->err, "(simulated)\n");
	return NULL;
}

struct err *wire_store_or_none(struct app *app)
{
	struct err *e = wire_store(app);

	if (!e || e->kind != ERR_NOT_FOUND)
		return e;
	TRY(store_open(app->arena, NULL, true, &app->ports.store));
	has_store(app);
	return NULL;
}

struct err *wire_clock(struct app *app)
{
	return is_simulated(app) ? wire_world(app) : wire_store(app);
}

struct err *wire_store_create(struct app *app)
{
	TRY(file_make_dirs(app->arena, app->dir, 0700));
	return open_store(app, true);
}

struct err *wire_world(struct app *app)
{
	struct wire *w = wire_of(app);

	TRY(wire_store(app));
	return w->world ? NULL : world_open(app, &w->world);
}

struct world_handle *wire_world_handle(struct app *app)
{
	return wire_of(app)->world;
}

void wire_done(struct app *app)
{
	if (!app->wire)
		return;
	world_close(app->wire->world);
	if (app->wire->has_store)
		store_close(&app->ports.store);
	app->wire = NULL;
}
