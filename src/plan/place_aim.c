// SPDX-License-Identifier: Apache-2.0
#include "plan/place_aim.h"

#include "base/str.h"
#include "model/snapshot.h"
#include "plan/place.h"

static const double MINIMUM_GAIN = 1; /* percent */

bool place_knows_carbon(const struct snapshot *s)
{
	for (size_t i = 0; i < s->n_clusters; i++)
		if (s->clusters[i].has_carbon && !s->clusters[i].gone)
			return true;
	return false;
}

bool place_knows_prices(const struct snapshot *s)
{
	for (size_t i = 0; i < s->n_clusters; i++) {
		const struct cluster *c = &s->clusters[i];
		if ((c->price_cpu > 0 || c->price_memory > 0) && !c->gone)
			return true;
	}
	return false;
}

bool place_aim_is_greedy(const struct place_aim *aim)
{
	return str_eq(aim->policy, "first-fit") || str_eq(aim->policy, "green-heuristic");
}

static void choose(struct place_aim *aim, const char *policy, const char *from)
{
	aim->policy = policy;
	aim->from = from;
	aim->weights = NULL;
}

/* Energy before speed: the limits of highPerformance hold either way. */
static void choose_by_intent(const struct graph *g, const struct snapshot *s, struct place_aim *aim)
{
	if (g->intent.energy_efficiency && place_knows_carbon(s))
		choose(aim, "greenest", "energyEfficiency");
	else if (g->intent.energy_efficiency && place_knows_prices(s))
		choose(aim, "cheapest", "energyEfficiency, and no cluster tells its carbon");
	else if (g->intent.high_performance)
		choose(aim, "fastest", "highPerformance");
	if (g->intent.energy_efficiency && !place_knows_carbon(s) && !place_knows_prices(s))
		aim->note = "energyEfficiency has no effect: no cluster tells its carbon or its "
			    "prices (smo cluster set CLUSTER carbon=...)";
}

/* What @in says; what it leaves out stays. */
static bool take(const struct placement_intent *in, const char *from, struct place_aim *aim)
{
	if (!in)
		return false;
	if (in->has_move_budget) {
		aim->move_budget = in->move_budget;
		aim->limit_moves = true;
	}
	if (in->has_minimum_gain)
		aim->minimum_gain = in->minimum_gain;
	if (in->weights) {
		choose(aim, "weights", from);
		aim->weights = in->weights;
	} else if (in->policy) {
		choose(aim, in->policy, from);
	}
	return in->weights || in->policy;
}

/* A policy whose figures nobody knows judges by its lesser terms: say so. */
static void note_missing(const struct snapshot *s, struct place_aim *aim)
{
	if (str_eq(aim->policy, "cheapest") && !place_knows_prices(s))
		aim->note = "no cluster tells its prices: cheapest decides as stable does "
			    "(smo cluster set CLUSTER priceCpu=...)";
	else if ((str_eq(aim->policy, "greenest") || str_eq(aim->policy, "carbon-aware") ||
		  str_eq(aim->policy, "green-heuristic")) &&
		 !place_knows_carbon(s))
		aim->note = "no cluster tells its carbon: it decides nothing "
			    "(smo cluster set CLUSTER carbon=...)";
}

void place_aim_of(const struct graph *g, const struct snapshot *s, const struct place_options *o,
		  struct place_aim *ret_aim)
{
	struct place_aim aim = {
		.policy = place_policies[0],
		.from = "default",
		.minimum_gain = MINIMUM_GAIN,
		.final = g->intent.high_availability,
	};

	take(o->settings, "settings", &aim);
	if (!g->intent.placement.policy && !g->intent.placement.weights)
		choose_by_intent(g, s, &aim);
	take(&g->intent.placement, "descriptor", &aim);
	take(o->asked, "request", &aim);
	if (o->policy)
		choose(&aim, o->policy, "--policy");
	if (!aim.note)
		note_missing(s, &aim);
	*ret_aim = aim;
}
