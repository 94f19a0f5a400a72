// SPDX-License-Identifier: Apache-2.0
#include "engine/condition.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/node.h"
#include "model/kinds.h"
#include "plan/signals.h"

enum { MARK_LINES = 8 };

static int64_t now_of(struct engine *e)
{
	return e->ports->clock.now(e->ports->clock.self);
}

static void add(struct engine *e, struct arena *a, struct node *list, const char *reason,
		const char *message)
{
	struct node *n = node_add(list, node_new(a, NODE_MAP));

	node_set_str(a, n, "type", "Degraded");
	node_set_str(a, n, "status", "True");
	node_set_str(a, n, "reason", reason);
	node_set_str(a, n, "message", message);
	node_set_int(a, n, "since", now_of(e));
}

static const char *kind_of(const struct step *st)
{
	return st->object ? node_str(st->object, "kind") : NULL;
}

/* One word for what did not happen. */
static const char *reason_of(const struct step *st)
{
	bool gone = st->verb == STEP_DELETE;

	if (str_eq(kind_of(st), RULES_KIND))
		return gone ? "RulesNotRemoved" : "RulesNotPut";
	if (str_eq(kind_of(st), DASHBOARD_KIND))
		return gone ? "DashboardsNotRemoved" : "DashboardsNotPut";
	return "StepPassedOver";
}

/* Those of one reason are one condition: its first says why, the others are counted. */
static void add_passed_over(struct engine *e, struct arena *a, const struct decision *d, size_t i,
			    struct node *list)
{
	const struct apply_skip *first = &d->passed_over[i];
	const char *reason = reason_of(first->step);
	size_t n = 0;

	for (size_t k = 0; k < d->n_passed_over; k++) {
		bool same = str_eq(reason_of(d->passed_over[k].step), reason);

		if (same && k < i)
			return;
		n += same;
	}
	const char *others = n > 1 ? arena_printf(a, " (and %zu more)", n - 1) : "";
	add(e, a, list, reason,
	    arena_printf(a, "%s %s%s: %s", first->step->kind, first->step->summary, others,
			 first->why->msg));
}

struct node *condition_list(struct engine *e, struct arena *a, const struct decision *d,
			    const struct err *why)
{
	struct node *list = node_new(a, NODE_LIST);

	if (why)
		add(e, a, list, why->kind == ERR_CANCELLED ? "Interrupted" : "StepFailed",
		    why->msg);
	for (size_t i = 0; i < d->n_passed_over; i++)
		add_passed_over(e, a, d, i, list);
	return list;
}

/* ---- marks ---- */

/* Rules and dashboards themselves are nothing to tell on dashboards. */
static bool is_worth_telling(const struct step *st)
{
	return st->verb != STEP_WAIT && !signal_is_optional(kind_of(st));
}

static const char *mark_text(struct arena *a, const struct decision *d, const struct err *why,
			     size_t n)
{
	struct str text = {.a = a};
	size_t told = 0;

	str_addf(&text, "%s %s: %zu step%s%s%s", change_verb_name(d->verb), d->graph.id, n,
		 n == 1 ? "" : "s", why ? ", failed: " : "", why ? why->msg : "");
	for (size_t i = 0; i < d->plan.n_steps && told < MARK_LINES; i++) {
		const struct step *st = &d->plan.steps[i];

		if (!is_worth_telling(st) || (!st->release && st->verb != STEP_SCALE))
			continue;
		str_addf(&text, "\n%s%s %s%s%s", st->verb == STEP_DELETE ? "delete " : "", st->kind,
			 st->summary, st->reason ? ": " : "", st->reason ? st->reason : "");
		told++;
	}
	return str_text(&text);
}

void condition_mark(struct engine *e, struct arena *a, const struct decision *d, int64_t began,
		    const struct err *why)
{
	struct watch_port *w = &e->ports->watch;
	size_t n = 0;

	for (size_t i = 0; i < d->plan.n_steps; i++)
		n += is_worth_telling(&d->plan.steps[i]);
	if (!w->mark || !n)
		return;
	const struct watch_mark m = {
		.graph = d->graph.id,
		.text = mark_text(a, d, why, n),
		.from = began,
		.to = now_of(e),
	};
	struct err *ignored = w->mark(w->self, a, &m);
	(void)ignored;
}
