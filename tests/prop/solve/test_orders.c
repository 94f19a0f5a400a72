// SPDX-License-Identifier: Apache-2.0
/*
 * The order of moves, carried out step by step by a second hand that only counts: what is where,
 * and whether it fits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "solve/solve.h"
#include "world.h"

enum { WORLDS = 3000, MAX_ITEMS = 8, MAX_BINS = 5 };

/* Where every item is: in one bin, in two during a move, or nowhere. */
struct scene {
	const struct solve_problem *p;
	uint32_t at[MAX_ITEMS], leaving[MAX_ITEMS];
	size_t since[MAX_ITEMS]; /* the step after which it is stopped, 0: it is not */
};

static int64_t use_of(const struct solve_problem *p, size_t i, uint32_t b, size_t r)
{
	size_t pair = b == SOLVE_NOWHERE ? SIZE_MAX : solve_pair_find(p, i, b);

	if (b == SOLVE_NOWHERE)
		return 0;
	if (pair != SIZE_MAX)
		return solve_pair_use(p, i, pair, r);
	return p->use ? p->use[i * p->n_res + r] : 0;
}

static bool fits(const struct scene *s, uint32_t b)
{
	const struct solve_problem *p = s->p;

	for (size_t r = 0; p->capacity && r < p->n_res; r++) {
		int64_t used = 0;

		for (size_t i = 0; i < p->n_items; i++)
			used += (s->at[i] == b ? use_of(p, i, b, r) : 0) +
				(s->leaving[i] == b ? use_of(p, i, b, r) : 0);
		if (used > p->capacity[b * p->n_res + r])
			return false;
	}
	return true;
}

static void begin(struct scene *s, const struct solve_problem *p)
{
	*s = (struct scene){.p = p};
	for (size_t i = 0; i < p->n_items; i++) {
		s->at[i] = p->now ? p->now[i] : SOLVE_NOWHERE;
		s->leaving[i] = SOLVE_NOWHERE;
	}
}

/* The first copy stays until the second runs. */
static void carry_out(struct scene *s, const struct solve_order *o, size_t n, const uint32_t *bin)
{
	const struct solve_step *st = &o->step[n];

	assert_true(st->item < s->p->n_items);
	assert_int_equal(st->from, s->at[st->item]);
	assert_int_equal(st->stop_over, st->kind == SOLVE_STEP_MOVE && st->to != bin[st->item]);
	assert_true((st->kind == SOLVE_STEP_START) == (st->from == SOLVE_NOWHERE));
	assert_true((st->kind == SOLVE_STEP_STOP) == (st->to == SOLVE_NOWHERE));
	s->leaving[st->item] = st->from;
	s->at[st->item] = st->to;
	if (st->to != SOLVE_NOWHERE) {
		assert_true(solve_pair_find(s->p, st->item, st->to) != SIZE_MAX);
		assert_true(fits(s, st->to));
	}
	s->leaving[st->item] = SOLVE_NOWHERE;
}

static void follow(const struct solve_problem *p, const uint32_t *bin, const struct solve_order *o)
{
	struct scene s;
	size_t stop_overs = 0, downtimes = 0, away = 0;

	begin(&s, p);
	for (size_t n = 0; n < o->n; n++) {
		const struct solve_step *st = &o->step[n];

		carry_out(&s, o, n, bin);
		stop_overs += st->stop_over;
		downtimes += st->kind == SOLVE_STEP_STOP;
		if (st->kind == SOLVE_STEP_START && s.since[st->item])
			away += n + 1 - s.since[st->item];
		s.since[st->item] = st->kind == SOLVE_STEP_STOP ? n + 1 : 0;
	}
	for (size_t i = 0; i < p->n_items; i++)
		assert_int_equal(s.at[i], bin[i]);
	assert_int_equal(o->n_stop_overs, stop_overs);
	assert_int_equal(o->n_downtimes, downtimes);
	assert_int_equal(o->away_steps, away);
}

static void every_order_leads_there_and_every_step_fits(void **state)
{
	size_t moved = 0, stopped_over = 0, down = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= WORLDS; seed++) {
		struct arena a scoped_arena = {0};
		struct dice d = {seed};
		struct solve_options o = {.budget = SOLVE_SECOND};
		struct solve_problem p;
		struct solve_answer answer;
		struct solve_order order;

		world_random(&a, &d, MAX_ITEMS, MAX_BINS, 30, &p);
		assert_null(solve(&a, &p, &o, &answer));
		if (!answer.bin)
			continue;
		assert_null(solve_order(&a, &p, answer.bin, &order));
		follow(&p, answer.bin, &order);
		moved += order.n > 0;
		stopped_over += order.n_stop_overs > 0;
		down += order.n_downtimes > 0;
	}
	assert_true(moved && stopped_over && down); /* the worlds had what is looked for */
}

/* ---- by hand ---- */

static const int64_t FOUR[] = {4, 4};
static const uint32_t NOW[] = {0, 1}, SWAPPED[] = {1, 0};

static void what_has_room_goes_straight(void **state)
{
	struct arena a scoped_arena = {0};
	const int64_t capacity[] = {8, 8};
	const struct solve_problem p = {.n_items = 2,
					.n_bins = 2,
					.n_res = 1,
					.use = FOUR,
					.capacity = capacity,
					.now = NOW};
	struct solve_order o;

	(void)state;
	assert_null(solve_order(&a, &p, SWAPPED, &o));
	assert_int_equal(o.n, 2);
	assert_int_equal(o.n_stop_overs, 0);
	assert_int_equal(o.n_downtimes, 0);
	follow(&p, SWAPPED, &o);
}

static void a_swap_in_full_bins_stops_over_in_a_third(void **state)
{
	struct arena a scoped_arena = {0};
	const int64_t capacity[] = {4, 4, 4};
	const struct solve_problem p = {.n_items = 2,
					.n_bins = 3,
					.n_res = 1,
					.use = FOUR,
					.capacity = capacity,
					.now = NOW};
	struct solve_order o;

	(void)state;
	assert_null(solve_order(&a, &p, SWAPPED, &o));
	assert_int_equal(o.n, 3);
	assert_int_equal(o.n_stop_overs, 1);
	assert_int_equal(o.n_downtimes, 0);
	follow(&p, SWAPPED, &o);
}

static void a_swap_without_a_third_bin_says_what_is_down_and_how_long(void **state)
{
	struct arena a scoped_arena = {0};
	const int64_t capacity[] = {4, 4};
	const struct solve_problem p = {.n_items = 2,
					.n_bins = 2,
					.n_res = 1,
					.use = FOUR,
					.capacity = capacity,
					.now = NOW};
	struct solve_order o;

	(void)state;
	assert_null(solve_order(&a, &p, SWAPPED, &o));
	assert_int_equal(o.n, 3);
	assert_int_equal(o.step[0].kind, SOLVE_STEP_STOP);
	assert_int_equal(o.step[1].kind, SOLVE_STEP_MOVE);
	assert_int_equal(o.step[2].kind, SOLVE_STEP_START);
	assert_int_equal(o.n_downtimes, 1);
	follow(&p, SWAPPED, &o);
}

static void an_end_that_does_not_fit_is_refused_with_its_reason(void **state)
{
	struct arena a scoped_arena = {0};
	const int64_t capacity[] = {4, 4};
	const uint32_t both[] = {1, 1};
	const struct solve_problem p = {.n_items = 2,
					.n_bins = 2,
					.n_res = 1,
					.use = FOUR,
					.capacity = capacity,
					.now = NOW};
	struct solve_order o;
	struct err *e = solve_order(&a, &p, both, &o);

	(void)state;
	assert_non_null(e);
	assert_int_equal(e->kind, ERR_INPUT);
	assert_non_null(strstr(e->msg, "lead nowhere"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_leads_there_and_every_step_fits),
		cmocka_unit_test(what_has_room_goes_straight),
		cmocka_unit_test(a_swap_in_full_bins_stops_over_in_a_third),
		cmocka_unit_test(a_swap_without_a_third_bin_says_what_is_down_and_how_long),
		cmocka_unit_test(an_end_that_does_not_fit_is_refused_with_its_reason),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
