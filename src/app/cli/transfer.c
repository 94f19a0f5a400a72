// SPDX-License-Identifier: Apache-2.0
#include "app/cli/transfer.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/app.h"
#include "base/arena.h"
#include "base/str.h"

enum { BAR = 30, NAME = 32, REDRAW_MS = 100 };

struct transfer {
	struct app *app;
	bool live, drawn;
	char name[NAME + 1];
	int64_t began, last; /* ms */
	int64_t first;       /* bytes at the beginning: a download may be resumed */
};

static int64_t now_ms(void)
{
	struct timespec t = {0};

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct transfer *transfer_new(struct app *app)
{
	struct transfer *t = arena_new(app->arena, struct transfer);

	t->app = app;
	t->live = isatty(fileno(app->err)) && !output_is_data(app);
	return t;
}

static void amount(char *buf, size_t size, int64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	double value = (double)bytes;
	size_t unit = 0;

	for (; value >= 1024 && unit + 1 < countof(units); unit++)
		value /= 1024;
	snprintf(buf, size, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

static void draw(struct transfer *t, int64_t now, int64_t done, int64_t total)
{
	int filled = total > 0 ? (int)(done * BAR / total) : BAR;
	int64_t ms = now - t->began > 0 ? now - t->began : 1;
	char bar[BAR + 1], moved[24], rate[24];

	for (int i = 0; i < BAR; i++)
		bar[i] = i < filled ? '#' : '.';
	bar[BAR] = 0;
	amount(moved, sizeof(moved), done);
	amount(rate, sizeof(rate), (done - t->first) * 1000 / ms);
	fprintf(t->app->err, "\r\033[K%-*s [%s] %3d%% %s, %s/s", NAME, t->name, bar,
		total > 0 ? (int)(done * 100 / total) : 100, moved, rate);
	fflush(t->app->err);
	t->drawn = true;
}

void transfer_tell(struct transfer *t, const char *what, int64_t done, int64_t total)
{
	int64_t now;

	if (!t->live)
		return;
	now = now_ms();
	if (strncmp(t->name, what, NAME) != 0) {
		struct arena a scoped_arena = {0};

		/* The name comes from a registry. */
		snprintf(t->name, sizeof(t->name), "%.*s", NAME, str_printable(&a, what, false));
		t->began = now;
		t->first = done;
		t->last = 0;
	}
	if (done >= total) {
		transfer_end(t); /* what comes next may be the result */
	} else if (now - t->last >= REDRAW_MS) {
		t->last = now;
		draw(t, now, done, total);
	}
}

void transfer_end(struct transfer *t)
{
	if (t->drawn)
		fputs("\r\033[K", t->app->err);
	t->drawn = false;
}
