// SPDX-License-Identifier: Apache-2.0
/*
 * The laws of scaling, on random small cases: what is decided equals exhaustive search, never
 * leaves its bounds or the clusters, and comes to rest on constant load.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "plan/scale.h"

enum { CASES = 4000, SERVICES = 4, BINS = 3 };

static uint64_t seed;

static int64_t pick(int64_t low, int64_t high)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return low + (int64_t)((seed >> 33) % (uint64_t)(high - low + 1));
}

/* The next vector of @r within @low and @high, or false after the last one. */
static bool next(int64_t *r, const int64_t *low, const int64_t *high, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (r[i]++ < high[i])
			return true;
		r[i] = low[i];
	}
	return false;
}

/* ---- policy "original" ---- */

struct original_case {
	struct scale_original_service s[SERVICES];
	size_t n;
	int64_t capacity;
	bool bounded;
};

static void random_original(struct original_case *c)
{
	c->n = (size_t)pick(1, 3);
	c->capacity = pick(1, 20) * 500;
	c->bounded = pick(0, 1);
	for (size_t i = 0; i < c->n; i++)
		c->s[i] = (struct scale_original_service){
			.id = "s",
			.rate = (double)pick(0, 60) / 4,
			.replicas = pick(1, 6),
			.cpu = pick(1, 4) * 500,
			.max = pick(1, 6),
			.model = {(double)pick(1, 20) / 4, (double)pick(-4, 4) / 4, NULL},
		};
}

static bool original_allows(const struct original_case *c, const int64_t *r)
{
	int64_t used = 0;

	for (size_t i = 0; i < c->n; i++) {
		used += r[i] * c->s[i].cpu;
		if (c->s[i].model.alpha * (double)r[i] + c->s[i].model.beta < c->s[i].rate - 1e-9)
			return false;
		if (c->bounded && r[i] > c->s[i].max)
			return false;
	}
	return used <= c->capacity;
}

/* The best by trying everything: least cost, then fewest replicas; infinite when nothing goes. */
static double exhaustive_original(const struct original_case *c, int64_t *ret_total)
{
	int64_t low[SERVICES], high[SERVICES], r[SERVICES];
	double best = (double)INFINITY;

	for (size_t i = 0; i < c->n; i++) {
		low[i] = r[i] = 1;
		high[i] = c->capacity / c->s[i].cpu;
		if (high[i] < 1)
			return best;
	}
	do {
		int64_t total = 0;
		double cost = scale_original_cost(c->s, c->n, r);

		for (size_t i = 0; i < c->n; i++)
			total += r[i];
		if (!original_allows(c, r) || cost > best + 1e-9)
			continue;
		if (cost < best - 1e-9 || total < *ret_total)
			*ret_total = total;
		best = cost < best ? cost : best;
	} while (next(r, low, high, c->n));
	return best;
}

static void the_original_equals_exhaustive_search(void **state)
{
	size_t feasible = 0;

	(void)state;
	seed = 7;
	for (size_t k = 0; k < CASES * 3; k++) {
		struct arena a scoped_arena = {0};
		struct original_case c;
		int64_t got[SERVICES], total = 0, least = 0;

		random_original(&c);
		double best = exhaustive_original(&c, &least);
		struct err *err = scale_original(&a, c.s, c.n, c.capacity, 0, c.bounded, got);
		assert_int_equal(err != NULL, isinf(best));
		if (err)
			continue;
		feasible++;
		assert_true(original_allows(&c, got));
		assert_true(fabs(scale_original_cost(c.s, c.n, got) - best) < 1e-7);
		for (size_t i = 0; i < c.n; i++)
			total += got[i];
		assert_int_equal(total, least);
	}
	assert_true(feasible >= 2000);
}

/* ---- our policy ---- */

struct our_case {
	struct scale_service s[SERVICES];
	double rates[SERVICES];
	struct fit_use uses[SERVICES][BINS];
	struct scale_bin bins[BINS];
	size_t n, n_bins;
};

static void random_ours(struct our_case *c)
{
	*c = (struct our_case){.n = (size_t)pick(1, SERVICES), .n_bins = (size_t)pick(1, BINS)};
	for (size_t b = 0; b < c->n_bins; b++)
		c->bins[b] = (struct scale_bin){"edge", b % 2 ? "memory" : "cpu", pick(2, 24)};
	for (size_t i = 0; i < c->n; i++) {
		struct scale_service *s = &c->s[i];

		*s = (struct scale_service){
			.id = "s",
			.rates = &c->rates[i],
			.n_rates = 1,
			.replicas = pick(0, 5),
			.min = pick(0, 2),
			.max = pick(2, 6),
			.to_zero = pick(0, 1),
			.model = {(double)pick(1, 8), (double)pick(-2, 2), NULL},
			.uses = c->uses[i],
		};
		s->manners.window_down_ms = pick(0, 2) * 1000;
		c->rates[i] = pick(0, 9) ? (double)pick(0, 40) : (double)NAN;
		for (size_t b = 0; b < c->n_bins; b++)
			if (pick(0, 2))
				c->uses[i][s->n_uses++] = (struct fit_use){b, pick(1, 3)};
	}
}

static bool ours_fits(const struct our_case *c, const int64_t *r)
{
	int64_t used[BINS] = {0};

	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->s[i].n_uses; k++)
			used[c->uses[i][k].bin] += r[i] * c->uses[i][k].amount;
	for (size_t b = 0; b < c->n_bins; b++)
		if (used[b] > c->bins[b].room)
			return false;
	return true;
}

/* The cost of giving up replicas, written down again from its description in scale.h. */
static double cost_of(const struct scale_decision *d, int64_t to)
{
	int64_t need = d->needed < 0 ? d->wanted : d->needed;
	double sum = 0, scale = 1 / (double)(need > 1 ? need : 1);

	for (int64_t r = d->wanted; r > to; r--)
		sum += (r > need ? 0.01 : r > d->from ? 1 : 4) * scale;
	return sum;
}

static int64_t minimum(const struct scale_service *s)
{
	return s->min ? s->min : s->to_zero ? 0 : 1;
}

static double exhaustive_ours(const struct our_case *c, const struct scale_result *got)
{
	int64_t low[SERVICES], high[SERVICES], r[SERVICES];
	double best = (double)INFINITY;

	for (size_t i = 0; i < c->n; i++) {
		low[i] = r[i] = minimum(&c->s[i]);
		high[i] = got->at[i].wanted;
	}
	do {
		double cost = 0;

		for (size_t i = 0; i < c->n; i++)
			cost += cost_of(&got->at[i], r[i]);
		if (ours_fits(c, r) && cost < best)
			best = cost;
	} while (next(r, low, high, c->n));
	return best;
}

static void sharing_a_full_cluster_equals_exhaustive_search(void **state)
{
	size_t tight = 0;

	(void)state;
	seed = 11;
	for (size_t k = 0; k < CASES * 2; k++) {
		struct arena a scoped_arena = {0};
		struct our_case c;
		int64_t to[SERVICES];
		double cost = 0;

		random_ours(&c);
		struct scale_result r = scale_decide(&a, c.s, c.n, c.bins, c.n_bins, 0);
		double best = exhaustive_ours(&c, &r);
		assert_int_equal(r.fits, !isinf(best));
		if (!r.fits)
			continue;
		assert_true(r.proven);
		for (size_t i = 0; i < c.n; i++) {
			cost += cost_of(&r.at[i], r.at[i].to);
			to[i] = r.at[i].to;
		}
		assert_true(ours_fits(&c, to));
		assert_true(fabs(cost - best) < 1e-6);
		tight += best > 0;
	}
	assert_true(tight >= 2000);
}

static void no_decision_leaves_its_bounds(void **state)
{
	(void)state;
	seed = 13;
	for (size_t k = 0; k < CASES; k++) {
		struct arena a scoped_arena = {0};
		struct our_case c;

		random_ours(&c);
		for (size_t i = 0; i < c.n; i++) {
			struct scale_service *s = &c.s[i];
			const struct scale_wish wishes[] = {{-500, pick(0, 30)}};
			const struct scale_move moves[] = {
				{-pick(0, 900), pick(0, 9), s->replicas}};

			s->manners = scale_manners_default;
			s->wishes = wishes, s->n_wishes = 1;
			s->moves = moves, s->n_moves = 1;
			struct scale_decision d = scale_wanted(&a, s, 0);
			assert_true(d.wanted >= minimum(s));
			assert_true(d.wanted <= s->max);
			assert_non_null(d.reason);
		}
	}
}

/* Decide, scale, remember, wait; return how often the number changed in the second half. */
static int run_on_constant_load(struct arena *a, struct scale_service *s, int rounds)
{
	struct scale_wish *wishes = arena_new_n(a, struct scale_wish, (size_t)rounds);
	struct scale_move *moves = arena_new_n(a, struct scale_move, (size_t)rounds);
	int late = 0;

	s->wishes = wishes;
	s->moves = moves;
	for (int k = 0; k < rounds; k++) {
		int64_t now = (int64_t)k * 15000;
		struct scale_result r = scale_decide(a, s, 1, NULL, 0, now);
		const struct scale_decision *d = &r.at[0];

		if (d->needed >= 0)
			wishes[s->n_wishes++] = (struct scale_wish){now, d->needed};
		if (d->to != d->from) {
			moves[s->n_moves++] = (struct scale_move){now, d->from, d->to};
			late += k >= rounds / 2;
		}
		s->replicas = d->to;
	}
	return late;
}

static void on_constant_load_scaling_comes_to_rest(void **state)
{
	(void)state;
	seed = 17;
	for (size_t k = 0; k < 1000; k++) {
		struct arena a scoped_arena = {0};
		double rate = (double)pick(0, 400) / 4;
		struct scale_service s = {
			.id = "s",
			.rates = &rate,
			.n_rates = 1,
			.replicas = pick(0, 20),
			.max = pick(1, 40),
			.to_zero = pick(0, 1),
			.model = {(double)pick(1, 12) / 4, (double)pick(-4, 4) / 4, NULL},
			.manners = scale_manners_default,
		};
		int64_t need;

		assert_int_equal(run_on_constant_load(&a, &s, 80), 0);
		if (!scale_need(&s.model, rate, 1, &need))
			continue;
		assert_true(s.replicas >= (need < s.max ? need : s.max) ||
			    (s.to_zero && rate <= 0));
		assert_true(s.replicas <= s.max);
	}
}

static void scaling_in_really_happens_when_the_load_is_gone(void **state)
{
	(void)state;
	seed = 19;
	for (size_t k = 0; k < 200; k++) {
		struct arena a scoped_arena = {0};
		double rate = 0;
		struct scale_service s = {
			.id = "s",
			.rates = &rate,
			.n_rates = 1,
			.replicas = pick(2, 20),
			.model = {(double)pick(1, 12), 0, NULL},
			.manners = scale_manners_default,
		};

		run_on_constant_load(&a, &s, 40);
		assert_int_equal(s.replicas, 1);
	}
}

static void a_thousand_services_are_decided_and_fit(void **state)
{
	enum { N = 1000, CLUSTERS = 20 };
	struct arena a scoped_arena = {0};
	struct scale_service *s = arena_new_n(&a, struct scale_service, N);
	double *rates = arena_new_n(&a, double, N);
	struct fit_use *uses = arena_new_n(&a, struct fit_use, N * 2);
	struct scale_bin bins[CLUSTERS * 2];
	int64_t used[CLUSTERS * 2] = {0};

	(void)state;
	seed = 23;
	for (size_t b = 0; b < CLUSTERS; b++) {
		bins[2 * b] = (struct scale_bin){"c", "cpu", pick(80000, 200000)};
		bins[2 * b + 1] = (struct scale_bin){"c", "memory", pick(250, 500)};
	}
	for (size_t i = 0; i < N; i++) {
		size_t c = (size_t)pick(0, CLUSTERS - 1);
		rates[i] = (double)pick(0, 100);
		uses[2 * i] = (struct fit_use){2 * c, pick(1, 10) * 100};
		uses[2 * i + 1] = (struct fit_use){2 * c + 1, pick(1, 3)};
		s[i] = (struct scale_service){.id = "s",
					      .rates = &rates[i],
					      .n_rates = 1,
					      .replicas = pick(1, 4),
					      .min = 1,
					      .max = 10,
					      .model = {(double)pick(5, 30), 0, NULL},
					      .uses = &uses[2 * i],
					      .n_uses = 2};
	}
	struct scale_result r = scale_decide(&a, s, N, bins, CLUSTERS * 2, 0);
	assert_true(r.fits);
	for (size_t i = 0; i < N; i++)
		for (size_t k = 0; k < 2; k++)
			used[uses[2 * i + k].bin] += uses[2 * i + k].amount * r.at[i].to;
	for (size_t b = 0; b < CLUSTERS * 2; b++)
		assert_true(used[b] <= bins[b].room);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_original_equals_exhaustive_search),
		cmocka_unit_test(sharing_a_full_cluster_equals_exhaustive_search),
		cmocka_unit_test(no_decision_leaves_its_bounds),
		cmocka_unit_test(on_constant_load_scaling_comes_to_rest),
		cmocka_unit_test(scaling_in_really_happens_when_the_load_is_gone),
		cmocka_unit_test(a_thousand_services_are_decided_and_fit),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
