// SPDX-License-Identifier: Apache-2.0
/*
 * Depth-first branch and bound.
 *
 * At each node every unplaced item looks at all its bins: what does not fit, or costs too much
 * together with the least that all others cost, is struck out.  An item left with no bin ends the
 * node; otherwise the item with the fewest bins left is placed next, cheapest bin first.  Items
 * that cannot be told apart keep ascending bins.
 */
#include "solve/branch.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "solve/state.h"

struct choice {
	double cost; /* reduced */
	size_t pair;
};

struct branch {
	struct state *s;
	const struct core *c;
	const struct bound *bound;
	const struct branch_options *o;
	struct work *w;
	struct best *best;
	uint32_t *twin;        /* [i] the previous item that is its equal, or SOLVE_NOWHERE */
	uint32_t *next_twin;   /* [i] */
	struct choice *choice; /* [depth][b] */
	double *least;         /* [i] reduced cost of the cheapest bin at this node */
	double size;           /* of the numbers that are added up: bounds the rounding error */
};

bool best_offer(struct best *b, const struct state *s)
{
	if (!state_feasible(s))
		return false;
	if (b->found && (s->total > b->total || (s->total == b->total && s->moves >= b->moves)))
		return false;
	memcpy(b->bin, s->bin, s->c->n * sizeof(*b->bin));
	b->found = true;
	b->total = s->total;
	b->moves = s->moves;
	return true;
}

/* Could an assignment that costs at least @low and moves at least @moves be better than best? */
static bool hopeless(const struct branch *br, double low, size_t moves)
{
	if (!br->best->found)
		return false;
	int64_t proved = bound_round(low, br->size);
	if (proved != br->best->total)
		return proved > br->best->total;
	return moves >= br->best->moves;
}

/* What the placed items cost for certain, and what is still to be paid for the capacities. */
static double base_cost(const struct branch *br)
{
	const struct core *c = br->c;
	double low = (double)(br->s->total - br->s->balance);

	for (size_t k = 0; br->bound->lambda && k < c->m * c->R; k++)
		if (br->bound->lambda[k] > 0)
			low -= br->bound->lambda[k] * (double)(c->p->capacity[k] - br->s->use[k]);
	return low;
}

/* Cost of @pair in the problem where each item chooses for itself. */
static double reduced(const struct branch *br, size_t i, size_t pair)
{
	const struct core *c = br->c;
	uint32_t b = solve_pair_bin(c->p, i, pair);
	double cost = (double)core_cost(c, pair);

	for (size_t r = 0; br->bound->lambda && r < c->R; r++)
		cost += br->bound->lambda[b * c->R + r] * (double)solve_pair_use(c->p, i, pair, r);
	for (size_t k = c->p->n_links ? c->link_of.first[i] : 1;
	     c->p->n_links && k < c->link_of.first[i + 1]; k++) {
		uint32_t at = c->link_of.at[k];
		const struct solve_link *l = &c->p->link[at];
		bool first = l->a == i;
		uint32_t other = br->s->bin[first ? l->b : l->a];

		if (other != SOLVE_NOWHERE)
			cost += (double)(c->w[SOLVE_LINK] * l->weight) *
				(double)c->p->metric[l->metric]
						    [first ? b * c->m + other : other * c->m + b];
		else if (br->bound->message)
			cost += br->bound->message[(2 * (size_t)at + !first) * c->m + b];
	}
	return cost;
}

static bool twins_allow(const struct branch *br, size_t i, uint32_t b)
{
	uint32_t before = br->twin[i], after = br->next_twin[i];

	if (before != SOLVE_NOWHERE && br->s->bin[before] != SOLVE_NOWHERE &&
	    br->s->bin[before] > b)
		return false;
	return after == SOLVE_NOWHERE || br->s->bin[after] == SOLVE_NOWHERE ||
	       br->s->bin[after] >= b;
}

/* The bins of @i that keep all upper constraints, with their reduced costs. */
static size_t list_choices(struct branch *br, size_t i, struct choice *ret)
{
	const struct solve_problem *p = br->c->p;
	size_t n = 0;

	for (size_t k = solve_pair_first(p, i); k < solve_pair_first(p, i + 1); k++) {
		struct state_delta d;

		if (!twins_allow(br, i, solve_pair_bin(p, i, k)))
			continue;
		state_try(br->s, i, k, &d);
		if (d.upper <= 0)
			ret[n++] = (struct choice){reduced(br, i, k), k};
	}
	work_spend(br->w, 40 + state_try_ops(br->s, i) *
					  (solve_pair_first(p, i + 1) - solve_pair_first(p, i)));
	return n;
}

/* Members still out of their group may be too few to mend what it lacks. */
static bool groups_hopeless(const struct branch *br)
{
	const struct solve_problem *p = br->c->p;

	for (size_t g = 0; g < p->n_groups; g++) {
		size_t out = p->group[g].n - br->s->n_members[g];

		if (br->s->lack[g] > out)
			return true;
		if (p->group[g].n && br->s->n_used[g] + out < p->group[g].min_places)
			return true;
	}
	return false;
}

static int choice_order(const void *x, const void *y)
{
	const struct choice *a = x, *b = y;

	if (a->cost < b->cost || a->cost > b->cost)
		return a->cost < b->cost ? -1 : 1;
	return a->pair < b->pair ? -1 : a->pair > b->pair;
}

/*
 * The item to place next, SIZE_MAX when the node is dead.  @ret_low is the bound of the node,
 * the item's own least cost left out.
 */
static size_t pick(struct branch *br, struct choice *choice, size_t *ret_n, double *ret_low)
{
	size_t item = SIZE_MAX, fewest = SIZE_MAX;
	double low = base_cost(br);

	for (size_t i = 0; i < br->c->n; i++) {
		if (br->s->bin[i] != SOLVE_NOWHERE)
			continue;
		size_t n = list_choices(br, i, choice);

		if (!n)
			return SIZE_MAX;
		br->least[i] = choice[0].cost;
		for (size_t k = 1; k < n; k++)
			if (choice[k].cost < br->least[i])
				br->least[i] = choice[k].cost;
		low += br->least[i];
	}
	if (hopeless(br, low, br->s->moves))
		return SIZE_MAX;
	for (size_t i = 0; i < br->c->n; i++) {
		if (br->s->bin[i] != SOLVE_NOWHERE)
			continue;
		size_t all = list_choices(br, i, choice), n = 0;

		for (size_t k = 0; k < all; k++)
			n += !hopeless(br, low - br->least[i] + choice[k].cost, br->s->moves);
		if (!n)
			return SIZE_MAX;
		if (n < fewest) {
			fewest = n;
			item = i;
		}
		if (br->o->in_order || n == 1)
			break;
	}
	*ret_n = list_choices(br, item, choice);
	if (!br->o->in_order)
		qsort(choice, *ret_n, sizeof(*choice), choice_order);
	*ret_low = low - br->least[item];
	return item;
}

static enum branch_end dive(struct branch *br, size_t depth)
{
	struct choice *choice = br->choice + depth * br->c->m;
	size_t n;
	double low;

	if (!work_left(br->w))
		return BRANCH_OUT;
	if (br->c->p->n_groups && groups_hopeless(br))
		return BRANCH_DONE;
	if (br->s->n_placed == br->c->n) {
		bool better = best_offer(br->best, br->s);
		return better && br->o->any ? BRANCH_OUT : BRANCH_DONE;
	}
	size_t i = pick(br, choice, &n, &low);
	if (i == SIZE_MAX)
		return BRANCH_DONE;
	for (size_t k = 0; k < n; k++) {
		if (hopeless(br, low + choice[k].cost, br->s->moves))
			continue;
		state_add(br->s, i, choice[k].pair);
		enum branch_end end = dive(br, depth + 1);
		state_remove(br->s, i);
		if (end == BRANCH_OUT)
			return end;
	}
	return BRANCH_DONE;
}

static bool same_row(const int64_t *at, size_t i, size_t j, size_t n)
{
	return !at || memcmp(at + i * n, at + j * n, n * sizeof(*at)) == 0;
}

/* Equal in everything that any constraint or cost looks at. */
static bool are_twins(const struct core *c, size_t i, size_t j)
{
	const struct solve_problem *p = c->p;
	size_t fi = solve_pair_first(p, i), fj = solve_pair_first(p, j);
	size_t n = solve_pair_first(p, i + 1) - fi;

	if (solve_pair_first(p, j + 1) - fj != n || core_now(c, i) != core_now(c, j))
		return false;
	if (p->n_links && (c->link_of.first[i] != c->link_of.first[i + 1] ||
			   c->link_of.first[j] != c->link_of.first[j + 1]))
		return false;
	if (!same_row(p->use, i, j, p->n_res))
		return false;
	if (p->first && memcmp(p->bin + fi, p->bin + fj, n * sizeof(*p->bin)) != 0)
		return false;
	if (c->cost && memcmp(c->cost + fi, c->cost + fj, n * sizeof(*c->cost)) != 0)
		return false;
	if (p->pair_use && memcmp(p->pair_use + fi * p->n_res, p->pair_use + fj * p->n_res,
				  n * p->n_res * sizeof(*p->pair_use)) != 0)
		return false;
	if (!p->n_groups)
		return true;
	size_t gi = c->group_of.first[i], gj = c->group_of.first[j];
	size_t ng = c->group_of.first[i + 1] - gi;
	return c->group_of.first[j + 1] - gj == ng &&
	       memcmp(c->group_of.at + gi, c->group_of.at + gj, ng * sizeof(uint32_t)) == 0;
}

static void find_twins(struct arena *a, struct branch *br)
{
	size_t n = br->c->n;

	br->twin = arena_new_n(a, uint32_t, n + 1);
	br->next_twin = arena_new_n(a, uint32_t, n + 1);
	memset(br->twin, 0xff, n * sizeof(*br->twin));
	memset(br->next_twin, 0xff, n * sizeof(*br->next_twin));
	for (size_t i = 1; i < n; i++) {
		for (size_t j = i; j-- > 0 && i - j < 64;) {
			if (!are_twins(br->c, i, j) || br->s->bin[i] != SOLVE_NOWHERE ||
			    br->s->bin[j] != SOLVE_NOWHERE)
				continue;
			br->twin[i] = (uint32_t)j;
			br->next_twin[j] = (uint32_t)i;
			break;
		}
	}
}

static double number_size(const struct branch *br)
{
	const struct core *c = br->c;
	double size = 1;

	for (size_t i = 0; i < c->n; i++) {
		double most = 0;

		for (size_t k = solve_pair_first(c->p, i); k < solve_pair_first(c->p, i + 1); k++) {
			double x = reduced(br, i, k);

			x = x < 0 ? -x : x;
			most = x > most ? x : most;
		}
		size += most;
	}
	for (size_t k = 0; br->bound->lambda && k < c->m * c->R; k++)
		if (br->bound->lambda[k] > 0)
			size += br->bound->lambda[k] * (double)c->p->capacity[k];
	return size;
}

enum branch_end branch_search(struct arena *a, struct state *s, const struct bound *bound,
			      const struct branch_options *o, struct work *w, struct best *best)
{
	struct branch br = {.s = s, .c = s->c, .bound = bound, .o = o, .w = w, .best = best};

	find_twins(a, &br);
	br.choice = arena_new_n(a, struct choice, (s->c->n - s->n_placed + 1) * s->c->m);
	br.least = arena_new_n(a, double, s->c->n + 1);
	br.size = number_size(&br);
	return dive(&br, 0);
}
