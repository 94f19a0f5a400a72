// SPDX-License-Identifier: Apache-2.0
#include "app/placement.h"

#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/cli/args.h"
#include "app/settings.h"
#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"
#include "model/cluster_properties.h"
#include "model/graph.h"

/* price=1, carbon=0.1 ... */
static struct err *read_weight(struct app *app, const char *text, struct placement_weights *w)
{
	const struct {
		const char *key;
		double *to;
	} known[] = {{"price", &w->price},
		     {"carbon", &w->carbon},
		     {"latency", &w->latency},
		     {"moves", &w->moves},
		     {"balance", &w->balance}};
	const char *eq = strchr(text, '=');
	char *end = NULL;

	for (size_t i = 0; i < countof(known) && eq; i++) {
		size_t n = strlen(known[i].key);
		double x = strtod(eq + 1, &end);

		if ((size_t)(eq - text) != n || strncmp(text, known[i].key, n) != 0)
			continue;
		if (end == eq + 1 || *end || !(x >= 0 && x <= 1e6))
			break;
		*known[i].to = x;
		return NULL;
	}
	return err_hint(
		app->arena,
		err_new(app->arena, ERR_INPUT, "placement.weights: '%s' is no weight", text),
		"Weights are price=, carbon=, latency=, moves= and balance=, with a "
		"number from 0.");
}

struct err *placement_settings(struct app *app, const struct placement_intent **ret_intent)
{
	struct placement_intent *p = arena_new(app->arena, struct placement_intent);
	const char *const *weights = NULL;
	size_t n = settings_list(app->settings, "placement.weights", &weights);

	p->policy = settings_text(app->settings, "placement.policy");
	if (n)
		p->weights = arena_new(app->arena, struct placement_weights);
	for (size_t i = 0; i < n; i++)
		TRY(read_weight(app, weights[i], p->weights));
	p->has_minimum_gain = true;
	p->minimum_gain = settings_real(app->settings, "placement.minimum_gain");
	if (settings_text(app->settings, "placement.move_budget")) {
		p->has_move_budget = true;
		p->move_budget = settings_int(app->settings, "placement.move_budget");
	}
	*ret_intent = p;
	return NULL;
}

static bool has(const struct app *app, const char *option)
{
	return verb_option(app->args->verb, option, '\0') && args_text(app->args, option);
}

const struct placement_intent *placement_asked(struct app *app)
{
	struct placement_intent *p = arena_new(app->arena, struct placement_intent);

	if (has(app, "move-budget")) {
		p->has_move_budget = true;
		p->move_budget = args_int(app->args, "move-budget");
	}
	if (has(app, "minimum-gain")) {
		p->has_minimum_gain = true;
		p->minimum_gain = args_real(app->args, "minimum-gain");
	}
	return p->has_move_budget || p->has_minimum_gain ? p : NULL;
}

struct err *placement_properties(struct app *app, const char *const **ret_texts, size_t *ret_n)
{
	const char *const *texts = NULL;
	size_t n = settings_list(app->settings, "clusters.properties", &texts);

	for (size_t i = 0; i < n; i++) {
		const char *colon = strchr(texts[i], ':'), *eq = colon ? strchr(colon, '=') : NULL;
		struct cluster probe = {0};
		const char *wrong = "it is not CLUSTER:KEY=VALUE";

		if (eq)
			wrong = cluster_property_set(
				app->arena, &probe,
				arena_strndup(app->arena, colon + 1, (size_t)(eq - colon - 1)),
				eq + 1, "settings");
		if (wrong)
			return err_new(app->arena, ERR_INPUT, "clusters.properties: '%s': %s",
				       texts[i], wrong);
	}
	*ret_texts = texts;
	*ret_n = n;
	return NULL;
}
