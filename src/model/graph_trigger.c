// SPDX-License-Identifier: Apache-2.0
/* When a service starts: at once, after others, or on events. */
#include "base/arena.h"
#include "base/str.h"
#include "doc/node.h"
#include "model/graph.h"
#include "model/graph_parts.h"

/* ---- where an event comes from ---- */

static struct node *source_rewrite(struct arena *a, const struct node *n)
{
	if (n->kind != NODE_STR)
		return NULL;
	struct node *map = node_new(a, NODE_MAP);
	map->at = n->at;
	node_set(map, "name", node_copy(a, n));
	return map;
}

static struct node *text_schema(struct arena *a)
{
	struct node *n = node_new(a, NODE_MAP);

	node_set_str(a, n, "type", "string");
	return n;
}

static const struct field source_fields[] = {
	{"name", FIELD_TEXT, offsetof(struct event_source, name), .flags = FIELD_NULLABLE,
	 .help = "a source that is no service, such as prometheus"},
	{"serviceId", FIELD_TEXT, offsetof(struct event_source, service_id),
	 .flags = FIELD_NULLABLE, .help = "the service that is watched"},
	{"metricId", FIELD_TEXT, offsetof(struct event_source, metric_id), .flags = FIELD_NULLABLE,
	 .help = "its metric"},
	{0},
};
static const struct shape source_shape = {"source", sizeof(struct event_source), source_fields,
					  .rewrite = source_rewrite, .rewrite_schema = text_schema};

/* A list of sources, or one alone. */
static void read_sources(struct arena *a, const struct node *n, const char *key, void *member,
			 struct problems *ps)
{
	struct event *e = member;
	bool many = n->kind == NODE_LIST;
	size_t i = 0;

	(void)key;
	e->n_sources = many ? node_count(n) : 1;
	e->sources = arena_new_n(a, struct event_source, e->n_sources);
	if (!many)
		bind_read(a, &source_shape, n, e->sources, ps);
	for (const struct node *c = many ? n->first : NULL; c; c = c->next)
		bind_read(a, &source_shape, c, &e->sources[i++], ps);
}

static struct node *write_sources(struct arena *a, const void *member)
{
	const struct event *e = member;
	struct node *list = e->n_sources ? node_new(a, NODE_LIST) : NULL;

	for (size_t i = 0; i < e->n_sources; i++) {
		const struct event_source *s = &e->sources[i];
		bool word = s->name && !s->service_id && !s->metric_id;
		node_add(list, word ? node_new_str(a, s->name) : bind_write(a, &source_shape, s));
	}
	return list;
}

static struct node *sources_schema(struct arena *a)
{
	struct node *n = node_new(a, NODE_MAP), *one = node_new(a, NODE_MAP);
	struct node *map = node_new(a, NODE_MAP), *list = node_new(a, NODE_MAP);

	node_set_str(a, map, "type", "object");
	for (const struct field *f = source_fields; f->key; f++) {
		struct node *types = node_list_in(
			a, node_map_in(a, node_map_in(a, map, "properties"), f->key), "type");
		node_add(types, node_new_str(a, "string"));
		node_add(types, node_new_str(a, "null"));
	}
	node_add(node_list_in(a, one, "anyOf"), text_schema(a));
	node_add(node_list_in(a, one, "anyOf"), map);
	node_set_str(a, list, "type", "array");
	node_set(list, "items", node_copy(a, one));
	node_add(node_list_in(a, n, "anyOf"), one);
	node_add(node_list_in(a, n, "anyOf"), list);
	return n;
}

static const struct custom event_sources = {"a list of sources", read_sources, write_sources,
					    sources_schema};

/* ---- events ---- */

static const struct field event_condition_fields[] = {
	{"promQuery", FIELD_TEXT, offsetof(struct event, prom_query),
	 .flags = FIELD_REQUIRED | FIELD_NON_EMPTY,
	 .help = "a Prometheus query that has a result while the event lasts"},
	{"gracePeriod", FIELD_CUSTOM, offsetof(struct event, grace_period), .flags = FIELD_NULLABLE,
	 .custom = &duration_text, .help = "how long it must last before it counts"},
	{"description", FIELD_TEXT, offsetof(struct event, description), .flags = FIELD_NULLABLE,
	 .help = "what happened, for people"},
	{0},
};
static const struct shape event_condition_shape = {"condition", sizeof(struct event),
						   event_condition_fields};

static const struct field event_fields[] = {
	{"id", FIELD_TEXT, offsetof(struct event, id), .flags = FIELD_REQUIRED | FIELD_NON_EMPTY,
	 .help = "name of the alert, unique in the graph"},
	{"source", FIELD_CUSTOM, 0, .flags = FIELD_NULLABLE, .custom = &event_sources,
	 .help = "where it comes from: a word, {serviceId, metricId}, or a list of these"},
	{"condition", FIELD_STRUCT, 0, .flags = FIELD_REQUIRED, .element = &event_condition_shape,
	 .help = "when it happens"},
	{0},
};
static const struct shape event_shape = {"event", sizeof(struct event), event_fields,
					 .at_offset = offsetof(struct event, at) + 1};

/* ---- conditions ---- */

static const struct {
	const char *word;
	enum event_condition condition;
} conditions[] = {
	{"ANY", EVENTS_ANY},
	{"OR", EVENTS_ANY},
	{"ALL", EVENTS_ALL},
	{"AND", EVENTS_ALL},
};

static void read_condition(struct arena *a, const struct node *n, const char *key, void *member,
			   struct problems *ps)
{
	struct trigger *t = member;

	for (size_t i = 0; i < countof(conditions) && n->kind == NODE_STR; i++) {
		if (!str_eq(str_lower(a, n->str), str_lower(a, conditions[i].word)))
			continue;
		t->condition = conditions[i].condition;
		return;
	}
	if (n->kind == NODE_STR)
		problems_add(ps, SEVERITY_ERROR, n->at, "unknown-word",
			     "'%s' must be one of ANY, OR, ALL, AND, not '%s'", key, n->str);
	else
		problems_add(ps, SEVERITY_ERROR, n->at, "wrong-type", "'%s' must be text, not %s",
			     key, node_kind_name(n->kind));
}

static struct node *write_condition(struct arena *a, const void *member)
{
	const struct trigger *t = member;

	return node_new_str(a, t->condition == EVENTS_ALL ? "ALL" : "ANY");
}

static struct node *condition_schema(struct arena *a)
{
	struct node *n = text_schema(a);

	node_set_str(a, n, "pattern", "^([Aa][Nn][Yy]|[Oo][Rr]|[Aa][Ll][Ll]|[Aa][Nn][Dd])$");
	return n;
}

static const struct custom condition_word = {"ANY or ALL", read_condition, write_condition,
					     condition_schema};

static const char *const resolve_words[] = {"keep", "undeploy", NULL};

static const struct field event_trigger_fields[] = {
	{"condition", FIELD_CUSTOM, 0, .flags = FIELD_NULLABLE, .custom = &condition_word,
	 .help = "ANY (or OR) of the events, or ALL (or AND) of them"},
	{"events", FIELD_LIST, offsetof(struct trigger, events),
	 .count_offset = offsetof(struct trigger, n_events),
	 .flags = FIELD_REQUIRED | FIELD_NON_EMPTY, .element = &event_shape,
	 .help = "what the service waits for"},
	{"onResolve", FIELD_ENUM, offsetof(struct trigger, on_resolve), .flags = FIELD_NULLABLE,
	 .words = resolve_words, .help = "what to do when the events are over"},
	{"cooldown", FIELD_CUSTOM, offsetof(struct trigger, cooldown), .flags = FIELD_NULLABLE,
	 .custom = &duration_text, .help = "how long to wait before that; 5m when left out"},
	{0},
};
static const struct shape event_trigger_shape = {"event trigger", sizeof(struct trigger),
						 event_trigger_fields};

/* ---- the trigger ---- */

static const char *const trigger_types[] = {"standard", "auto", "event", NULL};

/* `type` decides nothing, here as in the original; a word that nobody knows is told. */
static void read_type(struct arena *a, const struct node *n, const char *key, void *member,
		      struct problems *ps)
{
	(void)member;
	if (n->kind != NODE_STR) {
		problems_add(ps, SEVERITY_ERROR, n->at, "wrong-type", "'%s' must be text, not %s",
			     key, node_kind_name(n->kind));
		return;
	}
	const char *word = str_lower(a, n->str);
	for (const char *const *t = trigger_types; *t; t++)
		if (str_eq(word, *t))
			return;
	problems_add(ps, SEVERITY_WARNING, n->at, "unknown-word",
		     "'%s' of a trigger is standard, auto or event; '%s' means nothing", key,
		     n->str);
}

static struct node *write_type(struct arena *a, const void *member)
{
	(void)a;
	(void)member;
	return NULL;
}

static const struct custom trigger_type = {"a word", read_type, write_type, text_schema};

static const struct field auto_fields[] = {
	{"dependencies", FIELD_CUSTOM, 0, .flags = FIELD_NULLABLE, .custom = &trigger_dependencies,
	 .help = "services that must be ready first"},
	{0},
};
static const struct shape auto_shape = {"automatic trigger", sizeof(struct trigger), auto_fields};

static void finish_trigger(struct arena *a, const struct node *n, void *out, struct problems *ps)
{
	const struct trigger *t = out;
	const char *type = node_str(n, "type");

	if (!t->is_event && type && str_eq(str_lower(a, type), "event"))
		problems_add(
			ps, SEVERITY_WARNING, n->at, "no-event",
			"a trigger of type 'event' without 'event' starts the service at once");
	if (t->is_event && node_get(n, "auto"))
		problems_add(ps, SEVERITY_WARNING, n->at, "two-triggers",
			     "a trigger with 'auto' and 'event' waits for the event");
}

static const struct field trigger_fields[] = {
	{"auto", FIELD_STRUCT, 0, .flags = FIELD_NULLABLE, .element = &auto_shape,
	 .help = "start at once, or after other services"},
	{"type", FIELD_CUSTOM, 0, .flags = FIELD_NULLABLE, .custom = &trigger_type,
	 .help = "standard, auto or event; the other keys decide"},
	{"event", FIELD_STRUCT, 0, .given_offset = offsetof(struct trigger, is_event) + 1,
	 .element = &event_trigger_shape, .help = "start when something happens"},
	{0},
};
const struct shape trigger_shape = {"trigger", sizeof(struct trigger), trigger_fields,
				    .at_offset = offsetof(struct trigger, at) + 1,
				    .finish = finish_trigger};
