// SPDX-License-Identifier: Apache-2.0
/* See prove.h. */
#include "solve/prove.h"

#include <string.h>

#include "base/arena.h"
#include "solve/bound.h"

/* Do all items whose bins are among those of item @like need more than these have of @r? */
static bool overfull(const struct core *c, size_t like, const bool *in, size_t r)
{
	const struct solve_problem *p = c->p;
	int64_t room = 0;

	for (uint32_t b = 0; b < c->m; b++) {
		int64_t cap = p->capacity[b * c->R + r];

		if (!in[b] || cap <= 0)
			continue;
		if (cap == SOLVE_UNLIMITED || cap > INT64_MAX / 2 - room)
			return false;
		room += cap;
	}
	for (size_t i = 0; i < c->n; i++) {
		size_t first = solve_pair_first(p, i), end = solve_pair_first(p, i + 1);
		int64_t least = first < end ? INT64_MAX : 0;

		if (end - first > solve_pair_first(p, like + 1) - solve_pair_first(p, like))
			continue;
		for (size_t k = first; k < end && least >= 0; k++) {
			int64_t use = solve_pair_use(p, i, k, r);

			least = !in[solve_pair_bin(p, i, k)] ? -1 : use < least ? use : least;
		}
		room -= least > 0 ? least : 0;
		if (room < 0)
			return true;
	}
	return false;
}

static bool volume(struct arena *a, const struct core *c, struct work *w)
{
	const struct solve_problem *p = c->p;
	bool *in = arena_new_n(a, bool, c->m + 1);
	bool *last = arena_new_n(a, bool, c->m + 1);

	for (size_t i = 0; i < c->n && work_left(w); i++) {
		memset(in, 0, c->m * sizeof(*in));
		for (size_t k = solve_pair_first(p, i); k < solve_pair_first(p, i + 1); k++)
			in[solve_pair_bin(p, i, k)] = true;
		if (i && memcmp(in, last, c->m * sizeof(*in)) == 0)
			continue;
		memcpy(last, in, c->m * sizeof(*in));
		for (size_t r = 0; r < c->R; r++)
			if (overfull(c, i, in, r))
				return true;
		work_spend(w, c->R * solve_pair_first(p, c->n));
		if (!p->first)
			break;
	}
	return false;
}

bool prove_infeasible(struct arena *a, const struct core *c, struct work *w)
{
	struct core plain = *c;
	struct solve_problem p = *c->p;
	struct bound b = {.proved = INT64_MIN};
	struct work part = work_part(w, 200 * solve_pair_first(c->p, c->n) * (1 + c->R));

	if (!c->R || !p.capacity)
		return false;
	if (volume(a, c, w))
		return true;
	p.n_links = 0;
	plain.p = &p;
	plain.cost = NULL;
	bound_improve(a, &plain, 1, &part, &b);
	work_join(w, &part);
	return b.proved >= 1;
}
