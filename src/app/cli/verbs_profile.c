// SPDX-License-Identifier: Apache-2.0
/* `profile`: learn from Prometheus what the replicas of services sustain. */
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "app/app.h"
#include "app/cli/args.h"
#include "app/cli/output.h"
#include "app/cli/plot.h"
#include "app/cli/span.h"
#include "app/cli/term.h"
#include "app/cli/verbs.h"
#include "app/descriptor.h"
#include "app/monitoring.h"
#include "app/scaling.h"
#include "app/settings.h"
#include "app/wire.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/prom.h"
#include "engine/change_read.h"
#include "engine/scaling.h"
#include "model/duration.h"
#include "plan/profile.h"
#include "plan/query.h"
#include "plan/scale_policy.h"

enum { MOST_SAMPLES = 2000, LEAST_STEP_MS = 15000, PLOT_HEIGHT = 14, PLOT_WIDTH = 76 };

struct profiling {
	struct app *app;
	struct metrics_port m;
	struct graph graph;
	const char *project;
	struct scaling defaults;
	int64_t from, to, step_ms; /* by the clock of Prometheus */
	bool peaks, save;
};

struct lesson {
	const char *service;
	struct profile_points points;
	struct profile_fit fit;
	struct err *err; /* it could not be learnt: why */
};

/* ---- measuring ---- */

/* The sum of all series at each sample's time; NaN where there is none. */
static struct err *history(struct profiling *p, const char *template, const char *service,
			   const char *window, double *values, size_t n)
{
	struct arena *a = p->app->arena;
	const struct query_words words = {service, p->project, window};
	struct metric_answer got;

	TRY(p->m.range(p->m.self, a, query_fill(a, template, &words), p->from, p->to, p->step_ms,
		       &got));
	for (size_t i = 0; i < got.n_warnings; i++)
		term_warning(p->app, "Prometheus: %s", got.warnings[i]);
	for (size_t i = 0; i < n; i++)
		values[i] = (double)NAN;
	for (size_t s = 0; s < got.n_series; s++)
		for (size_t i = 0; i < got.series[s].n; i++) {
			int64_t k =
				(got.series[s].times[i] - p->from + p->step_ms / 2) / p->step_ms;

			if (k < 0 || (size_t)k >= n)
				continue;
			double *v = &values[k];
			*v = isnan(*v) ? got.series[s].values[i] : *v + got.series[s].values[i];
		}
	return NULL;
}

/* Rates need a window that is no shorter than the way from sample to sample. */
static const char *window_of(struct profiling *p, const char *window)
{
	int64_t ms;

	if (duration_parse(window, &ms) && ms >= p->step_ms)
		return window;
	return arena_printf(p->app->arena, "%lldms", (long long)p->step_ms);
}

static struct err *empty(struct profiling *p, const char *what, const char *setting)
{
	return err_hint(p->app->arena,
			err_new(p->app->arena, ERR_INFEASIBLE,
				"Prometheus knows nothing of its %s in that time", what),
			"The setting %s says what is asked for%s.", setting,
			p->peaks || !str_eq(what, "load")
				? ""
				: "; with --peaks the highest rates stand for what is sustained");
}

static bool any(const double *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (isfinite(values[i]))
			return true;
	return false;
}

static struct err *measure(struct profiling *p, const struct service *v,
			   struct profile_sample **ret_samples, size_t *ret_n)
{
	struct arena *a = p->app->arena;
	size_t n = (size_t)((p->to - p->from) / p->step_ms) + 1;
	const struct scale_policy policy = scale_policy_of(a, v, NULL, &p->defaults);
	const struct {
		const char *what, *setting, *template;
	} asked[] = {
		{"rate", "metrics.rate_query", policy.query},
		{"replicas", "metrics.replicas_query",
		 settings_text(p->app->settings, "metrics.replicas_query")},
		{"load", "metrics.load_query",
		 settings_text(p->app->settings, "metrics.load_query")},
	};
	double *values[countof(asked)];
	struct profile_sample *samples = arena_new_n(a, struct profile_sample, n);

	for (size_t q = 0; q < countof(asked); q++) {
		values[q] = arena_new_n(a, double, n);
		if (q == 2 && p->peaks)
			continue;
		if (!asked[q].template)
			return err_new(a, ERR_INPUT, "setting %s is empty", asked[q].setting);
		TRY(history(p, asked[q].template, v->id, window_of(p, policy.window), values[q],
			    n));
		if (!any(values[q], n))
			return empty(p, asked[q].what, asked[q].setting);
	}
	for (size_t i = 0; i < n; i++)
		samples[i] = (struct profile_sample){values[1][i], values[0][i], values[2][i]};
	*ret_samples = samples;
	*ret_n = n;
	return NULL;
}

static struct err *learn(struct profiling *p, const struct service *v, struct lesson *l)
{
	struct profile_sample *samples = NULL;
	size_t n = 0;

	l->service = v->id;
	TRY(measure(p, v, &samples, &n));
	l->points = profile_points_of(p->app->arena, samples, n, p->peaks);
	return profile_fit_of(p->app->arena, &l->points, p->step_ms, &l->fit);
}

/* ---- telling ---- */

static void set_real(struct app *app, struct node *map, const char *key, double value)
{
	node_set(map, key, node_new_real(app->arena, value));
}

static struct node *lesson_document(struct app *app, const struct lesson *l, bool saved)
{
	struct node *n = node_new(app->arena, NODE_MAP);
	const struct profile_fit *f = &l->fit;
	const struct {
		const char *key;
		double value;
	} reals[] = {
		{"alpha", f->alpha},
		{"beta", f->beta},
		{"alphaLow", f->alpha_low},
		{"alphaHigh", f->alpha_high},
		{"betaLow", f->beta_low},
		{"betaHigh", f->beta_high},
		{"residualMedian", f->off_median},
		{"residual95", f->off_most},
	};

	node_set_str(app->arena, n, "service", l->service);
	if (l->err) {
		node_set_str(app->arena, n, "error", l->err->msg);
		if (l->err->hint)
			node_set_str(app->arena, n, "hint", l->err->hint);
	}
	for (size_t i = 0; !l->err && i < countof(reals); i++)
		set_real(app, n, reals[i].key, reals[i].value);
	node_set_int(app->arena, n, "points", (int64_t)l->points.n);
	node_set_int(app->arena, n, "idle", (int64_t)l->points.n_idle);
	node_set_int(app->arena, n, "changing", (int64_t)l->points.n_changing);
	node_set_int(app->arena, n, "missing", (int64_t)l->points.n_missing);
	node_set_bool(app->arena, n, "saved", saved && !l->err);
	return n;
}

static void draw(struct app *app, const struct lesson *l)
{
	size_t width = term_width(STDOUT_FILENO);
	const struct plot plot = {
		.at = l->points.at,
		.n = l->points.n,
		.alpha = l->fit.alpha,
		.beta = l->fit.beta,
		.x_name = "replicas",
		.y_name = "requests/s sustained",
		.width = width && width < PLOT_WIDTH ? width : PLOT_WIDTH,
		.height = PLOT_HEIGHT,
		.color = app->color_out,
	};

	fputs(plot_text(app->arena, &plot), app->out);
}

static void tell(struct app *app, const struct lesson *l)
{
	const struct profile_fit *f = &l->fit;

	if (l->err) {
		term_warning(app, "%s: %s", l->service, l->err->msg);
		if (l->err->hint)
			term_note(app, "hint: %s", l->err->hint);
		return;
	}
	term_say(app, "%s: y = %.4g x %c %.4g requests/s", l->service, f->alpha,
		 f->beta < 0 ? '-' : '+', fabs(f->beta));
	term_say(app,
		 "  alpha from %.4g to %.4g (95 %%), beta from %.4g to %.4g, by %zu points at %zu "
		 "numbers of replicas",
		 f->alpha_low, f->alpha_high, f->beta_low, f->beta_high, f->n_points, f->n_counts);
	term_say(app, "  half of the points are within %.3g of the line, 95 %% within %.3g",
		 f->off_median, f->off_most);
	draw(app, l);
}

/* ---- the verb ---- */

/* What time it is for Prometheus: a simulated world has a clock of its own. */
static struct err *set_span(struct profiling *p)
{
	struct app *app = p->app;
	struct metric_answer now;
	int64_t window = args_ms(app->args, "window"), step = args_ms(app->args, "step");

	if (window < LEAST_STEP_MS)
		return err_new(app->arena, ERR_INPUT, "--window must be 15s or more");
	TRY(p->m.instant(p->m.self, app->arena, "time()", 0, &now));
	double seconds = prom_number(&now);
	if (!isfinite(seconds) || seconds < 0)
		return err_new(app->arena, ERR_REMOTE, "Prometheus does not know what time it is");
	p->step_ms = step ? step : window / MOST_SAMPLES;
	if (p->step_ms < LEAST_STEP_MS && !step)
		p->step_ms = LEAST_STEP_MS;
	if (p->step_ms < 1 || window / p->step_ms > 10000)
		return err_new(app->arena, ERR_INPUT,
			       "--step is too short for that window: at most 10000 samples");
	p->to = (int64_t)(seconds * 1000);
	p->from = p->to - window / p->step_ms * p->step_ms;
	return NULL;
}

static struct err *save(struct profiling *p, const struct lesson *l)
{
	struct clock_port *clock = &p->app->ports.clock;
	struct engine e = {.ports = &p->app->ports};
	const struct scale_learnt learnt = {
		.alpha = l->fit.alpha,
		.beta = l->fit.beta,
		.alpha_low = l->fit.alpha_low,
		.alpha_high = l->fit.alpha_high,
		.at = clock->now(clock->self),
		.points = (int64_t)l->points.n,
	};

	TRY(scaling_learn(&e, p->app->arena, p->graph.id, l->service, &learnt));
	engine_event(&e, p->app->arena, p->graph.id, l->service, NULL, false, "Learnt",
		     "y = %.4g x %+.4g by %zu points", learnt.alpha, learnt.beta, l->points.n);
	return NULL;
}

static bool is_asked(const struct profiling *p, const char *service)
{
	const char *const *names;
	size_t n = args_all(p->app->arena, p->app->args, "service", &names);

	for (size_t i = 0; i < n; i++)
		if (str_eq(names[i], service))
			return true;
	return !n;
}

static struct err *check_services(struct profiling *p)
{
	const char *const *names;
	size_t n = args_all(p->app->arena, p->app->args, "service", &names);

	for (size_t i = 0; i < n; i++)
		if (!graph_service(&p->graph, names[i]))
			return err_new(p->app->arena, ERR_NOT_FOUND,
				       "graph '%s' has no service '%s'", p->graph.id, names[i]);
	return NULL;
}

/* The first failure is the error when nothing at all was learnt, and always of a failing peer. */
static struct err *learn_all(struct profiling *p, struct node *list)
{
	struct lesson *lessons = arena_new_n(p->app->arena, struct lesson, p->graph.n_services);
	const struct lesson *first = NULL;
	size_t n = 0, n_learnt = 0;

	for (size_t i = 0; i < p->graph.n_services; i++) {
		struct lesson *l = &lessons[n];

		if (!is_asked(p, p->graph.services[i].id))
			continue;
		l->err = learn(p, &p->graph.services[i], l);
		if (l->err && l->err->kind != ERR_INFEASIBLE)
			return err_wrap(p->app->arena, l->err, "%s", l->service);
		if (!l->err && p->save)
			TRY(save(p, l));
		first = !first && l->err ? l : first;
		n_learnt += !l->err;
		node_add(list, lesson_document(p->app, l, p->save));
		n++;
	}
	for (size_t i = 0; i < n && !output_is_data(p->app); i++)
		if (n_learnt || &lessons[i] != first)
			tell(p->app, &lessons[i]);
	return n_learnt || !first ? NULL
				  : err_wrap(p->app->arena, first->err, "%s", first->service);
}

static struct err *forget(struct profiling *p)
{
	struct engine e = {.ports = &p->app->ports};

	for (size_t i = 0; i < p->graph.n_services; i++)
		if (is_asked(p, p->graph.services[i].id))
			TRY(scaling_learn(&e, p->app->arena, p->graph.id, p->graph.services[i].id,
					  NULL));
	term_success(p->app, "Nothing learnt of graph '%s' is kept.", p->graph.id);
	return NULL;
}

static struct err *profile_run(struct app *app)
{
	struct prom *prom scoped_prom = NULL;
	struct profiling p = {.app = app,
			      .peaks = args_flag(app->args, "peaks"),
			      .save = args_flag(app->args, "save")};
	struct graph_row row;
	struct node *doc = node_new(app->arena, NODE_MAP);

	TRY(wire_store(app));
	TRY(app->ports.store.graph_get(app->ports.store.self, app->arena,
				       args_operand(app->args, 0), &row));
	p.project = row.project;
	TRY(change_stored_graph(app->arena, &row, &p.graph));
	TRY(check_services(&p));
	if (args_flag(app->args, "forget"))
		return forget(&p);
	TRY(scaling_settings(app, &p.defaults));
	TRY(monitoring_open(app, &prom, &p.m));
	TRY(set_span(&p));
	node_set_str(app->arena, doc, "graph", p.graph.id);
	node_set_int(app->arena, doc, "from", p.from);
	node_set_int(app->arena, doc, "to", p.to);
	node_set_int(app->arena, doc, "step", p.step_ms);
	struct err *err = learn_all(&p, node_list_in(app->arena, doc, "services"));
	if (output_is_data(app))
		output_text(app, doc, "");
	else if (!err && p.save)
		term_success(app, "Saved: `smo graph scale %s` goes by it.", p.graph.id);
	return err;
}

const struct verb verbs_profile[] = {
	{.path = "profile",
	 .brief = "learn from Prometheus what the replicas of services sustain",
	 .text = "Fits y = alpha * replicas + beta to what was measured, robustly: by how busy the "
		 "replicas were (setting metrics.load_query), or with --peaks by the highest rates "
		 "seen at each number of replicas. With too little data it says how much more is "
		 "needed.",
	 .operands = {{"NAME", ARG_GRAPH, .help = "the graph"}},
	 .options = {OPTIONS(
		 {"service", ARG_SERVICE, "SERVICE", "only this one", .flags = ARG_REPEAT},
		 {"window", ARG_DURATION, "TIME", "how far to look back", "7d"},
		 {"step", ARG_DURATION, "TIME",
		  "between two samples; none: window / 2000, 15s or "
		  "more"},
		 {"peaks", .help = "the load is not known: take the highest rates"},
		 {"save", .help = "keep what was learnt, for `graph scale`"},
		 {"forget", .help = "keep nothing of what was learnt before; nothing is asked"})},
	 .examples = {{"profile shop --window 2d", "look"},
		      {"profile shop --service web --save", "and keep"}},
	 .run = profile_run},
	{0},
};
