// SPDX-License-Identifier: Apache-2.0
/*
 * On a terminal the running steps are the last lines, drawn anew at every change and five times a
 * second by a thread of its own; a step that ends becomes a line above them that stays.
 */
#include "app/cli/progress.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/app.h"
#include "app/cli/span.h"
#include "app/cli/term.h"
#include "base/arena.h"
#include "base/str.h"

enum { MAX_RUNNING = 64, TEXT = 160, TICK_MS = 200 };

struct running {
	int64_t step;
	int64_t since;
	char what[TEXT], note[TEXT];
};

struct progress {
	struct app *app;
	pthread_mutex_t mutex; /* guards everything below */
	pthread_cond_t wake;
	pthread_t ticker;
	bool quiet, live, has_ticker, ending;
	int hidden; /* how often progress_hide() was called */
	size_t n_steps, n_drawn, frame;
	struct running running[MAX_RUNNING];
	size_t n_running;
};

static int64_t monotonic(void)
{
	struct timespec t = {0};

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void copy_text(char *to, const char *from)
{
	struct arena a scoped_arena = {0};
	const char *text = str_printable(&a, from ? from : "", false);
	size_t len = strnlen(text, TEXT - 1);

	/* Never cut a character of several bytes in two. */
	while (len && text[len] && ((unsigned char)text[len] & 0xC0) == 0x80)
		len--;
	memcpy(to, text, len);
	to[len] = '\0';
}

/* ---- drawing; the mutex is held ---- */

static void erase(struct progress *p)
{
	for (; p->n_drawn; p->n_drawn--)
		fputs("\033[1A\033[2K", p->app->err);
}

/* Bytes of @text that fit into @columns (one character is taken for one column). */
static int fitting(const char *text, size_t columns)
{
	size_t i = 0;

	for (; text[i]; i++) {
		if (((unsigned char)text[i] & 0xC0) == 0x80)
			continue;
		if (columns-- == 0)
			break;
	}
	return (int)i;
}

static void draw(struct progress *p)
{
	static const char *const frames[] = {"|", "/", "-", "\\"};
	struct arena a scoped_arena = {0};
	size_t width = term_width(STDERR_FILENO);

	if (!p->live || p->hidden)
		return;
	for (size_t i = 0; i < p->n_running; i++) {
		const struct running *r = &p->running[i];
		const char *line = arena_printf(&a, "  %s %" PRId64 "/%zu %s%s%s (%s)",
						frames[p->frame % countof(frames)], r->step,
						p->n_steps, r->what, *r->note ? ": " : "", r->note,
						span_text(&a, monotonic() - r->since));
		fprintf(p->app->err, "%.*s\n", fitting(line, width > 1 ? width - 1 : 79), line);
		p->n_drawn++;
	}
	fflush(p->app->err);
}

static void *tick(void *arg)
{
	struct progress *p = arg;

	pthread_mutex_lock(&p->mutex);
	while (!p->ending) {
		struct timespec until = {0};

		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += TICK_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		pthread_cond_timedwait(&p->wake, &p->mutex, &until);
		if (p->n_running && !p->hidden && !p->ending) {
			p->frame++;
			erase(p);
			draw(p);
		}
	}
	pthread_mutex_unlock(&p->mutex);
	return NULL;
}

/* A line that stays. */
static void put(struct progress *p, enum term_color color, const char *line)
{
	bool on = p->app->color_err;

	if (p->quiet)
		return;
	erase(p);
	fprintf(p->app->err, "%s%s%s\n", color == TERM_PLAIN ? "" : term_color(on, color), line,
		color == TERM_PLAIN ? "" : term_color(on, TERM_PLAIN));
	fflush(p->app->err);
	draw(p);
}

/* ---- steps ---- */

struct progress *progress_new(struct app *app)
{
	struct progress *p = arena_new(app->arena, struct progress);
	const char *terminal = getenv("TERM");
	bool is_terminal = isatty(fileno(app->err));

	p->app = app;
	p->live = is_terminal && terminal && !str_eq(terminal, "dumb");
	p->quiet = output_is_data(app) && !is_terminal;
	pthread_mutex_init(&p->mutex, NULL);
	pthread_cond_init(&p->wake, NULL);
	return p;
}

void progress_begin(struct progress *p, size_t n_steps, const char *title)
{
	struct arena a scoped_arena = {0};

	pthread_mutex_lock(&p->mutex);
	p->n_steps = n_steps;
	p->n_running = 0;
	if (p->live && !p->has_ticker)
		p->has_ticker = pthread_create(&p->ticker, NULL, tick, p) == 0;
	if (title)
		put(p, TERM_BOLD,
		    arena_printf(&a, "%s: %zu step%s", str_printable(&a, title, false), n_steps,
				 n_steps == 1 ? "" : "s"));
	pthread_mutex_unlock(&p->mutex);
}

static struct running *find(struct progress *p, int64_t step)
{
	for (size_t i = 0; i < p->n_running; i++)
		if (p->running[i].step == step)
			return &p->running[i];
	return NULL;
}

void progress_started(struct progress *p, int64_t step, const char *what)
{
	struct arena a scoped_arena = {0};

	pthread_mutex_lock(&p->mutex);
	if (!find(p, step) && p->n_running < MAX_RUNNING) {
		struct running *r = &p->running[p->n_running++];

		*r = (struct running){.step = step, .since = monotonic()};
		copy_text(r->what, what);
		if (!p->live)
			put(p, TERM_PLAIN,
			    arena_printf(&a, "  %" PRId64 "/%zu %s: started", step, p->n_steps,
					 r->what));
	}
	if (p->live && !p->quiet) {
		erase(p);
		draw(p);
	}
	pthread_mutex_unlock(&p->mutex);
}

void progress_note(struct progress *p, int64_t step, const char *note)
{
	struct arena a scoped_arena = {0};
	char text[TEXT];

	pthread_mutex_lock(&p->mutex);
	struct running *r = find(p, step);
	copy_text(text, note);
	if (r && strcmp(r->note, text) != 0) {
		memcpy(r->note, text, sizeof(text));
		if (p->live && !p->quiet) {
			erase(p);
			draw(p);
		} else if (!p->live) {
			put(p, TERM_PLAIN,
			    arena_printf(&a, "  %" PRId64 "/%zu %s: %s", step, p->n_steps, r->what,
					 text));
		}
	}
	pthread_mutex_unlock(&p->mutex);
}

struct ending {
	const char *mark, *word;
	enum term_color color;
};

static void finish(struct progress *p, int64_t step, const struct ending *end, const char *text)
{
	struct arena a scoped_arena = {0};
	struct str line = {.a = &a};

	pthread_mutex_lock(&p->mutex);
	struct running *r = find(p, step);
	const char *mark = p->live ? end->mark : " ";

	str_addf(&line, "  %s%s%" PRId64 "/%zu", p->live ? mark : "", p->live ? " " : "", step,
		 p->n_steps);
	if (r)
		str_addf(&line, " %s", r->what);
	str_addf(&line, ": %s", end->word);
	if (r)
		str_addf(&line, " in %s", span_text(&a, monotonic() - r->since));
	if (text && *text)
		str_addf(&line, ": %s", str_printable(&a, text, false));
	if (r) {
		size_t i = (size_t)(r - p->running);

		memmove(r, r + 1, (p->n_running - i - 1) * sizeof(*r));
		p->n_running--;
	}
	put(p, end->color, str_text(&line));
	pthread_mutex_unlock(&p->mutex);
}

void progress_done(struct progress *p, int64_t step, const char *note)
{
	static const struct ending end = {"+", "done", TERM_PLAIN};

	finish(p, step, &end, note);
}

void progress_failed(struct progress *p, int64_t step, const char *why)
{
	static const struct ending end = {"x", "failed", TERM_RED};

	finish(p, step, &end, why);
}

void progress_skipped(struct progress *p, int64_t step, const char *why)
{
	static const struct ending end = {"-", "skipped", TERM_YELLOW};

	finish(p, step, &end, why);
}

void progress_end(struct progress *p)
{
	pthread_mutex_lock(&p->mutex);
	erase(p);
	fflush(p->app->err);
	p->n_running = 0;
	pthread_mutex_unlock(&p->mutex);
}

void progress_hide(struct progress *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->mutex);
	if (p->hidden++ == 0 && p->n_drawn) {
		erase(p);
		fflush(p->app->err);
	}
	pthread_mutex_unlock(&p->mutex);
}

void progress_show(struct progress *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->mutex);
	if (--p->hidden == 0)
		draw(p);
	pthread_mutex_unlock(&p->mutex);
}

void progress_free(struct progress *p)
{
	pthread_mutex_lock(&p->mutex);
	erase(p);
	p->ending = true;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->mutex);
	if (p->has_ticker)
		pthread_join(p->ticker, NULL);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->mutex);
}
