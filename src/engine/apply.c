// SPDX-License-Identifier: Apache-2.0
#include "engine/apply.h"

#include <pthread.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "engine/apply_step.h"

enum step_state { WAITING, RUNNING, DONE, FAILED, SKIPPED };

static const char *const state_names[] = {"pending", "started", "done", "failed", "skipped"};

/* A step in work; its arena keeps what the worker made until the journal has it. */
struct job {
	const struct step *step;
	enum step_state state;
	struct arena arena;
	struct err *err;
	bool finished; /* by the worker, not yet seen by the journal */
	int64_t began;
};

struct applying {
	struct engine *e;
	struct arena *a;
	const struct plan *plan;
	const char *operation;
	struct lease *lease;
	struct step_context context;

	pthread_mutex_t lock;
	pthread_cond_t work, news;
	struct job *jobs;           /* [step] */
	struct apply_skip *skipped; /* [step] those passed over come first */
	size_t *queue;              /* indices handed to the workers */
	size_t head, tail;
	pthread_t *threads; /* [limit] a worker is started when none is idle */
	size_t n_threads, limit, n_idle;
	size_t n_brief; /* brief steps that are queued or under way */
	bool closing;
	bool lent;      /* the caller's handles, to a worker */
	char note[256]; /* the latest from a waiting step */
	size_t note_job;
	bool noted;
};

/* ---- workers ---- */

static void take_note(void *self, const struct step *step, const char *text)
{
	struct applying *p = self;

	pthread_mutex_lock(&p->lock);
	size_t n = strlen(text);
	n = n < sizeof(p->note) ? n : sizeof(p->note) - 1;
	memcpy(p->note, text, n);
	p->note[n] = '\0';
	p->note_job = (size_t)(step - p->plan->steps);
	p->noted = true;
	pthread_cond_signal(&p->news);
	pthread_mutex_unlock(&p->lock);
}

/* One request, or a few. */
static bool is_brief(const struct step *step)
{
	return !step->release && step->verb != STEP_WAIT;
}

static void work_on(struct applying *p, struct ports *ports, struct err *no_ports, size_t i)
{
	struct job *j = &p->jobs[i];
	struct err *err = no_ports;

	if (!err)
		err = step_run(&p->context, &j->arena, ports, j->step);
	pthread_mutex_lock(&p->lock);
	j->err = err;
	j->finished = true;
	p->n_brief -= is_brief(j->step);
	pthread_cond_signal(&p->news);
	pthread_mutex_unlock(&p->lock);
}

/* The first one takes the caller's handles, who only waits and journals: they are connected. */
static bool takes_callers(struct applying *p)
{
	pthread_mutex_lock(&p->lock);
	bool first = !p->lent;
	p->lent = true;
	pthread_mutex_unlock(&p->lock);
	return first;
}

static void *worker(void *arg)
{
	struct applying *p = arg;
	struct arena own scoped_arena = {0};
	struct ports ports = *p->e->ports;
	bool callers = takes_callers(p), fresh = true; /* it is counted as idle already */
	struct err *err = callers ? NULL : p->e->open_worker(p->e->worker_self, &own, &ports);

	for (;;) {
		pthread_mutex_lock(&p->lock);
		p->n_idle += !fresh;
		fresh = false;
		while (p->head == p->tail && !p->closing)
			pthread_cond_wait(&p->work, &p->lock);
		p->n_idle--;
		bool leave = p->head == p->tail;
		size_t i = leave ? 0 : p->queue[p->head++];
		pthread_mutex_unlock(&p->lock);
		if (leave)
			break;
		work_on(p, &ports, err, i);
	}
	if (!err && !callers)
		p->e->close_worker(p->e->worker_self, &ports);
	return NULL;
}

/* ---- journal: the calling thread only ---- */

static struct err *record(struct applying *p, size_t i, const char *error)
{
	struct store_port *st = &p->e->ports->store;
	int64_t now = p->e->ports->clock.now(p->e->ports->clock.self);
	bool ended = p->jobs[i].state != RUNNING;

	if (!ended)
		p->jobs[i].began = now;
	const struct step_row row = {
		.operation = p->operation,
		.n = p->jobs[i].step->n,
		.state = state_names[p->jobs[i].state],
		.error = error,
		.started = p->jobs[i].began,
		.ended = ended ? now : 0,
	};

	return st->step_put(st->self, p->a, &row);
}

/* Renew the lease; somebody else's fence ends us before we touch the world. */
static struct err *still_ours(struct applying *p)
{
	struct store_port *st = &p->e->ports->store;
	int64_t now = p->e->ports->clock.now(p->e->ports->clock.self);

	TRY(st->lease_check(st->self, p->a, p->lease));
	if (p->lease->expires - now > ENGINE_LEASE_MS / 2)
		return NULL;
	return st->lease_take(st->self, p->a, p->lease->graph, p->lease->holder, now,
			      ENGINE_LEASE_MS, p->lease);
}

static bool may_start(const struct applying *p, size_t i)
{
	const struct step *s = p->jobs[i].step;

	if (p->jobs[i].state != WAITING)
		return false;
	for (size_t k = 0; k < s->n_after; k++) {
		enum step_state before = p->jobs[s->after[k] - 1].state;
		if (before != DONE && before != SKIPPED)
			return false;
	}
	return true;
}

/*
 * Called with the lock held.  Few workers are few connections to be made: one step waits for a
 * brief one sooner than for a connection.
 */
static struct err *call_worker(struct applying *p)
{
	size_t soon = p->n_idle + (p->n_brief ? 1 : 0);
	bool busy = p->e->open_worker && p->tail - p->head > soon;

	if (busy && p->n_threads < p->limit &&
	    pthread_create(&p->threads[p->n_threads], NULL, worker, p) == 0) {
		p->n_threads++;
		p->n_idle++;
	}
	if (p->e->open_worker && !p->n_threads)
		return err_new(p->a, ERR_GENERIC, "cannot start a thread");
	pthread_cond_signal(&p->work);
	return NULL;
}

static struct err *start(struct applying *p, size_t i)
{
	const struct listener *l = &p->e->listener;

	TRY(still_ours(p));
	p->jobs[i].state = RUNNING;
	TRY(record(p, i, NULL));
	if (l->started)
		l->started(l->self, p->jobs[i].step);
	pthread_mutex_lock(&p->lock);
	p->queue[p->tail++] = i;
	struct err *e = call_worker(p);
	p->n_brief += is_brief(p->jobs[i].step);
	pthread_mutex_unlock(&p->lock);
	return e;
}

static struct err *settle(struct applying *p, size_t i, struct apply_result *r)
{
	struct job *j = &p->jobs[i];
	const struct listener *l = &p->e->listener;
	struct err *why = j->err ? err_new(p->a, j->err->kind, "%s", j->err->msg) : NULL;

	if (why && j->err->hint)
		why->hint = arena_strdup(p->a, j->err->hint);
	arena_done(&j->arena);
	j->finished = false;
	j->state = !why ? DONE : j->step->optional ? SKIPPED : FAILED;
	if (j->state == DONE) {
		r->n_done++;
		if (l->done)
			l->done(l->self, j->step);
	} else if (j->state == SKIPPED) {
		p->skipped[r->n_skipped++] = (struct apply_skip){j->step, why};
		if (l->skipped)
			l->skipped(l->self, j->step, why->msg);
	} else {
		r->n_failed++;
		if (!r->failed) {
			r->failed = j->step;
			r->why = why;
		}
		if (l->failed)
			l->failed(l->self, j->step, why);
	}
	engine_event(p->e, p->a, p->plan->graph, j->step->service, p->operation, why != NULL,
		     why ? "StepFailed" : "StepDone", "%s %s%s%s", j->step->kind, j->step->summary,
		     why ? ": " : "", why ? why->msg : "");
	return record(p, i, why ? why->msg : NULL);
}

static void pass_note(struct applying *p)
{
	const struct listener *l = &p->e->listener;
	char text[sizeof(p->note)];
	bool noted;
	size_t i;

	pthread_mutex_lock(&p->lock);
	noted = p->noted;
	p->noted = false;
	i = p->note_job;
	memcpy(text, p->note, sizeof(text));
	pthread_mutex_unlock(&p->lock);
	if (noted && l->note)
		l->note(l->self, p->jobs[i].step, text);
}

/* Wait for news: a finished job or a note. */
static void wait_for_news(struct applying *p)
{
	pthread_mutex_lock(&p->lock);
	for (;;) {
		bool news = p->noted;

		for (size_t i = 0; i < p->plan->n_steps; i++)
			news |= p->jobs[i].finished;
		if (news)
			break;
		pthread_cond_wait(&p->news, &p->lock);
	}
	pthread_mutex_unlock(&p->lock);
}

static bool take_finished(struct applying *p, size_t *ret_i)
{
	bool found = false;

	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->plan->n_steps && !found; i++)
		if (p->jobs[i].finished) {
			*ret_i = i;
			found = true;
		}
	pthread_mutex_unlock(&p->lock);
	return found;
}

static struct err *settle_all(struct applying *p, size_t *running, struct apply_result *r)
{
	size_t i;

	while (take_finished(p, &i)) {
		TRY(settle(p, i, r));
		(*running)--;
	}
	return NULL;
}

/* One thread: run the step here. */
static struct err *run_inline(struct applying *p, size_t *running, struct apply_result *r)
{
	if (p->e->open_worker)
		return NULL;
	while (p->head != p->tail)
		work_on(p, p->e->ports, NULL, p->queue[p->head++]);
	return settle_all(p, running, r);
}

static struct err *conduct(struct applying *p, size_t limit, struct apply_result *r)
{
	size_t running = 0;
	struct err *broken = NULL; /* of the journal: let the workers end, start nothing */

	for (;;) {
		bool halt = broken || r->failed || cancelled(p->e->ports->cancel);

		for (size_t i = 0; i < p->plan->n_steps && !halt && running < limit; i++) {
			if (!may_start(p, i))
				continue;
			broken = start(p, i);
			if (broken)
				break;
			running++;
		}
		if (!running)
			return broken;
		struct err *e = run_inline(p, &running, r);
		broken = broken ? broken : e;
		if (p->e->open_worker)
			wait_for_news(p);
		pass_note(p);
		e = settle_all(p, &running, r);
		broken = broken ? broken : e;
	}
}

static struct err *verdict(struct applying *p, struct err *broken, struct apply_result *r)
{
	r->n_left = p->plan->n_steps - r->n_done - r->n_skipped - r->n_failed;
	if (broken)
		return err_wrap(p->a, broken, "after %zu of %zu steps", r->n_done,
				p->plan->n_steps);
	if (!r->failed && !r->n_left)
		return NULL;
	const char *hint =
		arena_printf(p->a,
			     "%zu of %zu steps are done, %zu remain. Go on with "
			     "`smo graph resume %s`.",
			     r->n_done, p->plan->n_steps, r->n_left + r->n_failed, p->plan->graph);
	struct err *e;
	if (!r->failed)
		e = err_new(p->a, ERR_CANCELLED, "interrupted");
	else
		e = err_new(p->a,
			    r->n_done && r->why->kind != ERR_CANCELLED ? ERR_PARTIAL : r->why->kind,
			    "step %lld (%s %s) failed: %s", (long long)r->failed->n,
			    r->failed->kind, r->failed->summary, r->why->msg);
	return err_hint(p->a, e, "%s%s%s", r->why && r->why->hint ? r->why->hint : "",
			r->why && r->why->hint ? " " : "", hint);
}

struct err *apply(struct engine *e, struct arena *a, const struct plan *plan, const char *operation,
		  struct lease *lease, struct apply_result *ret_result)
{
	size_t limit = e->open_worker ? (size_t)(e->parallel ? e->parallel : ENGINE_PARALLEL) : 1;
	struct apply_result r = {0};
	struct applying p = {
		.e = e,
		.a = a,
		.plan = plan,
		.operation = operation,
		.lease = lease,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.work = PTHREAD_COND_INITIALIZER,
		.news = PTHREAD_COND_INITIALIZER,
		.jobs = arena_new_n(a, struct job, plan->n_steps),
		.queue = arena_new_n(a, size_t, plan->n_steps),
		.skipped = arena_new_n(a, struct apply_skip, plan->n_steps),
		.threads = arena_new_n(a, pthread_t, limit),
		.limit = limit,
	};

	p.context = (struct step_context){.e = e, .plan = plan, .note = take_note, .self = &p};
	TRY(e->ports->store.instance(e->ports->store.self, a, &p.context.instance));
	for (size_t i = 0; i < plan->n_steps; i++)
		p.jobs[i].step = &plan->steps[i];
	struct err *broken = conduct(&p, limit, &r);
	pthread_mutex_lock(&p.lock);
	p.closing = true;
	pthread_cond_broadcast(&p.work);
	pthread_mutex_unlock(&p.lock);
	for (size_t i = 0; i < p.n_threads; i++)
		pthread_join(p.threads[i], NULL);
	struct err *e_verdict = verdict(&p, broken, &r);
	r.skipped = p.skipped;
	*ret_result = r;
	return e_verdict;
}
