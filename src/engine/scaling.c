// SPDX-License-Identifier: Apache-2.0
#include "engine/scaling.h"

#include <math.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "plan/query.h"

/* After so many peers that did not answer, one after the other, nobody is asked any more. */
enum { PATIENCE = 2 };

struct scaler {
	struct engine *e;
	struct arena *a;
	const struct scaling_request *r;
	struct problems *ps;
	struct decision seen; /* the world that is decided on */
	struct scale_subject *subjects;
	size_t n;
	int64_t now;
	vec_of(const char *) warnings;
	struct scaling_report *report;
};

/* ---- what is remembered ---- */

static struct err *memories(struct scaler *s)
{
	struct store_port *st = &s->e->ports->store;
	struct service_row *rows = NULL;
	size_t n = 0;

	TRY(st->service_list(st->self, s->a, s->seen.graph.id, &rows, &n));
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < n; k++)
			if (str_eq(rows[k].name, s->subjects[i].service->id))
				s->subjects[i].memory = scale_memory_read(s->a, rows[k].scaling);
	return NULL;
}

/* A change of what is remembered of one service. */
struct memory_change {
	void (*make)(struct arena *a, struct scale_memory *m, const char *service, const void *how);
	const void *how;
};

static struct err *change_rows(struct store_port *st, struct arena *a, const char *graph,
			       const struct memory_change *c)
{
	struct service_row *rows = NULL;
	size_t n = 0;

	TRY(st->service_list(st->self, a, graph, &rows, &n));
	for (size_t i = 0; i < n; i++) {
		struct scale_memory m = scale_memory_read(a, rows[i].scaling);

		c->make(a, &m, rows[i].name, c->how);
		rows[i].scaling = scale_memory_write(a, &m);
	}
	return st->services_put(st->self, a, graph, rows, n);
}

/* Change what is remembered of the services of @graph, in one transaction. */
static struct err *remember(struct engine *e, struct arena *a, const char *graph,
			    const struct memory_change *c)
{
	struct store_port *st = &e->ports->store;

	TRY(st->begin(st->self, a));
	struct err *err = change_rows(st, a, graph, c);
	if (!err)
		return st->commit(st->self, a);
	st->rollback(st->self);
	return err;
}

/* How far back a decision may look. */
static int64_t horizon(const struct scale_manners *m)
{
	int64_t spans[] = {m->window_up_ms, m->window_down_ms, m->up.period_ms, m->down.period_ms,
			   m->cooldown_ms};
	int64_t longest = 0;

	for (size_t i = 0; i < countof(spans); i++)
		longest = spans[i] > longest ? spans[i] : longest;
	return longest;
}

static const struct scaling_row *row_of(const struct scaling_report *r, const char *service)
{
	for (size_t i = 0; i < r->n; i++)
		if (str_eq(r->rows[i].service, service))
			return &r->rows[i];
	return NULL;
}

static void add_wish(struct arena *a, struct scale_memory *m, const char *service, const void *how)
{
	const struct scaler *s = how;
	const struct scaling_row *row = row_of(s->report, service);

	if (!row || row->decision.needed < 0)
		return;
	struct scale_wish *list = arena_new_n(a, struct scale_wish, m->n_wishes + 1);
	for (size_t i = 0; i < m->n_wishes; i++)
		list[i] = m->wishes[i];
	list[m->n_wishes++] = (struct scale_wish){s->now, row->decision.needed};
	m->wishes = list;
	scale_memory_prune(m, s->now - horizon(&row->policy.manners));
}

static void add_move(struct arena *a, struct scale_memory *m, const char *service, const void *how)
{
	const struct scaler *s = how;
	const struct scaling_row *row = row_of(s->report, service);

	if (!row || row->decision.to == row->decision.from)
		return;
	struct scale_move *list = arena_new_n(a, struct scale_move, m->n_moves + 1);
	for (size_t i = 0; i < m->n_moves; i++)
		list[i] = m->moves[i];
	list[m->n_moves++] = (struct scale_move){s->now, row->decision.from, row->decision.to};
	m->moves = list;
}

/* ---- what is measured ---- */

static bool unreachable(const struct err *err)
{
	return err && (err->kind == ERR_REMOTE || err->kind == ERR_TIMEOUT);
}

/* The newest value of each series; none at all is no load where the policy says so. */
static void take_rates(struct scaler *s, struct scale_subject *t, const struct metric_answer *got)
{
	bool zero = !got->n_series && t->policy.if_missing == MISSING_ZERO;
	double *rates = arena_new_n(s->a, double, got->n_series + 1);

	for (size_t i = 0; i < got->n_series; i++)
		rates[i] = got->series[i].n ? got->series[i].values[got->series[i].n - 1]
					    : (double)NAN;
	t->rates = rates;
	t->n_rates = zero ? 1 : got->n_series;
	for (size_t i = 0; i < got->n_warnings; i++)
		*vec_push(s->a, &s->warnings) = got->warnings[i];
}

/* The first failure is the error when nobody at all could be measured. */
static struct err *measure(struct scaler *s)
{
	const struct metrics_port *m = s->r->metrics;
	struct err *first = NULL, *last = NULL;
	size_t n_asked = 0, n_failed = 0, in_a_row = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct scale_subject *t = &s->subjects[i];
		struct scaling_row *row = &s->report->rows[i];
		const struct query_words words = {t->service->id, s->seen.project,
						  t->policy.window};
		struct metric_answer got = {0};

		if (t->held)
			continue;
		row->query = query_fill(s->a, t->policy.query, &words);
		n_asked++;
		if (in_a_row < PATIENCE)
			last = m->instant(m->self, s->a, row->query, 0, &got);
		if (last && last->kind == ERR_CANCELLED)
			return last;
		row->unread = last;
		in_a_row = in_a_row >= PATIENCE || unreachable(last) ? in_a_row + 1 : 0;
		n_failed += last != NULL;
		first = first ? first : last;
		if (!last)
			take_rates(s, t, &got);
		row->n_series = got.n_series;
	}
	return n_asked && n_failed == n_asked ? first : NULL;
}

/* ---- deciding ---- */

static struct err *look(struct scaler *s)
{
	struct change c = s->r->like;
	size_t n;

	c.verb = CHANGE_SCALE;
	c.graph = s->r->graph;
	c.wishes = NULL;
	c.n_wishes = 0;
	TRY(change_decide(s->e, s->a, &c, s->ps, &s->seen));
	s->now = s->e->ports->clock.now(s->e->ports->clock.self);
	s->n = n = s->seen.graph.n_services;
	s->subjects = arena_new_n(s->a, struct scale_subject, n);
	s->report->rows = arena_new_n(s->a, struct scaling_row, n);
	s->report->n = n;
	for (size_t i = 0; i < n; i++)
		s->subjects[i].service = &s->seen.graph.services[i];
	TRY(memories(s));
	for (size_t i = 0; i < n; i++) {
		struct scale_subject *t = &s->subjects[i];

		t->policy = scale_policy_of(s->a, t->service, t->memory.learnt, s->r->defaults);
		s->report->rows[i].service = t->service->id;
		s->report->rows[i].policy = t->policy;
	}
	scale_subjects_look(s->a, &s->seen.graph, &s->seen.snapshot, s->subjects, n);
	return NULL;
}

/* Those that are nowhere, or held for a reason of their own, say so. */
static void fill_rows(struct scaler *s, const struct scale_case *c, const struct scale_result *res)
{
	for (size_t i = 0; i < s->n; i++)
		s->report->rows[i].decision =
			(struct scale_decision){.id = s->subjects[i].service->id,
						.rate = (double)NAN,
						.needed = -1,
						.limit = SCALE_PAUSED};
	for (size_t i = 0; i < c->n_services; i++)
		s->report->rows[c->subject[i]].decision = res->at[i];
	for (size_t i = 0; i < s->n; i++) {
		struct scaling_row *row = &s->report->rows[i];

		if (s->subjects[i].held) {
			row->decision.reason = s->subjects[i].held;
			row->decision.limit = s->subjects[i].limit;
		} else if (row->unread) {
			row->decision.reason = arena_printf(s->a, "held: %s", row->unread->msg);
		} else if (row->decision.limit == SCALE_NO_METRIC && isnan(row->decision.rate)) {
			row->decision.reason = row->n_series ? "held: its query gives no number"
							     : "held: its query has no result";
		}
	}
	s->report->fits = res->fits;
	s->report->proven = res->proven;
	s->report->problem = res->problem;
}

static void decide(struct scaler *s)
{
	struct scale_case c;

	scale_case_of(s->a, &s->seen.graph, &s->seen.snapshot, s->subjects, s->n, &c);
	const struct scale_result res = scale_case_decide(s->a, &c, s->r->original, s->now);
	fill_rows(s, &c, &res);
	s->report->warnings = s->warnings.at;
	s->report->n_warnings = s->warnings.n;
}

/* ---- doing ---- */

static void tell_events(struct scaler *s)
{
	const char *graph = s->seen.graph.id;
	const struct err *unread = NULL;

	for (size_t i = 0; i < s->report->n; i++) {
		const struct scale_decision *d = &s->report->rows[i].decision;

		if (d->to != d->from)
			engine_event(s->e, s->a, graph, d->id, NULL, false, "Scaled",
				     "%lld to %lld replicas: %s", (long long)d->from,
				     (long long)d->to, d->reason);
		else if (d->limit == SCALE_CAPACITY)
			engine_event(s->e, s->a, graph, d->id, NULL, true, "NotScaled", "%s",
				     d->reason);
		unread = unread ? unread : s->report->rows[i].unread;
	}
	if (unread)
		engine_event(s->e, s->a, graph, NULL, NULL, true, "NotMeasured", "%s", unread->msg);
	if (!s->report->fits)
		engine_event(s->e, s->a, graph, NULL, NULL, true, "NotScaled", "%s",
			     s->report->problem);
}

static struct err *carry_out(struct scaler *s)
{
	struct change c = s->r->like;
	struct replica_wish *wishes = arena_new_n(s->a, struct replica_wish, s->n);

	c.verb = CHANGE_SCALE;
	c.graph = s->r->graph;
	c.by = "model";
	c.message = "scaled by its load";
	c.wishes = wishes;
	c.n_wishes = 0;
	for (size_t i = 0; i < s->report->n; i++) {
		const struct scale_decision *d = &s->report->rows[i].decision;

		if (d->to != d->from)
			wishes[c.n_wishes++] = (struct replica_wish){
				.service = d->id, .replicas = d->to, .why = d->reason};
	}
	if (!s->r->dry_run) {
		TRY(remember(s->e, s->a, s->seen.graph.id, &(struct memory_change){add_wish, s}));
		tell_events(s);
	}
	if (!c.n_wishes)
		return NULL;
	s->report->changes = true;
	if (s->r->dry_run)
		return change_decide(s->e, s->a, &c, s->ps, &s->report->decision);
	TRY(change_run(s->e, s->a, &c, s->ps, &s->report->decision));
	return remember(s->e, s->a, s->seen.graph.id, &(struct memory_change){add_move, s});
}

struct err *scaling_run(struct engine *e, struct arena *a, const struct scaling_request *r,
			struct problems *ps, struct scaling_report *ret_report)
{
	struct scaler s = {.e = e, .a = a, .r = r, .ps = ps, .report = ret_report};

	*ret_report = (struct scaling_report){.fits = true};
	TRY(look(&s));
	struct err *unmeasured = measure(&s);
	if (unmeasured && unmeasured->kind == ERR_CANCELLED)
		return unmeasured;
	decide(&s);
	TRY(carry_out(&s));
	return unmeasured;
}

/* ---- learning ---- */

struct lesson {
	const char *service;
	const struct scale_learnt *learnt;
};

static void take_lesson(struct arena *a, struct scale_memory *m, const char *service,
			const void *how)
{
	const struct lesson *l = how;

	if (str_eq(service, l->service))
		m->learnt = l->learnt ? arena_memdup(a, l->learnt, sizeof(*l->learnt)) : NULL;
}

struct err *scaling_learn(struct engine *e, struct arena *a, const char *graph, const char *service,
			  const struct scale_learnt *learnt)
{
	const struct lesson l = {.service = service, .learnt = learnt};
	const char *owned = NULL;
	struct store_port *st = &e->ports->store;
	struct service_row *rows = NULL;
	size_t n = 0;

	TRY(st->service_list(st->self, a, graph, &rows, &n));
	for (size_t i = 0; i < n; i++)
		owned = str_eq(rows[i].name, service) ? service : owned;
	if (!owned)
		return err_new(a, ERR_NOT_FOUND, "graph '%s' has no service '%s'", graph, service);
	return remember(e, a, graph, &(struct memory_change){take_lesson, &l});
}
