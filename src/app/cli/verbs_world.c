// SPDX-License-Identifier: Apache-2.0
/* Verbs that look at the world: clusters, status, snapshots. */
#include <string.h>

#include "app/app.h"
#include "app/cli/args.h"
#include "app/cli/changing.h"
#include "app/cli/output.h"
#include "app/cli/term.h"
#include "app/cli/verbs.h"
#include "app/descriptor.h"
#include "app/doctor.h"
#include "app/views.h"
#include "app/wire.h"
#include "app/world.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/bind.h"
#include "engine/boards.h"
#include "engine/change_read.h"
#include "engine/observe.h"
#include "engine/observe_charts.h"
#include "engine/observe_clusters.h"
#include "engine/status.h"
#include "model/cluster_properties.h"
#include "plan/capacity.h"

static struct err *open_engine(struct app *app, struct engine *ret)
{
	TRY(wire_world(app));
	return world_engine(app, ret);
}

/* ---- clusters ---- */

/* Who keeps the dashboards may be away: the clusters are known all the same. */
static void sync_boards(struct app *app, struct engine *e, const struct cluster *clusters, size_t n)
{
	struct boards_report r;
	struct err *err = boards_sync(e, app->arena, clusters, n, &r);

	if (err)
		term_warning(app, "Dashboards of the clusters: %s%s%s", err->msg,
			     err->hint ? ". " : "", err->hint ? err->hint : "");
	else if (r.n_put || r.n_removed)
		term_info(app, "Dashboards of the clusters: %zu put, %zu removed.", r.n_put,
			  r.n_removed);
}

static struct err *sync_run(struct app *app)
{
	struct engine e;
	struct cluster *clusters;
	size_t n, seen = 0;

	TRY(open_engine(app, &e));
	TRY(observe_clusters(&e, app->arena, &clusters, &n));
	TRY(clusters_remember(&e, app->arena, clusters, n));
	for (size_t i = 0; i < n; i++)
		seen += !clusters[i].gone;
	sync_boards(app, &e, clusters, n);
	term_success(app, "Successfully synced %zu cluster(s).", seen);
	return verb_cluster_list(app);
}

static struct err *find_row(struct app *app, const char *name, struct cluster_row *ret)
{
	struct store_port *st = &app->ports.store;
	struct cluster_row *rows;
	size_t n;

	TRY(st->cluster_list(st->self, app->arena, &rows, &n));
	for (size_t i = 0; i < n; i++)
		if (str_eq(rows[i].name, name)) {
			*ret = rows[i];
			return NULL;
		}
	return err_hint(app->arena,
			err_new(app->arena, ERR_NOT_FOUND, "Cluster '%s' not found", name),
			"`smo cluster sync` looks for new ones.");
}

static struct err *set_cordon(struct app *app, bool cordoned)
{
	struct cluster_row row;

	TRY(wire_store(app));
	TRY(find_row(app, args_operand(app->args, 0), &row));
	row.cordoned = cordoned;
	TRY(app->ports.store.cluster_put(app->ports.store.self, app->arena, &row));
	term_success(app, "Cluster '%s' %s.", row.name,
		     cordoned ? "cordoned: nothing new is placed there"
			      : "is open for placements again");
	return NULL;
}

static struct err *cordon_run(struct app *app)
{
	return set_cordon(app, true);
}

static struct err *uncordon_run(struct app *app)
{
	return set_cordon(app, false);
}

static const struct cluster *find_cluster(const struct cluster *all, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(all[i].name, name))
			return &all[i];
	return NULL;
}

static struct err *describe_run(struct app *app)
{
	struct engine e;
	struct cluster *all;
	size_t n;
	const char *name = args_operand(app->args, 0);

	TRY(open_engine(app, &e));
	TRY(observe_clusters(&e, app->arena, &all, &n));
	const struct cluster *c = find_cluster(all, n, name);
	if (!c)
		return err_new(app->arena, ERR_NOT_FOUND, "Cluster '%s' not found", name);
	const struct snapshot nothing = {0};
	struct amounts left = capacity_free(app->arena, &nothing, c, false);
	struct node *doc = bind_write(app->arena, &cluster_shape, c);
	struct node *free = node_map_in(app->arena, doc, "free");
	for (size_t i = 0; i < left.n; i++)
		node_set_str(app->arena, free, left.at[i].resource,
			     quantity_text(app->arena, left.at[i].resource, left.at[i].value));
	if (app->form != OUTPUT_JSON)
		app->form = OUTPUT_YAML;
	output_print(app, doc, NULL);
	return NULL;
}

static struct err *set_one(struct app *app, const char *text, struct node *props)
{
	struct cluster probe = {0};
	const char *eq = strchr(text, '=');
	const char *key = eq ? arena_strndup(app->arena, text, (size_t)(eq - text)) : text;
	const char *wrong = "it is not KEY=VALUE";

	if (eq && !eq[1]) {
		node_unset(props, key);
		return NULL;
	}
	if (eq)
		wrong = cluster_property_set(app->arena, &probe, key, eq + 1, "set by hand");
	if (!wrong) {
		node_set(props, key, node_new_str(app->arena, eq + 1));
		return NULL;
	}
	const char *base = str_starts(key, "latency.")  ? "latency"
			   : str_starts(key, "egress.") ? "egress"
							: key;
	const char *like = str_suggest(app->arena, base, cluster_property_keys);
	struct err *e = err_new(app->arena, ERR_INPUT, "'%s': %s", text, wrong);
	if (like && !str_eq(like, base))
		return err_hint(app->arena, e, "Did you mean '%s'?", like);
	return err_hint(
		app->arena, e,
		"Keys are priceCpu, priceMemory (per hour), carbon, devices, location, "
		"region, zones, provider, latency.CLUSTER (ms) and egress.CLUSTER (per GB).");
}

/* KEY=VALUE: what the control plane does not know of a cluster; KEY= forgets it. */
static struct err *set_run(struct app *app)
{
	struct cluster_row row = {0};

	TRY(wire_store(app));
	TRY(find_row(app, args_operand(app->args, 0), &row));
	struct node *props = row.properties ? row.properties : node_new(app->arena, NODE_MAP);
	for (size_t i = 1; i < app->args->operands.n; i++)
		TRY(set_one(app, app->args->operands.at[i], props));
	row.properties = props;
	TRY(app->ports.store.cluster_put(app->ports.store.self, app->arena, &row));
	term_success(app, "Cluster '%s' updated.", row.name);
	return NULL;
}

/* ---- snapshot and status ---- */

/* ret_pins may be NULL: the charts that it has, service -> digest. */
static struct err *observe_graph(struct app *app, struct engine *e, const char *name,
				 bool with_charts, struct graph *ret_graph, struct snapshot *ret,
				 const struct node **ret_pins)
{
	struct change c = {.verb = CHANGE_RESUME, .graph = name};
	struct problems ps = {.a = app->arena};
	struct decision d = {0};

	if (with_charts && operand_is_descriptor(name)) {
		c = (struct change){.verb = CHANGE_DEPLOY, .project = option_text(app, "project")};
		TRY(descriptor_load(app, name, &c.descriptor));
	}
	TRY(change_read(e, app->arena, &c, &ps, &d));
	*ret_graph = d.graph;
	if (ret_pins)
		*ret_pins = d.pins;
	const struct observe_want want = {
		.project = d.project,
		.graph = ret_graph,
		.pins = d.pins,
		.compare = with_charts,
		.no_charts = !with_charts,
	};
	return observe(e, app->arena, &want, ret);
}

static struct err *snapshot_run(struct app *app)
{
	struct engine e;
	struct graph g;
	struct snapshot s;
	const char *name = args_operand(app->args, 0);
	const struct observe_want clusters = {0};

	TRY(open_engine(app, &e));
	if (name)
		TRY(observe_graph(app, &e, name, true, &g, &s, NULL));
	else
		TRY(observe(&e, app->arena, &clusters, &s));
	if (app->form != OUTPUT_JSON)
		app->form = OUTPUT_YAML;
	output_print(app, bind_write(app->arena, &snapshot_shape, &s), NULL);
	return NULL;
}

static const struct view status_view = {
	.title = "Services",
	.rows = "services",
	.name = "name",
	.columns =
		(const struct column[]){
			{"Service", "name"},
			{"Status", "status", COLUMN_STATUS},
			{"Health", "health", COLUMN_STATUS},
			{"Cluster", "cluster", .if_missing = "N/A"},
			{"Ready", "ready", COLUMN_RIGHT},
			{"Message", "message"},
			{0},
		},
};

static struct err *add_conditions(struct app *app, const char *graph, struct node *doc)
{
	struct store_port *st = &app->ports.store;
	struct graph_row row = {0};

	TRY(st->graph_get(st->self, app->arena, graph, &row));
	node_set(doc, "conditions",
		 row.conditions ? node_copy(app->arena, row.conditions)
				: node_new(app->arena, NODE_LIST));
	return NULL;
}

/* Services whose references stand for other charts by now. */
static void add_newer_charts(struct app *app, struct engine *e, const struct graph *g,
			     const struct node *pins, struct node *doc)
{
	const char **newer = observe_newer_charts(e, app->arena, g, pins);
	struct node *n = node_first(node_get(doc, "services"));

	for (size_t i = 0; i < g->n_services && n; i++, n = n->next) {
		if (!newer[i])
			continue;
		node_set_str(app->arena, n, "newerChart", newer[i]);
		if (!node_str(n, "message"))
			node_set_str(app->arena, n, "message",
				     arena_printf(app->arena, "'%s' is another chart by now",
						  g->services[i].oci_image));
	}
}

static struct err *status_run(struct app *app)
{
	const struct node *pins;
	struct engine e;
	struct graph g;
	struct snapshot s;

	TRY(open_engine(app, &e));
	TRY(observe_graph(app, &e, args_operand(app->args, 0), false, &g, &s, &pins));
	struct node *doc = status_document(app->arena, &g, &s);
	if (str_eq(s.graph_status, "Running"))
		add_newer_charts(app, &e, &g, pins, doc);
	TRY(add_conditions(app, g.id, doc));
	if (!output_is_data(app))
		term_say(app, "Graph '%s' in project '%s': %s, %s", g.id, s.project,
			 node_str(doc, "status"), node_str(doc, "health"));
	view_say_conditions(app, doc);
	output_print(app, doc, &status_view);
	return NULL;
}

/* ---- doctor ---- */

static const struct view doctor_view = {
	.name = "check",
	.columns =
		(const struct column[]){
			{"Check", "check"},
			{"Result", "result", COLUMN_STATUS},
			{"Found", "found"},
			{"Cost", "cost"},
			{0},
		},
};

static struct err *doctor_run(struct app *app)
{
	struct node *list;
	bool works;

	TRY(doctor(app, &list, &works));
	output_print(app, list, &doctor_view);
	return works ? NULL
		     : err_new(app->arena, ERR_GENERIC, "something that SMO needs is missing");
}

#define CLUSTER                                                                                    \
	{                                                                                          \
		"CLUSTER", ARG_CLUSTER, .help = "name of the cluster"                              \
	}

const struct verb verbs_world[] = {
	{.path = "cluster sync",
	 .brief = "read the clusters from the control plane and remember them",
	 .text = "Where dashboards are put (dashboards.mode), each cluster has one too: what is "
		 "missing or was changed is put, and that of a cluster that left goes.",
	 .examples = {{"cluster sync", "after a cluster joined or left"}},
	 .run = sync_run},
	{.path = "cluster describe",
	 .brief = "show everything that is known of a cluster now",
	 .operands = {CLUSTER},
	 .examples = {{"cluster describe edge", NULL}},
	 .run = describe_run},
	{.path = "cluster cordon",
	 .brief = "place nothing new on a cluster",
	 .operands = {CLUSTER},
	 .examples = {{"cluster cordon edge", "what runs there stays"}},
	 .run = cordon_run},
	{.path = "cluster uncordon",
	 .brief = "open a cordoned cluster again",
	 .operands = {CLUSTER},
	 .examples = {{"cluster uncordon edge", NULL}},
	 .run = uncordon_run},
	{.path = "cluster set",
	 .brief = "tell what the control plane does not know: prices, carbon, distances",
	 .text = "Keys: priceCpu and priceMemory (of a core and a GiB for an hour), carbon (gCO2e "
		 "per kWh or any relative figure), devices (true: devices of virtual objects are "
		 "near), location, region, zones (a,b), provider, latency.CLUSTER (round trip in "
		 "ms "
		 "to another cluster), egress.CLUSTER (price of a GB sent there). KEY= forgets "
		 "what "
		 "was set. Labels and annotations smo.nephele-project.eu/price-cpu and so on say "
		 "the "
		 "same; what is set here wins. `cluster describe` tells where each is from.",
	 .operands = {CLUSTER, {"KEY=VALUE", ARG_TEXT, .help = "what to set", .flags = ARG_REPEAT}},
	 .examples = {{"cluster set edge priceCpu=0.04 carbon=120", NULL},
		      {"cluster set edge latency.cloud=12 egress.cloud=0.08", NULL}},
	 .run = set_run},
	{.path = "graph status",
	 .aliases = {"status"},
	 .brief = "show how a graph's services fare on their clusters now",
	 .operands = {{"NAME", ARG_GRAPH, .help = "name of the graph"}},
	 .examples = {{"graph status shop", "are its pods ready, and why not"}},
	 .run = status_run},
	{.path = "doctor",
	 .brief = "check what SMO needs, and say what each lack will cost",
	 .examples = {{"doctor", "after the installation, or when something is odd"}},
	 .run = doctor_run},
	{.path = "snapshot",
	 .brief = "write the world as SMO sees it: the clusters, or all about one graph",
	 .operands = {{"GRAPH", ARG_FILE, .help = "a descriptor, or the name of a stored graph",
		       .flags = ARG_OPTIONAL}},
	 .options = {OPTIONS(
		 {"project", ARG_PROJECT, "PROJECT", "project of a new graph", .letter = 'p'})},
	 .examples = {{"snapshot shop > world.yaml", "for plan --snapshot, or a bug report"},
		      {"snapshot app.yaml -p shop > world.yaml",
		       "of a graph before it is deployed"}},
	 .run = snapshot_run},
	{0},
};
