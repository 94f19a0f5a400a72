// SPDX-License-Identifier: Apache-2.0
/* The only place that names drivers: opens the store and the world when they are first needed. */
#pragma once

#include "base/attr.h"

struct app;
struct err;
struct world_handle;

/*
 * app->ports.store and app->ports.clock, which is the machine's; the state must have been made by
 * `smo init`.  Says so when the world is simulated.
 */
struct err *wire_store(struct app *app) must_check;

/* The same, but a state that was never made is an empty one: for decisions about a given world. */
struct err *wire_store_or_none(struct app *app) must_check;

/* As wire_store(), and says nothing: for shells that complete a word. */
struct err *wire_names(struct app *app) must_check;

/* As wire_store(), and the clock is the world's, whose virtual one tells how old things are. */
struct err *wire_clock(struct app *app) must_check;

/* As wire_store(), and makes the state directory and database when they are not there. */
struct err *wire_store_create(struct app *app) must_check;

/* All of app->ports: the real world, or the simulated one when the state was made with --sim. */
struct err *wire_world(struct app *app) must_check;

/* What wire_world() opened (app/world.h). */
struct world_handle *wire_world_handle(struct app *app);

/* Close what was opened. */
void wire_done(struct app *app);
