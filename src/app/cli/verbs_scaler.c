// SPDX-License-Identifier: Apache-2.0
/* Scaling one Deployment between two numbers of replicas, as the first SMO did. */
#include <math.h>

#include "app/app.h"
#include "app/cli/args.h"
#include "app/cli/output.h"
#include "app/cli/rounds.h"
#include "app/cli/term.h"
#include "app/cli/verbs.h"
#include "app/monitoring.h"
#include "app/wire.h"
#include "app/world.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/prom.h"
#include "engine/change.h"
#include "engine/engine.h"
#include "plan/scale.h"

struct scaler {
	const char *deployment, *namespace_;
	struct scale_threshold threshold;
	int64_t poll_ms, cooldown_ms;
	int64_t last; /* when it scaled */
	bool once, dry_run;
	struct metrics_port metrics;
	struct engine e;
};

static struct err *current_replicas(struct app *app, const struct scaler *s, int64_t *ret)
{
	const struct object_ref ref = {"apps/v1", "Deployment", s->deployment, s->namespace_};
	struct object_port *o = &app->ports.object;
	struct node *object;

	TRY(o->get(o->self, app->arena, &ref, &object));
	*ret = node_int(object, "spec.replicas", 1);
	return NULL;
}

/* NaN, with a warning, when there is no answer. */
static double request_rate(struct app *app, const struct scaler *s)
{
	struct metric_answer answer;
	struct err *err = s->metrics.instant(
		s->metrics.self, app->arena,
		monitoring_query(app, "metrics.job_query", s->deployment, s->namespace_, "1m"), 0,
		&answer);

	if (!err)
		return prom_number(&answer);
	if (err->kind != ERR_CANCELLED)
		term_warning(app, "%s", err->msg);
	return (double)NAN;
}

/* A service of a graph is scaled as such, so that upgrades keep it; another Deployment directly. */
static struct err *set_replicas(struct app *app, struct scaler *s, int64_t replicas)
{
	const struct object_ref ref = {"apps/v1", "Deployment", s->deployment, s->namespace_};
	const struct replica_wish wish = {.service = s->deployment, .replicas = replicas};
	struct store_port *st = &app->ports.store;
	struct problems ps = {.a = app->arena};
	struct change c = {.verb = CHANGE_SCALE,
			   .wishes = &wish,
			   .n_wishes = 1,
			   .by = "thresholds",
			   .message = "scaled by thresholds"};
	struct decision d;
	struct err *err =
		st->service_owner(st->self, app->arena, s->namespace_, s->deployment, &c.graph);

	if (err && err->kind == ERR_NOT_FOUND)
		return app->ports.object.scale(app->ports.object.self, app->arena, &ref, replicas);
	TRY(err);
	return change_run(&s->e, app->arena, &c, &ps, &d);
}

static void tell_iteration(struct app *app, const struct scaler *s, int64_t current, double rate,
			   const struct scale_threshold_answer *r)
{
	struct node *doc = node_new(app->arena, NODE_MAP);

	node_set_str(app->arena, doc, "action", scale_action_name(r->action));
	node_set_str(app->arena, doc, "reason", r->reason);
	node_set_int(app->arena, doc, "current_replicas", current);
	if (r->action != SCALE_NONE)
		node_set_int(app->arena, doc, "new_replicas", r->replicas);
	else
		node_set(doc, "request_rate",
			 isfinite(rate) ? node_new_real(app->arena, rate)
					: node_new(app->arena, NODE_NULL));
	if (output_is_data(app))
		output_text(app, doc, "");
	else if (r->action != SCALE_NONE)
		term_say(app, "SCALING ACTION %s: %s", s->dry_run ? "WANTED" : "TAKEN", r->reason);
	else if (isfinite(rate))
		term_say(app, "No action needed. Replicas: %lld, Rate: %.2f RPS",
			 (long long)current, rate);
	else
		term_say(app, "No action needed. Replicas: %lld, %s", (long long)current,
			 r->reason);
}

static struct err *iterate(struct app *app, struct scaler *s, bool *ret_scaled)
{
	int64_t current;

	*ret_scaled = false;
	TRY(current_replicas(app, s, &current));
	double rate = request_rate(app, s);
	if (cancelled(app->cancel))
		return err_new(app->arena, ERR_CANCELLED, "interrupted");
	struct scale_threshold_answer r =
		scale_by_threshold(app->arena, &s->threshold, current, rate);
	if (r.action != SCALE_NONE && !s->dry_run) {
		TRY(set_replicas(app, s, r.replicas));
		*ret_scaled = true;
	}
	tell_iteration(app, s, current, rate, &r);
	return NULL;
}

static void banner(struct app *app, const struct scaler *s)
{
	if (output_is_data(app))
		return;
	term_say(app, "Starting scaler for deployment '%s' in namespace '%s'", s->deployment,
		 s->namespace_);
	term_say(app, "Scale up above %g RPS to %lld replicas, down below %g RPS to %lld replicas",
		 s->threshold.up, (long long)s->threshold.up_replicas, s->threshold.down,
		 (long long)s->threshold.down_replicas);
	term_say(app, "Poll interval: %llds, cooldown: %llds", (long long)(s->poll_ms / 1000),
		 (long long)(s->cooldown_ms / 1000));
	term_say(app, "--------------------------------------------------");
}

static struct err *scaler_of(struct app *app, struct scaler *s)
{
	const struct args *g = app->args;

	*s = (struct scaler){
		.deployment = args_text(g, "target-deployment"),
		.namespace_ = args_text(g, "target-namespace"),
		.threshold = {args_real(g, "up-threshold"), args_real(g, "down-threshold"),
			      args_int(g, "up-replicas"), args_int(g, "down-replicas")},
		.poll_ms = args_ms(g, "poll-interval"),
		.cooldown_ms = args_ms(g, "cooldown-period"),
		.last = INT64_MIN / 2,
		.once = args_flag(g, "once"),
		.dry_run = args_flag(g, "dry-run"),
	};
	if (s->threshold.down > s->threshold.up)
		return err_new(app->arena, ERR_INPUT,
			       "--down-threshold must not be above --up-threshold");
	if (s->threshold.up_replicas < 1 || s->threshold.down_replicas < 1 ||
	    s->threshold.up_replicas > SCALE_MAX)
		return err_new(app->arena, ERR_INPUT, "replicas must be 1 to %d", SCALE_MAX);
	if (s->poll_ms < 1)
		return err_new(app->arena, ERR_INPUT, "--poll-interval must be above zero");
	return NULL;
}

static struct err *look(struct app *app, void *self)
{
	struct scaler *s = self;
	struct clock_port *clock = &app->ports.clock;
	int64_t left = s->last + s->cooldown_ms - clock->now(clock->self);
	bool scaled = false;

	if (left > 0) {
		term_say(app, "In cooldown: %lld seconds remaining",
			 (long long)((left + 999) / 1000));
		return NULL;
	}
	TRY(iterate(app, s, &scaled));
	if (scaled)
		s->last = clock->now(clock->self);
	return NULL;
}

static struct err *scaler_run(struct app *app)
{
	struct prom *prom scoped_prom = NULL;
	struct scaler s;

	TRY(scaler_of(app, &s));
	TRY(wire_world(app));
	TRY(world_engine(app, &s.e));
	TRY(monitoring_open(app, &prom, &s.metrics));
	banner(app, &s);
	const struct rounds r = {s.once ? 0 : s.poll_ms, look, &s};
	return rounds_run(app, &r);
}

const struct verb verbs_scaler[] = {
	{.path = "scaler", .brief = "scale by load"},
	{.path = "scaler run",
	 .brief = "scale a Deployment between two numbers of replicas by its request rate",
	 .options = {OPTIONS(
		 {"target-deployment", ARG_SERVICE, "NAME", "Deployment to scale",
		  .flags = ARG_REQUIRED},
		 {"target-namespace", ARG_PROJECT, "NAMESPACE", "its namespace", "default"},
		 {"up-threshold", ARG_REAL, "RPS", "above this rate it is scaled up",
		  .flags = ARG_REQUIRED},
		 {"down-threshold", ARG_REAL, "RPS", "below this rate it is scaled down",
		  .flags = ARG_REQUIRED},
		 {"up-replicas", ARG_INT, "N", "replicas when scaled up", .flags = ARG_REQUIRED},
		 {"down-replicas", ARG_INT, "N", "replicas when scaled down",
		  .flags = ARG_REQUIRED},
		 {"poll-interval", ARG_DURATION, "TIME", "between two looks", "15"},
		 {"cooldown-period", ARG_DURATION, "TIME", "of rest after a change", "60"},
		 {"once", .help = "look once and end"},
		 {"dry-run", .help = "say what would be done, change nothing"})},
	 .examples = {{"scaler run --target-deployment web --up-threshold 200 --down-threshold 50 "
		       "--up-replicas 4 --down-replicas 1",
		       NULL}},
	 .run = scaler_run},
	{0},
};
