// SPDX-License-Identifier: Apache-2.0
/*
 * The world behind the ports: a Karmada control plane with helm, or a simulated federation.  With
 * wire.c the only file that names drivers.
 */
#pragma once

#include "base/attr.h"
#include "engine/engine.h"

struct app;
struct err;
struct helm;
struct kube;
struct sim;
struct world_handle;

/* Fill all of app->ports but the store.  What is opened lives until world_close(). */
struct err *world_open(struct app *app, struct world_handle **ret_world) must_check;
void world_close(struct world_handle *w); /* NULL is fine */

/* The simulation behind the world, or NULL when it is a real one. */
struct sim *world_sim(struct world_handle *w);

/* The connection of the real world, or NULL; helm of it, opened when first asked for. */
struct kube *world_kube(struct world_handle *w);
struct err *world_helm(struct world_handle *w, struct helm **ret_helm) must_check;

/* An engine over app->ports, with the settings and options of the command; wire_world() first. */
struct err *world_engine(struct app *app, struct engine *ret_engine) must_check;
