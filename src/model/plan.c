// SPDX-License-Identifier: Apache-2.0
/*
 * The text of a plan is a table: number, verb, kind, summary, reason.  Summaries of the form
 * "NAME on CLUSTER" are aligned at their "on", which is what people look for.
 */
#include "model/plan.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "model/document.h"

static const char *const verbs[] = {"put", "wait", "scale", "delete", NULL};

/* step.after is a list of whole numbers, which no field type holds. */
static void after_read(struct arena *a, const struct node *n, const char *key, void *member,
		       struct problems *ps)
{
	struct step *s = member;
	size_t i = 0;

	if (n->kind != NODE_LIST) {
		problems_add(ps, SEVERITY_ERROR, n->at, "wrong-type", "'%s' must be a list, not %s",
			     key, node_kind_name(n->kind));
		return;
	}
	s->after = arena_new_n(a, int64_t, node_count(n));
	for (const struct node *c = node_first(n); c; c = c->next) {
		if (c->kind == NODE_INT)
			s->after[i++] = c->integer;
		else
			problems_add(ps, SEVERITY_ERROR, c->at, "wrong-type",
				     "'%s' must hold whole numbers, not %s", key,
				     node_kind_name(c->kind));
	}
	s->n_after = i;
}

static struct node *after_write(struct arena *a, const void *member)
{
	const struct step *s = member;
	struct node *list = node_new(a, NODE_LIST);

	for (size_t i = 0; i < s->n_after; i++)
		node_add(list, node_new_int(a, s->after[i]));
	return s->n_after ? list : NULL;
}

static struct node *after_schema(struct arena *a)
{
	struct node *schema = node_new(a, NODE_MAP);

	node_set_str(a, schema, "type", "array");
	node_set_str(a, node_map_in(a, schema, "items"), "type", "integer");
	return schema;
}

static const struct custom after_numbers = {"a list of step numbers", after_read, after_write,
					    after_schema};

static const struct field step_fields[] = {
	{"n", FIELD_INT, MEMBER(step, n), .flags = FIELD_REQUIRED, .min = 1, .max = 1e9,
	 .help = "number of the step"},
	{"verb", FIELD_ENUM, MEMBER(step, verb), .flags = FIELD_REQUIRED | FIELD_WRITE_ALWAYS,
	 .words = verbs, .help = "what to do"},
	{"kind", FIELD_TEXT, MEMBER(step, kind), .help = "with what kind of thing"},
	{"item", FIELD_TEXT, MEMBER(step, item), .help = "id of the item"},
	{"service", FIELD_TEXT, MEMBER(step, service), .help = "service that it serves"},
	{"summary", FIELD_TEXT, MEMBER(step, summary), .help = "what people call it"},
	{"reason", FIELD_TEXT, MEMBER(step, reason), .help = "why"},
	{"object", FIELD_NODE, MEMBER(step, object), .help = "the manifest to put"},
	{"release", FIELD_PTR, MEMBER(step, release), .element = &release_want_shape,
	 .help = "the release to put"},
	{"wait", FIELD_LIST, MEMBERS(step, wait), .element = &readiness_shape,
	 .help = "what must be ready before the step is done"},
	{"replicas", FIELD_INT, MEMBER(step, replicas), .help = "replicas to scale to"},
	{"after", FIELD_CUSTOM, 0, .custom = &after_numbers,
	 .help = "numbers of the earlier steps it waits for"},
	{"losesData", FIELD_BOOL, MEMBER(step, loses_data), .help = "data is lost by it"},
	{"optional", FIELD_BOOL, MEMBER(step, optional),
	 .help = "a failure is told and does not stop the rest"},
	{0},
};
static const struct shape step_shape = {"step", sizeof(struct step), step_fields};

DOCUMENT_KIND(plan, "Plan");

static const struct field plan_fields[] = {
	DOCUMENT_FIELDS(plan),
	{"graph", FIELD_TEXT, MEMBER(plan, graph), .help = "graph"},
	{"project", FIELD_TEXT, MEMBER(plan, project), .help = "its project"},
	{"verb", FIELD_TEXT, MEMBER(plan, verb), .help = "deploy, start, stop, remove, re-place"},
	{"inputsHash", FIELD_TEXT, MEMBER(plan, inputs_hash),
	 .help = "hash of what it is made from"},
	{"placement", FIELD_STRUCT, MEMBER(plan, placement), .element = &placement_part_shape,
	 .help = "where each service will run"},
	{"steps", FIELD_LIST, MEMBERS(plan, steps), .element = &step_shape, .help = "the steps"},
	{"notes", FIELD_TEXTS, MEMBERS(plan, notes), .help = "what people should know"},
	{0},
};
const struct shape plan_shape = {"plan", sizeof(struct plan), plan_fields};

/* How wide each column is. */
struct widths {
	size_t n, verb, kind;
	size_t name;    /* of "NAME on CLUSTER" */
	size_t summary; /* after alignment */
};

static const char *summary_of(const struct step *s)
{
	return s->summary ? s->summary : s->item ? s->item : "";
}

static const char *verb_of(const struct step *s)
{
	return (unsigned)s->verb + 1 < countof(verbs) ? verbs[s->verb] : "?";
}

/* Where " on " stands in @summary, or NULL. */
static const char *on_of(const char *summary)
{
	return strstr(summary, " on ");
}

static void widen(size_t *width, size_t to)
{
	if (*width < to)
		*width = to;
}

static struct widths measure(struct arena *a, const struct plan *p)
{
	struct widths w = {.n = 3, .verb = 4};

	for (size_t i = 0; i < p->n_steps; i++) {
		const struct step *s = &p->steps[i];
		const char *on = on_of(summary_of(s));

		widen(&w.n, strlen(arena_printf(a, "%lld", (long long)s->n)));
		widen(&w.verb, strlen(verb_of(s)));
		widen(&w.kind, strlen(s->kind ? s->kind : ""));
		if (on)
			widen(&w.name, (size_t)(on - summary_of(s)));
	}
	for (size_t i = 0; i < p->n_steps; i++) {
		const char *summary = summary_of(&p->steps[i]);
		const char *on = on_of(summary);

		widen(&w.summary, on ? w.name + strlen(on) : strlen(summary));
	}
	return w;
}

/* @text and then blanks up to @width. */
static void add_padded(struct str *out, const char *text, size_t len, size_t width)
{
	str_add_n(out, text, len);
	for (; len < width; len++)
		str_add(out, " ");
}

static void add_summary(struct str *out, const char *summary, const struct widths *w)
{
	const char *on = on_of(summary);

	if (!on) {
		add_padded(out, summary, strlen(summary), w->summary);
		return;
	}
	add_padded(out, summary, (size_t)(on - summary), w->name);
	add_padded(out, on, strlen(on), w->summary - w->name);
}

/* The reason and what else there is to say, "" when nothing. */
static const char *remarks(struct arena *a, const struct step *s)
{
	struct str out = {.a = a};

	str_add(&out, s->reason ? s->reason : "");
	if (s->n_after) {
		str_add(&out, out.len ? "; after" : "after");
		for (size_t i = 0; i < s->n_after; i++)
			str_addf(&out, " %lld", (long long)s->after[i]);
	}
	if (s->loses_data)
		str_add(&out, out.len ? " (loses data)" : "(loses data)");
	return str_text(&out);
}

static void add_step(struct arena *a, struct str *out, const struct step *s, const struct widths *w)
{
	struct str line = {.a = a};
	const char *kind = s->kind ? s->kind : "";

	str_addf(&line, "%*lld  ", (int)w->n, (long long)s->n);
	add_padded(&line, verb_of(s), strlen(verb_of(s)), w->verb + 2);
	add_padded(&line, kind, strlen(kind), w->kind + 2);
	add_summary(&line, summary_of(s), w);
	str_addf(&line, "   %s", remarks(a, s));
	size_t len = line.len;
	while (len && line.text[len - 1] == ' ')
		len--;
	str_add_n(out, line.text, len);
	str_add(out, "\n");
}

const char *plan_text(struct arena *a, const struct plan *p)
{
	struct str out = {.a = a};
	struct widths w = measure(a, p);

	str_addf(&out, "graph %s: ", p->graph ? p->graph : "?");
	if (!p->n_steps)
		str_add(&out, "nothing to do\n");
	else
		str_addf(&out, "%zu step%s\n", p->n_steps, p->n_steps == 1 ? "" : "s");
	for (size_t i = 0; i < p->n_steps; i++)
		add_step(a, &out, &p->steps[i], &w);
	for (size_t i = 0; i < p->n_notes; i++)
		str_addf(&out, "note: %s\n", p->notes[i]);
	return str_printable(a, str_text(&out), true);
}
