// SPDX-License-Identifier: Apache-2.0
#include "plan/scale_policy.h"

#include "base/arena.h"
#include "model/duration.h"

enum { PERIOD_MS = 15000 };

static const struct scaling nothing;

/* The first that is given, or @otherwise; what is no duration was told by the reader. */
static int64_t span(const char *first, const char *second, int64_t otherwise)
{
	int64_t ms;

	if (first && duration_parse(first, &ms))
		return ms;
	return second && duration_parse(second, &ms) ? ms : otherwise;
}

/* What is said of replicas, percent and period goes together. */
static bool says_speed(const struct scaling_way *w)
{
	return w && (w->replicas || w->percent > 0 || w->period);
}

static struct scale_speed speed_of(const struct scaling_way *own,
				   const struct scaling_way *settings, struct scale_speed otherwise)
{
	const struct scaling_way *w = says_speed(own)        ? own
				      : says_speed(settings) ? settings
							     : NULL;
	struct scale_speed v = otherwise;

	if (!w)
		return v;
	if (w->replicas || w->percent > 0) {
		v.replicas = w->replicas;
		v.percent = w->percent;
	}
	v.period_ms = span(w->period, NULL, PERIOD_MS);
	return v;
}

static struct scale_manners manners_of(const struct scaling *k, const struct scaling *settings)
{
	static const struct scaling_way no_way;
	struct scale_manners m = scale_manners_default;
	const struct scaling_tolerance *t = k->tolerance ? k->tolerance : settings->tolerance;
	const struct scaling_way *up = k->up ? k->up : &no_way, *down = k->down ? k->down : &no_way;
	const struct scaling_way *sup = settings->up ? settings->up : &no_way;
	const struct scaling_way *sdown = settings->down ? settings->down : &no_way;

	if (t) {
		m.tolerance_up = t->up;
		m.tolerance_down = t->down;
	}
	m.window_up_ms = span(up->stabilization, sup->stabilization, m.window_up_ms);
	m.window_down_ms = span(down->stabilization, sdown->stabilization, m.window_down_ms);
	m.up = speed_of(up, sup, m.up);
	m.down = speed_of(down, sdown, m.down);
	m.initial_ms = span(k->initial, settings->initial, m.initial_ms);
	m.cooldown_ms = span(k->cooldown, settings->cooldown, m.cooldown_ms);
	return m;
}

static void set_model(struct arena *a, struct scale_policy *p, double alpha, double beta,
		      const char *origin)
{
	double part = p->target > 0 ? p->target : 1;

	p->has_model = true;
	p->model = (struct scale_model){alpha * part, beta * part, origin};
	if (part < 1)
		p->model.origin = arena_printf(a, "%s, used to %g %%", origin, part * 100);
}

struct scale_policy scale_policy_of(struct arena *a, const struct service *v,
				    const struct scale_learnt *learnt,
				    const struct scaling *settings)
{
	const struct scaling *k = v->scaling ? v->scaling : &nothing;
	struct scale_policy p = {
		.query = k->query ? k->query : settings->query,
		.window = k->window ? k->window : settings->window,
		.if_missing = k->if_missing ? k->if_missing : settings->if_missing,
		.target = k->target > 0 ? k->target : settings->target,
		.min = k->min ? k->min : settings->min,
		.max = k->max ? k->max : settings->max,
		.to_zero = k->to_zero && !k->min,
		.paused = k->paused,
		.manners = manners_of(k, settings),
	};

	if (k->to_zero)
		p.min = k->min;
	if (v->ha.enabled && v->ha.replicas_across_clusters > p.min)
		p.min = v->ha.replicas_across_clusters;
	if (p.min)
		p.to_zero = false;
	if (k->model)
		set_model(a, &p, k->model->alpha, k->model->beta, "descriptor");
	else if (learnt)
		set_model(a, &p, learnt->alpha, learnt->beta, "learnt");
	else if (settings->model)
		set_model(a, &p, settings->model->alpha, settings->model->beta, "settings");
	return p;
}
