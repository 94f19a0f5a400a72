// SPDX-License-Identifier: Apache-2.0
#include "plan/dashboards.h"

#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/str.h"
#include "base/vec.h"
#include "model/graph.h"
#include "plan/dashboards_table.h"
#include "plan/promql.h"

enum { SCHEMA_VERSION = 40 };

/* What stands for the variables of the tables. */
struct scope {
	struct arena *a;
	const struct dashboard_options *o;
	const char *service, *project, *graph, *cluster;
	struct node *panels;
	int64_t id, y;
	const char *repeat; /* a variable of the dashboard, or NULL */
};

/* ---- names ---- */

const char *dashboard_uid(struct arena *a, enum dashboard_kind kind, const char *instance,
			  const char *owner, const char *name)
{
	static const char letters[] = {
		[DASHBOARD_GRAPH] = 'g', [DASHBOARD_SERVICE] = 's', [DASHBOARD_CLUSTER] = 'c'};
	const char *full = arena_printf(a, "%c/%s/%s/%s", letters[kind], instance ? instance : "",
					owner ? owner : "", name);
	char *slug = arena_printf(a, "%.20s", name);

	for (char *c = slug; *c; c++)
		if (!(*c >= 'a' && *c <= 'z') && !(*c >= '0' && *c <= '9'))
			*c = '-';
	return arena_printf(a, "smo-%c-%s-%.12s", letters[kind], slug,
			    sha256_hex(a, full, strlen(full)));
}

const char *dashboard_folder(struct arena *a, const char *instance, const char *project)
{
	const char *full = arena_printf(a, "folder/%s/%s", instance ? instance : "", project);

	return arena_printf(a, "smo-f-%.24s", sha256_hex(a, full, strlen(full)));
}

/* ---- templates ---- */

static const char *label_of(const struct scope *s)
{
	return s->o->cluster_label ? s->o->cluster_label : "source";
}

static const char *fill(const struct scope *s, const char *template);

static const char *variable(const struct scope *s, const char *name, size_t len)
{
	const struct {
		const char *name, *value;
	} all[] = {
		{"service", s->service}, {"project", s->project}, {"graph", s->graph},
		{"cluster", s->cluster}, {"label", label_of(s)},  {"window", "2m"},
	};

	if (len == 4 && !strncmp(name, "rate", len))
		return fill(s, s->o->rate_query ? s->o->rate_query : dashboard_rate_query);
	for (size_t i = 0; i < countof(all); i++)
		if (strlen(all[i].name) == len && !strncmp(name, all[i].name, len))
			return all[i].value;
	return NULL;
}

/* @template with $variables replaced; others stay for Grafana. */
static const char *fill(const struct scope *s, const char *template)
{
	struct str out = {.a = s->a};

	for (const char *p = template; *p;) {
		size_t plain = strcspn(p, "$"), len = 0;

		str_add_n(&out, p, plain);
		p += plain;
		if (!*p)
			break;
		while (p[1 + len] >= 'a' && p[1 + len] <= 'z')
			len++;
		const char *value = variable(s, p + 1, len);
		if (value)
			str_add(&out, value);
		else
			str_add_n(&out, p, 1 + len);
		p += 1 + len;
	}
	return str_text(&out);
}

/* ---- panels ---- */

static struct node *datasource(struct arena *a)
{
	struct node *n = node_new(a, NODE_MAP);

	node_set_str(a, n, "type", "prometheus");
	node_set_str(a, n, "uid", "${datasource}");
	return n;
}

static struct node *thresholds(struct arena *a, const struct panel *p)
{
	const struct {
		const char *colour;
		double value;
	} steps[] = {{"green", 0}, {"orange", p->warn}, {"red", p->alarm}};
	struct node *n = node_new(a, NODE_MAP);

	node_set_str(a, n, "mode", "absolute");
	struct node *list = node_list_in(a, n, "steps");
	for (size_t i = 0; i < countof(steps); i++) {
		if (i && !(steps[i].value > 0))
			continue;
		struct node *step = node_add(list, node_new(a, NODE_MAP));
		node_set_str(a, step, "color", steps[i].colour);
		node_set(step, "value",
			 i ? node_new_real(a, steps[i].value) : node_new(a, NODE_NULL));
	}
	return n;
}

static void set_fields(struct arena *a, const struct panel *p, struct node *out)
{
	struct node *config = node_map_in(a, out, "fieldConfig");
	struct node *d = node_map_in(a, config, "defaults");

	node_list_in(a, config, "overrides");
	if (p->unit)
		node_set_str(a, d, "unit", p->unit);
	if (p->max > p->min) {
		node_set(d, "min", node_new_real(a, p->min));
		node_set(d, "max", node_new_real(a, p->max));
	}
	node_set(d, "thresholds", thresholds(a, p));
	if (p->type != PANEL_TIMESERIES)
		return;
	struct node *custom = node_map_in(a, d, "custom");
	node_set_str(a, custom, "drawStyle", "line");
	node_set_int(a, custom, "fillOpacity", p->stacked ? 30 : 0);
	if (p->soft_max > 0) {
		node_set_int(a, custom, "axisSoftMin", 0);
		node_set(custom, "axisSoftMax", node_new_real(a, p->soft_max));
	}
	struct node *stacking = node_map_in(a, custom, "stacking");
	node_set_str(a, stacking, "group", "A");
	node_set_str(a, stacking, "mode", p->stacked ? "normal" : "none");
}

/* What Grafana's own editor would write. */
static void set_stat(struct arena *a, struct node *o)
{
	node_set_str(a, o, "colorMode", "value");
	node_set_str(a, o, "graphMode", "none");
	node_set_str(a, o, "justifyMode", "auto");
	node_set_str(a, o, "textMode", "auto");
	node_set_str(a, o, "percentChangeColorMode", "standard");
	node_set_bool(a, o, "showPercentChange", false);
	node_set_bool(a, o, "wideLayout", true);
}

static void set_gauge(struct arena *a, struct node *o)
{
	node_set_str(a, o, "sizing", "auto");
	node_set_int(a, o, "minVizHeight", 75);
	node_set_int(a, o, "minVizWidth", 75);
	node_set_bool(a, o, "showThresholdLabels", false);
	node_set_bool(a, o, "showThresholdMarkers", true);
}

static void set_options(struct arena *a, const struct panel *p, struct node *out)
{
	struct node *o = node_map_in(a, out, "options");

	if (p->type == PANEL_TIMESERIES) {
		struct node *legend = node_map_in(a, o, "legend");
		node_set_str(a, legend, "displayMode", "list");
		node_set_str(a, legend, "placement", "bottom");
		node_set_bool(a, legend, "showLegend", true);
		node_list_in(a, legend, "calcs");
		struct node *tooltip = node_map_in(a, o, "tooltip");
		node_set_str(a, tooltip, "mode", "multi");
		node_set_str(a, tooltip, "sort", "none");
		return;
	}
	struct node *reduce = node_map_in(a, o, "reduceOptions");
	node_add(node_list_in(a, reduce, "calcs"), node_new_str(a, p->calc));
	node_set_str(a, reduce, "fields", "");
	node_set_bool(a, reduce, "values", false);
	node_set_str(a, o, "orientation", "auto");
	if (p->type == PANEL_STAT)
		set_stat(a, o);
	else
		set_gauge(a, o);
}

static void set_targets(const struct scope *s, const struct panel *p, struct node *out)
{
	struct node *list = node_list_in(s->a, out, "targets");

	for (size_t i = 0; i < PANEL_TARGETS && p->targets[i].expr; i++) {
		struct node *t = node_add(list, node_new(s->a, NODE_MAP));

		node_set_str(s->a, t, "refId", arena_printf(s->a, "%c", (int)('A' + i)));
		node_set(t, "datasource", datasource(s->a));
		node_set_str(s->a, t, "editorMode", "code");
		node_set_str(s->a, t, "expr", fill(s, p->targets[i].expr));
		if (p->targets[i].legend)
			node_set_str(s->a, t, "legendFormat", fill(s, p->targets[i].legend));
		node_set_bool(s->a, t, "range", true);
	}
}

static void add_panel(struct scope *s, const struct panel *p)
{
	static const char *const types[] = {[PANEL_TIMESERIES] = "timeseries",
					    [PANEL_STAT] = "stat",
					    [PANEL_GAUGE] = "gauge",
					    [PANEL_ROW] = "row"};
	struct arena *a = s->a;
	struct node *n = node_add(s->panels, node_new(a, NODE_MAP));

	if (p->beside)
		s->y -= p->h;
	node_set_int(a, n, "id", ++s->id);
	node_set_str(a, n, "type", types[p->type]);
	node_set_str(a, n, "title", fill(s, p->title));
	struct node *pos = node_map_in(a, n, "gridPos");
	node_set_int(a, pos, "h", p->h);
	node_set_int(a, pos, "w", p->w);
	node_set_int(a, pos, "x", p->x);
	node_set_int(a, pos, "y", s->y);
	s->y += p->h;
	if (p->type == PANEL_ROW) {
		node_set_bool(a, n, "collapsed", false);
		node_list_in(a, n, "panels");
		return;
	}
	node_set(n, "datasource", datasource(a));
	if (s->repeat && strstr(p->title, "$service")) {
		node_set_str(a, n, "repeat", s->repeat);
		node_set_str(a, n, "repeatDirection", "h");
	}
	set_targets(s, p, n);
	set_fields(a, p, n);
	set_options(a, p, n);
}

static void add_panels(struct scope *s, const struct panel *list)
{
	for (; list->title; list++)
		add_panel(s, list);
}

/* ---- the frame ---- */

static struct node *tags_of(struct arena *a, const char *const *tags)
{
	struct node *list = node_new(a, NODE_LIST);

	for (; *tags; tags++)
		node_add(list, node_new_str(a, *tags));
	return list;
}

/* What SMO did (with @tag, unless NULL), marked on every panel. */
static void add_annotations(struct arena *a, struct node *out, const char *tag)
{
	struct node *list = node_list_in(a, node_map_in(a, out, "annotations"), "list");
	struct node *n = node_add(list, node_new(a, NODE_MAP));
	struct node *source = node_map_in(a, n, "datasource");

	node_set_str(a, source, "type", "grafana");
	node_set_str(a, source, "uid", "-- Grafana --");
	node_set_bool(a, n, "enable", true);
	node_set_bool(a, n, "hide", false);
	node_set_str(a, n, "iconColor", "purple");
	node_set_str(a, n, "name", "Decisions");
	struct node *target = node_map_in(a, n, "target");
	node_set_int(a, target, "limit", 100);
	node_set_bool(a, target, "matchAny", false);
	node_set(target, "tags", tags_of(a, (const char *const[]){"smo", tag, NULL}));
	node_set_str(a, target, "type", "tags");
}

static struct node *datasource_variable(struct arena *a)
{
	struct node *v = node_new(a, NODE_MAP);

	node_set_str(a, v, "name", "datasource");
	node_set_str(a, v, "label", "Data source");
	node_set_str(a, v, "type", "datasource");
	node_set_str(a, v, "query", "prometheus");
	node_set_int(a, v, "hide", 0);
	node_set_int(a, v, "refresh", 1);
	return v;
}

struct looks {
	const char *uid, *title, *description;
	const char *tag, *kind; /* "graph:shop", "smo-service" */
	bool all_marks;         /* those of every graph */
};

static struct node *frame(struct arena *a, const struct looks *l, const struct dashboard_options *o)
{
	const char *const tags[] = {"smo", l->tag, l->kind,
				    o->instance ? instance_tag(a, o->instance) : NULL, NULL};
	struct node *n = node_new(a, NODE_MAP);

	node_set_str(a, n, "uid", l->uid);
	node_set_str(a, n, "title", l->title);
	node_set_str(a, n, "description", l->description);
	node_set(n, "tags", tags_of(a, tags));
	node_set_bool(a, n, "editable", true);
	node_set_str(a, n, "timezone", "browser");
	node_set_int(a, n, "schemaVersion", SCHEMA_VERSION);
	node_set_str(a, n, "refresh", o->refresh ? o->refresh : "30s");
	struct node *time = node_map_in(a, n, "time");
	node_set_str(a, time, "from", "now-1h");
	node_set_str(a, time, "to", "now");
	add_annotations(a, n, l->all_marks ? NULL : l->tag);
	node_add(node_list_in(a, node_map_in(a, n, "templating"), "list"), datasource_variable(a));
	node_list_in(a, n, "links");
	return n;
}

/* @tag NULL: to the one dashboard @uid; else to every dashboard with it, as a list that unfolds. */
static void add_link(struct arena *a, struct node *out, const char *title, const char *uid,
		     const char *tag)
{
	struct node *l = node_add(node_list_in(a, out, "links"), node_new(a, NODE_MAP));

	node_set_str(a, l, "title", title);
	node_set_str(a, l, "type", tag ? "dashboards" : "link");
	if (!tag)
		node_set_str(a, l, "url", arena_printf(a, "/d/%s", uid));
	node_set(l, "tags", tags_of(a, (const char *const[]){tag, NULL}));
	node_set_str(a, l, "icon", "dashboard");
	node_set_str(a, l, "tooltip", "");
	node_set_bool(a, l, "asDropdown", tag != NULL);
	node_set_bool(a, l, "includeVars", true); /* the data source */
	node_set_bool(a, l, "keepTime", true);
	node_set_bool(a, l, "targetBlank", false);
}

/* ---- the three ---- */

static struct node *service_variable(struct arena *a, const struct graph *g)
{
	struct node *v = node_new(a, NODE_MAP);
	struct str query = {.a = a};

	node_set_str(a, v, "name", "service");
	node_set_str(a, v, "label", "Service");
	node_set_str(a, v, "type", "custom");
	node_set_bool(a, v, "multi", true);
	node_set_bool(a, v, "includeAll", true);
	struct node *options = node_list_in(a, v, "options");
	for (size_t i = 0; i < g->n_services; i++) {
		struct node *o = node_add(options, node_new(a, NODE_MAP));
		node_set_bool(a, o, "selected", i == 0);
		node_set_str(a, o, "text", g->services[i].id);
		node_set_str(a, o, "value", g->services[i].id);
		str_addf(&query, "%s%s", i ? ", " : "", g->services[i].id);
	}
	node_set_str(a, v, "query", str_text(&query));
	if (g->n_services) {
		struct node *current = node_map_in(a, v, "current");
		node_set_bool(a, current, "selected", true);
		node_set(current, "text", node_copy(a, node_get(node_first(options), "text")));
		node_set(current, "value", node_copy(a, node_get(node_first(options), "value")));
	}
	return v;
}

/* Titles are told apart in a folder: a service may be called as its graph. */
struct node *dashboard_graph(struct arena *a, const struct graph *g, const char *project,
			     const struct dashboard_options *o)
{
	const char *tag = arena_printf(a, "graph:%s", g->id);
	const struct looks looks = {
		.uid = dashboard_uid(a, DASHBOARD_GRAPH, o->instance, NULL, g->id),
		.title = graph_service(g, g->id) ? arena_printf(a, "graph %s", g->id) : g->id,
		.description = arena_printf(a, "Graph %s of project %s", g->id, project),
		.tag = tag,
		.kind = "smo-graph",
	};
	struct node *n = frame(a, &looks, o);
	struct scope s = {.a = a,
			  .o = o,
			  .service = "$service",
			  .project = project,
			  .graph = g->id,
			  .panels = node_list_in(a, n, "panels"),
			  .repeat = "service"};

	node_add(node_at(n, "templating.list"), service_variable(a, g));
	add_link(a, n, "Services", NULL, tag);
	add_link(a, n, "Clusters", NULL, "smo-cluster");
	add_panels(&s, panels_service);
	add_panels(&s, panels_decisions);
	return n;
}

struct node *dashboard_service(struct arena *a, const struct graph *g, const char *project,
			       const char *service, const struct dashboard_options *o)
{
	const char *tag = arena_printf(a, "graph:%s", g->id);
	const struct looks looks = {
		.uid = dashboard_uid(a, DASHBOARD_SERVICE, o->instance, project, service),
		.title = service,
		.description = arena_printf(a, "Service %s of graph %s", service, g->id),
		.tag = tag,
		.kind = "smo-service",
	};
	struct node *n = frame(a, &looks, o);
	struct scope s = {.a = a,
			  .o = o,
			  .service = service,
			  .project = project,
			  .graph = g->id,
			  .panels = node_list_in(a, n, "panels")};

	add_link(a, n, g->id, dashboard_uid(a, DASHBOARD_GRAPH, o->instance, NULL, g->id), NULL);
	add_link(a, n, "Clusters", NULL, "smo-cluster");
	add_panels(&s, panels_service);
	add_panels(&s, panels_decisions);
	return n;
}

struct node *dashboard_cluster(struct arena *a, const char *cluster,
			       const struct dashboard_options *o)
{
	const char *tag = arena_printf(a, "cluster:%s", cluster);
	const struct looks looks = {
		.uid = dashboard_uid(a, DASHBOARD_CLUSTER, o->instance, NULL, cluster),
		.title = cluster,
		.description = arena_printf(a, "Cluster %s", cluster),
		.tag = tag,
		.kind = "smo-cluster",
		.all_marks = true,
	};
	struct node *n = frame(a, &looks, o);
	struct scope s = {.a = a,
			  .o = o,
			  .cluster = promql_escape(a, cluster),
			  .panels = node_list_in(a, n, "panels")};

	add_link(a, n, "Graphs", NULL, "smo-graph");
	add_panels(&s, panels_cluster);
	return n;
}

size_t dashboard_queries(struct arena *a, const struct node *dashboard, const char ***ret_queries)
{
	vec_of(const char *) list = {0};

	for (const struct node *p = node_first(node_get(dashboard, "panels")); p; p = p->next)
		for (const struct node *t = node_first(node_get(p, "targets")); t; t = t->next)
			*vec_push(a, &list) = node_str(t, "expr");
	*ret_queries = list.at;
	return list.n;
}
