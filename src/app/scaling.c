// SPDX-License-Identifier: Apache-2.0
#include "app/scaling.h"

#include "app/app.h"
#include "app/monitoring.h"
#include "app/settings.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "plan/query.h"

static struct scaling_way *way_of(struct app *app, const char *way)
{
	struct arena *a = app->arena;
	struct scaling_way *w = arena_new(a, struct scaling_way);

	w->stabilization =
		monitoring_duration(app, arena_printf(a, "scaling.%s.stabilization", way));
	w->replicas = settings_int(app->settings, arena_printf(a, "scaling.%s.replicas", way));
	w->percent = settings_real(app->settings, arena_printf(a, "scaling.%s.percent", way));
	w->period = monitoring_duration(app, arena_printf(a, "scaling.%s.period", way));
	return w;
}

struct err *scaling_settings(struct app *app, struct scaling *ret_scaling)
{
	const struct settings *s = app->settings;
	struct scaling_tolerance *t = arena_new(app->arena, struct scaling_tolerance);
	struct scaling k = {
		.query = settings_text(s, "metrics.rate_query"),
		.window = arena_printf(app->arena, "%llds",
				       (long long)settings_int(s, "scaling.interval_seconds")),
		.target = settings_real(s, "scaling.target"),
		.min = settings_int(s, "scaling.min"),
		.max = settings_int(s, "scaling.max"),
		.tolerance = t,
		.up = way_of(app, "up"),
		.down = way_of(app, "down"),
		.initial = monitoring_duration(app, "scaling.initial"),
		.cooldown = monitoring_duration(app, "scaling.cooldown"),
	};

	if (str_eq(settings_text(s, "scaling.if_missing"), "zero"))
		k.if_missing = MISSING_ZERO;
	*t = (struct scaling_tolerance){settings_real(s, "scaling.tolerance_up"),
					settings_real(s, "scaling.tolerance_down")};
	if (settings_real(s, "scaling.alpha") > 0) {
		k.model = arena_new(app->arena, struct scaling_model);
		*k.model = (struct scaling_model){settings_real(s, "scaling.alpha"),
						  settings_real(s, "scaling.beta")};
	}
	if (!k.query)
		return err_new(app->arena, ERR_INPUT, "setting metrics.rate_query is empty");
	TRY(err_wrap(app->arena, query_check(app->arena, k.query), "setting metrics.rate_query"));
	*ret_scaling = k;
	return NULL;
}
