// SPDX-License-Identifier: Apache-2.0
#include "app/cli/decision_view.h"

#include <string.h>

#include "app/app.h"
#include "app/cli/line_diff.h"
#include "app/cli/output.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/bind.h"
#include "doc/yaml.h"
#include "drive/file.h"
#include "model/kinds.h"
#include "plan/explain.h"

struct err *decision_save(struct app *app, const struct node *doc, const char *path)
{
	const char *text = yaml_write(app->arena, doc);

	return file_write(app->arena, path, 0600, text, strlen(text));
}

struct err *decision_changes(struct app *app, const struct decision *d)
{
	app->exit_code = d->plan.n_steps ? EXIT_CHANGES : 0;
	return NULL;
}

/* ---- diff ---- */

static const struct owned_object *live(const struct decision *d, const struct step *s)
{
	for (size_t i = 0; i < d->snapshot.n_objects; i++) {
		const struct owned_object *o = &d->snapshot.objects[i];

		if (s->object && str_eq(o->kind, node_str(s->object, "kind")) &&
		    str_eq(o->name, node_str(s->object, "metadata.name")) &&
		    str_eq(o->namespace_, node_str(s->object, "metadata.namespace")))
			return o;
	}
	return NULL;
}

static bool exists(const struct decision *d, const struct step *s)
{
	if (s->release)
		return snapshot_release(&d->snapshot, s->release->namespace_, s->release->name);
	return live(d, s);
}

/* How the spec changes. */
static void show_change(struct app *app, struct str *out, const struct decision *d,
			const struct step *s)
{
	const struct owned_object *o = live(d, s);
	const struct node *want = node_get(s->object, "spec");

	if (s->verb != STEP_PUT || !s->object || !want)
		return;
	const struct node *is = o ? node_get(o->body, "spec") : NULL;
	line_diff(out, "      ", is ? yaml_write(app->arena, is) : "",
		  yaml_write(app->arena, want));
}

const char *decision_diff_text(struct app *app, const struct decision *d)
{
	struct str out = {.a = app->arena};

	if (!d->plan.n_steps)
		return arena_printf(app->arena, "graph %s: no difference\n", d->graph.id);
	str_addf(&out, "graph %s:\n", d->graph.id);
	for (size_t i = 0; i < d->plan.n_steps; i++) {
		const struct step *s = &d->plan.steps[i];
		const char *sign = s->verb == STEP_DELETE ? "-" : exists(d, s) ? "~" : "+";

		if (s->verb == STEP_WAIT)
			continue;
		str_addf(&out, "  %s %-9s %s  (%s)\n", sign, s->kind, s->summary,
			 s->reason ? s->reason : "");
		show_change(app, &out, d, s);
	}
	return str_text(&out);
}

/* ---- why ---- */

static struct node *verdict_document(struct app *app, const struct place_verdict *v)
{
	struct node *n = node_new(app->arena, NODE_MAP);

	node_set_str(app->arena, n, "cluster", v->cluster);
	node_set_bool(app->arena, n, "chosen", v->chosen);
	if (v->why_not) {
		node_set_str(app->arena, n, "excluded", v->why_not);
	} else {
		node_set_int(app->arena, n, "extraCost", v->extra);
		if (v->dearer && !v->chosen)
			node_set_str(app->arena, n, "dearer", v->dearer);
	}
	return n;
}

struct node *decision_why_document(struct app *app, const struct decision *d)
{
	struct arena *a = app->arena;
	struct node *doc = node_new(a, NODE_MAP);

	node_set_str(a, doc, "apiVersion", API_VERSION);
	node_set_str(a, doc, "kind", "Explanation");
	node_set_str(a, doc, "graph", d->graph.id);
	node_set_bool(a, doc, "simulated", d->snapshot.simulated);
	node_set_str(a, doc, "policy", d->why.policy);
	node_set_str(a, doc, "policyFrom", d->why.policy_from);
	node_set_str(a, doc, "status", d->why.status);
	node_set_int(a, doc, "cost", d->why.cost);
	node_set_int(a, doc, "bound", d->why.bound);
	struct node *services = node_list_in(a, doc, "services");
	for (size_t i = 0; i < d->why.n_reasons; i++) {
		const struct place_reason *r = &d->why.reasons[i];
		struct node *s = node_add(services, node_new(a, NODE_MAP));

		node_set_str(a, s, "service", r->service);
		node_set_str(a, s, "where", explain_where(a, &d->placement, r->service));
		node_set_str(a, s, "reason", r->reason);
		if (r->cost)
			node_set_str(a, s, "cost", r->cost);
		if (r->next_best) {
			node_set_str(a, s, "nextBest", r->next_best);
			node_set_str(a, s, "nextBestWhy",
				     r->next_best_why ? r->next_best_why : "as good");
		}
		struct node *clusters = node_list_in(a, s, "clusters");
		for (size_t c = 0; c < d->why.n_clusters && r->decided; c++)
			node_add(clusters, verdict_document(app, &r->verdicts[c]));
	}
	struct node *binding = node_list_in(a, doc, "binding");
	for (size_t i = 0; i < d->why.n_binding; i++)
		node_add(binding, node_new_str(a, d->why.binding[i]));
	struct node *notes = node_list_in(a, doc, "notes");
	for (size_t i = 0; i < d->why.n_notes; i++)
		node_add(notes, node_new_str(a, d->why.notes[i]));
	return doc;
}
