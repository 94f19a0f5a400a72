// SPDX-License-Identifier: Apache-2.0
/*
 * One part at a time: services that are tied by full bins.  The runs of a part are sorted by cost
 * for what they relieve; a greedy answer is the first incumbent, then a depth-first search decides
 * how many units of each run are taken.  Its bound is the fractional covering knapsack of the bin
 * that says most.
 */
#include "plan/scale_fit.h"

#include <stdlib.h>

#include "base/arena.h"

#define DEFAULT_BUDGET UINT64_C(2000000)
#define SLACK          1e-12 /* costs closer than this are equal */
#define TIE            1e-9  /* what one unit more is worth when costs are equal */
#define NONE           SIZE_MAX

/* One run of one item, seen from the part it belongs to. */
struct piece {
	struct fit_item *item;
	size_t run, before, after; /* pieces of the same item */
	int64_t units;
	double cost;  /* of a unit, less the tie-break */
	double merit; /* cost for the share of the full bins that a unit relieves */
	int64_t taken, best;
};

struct part {
	struct arena *a;
	struct piece *at;
	size_t n;
	int64_t *need;      /* [n_bins] what must still be relieved, shared by all parts */
	const size_t *full; /* bins that were too full */
	size_t n_full;
	size_t **order; /* [n_full][n] pieces by cost for each use of that bin */
	double best;
	uint64_t left; /* budget */
	bool cut;      /* the budget ended the search */
};

static int64_t use_of(const struct fit_item *item, size_t bin)
{
	for (size_t i = 0; i < item->n_uses; i++)
		if (item->uses[i].bin == bin)
			return item->uses[i].amount;
	return 0;
}

static void relieve(struct part *t, const struct piece *p, int64_t units)
{
	for (size_t i = 0; i < p->item->n_uses; i++)
		t->need[p->item->uses[i].bin] -= p->item->uses[i].amount * units;
}

static bool relieved(const struct part *t)
{
	for (size_t i = 0; i < t->n_full; i++)
		if (t->need[t->full[i]] > 0)
			return false;
	return true;
}

/* Units of @p that the bin which needs most of them still asks for. */
static int64_t asked(const struct part *t, const struct piece *p)
{
	int64_t most = 0;

	for (size_t i = 0; i < p->item->n_uses; i++) {
		const struct fit_use *u = &p->item->uses[i];
		int64_t need = t->need[u->bin];
		int64_t units = need > 0 ? (need - 1) / u->amount + 1 : 0;

		most = units > most ? units : most;
	}
	return most < p->units ? most : p->units;
}

/* Units of @p that may be given back while every bin stays relieved. */
static int64_t spare(const struct part *t, const struct piece *p)
{
	int64_t least = p->taken;

	for (size_t i = 0; i < p->item->n_uses; i++) {
		const struct fit_use *u = &p->item->uses[i];
		int64_t need = t->need[u->bin];
		int64_t units = need <= 0 ? -need / u->amount : 0;

		least = units < least ? units : least;
	}
	return least;
}

/* ---- the first incumbent ---- */

static void keep(struct part *t)
{
	t->best = 0;
	for (size_t i = 0; i < t->n; i++) {
		t->at[i].best = t->at[i].taken;
		t->best += t->at[i].cost * (double)t->at[i].taken;
	}
}

/* Cheapest relief first; then, dearest first, what turned out not to be needed is given back. */
static void greedy(struct part *t)
{
	for (size_t i = 0; i < t->n && !relieved(t); i++) {
		t->at[i].taken = asked(t, &t->at[i]);
		relieve(t, &t->at[i], t->at[i].taken);
	}
	for (size_t i = t->n; i-- > 0;) {
		struct piece *p = &t->at[i];
		bool last = p->after == NONE || !t->at[p->after].taken;
		int64_t back = last && p->cost > 0 ? spare(t, p) : 0;

		p->taken -= back;
		relieve(t, p, -back);
	}
	keep(t);
	for (size_t i = 0; i < t->n; i++) {
		relieve(t, &t->at[i], -t->at[i].taken);
		t->at[i].taken = 0;
	}
}

/* ---- the search ---- */

/* The least that relieving full bin @k can cost with the pieces from @from on. */
static double bin_bound(const struct part *t, size_t from, size_t k, bool *ret_possible)
{
	double need = (double)t->need[t->full[k]], sum = 0;

	for (size_t i = 0; i < t->n; i++) {
		size_t at = t->order[k][i];
		const struct piece *p = &t->at[at];
		double units = (double)p->units;

		if (at < from)
			continue;
		double gain = (double)use_of(p->item, t->full[k]) * units;
		if (p->cost < 0)
			sum += p->cost * units;
		else if (need > 0 && gain > 0)
			sum += p->cost * units * (gain > need ? need / gain : 1);
		need -= gain;
	}
	*ret_possible = need <= 0;
	return sum;
}

/* False when the pieces from @from on cannot relieve what is left. */
static bool bound(const struct part *t, size_t from, double *ret_bound)
{
	*ret_bound = 0;
	for (size_t k = 0; k < t->n_full; k++) {
		bool possible;
		double b = bin_bound(t, from, k, &possible);

		if (!possible)
			return false;
		*ret_bound = k == 0 || b > *ret_bound ? b : *ret_bound;
	}
	return true;
}

static void search(struct part *t, size_t i, double cost)
{
	uint64_t work = (uint64_t)t->n * t->n_full + 1;
	double rest;

	if (t->left < work) {
		t->cut = true;
		return;
	}
	t->left -= work;
	if (!bound(t, i, &rest) || cost + rest >= t->best - SLACK)
		return;
	if (i == t->n) {
		keep(t);
		return;
	}
	struct piece *p = &t->at[i];
	bool open = p->before == NONE || t->at[p->before].taken == t->at[p->before].units;
	int64_t most = !open ? 0 : p->cost < 0 ? p->units : asked(t, p);
	for (int64_t k = most; k >= 0 && !t->cut; k--) {
		p->taken = k;
		relieve(t, p, k);
		search(t, i + 1, cost + p->cost * (double)k);
		relieve(t, p, -k);
	}
	p->taken = 0;
}

/* ---- parts ---- */

static int by_merit(const void *x, const void *y)
{
	const struct piece *p = x, *q = y;

	if (p->merit < q->merit || p->merit > q->merit)
		return p->merit < q->merit ? -1 : 1;
	if (p->item != q->item)
		return p->item < q->item ? -1 : 1;
	return p->run < q->run ? -1 : 1;
}

struct priced {
	double price;
	size_t at;
};

static int by_price(const void *x, const void *y)
{
	const struct priced *p = x, *q = y;

	if (p->price < q->price || p->price > q->price)
		return p->price < q->price ? -1 : 1;
	return p->at < q->at ? -1 : p->at > q->at;
}

static size_t *price_order(const struct part *t, size_t bin)
{
	struct priced *list = arena_new_n(t->a, struct priced, t->n);
	size_t *order = arena_new_n(t->a, size_t, t->n);

	for (size_t i = 0; i < t->n; i++) {
		int64_t use = use_of(t->at[i].item, bin);
		list[i] = (struct priced){use ? t->at[i].cost / (double)use : 1e300, i};
	}
	qsort(list, t->n, sizeof(*list), by_price);
	for (size_t i = 0; i < t->n; i++)
		order[i] = list[i].at;
	return order;
}

static void link_runs(struct part *t)
{
	for (size_t i = 0; i < t->n; i++)
		t->at[i].before = t->at[i].after = NONE;
	for (size_t i = 0; i < t->n; i++)
		for (size_t k = i + 1; k < t->n; k++)
			if (t->at[k].item == t->at[i].item) {
				t->at[i].after = k;
				t->at[k].before = i;
				break;
			}
}

static double merit_of(const struct part *t, const struct piece *p)
{
	double relief = 0;

	for (size_t i = 0; i < t->n_full; i++) {
		int64_t need = t->need[t->full[i]];
		if (need > 0)
			relief += (double)use_of(p->item, t->full[i]) / (double)need;
	}
	return relief > 0 ? p->cost / relief : 1e300;
}

static void solve_part(struct part *t)
{
	for (size_t i = 0; i < t->n; i++)
		t->at[i].merit = merit_of(t, &t->at[i]);
	qsort(t->at, t->n, sizeof(*t->at), by_merit);
	link_runs(t);
	t->order = arena_new_n(t->a, size_t *, t->n_full);
	for (size_t k = 0; k < t->n_full; k++)
		t->order[k] = price_order(t, t->full[k]);
	greedy(t);
	search(t, 0, 0);
	for (size_t i = 0; i < t->n; i++) {
		t->at[i].item->taken += t->at[i].best;
		relieve(t, &t->at[i], t->at[i].best);
	}
}

/* ---- which services are tied ---- */

static size_t root(size_t *up, size_t i)
{
	while (up[i] != i)
		i = up[i] = up[up[i]];
	return i;
}

/* Full bins that some service uses together have one root. */
static size_t *tie_bins(struct arena *a, const struct fit_item *items, size_t n,
			const int64_t *excess, size_t n_bins)
{
	size_t *up = arena_new_n(a, size_t, n_bins);

	for (size_t b = 0; b < n_bins; b++)
		up[b] = b;
	for (size_t i = 0; i < n; i++) {
		size_t first = NONE;

		for (size_t k = 0; k < items[i].n_uses; k++) {
			size_t b = items[i].uses[k].bin;
			if (excess[b] <= 0)
				continue;
			first = first == NONE ? b : first;
			up[root(up, b)] = root(up, first);
		}
	}
	return up;
}

/* The part of @item, or NONE when it uses no full bin. */
static size_t part_of(size_t *up, const struct fit_item *item, const int64_t *excess)
{
	for (size_t k = 0; k < item->n_uses; k++)
		if (excess[item->uses[k].bin] > 0)
			return root(up, item->uses[k].bin);
	return NONE;
}

static bool all_is_enough(const struct fit_item *items, size_t n, const int64_t *excess,
			  int64_t *need, size_t n_bins, struct fit_answer *ret)
{
	for (size_t b = 0; b < n_bins; b++)
		need[b] = excess[b];
	for (size_t i = 0; i < n; i++)
		for (size_t r = 0; r < items[i].n_runs; r++)
			for (size_t k = 0; k < items[i].n_uses; k++)
				need[items[i].uses[k].bin] -=
					items[i].uses[k].amount * items[i].runs[r].units;
	for (size_t b = 0; b < n_bins; b++)
		if (need[b] > 0) {
			*ret = (struct fit_answer){.short_bin = b, .missing = need[b]};
			return false;
		}
	for (size_t b = 0; b < n_bins; b++)
		need[b] = excess[b];
	return true;
}

static void add_pieces(struct part *t, struct fit_item *item)
{
	for (size_t r = 0; r < item->n_runs; r++)
		if (item->runs[r].units > 0)
			t->at[t->n++] = (struct piece){
				.item = item,
				.run = r,
				.units = item->runs[r].units,
				.cost = item->runs[r].cost - TIE,
			};
}

struct fit_answer scale_fit(struct arena *a, struct fit_item *items, size_t n,
			    const int64_t *excess, size_t n_bins, uint64_t budget)
{
	struct fit_answer answer = {.fits = true, .proven = true};
	int64_t *need = arena_new_n(a, int64_t, n_bins);
	size_t *up = tie_bins(a, items, n, excess, n_bins);
	struct piece *pieces = arena_new_n(a, struct piece, n * FIT_RUNS);
	size_t *full = arena_new_n(a, size_t, n_bins);

	uint64_t left = budget ? budget : DEFAULT_BUDGET;
	size_t n_parts = 0;

	for (size_t i = 0; i < n; i++)
		items[i].taken = 0;
	if (!all_is_enough(items, n, excess, need, n_bins, &answer))
		return answer;
	for (size_t b = 0; b < n_bins; b++)
		n_parts += excess[b] > 0 && root(up, b) == b;
	for (size_t b = 0; b < n_bins; b++) {
		struct part t = {.a = a, .at = pieces, .need = need, .full = full};

		if (excess[b] <= 0 || root(up, b) != b)
			continue;
		for (size_t k = 0; k < n_bins; k++)
			if (excess[k] > 0 && root(up, k) == b)
				full[t.n_full++] = k;
		for (size_t i = 0; i < n; i++)
			if (part_of(up, &items[i], excess) == b)
				add_pieces(&t, &items[i]);
		/* What a part does not need is for those after it. */
		uint64_t share = left / n_parts--;
		t.left = share;
		solve_part(&t);
		left -= share - t.left;
		answer.proven &= !t.cut;
	}
	return answer;
}
