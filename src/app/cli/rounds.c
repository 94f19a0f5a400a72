// SPDX-License-Identifier: Apache-2.0
#include "app/cli/rounds.h"

#include "app/app.h"
#include "app/cli/term.h"
#include "base/arena.h"
#include "base/err.h"
#include "drive/wall_clock.h"

static struct err *one(struct app *app, const struct rounds *r)
{
	struct arena round scoped_arena = {0}, *outer = app->arena;

	app->arena = &round;
	struct err *err = r->look(app, r->self);
	app->arena = outer;
	if (!err)
		return NULL;
	struct err *kept = err_new(outer, err->kind, "%s", err->msg);
	return err->hint ? err_hint(outer, kept, "%s", err->hint) : kept;
}

static bool passes(const struct err *err)
{
	return err->kind == ERR_REMOTE || err->kind == ERR_TIMEOUT || err->kind == ERR_LOCKED ||
	       err->kind == ERR_PARTIAL || err->kind == ERR_INFEASIBLE;
}

struct err *rounds_run(struct app *app, const struct rounds *r)
{
	const struct clock_port wall = wall_clock_port(app->cancel);
	struct clock_port *clock = &app->ports.clock;

	while (!cancelled(app->cancel)) {
		struct err *err = one(app, r);

		if (!r->every_ms || (err && !passes(err)))
			return err;
		if (err)
			term_warning(app, "%s", err->msg);
		wall.sleep(wall.self, r->every_ms);
		if (app->ports.simulated && !cancelled(app->cancel))
			clock->sleep(clock->self, r->every_ms);
	}
	return err_new(app->arena, ERR_CANCELLED, "interrupted");
}
