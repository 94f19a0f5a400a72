// SPDX-License-Identifier: Apache-2.0
/* Verbs of a simulated federation: what happens to it, on request. */
#include <stdlib.h>
#include <time.h>

#include "app/app.h"
#include "app/cli/args.h"
#include "app/cli/output.h"
#include "app/cli/span.h"
#include "app/cli/term.h"
#include "app/cli/verbs.h"
#include "app/settings.h"
#include "app/wire.h"
#include "app/world.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "drive/page_server.h"
#include "drive/sim.h"
#include "drive/sim_metrics.h"

static struct err *open_sim(struct app *app, struct sim **ret_sim)
{
	TRY(wire_world(app));
	*ret_sim = world_sim(wire_world_handle(app));
	if (*ret_sim)
		return NULL;
	return err_hint(app->arena,
			err_new(app->arena, ERR_INPUT, "the world of this state is a real one"),
			"`smo --dir DIR init --sim` makes a state with a simulated world.");
}

/* ---- looking ---- */

static const struct view clusters_view = {
	.title = "Clusters",
	.rows = "clusters",
	.columns =
		(const struct column[]){
			{"Cluster", "name"},
			{"Ready", "ready", .if_true = "Yes", .if_false = "No"},
			{"Down", "down", .if_true = "Yes", .if_false = "No"},
			{"Nodes", "nodes", COLUMN_RIGHT},
			{"Pods", "pods", COLUMN_RIGHT},
			{"Leaving", "leaving", COLUMN_RIGHT},
			{"CPU", "allocated.cpu", COLUMN_RIGHT, .if_missing = "0"},
			{"of", "allocatable.cpu", COLUMN_RIGHT},
			{"Memory", "allocated.memory", COLUMN_RIGHT, .if_missing = "0"},
			{"of", "allocatable.memory", COLUMN_RIGHT},
			{0},
		},
};

static const struct view services_view = {
	.title = "Services",
	.rows = "services",
	.name = "service",
	.empty = "Nothing runs.",
	.columns =
		(const struct column[]){
			{"Service", "service"},
			{"Project", "project"},
			{"Workload", "name"},
			{"Replicas", "replicas", COLUMN_RIGHT},
			{"Load", "load", COLUMN_RIGHT},
			{"Failing", "failing", .if_true = "Yes", .if_missing = "No"},
			{"Where", "where"},
			{0},
		},
};

static struct err *status_run(struct app *app)
{
	struct sim *sim;
	struct node *doc;

	TRY(open_sim(app, &sim));
	TRY(sim_status(sim, app->arena, &doc));
	if (output_is_data(app)) {
		output_print(app, doc, &clusters_view);
		return NULL;
	}
	term_say(app, "It is %s in the simulated world.", node_str(doc, "now"));
	output_print(app, doc, &clusters_view);
	output_print(app, doc, &services_view);
	return NULL;
}

/* ---- doing ---- */

static struct err *down_run(struct app *app)
{
	const char *cluster = args_operand(app->args, 0);
	struct sim *sim;

	TRY(open_sim(app, &sim));
	TRY(sim_cluster_down(sim, app->arena, cluster));
	term_success(app, "Cluster '%s' is down; the control plane notices after a while.",
		     cluster);
	return NULL;
}

static struct err *up_run(struct app *app)
{
	const char *cluster = args_operand(app->args, 0);
	struct sim *sim;

	TRY(open_sim(app, &sim));
	TRY(sim_cluster_up(sim, app->arena, cluster));
	term_success(app, "Cluster '%s' is up and has caught up.", cluster);
	return NULL;
}

static struct err *fail_run(struct app *app)
{
	const char *service = args_operand(app->args, 0);
	bool recover = args_flag(app->args, "recover");
	struct sim *sim;

	TRY(open_sim(app, &sim));
	TRY(sim_fail(sim, app->arena, service, !recover));
	term_success(app, recover ? "The pods of '%s' start again." : "The pods of '%s' crash.",
		     service);
	return NULL;
}

static struct err *load_run(struct app *app)
{
	const char *service = args_operand(app->args, 0), *text = args_operand(app->args, 1);
	char *end;
	double rate = strtod(text, &end);
	struct sim *sim;

	if (end == text || *end)
		return err_new(app->arena, ERR_INPUT, "'%s' is no number of requests per second",
			       text);
	TRY(open_sim(app, &sim));
	TRY(sim_load(sim, app->arena, service, rate));
	term_success(app, "%g requests per second reach '%s'.", rate, service);
	return NULL;
}

static struct err *advance_run(struct app *app)
{
	const char *text = args_operand(app->args, 0);
	struct sim *sim;
	int64_t ms;

	if (!span_parse(text, &ms))
		return err_new(app->arena, ERR_INPUT, "'%s' is no time such as 60s", text);
	TRY(open_sim(app, &sim));
	TRY(sim_advance(sim, app->arena, ms));
	term_success(app, "%s have passed.", span_text(app->arena, ms));
	return NULL;
}

static struct err *fault_run(struct app *app)
{
	const struct args *args = app->args;
	const char *port = args_operand(args, 0);
	const struct sim_fault f = {
		.port = str_eq(port, "any") ? NULL : port,
		.call = args_text(args, "call"),
		.kind = args_text(args, "kind"),
		.skip = args_int(args, "skip"),
		.times = args_int(args, "times"),
		.lag_ms = args_ms(args, "lag"),
		.after = args_flag(args, "after"),
		.stuck = args_flag(args, "stuck"),
	};
	struct sim *sim;

	TRY(open_sim(app, &sim));
	TRY(sim_fault(sim, app->arena, &f));
	term_success(app, "The next calls of %s will fail as told.", f.port ? f.port : "any port");
	return NULL;
}

/* ---- serving ---- */

struct served {
	struct app *app;
	struct sim *sim;
	struct sim_meter *meter;
	const char *cluster_label;
	int64_t counted, lived; /* monotonic ms up to which counters ran, and the clock */
};

static int64_t monotonic_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void say_address(void *self, const char *address)
{
	struct served *s = self;

	term_success(s->app, "Metrics of the simulated world: http://%s/metrics", address);
	fflush(s->app->out);
}

static void warn_of(void *self, const struct err *why)
{
	term_warning(((struct served *)self)->app, "%s", why->msg);
}

/* The simulated clock goes as ours does. */
static void live(void *self)
{
	struct served *s = self;
	struct arena a scoped_arena = {0};
	int64_t now = monotonic_ms();
	struct err *e = sim_advance(s->sim, &a, now - s->lived);

	if (e)
		warn_of(s, e);
	s->lived = now;
}

static struct err *metrics_page(void *self, struct arena *a, const char *path,
				const char **ret_text)
{
	struct served *s = self;
	int64_t now = monotonic_ms();

	if (!str_eq(path, "/metrics")) {
		*ret_text = str_eq(path, "/") ? "A simulated federation: /metrics\n" : NULL;
		return NULL;
	}
	TRY(sim_metrics(s->sim, a, s->meter, now - s->counted, s->cluster_label, ret_text));
	s->counted = now;
	return NULL;
}

static struct err *serve_run(struct app *app)
{
	struct served s = {
		.app = app,
		.meter = sim_meter_new(app->arena),
		.counted = monotonic_ms(),
		.lived = monotonic_ms(),
	};
	const struct page_server server = {
		.listen = args_text(app->args, "listen"),
		.cancel = app->cancel,
		.tick_ms = 500,
		.self = &s,
		.listening = say_address,
		.tick = live,
		.page = metrics_page,
		.failed = warn_of,
	};

	TRY(open_sim(app, &s.sim));
	s.cluster_label = settings_text(app->settings, "metrics.cluster_label");
	return page_server_run(app->arena, &server);
}

static const char *const ports[] = {"cluster", "object", "release", "chart", "clock", "any", NULL};
static const char *const kinds[] = {"bad-request", "not-found",   "conflict", "locked", "forbidden",
				    "too-large",   "bad-gateway", "timeout",  "kill",   NULL};

const struct verb verbs_sim[] = {
	{.path = "sim",
	 .brief = "look at a simulated federation, and let things happen to it",
	 .text = "A state made by `smo init --sim` has a simulated world: its clusters, pods and "
		 "clock exist in a file.  Waiting advances the clock."},
	{.path = "sim status",
	 .brief = "show the simulated clusters and what runs on them",
	 .examples = {{"sim status", "clusters, pods and the clock"}},
	 .run = status_run},
	{.path = "sim cluster", .brief = "take a simulated cluster down, bring it up"},
	{.path = "sim cluster down",
	 .brief = "let a simulated cluster fail",
	 .operands = {{"CLUSTER", ARG_CLUSTER, .help = "name of the cluster"}},
	 .examples = {{"sim cluster down edge", "then: smo graph re-place NAME"}},
	 .run = down_run},
	{.path = "sim cluster up",
	 .brief = "let it come back",
	 .operands = {{"CLUSTER", ARG_CLUSTER, .help = "name of the cluster"}},
	 .examples = {{"sim cluster up edge", NULL}},
	 .run = up_run},
	{.path = "sim fail",
	 .brief = "let the pods of a service crash",
	 .operands = {{"SERVICE", ARG_SERVICE, .help = "name of the service"}},
	 .options = {OPTIONS({"recover", .help = "let them start again instead"})},
	 .examples = {{"sim fail web", "its pods crash from now on"}},
	 .run = fail_run},
	{.path = "sim load",
	 .brief = "let requests reach a service",
	 .operands = {{"SERVICE", ARG_SERVICE, .help = "name of the service"},
		      {"RATE", ARG_REAL, .help = "requests per second"}},
	 .examples = {{"sim load web 250", "requests per second"}},
	 .run = load_run},
	{.path = "sim advance",
	 .brief = "let time pass",
	 .operands = {{"DURATION", ARG_DURATION, .help = "such as 60s"}},
	 .examples = {{"sim advance 60s", NULL}},
	 .run = advance_run},
	{.path = "sim serve",
	 .brief = "let a Prometheus scrape the simulated federation",
	 .text = "Serves what the clusters, workloads and services would be measured at, with the "
		 "names that cAdvisor, node-exporter and kube-state-metrics use, until it is "
		 "interrupted. Meanwhile the simulated clock goes as the real one does.",
	 .options = {OPTIONS({"listen", ARG_TEXT, "ADDRESS", "where", "127.0.0.1:9101"})},
	 .examples = {{"sim serve --listen 127.0.0.1:9101", "scrape_configs: honor_labels: true"}},
	 .run = serve_run},
	{.path = "sim fault",
	 .brief = "let the next calls of a port fail, for testing",
	 .operands = {{"PORT", ARG_WORD, .help = "which port", .words = ports}},
	 .options = {OPTIONS({"call", ARG_TEXT, "CALL", "only this one, such as put"},
			     {"kind", ARG_WORD, "KIND", "how it fails", .words = kinds,
			      .otherwise = "bad-gateway"},
			     {"skip", ARG_INT, "N", "let so many calls through first"},
			     {"times", ARG_INT, "N", "how many fail", .otherwise = "1"},
			     {"lag", ARG_DURATION, "TIME", "and how long each takes"},
			     {"after", .help = "make the change, lose only the answer"},
			     {"stuck", .help = "leave the release in its pending state"})},
	 .examples = {{"sim fault release --call put --kind timeout",
		       "the next install is not answered in time"}},
	 .run = fault_run},
	{0},
};
