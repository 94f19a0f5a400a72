// SPDX-License-Identifier: Apache-2.0
#include "plan/rules.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/yaml.h"
#include "plan/alerts.h"
#include "plan/promql.h"

struct node *rules_rule(struct arena *a, const struct graph *g, const char *project,
			const struct service *v, const struct event *e,
			const struct rule_options *o)
{
	struct node *rule = node_new(a, NODE_MAP);
	const char *text = e->description ? e->description : e->id;

	node_set_str(a, rule, "alert", o->plain_names ? e->id : alert_name(a, g->id, e->id));
	node_set_str(a, rule, "expr", e->prom_query);
	if (e->grace_period)
		node_set_str(a, rule, "for", e->grace_period);
	struct node *labels = node_map_in(a, rule, "labels");
	node_set_str(a, labels, "severity", o->severity ? o->severity : "critical");
	node_set_str(a, labels, "service", v->id);
	node_set_str(a, labels, "graph", g->id);
	node_set_str(a, labels, "project", project);
	node_set_str(a, labels, "event", e->id);
	struct node *annotations = node_map_in(a, rule, "annotations");
	node_set_str(a, annotations, "description", text);
	node_set_str(a, annotations, "summary", text);
	return rule;
}

struct node *rules_group(struct arena *a, const struct graph *g, const char *project,
			 const struct rule_options *o)
{
	struct node *rules = node_new(a, NODE_LIST);

	for (size_t i = 0; i < g->n_services; i++) {
		const struct service *v = &g->services[i];
		for (size_t k = 0; v->trigger.is_event && k < v->trigger.n_events; k++)
			node_add(rules, rules_rule(a, g, project, v, &v->trigger.events[k], o));
	}
	if (!node_count(rules))
		return NULL;
	struct node *group = node_new(a, NODE_MAP);
	node_set_str(a, group, "name", rules_name(a, g->id));
	node_set(group, "rules", rules);
	return group;
}

/* ---- checking ---- */

/* Annotations are templates: a "{{" that nobody meant would fail in Prometheus at every turn. */
static bool looks_like_template(const char *text)
{
	for (; text && *text; text++)
		if (str_starts(text, "{{"))
			return true;
	return false;
}

static void check_event(struct arena *a, const struct service *v, const struct event *e,
			struct problems *ps)
{
	struct promql_facts f;

	/* What is missing was told by the reader. */
	if (!e->id || !*e->id || !e->prom_query || !*e->prom_query || !v->id)
		return;
	struct err *err = promql_check(a, e->prom_query, &f);

	if (err) {
		problems_add(ps, SEVERITY_ERROR, e->at, "bad-promql",
			     "event '%s' of service '%s': promQuery: %s", e->id, v->id, err->msg)
			->hint = err->hint;
		return;
	}
	if (f.type != PROMQL_INSTANT && f.type != PROMQL_SCALAR)
		problems_add(
			ps, SEVERITY_ERROR, e->at, "promql-type",
			"event '%s' of service '%s': promQuery gives %s, not an instant vector",
			e->id, v->id, promql_type_name(f.type));
	else if (!f.compares)
		problems_add(ps, SEVERITY_WARNING, e->at, "promql-always",
			     "event '%s' of service '%s' compares nothing: it lasts as long as its "
			     "query has any result",
			     e->id, v->id)
			->hint = "Add a comparison such as '> 10'.";
	if (looks_like_template(e->description))
		problems_add(ps, SEVERITY_NOTE, e->at, "template",
			     "the description of event '%s' is a template of Prometheus", e->id);
}

void rules_check(struct arena *a, const struct graph *g, struct problems *ps)
{
	for (size_t i = 0; i < g->n_services; i++) {
		const struct service *v = &g->services[i];
		for (size_t k = 0; v->trigger.is_event && k < v->trigger.n_events; k++)
			if (v->trigger.events[k].prom_query)
				check_event(a, v, &v->trigger.events[k], ps);
	}
}

/* ---- files ---- */

const char *rules_file(struct arena *a, const struct node *object)
{
	struct node *file = node_new(a, NODE_MAP);
	const struct node *groups = node_at(object, "spec.groups");

	node_set(file, "groups", groups ? node_copy(a, groups) : node_new(a, NODE_LIST));
	return yaml_write(a, file);
}

/* ---- the shared object ---- */

static bool is_of(const struct node *rule, const char *graph)
{
	return str_eq(node_str(rule, "labels.graph"), graph);
}

static struct node *group_in(const struct node *shared, const char *name)
{
	struct node *g = node_first(node_at(shared, "spec.groups"));

	while (g && !str_eq(node_str(g, "name"), name))
		g = g->next;
	return g;
}

struct node *rules_extract(struct arena *a, const struct node *shared, const char *group_name,
			   const char *graph)
{
	struct node *list = node_new(a, NODE_LIST);
	const struct node *group = group_in(shared, group_name);

	for (const struct node *r = node_first(node_get(group, "rules")); r; r = r->next)
		if (is_of(r, graph))
			node_add(list, node_copy(a, r));
	return list;
}

struct node *rules_merge(struct arena *a, const struct node *shared, const char *group_name,
			 const char *graph, const struct node *rules, bool *ret_changed)
{
	struct node *out = node_copy(a, shared);
	struct node *groups = node_list_in(a, node_map_in(a, out, "spec"), "groups");
	struct node *group = group_in(out, group_name);
	struct node *list = node_new(a, NODE_LIST);

	*ret_changed = false;
	if (!group && !node_count(rules))
		return out;
	if (!group) {
		group = node_add(groups, node_new(a, NODE_MAP));
		node_set_str(a, group, "name", group_name);
	}
	for (const struct node *r = node_first(node_get(group, "rules")); r; r = r->next)
		if (!is_of(r, graph))
			node_add(list, node_copy(a, r));
	for (const struct node *r = node_first(rules); r; r = r->next)
		node_add(list, node_copy(a, r));
	node_set(group, "rules", list);
	*ret_changed = !node_equal(out, shared);
	return out;
}
