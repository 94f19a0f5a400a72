// SPDX-License-Identifier: Apache-2.0
/*
 * The longest common subsequence by its table: texts are objects of a few dozen lines.  What is the
 * same at the beginning and the end is taken off first, so that a long text with one change has a
 * small table too.
 */
#include "app/cli/line_diff.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"

enum { CONTEXT = 3, CELLS_MAX = 4 << 20 };

struct line {
	const char *at;
	size_t len;
};

struct lines {
	struct line *at;
	size_t n;
};

static struct lines split(struct arena *a, const char *text)
{
	vec_of(struct line) list = {0};

	while (*text) {
		size_t len = strcspn(text, "\n");

		*vec_push(a, &list) = (struct line){text, len};
		text += len + (text[len] == '\n');
	}
	return (struct lines){list.at ? list.at : arena_new(a, struct line), list.n};
}

static bool same(const struct line *x, const struct line *y)
{
	return x->len == y->len && !memcmp(x->at, y->at, x->len);
}

/* A line of the result. */
struct mark {
	char sign;
	struct line line;
};

struct marks {
	struct arena *a;
	vec_of(struct mark) list;
};

static void add(struct marks *m, char sign, const struct line *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*vec_push(m->a, &m->list) = (struct mark){sign, from[i]};
}

/* Without the table everything went and came. */
static void compare(struct marks *m, const struct lines *x, const struct lines *y)
{
	size_t w = y->n + 1, i = 0, k = 0;
	bool small = x->n < CELLS_MAX / w;
	uint32_t *most = arena_new_n(m->a, uint32_t, small ? (x->n + 1) * w : 1);

	for (size_t r = x->n; small && r-- > 0;)
		for (size_t c = y->n; c-- > 0;) {
			uint32_t down = most[(r + 1) * w + c], right = most[r * w + c + 1];

			most[r * w + c] = same(&x->at[r], &y->at[c]) ? most[(r + 1) * w + c + 1] + 1
					  : down > right             ? down
								     : right;
		}
	while (small && i < x->n && k < y->n) {
		if (same(&x->at[i], &y->at[k])) {
			add(m, ' ', &x->at[i++], 1);
			k++;
		} else if (most[(i + 1) * w + k] >= most[i * w + k + 1]) {
			add(m, '-', &x->at[i++], 1);
		} else {
			add(m, '+', &y->at[k++], 1);
		}
	}
	add(m, '-', x->at + i, x->n - i);
	add(m, '+', y->at + k, y->n - k);
}

/* Is a change within CONTEXT lines of @i? */
static bool is_near(const struct marks *m, size_t i)
{
	size_t from = i < CONTEXT ? 0 : i - CONTEXT;

	for (size_t k = from; k <= i + CONTEXT && k < m->list.n; k++)
		if (m->list.at[k].sign != ' ')
			return true;
	return false;
}

static void print(const struct marks *m, struct str *out, const char *indent)
{
	bool skipped = false;

	for (size_t i = 0; i < m->list.n; i++) {
		const struct mark *at = &m->list.at[i];

		if (is_near(m, i))
			str_addf(out, "%s%c %.*s\n", indent, at->sign, (int)at->line.len,
				 at->line.at);
		else if (!skipped)
			str_addf(out, "%s  ...\n", indent);
		skipped = !is_near(m, i);
	}
}

void line_diff(struct str *out, const char *indent, const char *before, const char *after)
{
	struct arena scratch scoped_arena = {0};
	struct marks m = {.a = &scratch};
	struct lines x = split(&scratch, before), y = split(&scratch, after);
	size_t head = 0, tail = 0;

	while (head < x.n && head < y.n && same(&x.at[head], &y.at[head]))
		head++;
	while (tail < x.n - head && tail < y.n - head &&
	       same(&x.at[x.n - 1 - tail], &y.at[y.n - 1 - tail]))
		tail++;
	if (head == x.n && head == y.n)
		return;
	add(&m, ' ', x.at, head);
	const struct lines mid_x = {x.at + head, x.n - head - tail};
	const struct lines mid_y = {y.at + head, y.n - head - tail};
	compare(&m, &mid_x, &mid_y);
	add(&m, ' ', x.at + x.n - tail, tail);
	print(&m, out, indent);
}
